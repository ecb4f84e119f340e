"""Whether an edit of a file that may start guard touches what starts it."""

from __future__ import annotations

import json
import re
from collections import Counter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_GUARD = rb"\bguard\b"
_OFF = (
    rb"disableAllHooks['\"]?\s*[:=]\s*true"
    rb"|\bSKIP\b.*\bguard\b"
    rb"|\bguard\b.*\benabled['\"]?\s*[:=]\s*false"
)
# A key of a mapping in YAML or of an object in JSON.
_KEY = rb"""([ \t]*(?:-[ \t]+)*)["']?[\w.$-]+["']?[ \t]*:(?=\s|$)"""
_BLOCK = rb"[|>][-+0-9]*[ \t]*$"  # the value is the indented lines below (YAML 1.2, 8.1)


def touched(before: bytes | None, after: bytes | None) -> str:
    """Give the line by which an edit touches what starts guard, or "".

    `before` and `after` are the file's contents, None without a file. Lines that mention guard as a
    word outside a comment count, and in YAML and JSON the other keys of their step or object
    (`rev`, `if`, `stages`, `timeout`), but not those of other hooks. A file that starts guard for
    the first time weakens nothing. A line that switches hooks off (`disableAllHooks`, `SKIP` of
    guard) always counts.
    """
    old, new = _lines_of_json(before), _lines_of_json(after)
    if old is None or new is None:
        old, new = _lines_of_text(before or b""), _lines_of_text(after or b"")
    gone = _missing([line for line in old if not re.search(_OFF, line)], new)
    come = _missing(new if old else [line for line in new if re.search(_OFF, line)], old)
    lines = [*gone, *come]
    own = (line for line in lines if re.search(_GUARD, line))  # says more than a key beside it
    return next(own, lines[0] if lines else b"").decode("utf-8", "surrogateescape")


def _counts(line: bytes) -> bool:
    return bool(re.search(_GUARD, line) or re.search(_OFF, line))


def _lines_of_text(content: bytes) -> list[bytes]:
    """The lines that count, without indentation and final comma."""
    lines = [
        line
        for line in content.splitlines()
        if line.strip() and not line.lstrip().startswith((b"#", b"//"))
    ]
    placed = list(zip(lines, _mappings(lines), strict=True))
    started = {
        value for line, (_, value, start) in placed if value and re.search(_GUARD, line[start:])
    }
    return [
        line.strip().rstrip(b",") for line, (own, _, _) in placed if own in started or _counts(line)
    ]


def _lines_of_json(content: bytes | None) -> list[bytes] | None:
    """The same of a JSON object on one line; None for anything else."""
    text = (content or b"{}").strip()
    if not text.startswith(b"{") or b"\n" in text or b"\r" in text:
        return None
    try:
        parts = [part.encode("utf-8", "surrogatepass") for part in _parts(json.loads(text), "")]
    except (ValueError, RecursionError):
        return None
    return [part for part in parts if _counts(part)]


def _parts(value: object, name: str) -> Iterator[str]:
    """Yield a JSON value in parts, each after the names that lead to it.

    A part is an element of a list, a value without an object inside, or an object in which a plain
    value mentions guard: its other members are about the same thing.
    """
    if isinstance(value, dict) and not any(map(_mentions_guard, value.values())):
        for key, inner in value.items():
            yield from _parts(inner, f"{name}.{_json(key)}" if name else _json(key))
    elif isinstance(value, list) and not _is_plain(value):
        yield from (f"{name}: {_json(inner)}" for inner in value)
    else:
        yield f"{name}: {_json(value)}" if name else _json(value)


def _mentions_guard(value: object) -> bool:
    return _is_plain(value) and bool(re.search(_GUARD, _json(value).encode()))


def _is_plain(value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    return not any(isinstance(inner, dict) for inner in values)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _mappings(lines: list[bytes]) -> Iterator[tuple[int, int, int]]:
    """For each line the mapping of its key, the mapping of its value, and the value's column.

    A mapping (of YAML, a list item, a JSON object) has one key a line and is told by indentation.
    Mappings are numbered; 0 is none, and that at the margin, which is the whole file.
    """
    around: list[tuple[int, int]] = []  # the open mappings: column of the keys, number
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
    return list((Counter(lines) - Counter(among)).elements())
