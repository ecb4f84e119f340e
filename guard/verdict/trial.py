"""What git's own merge into the base would make of changed paths, tried in a throw-away place.

What is not committed yet is merged as the commit that it would be.
"""

from collections.abc import Collection, Iterator, Sequence

from guard.changes.change import ABSENT
from guard.git.compare import diff_trees, read_changes
from guard.git.compare_many import parse_commit_changes
from guard.git.isolate import isolated
from guard.git.merge import Merge
from guard.git.plumbing import Git
from guard.git.trees import tree_of_index, tree_on_disk
from guard.rules.facts import Facts
from guard.verdict.effect import entries_at
from guard.verdict.opening import Sources
from guard.verdict.prediction import Tried, trial, tried

_NAMED = 100  # paths on a command line; of more, git looks at all


def left_alone(
    sources: Sources,
    facts: Facts,
    bases: Sequence[str],
    parents: Sequence[str],
    there: Collection[str],
) -> set[str]:
    """Give the changed paths that the base would have after a merge as it has them now.

    `there` are those that it has. Where the merge would stop, these are the paths whose content the
    base had since the merge `bases`, and the session's contract as first declared, which the base
    has otherwise: what is to be decided there is a conflict, which MRG001 reports. `parents` are
    those of the commit that is judged. Raises GitError where git cannot merge.
    """
    if facts.scope not in ("staged", "worktree"):
        merge = tried(sources, facts)
        return _idle(sources.repository.git, facts, bases, facts.head, merge, there)
    with isolated(sources.repository) as git:
        head = _commit(git, sources, facts, parents)
        return (
            _idle(git, facts, bases, head, trial(sources, git, facts, head), there)
            if head
            else set()
        )


def _idle(
    git: Git,
    facts: Facts,
    bases: Sequence[str],
    head: str,
    made: Tried,
    there: Collection[str],
) -> set[str]:
    if made.landing is None:
        return set()
    paths, unsure = {change.path for change in facts.changes}, set(_stopped(made.merge))
    stopped, landing = paths & unsure, {change.path for change in made.landing}
    idle = paths - landing - stopped
    if _follows(git, facts, bases, head, landing - unsure, there):
        idle.intersection_update(there)
    had = set(_first_declared(git, facts, head).items()) if stopped else set()
    return idle | _once_there(git, facts.trusted.oid, bases, head, sorted(stopped), had)


def _commit(git: Git, sources: Sources, facts: Facts, parents: Sequence[str]) -> str:
    """The commit that is judged; "" for an index with conflicts, which cannot be committed."""
    if facts.scope == "staged":
        tree = tree_of_index(sources.repository, git.directory)
    else:
        tree = tree_on_disk(sources.repository, git.directory, whole=True).tree
    words = [word for parent in parents for word in ("-p", parent)]
    return git.run("commit-tree", "-m", "guard", *words, tree).text.strip() if tree else ""


def _stopped(merge: Merge) -> Iterator[str]:
    yield from merge.conflicted
    for conflict in merge.conflicts:
        yield from conflict.paths


def _follows(
    git: Git,
    facts: Facts,
    bases: Sequence[str],
    head: str,
    landing: set[str],
    there: Collection[str],
) -> bool:
    """Whether an edit may follow a file that the base moved (merge-ort.c, renames).

    Then it lands on a path that the branch did not change, and nothing lands where it was made.
    """
    if all(change.path in there or change.new_mode == ABSENT for change in facts.changes):
        return False
    if len(bases) != 1:
        return True
    changed = {change.path for change in read_changes(diff_trees(git, bases[0], head))}
    return not landing <= changed


def _first_declared(git: Git, facts: Facts, head: str) -> dict[str, tuple[str, str]]:
    """The session's contract as the branch first had it, if the branch added it."""
    file = facts.contract.file if facts.contract else ""
    if not any(change.path == file and change.old_mode == ABSENT for change in facts.changes):
        return {}
    words = ("--topo-order", "--reverse", "--full-history", head, f"^{facts.trusted.oid}")
    commits = git.run("rev-list", *words, "--", file).text.split()
    return entries_at(git, commits[0], [file]) if commits else {}


def _once_there(
    git: Git,
    tip: str,
    bases: Sequence[str],
    head: str,
    paths: Sequence[str],
    had: set[tuple[str, tuple[str, str]]],
) -> set[str]:
    """Those of `paths` that are at `head` as in `had`, or as the base had them since `bases`."""
    if not paths:
        return set()
    few = paths if len(paths) <= _NAMED else ()
    hidden = [f"^{oid}" for oid in bases]
    commits = git.run("rev-list", "--full-history", tip, *hidden, "--", *few).out
    options = "-m -r --root --raw -z --no-renames --no-abbrev --ignore-submodules=none".split()
    answer = git.run("diff-tree", "--stdin", *options, "--", *few, stdin=commits)
    had |= {(step.change.path, step.change.new) for step in parse_commit_changes(answer.out)}
    now = entries_at(git, head, paths)
    absent = (ABSENT, "0" * len(tip))
    return {path for path in paths if (path, now.get(path, absent)) in had}
