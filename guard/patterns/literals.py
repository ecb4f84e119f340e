"""The literal text in every match of a pattern: it rules most patterns out before compilation."""

from __future__ import annotations

from guard.core.values import NamedTuple
from guard.patterns.pattern import to_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class Literal(NamedTuple):
    """How the path of every match begins, and what it contains; b"" if that is not fixed."""

    head: bytes
    piece: bytes


def literal_of(pattern: bytes) -> Literal:
    """Give the literal text of a well-formed pattern, up to its first bracket or backslash."""
    text = pattern.rstrip(b" ")
    sure = text.partition(b"[")[0].partition(b"\\")[0]
    parts = sure.replace(b"?", b"*").split(b"*")
    # A slash before the end anchors a pattern: a match begins with its head (gitignore(5)).
    head = parts[0].lstrip(b"/") if b"/" in text[:-1] else b""
    # A match contains each part, without the slashes at its ends: `**/` may match no slash at all.
    return Literal(head, max((part.strip(b"/") for part in parts), key=len))


def concerned(patterns: Sequence[str], paths: Iterable[str]) -> Iterator[str]:
    """Yield the patterns that may match one of the paths or a folder above it; no other does."""
    if not patterns:
        return
    there = b"\n" + b"\n".join(map(to_bytes, paths)) + b"\n"
    texts = to_bytes("\n".join(patterns) + "\n")
    simple = not any(special in texts for special in (b"?", b"[", b"\\", b" \n"))
    for pattern, text in zip(patterns, texts.split(b"\n")[:-1], strict=True):
        head = text.partition(b"*")[0].lstrip(b"/")
        anchored = b"/" in head[:-1] or (head and text[:1] == b"/")
        if simple and anchored:
            wanted = b"\n" + head
        else:
            literal = literal_of(text)
            wanted = b"\n" + literal.head if literal.head else literal.piece
        if wanted in there:
            yield pattern
