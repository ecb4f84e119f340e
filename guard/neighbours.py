"""The names beside every added path, as they will be once the branch is merged: the base's, less what the change deletes."""

from __future__ import annotations

from guard.recognise import folders_above

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guard.changes.values import Change
    from guard.objects import Objects


def neighbours(objects: Objects, tree: str, changes: Sequence[Change]) -> dict[str, frozenset[str]]:
    """Folder ("" is the top, no slash at the end) → the names there, for every folder above an added path. `tree` is the base's."""
    added = [change.path for change in changes if change.status == "A"]
    if not added:
        return {}
    deleted = {change.path for change in changes if change.status == "D"}
    emptied = folders_above(deleted)
    names: dict[str, set[str]] = {}
    for folder in sorted(folders_above(added)):
        entry = objects.look_up(tree, folder[:-1]) if folder else None
        oid = tree if not folder else entry.oid if entry and entry.mode == "40000" else ""
        present = objects.tree(oid) if oid else {}
        names[folder] = {name for name in present if not _gone(objects, tree, folder + name, deleted, emptied)}
    for path in added:
        for folder in folders_above([path]):
            names[folder].add(path[len(folder) :].partition("/")[0])
    return {folder.rstrip("/"): frozenset(found) for folder, found in names.items()}


def _gone(objects: Objects, tree: str, path: str, deleted: set[str], emptied: set[str]) -> bool:
    """Whether the change takes away all that the base has at `path`."""
    if path in deleted:
        return True
    if path + "/" not in emptied:
        return False
    entry = objects.look_up(tree, path)
    if entry is None or entry.mode != "40000":
        return False
    return all(_gone(objects, tree, f"{path}/{name}", deleted, emptied) for name in objects.tree(entry.oid))
