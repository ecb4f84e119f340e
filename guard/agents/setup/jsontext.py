"""Changes JSON in place: adds and removes members and items, and keeps every other byte.

A library that reads and writes JSON would reformat the whole file.
"""

import json
import re
from typing import NamedTuple

from guard.core.errors import UsageError

_BLANKS = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s,\]}]+')
_MARK = "\ufeff"  # a byte order mark


class Node(NamedTuple):
    """A value in a text, from `start` up to `end`, and what it means.

    `parts` are the items of an array, or the members of an object: a `name` and its value, `inner`.
    """

    start: int
    end: int
    value: object
    parts: tuple["Node", ...] = ()
    name: str = ""
    inner: "Node | None" = None


def read_json(text: str, file: str) -> Node:
    """Give the value in a text.

    Raises UsageError, with the place, for a text that is no JSON or names a member twice.
    """
    try:
        json.loads(text.removeprefix(_MARK), object_pairs_hook=_without_doubles)
        return _value(text, _blanks(text, int(text.startswith(_MARK))))
    except json.JSONDecodeError as error:
        where = f"{file}:{error.lineno}:{error.colno}"
        raise UsageError(f"{where}: this is not plain JSON: {error.msg}") from error
    except _Double as error:
        message = f"{file}: the name {error.args[0]!r} appears twice in one object"
        raise UsageError(message) from error
    except RecursionError as error:
        raise UsageError(f"{file}: this is nested too deeply") from error


def inner_at(node: Node, *names: str) -> Node | None:
    """Give the value at a path of names; None if there is none."""
    for name in names:
        found = next((part.inner for part in node.parts if part.inner and part.name == name), None)
        if found is None:
            return None
        node = found
    return node


def with_part(text: str, node: Node, value: object, name: str = "") -> str:
    """Give the text with one more item, or member `name`, at the end of the array or object."""
    style = _style(text, node)
    added = _written(value, style)
    if name:
        added = json.dumps(name, ensure_ascii=False) + style.colon + added
    if node.parts:
        end = node.parts[-1].end
        return f"{text[:end]},{style.around or style.gap}{added}{text[end:]}"
    return f"{text[: node.start + 1]}{style.around}{added}{style.last}{text[node.end - 1 :]}"


def without_part(text: str, node: Node, part: Node) -> str:
    """Give the text without one part of `node`; undoes `with_part` to the byte."""
    at = node.parts.index(part)
    if at:
        return text[: node.parts[at - 1].end] + text[part.end :]
    if len(node.parts) > 1:
        return text[: part.start] + text[node.parts[1].start :]
    return text[: node.start + 1] + text[node.end - 1 :]


class _Style(NamedTuple):
    """The white space at a place where something is added.

    `around` (before a part), `last` (after the last part) and `unit` (one step of indentation) are
    "" if the value is on one line. Then `gap` follows a comma; `colon` follows a name.
    """

    around: str
    last: str
    unit: str
    gap: str
    colon: str


class _Double(Exception):
    """A name is used twice in one object: readers differ in which value they take."""


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise _Double(name)
        found[name] = value
    return found


def _value(text: str, at: int) -> Node:
    if text[at] not in "{[":
        end = _end(_SCALAR, text, at)
        return Node(at, end, json.loads(text[at:end]))
    is_object = text[at] == "{"
    parts: list[Node] = []
    place = _blanks(text, at + 1)
    while text[place] not in "}]":
        part = _member(text, place) if is_object else _value(text, place)
        parts.append(part)
        place = _blanks(text, part.end)
        if text[place] == ",":
            place = _blanks(text, place + 1)
    value: object = [part.value for part in parts]
    if is_object:
        value = {part.name: part.value for part in parts}
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


def _style(text: str, node: Node) -> _Style:
    newline = "\r\n" if "\r\n" in text else "\n"
    gap, colon = ("", ":") if '":' in text and '": ' not in text else (" ", ": ")
    before_first = text[node.start : node.parts[0].start] if node.parts else newline
    if "\n" not in text.strip() or "\n" not in before_first:
        return _Style("", "", "", gap, colon)
    unit = _unit(text)
    own = _indentation(text, node.start)
    inside = _indentation(text, node.parts[0].start) if node.parts else own + unit
    return _Style(newline + inside, newline + own, unit, gap, colon)


def _unit(text: str) -> str:
    found = re.search(r"\n([ \t]+)\S", text)
    return found[1] if found else "  "


def _indentation(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _written(value: object, style: _Style) -> str:
    if not style.unit:
        return json.dumps(value, separators=(f",{style.gap}", style.colon), ensure_ascii=False)
    separators = (",", style.colon)
    text = json.dumps(value, indent=style.unit, separators=separators, ensure_ascii=False)
    return text.replace("\n", style.around)
