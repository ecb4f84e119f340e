"""The changed paths of a draft, grouped by the contract line that covers them. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from guard.changes.change import Change
from guard.core.names import counted
from guard.handoffs.draft import Group, Item
from guard.handoffs.markdown import code
from guard.rules.facts import Facts
from guard.rules.grants import forbidding, merging, owning, sharing

_LABELS = ("Owned by ", "Shared in group ", "Forbidden by ", "Outside the contract")
_MOST = 500  # changed paths that are listed by name
_MOST_FOLDERS = 200  # of all areas together, unless there are more areas
_DEEPEST = 8
_DONE = {"A": "added", "D": "deleted", "M": "modified", "T": "of another type now"}
_MINUS = "\N{MINUS SIGN}"

Counts = Mapping[str, tuple[int, int] | None]
"""Lines added and deleted by path; None for a binary file."""

Moved = Mapping[str, tuple[str, tuple[int, int] | None]]
"""The files that moved: old path → new path, and lines added and deleted."""


def areas(facts: Facts, counts: Counts, moved: Moved) -> tuple[Group, ...]:
    """Give the changed paths in groups, or their folders if there are very many paths."""
    by_area: dict[str, list[Change]] = {}
    for change in facts.changes:
        by_area.setdefault(_area(facts, change.path), []).append(change)
    labels = sorted(by_area, key=_rank)
    if len(facts.changes) <= _MOST:
        return tuple(Group(label, tuple(_files(by_area[label], counts, moved))) for label in labels)
    deeper = _deepest(list(by_area.values()))
    return tuple(
        Group(label, tuple(_folders(by_area[label], counts, moved, deeper))) for label in labels
    )


def _rank(label: str) -> int:
    return next(rank for rank, start in enumerate(_LABELS) if label.startswith(start))


def _area(facts: Facts, path: str) -> str:
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


def _files(changes: Sequence[Change], counts: Counts, moved: Moved) -> Iterator[Item]:
    """Both paths of a file that moved are in one item if one line of the contract covers them."""
    here = {change.path for change in changes}
    origin = {new: old for old, (new, _) in moved.items()}
    for change in changes:
        new, old = moved.get(change.path, ("", None))[0], origin.get(change.path, "")
        lines = moved[old or change.path][1] if old or new else None
        edited = _sums([lines]) if lines else ""
        if new in here:
            head = f"{code(change.path)} → {code(new)}"
            yield Item(head, f"moved{edited}", (change.path, new))
        elif new:
            yield Item(code(change.path), f"moved to {new}", (change.path,))
        elif old and old not in here:
            yield Item(code(change.path), f"moved from {old}{edited}", (change.path,))
        elif not old:
            what = _what(change, counts.get(change.path, (0, 0)))
            yield Item(code(change.path), what, (change.path,))


def _what(change: Change, lines: tuple[int, int] | None) -> str:
    done = _DONE.get(change.status, "modified")
    if change.has_gitlink:
        return f"submodule, {done}"
    if lines is None:
        return f"{done}, binary"
    mode = ""
    if change.status == "M" and change.old_mode != change.new_mode:
        mode = f", mode {change.new_mode}"
    return f"{done}{mode}{_sums([lines])}"


def _deepest(areas: Sequence[Sequence[Change]]) -> int:
    """How many levels of folders can be listed below those that an area's paths share."""
    deeper = 0
    while deeper < _DEEPEST:
        if sum(len(_below(changes, deeper + 1)) for changes in areas) > _MOST_FOLDERS:
            break
        deeper += 1
    return deeper


def _below(changes: Sequence[Change], deeper: int) -> dict[str, list[Change]]:
    """Changes by folder; files at the top stay files."""
    # In git's order all other paths are between the first and the last.
    first, last = (change.path.split("/")[:-1] for change in (changes[0], changes[-1]))
    common = 0
    while common < min(len(first), len(last)) and first[common] == last[common]:
        common += 1
    below: dict[str, list[Change]] = {}
    for change in changes:
        below.setdefault(_folder(change.path, max(1, common + deeper)), []).append(change)
    return below


def _folders(
    changes: Sequence[Change], counts: Counts, moved: Moved, deeper: int
) -> Iterator[Item]:
    for name, inside in _below(changes, deeper).items():
        if name.endswith("/"):
            lines = [counts.get(change.path) or (0, 0) for change in inside]
            facts = f"{counted(len(inside), 'path')}{_sums(lines)}"
            yield Item(code(name), facts, tuple(change.path for change in inside))
        else:
            yield from _files(inside, counts, moved)


def _folder(path: str, depth: int) -> str:
    folders = path.split("/")[:-1]
    return "/".join(folders[:depth]) + "/" if folders else path


def _sums(lines: Sequence[tuple[int, int]]) -> str:
    added, deleted = (sum(line[side] for line in lines) for side in (0, 1))
    sums = [f"+{added:,}"] if added else []
    sums += [f"{_MINUS}{deleted:,}"] if deleted else []
    return f", {' '.join(sums)}" if sums else ""
