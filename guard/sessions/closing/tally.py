"""The changed paths as a draft lists them: by the lines of the contract that have them, with what was done and how much. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from guard.changes.change import GITLINK, Change
from guard.handoffs.draft import LABELS, Group, Item, code
from guard.rules.facts import Facts
from guard.rules.grants import forbidding, merging, owning, sharing
from guard.rules.moves import pairs

_MOST = 500  # changed paths that are listed one by one
_MOST_FOLDERS = 200  # of all areas together, as long as each has one
_DEEPEST = 8
_DONE = {"A": "added", "D": "deleted", "M": "modified", "T": "of another type now"}
_MINUS = "\N{MINUS SIGN}"


def areas(facts: Facts, counts: Mapping[str, tuple[int, int] | None]) -> tuple[Group, ...]:
    """Give the changed paths in groups. `counts` are lines added and deleted by path, None for binary files.

    Of very many paths folders are listed instead.
    """
    by_area: dict[str, list[Change]] = {}
    for change in facts.changes:
        by_area.setdefault(_area(facts, change.path), []).append(change)
    labels = sorted(
        by_area,
        key=lambda label: next(
            rank for rank, start in enumerate(LABELS) if label.startswith(start)
        ),
    )
    if len(facts.changes) <= _MOST:
        return tuple(Group(label, tuple(_files(by_area[label], counts))) for label in labels)
    deeper = _deepest(list(by_area.values()))
    return tuple(Group(label, tuple(_folders(by_area[label], counts, deeper))) for label in labels)


def _area(facts: Facts, path: str) -> str:
    """The line of the contract that has a path."""
    contract = facts.contract
    forbidden = forbidding(facts, contract, path) if contract else None
    if forbidden:
        return f"Forbidden by {forbidden.pattern}"
    merge = merging(facts, path)
    if merge:
        return f"Shared in group {merge.pattern}, whose merge is this session's"
    group = next((group.name for group, _ in sharing(facts, path)), "")
    if group:
        return f"Shared in group {group}, whose merge is not this session's"
    owned = owning(facts, contract, path) if contract else None
    return f"Owned by {owned.pattern}" if owned else "Outside the contract"


def _files(
    changes: Sequence[Change], counts: Mapping[str, tuple[int, int] | None]
) -> Iterable[Item]:
    moved = pairs(changes)
    for change in changes:
        if change.path in moved:
            yield Item(f"{code(change.path)} → {code(moved[change.path])}", "moved")
        elif change.path not in moved.values():
            yield Item(code(change.path), _what(change, counts.get(change.path, (0, 0))))


def _what(change: Change, lines: tuple[int, int] | None) -> str:
    done = _DONE.get(change.status, "modified")
    if GITLINK in (change.old_mode, change.new_mode):
        return f"submodule, {done}"
    if lines is None:
        return f"{done}, binary"
    mode = (
        f", mode {change.new_mode}"
        if change.status == "M" and change.old_mode != change.new_mode
        else ""
    )
    return f"{done}{mode}{_sums(*lines)}"


def _deepest(areas: Sequence[Sequence[Change]]) -> int:
    """How far below the folder that each area has in common folders can be listed without becoming more than can be read."""
    deeper = 0
    while (
        deeper < _DEEPEST
        and sum(len(_below(changes, deeper + 1)) for changes in areas) <= _MOST_FOLDERS
    ):
        deeper += 1
    return deeper


def _below(changes: Sequence[Change], deeper: int) -> dict[str, list[Change]]:
    """Changes by folder; files at the top stay files."""
    first, last = (
        change.path.split("/")[:-1] for change in (changes[0], changes[-1])
    )  # in git's order, all others lie between
    common = next(
        (
            depth
            for depth, (one, other) in enumerate(zip(first, last, strict=False))
            if one != other
        ),
        min(len(first), len(last)),
    )
    below: dict[str, list[Change]] = {}
    for change in changes:
        below.setdefault(_folder(change.path, max(1, common + deeper)), []).append(change)
    return below


def _folders(
    changes: Sequence[Change], counts: Mapping[str, tuple[int, int] | None], deeper: int
) -> Iterable[Item]:
    for name, inside in _below(changes, deeper).items():
        if not name.endswith("/"):
            yield from _files(inside, counts)
            continue
        lines = [counts.get(change.path) or (0, 0) for change in inside]
        paths = f"{len(inside):,} paths" if len(inside) > 1 else "1 path"
        yield Item(
            code(name),
            f"{paths}{_sums(sum(one for one, _ in lines), sum(other for _, other in lines))}",
        )


def _folder(path: str, depth: int) -> str:
    parts = path.split("/")
    return path if len(parts) == 1 else "/".join(parts[: min(depth, len(parts) - 1)]) + "/"


def _sums(added: int, deleted: int) -> str:
    told = [f"+{added:,}"] if added else []
    told += [f"{_MINUS}{deleted:,}"] if deleted else []
    return f", {' '.join(told)}" if told else ""
