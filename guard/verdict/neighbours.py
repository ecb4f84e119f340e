"""The names beside each added path, as they will be once the branch is merged.

On a file system that ignores case or Unicode forms, some of them are one.
"""

from __future__ import annotations

from guard.changes.change import folders_above
from guard.core.names import fold
from guard.git.objects import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from guard.git.objects import Objects
    from guard.rules.facts import Facts
    from guard.verdict.opening import Sources


def neighbours(sources: Sources, facts: Facts) -> dict[str, frozenset[str]]:
    """Give the names in each folder above an added path: the base's, less what is deleted.

    A folder ("" is the top) has no slash at the end. If every path on the base is known
    (`facts.tracked`), only folders above a path that looks like another count: mostly there is
    none, and no tree is read.
    """
    objects, tree = sources.objects, sources.trust.tree
    added = [change.path for change in facts.changes if change.status == "A"]
    asked = _alike(facts.tracked, added) if facts.tracked else added
    if not asked:
        return {}
    deleted = {change.path for change in facts.changes if change.status == "D"}
    emptied = folders_above(deleted)
    names: dict[str, set[str]] = {}
    for folder, present in _present(objects, tree, folders_above(asked)):
        names[folder] = {
            name for name in present if not _gone(objects, tree, folder + name, deleted, emptied)
        }
    for path in added:
        at = 0
        while path[:at] in names:
            end = path.find("/", at)
            names[path[:at]].add(path[at:end] if end >= 0 else path[at:])
            at = end + 1 or len(path) + 1
    return {folder.rstrip("/"): frozenset(found) for folder, found in names.items()}


def _present(objects: Objects, tree: str, folders: set[str]) -> Iterator[tuple[str, Iterable[str]]]:
    """The base's names in each folder; the trees of one depth are read at once."""
    levels: dict[int, list[str]] = {}
    for folder in folders:
        levels.setdefault(folder.count("/"), []).append(folder)
    for _, level in sorted(levels.items()):
        trees = {folder: _tree_at(objects, tree, folder) for folder in level}
        objects.read_ahead(oid for oid in trees.values() if oid)
        for folder, oid in trees.items():
            yield folder, objects.tree(oid) if oid else ()


def _tree_at(objects: Objects, tree: str, folder: str) -> str:
    entry = objects.look_up(tree, folder[:-1]) if folder else Entry("40000", tree)
    return entry.oid if entry and entry.mode == "40000" else ""


def _gone(objects: Objects, tree: str, path: str, deleted: set[str], emptied: set[str]) -> bool:
    if path + "/" not in emptied:
        return path in deleted
    oid = _tree_at(objects, tree, path + "/")
    return bool(oid) and all(
        _gone(objects, tree, f"{path}/{name}", deleted, emptied) for name in objects.tree(oid)
    )


def _alike(tracked: bytes, added: Sequence[str]) -> list[str]:
    """The added paths that, themselves or by a folder above, look like another path or folder.

    What the base has meets nothing. Of nested new folders only the uppermost is asked about.
    """
    base = _Paths(tracked)
    folders = [folder for folder in folders_above(added) if folder and not base.has(folder)]
    new = set(folders)
    parts = [*added, *(folder for folder in folders if _above(folder) not in new)]
    forms: set[str] = set()
    met: set[str] = set()
    for form in map(fold, parts):
        if form in forms:
            met.add(form)
        forms.add(form)
    met |= base.files_like(forms)
    met |= base.folders_like([form for form in forms if form.endswith("/")])
    if not met:
        return []
    doubled = {part for part in parts if fold(part) in met and not base.has(part)}
    return [
        path for path in added if path in doubled or not doubled.isdisjoint(folders_above((path,)))
    ]


def _above(folder: str) -> str:
    return folder[: folder.rfind("/", 0, -1) + 1]


class _Paths:
    """Every path on the base, searched as bytes, which is twice as fast."""

    def __init__(self, tracked: bytes) -> None:
        self._tracked = tracked
        self._paths = tracked.split(b"\0")
        self._fold = bytes.lower if tracked.isascii() else _fold_bytes

    def has(self, part: str) -> bool:
        from bisect import bisect_left  # a commit has no list of all paths

        wanted = part.encode("utf-8", "surrogateescape")
        at = bisect_left(self._paths, wanted)
        if at == len(self._paths):
            return False
        found = self._paths[at]
        return found.startswith(wanted) if part.endswith("/") else found == wanted

    def files_like(self, forms: Iterable[str]) -> set[str]:
        wanted = {form.encode("utf-8", "surrogateescape"): form for form in forms}
        return {wanted[found] for found in set(wanted).intersection(map(self._fold, self._paths))}

    def folders_like(self, forms: Sequence[str]) -> set[str]:
        if not forms:
            return set()
        folded = "\0" + self._fold(self._tracked).decode("utf-8", "surrogateescape")
        if len(forms) > 20:
            return set(forms).intersection(folders_above(folded.split("\0")))
        return {form for form in forms if "\0" + form in folded}


def _fold_bytes(path: bytes) -> bytes:
    return fold(path.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
