"""JSON as it comes from an agent and goes to it, without importing `json`: that brings `re`, `enum` and `functools`, 4 ms for every edit.

CPython's own scanner and string encoder are used as `json` uses them; where they are not to be had, `json` does it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_BLANKS = " \t\r\n"  # RFC 8259, 2


class _Lenient:
    """What `json.JSONDecoder(strict=False)` tells the scanner: agents have written control characters into strings."""

    strict = False
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float


def read(text: str) -> tuple[object, int]:
    """Give the value that `text` begins with, and where it ends. Raises ValueError where there is none, or RecursionError."""
    start = len(text) - len(text.lstrip(_BLANKS))
    try:
        return _scan(text, start)
    except (
        StopIteration,
        SystemError,
    ) as error:  # the scanner can name its complaint only where `json.decoder` is loaded
        raise ValueError("this is no JSON") from error


def write(value: object) -> str:
    """Give dictionaries, lists, strings, whole numbers, booleans and None as JSON on one line, in ASCII."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{_quoted(name)}: {write(inner)}" for name, inner in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(write, value)) + "]"
    return (
        str(value)
        if type(value) is int
        else "null"
        if value is None
        else "true"
        if value
        else "false"
    )


def _tools() -> tuple[Callable[[str, int], tuple[object, int]], Callable[[str], str]]:
    try:
        import _json

        own = vars(_json)
        return own["make_scanner"](_Lenient), own["encode_basestring_ascii"]
    except (ImportError, AttributeError, KeyError):
        import json

        return json.JSONDecoder(strict=False).raw_decode, json.dumps


_scan, _quoted = _tools()
