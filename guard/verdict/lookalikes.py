"""Which added paths look like another path: a search through every path on the base."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from guard.changes.change import folders_above
from guard.core.names import fold


def alike(tracked: bytes, added: Sequence[str]) -> list[str]:
    """Give the added paths that, themselves or by a folder above, look like another path or folder.

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
