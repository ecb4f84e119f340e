"""JSON from and to an agent without `json`, which loads `re`, `enum` and `functools` (4 ms).

CPython's own scanner and string encoder are used as `json` uses them; elsewhere `json` does it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_BLANKS = " \t\r\n"  # RFC 8259, 2


class _Lenient:
    """As `json.JSONDecoder(strict=False)`: agents write control characters into strings."""

    strict = False
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float


def read(text: str) -> tuple[object, int]:
    """Give the value that `text` begins with, and where it ends.

    Raises ValueError if there is none, or RecursionError.
    """
    start = len(text) - len(text.lstrip(_BLANKS))
    try:
        return _scan(text, start)
    # The scanner raises JSONDecodeError only where `json.decoder` is loaded.
    except (StopIteration, SystemError) as error:
        raise ValueError("this is not JSON") from error


def write(value: object) -> str:
    """Give dicts, lists, strings, whole numbers, booleans and None as JSON on one ASCII line."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, dict):
        members = (f"{_quoted(name)}: {write(inner)}" for name, inner in value.items())
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(write, value)) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _tools() -> tuple[Callable[[str, int], tuple[object, int]], Callable[[str], str]]:
    try:
        import _json

        own = vars(_json)
        return own["make_scanner"](_Lenient), own["encode_basestring_ascii"]
    except (ImportError, AttributeError, KeyError):
        import json

        return json.JSONDecoder(strict=False).raw_decode, json.dumps


_scan, _quoted = _tools()
