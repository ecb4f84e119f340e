"""Where a key or an element of an array stands in a TOML document: what the parser does not tell.

The document must be valid TOML 1.1 (https://toml.io/en/v1.1.0), that is, tomli must have read it: this scanner finds places and checks
nothing. Lines end in LF or CRLF; lines and columns count from 1, columns in characters, as tomli's own errors do.
"""

from __future__ import annotations

import bisect

from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Path = tuple[str | int, ...]  # the keys and indexes on the way to a value
Place = tuple[int, int]  # line and column

_BLANKS = " \t"
_BETWEEN = " \t\n"
_BARE_KEY = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_ESCAPES = {
    "b": "\b",
    "t": "\t",
    "n": "\n",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    '"': '"',
    "\\": "\\",
}
_MOST_SCANNED = 256
_HEX = {"x": 2, "u": 4, "U": 8}


class Scanned(NamedTuple):
    """A text with LF line ends, where each of its lines begins, and the index of each key or element and of its value, by key path."""

    text: str
    lines: list[int]
    found: dict[Path, tuple[int, int]]
    places: dict[Path, Place]


def positions(text: str) -> Mapping[Path, Place]:
    """Give the line and column of every key and array element of `text`, by key path.

    Elements of arrays, and of arrays of tables, are counted from 0: `("owns", 2)`, `("waive", 0, "rule")`. A table stands where its name
    is first written, an element of an array of tables at its own header.
    """
    return _scanned(text).places


def line_of(text: str, *key_path: str | int) -> int:
    """Give the line of the key or element at `key_path`, or 0 if the document has none."""
    return positions(text).get(key_path, (0, 0))[0]


def position_inside(text: str, path: Path, offset: int) -> Place:
    """Give the line and column of the character number `offset` (from 0) of the string that is the value at `path`.

    An offset behind the last character gives the closing quote. Raises KeyError if there is no such path.
    """
    source, lines, found, _ = _scanned(text)
    start = found[path][1]
    if source[start] not in "\"'":
        return _place(lines, start)
    places = [index for index, _ in _characters(source, start)]
    return _place(lines, (places[offset:] or [_string_end(source, start) - 1])[0])


def _scanned(text: str) -> Scanned:
    known = _SCANNED.get(text)
    if known is None:
        if len(_SCANNED) >= _MOST_SCANNED:
            _SCANNED.clear()
        source = text.replace("\r\n", "\n")
        lines, found = _line_starts(source), _scan(source)
        known = _SCANNED[text] = Scanned(
            source, lines, found, {path: _place(lines, key) for path, (key, _) in found.items()}
        )
    return known


_SCANNED: dict[str, Scanned] = {}  # the texts that were asked about


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _place(starts: list[int], index: int) -> Place:
    line = bisect.bisect_right(starts, index)
    return line, index - starts[line - 1] + 1


def _scan(text: str) -> dict[Path, tuple[int, int]]:
    """Find every path of the document: the index of its key or element and of its value. Lines end in LF."""
    found: dict[Path, tuple[int, int]] = {}
    last: dict[Path, int] = {}  # array of tables → index of its latest element
    table: Path = ()
    at = _skip(text, 0)
    while at < len(text):
        if text[at] == "[":
            at, table = _header(text, at, found, last)
        else:
            at, path = _key(text, at, table, found)
            at = _value(text, _skip_blanks(text, at + 1), path, found)
        at = _skip(text, at)
    return found


def _header(
    text: str, at: int, found: dict[Path, tuple[int, int]], last: dict[Path, int]
) -> tuple[int, Path]:
    """Read `[a.b]` or `[[a.b]]`; give the index behind it and the path of the table that it opens."""
    many = text.startswith("[[", at)
    path: Path = ()
    parts = list(_key_parts(text, at + 1 + many))
    for key, start, _ in parts:
        path = (*path, last[path]) if path in last else path
        path = (*path, key)
        found.setdefault(path, (start, start))
    _, start, end = parts[-1]
    if many:
        last[path] = last.get(path, -1) + 1
        path = (*path, last[path])
        found[path] = (start, start)
    return end + 1 + many, path


