"""guard's own comments in a handoff; readers of Markdown do not show HTML comments.

`<!-- guard: handoff 1 contract=web change=DIGEST -->` tells which change the handoff describes; an
older one names the tree of the files instead, `tree=OID`.
`<!-- guard: begin files DIGEST -->` and `<!-- guard: end SUMS -->` enclose a list that guard wrote;
the digest and the sums tell which of its lines have been edited.
`<!-- guard: drafted DIGEST … -->` precedes text that the author has to replace.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence

from guard.core.names import is_object_id
from guard.handoffs.values import Comment, Line, Mark

_HANDOFF = re.compile(r"guard: handoff 1\b(.*)", re.DOTALL)
_DRAFTED = re.compile(r"guard: drafted ([0-9a-f]{12})\b")
_BEGIN = re.compile(r"<!-- guard: begin ([a-z_]+) ([0-9a-f]{12}) -->")
_END = re.compile(r"<!-- guard: end((?: [0-9a-f]{4})*) -->")


def mark_line(contract: str, change: str) -> str:
    """Give the comment that names the contract and the fingerprint of the change of a handoff."""
    return f"<!-- guard: handoff 1 contract={contract} change={change} -->"


def is_mark(line: str) -> bool:
    """Tell whether a source line is a comment as `mark_line` gives it."""
    is_comment = line.startswith("<!--") and line.endswith("-->")
    return is_comment and _HANDOFF.fullmatch(line[4:-3].strip()) is not None


def mark_of(comments: Iterable[Comment]) -> Mark | None:
    """Give the first mark among comments. What is no hexadecimal id is read as "" (none)."""
    for comment in comments:
        found = _HANDOFF.fullmatch(comment.text)
        if found:
            words = dict(word.partition("=")[::2] for word in found[1].split())
            ids = {name: word for name, word in words.items() if is_object_id(word)}
            contract = words.get("contract", "")
            return Mark(comment.number, contract, ids.get("change", ""), ids.get("tree", ""))
    return None


def begin_line(key: str, block: str) -> str:
    """Give the comment before a list that guard writes; `block` is the list's text."""
    return f"<!-- guard: begin {key} {checksum(block)} -->"


def begun(line: str) -> tuple[str, str]:
    """Give the section's key and the checksum from a `begin_line`; "" twice for another line."""
    found = _BEGIN.fullmatch(line.strip())
    return (found[1], found[2]) if found else ("", "")


def end_line(lines: Iterable[str]) -> str:
    """Give the comment after a list that guard writes, with the sum of each item and label."""
    sums = [short_sum(line) for line in lines if line.startswith(("- ", "**"))]
    return " ".join(["<!-- guard: end", *sums, "-->"])


def ended(line: str) -> frozenset[str] | None:
    """Give the sums from an `end_line`; None for any other line."""
    found = _END.fullmatch(line.strip())
    return frozenset(found[1].split()) if found else None


def drafted_line(said: str, advice: str) -> str:
    """Give the comment before drafted text that the author has to replace; `said` is the text."""
    return f"<!-- guard: drafted {digest(said)} {advice} -->"


def is_drafted(comment: Comment) -> bool:
    """Tell whether a comment is a `drafted_line`."""
    return _DRAFTED.match(comment.text) is not None


def is_as_drafted(lines: Sequence[Line], comments: Iterable[Comment]) -> bool:
    """Tell whether a section still has the words that were drafted for its author to replace."""
    digests = {found[1] for comment in comments if (found := _DRAFTED.match(comment.text))}
    return bool(digests) and digest("\n".join(line.text for line in lines)) in digests


def short_sum(line: str) -> str:
    """Give four hexadecimal digits by which a line of guard's is recognised."""
    return _sha256(line)[:4]


def checksum(text: str) -> str:
    """Give twelve hexadecimal digits of a text; blank lines around it do not count."""
    return _sha256(text.strip("\n"))[:12]


def digest(text: str) -> str:
    """Give twelve hexadecimal digits of a text's words; case, blanks and signs do not count."""
    return _sha256(" ".join(re.findall(r"\w+", text.casefold())))[:12]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
