"""Data in files: tables that ship with the package, and any text as a value for JSON."""

import os
import re
from binascii import b2a_base64
from typing import Any

import tomli

from guard.core.names import show

_STRAY = re.compile("[\ud800-\udfff]")


def read_table(module: str, name: str) -> dict[str, Any]:
    """Read the TOML file `name` beside a module, which is given by its `__file__`."""
    with open(os.path.join(os.path.dirname(module), name), "rb") as file:
        return tomli.load(file)


def json_text(text: str) -> str:
    """Give `text` with lone surrogates as escapes: JSON readers reject them (RFC 8259, 8.2)."""
    return text if text.isascii() else _STRAY.sub(lambda stray: show(stray[0]), text)


def json_path(path: str) -> dict[str, str]:
    """Give `path` and, where it is not UTF-8, `path_base64` with its bytes."""
    shown = {"path": json_text(path)}
    if shown["path"] != path:
        data = path.encode("utf-8", "surrogateescape")
        shown["path_base64"] = b2a_base64(data, newline=False).decode()
    return shown
