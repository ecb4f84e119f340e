"""One component of a pattern, the text between two slashes: the bytes that each place accepts.

The language is that of git's wildmatch.c (`dowild`), which knows only bytes: `?` and `[…]` match
one byte, not one character, and letters, digits and the like are those of ASCII.
"""

from __future__ import annotations

STAR = -1  # a place for any number of bytes; other places are sets of bytes: bit 97 stands for `a`
ANY_BYTE = (1 << 256) - 1
NUL, NEWLINE, SPACE, BANG, HASH, ASTERISK, DASH, SLASH, COLON, QUERY, OPEN, BACKSLASH, CLOSE = (
    b"\0\n !#*-/:?[\\]"
)


class Malformed(Exception):
    """The component matches no name. `at` is the 0-based byte of the error, `hint` its remedy."""

    def __init__(self, at: int, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.at = at
        self.reason = reason
        self.hint = hint


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