def _key(text: str, at: int, table: Path, found: dict[Path, tuple[int, int]]) -> tuple[int, Path]:
    """Read a key, dotted or not, in `table`; give the index of the `=` behind it and its whole path."""
    for key, start, end in _key_parts(text, at):
        table, at = (*table, key), end
        found.setdefault(table, (start, start))
    return at, table


def _key_parts(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Yield each part of a key, where it starts, and the index behind it and the blanks that follow."""
    while True:
        at = start = _skip_blanks(text, at)
        if text[at] in "\"'":
            at = _string_end(text, at)
            key = "".join(char for _, char in _characters(text, start))
        else:
            while text[at] in _BARE_KEY:
                at += 1
            key = text[start:at]
        at = _skip_blanks(text, at)
        yield key, start, at
        if text[at] != ".":
            return
        at += 1


def _value(text: str, at: int, path: Path, found: dict[Path, tuple[int, int]]) -> int:
    """Record the value at `at` and all inside it; give the index behind it. Without recursion: documents nest as deep as they like."""
    around: list[
        tuple[Path, int]
    ] = []  # the open arrays with their next index, the open inline tables with -1
    while True:
        found[path] = (found[path][0] if path in found else at, at)
        if text[at] in "[{":
            around.append((path, 0 if text[at] == "[" else -1))
            at += 1
        else:
            at = _scalar_end(text, at)
        at = _close(text, at, around)
        if not around:
            return at
        container, index = around[-1]
        if index < 0:
            at, path = _key(text, at, container, found)
            at = _skip_blanks(text, at + 1)
            continue
        around[-1] = (container, index + 1)
        path = (*container, index)


def _close(text: str, at: int, around: list[tuple[Path, int]]) -> int:
    """Pass commas and the ends of containers; give the index of the next element, or behind the outermost container."""
    while around:
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
        if text[at] not in "]}":
            return at
        around.pop()
        at += 1
    return at


def _scalar_end(text: str, at: int) -> int:
    if text[at] in "\"'":
        return _string_end(text, at)
    while at < len(text) and text[at] not in ",]}#\n":
        at += 1
    return at


def _string_end(text: str, at: int) -> int:
    """Give the index behind the string of any of the four kinds that starts at `at`."""
    quote = _quotes(text, at)
    at += len(quote)
    end = text.index(quote, at)
    if quote[0] == '"' and "\\" in text[at:end]:
        end = at
        while not text.startswith(quote, end):
            end += 2 if text[end] == "\\" else 1
    end += len(quote)
    extra = 0  # a multi-line string may end in one or two quotes of its own
    while len(quote) == 3 and extra < 2 and text.startswith(quote[0], end + extra):
        extra += 1
    return end + extra


def _characters(text: str, at: int) -> Iterator[tuple[int, str]]:
    """Yield the characters that the string at `at` stands for, each with the index of what wrote it."""
    quote = _quotes(text, at)
    end = _string_end(text, at) - len(quote)
    at += len(quote)
    at += len(quote) == 3 and text.startswith(
        "\n", at
    )  # the newline right behind the opening quotes does not count
    while at < end:
        if quote[0] == "'" or text[at] != "\\":
            yield at, text[at]
            at += 1
            continue
        if (
            text[at + 1] in _BETWEEN
        ):  # a backslash at the end of a line takes all white space behind it away
            at += 1
            while text[at] in _BETWEEN:
                at += 1
            continue
        size = _HEX.get(text[at + 1], 0)
        yield at, chr(int(text[at + 2 : at + 2 + size], 16)) if size else _ESCAPES[text[at + 1]]
        at += 2 + size


def _quotes(text: str, at: int) -> str:
    three = text[at] * 3
    return three if text.startswith(three, at) else text[at]


def _skip_blanks(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _BLANKS:
        at += 1
    return at


def _skip(text: str, at: int) -> int:
    """Give the index of the next character that is neither blank nor line end nor comment."""
    while at < len(text) and text[at] in " \t\n#":
        at = (text.find("\n", at) + 1 or len(text)) if text[at] == "#" else at + 1
    return at
