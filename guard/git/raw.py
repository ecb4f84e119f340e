"""git's raw records, with `-z` and `--no-renames`, as changes."""

from __future__ import annotations

from guard.changes.change import ABSENT, Change

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_LETTERS = {"U": "M"}
_KINDS = {"100644": "file", "100755": "file"}


def parse_raw(raw: bytes) -> Iterator[Change]:
    """Read `:<mode> <mode> <oid> <oid> <status> NUL <path> NUL` records (git-diff-tree(1), "RAW OUTPUT FORMAT").

    An unmerged path (`U`) is told as a content change: it differs, and nobody has said yet how it will end.
    """
    fields = raw.decode("utf-8", "surrogateescape").split("\0")
    make = Change._make  # without a look at names and defaults: there may be a hundred thousand
    for header, path in zip(fields[::2], fields[1::2], strict=False):
        old_mode, new_mode, old_oid, new_oid, status = header[1:].split(" ")
        yield make((_LETTERS.get(status, status), path, old_mode, new_mode, old_oid, new_oid))


def compared(path: str, old: tuple[str, str], new: tuple[str, str]) -> Change | None:
    """The change of one path between two (mode, object id) pairs; None where they are equal. A mode of `000000` is absence."""
    if old == new:
        return None
    return Change(_status(old[0], new[0]), path, old[0], new[0], old[1], new[1])


def _status(old: str, new: str) -> str:
    if old == ABSENT:
        return "A"
    if new == ABSENT:
        return "D"
    return "M" if _KINDS.get(old, old) == _KINDS.get(new, new) else "T"
