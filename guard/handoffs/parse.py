"""Reads a handoff: its sections in any order, as headings of any level or as bold labels."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.handoffs.lines import Read, read_lines
from guard.handoffs.marks import mark_of
from guard.handoffs.sections import folded, keys_named
from guard.handoffs.values import Comment, Handoff, Line, Piece, Said

_LABEL, _ITEM = 7, 8  # levels of bold labels and of those that begin list items, below any heading
_TITLE = re.compile(r"hand-?off(?:\s*[:–—-]\s*|\s+(?:for|of|by)\s+|\s+)(\S+)", re.IGNORECASE)


class _Start(NamedTuple):
    """The line at index `at`, which may begin or end a section; `rest` follows its label."""

    at: int
    number: int
    level: int
    label: str
    rest: tuple[Piece, ...]
    keys: tuple[str, ...] = ()
    nested: bool = False


def parse_handoff(text: str) -> Handoff:
    r"""Read any text as a handoff; what it lacks is for the rules to say.

    `text` has no byte order mark and keeps the limits `LARGEST` and `MOST_LINES`. Line numbers
    count from 1; `\r\n` and `\n` both end a line.
    """
    read = read_lines(text)
    starts = list(_starts(read.lines))
    found = _opened(starts, frozenset())
    outermost = frozenset(key for start in found if not start.nested for key in start.keys)
    title = next((start for start in starts if start.level == 1), None)
    return Handoff(
        sections=_sections(list(_opened(starts, outermost)), read, text.count("\n") + 1),
        mark=mark_of(read.comments),
        title=_contract_in(title) if title else "",
        title_line=title.number if title else 1,
        last=max((line.number for line in read.lines), default=1),
        text=text,
    )


def _starts(lines: Sequence[Line]) -> Iterator[_Start]:
    for at, line in enumerate(lines):
        if not line.outer:
            continue
        if line.kind == "heading":
            label, colon, rest = line.text.partition(":")
            said = (Piece("text", rest.strip()),) if colon and rest.strip() else ()
            yield _Start(at, line.number, line.level, label, said)
        elif line.kind in ("paragraph", "item") and line.pieces and line.pieces[0].strong:
            yield from _label(at, line)


def _label(at: int, line: Line) -> Iterator[_Start]:
    """A bold label is alone on its line, or before a colon or a dash."""
    bold = 0
    while bold < len(line.pieces) and line.pieces[bold].strong:
        bold += 1
    label = "".join(piece.text for piece in line.pieces[:bold]).strip()
    first, *others = line.pieces[bold:] or (Piece("text", ""),)
    sign = re.match(r"\s*[:–—-]\s*", first.text) if first.kind == "text" else None
    if sign:
        first = first._replace(text=first.text[sign.end() :])
    rest = (first, *others)
    alone = not "".join(piece.text for piece in rest).strip()
    if alone or sign or label.endswith(":"):
        level = _ITEM if line.kind == "item" else _LABEL
        yield _Start(at, line.number, level, label.rstrip(": "), () if alone else rest)


def _opened(starts: Sequence[_Start], outermost: frozenset[str]) -> Iterator[_Start]:
    """Starts that begin a section and, without keys, headings that end one.

    A heading below a section's divides it, unless it has the full name of another section that is
    not in `outermost`.
    """
    around: _Start | None = None
    for start in starts:
        nested = around is not None and start.level > around.level
        keys = keys_named(start.label, nested=nested)
        if nested and around and (set(keys) & {*around.keys, *outermost}):
            keys = ()
        if keys or (around and not nested and start.level < _LABEL):
            found = start._replace(keys=keys, nested=nested)
            around = found if keys else None
            yield found


class _Part(NamedTuple):
    start: _Start
    end: int
    lines: Sequence[Line]
    comments: Sequence[Comment]


def _sections(found: Sequence[_Start], read: Read, length: int) -> dict[str, Said]:
    parts: dict[str, list[_Part]] = {}
    numbers = [comment.number for comment in read.comments]
    for start, after in zip(found, [*found[1:], None], strict=False):
        end = max(after.number - 1 if after else length, start.number)
        lines = list(read.lines[start.at + 1 : after.at if after else None])
        if start.rest:
            first = read.lines[start.at]
            kind = "item" if first.kind == "item" else "paragraph"
            lines.insert(0, first._replace(kind=kind, pieces=start.rest))
        comments = read.comments[bisect_left(numbers, start.number) : bisect_right(numbers, end)]
        for key in start.keys:
            parts.setdefault(key, []).append(_Part(start, end, lines, comments))
    return {key: _said(key, some) for key, some in parts.items()}


def _said(key: str, parts: Sequence[_Part]) -> Said:
    names: set[str] = set()
    again: list[int] = []
    for part in parts:
        name = folded(part.start.label)
        if name in names:
            again.append(part.start.number)
        names.add(name)
    return Said(
        key=key,
        number=parts[0].start.number,
        spans=tuple((part.start.number, part.end) for part in parts),
        lines=tuple(line for part in parts for line in part.lines),
        comments=tuple(comment for part in parts for comment in part.comments),
        again=tuple(again),
        label=parts[0].start.level >= _LABEL,
    )


def _contract_in(title: _Start) -> str:
    rest = "".join(piece.text for piece in title.rest)
    found = _TITLE.fullmatch(f"{title.label}: {rest}".strip(": ").strip())
    return found[1].strip("`") if found else ""
