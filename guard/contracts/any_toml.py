"""TOML of any kind, read by a library, within limits that keep it quick."""

import re
from typing import Any

import tomli

from guard.contracts.parse import place_of, unreadable

# The formats need four parts; tomli takes quadratic time for dotted keys.
_MOST_KEY_PARTS = 8
_LONG_LINE = 2 * _MOST_KEY_PARTS


def read_any(text: str, file: str) -> dict[str, Any]:
    """Read a TOML document (1.1). Raises ContractError with the place of what is wrong."""
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > _LONG_LINE and line.count(".") >= _MOST_KEY_PARTS:
            _require_short_key(line, number, file)
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        place, problem = f"{error.lineno}:{error.colno}", f"not TOML: {error.msg[:200]}"
        raise unreadable(file, place, problem) from error
    except RecursionError as error:
        place = _first(text, RecursionError)
        raise unreadable(file, place, "nested too deeply; expected at most 4 levels") from error
    except ValueError as error:  # int() takes 4,300 digits at most (Python's sys.int_info)
        place = _first(text, ValueError)
        raise unreadable(file, place, "an integer of very many digits") from error


def _require_short_key(line: str, number: int, file: str) -> None:
    """The expression is anchored and never backtracks, so it takes linear time."""
    part = r"""(?>[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*+"|'[^']*+')"""
    parts = rf"{part}(?>\s*+\.\s*+{part}){{{_MOST_KEY_PARTS},}}+"
    if re.match(rf"\s*+\[*+\s*+{parts}\s*+[=\]]", line):
        problem = f"a key of more than {_MOST_KEY_PARTS} parts; expected at most 4"
        raise unreadable(file, f"{number}:1", problem)


def _first(text: str, kind: type[Exception]) -> str:
    """Find where tomli raises an error that has no position: bisect the text's beginnings."""
    fine, bad = 0, len(text)
    while bad - fine > 1:
        middle = (fine + bad) // 2
        try:
            tomli.loads(text[:middle])
            fine = middle
        except (RecursionError, ValueError) as error:
            if type(error) is kind:
                bad = middle
            else:
                fine = middle
    return place_of(text, fine)
