"""Which worktrees and files a glob of a shell reaches. Folders are not listed: both are known.

Read as bash does by default: `*` takes no leading dot, `**` is `*`, and braces are alternatives.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

_MOST = 64  # alternatives of one word; nobody types more
_SPECIAL = "*?[]{},"


def reached(raw: str, start: str, tops: Iterable[str]) -> list[str]:
    """Give the paths that a word may stand for, of those that hold, are or lie in worktrees.

    `raw` is the word as it was typed, without expansions other than globs, quotes and braces.
    `start` is where it is seen from, `tops` are the worktrees.
    """
    found: dict[str, None] = {}
    patterns = _patterns(raw, start)
    for top in map(os.path.realpath, tops):
        names = top.split("/")
        for parts in patterns:
            depth = min(len(parts), len(names))
            if _match(names, parts):
                found["/".join([*names[:depth], *parts[depth:]])] = None
    return list(found)


def matched(raw: str, start: str, paths: Iterable[str]) -> list[str]:
    """Give those of the files `paths` that a word stands for, or that lie in what it stands for."""
    patterns = _patterns(raw, start)
    return [
        path
        for path in paths
        for names in [path.split("/")]
        if any(len(parts) <= len(names) and _match(names, parts) for parts in patterns)
    ]


def _patterns(raw: str, start: str) -> list[list[str]]:
    return [_parts(os.path.join(start, pattern)) for pattern in _alternatives(_unquoted(raw))]


def _match(names: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether two paths agree as far as both go."""
    return all(_matches(name, part) for name, part in zip(names, parts, strict=False))


def _parts(path: str) -> list[str]:
    """The parts of a pattern; folders in front of the first glob are followed through links."""
    parts = os.path.normpath(os.path.expanduser(path)).split("/")
    plain = next((at for at, part in enumerate(parts) if _is_glob(part)), len(parts))
    folder = os.path.realpath("/".join(parts[:plain]) or "/").rstrip("/")
    return [*folder.split("/"), *parts[plain:]]


def _is_glob(part: str) -> bool:
    return any(char in part for char in "*?[")


def _matches(name: str, part: str) -> bool:
    if name.startswith(".") and not part.startswith("."):
        return False
    return name == part or (_is_glob(part) and fnmatchcase(name, part))


def _unquoted(raw: str) -> str:
    """The word without quotes; what they kept from being special is in brackets now."""
    made, quote, chars = [], "", iter(raw)
    for char in chars:
        if char in ("'", '"') and quote in ("", char):
            quote = "" if quote else char
            continue
        is_escape = char == "\\" and quote != "'"
        literal = next(chars, "") if is_escape else char
        is_plain = (quote or is_escape) and literal in _SPECIAL
        made.append(f"[{literal}]" if is_plain else literal)
    return "".join(made).replace("[^", "[!")


def _alternatives(pattern: str) -> Iterator[str]:
    """What the innermost braces first stand for; too many are none."""
    waiting, count = [pattern], 0
    while waiting and count < _MOST:
        count += 1
        one = waiting.pop()
        end = _outside_brackets(one, "}")
        start = one.rfind("{", 0, end) if end >= 0 else -1
        words = one[start + 1 : end].split(",")
        if start < 0 or len(words) < 2 or one[start - 1 : start] == "[":
            yield one
            continue
        waiting += [f"{one[:start]}{word}{one[end + 1 :]}" for word in words]


def _outside_brackets(text: str, char: str) -> int:
    at = text.find(char)
    while at > 0 and text[at - 1] == "[":
        at = text.find(char, at + 1)
    return at
