"""What a merge commit left out of a file on which the merge of its parents conflicts.

git marks such a file in the style `diff3` (git-merge(1), "HOW CONFLICTS ARE PRESENTED").
"""

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

_SECTIONS = (b"<<<<<<< ", b"||||||| ", b"======= ", b">>>>>>> ")
# A bracket, an empty line and a mark from the merge of several merge bases are no loss.
_WEIGHTY = re.compile(r"(?!<<<<<<<|\|\|\|\|\|\|\||>>>>>>>).*\w.*\w.*\w")


class Lost(NamedTuple):
    """Lines of one side that are nowhere in the result, without blanks around them.

    `whole`: the result is the other side's file, and these lines do not conflict with it.
    """

    lines: tuple[str, ...]
    whole: bool


def lost(marked: bytes, result: bytes, sides: Collection[bytes]) -> Lost | None:
    """Compare a marked file with what the merge commit made of it; `sides` are its parents' files.

    Within a conflict one side's lines are lost if both sides only added lines, and the result has
    none of this side's and some of the other's, or is the other side's file, which may differ by
    white space alone.
    """
    present = set(_lines(result))
    apart, conflicts = _parted(marked)
    if result in sides:
        gone = [line for line in apart if _is_weighty(line) and line not in present]
        if gone:
            return Lost(_shown(gone), whole=True)
    gone = []
    for ours, base, theirs in conflicts:
        if not set(base) <= set(ours) & set(theirs):
            continue
        added = [_only_in(ours, base, theirs), _only_in(theirs, base, ours)]
        left_out = [side for side in added if side and present.isdisjoint(side)]
        if len(left_out) == 1 and (
            result in sides or not present.isdisjoint([*added[0], *added[1]])
        ):
            gone += left_out[0]
    return Lost(_shown(gone), whole=False) if gone else None


def has_one(content: bytes, lines: Collection[str]) -> bool:
    """Tell whether a file has one of the lines of `Lost`."""
    return not set(_shown(_lines(content))).isdisjoint(lines)


def _parted(marked: bytes) -> tuple[list[bytes], list[list[list[bytes]]]]:
    """The lines outside of all conflicts, and of each conflict ours, the base's and theirs."""
    apart: list[bytes] = []
    conflicts: list[list[list[bytes]]] = []
    current: list[list[bytes]] = []
    for line in marked.split(b"\n"):
        if (line.rstrip() + b" ").startswith(_SECTIONS[len(current)]):
            current.append([])
            if len(current) == len(_SECTIONS):
                conflicts.append(current[:-1])
                current = []
        else:
            (current[-1] if current else apart).append(_squeezed(line))
    return apart, conflicts


def _only_in(side: Iterable[bytes], *others: list[bytes]) -> list[bytes]:
    elsewhere = set().union(*others)
    return [line for line in side if _is_weighty(line) and line not in elsewhere]


def _is_weighty(line: bytes) -> bool:
    return _WEIGHTY.match(line.decode("utf-8", "replace")) is not None


def _lines(content: bytes) -> list[bytes]:
    return [_squeezed(line) for line in content.split(b"\n")]


def _squeezed(line: bytes) -> bytes:
    return b" ".join(line.split())


def _shown(lines: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(line.decode("utf-8", "replace") for line in lines)
