"""A draft written again: what guard wrote is made new, and whatever an author wrote stays, word for word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from guard.handoffs.draft import (
    WANTED,
    Group,
    Item,
    Known,
    behavior,
    block,
    comment_text,
    groups_of,
    list_lines,
    section_parts,
    wanted_lines,
)
from guard.handoffs.marks import (
    begun,
    checksum,
    ended,
    is_as_drafted,
    is_mark,
    mark_line,
    short_sum,
)
from guard.handoffs.sections import SECTIONS
from guard.handoffs.values import Handoff, Said


class Refreshed(NamedTuple):
    """A handoff that was written again, and what of the author's stands elsewhere now: lines about what is no longer so."""

    text: str
    moved: tuple[str, ...]


def refreshed(known: Known, old: Handoff) -> Refreshed:
    """Write the handoff `old` again from what is known now. Line ends stay as they were."""
    newline = "\r\n" if "\r\n" in old.text else "\n"
    lines = old.text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    edits = [_mark_edit(known, lines)]
    moved: list[str] = []
    for section in SECTIONS:
        said = old.sections.get(section.key)
        if said is None:
            edits.append(
                _Edit(
                    len(lines),
                    len(lines),
                    [
                        "",
                        f"## {section.title}",
                        "",
                        *"\n\n".join(section_parts(known, section.key)).split("\n"),
                    ],
                )
            )
        elif section.key == "behavior":
            edits += _behavior_edits(known, said, lines)
        else:
            edits += _list_edits(known, said, lines, moved)
    for edit in sorted(edits, key=lambda edit: (edit.first, edit.last))[::-1]:
        lines[edit.first : edit.last] = edit.lines
    return Refreshed(newline.join(lines) + newline, tuple(moved))


class _Edit(NamedTuple):
    """Lines that take the place of those from `first` on up to `last`, which stays; both count from 0."""

    first: int
    last: int
    lines: list[str]


def _mark_edit(known: Known, lines: Sequence[str]) -> _Edit:
    """The comment that names the tree, in its place, or below the title."""
    mark = mark_line(known.contract, known.tree)
    at = next((number for number, line in enumerate(lines) if is_mark(line.strip())), -1)
    if at >= 0:
        return _Edit(at, at + 1, [mark])
    if lines and lines[0].startswith("# "):
        return _Edit(1, 1, ["", mark])
    return _Edit(0, 0, [mark, ""])


def _behavior_edits(known: Known, said: Said, lines: Sequence[str]) -> Iterator[_Edit]:
    """What the commits say, made new as long as the author has not said it in their own words."""
    first, last = said.spans[0][0], min(said.spans[0][1], len(lines))
    if is_as_drafted(said.lines, said.comments) and behavior(known.subjects):
        yield _Edit(
            first, last, ["", *behavior(known.subjects).split("\n"), *_blank_after(lines, last)]
        )


def _list_edits(
    known: Known, said: Said, lines: Sequence[str], moved: list[str]
) -> Iterator[_Edit]:
    """Guard's list in a section, made new in its place; in a section that has none, what it lacks is put at the end."""
    first, last = said.spans[0][0], min(said.spans[0][1], len(lines))
    begin = next(
        (at for at in range(first, last) if (found := begun(lines[at])) and found[0] == said.key),
        -1,
    )
    end = (
        next((at for at in range(begin, last) if ended(lines[at]) is not None), -1)
        if begin >= 0
        else -1
    )
    for at in range(first, last):
        if lines[at].startswith(WANTED):
            yield _Edit(at - (at > first and not lines[at - 1].strip()), at + 1, [])
    groups = _not_by_hand(
        groups_of(known, said.key), said, range(begin + 1, end + 2) if end >= 0 else range(0)
    )
    wanted = (
        [line for command in wanted_lines(known) for line in ("", command)]
        if said.key == "commands"
        else []
    )
    if end < 0:
        at = _end_of_text(lines, first, last)
        new = ["", *block(said.key, list(list_lines(groups))).split("\n")] if groups else []
        yield _Edit(at, at, [*new, *wanted])
        return
    inner = lines[begin + 1 : end]
    untouched = checksum("\n".join(inner)) == (begun(lines[begin]) or ("", ""))[1]
    authors = _Authors({}, ()) if untouched else _authors(inner, ended(lines[end]) or frozenset())
    written, gone = _written(groups, authors.remarks)
    moved += gone
    new = block(said.key, written, list(list_lines(groups))).split("\n") if groups else []
    beside = ["", *authors.loose] if authors.loose else []
    yield _Edit(
        begin, end + 1, [*new, *wanted, *beside, *(["", *_as_comment(gone)] if gone else [])]
    )


