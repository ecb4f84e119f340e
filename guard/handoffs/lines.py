"""Markdown as lines that a reader sees: CommonMark with GFM's tables, by markdown-it-py, each line with its place in the text.

https://spec.commonmark.org/0.31.2 and https://github.github.com/gfm. Nothing is rendered and no link is followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from guard.handoffs.values import Comment, Line, Piece

_LONGEST = (
    1 << 15
)  # characters of one paragraph; what is longer is taken as plain text, for nobody has marked that up by hand
_BOX = re.compile(r"\[([ xX])\]\s+")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<![A-Za-z\[][^<>]*>|<\?[^<>]*>")
_APART = re.compile(
    r"</?(?:td|th|tr|li|p|div|br)\b[^<>]*>", re.IGNORECASE
)  # what keeps the words around it apart
_HEADING = re.compile(r"<(h[1-6]|summary)\b[^<>]*>(.*?)</\1>", re.IGNORECASE)


class Read(NamedTuple):
    """All lines of a text, and its comments, both in order."""

    lines: tuple[Line, ...]
    comments: tuple[Comment, ...]


def read_lines(text: str) -> Read:
    """Read Markdown. Any text can be read; what is nested more than twenty levels deep is left out, as CommonMark readers do."""
    md = MarkdownIt("commonmark").enable("table").disable("inline")
    env: dict[str, object] = {}
    comments: list[Comment] = []
    lines = list(_lines(md, md.parse(text, env), env, comments))
    return Read(tuple(lines), tuple(sorted(comments)))


class _Place(NamedTuple):
    """Where the walk is: the depth of lists, whether in a quote, and whether the next paragraph begins a list item."""

    depth: int = 0
    quoted: bool = False
    fresh: bool = False

    @property
    def outer(self) -> bool:
        """Whether that is the top of the document, or right in a list there."""
        return not self.quoted and self.depth < 2

    def inside(self, container: str) -> _Place:
        """The place inside of a container that begins here."""
        if container == "blockquote":
            return self._replace(quoted=True)
        return (
            self._replace(fresh=True)
            if container == "list_item"
            else self._replace(depth=self.depth + 1)
        )


class _Table:
    """The table that the walk is in: the titles of its columns, and how many cells its row has so far."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.cells = 0
        self.is_header = False

    def begin(self, name: str) -> None:
        """Begin a table, a row or a cell."""
        if name == "table":
            self.titles = []
        elif name == "tr":
            self.cells = 0
        elif name in ("th", "td"):
            self.cells += 1
            self.is_header = name == "th"

    @property
    def title(self) -> str:
        """The title of the cell's column, `header` for a cell that is one."""
        return "header" if self.is_header else "".join(self.titles[self.cells - 1 : self.cells])


_CONTAINERS = frozenset(("blockquote", "bullet_list", "ordered_list", "list_item"))
_OF_TABLES = frozenset(("table", "thead", "tbody", "tr", "th", "td"))


def _lines(
    md: MarkdownIt, tokens: Sequence[Token], env: dict[str, object], comments: list[Comment]
) -> Iterator[Line]:
    around, table, like = [_Place()], _Table(), Line(0, "", ())
    for token in tokens:
        name, _, side = token.type.rpartition("_")
        place = around[-1]
        if name in _CONTAINERS:
            around[-1:] = [place, place.inside(name)] if side == "open" else []
        elif name in _OF_TABLES:
            table.begin(name if side == "open" else "")
        elif token.type == "inline":
            like = (
                like
                if like.kind in ("heading", "paragraph", "item", "more")
                else Line(0, "cell", (), table.cells - 1, title=table.title)
            )
            outer = place.outer and not (place.depth and like.kind == "heading")
            made = list(_inline(md, token, env, comments, like._replace(outer=outer)))
            table.titles += [" ".join(line.text for line in made)] if like.title == "header" else []
            like = Line(0, "", ())
            yield from made
        elif side == "open" or token.type in _BLOCKS:
            around[-1] = place._replace(fresh=False)
            like = (
                Line(0, "heading", (), int(token.tag[1:]))
                if name == "heading"
                else Line(0, _kind(place), (), place.depth)
            )
            yield from _block(token, comments, outer=place.outer)


_BLOCKS = frozenset(("fence", "code_block", "html_block"))


def _kind(place: _Place) -> str:
    """What a paragraph is where the walk is."""
    if not place.depth:
        return "paragraph"
    return "item" if place.fresh else "more"


def _block(token: Token, comments: list[Comment], *, outer: bool) -> Iterator[Line]:
    """The lines of a block without mark-up in it."""
    if token.type == "html_block":
        yield from _html(token, comments, outer=outer)
    elif token.type in _BLOCKS:
        yield from _code(token, outer=outer)


