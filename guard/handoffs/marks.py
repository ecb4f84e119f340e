"""guard's own comments in a handoff; readers of Markdown do not show HTML comments.

`<!-- guard: handoff 1 contract=web change=DIGEST -->` tells which change the handoff describes; an
older one names the tree of the files instead, `tree=OID`.
`<!-- guard: begin files DIGEST -->` and `<!-- guard: end SUMS -->` enclose a list that guard wrote;
the digest and the sums tell which of its lines have been edited.
`<!-- guard: drafted DIGEST … -->` precedes text that the author has to replace.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from guard.core.names import is_object_id
from guard.handoffs.values import Comment, Line, Mark

_HANDOFF = re.compile(r"guard: handoff 1\b(.*)", re.DOTALL)
_MARK = re.compile(rf"<!--\s*{_HANDOFF.pattern}-->", re.DOTALL)
_DRAFTED = re.compile(r"guard: drafted ([0-9a-f]{12})\b")
_BEGIN = re.compile(r"<!-- guard: begin ([a-z_]+) ([0-9a-f]{12}) -->")
_END = re.compile(r"<!-- guard: end((?: [0-9a-f]{4})*) -->")


def mark_line(contract: str, change: str) -> str:
    """Give the comment that names the contract and the fingerprint of the change of a handoff."""
    return f"<!-- guard: handoff 1 contract={contract} change={change} -->"


def is_mark(line: str) -> bool:
    """Tell whether a source line is a comment as `mark_line` gives it."""
    return _MARK.fullmatch(line) is not None


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


def block(key: str, lines: Sequence[str], own: Sequence[str] | None = None) -> list[str]:
    """Give a list of guard's with the comments around it.

    `own` are its lines without an author's additions, if there are any. The blank lines keep
    Markdown from reading the first item as part of the comment.
    """
    own = lines if own is None else own
    begin = f"<!-- guard: begin {key} {_checksum(own)} -->"
    sums = [short_sum(line) for line in own if line.startswith(("- ", "**"))]
    return [begin, "", *lines, "", " ".join(["<!-- guard: end", *sums, "-->"])]


class Block(NamedTuple):
    """A list of guard's: the indices of the comments around it, and the sums of its lines."""

    begin: int
    end: int
    sums: frozenset[str]
    edited: bool


def blocks(lines: Sequence[str], key: str, span: tuple[int, int]) -> Iterator[Block]:
    """Yield the lists `key` of guard's in a section, whose first and last line `span` has."""
    begin, digest = -1, ""
    for at in range(span[0], min(span[1], len(lines))):
        line = lines[at].strip()
        begins, ends = _BEGIN.fullmatch(line), _END.fullmatch(line)
        if begins and begins[1] == key:
            begin, digest = at, begins[2]
        elif begin >= 0 and ends:
            edited = _checksum(lines[begin + 1 : at]) != digest
            yield Block(begin, at, frozenset(ends[1].split()), edited)
            begin = -1


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


def digest(text: str) -> str:
    """Give twelve hexadecimal digits of a text's words; case, blanks and signs do not count."""
    return _sha256(" ".join(re.findall(r"\w+", text.casefold())))[:12]


def _checksum(lines: Sequence[str]) -> str:
    """Blank lines around a list do not count."""
    return _sha256("\n".join(lines).strip("\n"))[:12]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
