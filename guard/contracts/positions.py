"""Finds the line and column of a key or an array element of a TOML document.

The document must be valid TOML 1.1 (https://toml.io/en/v1.1.0): tomli has read it, and this scanner
checks nothing. Lines end in LF or CRLF; lines and columns count from 1, columns in characters, as
in tomli's own errors.
"""

from __future__ import annotations

from guard.contracts.plain import BARE_KEY, BLANKS, QUOTES
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Path = tuple[str | int, ...]  # the keys and indexes on the way to a value
Position = tuple[int, int]  # line and column

_ESCAPES = dict(zip('btnfre"\\', '\b\t\n\f\r\x1b"\\', strict=True))
_HEX = {"x": 2, "u": 4, "U": 8}
_MOST_SCANNED = 256
_END = object()
_STEP = 64  # characters that are looked at together


class _Scanned(NamedTuple):
    """A text with LF line ends; `found` has the index of each key or element and of its value.

    `rest` finds more of them, a statement at a time.
    """

    text: str
    found: dict[Path, tuple[int, int]]
    rest: Iterator[None]


_SCANNED: dict[str, _Scanned] = {}  # by text


def positions(text: str) -> Mapping[Path, Position]:
    """Give the line and column of every key and array element of `text`, by key path.

    Elements of arrays, and of arrays of tables, count from 0: `("owns", 2)`, `("waive", 0,
    "rule")`. The position of a table is the first mention of its name, that of an element of an
    array of tables its header.
    """
    import bisect  # an edit that is refused needs the lines of a few keys alone

    source, found = _whole(text)
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    places = {}
    for path, (key, _) in found.items():
        line_number = bisect.bisect_right(starts, key)
        places[path] = line_number, key - starts[line_number - 1] + 1
    return places


def line_of(text: str, *key_path: str | int) -> int:
    """Give the line of the key or element at `key_path`; 0 if the document has none."""
    source, found, rest = _scanned(text)
    while key_path not in found:
        if next(rest, _END) is _END:
            return 0
    return _position(source, found[key_path][0])[0]


def after(text: str, path: Path) -> Position:
    """Give the place just behind the string at `path`. Raises KeyError for an unknown path."""
    source, found = _whole(text)
    return _position(source, _string_end(source, found[path][1]))


def position_inside(text: str, path: Path, offset: int) -> Position:
    """Give the line and column of character `offset` (from 0) of the string at `path`.

    An offset beyond the last character gives the closing quote. Raises KeyError for an unknown
    path.
    """
    source, found = _whole(text)
    start = found[path][1]
    if source[start] not in QUOTES:
        return _position(source, start)
    indexes = [index for index, _ in _characters(source, start)]
    if offset < len(indexes):
        return _position(source, indexes[offset])
    return _position(source, _string_end(source, start) - 1)


def _scanned(text: str) -> _Scanned:
    known = _SCANNED.get(text)
    if known is None:
        if len(_SCANNED) >= _MOST_SCANNED:
            _SCANNED.clear()
        source = text.replace("\r\n", "\n")
        found: dict[Path, tuple[int, int]] = {}
        known = _SCANNED[text] = _Scanned(source, found, _scan(source, found))
    return known


def _whole(text: str) -> tuple[str, dict[Path, tuple[int, int]]]:
    """The text with LF line ends, and all that is found in it."""
    source, found, rest = _scanned(text)
    for _ in rest:
        pass
    return source, found


def _position(source: str, index: int) -> Position:
    return source.count("\n", 0, index) + 1, index - source.rfind("\n", 0, index)


def _scan(text: str, found: dict[Path, tuple[int, int]]) -> Iterator[None]:
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
        yield


def _header(
    text: str, at: int, found: dict[Path, tuple[int, int]], last: dict[Path, int]
) -> tuple[int, Path]:
    """Read `[a.b]` or `[[a.b]]`; give the index after it and the path of its table."""
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
    """Read a key, dotted or not; give the index of the `=` and the whole path."""
    for key, start, end in _key_parts(text, at):
        table, at = (*table, key), end
        found.setdefault(table, (start, start))
    return at, table


def _key_parts(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Yield each part of a key, its start, and the index after it and its blanks."""
    while True:
        at = start = _skip_blanks(text, at)
        if text[at] in QUOTES:
            at = _string_end(text, at)
            key = "".join(char for _, char in _characters(text, start))
        else:
            while text[at] in BARE_KEY:
                at += 1
            key = text[start:at]
        at = _skip_blanks(text, at)
        yield key, start, at
        if text[at] != ".":
            return
        at += 1


def _value(text: str, at: int, path: Path, found: dict[Path, tuple[int, int]]) -> int:
    """Record a value and all inside it, without recursion; give the index after it."""
    # The open arrays with their next index, the open inline tables with -1.
    around: list[tuple[Path, int]] = []
    while True:
        found[path] = (found[path][0] if path in found else at, at)
        char = text[at]
        if char in QUOTES:
            at = _string_end(text, at)
        elif char in "[{":
            around.append((path, 0 if char == "[" else -1))
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
    """Pass commas and ends of containers; give the index of the next element, or the end."""
    while around:
        if text[at] != ",":
            at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
        if text[at] not in "]}":
            return at
        around.pop()
        at += 1
    return at


def _scalar_end(text: str, at: int) -> int:
    while at < len(text) and text[at] not in ",]}#\n":
        at += 1
    return at


def _string_end(text: str, at: int) -> int:
    """Give the index after a string of any of the four kinds."""
    quote = text[at]
    if not text.startswith(quote * 3, at):
        end = text.index(quote, at + 1)
        if quote == "'" or text.find("\\", at, end) < 0:  # as nearly all are
            return end + 1
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
    """Yield the characters of a string, each with the index where it is written."""
    quote = _quotes(text, at)
    end = _string_end(text, at) - len(quote)
    at += len(quote)
    if len(quote) == 3 and text.startswith("\n", at):  # does not count
        at += 1
    while at < end:
        if quote[0] == "'" or text[at] != "\\":
            yield at, text[at]
            at += 1
            continue
        if text[at + 1] in " \t\n":  # a backslash at the end of a line removes white space
            at += 1
            while text[at] in " \t\n":
                at += 1
            continue
        size = _HEX.get(text[at + 1], 0)
        if size:
            yield at, chr(int(text[at + 2 : at + 2 + size], 16))
        else:
            yield at, _ESCAPES[text[at + 1]]
        at += 2 + size


def _quotes(text: str, at: int) -> str:
    three = text[at] * 3
    return three if text.startswith(three, at) else text[at]


def _skip_blanks(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in BLANKS:
        at += 1
    return at


def _skip(text: str, at: int) -> int:
    """Skip blanks, line ends and comments."""
    while True:
        part = text[at : at + _STEP]
        rest = part.lstrip(" \t\n")
        at += len(part) - len(rest)
        if rest[:1] == "#":
            at = text.find("\n", at) + 1 or len(text)
        elif rest or not part:
            return at
