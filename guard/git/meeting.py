"""Whether two sides of a merge touch anything in common: where they do not, git merges them, and need not be asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from guard.changes.change import Change
from guard.changes.folders import folders_above

TREE = "040000"


def may_conflict(
    ours: Sequence[Change], theirs: Sequence[Change], gone: Callable[[str], bool]
) -> bool:
    """Tell whether a merge can conflict at all. False is certain, True is not.

    `ours` are one side's changes since the one merge base, `theirs` the other's with those of whole folders (`git diff-tree -t`); `gone`
    tells whether a folder is not there on our side. Besides the paths that both sides changed, git stops where a file meets a folder, and
    where one side adds to a folder that the other moved away (merge-ort.c, `CONFLICT_FILE_DIRECTORY`, `CONFLICT_DIR_RENAME_*`).
    """
    files = {change.path for change in theirs if TREE not in (change.old_mode, change.new_mode)}
    folders = {
        change.path: change
        for change in theirs
        if (change.old_mode == TREE) != (change.new_mode == TREE)
    }
    if any(change.path in files or change.path in folders for change in ours):
        return True
    come, went = _above(ours, "A"), _above(ours, "D")
    if not files.isdisjoint(come | went) or any(
        folders[path].old_mode == TREE for path in come & folders.keys()
    ):
        return True
    return any(
        gone(folder)
        for folder in went & _above([change for change in theirs if change.path in files], "A")
    )


def _above(changes: Sequence[Change], status: str) -> set[str]:
    """The folders above what was added (or deleted), without the top: that is never gone."""
    return {
        folder[:-1]
        for folder in folders_above(change.path for change in changes if change.status == status)
        if folder
    }
