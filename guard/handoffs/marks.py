"""guard's own comments in a handoff: what it speaks of, what was drafted, and what a draft may write again.

They are HTML comments, which no reader of Markdown shows. `<!-- guard: handoff 1 contract=web tree=OID -->` stands once;
`<!-- guard: begin files DIGEST -->` and `<!-- guard: end SUMS -->` enclose a list that guard wrote, and tell what of it is as it was;
`<!-- guard: drafted DIGEST … -->` stands before text that the author has to replace.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

from guard.handoffs.values import Comment, Line, Mark

_HANDOFF = re.compile(r"guard: handoff 1\b(.*)", re.DOTALL)
_DRAFTED = re.compile(r"guard: drafted ([0-9a-f]{12})\b")
_BEGIN = re.compile(r"<!-- guard: begin ([a-z_]+) ([0-9a-f]{12}) -->")
_END = re.compile(r"<!-- guard: end((?: [0-9a-f]{4})*) -->")
_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def mark_line(contract: str, tree: str) -> str:
    """Give the comment that says whose handoff it is and which tree it speaks of."""
    return f"<!-- guard: handoff 1 contract={contract} tree={tree} -->"


def begin_line(key: str, block: str) -> str:
    """Give the comment before a list that guard writes; `block` is what stands between it and `END`."""
    return f"<!-- guard: begin {key} {checksum(block)} -->"


def end_line(lines: Iterable[str]) -> str:
    """Give the comment behind a list that guard writes, with a short sum of each of its items and labels."""
    return " ".join(
        [
            "<!-- guard: end",
            *(short_sum(line) for line in lines if line.startswith(("- ", "**"))),
            "-->",
        ]
    )


def ended(line: str) -> frozenset[str] | None:
    """Give the sums of the items and labels that guard wrote, from the line of source that ends its list; None for any other line."""
    found = _END.fullmatch(line.strip())
    return frozenset(found[1].split()) if found else None


def short_sum(line: str) -> str:
    """Give four hexadecimal digits by which a line is known again."""
    return hashlib.sha256(line.encode("utf-8", "surrogatepass")).hexdigest()[:4]


def drafted_line(said: str, advice: str) -> str:
    """Give the comment before text that was drafted for the author to replace. `said` is the text as `digest` is to see it."""
    return f"<!-- guard: drafted {digest(said)} {advice} -->"


def begun(line: str) -> tuple[str, str] | None:
    """Give the key and the digest of a line of source that begins a list of guard's."""
    found = _BEGIN.fullmatch(line.strip())
    return (found[1], found[2]) if found else None


def is_mark(line: str) -> bool:
    """Whether a line of source is the comment that `mark_line` gives."""
    return (
        line.startswith("<!--")
        and line.endswith("-->")
        and _HANDOFF.fullmatch(line[4:-3].strip()) is not None
    )


def mark_of(comments: Iterable[Comment]) -> Mark | None:
    """Give the first mark among a report's comments. A tree that is no object id counts as none named."""
    for comment in comments:
        found = _HANDOFF.fullmatch(comment.text)
        if found:
            words = dict(word.partition("=")[::2] for word in found[1].split())
            tree = words.get("tree", "")
            return Mark(
                comment.number, words.get("contract", ""), tree if _OID.fullmatch(tree) else ""
            )
    return None


def is_as_drafted(lines: Sequence[Line], comments: Iterable[Comment]) -> bool:
    """Whether a section still says what was drafted for its author to replace."""
    digests = {found[1] for comment in comments if (found := _DRAFTED.match(comment.text))}
    return bool(digests) and digest("\n".join(line.text for line in lines)) in digests


def is_drafted(comment: Comment) -> bool:
    """Whether a comment stands before text that its author has to replace."""
    return _DRAFTED.match(comment.text) is not None


def checksum(text: str) -> str:
    """Give twelve hexadecimal digits that any change of a text changes, blank lines around it aside."""
    return hashlib.sha256(text.strip("\n").encode("utf-8", "surrogatepass")).hexdigest()[:12]


def digest(text: str) -> str:
    """Give twelve hexadecimal digits that any change of a word changes; blanks, signs and letters' case do not."""
    words = re.findall(r"\w+", text.casefold())
    return hashlib.sha256(" ".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:12]
