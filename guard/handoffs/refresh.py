"""Writes a draft again: guard's own text is renewed, and an author's words all stay."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from guard.handoffs.commands import commands
from guard.handoffs.draft import (
    WANTED,
    Group,
    Item,
    Known,
    behavior,
    groups_of,
    list_lines,
    section_parts,
    wanted_lines,
)
from guard.handoffs.markdown import comment_text
from guard.handoffs.marks import Block, block, blocks, is_as_drafted, is_mark, mark_line, short_sum
from guard.handoffs.sections import BEHAVIOR, COMMANDS, FILES, SECTIONS, Section
from guard.handoffs.values import Handoff, Line, Said
from guard.receipts.words import words

# guard's item: its head, whose code may have brackets; its facts, which have none; what follows.
_ITEM = re.compile(r"- ((?:(`+)[^`].*?\2(?: → )?)*.*?)(?: \([^()]*\)(.*))?")


class Refreshed(NamedTuple):
    """The new text, and the author's lines that it moves into a comment as no longer so."""

    text: str
    moved: tuple[str, ...]


def by_author(old: Handoff, section: Section) -> Said | None:
    """Give a section without the lines of guard's list."""
    said = old.sections.get(section.key)
    if said is None:
        return None
    return said._replace(lines=_authors_lines(said, _own_list(said, old.source)))


def refreshed(known: Known, old: Handoff, listed: Collection[str] = ()) -> Refreshed:
    """Write the handoff `old` again from what is known now. Line ends stay as they were.

    `listed` are the changed paths that the author's own lines list; guard does not repeat them.
    """
    newline = "\r\n" if "\r\n" in old.text else "\n"
    lines = old.source
    edits = [_mark_edit(known, lines)]
    moved: list[str] = []
    for section in SECTIONS:
        said = old.sections.get(section.key)
        if said is None:
            parts = "\n\n".join(section_parts(known, section)).split("\n")
            new = ["", f"## {section.title}", "", *parts]
            edits.append(_Replacement(len(lines), len(lines), new))
        elif section != BEHAVIOR:
            edits += _list_edits(known, said, lines, listed, moved)
        elif (text := behavior(known.subjects)) and is_as_drafted(said.lines, said.comments):
            first, last = said.spans[0]
            after = [""] if last < len(lines) else []
            edits.append(_Replacement(first, last, ["", *text.split("\n"), *after]))
    for edit in sorted(edits, key=lambda edit: (edit.first, edit.last))[::-1]:
        lines[edit.first : edit.last] = edit.lines
    return Refreshed(newline.join(lines) + newline, tuple(moved))


class _Replacement(NamedTuple):
    """New lines for those from `first` up to but not including `last`, from 0."""

    first: int
    last: int
    lines: list[str]


def _mark_edit(known: Known, lines: Sequence[str]) -> _Replacement:
    mark = mark_line(known.contract, known.change)
    for at, line in enumerate(lines):
        if is_mark(line.strip()):
            return _Replacement(at, at + 1, [mark])
    if lines[0].startswith("# "):
        return _Replacement(1, 1, ["", mark])
    return _Replacement(0, 0, [mark, ""])


def _list_edits(
    known: Known, said: Said, lines: Sequence[str], listed: Collection[str], moved: list[str]
) -> Iterator[_Replacement]:
    """If guard has no list in the section, what is missing goes to the end."""
    first, last = said.spans[0]
    for at in range(first, min(last, len(lines))):
        if lines[at].startswith(WANTED):
            blank_before = at > first and not lines[at - 1].strip()
            yield _Replacement(at - blank_before, at + 1, [])
    own = _own_list(said, lines)
    by_hand = _authors_lines(said, own)
    groups = tuple(_not_by_hand(groups_of(known, said.key), said.key, by_hand, listed))
    authors = _authors(lines[own.begin + 1 : own.end], own.sums) if own else _Authors({}, ())
    written, gone = _written(groups, authors.remarks)
    moved += gone
    new = block(said.key, written, list(list_lines(groups))) if groups else []
    if said.key == COMMANDS.key:
        new += [line for command in wanted_lines(known) for line in ("", command)]
    if own is None:
        at = _end_of_text(lines, first, last)
        yield _Replacement(at, at, ["", *new] if groups else new)
        return
    if authors.loose:
        new += ["", *authors.loose]
    if gone:
        new += ["", "<!-- no longer so:", *map(comment_text, gone), "-->"]
    yield _Replacement(own.begin, own.end + 1, new)


def _own_list(said: Said, lines: Sequence[str]) -> Block | None:
    return next(blocks(lines, said.key, said.spans[0]), None)


def _authors_lines(said: Said, own: Block | None) -> tuple[Line, ...]:
    numbers = range(own.begin + 1, own.end + 2) if own else ()
    return tuple(line for line in said.lines if line.number not in numbers)


def _not_by_hand(
    groups: Iterable[Group], key: str, lines: Sequence[Line], listed: Collection[str]
) -> Iterator[Group]:
    """Leave out what the author's lines list or report, as the rules read them."""
    reported = {words(claim.text) for claim in commands(lines)} if key == COMMANDS.key else set()
    text = "\n".join(line.text for line in lines)

    def is_by_hand(item: Item) -> bool:
        if key == FILES.key:
            return all(path in listed for path in item.names)
        if key == COMMANDS.key:
            return all(words(line) in reported for line in item.names)
        return item.head.strip("` ") in text

    for group in groups:
        items = tuple(item for item in group.items if not is_by_hand(item))
        if items:
            yield group._replace(items=items)


class _Authors(NamedTuple):
    """An author's additions: by an item's head the text after its facts and the lines below it.

    `loose` are all other lines.
    """

    remarks: dict[str, list[str]]
    loose: Sequence[str]


def _authors(inner: Sequence[str], sums: Collection[str]) -> _Authors:
    """Guard's lines have known `sums`. Blank lines are nobody's."""
    remarks: dict[str, list[str]] = {}
    loose: list[str] = []
    below: list[str] | None = None  # the item above
    for line in inner:
        head, tail = _parted(line)
        tail = "" if short_sum(line) in sums else tail
        if head and head not in remarks and short_sum(line.removesuffix(tail)) in sums:
            below = remarks[head] = [tail]
        elif below is not None and line.startswith((" ", "\t")):
            below.append(line)
        elif line.strip() and not (line.startswith("**") and short_sum(line) in sums):
            below = None
            loose.append(line)
        elif below is None and loose and loose[-1]:
            loose.append("")
    return _Authors(remarks, loose[:-1] if loose[-1:] == [""] else loose)


def _parted(line: str) -> tuple[str, str]:
    """The head of an item, "" for another line, and what follows its facts."""
    item = _ITEM.fullmatch(line)
    return (item[1], item[3] or "") if item else ("", "")


def _written(groups: Sequence[Group], remarks: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    """The new list, and the remarks on items that are gone."""
    left = dict(remarks)
    lines: list[str] = []
    own = {item.line for group in groups for item in group.items}
    for line in list_lines(groups):
        tail, *below = left.pop(_parted(line)[0], [""]) if line in own else [""]
        lines += [line + tail, *below]
    gone: list[str] = []
    for head, (tail, *below) in left.items():
        if tail.strip() or any(below):
            gone += [f"{head}{tail}" if tail.strip() else head, *below]
    return lines, [line.strip() for line in gone if line.strip()]


def _end_of_text(lines: Sequence[str], first: int, last: int) -> int:
    at = min(last, len(lines))
    while at > first and (not lines[at - 1].strip() or lines[at - 1].startswith(WANTED)):
        at -= 1
    return at
