"""Files that moved as they are: both sides of a rename are judged, and each says where the other is."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from guard.changes.change import Change


def moves(changes: Iterable[Change]) -> dict[str, str]:
    """Give what to say of each path that moved without an edit: ` (moved from X)` of the new one, ` (moved to Y)` of the old one."""
    told: dict[str, str] = {}
    for old, new in pairs(changes).items():
        told[old] = f" (moved to {new})"
        told[new] = f" (moved from {old})"
    return told


def pairs(changes: Iterable[Change]) -> dict[str, str]:
    """Give the paths that moved without an edit, old → new.

    Only pairs that leave no doubt count: one deleted and one added path with the same object id, and no third one with it. The
    object id of a file that git has not hashed is all zeros and pairs with nothing.
    """
    changes = list(changes)
    gone = _by_content((change.old_oid, change.path) for change in changes if change.status == "D")
    come = _by_content((change.new_oid, change.path) for change in changes if change.status == "A")
    found = ((old, come.get(oid, [])) for oid, old in gone.items() if oid.strip("0"))
    return {old[0]: new[0] for old, new in found if len(old) == len(new) == 1}


def _by_content(paths: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for oid, path in paths:
        found.setdefault(oid, []).append(path)
    return found
