"""Reads a handoff: its sections in any order, as headings of any level or as labels."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.handoffs.lines import Read, read_lines
from guard.handoffs.marks import mark_of
from guard.handoffs.sections import is_bare_title, keys_named
from guard.handoffs.values import Handoff, Line, Piece, Said

_LABEL, _ITEM = 7, 8  # levels of labels and of those that begin list items, below any heading
_PLAIN = re.compile(r"([^:\uff1a`]{1,40})[:\uff1a](?=\s|$|[^\x00-\u2fff])\s*")
_SIGN = re.compile(r"\s*[:\uff1a–—-]\s*")  # behind a bold label
_SHORTCODE = re.compile(r":\w+:")
_HEADING = re.compile(
    r"(?:h(?P<level>[1-6])\.|(?P<signs>={2,6}))\s+(?P<title>.*?)\s*=*"
)  # Jira, wikis
_MOST_WORDS = 5  # of a label that is not bold
_TITLE = re.compile(r"hand-?off(?:\s*[:–—-]\s*|\s+(?:for|of|by)\s+|\s+)(\S+)", re.IGNORECASE)


class _Start(NamedTuple):
    """The line at index `at`, which may begin or end a section; `rest` follows its label.

    `nested` tells that it is below another section's, `plain` that it is a label without a mark.
    """

    at: int
    number: int
    level: int
    label: str
    rest: tuple[Piece, ...]
    plain: bool = False
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
            label, colon, rest = _SHORTCODE.sub(" ", line.text).partition(":")
            said = (Piece("text", rest.strip()),) if colon and rest.strip() else ()
            yield _Start(at, line.number, line.level, label, said)
        elif line.kind in ("paragraph", "more") and (wiki := _HEADING.fullmatch(line.text)):
            level = int(wiki["level"] or len(wiki["signs"]))
            yield _Start(at, line.number, level, wiki["title"], ())
        elif line.kind in ("paragraph", "item"):
            is_title = _is_alone(lines, at) and is_bare_title(line.text)
            found = _Label(line.text, (), plain=True) if is_title else _label(line)
            if found:
                level = _ITEM if line.kind == "item" else _LABEL
                yield _Start(at, line.number, level, *found)


def _is_alone(lines: Sequence[Line], at: int) -> bool:
    """Whether a line begins its paragraph, or is an item with items below, and has words alone."""
    line, after = lines[at], lines[at + 1 : at + 2]
    ends = line.text[:1] + line.text[-1:]
    if not ends.isalnum() or any(piece.kind != "text" or piece.strong for piece in line.pieces):
        return False
    if line.kind == "item":
        return any(one.kind == "item" and one.level > line.level for one in after)
    before = lines[at - 1] if at else None
    return not (before and before.kind == "paragraph" and before.number == line.number - 1)


class _Label(NamedTuple):
    text: str
    rest: tuple[Piece, ...]
    plain: bool = False


def _label(line: Line) -> _Label | None:
    """Bold words, alone or before a colon or a dash; or at most five words before a colon."""
    pieces = line.pieces
    if pieces and not any(map(str.isalnum, _SHORTCODE.sub("", pieces[0].text))):
        pieces = pieces[1:]  # an emoji
    bold = next((at for at, piece in enumerate(pieces) if not piece.strong), len(pieces))
    first, *others = pieces[bold:] or (Piece("text", ""),)
    text = first.text if first.kind == "text" else ""
    label = "".join(piece.text for piece in pieces[:bold]).strip()
    if not bold:
        text = _SHORTCODE.sub(" ", text).lstrip()
    sign = (_SIGN if bold else _PLAIN).match(text)
    rest = (first._replace(text=text[sign.end() :]) if sign else first, *others)
    rest = rest if "".join(piece.text for piece in rest).strip() else ()
    if bold:
        is_label = sign is not None or not rest or label.endswith((":", "\uff1a"))
        return _Label(label.rstrip(":\uff1a "), rest) if is_label else None
    if not sign or len(sign[1].split()) > _MOST_WORDS:
        return None
    return _Label(sign[1].strip(), rest, plain=True)


def _opened(starts: Sequence[_Start], outermost: frozenset[str]) -> Iterator[_Start]:
    """Starts that begin a section and, without keys, headings that end one.

    A heading or label below a section's divides it, unless it names another section that has no
    heading of its own: `outermost` are those that have. A plain label below a heading is prose.
    """
    around: _Start | None = None
    for start in starts:
        nested = around is not None and start.level > around.level
        keys = keys_named(start.label)
        divides = set(keys) & {*around.keys, *outermost} if around else set()
        in_heading = around is not None and around.level < _LABEL
        if nested and (divides or (start.plain and in_heading)):
            keys = ()
        if start.plain and around and {*keys} <= {*around.keys} and not is_bare_title(start.label):
            keys = ()  # `make test: passed` is a line of Commands run
        if keys or (around and not nested and start.level < _LABEL):
            found = start._replace(keys=keys, nested=nested)
            around = found if keys else None
            yield found


def _sections(found: Sequence[_Start], read: Read, length: int) -> dict[str, Said]:
    parts: dict[str, list[Said]] = {}
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
            said = Said(key, start.number, ((start.number, end),), tuple(lines), tuple(comments))
            said = said._replace(label=start.level >= _LABEL, title=start.label)
            parts.setdefault(key, []).append(said)
    return {key: _joined(some) for key, some in parts.items()}


def _joined(parts: Sequence[Said]) -> Said:
    """A section that appears again goes on there."""
    return parts[0]._replace(
        spans=tuple(span for part in parts for span in part.spans),
        lines=tuple(line for part in parts for line in part.lines),
        comments=tuple(comment for part in parts for comment in part.comments),
    )


def _contract_in(title: _Start) -> str:
    rest = "".join(piece.text for piece in title.rest)
    found = _TITLE.fullmatch(f"{title.label}: {rest}".strip(": ").strip())
    return found[1].strip("`") if found else ""
