"""Whether an edit of a file that may start guard touches what starts it. Loaded for such an edit alone."""

from __future__ import annotations

import json
import re
from collections import Counter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_GUARD = rb"\bguard\b"
_OFF = rb"""disableAllHooks['"]?\s*[:=]\s*true|\bSKIP\b.*\bguard\b|\bguard\b.*\benabled['"]?\s*[:=]\s*false"""
_KEY = rb"""([ \t]*(?:-[ \t]+)*)["']?[\w.$-]+["']?[ \t]*:(?=\s|$)"""  # of a mapping in YAML, of an object in JSON
_BLOCK = rb"[|>][-+0-9]*[ \t]*$"  # YAML 1.2, 8.1: the value is the indented lines below


def touched(before: bytes | None, after: bytes | None) -> str:
    """Give the line by which an edit touches what starts guard, or "".

    `before` and `after` are the file's contents, None where it does not exist. Looked at are the lines that mention guard as a word
    outside a comment, and in YAML and JSON the other keys of the same step or object (`rev`, `if`, `stages`, `timeout`): another hook's
    revision is nobody's business here. JSON that stands on one line is taken apart first, so that not everything is one line. A file that
    starts guard for the first time weakens nothing. A line that switches hooks off (`disableAllHooks`, `SKIP` of guard) always counts.
    """
    old, new = _lines_of_one(before), _lines_of_one(after)
    if old is None or new is None:
        old, new = _telling(before or b""), _telling(after or b"")
    gone = _missing([line for line in old if not re.search(_OFF, line)], new)
    come = _missing(new if old else [line for line in new if re.search(_OFF, line)], old)
    telling = sorted(
        (*gone, *come), key=lambda line: not re.search(_GUARD, line)
    )  # of the keys beside it, guard's own line says more
    return telling[0].decode("utf-8", "surrogateescape") if telling else ""


def _telling(content: bytes) -> list[bytes]:
    """The lines that say whether and how guard is started, without their indentation and the comma behind them."""
    lines = [
        line
        for line in content.splitlines()
        if line.strip() and not line.lstrip().startswith((b"#", b"//"))
    ]
    placed = list(zip(lines, _mappings(lines), strict=True))
    started = {
        value for line, (_, value, start) in placed if value and re.search(_GUARD, line[start:])
    }
    told = (
        line
        for line, (own, _, _) in placed
        if own in started or re.search(_GUARD, line) or re.search(_OFF, line)
    )
    return [line.strip().rstrip(b",") for line in told]


def _lines_of_one(content: bytes | None) -> list[bytes] | None:
    """What `_telling` gives, of an object in JSON that stands on one line; None for anything else."""
    text = (content or b"{}").strip()
    if not text.startswith(b"{") or b"\n" in text or b"\r" in text:
        return None
    try:
        parts = [part.encode("utf-8", "surrogatepass") for part in _parts(json.loads(text), "")]
    except (ValueError, RecursionError):
        return None
    return [part for part in parts if re.search(_GUARD, part) or re.search(_OFF, part)]


def _parts(value: object, name: str) -> Iterator[str]:
    """Yield a JSON value in parts, each with the names on the way to it: a list's objects, each as a whole, and what else holds no more.

    An object in which a plain value says guard is a part by itself, for its other members are about the same thing.
    """
    if isinstance(value, dict) and not any(
        _is_plain(inner) and re.search(_GUARD, _json(inner).encode()) for inner in value.values()
    ):
        for key, inner in value.items():
            yield from _parts(inner, f"{name}.{_json(key)}" if name else _json(key))
    elif isinstance(value, list) and not _is_plain(value):
        yield from (f"{name}: {_json(inner)}" for inner in value)
    else:
        yield f"{name}: {_json(value)}" if name else _json(value)


def _is_plain(value: object) -> bool:
    return not any(
        isinstance(inner, dict) for inner in (value if isinstance(value, list) else [value])
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _mappings(lines: list[bytes]) -> Iterator[tuple[int, int, int]]:
    """For each line the number of the mapping that has its key, and of the mapping that has its text from a column on as a value; 0: none.

    A mapping is a YAML mapping or list item, or a JSON object, told by indentation, its keys one a line; the one at the margin does not
    count, for it is the whole file. One pass, so that no file takes longer than its length.
    """
    around: list[
        tuple[int, int]
    ] = []  # the mappings that are open: where their keys start, and their numbers
    block = False  # whether the last key's value is the indented lines below
    for number, line in enumerate(lines, 1):
        key = re.match(_KEY, line)
        indent = len(line) - len(line.lstrip())
        column = key.end(1) if key else indent
        while around and around[-1][0] > indent:
            around.pop()
        if not key:
            inside = block and around and around[-1][0] < indent
            yield 0, around[-1][1] if inside else 0, 0
            continue
        if not around or around[-1][0] < column:
            around.append((column, number if column else 0))
        block = bool(re.search(_BLOCK, line))
        yield around[-1][1], around[-1][1], key.end()


def _missing(lines: list[bytes], among: list[bytes]) -> list[bytes]:
    """The lines that `among` has not, or not as often."""
    return list((Counter(lines) - Counter(among)).elements())
