"""Which added paths look like a path that is there already: on a file system that ignores case or Unicode forms they would be one."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from guard.changes.folders import folders_above
from guard.core.names import fold


def alike(tracked: bytes, added: Sequence[str]) -> list[str]:
    """The added paths that share their folded form, or that of a folder above them, with another path or folder.

    Only what the base does not have can meet something there. Of a new folder below a new folder only the upper one is asked about.
    """
    stands = _Standing(tracked)
    folders = [part for part in _topmost(stands, folders_above(added)) if part]
    forms = Counter(map(fold, [*added, *folders]))
    met = stands.files_like(forms) | stands.folders_like(
        [form for form in forms if form.endswith("/")]
    )
    met |= {form for form, times in forms.items() if times > 1}
    if not met:
        return []
    doubled = {part for part in (*added, *folders) if fold(part) in met and not stands.has(part)}
    return [
        path for path in added if path in doubled or not doubled.isdisjoint(folders_above((path,)))
    ]


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
        return at < len(self._paths) and (
            self._paths[at].startswith(wanted) if part.endswith("/") else self._paths[at] == wanted
        )

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
