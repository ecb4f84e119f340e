"""The names beside every added path, as they will be once the branch is merged: the base's, less what the change deletes."""

from __future__ import annotations

from guard.changes.folders import folders_above
from guard.git.objects import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from guard.changes.change import Change
    from guard.git.objects import Objects


def neighbours(
    objects: Objects, tree: str, changes: Sequence[Change], tracked: bytes
) -> dict[str, frozenset[str]]:
    """Folder ("" is the top, no slash at the end) → the names there, for the folders above added paths. `tree` is the base's.

    With `tracked`, every path on the base (NUL-terminated, sorted bytewise), only for folders above a path that shares its folded form
    with another one: in most change sets there is none, and no tree has to be read.
    """
    added = [change.path for change in changes if change.status == "A"]
    asked = _alike(tracked, added) if tracked else added
    if not asked:
        return {}
    deleted = {change.path for change in changes if change.status == "D"}
    emptied = folders_above(deleted)
    names = {
        folder: {
            name for name in present if not _gone(objects, tree, folder + name, deleted, emptied)
        }
        for folder, present in _present(objects, tree, folders_above(asked))
    }
    for path in added:
        at = 0
        while path[:at] in names:
            end = path.find("/", at)
            names[path[:at]].add(path[at:end] if end >= 0 else path[at:])
            at = end + 1 or len(path) + 1
    return {folder.rstrip("/"): frozenset(found) for folder, found in names.items()}


def _alike(tracked: bytes, added: Sequence[str]) -> Sequence[str]:
    from guard.verdict.alike import alike  # a commit has no list of all paths

    return alike(tracked, added)


def _present(objects: Objects, tree: str, folders: set[str]) -> Iterator[tuple[str, Iterable[str]]]:
    """The names in each folder on the base, level by level, so that all trees of a level are read at once."""
    levels: dict[int, list[str]] = {}
    for folder in folders:
        levels.setdefault(folder.count("/"), []).append(folder)
    for _, level in sorted(levels.items()):
        found = [
            (folder, objects.look_up(tree, folder[:-1]) if folder else Entry("40000", tree))
            for folder in level
        ]
        objects.read_ahead(entry.oid for _, entry in found if entry and entry.mode == "40000")
        yield from (
            (folder, objects.tree(entry.oid) if entry and entry.mode == "40000" else ())
            for folder, entry in found
        )


def _gone(objects: Objects, tree: str, path: str, deleted: set[str], emptied: set[str]) -> bool:
    """Whether the change takes away all that the base has at `path`."""
    if path + "/" not in emptied:
        return path in deleted
    entry = objects.look_up(tree, path)
    if entry is None or entry.mode != "40000":
        return False
    return all(
        _gone(objects, tree, f"{path}/{name}", deleted, emptied) for name in objects.tree(entry.oid)
    )
