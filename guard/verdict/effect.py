"""Changes that leave the base as it is: what they make, it has by now, or had before. Nobody is blamed for them."""

from __future__ import annotations

from guard.changes.change import ABSENT, Change
from guard.git.compare import common_ancestors, compared, diff_trees, read_changes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from guard.git.objects import Objects
    from guard.git.plumbing import Git, Process
    from guard.git.repository import Repository
    from guard.rules.facts import Facts

_FEW = 16  # paths


def idle_paths(
    repository: Repository,
    objects: Objects,
    facts: Facts,
    bases: Sequence[str],
    asked: Process | None,
) -> set[str]:
    """The changed paths that would leave the base as it is. `bases` are the merge bases that the changes were compared with, if any were.

    What is staged was compared with none: of that, `asked` is the question about them, None where there is none. Raises GitError where git
    cannot compare.
    """
    if facts.scope == "staged":
        return _staged(repository, objects, facts, asked)
    tip = facts.trusted.oid
    if list(bases) == [tip]:  # the base has not moved: each change is one against its tip
        return set()
    if len(bases) == 1:
        return _done_already(facts.changes, read_changes(diff_trees(repository.git, bases[0], tip)))
    return _without_effect(facts.changes, _entries(repository, objects, tip, facts.changes))


def landed_paths(repository: Repository, objects: Objects, facts: Facts, landing: str) -> set[str]:
    """The changed paths that the branch has from `landing`, or just as it: a commit that the base is about to get.

    Raises GitError where git cannot compare.
    """
    bases = [] if repository.shallow else common_ancestors(repository, landing, [facts.head])
    targets = dict.fromkeys((landing, *(bases if len(bases) == 1 else ())))
    return {
        path
        for target in targets
        for path in _without_effect(
            facts.changes, _entries(repository, objects, target, facts.changes)
        )
    }


def _staged(
    repository: Repository, objects: Objects, facts: Facts, asked: Process | None
) -> set[str]:
    changes = facts.changes
    idle = _without_effect(
        changes, _entries(repository, objects, facts.trusted.oid, changes)
    )  # while git looks for the merge base
    bases = common_ancestors(repository, facts.trusted.oid, [facts.head], asked) if asked else []
    if len(bases) == 1 and bases[0] not in (facts.trusted.oid, facts.head):
        idle |= _without_effect(changes, _entries(repository, objects, bases[0], changes))
    if len(bases) > 1:
        from guard.git.merge import (
            virtual_base,  # what one of several merge bases has, another one's change may have replaced
        )

        with virtual_base(repository, bases) as (git, base):
            idle |= (
                _without_effect(
                    changes, entries_at(git, base.tree, [change.path for change in changes])
                )
                - base.conflicted
            )
    return idle


def _done_already(changes: Sequence[Change], on_base: Sequence[Change]) -> set[str]:
    """The changed paths that the base itself has changed to the same since the merge base: both lists are of changes from there."""
    there = {change.path: _now(change) for change in on_base}
    return {change.path for change in changes if there.get(change.path) == _now(change)}


def _without_effect(changes: Sequence[Change], entries: Mapping[str, tuple[str, str]]) -> set[str]:
    """The changed paths that would leave the base as it is: what they are now, `entries` already have.

    Those are of the base's tip (cherry-picked, merged with `--squash`, or already integrated) or of the merge base (a staged change that
    takes an earlier one back).
    """
    return {
        change.path
        for change in changes
        if _known(change)
        and not compared(
            change.path, entries.get(change.path, (ABSENT, "0" * len(change.new_oid))), _now(change)
        )
    }


def _known(change: Change) -> bool:
    """Whether git has hashed what is there now; an untracked file it has not."""
    return change.new_mode == ABSENT or change.new_oid.strip("0") != ""


def _now(change: Change) -> tuple[str, str]:
    return change.new_mode, change.new_oid


def _entries(
    repository: Repository, objects: Objects, commit: str, changes: Sequence[Change]
) -> dict[str, tuple[str, str]]:
    """The same as `entries_at`, of a commit of the repository: a few paths are found sooner than a process is started."""
    paths = [change.path for change in changes]
    root = objects.read_ahead([commit + "^{tree}"])[0] if len(paths) <= _FEW else ""
    if not root:
        return entries_at(repository.git, commit, paths)
    found = ((path, objects.look_up(root, path)) for path in paths)
    return {path: entry.state for path, entry in found if entry and entry.mode != "40000"}


def entries_at(git: Git, tree: str, paths: Sequence[str]) -> dict[str, tuple[str, str]]:
    """(mode, object id) by path for those of `paths` that are in `tree` (git-ls-tree(1))."""
    if len(paths) > 200:
        listed = git.run("ls-tree", "-r", "-z", "--full-tree", tree).out
    else:
        listed = git.run("ls-tree", "-z", "--full-tree", tree, "--", *paths).out
    wanted = set(paths)
    found: dict[str, tuple[str, str]] = {}
    for record in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        head, _, path = record.partition("\t")
        mode, _, oid = head.split(" ")
        if path in wanted and mode != "040000":  # where a folder stands there is no file
            found[path] = (mode.rjust(6, "0"), oid)
    return found
