"""The plain TOML of which policies and contracts consist, read in a tenth of the time that loading a TOML library takes.

Plain are comments, tables with bare keys, strings on one line without escapes, arrays of such strings, small integers and booleans
(https://toml.io/en/v1.1.0). Whatever is more than that, or is wrong, is left to the library: this reader gives what tomli gives, or
nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Table = dict[str, object]

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_BLANKS = " \t"
_QUOTES = ("'", '"')
_LONGEST_INTEGER = 9  # digits
_LONGEST_LINE = 1000  # characters, with several strings: each is cut off at the cost of the rest
_DEEPEST = 4  # parts of a header; the formats have two


def read_plain(text: str) -> Table | None:
    """Give the document of a text; None where it is not plain."""
    if not text.replace("\n", "").replace("\t", "").isprintable():
        return None
    try:
        return _document(iter(text.split("\n")))
    except _NotPlain:
        return None


class _NotPlain(Exception):
    """The library has to read it."""


def _document(lines: Iterator[str]) -> Table:
    document: Table = {}
    table = document
    for line in lines:
        statement = line.strip(_BLANKS)
        if not statement or statement[0] == "#":
            continue
        if statement[0] == "[":
            table = _new_table(document, statement.partition("#")[0].rstrip(_BLANKS))
            continue
        key, _, value = statement.partition("=")
        key = key.rstrip(_BLANKS)
        if not key or not _BARE.issuperset(key) or key in table:
            raise _NotPlain
        table[key] = _value(value.lstrip(_BLANKS), lines)
    return document


def _new_table(document: Table, header: str) -> Table:
    """Give the new table that a header begins: `[shared.types]`, or `[[waive]]`, one of an array."""
    new: Table = {}
    if header.startswith("[[") and header.endswith("]]"):
        name = _bare(header[2:-2])
        array = document.setdefault(name, [new])
        if not isinstance(array, list) or not array or not isinstance(array[0], dict):
            raise _NotPlain
        if array[-1] is not new:
            array.append(new)
        return new
    *parents, name = map(_bare, header[1:].removesuffix("]").split(".", _DEEPEST))
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
    if not key or not _BARE.issuperset(key):
        raise _NotPlain
    return key


def _value(text: str, lines: Iterator[str]) -> object:
    if text[:1] in _QUOTES:
        string, rest = _string(text)
        _require_end(rest)
        return string
    if text.startswith("["):
        return _array(text[1:], lines)
    word = text.partition("#")[0].rstrip(_BLANKS)
    if word in ("true", "false"):
        return word == "true"
    if (
        word.isascii()
        and word.isdecimal()
        and len(word) <= _LONGEST_INTEGER
        and (word[0] != "0" or word == "0")
    ):
        return int(word)
    raise _NotPlain


def _string(text: str) -> tuple[str, str]:
    """Split off the string at the beginning of `text`: what it says, and what comes behind it."""
    end = text.find(text[0], 1)
    if end < 0 or (text[0] == '"' and "\\" in text[:end]):
        raise _NotPlain
    return text[1:end], text[end + 1 :].lstrip(_BLANKS)


def _require_end(rest: str) -> None:
    if rest and rest[0] != "#":
        raise _NotPlain


def _array(text: str, lines: Iterator[str]) -> list[str]:
    """Read the strings up to the closing bracket; `text` is what stands behind the opening one on its line."""
    found: list[str] = []
    text = text.lstrip(_BLANKS)
    due = False  # a comma, before the next string
    while not text.startswith("]"):
        if len(text) > _LONGEST_LINE:
            raise _NotPlain
        if not text or text[0] == "#":
            text = _next(lines, found, due=due)
        elif due and text[0] == ",":
            text, due = text[1:].lstrip(_BLANKS), False
        elif not due and text[0] in _QUOTES:
            string, text = _string(text)
            found.append(string)
            due = True
        else:
            raise _NotPlain
    _require_end(text[1:].lstrip(_BLANKS))
    return found


def _next(lines: Iterator[str], found: list[str], *, due: bool) -> str:
    """Give the next line of an array that has more to it than one string with a comma behind: those are taken on the way."""
    for line in lines:
        text = line.strip(_BLANKS)
        if due or text[:1] != '"' or text[-2:] != '",' or text.count('"') != 2 or "\\" in text:
            return text
        found.append(text[1:-2])
    raise _NotPlain
