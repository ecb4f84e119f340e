"""Writes a draft again: guard's own text is renewed, and an author's words all stay."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from guard.handoffs.commands import commands
from guard.handoffs.draft import (
    WANTED,
    Group,
    Item,
    Known,
    behavior,
    block,
    groups_of,
    list_lines,
    section_parts,
    wanted_lines,
)
from guard.handoffs.markdown import comment_text
from guard.handoffs.marks import (
    begun,
    checksum,
    ended,
    is_as_drafted,
    is_mark,
    mark_line,
    short_sum,
)
from guard.handoffs.sections import BEHAVIOR, COMMANDS, FILES, SECTIONS, Section
from guard.handoffs.values import Handoff, Line, Said
from guard.receipts.words import words


class Refreshed(NamedTuple):
    """The new text, and the author's lines that it moves into a comment as no longer so."""

    text: str
    moved: tuple[str, ...]


def by_author(old: Handoff, section: Section) -> Said | None:
    """Give a section without the lines of guard's list."""
    said = old.sections.get(section.key)
    if said is None:
        return None
    lines = _source(old)
    return said._replace(lines=_authors_lines(said, *_own_list(said, lines)))


def refreshed(known: Known, old: Handoff, listed: Collection[str] = ()) -> Refreshed:
    """Write the handoff `old` again from what is known now. Line ends stay as they were.

    `listed` are the changed paths that the author's own lines list; guard does not repeat them.
    """
    newline = "\r\n" if "\r\n" in old.text else "\n"
    lines = _source(old)
    edits = [_mark_edit(known, lines)]
    moved: list[str] = []
    for section in SECTIONS:
        said = old.sections.get(section.key)
        if said is None:
            parts = "\n\n".join(section_parts(known, section)).split("\n")
            new = ["", f"## {section.title}", "", *parts]
            edits.append(_Replacement(len(lines), len(lines), new))
        elif section == BEHAVIOR:
            edits += _behavior_edits(known, said, lines)
        else:
            edits += _list_edits(known, said, lines, listed, moved)
    for edit in sorted(edits, key=lambda edit: (edit.first, edit.last))[::-1]:
        lines[edit.first : edit.last] = edit.lines
    return Refreshed(newline.join(lines) + newline, tuple(moved))


def _source(old: Handoff) -> list[str]:
    return old.text.replace("\r\n", "\n").removesuffix("\n").split("\n")


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
    if lines and lines[0].startswith("# "):
        return _Replacement(1, 1, ["", mark])
    return _Replacement(0, 0, [mark, ""])


def _behavior_edits(known: Known, said: Said, lines: Sequence[str]) -> Iterator[_Replacement]:
    first, last = said.spans[0][0], min(said.spans[0][1], len(lines))
    text = behavior(known.subjects)
    if text and is_as_drafted(said.lines, said.comments):
        after = [""] if last < len(lines) else []
        yield _Replacement(first, last, ["", *text.split("\n"), *after])


def _list_edits(
    known: Known, said: Said, lines: Sequence[str], listed: Collection[str], moved: list[str]
) -> Iterator[_Replacement]:
    """If guard has no list in the section, what is missing goes to the end."""
    first, last = said.spans[0][0], min(said.spans[0][1], len(lines))
    for at in range(first, last):
        if lines[at].startswith(WANTED):
            blank_before = at > first and not lines[at - 1].strip()
            yield _Replacement(at - blank_before, at + 1, [])
    begin, end = _own_list(said, lines)
    by_hand = _authors_lines(said, begin, end)
    groups = tuple(_not_by_hand(groups_of(known, said.key), said.key, by_hand, listed))
    wanted = []
    if said.key == COMMANDS.key:
        wanted = [line for command in wanted_lines(known) for line in ("", command)]
    if end < 0:
        at = _end_of_text(lines, first, last)
        new = ["", *block(said.key, list(list_lines(groups))).split("\n")] if groups else []
        yield _Replacement(at, at, [*new, *wanted])
        return
    authors = _Authors({}, ())
    inner = lines[begin + 1 : end]
    if checksum("\n".join(inner)) != begun(lines[begin])[1]:
        authors = _authors(inner, ended(lines[end]) or frozenset())
    written, gone = _written(groups, authors.remarks)
    moved += gone
    new = block(said.key, written, list(list_lines(groups))).split("\n") if groups else []
    new += wanted
    if authors.loose:
        new += ["", *authors.loose]
    if gone:
        new += ["", "<!-- no longer so:", *map(comment_text, gone), "-->"]
    yield _Replacement(begin, end + 1, new)


def _own_list(said: Said, lines: Sequence[str]) -> tuple[int, int]:
    """The indices of the comments around guard's list; the latter is -1 without one."""
    within = range(said.spans[0][0], min(said.spans[0][1], len(lines)))
    begin = next((at for at in within if begun(lines[at])[0] == said.key), -1)
    if begin < 0:
        return -1, -1
    rest = range(begin, within.stop)
    return begin, next((at for at in rest if ended(lines[at]) is not None), -1)


def _authors_lines(said: Said, begin: int, end: int) -> tuple[Line, ...]:
    own = range(begin + 1, end + 2) if end >= 0 else range(0)
    return tuple(line for line in said.lines if line.number not in own)


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
    loose: tuple[str, ...]


def _authors(inner: Sequence[str], sums: frozenset[str]) -> _Authors:
    """Guard's lines have known `sums`. Blank lines are nobody's."""
    remarks: dict[str, list[str]] = {}
    loose: list[str] = []
    head: str | None = None
    for line in inner:
        item, tail = _parted(line)
        is_own = line.startswith("- ") and short_sum(line[: len(line) - len(tail)]) in sums
        if is_own and item not in remarks:
            head, remarks[item] = item, [tail]
        elif line.startswith((" ", "\t")) and head is not None:
            remarks[head].append(line)
        elif line.strip() and not (line.startswith("**") and short_sum(line) in sums):
            head = None
            loose.append(line)
        elif loose and head is None and loose[-1]:
            loose.append("")
    if loose[-1:] == [""]:
        loose.pop()
    return _Authors(remarks, tuple(loose))


def _parted(line: str) -> tuple[str, str]:
    start = line.find(" (", _end_of_code(line))
    end = line.find(")", start) if start >= 0 else -1
    return (line[2:start], line[end + 1 :]) if end >= 0 else (line[2:], "")


def _end_of_code(line: str) -> int:
    """Brackets in a name enclose no facts."""
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
    """The new list, and the remarks on items that are gone."""
    left = dict(remarks)
    lines: list[str] = []
    by_line = {item.line: item.head for group in groups for item in group.items}
    for line in list_lines(groups):
        tail, *below = left.pop(by_line.get(line, "\0"), [""])
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
