"""One pattern: its text as gitignore(5) and git's dir.c read it, split into components.

A component is the text between two slashes; its places are the bytes that each part of it accepts.
That language is git's wildmatch.c (`dowild`), which knows only bytes: `?` and `[…]` match one byte,
not one character, and letters, digits and the like are those of ASCII. A pattern is malformed if
its syntax lets it match no path; git skips such a line silently, a contract must not.
"""

from __future__ import annotations

from guard.core.errors import GuardError
from guard.core.names import show
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

STAR = -1  # a place for any number of bytes; other places are sets of bytes: bit 97 stands for `a`
ANY_BYTE = (1 << 256) - 1
NUL, NEWLINE, SPACE, BANG, HASH, ASTERISK, DASH, SLASH, COLON, QUERY, OPEN, BACKSLASH, CLOSE = (
    b"\0\n !#*-/:?[\\]"
)
_MAX_BYTES = 4096
# Two or more asterisks alone: any number of directories (gitignore(5), PATTERN FORMAT).
DEEP = b"**"
_SHOWN = 80  # characters of a pattern in a message
_NEWLINE_CLASS = "[^\x01-\t\x0b-\udcff]"


class Malformed(Exception):
    """The component matches no name. `at` is the 0-based byte of the error, `hint` its remedy."""

    def __init__(self, at: int, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.at = at
        self.reason = reason
        self.hint = hint


class PatternError(GuardError):
    """A pattern that can match nothing: `reason` says why, at `position`, counted from 0."""

    def __init__(self, pattern: str, position: int, reason: str, hint: str) -> None:
        shown = show(pattern if len(pattern) <= _SHOWN else pattern[:_SHOWN] + "…")
        super().__init__(f"pattern '{shown}', character {position + 1}: {reason}", hint=hint)
        self.pattern = pattern
        self.position = position
        self.reason = reason


class Pattern(NamedTuple):
    """A well-formed pattern.

    `components` are its texts from the left, with escapes; `DEEP`, never the last, stands for any
    number of directories. `directories`: it matches only directories, since it ends in a slash.
    """

    components: list[bytes]
    directories: bool


def parse_pattern(text: str) -> Pattern:
    """Read a line of a `.gitignore` at the top of a repository (dir.c, `parse_path_pattern`).

    A trailing slash asks for a directory; without another slash the name matches at any depth.
    Slashes count everywhere, even in brackets or after a backslash. Raises `PatternError`.
    """
    try:
        return _parse(_without_trailing_spaces(_required(text)))
    except Malformed as malformed:
        raise _pattern_error(text, malformed) from None


def parse_name(text: str) -> Pattern:
    """Read a pattern for a whole name, as wildmatch.c does: no trimming, no implied `**/`.

    Raises `PatternError`.
    """
    try:
        components = _components(_without_negation(_required(text)), 0)
        return Pattern(_normal(components), directories=False)
    except Malformed as malformed:
        raise _pattern_error(text, malformed) from None


def escape(path: str) -> str:
    """Give the anchored pattern that matches this path and what is below it.

    A pattern cannot contain a newline, but it can contain the class without all other bytes.
    """
    literal = "".join("\\" + char if char in "*?[\\" else char for char in path)
    literal = literal.replace("\n", _NEWLINE_CLASS)
    return "/" + (literal[:-1] + "\\ " if literal.endswith(" ") else literal)


def with_plain_brackets(pattern: str) -> str:
    """Give a pattern whose brackets are characters of a name; "" if it has none, or escapes some.

    `app/[locale]/` is a folder of a web framework for people, and one of six letters for git.
    """
    return pattern.replace("[", "\\[") if "[" in pattern and "\\" not in pattern else ""


def to_bytes(path: str) -> bytes:
    """Give git's bytes of a path: UTF-8, and what `surrogateescape` kept. Never raises."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair, which no decoded path contains
        return path.encode("utf-8", "surrogatepass")


def _pattern_error(text: str, malformed: Malformed) -> PatternError:
    """Counts the place in characters instead of bytes."""
    position, left = 0, malformed.at
    while left > 0:
        left -= len(to_bytes(text[position]))
        position += 1
    return PatternError(text, position, malformed.reason, malformed.hint)


def _required(text: str) -> bytes:
    try:
        data = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        reason = "half of a surrogate pair is not a character"
        raise PatternError(text, error.start, reason, "write the character itself") from None
    if not data:
        raise Malformed(0, "it is empty", "write `*` for everything")
    if len(data) > _MAX_BYTES:
        reason = f"it is longer than {_MAX_BYTES:,} bytes"
        raise Malformed(_MAX_BYTES, reason, "name a directory above these files")
    if NEWLINE in data or NUL in data:
        at = min(at for at in (data.find(NEWLINE), data.find(NUL)) if at >= 0)
        name = "newline" if data[at] == NEWLINE else "NUL"
        raise Malformed(at, f"a {name} ends a pattern", "write each pattern as a string of its own")
    return data


def _without_negation(data: bytes) -> bytes:
    if data[0] != BANG:
        return data
    hint = r"name what you want, or write `\!` for a name that starts with `!`"
    raise Malformed(0, "`!` re-includes nothing here", hint)


def _without_trailing_spaces(data: bytes) -> bytes:
    """git ignores trailing spaces without a backslash (gitignore(5)), not tabs or returns."""
    if data[-1] != SPACE:
        return data
    body = data.rstrip(b" ")
    if not body:
        raise Malformed(0, "it is blank", r"write `\ ` for a name of one space")
    backslashes = len(body) - len(body.rstrip(b"\\"))
    return body + b" " if backslashes % 2 else body


def _parse(body: bytes) -> Pattern:
    first = body[0]
    if first == HASH:
        raise Malformed(0, "it is a comment", r"write `\#` for a name that starts with `#`")
    if first == BANG:
        reason = "`!` re-includes nothing below a directory that is matched"
        raise Malformed(0, reason, r"write the path under `forbids`, or `\!` for a name")
    directories = body[-1] == SLASH
    if directories:
        body = body[:-1]
    if SLASH not in body:
        (component,) = _components(body, 0)
        return Pattern([DEEP, b"*" if _is_deep(component) else component], directories)
    components = _components(body, 1 if first == SLASH else 0)
    return Pattern(_normal(components) if ASTERISK in body else components, directories)


def _components(body: bytes, start: int) -> list[bytes]:
    """Split `body` from `start` on at its slashes; raise `Malformed` if no path can match."""
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
            from guard.patterns.brackets import parse_class  # few patterns have a bracket

            _, at = parse_class(body, at)
        elif body[at] == SLASH:
            yield _required_name(body[begin:at], begin)
            begin = at = at + 1
        elif body[at] == BACKSLASH and escaped(body, at + 1) == SLASH:
            component = _required_name(body[begin:at], begin)
            if _is_deep(component):
                # wildmatch.c looks for a plain slash after `**`; before an escaped one it matches
                # one directory or more, not zero.
                yield b"*"
                component = DEEP
            yield component
            begin = at = at + 2
        else:
            at += 2 if body[at] == BACKSLASH else 1
    yield _required_name(body[begin:], begin)


def _required_name(component: bytes, at: int) -> bytes:
    if component in (b".", b".."):
        reason = f"no path has a component `{component.decode()}`"
        raise Malformed(at, reason, "leave it out: a pattern starts at the top of the repository")
    if component:
        return component
    hint = "remove the slash, or write `*` for everything"
    raise Malformed(at, "a slash has no name beside it", hint)


def _normal(components: list[bytes]) -> list[bytes]:
    """Write `DEEP` for asterisks alone; at the end they match one name or more, not zero."""
    normal = [DEEP if _is_deep(component) else component for component in components]
    return [*normal, b"*"] if normal[-1] == DEEP else normal


def _is_deep(component: bytes) -> bool:
    return component.startswith(DEEP) and not component.strip(b"*")


def parse_component(component: bytes) -> list[int]:
    """Give the places of a component: `STAR`, or the set of bytes that are accepted there.

    A run of stars is one (gitignore(5)). Raises `Malformed` where `dowild` aborts.
    """
    places: list[int] = []
    at = 0
    while at < len(component):
        byte = component[at]
        if byte == OPEN:
            from guard.patterns.brackets import parse_class  # few patterns have a bracket

            accepted, at = parse_class(component, at)
            places.append(accepted)
            continue
        if byte == BACKSLASH:
            at += 1
            places.append(1 << escaped(component, at))
        elif byte != ASTERISK:
            places.append(ANY_BYTE if byte == QUERY else 1 << byte)
        elif not places or places[-1] != STAR:
            places.append(STAR)
        at += 1
    return places


def escaped(data: bytes, at: int) -> int:
    """Give the byte at `at`, which follows a backslash; raise `Malformed` if there is none."""
    if at < len(data):
        return data[at]
    reason = "a backslash at the end escapes nothing"
    raise Malformed(at - 1, reason, r"write `\\` for a backslash, or remove it")
