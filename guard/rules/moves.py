"""Files that moved unchanged: both sides are judged, and each finding names the other side."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from guard.changes.change import Change


def moves(changes: Iterable[Change]) -> dict[str, str]:
    """Give the remark for each moved path: ` (moved from X)` or ` (moved to Y)`."""
    remarks: dict[str, str] = {}
    for old, new in pairs(changes).items():
        remarks[old] = f" (moved to {new})"
        remarks[new] = f" (moved from {old})"
    return remarks


def pairs(changes: Iterable[Change]) -> dict[str, str]:
    """Give the paths that moved without an edit, old → new.

    Only unambiguous pairs count: one deleted and one added path with the same object id. A file
    that git has not hashed has an object id of zeros and no pair.
    """
    gone: dict[str, list[str]] = {}
    come: dict[str, list[str]] = {}
    for change in changes:
        if change.status == "D":
            gone.setdefault(change.old_oid, []).append(change.path)
        elif change.status == "A":
            come.setdefault(change.new_oid, []).append(change.path)
    found = ((old, come.get(oid, [])) for oid, old in gone.items() if oid.strip("0"))
    return {old[0]: new[0] for old, new in found if len(old) == len(new) == 1}
