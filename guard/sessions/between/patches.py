"""Whether the base has a branch's patches though its files went on: squashed, rebased, picked."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from guard.git.compare import MOST_BYTES, raw_changes
from guard.git.compare_many import parse_commit_changes
from guard.git.plumbing import Git, TooMuch, require
from guard.sessions.between.answers import Answers
from guard.sessions.between.history import History
from guard.verdict.integrated import PATCHES
from guard.verdict.opening import Sources

_MOST = 1_000  # commits of the base that are looked at
_LONGEST = 100  # commits of a branch
_REFUSED = 20  # comparisons of the base's commits that were too much, then no more are tried
_MOST_SHOWN = 1 << 27  # bytes of patches
_OPTIONS = ("diff-tree", "--stdin", "-r", "--root", "-m", "--first-parent", "--no-renames")

Paths = frozenset[str]


def patches_there(
    sources: Sources, answers: Answers, history: History, heads: Mapping[str, str]
) -> set[str]:
    """Give the heads whose patch the base has, as one commit or each of their own commits.

    `heads` have the commit that each was built on. Patches of the same paths are compared
    (git-patch-id(1)), with the latest commits along the base's first parents. A head with a commit
    that is too much to compare is not given, and hides no other.
    """
    base, git = sources.trust.base.oid, sources.repository.git
    known = {head: answers.patched(base, head) for head in heads}
    asked = {head: fork for head, fork in heads.items() if fork and known[head] is None}
    own = {head: _own_commits(history, head) for head in asked}
    asked = {head: fork for head, fork in asked.items() if 0 < len(own[head]) <= _LONGEST}
    if asked:
        steps = {head: _steps(git, own[head]) for head in asked}
        theirs = _by_paths(git, _since(git, base, set(asked.values())), steps.values())
        for head, fork in asked.items():
            known[head] = _is_there(git, head, fork, steps[head], theirs)
            answers.keep_patched(base, head, there=known[head] is True)
    return {head for head, there in known.items() if there}


def _own_commits(history: History, head: str) -> list[str]:
    """The commits that the base lacks, without merges."""
    bit = 1 << history.heads.index(head)
    return [
        commit
        for commit, holders in history.holders.items()
        if holders & bit and len(history.parents[commit]) == 1
    ]


def _since(git: Git, base: str, forks: Iterable[str]) -> list[str]:
    oldest = git.run("merge-base", "--octopus", *forks, ok=(0, 1)).text.split()
    words = ("--first-parent", f"--max-count={_MOST}", base, *(f"^{oid}" for oid in oldest))
    return git.run("rev-list", *words).text.split()


def _steps(git: Git, commits: Sequence[str]) -> dict[str, Paths]:
    """The paths of a branch's commits; of none, if one is too much to compare."""
    try:
        return _paths(git, commits)
    except TooMuch:
        return {}


def _by_paths(
    git: Git, commits: Sequence[str], wanted: Iterable[Mapping[str, Paths]]
) -> dict[Paths, list[str]]:
    """The base's commits by their paths, where a branch or one of its commits has the same."""
    sought = {paths for steps in wanted for paths in (*steps.values(), _whole(steps))}
    found: defaultdict[Paths, list[str]] = defaultdict(list)
    for commit, paths in _each(git, commits) if any(sought) else ():
        if paths in sought:
            found[paths].append(commit)
    return found


def _each(git: Git, commits: Sequence[str]) -> Iterator[tuple[str, Paths]]:
    """The paths of each commit, without those that are too much to compare."""
    waiting, refused = [commits], 0
    while waiting and refused < _REFUSED:
        part = waiting.pop()
        try:
            yield from _paths(git, part).items()
        except TooMuch:
            refused += 1
            middle = len(part) // 2
            waiting += [half for half in (part[middle:], part[:middle]) if middle]


def _whole(steps: Mapping[str, Paths]) -> Paths:
    return frozenset(chain.from_iterable(steps.values()))


def _is_there(
    git: Git, head: str, fork: str, own: Mapping[str, Paths], theirs: Mapping[Paths, list[str]]
) -> bool:
    squashed = theirs.get(_whole(own), ())
    try:
        if squashed and _marks(git, [f"{head} {fork}"]) & _marks(git, squashed):
            return True
        if not own or any(paths not in theirs for paths in own.values()):
            return False
        candidates = {commit for paths in own.values() for commit in theirs[paths]}
        return _marks(git, own) <= _marks(git, candidates)
    except TooMuch:
        return False


def _paths(git: Git, commits: Iterable[str]) -> dict[str, Paths]:
    """The paths that each commit changed against its first parent. Raises TooMuch."""
    stdin = "".join(f"{commit}\n" for commit in commits).encode()
    # With `-t` folders without files are listed, too, so that walking them has an end.
    words = (*_OPTIONS, "-t", "--raw", "-z", "--no-abbrev")
    raw = raw_changes(git.start(*words, stdin=stdin, most=MOST_BYTES))
    found: defaultdict[str, set[str]] = defaultdict(set)
    for commit, change in parse_commit_changes(raw):
        found[commit].add(change.path)
    return {commit: frozenset(paths) for commit, paths in found.items()}


def _marks(git: Git, lines: Iterable[str]) -> set[str]:
    """The patch ids of commits, each against its first parent or the commit that it names.

    Raises TooMuch where the patches are.
    """
    stdin = "".join(f"{line}\n" for line in lines).encode()
    words = (*_OPTIONS, "-p", "--no-ext-diff", "--no-textconv")
    process = git.start(*words, stdin=stdin, most=_MOST_SHOWN)
    process.limit(*PATCHES)
    answer = process.answer()
    if answer.code < 0 or "ut of memory" in answer.err:
        raise TooMuch("the patches are too much to compare")
    patches = require(answer, ("diff-tree",)).out
    listed = git.run("patch-id", "--stable", stdin=patches).text
    return {line.split(" ")[0] for line in listed.splitlines()}
