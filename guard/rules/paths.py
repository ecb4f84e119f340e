"""All changed paths sorted by all patterns that concern them, in one pass: what tells whether a rule about paths has anything to ask."""

from __future__ import annotations

from guard.core.values import NamedTuple
from guard.patterns import PatternSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guard.changes.change import Change
    from guard.rules.facts import Facts

_FEW = 5  # patterns a path: with more than that, those that cannot match are left out before the others are compiled
_MOST_COMPILED = 4096  # lists of patterns that are kept


class Survey(NamedTuple):
    """The changes that `owns` does not have, that `forbids` has, and that some shared group lists. The session's own files are in none."""

    unowned: tuple[Change, ...] = ()
    forbidden: tuple[Change, ...] = ()
    listed: tuple[Change, ...] = ()


def survey(facts: Facts) -> Survey:
    """Sort the changes by all patterns that concern them in one pass: what each rule about paths begins with, worked out once."""
    asked = (facts.changes, facts.contract, facts.policy, facts.own_files)
    known, answer = _LATEST[0]
    if not all(one is other for one, other in zip(asked, known, strict=True)):
        answer = _surveyed(facts)
        _LATEST[0] = (asked, answer)
    return answer


def compiled(patterns: tuple[str, ...]) -> PatternSet:
    """Compile a list of patterns, once for all rules."""
    known = _COMPILED.get(patterns)
    if known is None:
        if len(_COMPILED) >= _MOST_COMPILED:
            _COMPILED.clear()
        known = _COMPILED[patterns] = PatternSet(patterns)
    return known


_COMPILED: dict[tuple[str, ...], PatternSet] = {}
# The latest question and its answer; worktrees that are judged side by side replace it whole, and at worst ask again.
_LATEST: list[tuple[tuple[object, ...], Survey]] = [((None,) * 4, Survey())]


def _surveyed(facts: Facts) -> Survey:
    owns, forbids = (facts.contract.owns, facts.contract.forbids) if facts.contract else ((), ())
    shared = tuple(pattern for group in facts.policy.shared for pattern in group.paths)
    if len(facts.changes) * _FEW < len(owns) + len(forbids) + len(shared):
        owns, forbids, shared = (
            _concerned(patterns, facts.changes) for patterns in (owns, forbids, shared)
        )
    bits = compiled(owns + forbids + shared).bits
    own, forbidden = (1 << len(owns)) - 1, (1 << len(owns) + len(forbids)) - (1 << len(owns))
    marked = [
        (change, bits(change.path))
        for change in facts.changes
        if change.path not in facts.own_files
    ]
    return Survey(
        tuple(change for change, found in marked if not found & own),
        tuple(change for change, found in marked if found & forbidden),
        tuple(change for change, found in marked if found >> len(owns) + len(forbids)),
    )


def _concerned(patterns: tuple[str, ...], changes: Sequence[Change]) -> tuple[str, ...]:
    from guard.patterns.literals import concerned  # few patterns are compiled as they are

    return tuple(concerned(patterns, (change.path for change in changes)))
