"""The names beside every added path, as they will be once the branch is merged: the base's, less what the change deletes."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

from guard.names import fold
from guard.objects import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from guard.changes.values import Change
    from guard.objects import Objects


def neighbours(objects: Objects, tree: str, changes: Sequence[Change], tracked: bytes) -> dict[str, frozenset[str]]:
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
        folder: {name for name in present if not _gone(objects, tree, folder + name, deleted, emptied)}
        for folder, present in _present(objects, tree, folders_above(asked))
    }
    for path in added:
        at = 0
        while path[:at] in names:
            end = path.find("/", at)
            names[path[:at]].add(path[at:end] if end >= 0 else path[at:])
            at = end + 1 or len(path) + 1
    return {folder.rstrip("/"): frozenset(found) for folder, found in names.items()}


def _alike(tracked: bytes, added: Sequence[str]) -> list[str]:
    """The added paths that share their folded form, or that of a folder above them, with another path or folder.

    Only what the base does not have can meet something there. Of a new folder below a new folder only the upper one is asked about.
    """
    stands = _Standing(tracked)
    folders = [part for part in _topmost(stands, folders_above(added)) if part]
    forms = Counter(map(fold, [*added, *folders]))
    met = stands.files_like(forms) | stands.folders_like([form for form in forms if form.endswith("/")])
    met |= {form for form, times in forms.items() if times > 1}
    if not met:
        return []
    doubled = {part for part in (*added, *folders) if fold(part) in met and not stands.has(part)}
    return [path for path in added if path in doubled or not doubled.isdisjoint(folders_above((path,)))]


def _topmost(stands: _Standing, folders: set[str]) -> Iterator[str]:
    """The folders that the base does not have while it has the one above."""
    new = {folder for folder in folders if folder and not stands.has(folder)}
    return (folder for folder in new if folder[: folder.rfind("/", 0, -1) + 1] not in new)


class _Standing:
    """Every path on the base. What can be asked of all at once is asked of bytes, which is twice as fast."""

    def __init__(self, tracked: bytes) -> None:
        self._tracked = tracked
        self._paths = tracked.split(b"\0")
        self._fold: Callable[[bytes], bytes] = bytes.lower if tracked.isascii() else _fold_bytes

    def has(self, part: str) -> bool:
        """Whether the base has the path, or, with a slash at the end, the folder."""
        wanted = part.encode("utf-8", "surrogateescape")
        at = bisect_left(self._paths, wanted)
        return at < len(self._paths) and (self._paths[at].startswith(wanted) if part.endswith("/") else self._paths[at] == wanted)

    def files_like(self, forms: Iterable[str]) -> set[str]:
        """Those of the folded forms that a path has."""
        wanted = {form.encode("utf-8", "surrogateescape"): form for form in forms}
        return {wanted[found] for found in set(wanted).intersection(map(self._fold, self._paths))}

    def folders_like(self, forms: Sequence[str]) -> set[str]:
        """Those of the folded forms, with a slash at the end, that a folder has."""
        if not forms:
            return set()
        folded = "\0" + self._fold(self._tracked).decode("utf-8", "surrogateescape")
        if len(forms) > 20:
            return set(forms).intersection(folders_above(folded.split("\0")))
        return {form for form in forms if "\0" + form in folded}


def _fold_bytes(path: bytes) -> bytes:
    return fold(path.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _present(objects: Objects, tree: str, folders: set[str]) -> Iterator[tuple[str, Iterable[str]]]:
    """The names in each folder on the base, level by level, so that all trees of a level are read at once."""
    levels: dict[int, list[str]] = {}
    for folder in folders:
        levels.setdefault(folder.count("/"), []).append(folder)
    for _, level in sorted(levels.items()):
        found = [(folder, objects.look_up(tree, folder[:-1]) if folder else Entry("40000", tree)) for folder in level]
        objects.read_ahead(entry.oid for _, entry in found if entry and entry.mode == "40000")
        yield from ((folder, objects.tree(entry.oid) if entry and entry.mode == "40000" else ()) for folder, entry in found)


def folders_above(paths: Iterable[str]) -> set[str]:
    """Every folder above any of `paths`, the top as "", others with a slash at the end."""
    found = {""}
    for path in paths:
        end = path.rfind("/")
        while end >= 0 and path[: end + 1] not in found:
            found.add(path[: end + 1])
            end = path.rfind("/", 0, end)
    return found


def _gone(objects: Objects, tree: str, path: str, deleted: set[str], emptied: set[str]) -> bool:
    """Whether the change takes away all that the base has at `path`."""
    if path + "/" not in emptied:
        return path in deleted
    entry = objects.look_up(tree, path)
    if entry is None or entry.mode != "40000":
        return False
    return all(_gone(objects, tree, f"{path}/{name}", deleted, emptied) for name in objects.tree(entry.oid))
