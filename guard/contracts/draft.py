"""The text of a new contract: the given values, and every other key as a commented example."""

import json
from collections.abc import Mapping, Sequence

from guard.contracts.key import Key
from guard.contracts.model import CONTRACT
from guard.core.names import show

_HEAD = """\
# A contract: what one session may change and must deliver. It counts once it is on the base.
# Patterns as in .gitignore: "/src/" is a folder at the top, "src/" any, "/a.md" a file, "*.md" any.
"""


def draft(values: Mapping[str, str | list[str] | bool]) -> str:
    """Give the TOML of a contract with `values` by key; missing or empty ones become comments.

    `checks.mistakes_in` must have found no mistake in the values.
    """
    text = _HEAD
    for name, key in CONTRACT.keys.items():
        text += f"\n# {key.doc}\n"
        value = values.get(name)
        if value:
            text += f"{name} = {_written(value)}\n"
        elif key.item:
            text += f"# [[{name}]]\n"
            text += "".join(_example(inner, below) for inner, below in key.item.keys.items())
        else:
            text += _example(name, key)
    return text


def example(name: str) -> str:
    """Give the line that a draft has for a key without a value, without its end."""
    return _example(name, CONTRACT.keys[name]).removesuffix("\n")


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return _array(value)
    return toml_string(str(value))


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
