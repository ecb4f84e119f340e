"""Changes that merging would leave on the base as the base has them. Nobody is blamed for those."""

from __future__ import annotations

from guard.changes.change import ABSENT, Change
from guard.git.ancestry import common_ancestors
from guard.git.compare import diff_trees, read_changes
from guard.git.plumbing import records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from guard.git.plumbing import Git, Process
    from guard.rules.facts import Facts
    from guard.rules.report import Trusted
    from guard.verdict.opening import Sources

_FEW = 16  # paths
_LONG = 10_000  # characters of paths on a command line


def idle_paths(
    sources: Sources, facts: Facts, asked: Process | None, parents: Sequence[str]
) -> set[str]:
    """Give the changed paths that merging would leave on the base as the base has them.

    `asked` is the running search for the merge base of what is staged, if there is one to find.
    `parents` are those of the commit that is judged; without any, nothing is merged and only the
    content of the base and of the merge base count. Raises GitError where git cannot compare.
    """
    bases, tip, changes = sources.bases, facts.trusted.oid, facts.changes
    is_staged = facts.scope == "staged"
    if not is_staged and bases == (tip,):  # the base has not moved: each change is one against it
        return set()
    if is_staged:
        there = _states(sources, tip, changes)  # while git looks for the merge base
    else:
        there = states_on_base(sources, facts.trusted, changes)
    idle = _same(changes, there)
    if is_staged:
        found = common_ancestors(sources.repository, tip, parents, asked) if asked else []
        bases = tuple(found)
    moved = [change for change in changes if change.path not in idle] if bases else []
    if len(bases) == 1:
        is_other = is_staged and bases[0] != facts.head
        before = _states(sources, bases[0], changes) if is_other else _before(changes)
        idle |= _same(changes, before)
        moved = [
            change
            for change in moved
            if change.path not in idle and before[change.path] != there[change.path]
        ]
    if moved and parents:
        from guard.verdict.trial import left_alone  # seldom has the base changed the same file

        there = {path: state for path, state in there.items() if state[0] != ABSENT}
        idle |= left_alone(sources, facts._replace(changes=tuple(moved)), bases, parents, there)
    return idle


def states_on_base(
    sources: Sources, trusted: Trusted, changes: Sequence[Change]
) -> Mapping[str, tuple[str, str]]:
    """Give mode and object id of each changed path on the base.

    The changes are those since `sources.bases`. Only what the base changed since is asked of git.
    """
    bases, tip = sources.bases, trusted.oid
    if bases == (tip,):
        return _before(changes)
    if len(bases) != 1:
        return _states(sources, tip, changes)
    compared = sources.moved or diff_trees(sources.repository.git, bases[0], tip)
    moved = read_changes(compared, on=trusted.ref)
    now = {change.path: change.new for change in moved}
    return {change.path: now.get(change.path, change.old) for change in changes}


def _before(changes: Sequence[Change]) -> Mapping[str, tuple[str, str]]:
    return {change.path: change.old for change in changes}


def _states(
    sources: Sources, commit: str, changes: Sequence[Change]
) -> Mapping[str, tuple[str, str]]:
    """Mode and object id of each changed path in a commit."""
    paths, root = [change.path for change in changes], ""
    if len(paths) <= _FEW:  # which are found sooner than a process is started
        root = sources.objects.read_ahead([commit + "^{tree}"])[0]
    if root:
        found = ((path, sources.objects.look_up(root, path)) for path in paths)
        files = {path: entry.state for path, entry in found if entry and entry.mode != "40000"}
    else:
        files = entries_at(sources.repository.git, commit, paths)
    return {**dict.fromkeys(paths, (ABSENT, sources.repository.zero)), **files}


def _same(changes: Sequence[Change], states: Mapping[str, tuple[str, str]]) -> set[str]:
    """The changed paths that are now as in `states`. git has not hashed an untracked file."""
    return {
        change.path
        for change in changes
        if change.new == states[change.path]
        and (change.new_mode == ABSENT or change.new_oid.strip("0"))
    }


def states_at(git: Git, tree: str, paths: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Give mode and object id of each of `paths` in `tree`; `ABSENT` and zeros if it is no file."""
    absent = (ABSENT, "0" * len(tree))
    return {**dict.fromkeys(paths, absent), **entries_at(git, tree, paths)} if paths else {}


def entries_at(git: Git, tree: str, paths: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Give mode and object id of those `paths` that are files in `tree` (git-ls-tree(1))."""
    words = ("-z", "--full-tree", tree, "--", *paths)
    if len(paths) > 200 or sum(map(len, paths)) > _LONG:
        words = ("-r", "-z", "--full-tree", tree)
    wanted = set(paths)
    found: dict[str, tuple[str, str]] = {}
    for record in records(git.run("ls-tree", *words).out):
        head, _, path = record.partition("\t")
        mode, _, oid = head.split(" ")
        if path in wanted and mode != "040000":
            found[path] = (mode.rjust(6, "0"), oid)
    return found
