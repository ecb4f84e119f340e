"""JSON that is changed in place: members and items are put into a text, or cut out of it, and every other byte stays.

A library that reads and writes JSON would set the whole file in its own fashion.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from guard.core.errors import UsageError

_BLANKS = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s,\]}]+')
_MARK = "\ufeff"  # a byte order mark


class Node(NamedTuple):
    """A value in a text, from `start` up to `end`, and what it means.

    `parts` are the items of an array, or the members of an object: a member begins with its `name`, and its value's node is `inner`.
    """

    start: int
    end: int
    value: object
    parts: tuple[Node, ...] = ()
    name: str = ""
    inner: Node | None = None


def read_json(text: str, file: str) -> Node:
    """Give the value that a text holds. Raises UsageError, with the place, for a text that is no JSON or names a member twice."""
    try:
        json.loads(text.removeprefix(_MARK), object_pairs_hook=_without_doubles)
        return _value(text, _blanks(text, int(text.startswith(_MARK))))
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{file}:{error.lineno}:{error.colno}: this is no plain JSON: {error.msg}"
        ) from error
    except _Double as error:
        raise UsageError(
            f"{file}: the name {error.args[0]!r} stands twice in one object"
        ) from error
    except RecursionError as error:
        raise UsageError(f"{file}: this is nested too deeply") from error


def inner_at(node: Node, *names: str) -> Node | None:
    """Give the value at a path of names; None where there is none."""
    for name in names:
        found = next((part.inner for part in node.parts if part.inner and part.name == name), None)
        if found is None:
            return None
        node = found
    return node


def with_part(text: str, node: Node, value: object, name: str = "") -> str:
    """Give the text with one more item, or one more member called `name`, at the end of the array or object `node`."""
    fashion = _fashion(text, node)
    added = (f"{json.dumps(name, ensure_ascii=False)}{fashion.colon}" if name else "") + _written(
        value, fashion
    )
    if node.parts:
        end = node.parts[-1].end
        return f"{text[:end]},{fashion.around or fashion.gap}{added}{text[end:]}"
    return f"{text[: node.start + 1]}{fashion.around}{added}{fashion.last}{text[node.end - 1 :]}"


def without_part(text: str, node: Node, part: Node) -> str:
    """Give the text without one part of `node`: what `with_part` has put there is gone to the byte."""
    at = node.parts.index(part)
    if at:
        return text[: node.parts[at - 1].end] + text[part.end :]
    if len(node.parts) > 1:
        return text[: part.start] + text[node.parts[1].start :]
    return text[: node.start + 1] + text[node.end - 1 :]


class _Fashion(NamedTuple):
    """How a text is set where something is put into it.

    `around` is the newline and the indentation in front of a part, `last` those behind the last one, `unit` one step of indentation: all of
    them "" where everything stands on one line. There `gap` is what follows a comma; `colon` is what follows a name.
    """

    around: str
    last: str
    unit: str
    gap: str
    colon: str


class _Double(Exception):
    """A name stands twice in one object, and each reader takes another one of the two."""


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Double(next(name for name in names if names.count(name) > 1))
    return found


def _value(text: str, at: int) -> Node:
    """Read the value at a place in a text that is known to be JSON."""
    if text[at] not in "{[":
        end = _end(_SCALAR, text, at)
        return Node(at, end, json.loads(text[at:end]))
    parts = []
    place = _blanks(text, at + 1)
    while text[place] not in "}]":
        part = _member(text, place) if text[at] == "{" else _value(text, place)
        parts.append(part)
        place = _blanks(text, part.end)
        place = _blanks(text, place + 1) if text[place] == "," else place
    value = (
        {part.name: part.value for part in parts}
        if text[at] == "{"
        else [part.value for part in parts]
    )
    return Node(at, place + 1, value, tuple(parts))


def _member(text: str, at: int) -> Node:
    name_end = _end(_SCALAR, text, at)
    inner = _value(text, _blanks(text, _blanks(text, name_end) + 1))
    return Node(at, inner.end, inner.value, (), json.loads(text[at:name_end]), inner)


def _blanks(text: str, at: int) -> int:
    return _end(_BLANKS, text, at)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _fashion(text: str, node: Node) -> _Fashion:
    newline = "\r\n" if "\r\n" in text else "\n"
    gap, colon = ("", ":") if '":' in text and '": ' not in text else (" ", ": ")
    if "\n" not in text.strip() or (
        node.parts and "\n" not in text[node.start : node.parts[0].start]
    ):
        return _Fashion("", "", "", gap, colon)
    unit = _unit(text)
    own = _indentation(text, node.start)
    inside = _indentation(text, node.parts[0].start) if node.parts else own + unit
    return _Fashion(newline + inside, newline + own, unit, gap, colon)


def _unit(text: str) -> str:
    """The indentation of the first line that has some: what stands in a file at all is a step further in than the file's margin."""
    found = re.search(r"\n([ \t]+)\S", text)
    return found[1] if found else "  "


def _indentation(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _written(value: object, fashion: _Fashion) -> str:
    if not fashion.unit:
        return json.dumps(value, separators=(f",{fashion.gap}", fashion.colon), ensure_ascii=False)
    return json.dumps(
        value, indent=fashion.unit, separators=(",", fashion.colon), ensure_ascii=False
    ).replace("\n", fashion.around)
