"""One pattern: its text as gitignore(5) and git's dir.c read it, cut into components, or the place where it is malformed.

Malformed is only what can never match any path by its syntax; git skips such a line silently, a contract must not.
"""

from __future__ import annotations

from guard.core.errors import GuardError
from guard.core.names import show
from guard.core.values import NamedTuple
from guard.patterns.component import (
    ASTERISK,
    BACKSLASH,
    BANG,
    HASH,
    NEWLINE,
    NUL,
    OPEN,
    SLASH,
    SPACE,
    Malformed,
    escaped,
    parse_class,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 4096
DEEP = b"**"  # a component of asterisks alone, two or more: any number of directories (gitignore(5), PATTERN FORMAT)


class PatternError(GuardError):
    """A pattern that can never match. `position` counts characters of `pattern` from 0; `reason` says what is wrong there."""

    def __init__(self, pattern: str, position: int, reason: str, hint: str) -> None:
        shown = show(pattern if len(pattern) <= _SHOWN else pattern[:_SHOWN] + "…")
        super().__init__(f"pattern '{shown}', character {position + 1}: {reason}", hint=hint)
        self.pattern = pattern
        self.position = position
        self.reason = reason


class Pattern(NamedTuple):
    """A pattern that is well formed.

    `components` are its texts from the left, escapes included, for `parse_component`; `DEEP` among them stands for any number of
    directories, and is never the last. `directories` tells that only a directory can match (a trailing slash).
    """

    components: list[bytes]
    directories: bool


def parse_pattern(text: str) -> Pattern:
    """Give the pattern that a line of a `.gitignore` at the top of a repository stands for (dir.c, `parse_path_pattern`).

    A trailing slash asks for a directory; without a slash elsewhere the name may stand at any depth. Slashes count wherever they are,
    even inside brackets or after a backslash. Raises `PatternError`.
    """
    try:
        return _parse(_without_trailing_spaces(_required(text)))
    except Malformed as malformed:
        raise _pattern_error(text, malformed) from None


def parse_name(text: str) -> Pattern:
    """Give the pattern as wildmatch.c has it for a whole name with slashes: nothing is trimmed or implied. Raises `PatternError`."""
    try:
        return Pattern(
            _normal(_components(_without_negation(_required(text)), 0)), directories=False
        )
    except Malformed as malformed:
        raise _pattern_error(text, malformed) from None


def escape(path: str) -> str:
    """Give the anchored pattern that matches exactly this path (and, if it is a directory, what is below it).

    A newline cannot stand in a pattern; the class of everything but all other bytes can.
    """
    literal = "".join("\\" + char if char in "*?[\\" else char for char in path).replace(
        "\n", _NEWLINE
    )
    return "/" + (literal[:-1] + "\\ " if literal.endswith(" ") else literal)


def to_bytes(path: str) -> bytes:
    """Give the bytes that git has for a path: UTF-8, and the bytes that `surrogateescape` kept. Never raises."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair, which no path that was decoded has
        return path.encode("utf-8", "surrogatepass")


def _pattern_error(text: str, malformed: Malformed) -> PatternError:
    """Give the error about `text`, with bytes counted as the characters they are."""
    position, left = 0, malformed.at
    while left > 0:
        left -= len(to_bytes(text[position]))
        position += 1
    return PatternError(text, position, malformed.reason, malformed.hint)


_NEWLINE = "[^\x01-\t\x0b-\udcff]"
_SHOWN = 80  # characters of a pattern in a message
_ANCHOR = "a pattern starts at the top of the repository"


def _required(text: str) -> bytes:
    try:
        data = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise PatternError(
            text,
            error.start,
            "half of a surrogate pair is no character",
            "write the character itself",
        ) from None
    if not data:
        raise Malformed(0, "it is empty", "write `*` for everything")
    if len(data) > MAX_BYTES:
        raise Malformed(
            MAX_BYTES,
            f"it is longer than {MAX_BYTES:,} bytes",
            "name a directory above these files",
        )
    if NEWLINE in data or NUL in data:
        at = min(at for at in (data.find(NEWLINE), data.find(NUL)) if at >= 0)
        raise Malformed(
            at,
            f"a {'newline' if data[at] == NEWLINE else 'NUL'} ends a pattern",
            "write each pattern as a string of its own",
        )
    return data


def _comment_or_negation(body: bytes) -> Malformed:
    if body.startswith(b"#"):
        return Malformed(0, "it is a comment", r"write `\#` for a name that starts with `#`")
    return Malformed(
        0,
        "`!` takes nothing back below a directory that is matched",
        r"write the path under `forbids`, or `\!` for a name",
    )


def _without_negation(body: bytes) -> bytes:
    if body[0] != BANG:
        return body
    raise Malformed(
        0,
        "`!` takes nothing back here",
        r"name what you want, or write `\!` for a name that starts with `!`",
    )


def _without_trailing_spaces(data: bytes) -> bytes:
    """Trailing spaces are ignored unless they are quoted with a backslash (gitignore(5)); tabs and carriage returns are not spaces."""
    if data[-1] != SPACE:
        return data
    body = data.rstrip(b" ")
    if not body:
        raise Malformed(0, "it is blank", r"write `\ ` for a name of one space")
    backslashes = len(body) - len(body.rstrip(b"\\"))
    return body + b" " if backslashes % 2 else body


def _parse(body: bytes) -> Pattern:
    first = body[0]
    if first in (BANG, HASH):
        raise _comment_or_negation(body)
    directories = body[-1] == SLASH
    if directories:
        body = body[:-1]
    if SLASH not in body:
        (component,) = _components(body, 0)
        return Pattern([DEEP, b"*" if _is_deep(component) else component], directories)
    components = _components(body, 1 if first == SLASH else 0)
    return Pattern(_normal(components) if ASTERISK in body else components, directories)


def _components(body: bytes, start: int) -> list[bytes]:
    """Give the texts between the slashes of `body` from `start` on; raise `Malformed` for one that no path can have."""
    if BACKSLASH in body or OPEN in body:
        return list(_cut(body, start))
    components = body[start:].split(b"/")
    if b"" in components or b"." in components or b".." in components:
        return list(_cut(body, start))
    return components


def _cut(body: bytes, at: int) -> Iterator[bytes]:
    begin = at
    while at < len(body):
        if body[at] == OPEN:
            _, at = parse_class(body, at)
        elif body[at] == SLASH:
            yield _required_name(body[begin:at], begin)
            begin = at = at + 1
        elif body[at] == BACKSLASH and escaped(body, at + 1) == SLASH:
            yield from _before_escaped_slash(_required_name(body[begin:at], begin))
            begin = at = at + 2
        else:
            at += 2 if body[at] == BACKSLASH else 1
    yield _required_name(body[begin:], begin)


def _required_name(component: bytes, at: int) -> bytes:
    if component in (b".", b".."):
        raise Malformed(
            at, f"no path has a component `{component.decode()}`", f"leave it out: {_ANCHOR}"
        )
    if component:
        return component
    raise Malformed(
        at, "a slash has no name beside it", "take the slash away, or write `*` for everything"
    )


def _before_escaped_slash(component: bytes) -> tuple[bytes, ...]:
    """Before a slash that is escaped, two asterisks take one directory or more, not zero: wildmatch.c looks for a plain slash there."""
    return (b"*", DEEP) if _is_deep(component) else (component,)


def _normal(components: list[bytes]) -> list[bytes]:
    """Write `DEEP` for two or more asterisks that stand alone; at the end they match everything inside, so at least one name."""
    normal = [DEEP if _is_deep(component) else component for component in components]
    return [*normal, b"*"] if normal[-1] == DEEP else normal


def _is_deep(component: bytes) -> bool:
    return component.startswith(DEEP) and not component.strip(b"*")
