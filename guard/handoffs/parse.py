"""Reads a handoff: Markdown in, sections out, in any order, at any level of heading or as bold labels, under their usual names."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.handoffs.lines import Read, read_lines
from guard.handoffs.marks import mark_of
from guard.handoffs.sections import folded, keys_named
from guard.handoffs.values import Comment, Handoff, Line, Piece, Said

_LABEL, _ITEM = (
    7,
    8,
)  # bold labels are deeper than any heading; those that begin list items are deeper still
_TITLE = re.compile(r"hand-?off(?:\s*[:–—-]\s*|\s+(?:for|of|by)\s+|\s+)(\S+)", re.IGNORECASE)


class _Start(NamedTuple):
    """A line that may begin a section or end one: `at` is its index, `label` what it is called, `rest` what it says besides."""

    at: int
    number: int
    level: int
    label: str
    rest: tuple[Piece, ...]
    keys: tuple[str, ...] = ()
    nested: bool = False


def parse_handoff(text: str) -> Handoff:
    r"""Read a handoff. Any text is one; what it lacks is for the rules to tell.

    `text` has no byte order mark, at most `LARGEST` bytes and `MOST_LINES`. Line numbers count from 1, `\r\n` and `\n` alike.
    """
    read = read_lines(text)
    starts = list(_starts(read.lines))
    found = list(_opened(starts, frozenset()))
    outermost = frozenset(key for start in found if not start.nested for key in start.keys)
    found = list(_opened(starts, outermost))
    last = max((line.number for line in read.lines), default=1)
    title = next((start for start in starts if start.level == 1), None)
    return Handoff(
        sections=_sections(found, read, text.count("\n") + 1),
        mark=mark_of(read.comments),
        title=_named(title),
        title_line=title.number if title else 1,
        last=last,
        text=text,
    )


def _starts(lines: Sequence[Line]) -> Iterator[_Start]:
    """Every heading, and every line that begins with bold text as a label does, at the top of the document or of a list there."""
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
    """A bold label: alone on its line, or with a colon or a dash behind it."""
    strong = [piece for piece in line.pieces if piece.strong]
    bold = next(
        (number for number, piece in enumerate(line.pieces) if not piece.strong), len(line.pieces)
    )
    label = "".join(piece.text for piece in line.pieces[:bold]).strip()
    first, *others = line.pieces[bold:] or (Piece("text", ""),)
    sign = re.match(r"\s*[:–—-]\s*", first.text) if first.kind == "text" else None
    rest = (first._replace(text=first.text[sign.end() :]) if sign else first, *others)
    alone = not "".join(piece.text for piece in rest).strip()
    if strong and (alone or sign or label.endswith(":")):
        yield _Start(
            at,
            line.number,
            _ITEM if line.kind == "item" else _LABEL,
            label.rstrip(": "),
            () if alone else rest,
        )


def _opened(starts: Sequence[_Start], outermost: frozenset[str]) -> Iterator[_Start]:
    """The starts that begin a section, and, without keys, the headings that end one.

    What stands below a section's heading divides the section, unless it bears a full name of another one that is not in `outermost`.
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


def _sections(found: Sequence[_Start], read: Read, length: int) -> dict[str, Said]:
    parts: dict[str, list[_Part]] = {}
    numbers = [comment.number for comment in read.comments]
    for start, after in zip(found, [*found[1:], None], strict=False):
        end = max(after.number - 1 if after else length, start.number)
        lines = _within(
            start, read.lines[start.at + 1 : after.at if after else None], read.lines[start.at]
        )
        comments = read.comments[bisect_left(numbers, start.number) : bisect_right(numbers, end)]
        for key in start.keys:
            parts.setdefault(key, []).append(_Part(start, end, lines, comments))
    return {key: _said(key, some) for key, some in parts.items()}


class _Part(NamedTuple):
    """What stands below one heading, up to the line `end`."""

    start: _Start
    end: int
    lines: Sequence[Line]
    comments: Sequence[Comment]


def _said(key: str, parts: Sequence[_Part]) -> Said:
    """One section from all that stands under one of its names."""
    told: dict[str, int] = {}
    for part in parts:
        told.setdefault(folded(part.start.label), part.start.number)
    return Said(
        key=key,
        number=parts[0].start.number,
        spans=tuple((part.start.number, part.end) for part in parts),
        lines=tuple(line for part in parts for line in part.lines),
        comments=tuple(comment for part in parts for comment in part.comments),
        again=tuple(
            part.start.number
            for part in parts
            if told[folded(part.start.label)] != part.start.number
        ),
        label=parts[0].start.level >= _LABEL,
    )


def _within(start: _Start, lines: Sequence[Line], first: Line) -> tuple[Line, ...]:
    """The lines of a section, what its heading or label says besides among them."""
    if not start.rest:
        return tuple(lines)
    return (
        first._replace(kind="item" if first.kind == "item" else "paragraph", pieces=start.rest),
        *lines,
    )


def _named(title: _Start | None) -> str:
    """The contract that a title such as `Handoff: web` names."""
    whole = (
        f"{title.label}: {''.join(piece.text for piece in title.rest)}".strip(": ") if title else ""
    )
    found = _TITLE.fullmatch(whole.strip())
    return found[1].strip("`") if found else ""
