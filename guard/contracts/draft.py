"""The text of a new contract: the given values, and every other key as a commented example."""

import json
import re
from collections.abc import Mapping, Sequence

from guard.contracts.contract_keys import CONTRACT
from guard.contracts.key import Key
from guard.contracts.model import Contract
from guard.core.names import show
from guard.patterns import escape

_UNWRITABLE = re.compile("[\n\ud800-\udfff]")
_HEAD = """\
# A contract: what one session may change and must deliver. It counts once it is on the base.
# Patterns as in .gitignore: "/src/" is a folder at the top, "src/" any, "/a.md" a file, "*.md" any.
"""


Values = Mapping[str, object]  # by key: a text, a flag, a list, or a list of tables


def draft(values: Values) -> str:
    """Give the TOML of a contract with `values` by key; missing or empty ones become comments.

    `checks.mistakes_in` must have found no mistake in the values.
    """
    text = _HEAD
    for name, key in CONTRACT.keys.items():
        text += f"\n# {key.doc}\n"
        value = values.get(name)
        if key.item and isinstance(value, list) and value:
            text += "\n".join(_table(name, key.item, table) for table in value)
        elif value:
            text += f"{name} = {_written(value)}\n"
        elif key.item:
            text += f"# [[{name}]]\n"
            text += "".join(_example(inner, below) for inner, below in key.item.keys.items())
        else:
            text += _example(name, key)
    return text


def values_of(contract: Contract) -> dict[str, object]:
    """Give the values of a contract as `draft` takes them, without those that say nothing."""
    values: dict[str, object] = {}
    for name, key in CONTRACT.keys.items():
        value = getattr(contract, key.field or name)
        if key.item:
            value = [dict(zip(key.item.keys, waiver, strict=True)) for waiver in value]
        if value:
            values[name] = list(value) if isinstance(value, tuple) else value
    return values


def example(name: str) -> str:
    """Give the line that a draft has for a key without a value, without its end."""
    return _example(name, CONTRACT.keys[name]).removesuffix("\n")


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return _array(value)
    return toml_string(str(value))


def _table(name: str, shape: Key, table: Mapping[str, object]) -> str:
    """A table of an array; a day has no quotes."""
    lines = [f"[[{name}]]"]
    for inner, key in shape.keys.items():
        value = table.get(inner)
        if value and key.kind == "day":
            lines.append(f"{inner} = {value}")
        elif value:
            lines.append(f"{inner} = {_written(value)}")
    return "\n".join(lines) + "\n"


def toml_string(text: str) -> str:
    """Give `text` as a TOML string (https://toml.io/en/v1.1.0#string).

    It is a basic string, or a literal one if that saves backslashes. Invisible characters are
    escaped.
    """
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return "".join(map(_visible, json.dumps(text, ensure_ascii=False)))


def _visible(char: str) -> str:
    if show(char) == char:
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def _example(name: str, key: Key) -> str:
    value = key.example
    if isinstance(value, list):
        return f"# {name} = [{', '.join(map(toml_string, value))}]\n"
    if key.kind == "flag":
        return f"# {name} = {str(value).lower()}\n"
    return f"# {name} = {value if key.kind == 'day' else toml_string(str(value))}\n"


def _array(items: Sequence[str]) -> str:
    if len(items) == 1:
        return f"[{toml_string(items[0])}]"
    return "[\n" + "".join(f"    {toml_string(item)},\n" for item in items) + "]"


def exactly(path: str) -> str:
    """Give the pattern of one path or folder, from the top.

    A newline and bytes that are not UTF-8 cannot be in TOML or a pattern: `?` stands for any byte.
    """
    return "/" + "?".join(escape(part)[1:] for part in _UNWRITABLE.split(path))
