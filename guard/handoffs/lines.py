"""Reads Markdown into lines, each with its number: CommonMark and GFM's tables, by markdown-it-py.

https://spec.commonmark.org/0.31.2 and https://github.github.com/gfm. Nothing is rendered.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from guard.handoffs.values import Comment, Line, Piece

_LONGEST = 1 << 15  # characters of a paragraph; nobody has marked up a longer one by hand
_BOX = re.compile(r"\[([ xX])\]\s+")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<![A-Za-z\[][^<>]*>|<\?[^<>]*>")
_BREAKING_TAG = re.compile(r"</?(?:td|th|tr|li|p|div|br)\b[^<>]*>", re.IGNORECASE)
_HEADING = re.compile(r"<(h[1-6]|summary)\b[^<>]*>(.*?)</\1>", re.IGNORECASE)
_BR = re.compile(r"<br\b", re.IGNORECASE)
_BREAKS = ("softbreak", "hardbreak")
_LITTLE = 2.0**-20
_BLOCKS = frozenset(("fence", "code_block", "html_block"))
_CONTAINERS = frozenset(("blockquote", "bullet_list", "ordered_list", "list_item"))


class Read(NamedTuple):
    """All lines of a text, and all comments, each in order."""

    lines: tuple[Line, ...]
    comments: tuple[Comment, ...]


def read_lines(text: str) -> Read:
    """Read any Markdown. Text more than twenty levels deep is left out, as other readers do."""
    reader = _Reader()
    lines = tuple(reader.lines(text))
    return Read(lines, tuple(sorted(reader.comments)))


class _Context(NamedTuple):
    """Where the walk is: depth of lists, whether in a quote, and whether a list item begins."""

    depth: int = 0
    quoted: bool = False
    fresh: bool = False

    @property
    def outer(self) -> bool:
        """Whether it is the top of the document, or directly in a list there."""
        return not self.quoted and self.depth < 2

    @property
    def kind(self) -> str:
        if not self.depth:
            return "paragraph"
        return "item" if self.fresh else "more"

    def inside(self, container: str) -> "_Context":
        if container == "blockquote":
            return self._replace(quoted=True)
        if container == "list_item":
            return self._replace(fresh=True)
        return self._replace(depth=self.depth + 1)


class _Reader:
    def __init__(self) -> None:
        self.comments: list[Comment] = []
        self._md = MarkdownIt("commonmark").enable("table").disable("inline")
        self._env: dict[str, object] = {}

    def lines(self, text: str) -> Iterator[Line]:
        contexts, like = [_Context()], Line(0, "", ())
        titles, column = list[str](), 0  # of the table
        for token in self._md.parse(text, self._env):
            name, _, side = token.type.rpartition("_")
            context = contexts[-1]
            if name in _CONTAINERS:
                contexts[-1:] = [context, context.inside(name)] if side == "open" else []
            elif token.type in ("th_open", "td_open"):
                title = "header" if name == "th" else "".join(titles[column : column + 1])
                like, column = Line(0, "cell", (), column, title=title), column + 1
            elif token.type == "inline":
                outer = context.outer and not (context.depth and like.kind == "heading")
                made = list(self._inline(token, like._replace(outer=outer)))
                if like.title == "header":
                    titles.append(" ".join(line.text for line in made))
                yield from made
            elif side == "open" or token.type in _BLOCKS:
                contexts[-1] = context._replace(fresh=False)
                like, column = Line(0, context.kind, (), context.depth), 0
                if name == "heading":
                    like = Line(0, "heading", (), int(token.tag[1:]))
                elif name == "table":
                    titles = []
                elif token.type in _BLOCKS:
                    is_html = token.type == "html_block"
                    yield from self._html(token, context) if is_html else _code(token, context)

    def _inline(self, token: Token, like: Line) -> Iterator[Line]:
        """`like` has what the lines have in common."""
        first = _first_line(token)
        if len(token.content) > _LONGEST:
            for number, text in enumerate(token.content.split("\n"), first):
                yield like._replace(number=number, pieces=(Piece("text", text),))
            return
        children: list[Token] = []
        self._md.inline.parse(token.content, self._md, self._env, children)
        _keep_names(children)
        placed = zip(_numbers(children, token.content, first), children, strict=True)
        for count, (place, group) in enumerate(groupby(placed, key=lambda pair: pair[0])):
            number = int(place)
            pieces = _merged(self._pieces((child for _, child in group), number))
            line = like._replace(number=number, pieces=tuple(pieces))
            if line.kind == "item":
                line = line._replace(kind="more") if count else _boxed(line)
            yield line

    def _pieces(self, children: Iterator[Token], number: int) -> Iterator[Piece]:
        """A link ends at the end of the line."""
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
                text = child.content[4:].removesuffix("-->").strip()
                self.comments.append(Comment(number, text))
            elif child.type != "html_inline" and child.content:
                if link is None:
                    kind = "code" if child.type == "code_inline" else "text"
                    yield Piece(kind, child.content, strong > 0)
                else:
                    link.append(child.content)
        if link is not None:
            yield Piece("link", "".join(link), strong > 0, target)

    def _html(self, token: Token, context: _Context) -> Iterator[Line]:
        first = _first_line(token)
        lines = self._without_comments(token.content, first).split("\n")
        for number, line in enumerate(lines, first):
            text, heading = line, _HEADING.search(line)
            if heading:
                level = 7 if heading[1].lower() == "summary" else int(heading[1][1])
                pieces = (Piece("text", _TAG.sub("", heading[2])),)
                yield Line(number, "heading", pieces, level, context.outer)
                text = line[: heading.start()] + line[heading.end() :]
            plain = _TAG.sub("", _BREAKING_TAG.sub(" ", text)).strip()
            if plain:
                yield Line(number, "html", (Piece("text", plain),), outer=context.outer)

    def _without_comments(self, text: str, first: int) -> str:
        """As in HTML, an open comment runs on."""
        kept, at = [], 0
        while (start := text.find("<!--", at)) >= 0:
            end = text.find("-->", start + 4)
            end = len(text) if end < 0 else end
            number = first + text.count("\n", 0, start)
            self.comments.append(Comment(number, text[start + 4 : end].strip()))
            kept += [text[at:start], "\n" * text.count("\n", start, end)]
            at = end + 3
        return "".join([*kept, text[at:]])


def _keep_names(children: Sequence[Token]) -> None:
    """In `src/__init__.py` and `src/*.py, tests/*.py` the signs belong to names."""
    texts = ["", *(child.content for child in children), ""]
    opened: list[int] = []
    for at, child in enumerate(children):
        if child.type in ("em_open", "strong_open"):
            opened.append(at)
        elif child.type in ("em_close", "strong_close"):
            start = opened.pop()
            within = texts[start + 2 : at + 1]
            is_word = re.match(r"[./]\w", texts[at + 2]) and len("".join(within).split()) == 1
            if is_word or texts[start].endswith(("/", ".", "_", "-")):
                for one in (children[start], child):
                    one.type, one.content = "text", one.markup


def _first_line(token: Token) -> int:
    return (token.map or [0])[0] + 1


def _numbers(children: Sequence[Token], raw: str, first: int) -> Iterator[float]:
    """The line of each inline token, from the breaks and the line ends in code and HTML.

    After `<br>` the number has a fraction: a new line for the reader, the same one in the source.
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
            pattern = r"\s".join(map(re.escape, child.content.split(" ")))
            found = re.compile(pattern).search(raw, at)
            if found:
                number += found[0].count("\n")
                at = found.end()


def _merged(pieces: Iterator[Piece]) -> Iterator[Piece]:
    for like, group in groupby(pieces, key=lambda piece: piece._replace(text="")):
        if like.kind == "text":
            yield like._replace(text="".join(piece.text for piece in group))
        else:
            yield from group


def _boxed(line: Line) -> Line:
    """GFM, "Task list items"."""
    first = line.pieces[0] if line.pieces else Piece("text", "")
    box = _BOX.match(first.text) if first.kind == "text" else None
    if not box:
        return line
    text = first.text[box.end() :]
    rest = (first._replace(text=text),) if text else ()
    return line._replace(box=box[1].lower(), pieces=(*rest, *line.pieces[1:]))


def _code(token: Token, context: _Context) -> Iterator[Line]:
    if not token.content:
        return
    first = _first_line(token) + (token.type == "fence")
    language = (token.info.split() or [""])[0].lower()
    for number, text in enumerate(token.content.removesuffix("\n").split("\n"), first):
        pieces = (Piece("code", text),)
        yield Line(number, "code", pieces, context.depth, context.outer, title=language)