def _not_by_hand(groups: Iterable[Group], said: Said, own: range) -> tuple[Group, ...]:
    """The groups without what the author has listed outside of guard's own lines."""
    text = "\n".join(line.text for line in said.lines if line.number not in own)
    left = [
        group._replace(items=tuple(item for item in group.items if not _is_in(item, text)))
        for group in groups
    ]
    return tuple(group for group in left if group.items)


def _is_in(item: Item, text: str) -> bool:
    return all(part.strip("` ") in text for part in item.head.split(" → "))


class _Authors(NamedTuple):
    """What an author put into a list of guard's: by the head of an item what stands behind its facts and below it, and all other lines."""

    remarks: dict[str, list[str]]
    loose: tuple[str, ...]


def _authors(inner: Sequence[str], sums: frozenset[str]) -> _Authors:
    """Tell what an author wrote from what guard did, by the `sums` of guard's items and labels. Blank lines are nobody's."""
    remarks: dict[str, list[str]] = {}
    loose: list[str] = []
    head: str | None = None
    for line in inner:
        item, tail = _parted(line)
        if (
            line.startswith("- ")
            and short_sum(line[: len(line) - len(tail)]) in sums
            and item not in remarks
        ):
            head, remarks[item] = item, [tail]
        elif line.startswith((" ", "\t")) and head is not None:
            remarks[head].append(line)
        elif line.strip() and not (line.startswith("**") and short_sum(line) in sums):
            head = None
            loose.append(line)
        elif loose and head is None and loose[-1]:
            loose.append("")
    return _Authors(remarks, tuple(loose[:-1] if loose[-1:] == [""] else loose))


def _parted(line: str) -> tuple[str, str]:
    """An item's head, and what an author wrote behind its facts."""
    start = line.find(" (", _end_of_code(line))
    end = line.find(")", start) if start >= 0 else -1
    return (line[2:start], line[end + 1 :]) if end >= 0 else (line[2:], "")


def _end_of_code(line: str) -> int:
    """Where the last of the code spans that an item begins with ends: brackets in a name are no facts."""
    at = 2
    while line.startswith("`", at):
        fence = line[at : len(line) - len(line[at:].lstrip("`"))]
        end = line.find(fence, at + len(fence))
        if end < 0:
            return at
        at = end + len(fence)
        if line.startswith(" → `", at):
            at += 3
    return at


def _written(groups: Iterable[Group], remarks: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    """The lines of the new list with the author's remarks, and the remarks on items that are gone."""
    left = dict(remarks)
    lines: list[str] = []
    by_line = {item.line: item.head for group in groups for item in group.items}
    for line in list_lines(groups):
        tail, *below = left.pop(by_line.get(line, "\0"), [""])
        lines += [line + tail, *below]
    gone = [
        (f"{head}{tail}" if tail.strip() else head, below)
        for head, (tail, *below) in left.items()
        if tail.strip() or any(below)
    ]
    return lines, [
        line.strip() for first, below in gone for line in (first, *below) if line.strip()
    ]


def _as_comment(lines: Iterable[str]) -> list[str]:
    """What an author wrote about something that is no longer so: kept, and not claimed any more."""
    return ["<!-- no longer so:", *(comment_text(line) for line in lines), "-->"]


def _end_of_text(lines: Sequence[str], first: int, last: int) -> int:
    """Where the text of a section ends, before the blank lines that follow it, and before guard's comments about commands."""
    at = min(last, len(lines))
    while at > first and (not lines[at - 1].strip() or lines[at - 1].startswith(WANTED)):
        at -= 1
    return at


def _blank_after(lines: Sequence[str], last: int) -> list[str]:
    return [""] if last < len(lines) else []
