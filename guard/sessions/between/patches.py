"""Whether the base has a branch's patches though its files went on: squashed, rebased, picked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain

from guard.git.compare_many import parse_commit_changes
from guard.git.plumbing import Git
from guard.sessions.between.answers import Answers
from guard.sessions.between.history import History
from guard.verdict.opening import Sources

_MOST = 1_000  # commits of the base that are looked at
_LONGEST = 100  # commits of a branch
_OPTIONS = ("diff-tree", "--stdin", "-r", "--root", "-m", "--first-parent", "--no-renames")

Paths = frozenset[str]


def patches_there(
    sources: Sources, answers: Answers, history: History, heads: Mapping[str, str]
) -> set[str]:
    """Give the heads whose patch the base has, as one commit or each of their own commits.

    `heads` have the commit that each was built on. Patches of the same paths are compared
    (git-patch-id(1)), with the latest commits along the base's first parents.
    """
    base, git = sources.trust.base.oid, sources.repository.git
    known = {head: answers.patched(base, head) for head in heads}
    asked = {head: fork for head, fork in heads.items() if fork and known[head] is None}
    own = {head: _own_commits(history, head) for head in asked}
    asked = {head: fork for head, fork in asked.items() if 0 < len(own[head]) <= _LONGEST}
    if asked:
        theirs = _by_paths(git, _since(git, base, set(asked.values())))
        paths = _paths(git, {commit for head in asked for commit in own[head]})
        for head, fork in asked.items():
            steps = {commit: paths[commit] for commit in own[head] if commit in paths}
            known[head] = _is_there(git, head, fork, steps, theirs)
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


def _by_paths(git: Git, commits: Iterable[str]) -> dict[Paths, list[str]]:
    found: defaultdict[Paths, list[str]] = defaultdict(list)
    for commit, paths in _paths(git, commits).items():
        found[paths].append(commit)
    return found


def _is_there(
    git: Git, head: str, fork: str, own: Mapping[str, Paths], theirs: Mapping[Paths, list[str]]
) -> bool:
    whole = frozenset(chain.from_iterable(own.values()))
    squashed = theirs.get(whole, ())
    if squashed and _marks(git, [f"{head} {fork}"]) & _marks(git, squashed):
        return True
    if not own or any(paths not in theirs for paths in own.values()):
        return False
    candidates = {commit for paths in own.values() for commit in theirs[paths]}
    return _marks(git, own) <= _marks(git, candidates)


def _paths(git: Git, commits: Iterable[str]) -> dict[str, Paths]:
    """The paths that each commit changed against its first parent."""
    stdin = "".join(f"{commit}\n" for commit in commits).encode()
    answer = git.run(*_OPTIONS, "--raw", "-z", "--no-abbrev", stdin=stdin)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for commit, change in parse_commit_changes(answer.out):
        found[commit].add(change.path)
    return {commit: frozenset(paths) for commit, paths in found.items()}


def _marks(git: Git, lines: Iterable[str]) -> set[str]:
    """The patch ids of commits, each against its first parent or the commit that it names."""
    stdin = "".join(f"{line}\n" for line in lines).encode()
    patches = git.run(*_OPTIONS, "-p", "--no-ext-diff", "--no-textconv", stdin=stdin).out
    listed = git.run("patch-id", "--stable", stdin=patches).text
    return {line.split(" ")[0] for line in listed.splitlines()}
