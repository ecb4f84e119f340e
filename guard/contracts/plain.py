"""Reads plain TOML in a tenth of the time that loading a TOML library takes.

Plain are comments, tables with bare keys, strings on one line without escapes, arrays of such
strings, small integers and booleans (https://toml.io/en/v1.1.0). Anything else, or a mistake, is
left to the library: this reader gives what tomli gives, or nothing. Most policies and contracts are
plain.
"""

from __future__ import annotations

from guard.core.names import ALPHANUMERICS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Table = dict[str, object]

BARE_KEY = ALPHANUMERICS | frozenset("_-")
BLANKS = " \t"
QUOTES = ("'", '"')
_LONGEST_INTEGER = 9  # digits
_LONGEST_LINE = 1000  # characters of an array's line: each string copies the rest of it
_MOST_PARTS = 4  # of a header; the formats have two


def read_plain(text: str) -> Table | None:
    """Give the document of a text; None if it is not plain."""
    if not text.replace("\n", "").replace("\t", "").isprintable():
        return None
    try:
        return _document(iter(text.split("\n")))
    except _NotPlain:
        return None


class _NotPlain(Exception):
    """The library must read the text."""


def _document(lines: Iterator[str]) -> Table:
    document: Table = {}
    table = document
    for line in lines:
        statement = line.strip(BLANKS)
        if not statement or statement[0] == "#":
            continue
        if statement[0] == "[":
            table = _new_table(document, statement.partition("#")[0].rstrip(BLANKS))
            continue
        key, _, value = statement.partition("=")
        key = key.rstrip(BLANKS)
        if not key or not BARE_KEY.issuperset(key) or key in table:
            raise _NotPlain
        table[key] = _value(value.lstrip(BLANKS), lines)
    return document


def _new_table(document: Table, header: str) -> Table:
    """Add and give the table that a header begins, `[shared.types]` or `[[waive]]`."""
    new: Table = {}
    if header.startswith("[[") and header.endswith("]]"):
        name = _bare(header[2:-2])
        array = document.setdefault(name, [new])
        if not isinstance(array, list) or not array or not isinstance(array[0], dict):
            raise _NotPlain
        if array[-1] is not new:
            array.append(new)
        return new
    *parents, name = map(_bare, header[1:].removesuffix("]").split(".", _MOST_PARTS))
    table = document
    for parent in parents:
        below = table.setdefault(parent, {})
        if not isinstance(below, dict):
            raise _NotPlain
        table = below
    if not header.endswith("]") or name in table:
        raise _NotPlain
    table[name] = new
    return new


def _bare(key: str) -> str:
    if not key or not BARE_KEY.issuperset(key):
        raise _NotPlain
    return key


def _value(text: str, lines: Iterator[str]) -> object:
    if text[:1] in QUOTES:
        string, rest = _string(text)
        _require_end(rest)
        return string
    if text.startswith("["):
        return _array(text[1:], lines)
    word = text.partition("#")[0].rstrip(BLANKS)
    if word in ("true", "false"):
        return word == "true"
    digits = word.isascii() and word.isdecimal() and len(word) <= _LONGEST_INTEGER
    if digits and (word[0] != "0" or word == "0"):
        return int(word)
    raise _NotPlain


def _string(text: str) -> tuple[str, str]:
    end = text.find(text[0], 1)
    if end < 0 or (text[0] == '"' and "\\" in text[:end]):
        raise _NotPlain
    return text[1:end], text[end + 1 :].lstrip(BLANKS)


def _require_end(rest: str) -> None:
    if rest and rest[0] != "#":
        raise _NotPlain


def _array(text: str, lines: Iterator[str]) -> list[str]:
    """`text` is the line after the opening bracket."""
    found: list[str] = []
    text = text.lstrip(BLANKS)
    comma_due = False
    while not text.startswith("]"):
        if len(text) > _LONGEST_LINE:
            raise _NotPlain
        if not text or text[0] == "#":
            text = _next(lines, found, comma_due=comma_due)
        elif comma_due and text[0] == ",":
            text, comma_due = text[1:].lstrip(BLANKS), False
        elif not comma_due and text[0] in QUOTES:
            string, text = _string(text)
            found.append(string)
            comma_due = True
        else:
            raise _NotPlain
    _require_end(text[1:].lstrip(BLANKS))
    return found


def _next(lines: Iterator[str], found: list[str], *, comma_due: bool) -> str:
    """Take lines of one string and a comma; give the first other line."""
    for line in lines:
        text = line.strip(BLANKS)
        if (
            comma_due
            or text[:1] != '"'
            or text[-2:] != '",'
            or text.count('"') != 2
            or "\\" in text
        ):
            return text
        found.append(text[1:-2])
    raise _NotPlain
