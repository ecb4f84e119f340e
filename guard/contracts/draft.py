"""The text of a new contract: what was asked for, and every other key as a comment that shows how it is written."""

from __future__ import annotations

import json
from collections.abc import Mapping

from guard.contracts.model import CONTRACT

_HEAD = """\
# A contract: what one session may change and what it must deliver. It counts once it stands on the base.
# Patterns are those of .gitignore: "/src/" is a folder at the top, "src/" one at any depth, "/README.md" one file, "*.md" any such file.
"""
_WAIVER = """
# {doc}
# [[waive]]
# rule = "shared-file"
# paths = ["package.json"]
# why = "adds one dependency; agreed with the release session"
# until = 2026-12-31
"""


def draft(values: Mapping[str, str | list[str]]) -> str:
    """Give the TOML of a contract with `values` by key; keys without a value, or with an empty one, stand there as comments.

    The values must be what the shape asks for; `checks.mistakes_in` tells.
    """
    keys = (name for name, key in CONTRACT.keys.items() if key.kind in ("text", "list"))
    return (
        _HEAD
        + "".join(_entry(name, values.get(name)) for name in keys)
        + _WAIVER.format(doc=CONTRACT.keys["waive"].doc)
    )


def quoted(text: str) -> str:
    """Give `text` as a TOML string, basic or, where that saves backslashes, literal (https://toml.io/en/v1.1.0#string)."""
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace(
        "\x7f", "\\u007f"
    )  # JSON's escapes are TOML's; TOML escapes DEL besides


def _entry(name: str, value: str | list[str] | None) -> str:
    key = CONTRACT.keys[name]
    lines = f"\n# {key.doc}\n"
    if not value:
        shown = (
            f"[{', '.join(map(quoted, key.example))}]"
            if isinstance(key.example, list)
            else quoted(str(key.example))
        )
        return f"{lines}# {name} = {shown}\n"
    return f"{lines}{name} = {quoted(value) if isinstance(value, str) else _array(value)}\n"


def _array(items: list[str]) -> str:
    if len(items) == 1:
        return f"[{quoted(items[0])}]"
    return "[\n" + "".join(f"    {quoted(item)},\n" for item in items) + "]"
