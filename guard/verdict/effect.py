"""Changes that leave the base as it is: it has the same now, or had it before. Nobody is blamed."""

from __future__ import annotations

from guard.changes.change import ABSENT, Change
from guard.git.compare import common_ancestors, diff_trees, read_changes
from guard.git.plumbing import records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from guard.git.plumbing import Git, Process
    from guard.rules.facts import Facts
    from guard.verdict.needs import Sources

_FEW = 16  # paths


def idle_paths(sources: Sources, facts: Facts, asked: Process | None) -> set[str]:
    """Give the changed paths that would leave the base as it is.

    `asked` is the running search for the merge base of what is staged, if there is one to find.
    Raises GitError where git cannot compare.
    """
    bases, tip = sources.bases, facts.trusted.oid
    if facts.scope == "staged":
        return _staged(sources, facts, asked)
    if bases == (tip,):  # the base has not moved: each change is one against its tip
        return set()
    if len(bases) == 1:
        moved = read_changes(diff_trees(sources.repository.git, bases[0], tip))
        there = {change.path: change.new for change in moved}
        return {change.path for change in facts.changes if there.get(change.path) == change.new}
    return _same_at(sources, tip, facts.changes)


def _staged(sources: Sources, facts: Facts, asked: Process | None) -> set[str]:
    repository, changes, tip = sources.repository, facts.changes, facts.trusted.oid
    idle = _same_at(sources, tip, changes)  # while git looks for the merge base
    bases = common_ancestors(repository, tip, [facts.head], asked) if asked else []
    if len(bases) == 1 and bases[0] not in (tip, facts.head):
        idle |= _same_at(sources, bases[0], changes)
    if len(bases) > 1:
        from guard.git.merge import virtual_base  # few histories are criss-cross

        with virtual_base(repository, bases) as (git, base):
            entries = entries_at(git, base.tree, [change.path for change in changes])
            idle |= _without_effect(changes, entries) - base.conflicted
    return idle


def _same_at(sources: Sources, commit: str, changes: Sequence[Change]) -> set[str]:
    paths = [change.path for change in changes]
    root = ""
    if len(paths) <= _FEW:  # which are found sooner than a process is started
        root = sources.objects.read_ahead([commit + "^{tree}"])[0]
    if not root:
        return _without_effect(changes, entries_at(sources.repository.git, commit, paths))
    found = ((path, sources.objects.look_up(root, path)) for path in paths)
    files = {path: entry.state for path, entry in found if entry and entry.mode != "40000"}
    return _without_effect(changes, files)


def _without_effect(changes: Sequence[Change], entries: Mapping[str, tuple[str, str]]) -> set[str]:
    """The changed paths that are now what `entries` have already, at the base or the merge base."""
    same: set[str] = set()
    for change in changes:
        # git has not hashed an untracked file.
        if change.new_mode == ABSENT or change.new_oid.strip("0"):
            absent = (ABSENT, "0" * len(change.new_oid))
            if entries.get(change.path, absent) == change.new:
                same.add(change.path)
    return same


def entries_at(git: Git, tree: str, paths: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Give mode and object id of those `paths` that are files in `tree` (git-ls-tree(1))."""
    words = ("-z", "--full-tree", tree, "--", *paths)
    if len(paths) > 200:
        words = ("-r", "-z", "--full-tree", tree)
    wanted = set(paths)
    found: dict[str, tuple[str, str]] = {}
    for record in records(git.run("ls-tree", *words).out):
        head, _, path = record.partition("\t")
        mode, _, oid = head.split(" ")
        if path in wanted and mode != "040000":
            found[path] = (mode.rjust(6, "0"), oid)
    return found
