"""OVL: do two sessions change the same files, or the same lines?"""

from collections.abc import Iterator

from guard.rules.between import Beside, Pair
from guard.rules.facts import Facts
from guard.rules.findings import Violation

_NEXT = "guard conflicts --diff"
_MOST = 3  # places in a message


def same_file(facts: Facts) -> Iterator[Violation]:
    """Do two sessions change the same file?

    Two sessions in one file have to be put together by somebody, and what git merges may still not
    work together. `guard check` compares the worktree as it is now with every other session as it
    is now, uncommitted work included. Where both changed the same lines, OVL002 says so instead.

    What to do: agree on who changes the file. `guard conflicts --diff` shows what both sides did.
    """
    for pair, other in _pairs(facts):
        stopped = {place.conflict.path: place for place in pair.places}
        near = {*pair.same_lines, *(path for path, one in stopped.items() if one.is_near)}
        for path in dict.fromkeys((*pair.same_files, *stopped)):
            if path not in near | _carried(facts, other):
                end = ", and git cannot merge the two" if path in stopped else ""
                yield Violation(path, f"{other} changes this file, too{end}", _NEXT)


def same_hunk(facts: Facts) -> Iterator[Violation]:
    """Do two sessions change the same lines?

    One of the two will meet a conflict, or git merges the two edits and nobody has looked at the
    result. `guard check` compares the worktree as it is now with every other session as it is now,
    uncommitted work included; git's own merge says where it would stop.

    What to do: talk to that session now, before either goes on. `guard conflicts --diff` shows what
    both sides did, and `guard conflicts --order` who integrates first.
    """
    for pair, other in _pairs(facts):
        carried = _carried(facts, other)
        for place in pair.places:
            if place.is_near and place.conflict.path not in carried:
                said = "; ".join(
                    f"{pair.a} {_range(one.a)}, {pair.b} {_range(one.b)}"
                    for one in place.lines[:_MOST]
                )
                message = f"{other} changes the same lines, and git would stop: {said}"
                yield Violation(place.conflict.path, message, _NEXT)
        for path in (one for one in pair.same_lines if one not in carried):
            message = f"{other} changes the same lines; git merges the two"
            yield Violation(path, message, _NEXT)


def _pairs(facts: Facts) -> Iterator[tuple[Pair, str]]:
    """The pairs of this session, each with the name of the other."""
    beside = facts.beside or Beside()
    for pair in beside.pairs or ():
        yield pair, pair.b if pair.a in beside.mine else pair.a


def _carried(facts: Facts, other: str) -> set[str]:
    """The paths that this branch carries from the other session's: stacked work is no meeting."""
    return {path for one in facts.carried if one.contract == other for path in one.paths}


def _range(lines: tuple[int, int]) -> str:
    first, last = lines
    if last < first:
        return f"after line {last}"
    return f"line {first}" if first == last else f"lines {first}-{last}"