def _inline(
    md: MarkdownIt, token: Token, env: dict[str, object], comments: list[Comment], like: Line
) -> Iterator[Line]:
    """The lines of one paragraph, heading or cell. `like` is a line with all that they have in common."""
    first = (token.map or [0])[0] + 1
    if len(token.content) > _LONGEST:
        yield from (
            like._replace(number=first + at, pieces=(Piece("text", text),))
            for at, text in enumerate(token.content.split("\n"))
        )
        return
    children: list[Token] = []
    md.inline.parse(token.content, md, env, children)
    placed = zip(_numbers(children, token.content, first), children, strict=True)
    for count, (number, group) in enumerate(groupby(placed, key=lambda pair: pair[0])):
        line = like._replace(
            number=int(number),
            pieces=tuple(_merged(_pieces((child for _, child in group), int(number), comments))),
        )
        further = count and line.kind == "item"
        yield (
            line._replace(kind="more") if further else _boxed(line) if line.kind == "item" else line
        )


def _numbers(children: Sequence[Token], raw: str, first: int) -> Iterator[float]:
    """The line of each inline token, which does not tell its place itself: breaks are counted, and the line ends that code and HTML hold.

    Behind a `<br>` the number has a fraction: a further line for the reader, the same one in the source.
    """
    hidden = raw.count("\n") - sum(child.type in _BREAKS for child in children)
    number, at = float(first), 0
    for child in children:
        if child.type in _BREAKS:
            number = int(number) + 1
        yield number
        if child.type == "html_inline":
            number += child.content.count("\n") + (_LITTLE if _BR.match(child.content) else 0)
        elif child.type == "code_inline" and hidden:
            found = re.compile(r"\s".join(map(re.escape, child.content.split(" ")))).search(raw, at)
            number += found[0].count("\n") if found else 0
            at = found.end() if found else at


_BREAKS = ("softbreak", "hardbreak")
_LITTLE = 2.0**-20
_BR = re.compile(r"<br\b", re.IGNORECASE)


def _pieces(children: Iterator[Token], number: int, comments: list[Comment]) -> Iterator[Piece]:
    """What one line says; of HTML only comments are kept, elsewhere. A link that goes on in the next line ends with this one."""
    strong = 0
    link: list[str] | None = None
    target = ""
    for child in children:
        if child.type in ("strong_open", "strong_close"):
            strong += child.nesting
        elif child.type == "link_open":
            link, target = [], str(child.attrGet("href") or "")
        elif child.type == "link_close" and link is not None:
            yield Piece("link", "".join(link), strong > 0, target)
            link = None
        elif child.type == "html_inline" and child.content.startswith("<!--"):
            comments.append(Comment(number, child.content[4:].removesuffix("-->").strip()))
        elif child.type != "html_inline" and child.content:
            if link is None:
                yield Piece(
                    "code" if child.type == "code_inline" else "text", child.content, strong > 0
                )
            else:
                link.append(child.content)
    if link is not None:
        yield Piece("link", "".join(link), strong > 0, target)


def _merged(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Join neighbouring stretches of text of one kind."""
    for (kind, strong, target), group in groupby(
        pieces, key=lambda piece: (piece.kind, piece.strong, piece.target)
    ):
        if kind == "text":
            yield Piece(kind, "".join(piece.text for piece in group), strong, target)
        else:
            yield from group


def _boxed(line: Line) -> Line:
    """Take the box of a task list off an item (GFM, "Task list items")."""
    first = line.pieces[0] if line.pieces else Piece("text", "")
    box = _BOX.match(first.text) if first.kind == "text" else None
    if not box:
        return line
    rest = (first._replace(text=first.text[box.end() :]),) if first.text[box.end() :] else ()
    return line._replace(box=box[1].lower(), pieces=(*rest, *line.pieces[1:]))


def _code(token: Token, *, outer: bool) -> Iterator[Line]:
    first = (token.map or [0])[0] + (2 if token.type == "fence" else 1)
    language = (token.info.split() or [""])[0].lower()
    for offset, text in enumerate(
        token.content.removesuffix("\n").split("\n") if token.content else ()
    ):
        yield Line(first + offset, "code", (Piece("code", text),), outer=outer, title=language)


def _html(token: Token, comments: list[Comment], *, outer: bool) -> Iterator[Line]:
    """The text of a block of HTML, line by line; a heading or a summary in it is one."""
    first = (token.map or [0])[0] + 1
    for offset, text in enumerate(_without_comments(token.content, first, comments).split("\n")):
        heading = _HEADING.search(text)
        if heading:
            level = 7 if heading[1].lower() == "summary" else int(heading[1][1])
            yield Line(
                first + offset, "heading", (Piece("text", _TAG.sub("", heading[2])),), level, outer
            )
        plain = _TAG.sub(
            "",
            _APART.sub(" ", text[: heading.start()] + text[heading.end() :] if heading else text),
        ).strip()
        if plain:
            yield Line(first + offset, "html", (Piece("text", plain),), outer=outer)


def _without_comments(text: str, first: int, comments: list[Comment]) -> str:
    """Cut comments out, their line ends kept; what is not closed goes on to the end of the block, as in HTML."""
    kept, at = [], 0
    while (start := text.find("<!--", at)) >= 0:
        end = text.find("-->", start + 4)
        end = len(text) if end < 0 else end
        comments.append(Comment(first + text.count("\n", 0, start), text[start + 4 : end].strip()))
        kept += [text[at:start], "\n" * text.count("\n", start, end)]
        at = end + 3
    return "".join([*kept, text[at:]])
