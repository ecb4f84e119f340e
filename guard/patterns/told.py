"""The plain text that every match of a pattern has: enough to leave most patterns out before any is compiled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from guard.patterns.pattern import to_bytes


class Told(NamedTuple):
    """How the path of every match begins, and what it contains; b"" where the pattern does not tell."""

    head: bytes
    piece: bytes


def told_by(pattern: bytes) -> Told:
    """Give what a well-formed pattern tells of its matches. Behind a bracket or a backslash nothing is taken for plain text."""
    text = pattern.rstrip(b" ")
    sure = text
    for special in (b"[", b"\\"):
        sure = sure.partition(special)[0]
    parts = sure.replace(b"?", b"*").split(b"*")
    # With a slash before its end a pattern is anchored, and every match begins with its head (gitignore(5)).
    head = parts[0].lstrip(b"/") if b"/" in text[:-1] else b""
    # Every match contains each part, less the slashes at the part's ends: `**/` does not ask for its slash.
    return Told(
        head,
        max((part.strip(b"/") for part in parts), key=len)
        if len(parts) > 1
        else parts[0].strip(b"/"),
    )


def concerned(patterns: Sequence[str], paths: Iterable[str]) -> Iterator[str]:
    """Yield those of the patterns that may match one of the paths or a folder above it. The others match none."""
    if not patterns:
        return
    there = b"\n" + b"\n".join(map(to_bytes, paths)) + b"\n"
    texts = to_bytes("\n".join(patterns) + "\n")
    simple = not any(special in texts for special in _LESS_USUAL)
    for pattern, text in zip(patterns, texts.split(b"\n")[:-1], strict=True):
        head = text.partition(b"*")[0].lstrip(b"/")
        anchored = b"/" in head[:-1] or (head and text[:1] == b"/")
        wanted = b"\n" + head if simple and anchored else _wanted(told_by(text))
        if wanted in there:
            yield pattern


_LESS_USUAL = (b"?", b"[", b"\\", b" \n")


def _wanted(told: Told) -> bytes:
    return b"\n" + told.head if told.head else told.piece
