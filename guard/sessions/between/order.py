"""The largest set of sessions that merges cleanly one after another: found by pairs, then tried.

Pairs give the first guess, the largest set without a pair in conflict. git then merges it step by
step. Where that stops, those concerned are clean two by two. Merged in another order they may be
clean together: git knows a file that was moved and edited again by how much is left of it, so who
moved it should come last. If they are not, that set is forbidden as well, and the next largest is
tried.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from guard.changes.change import Change
from guard.changes.conflict import Conflict
from guard.git.merge import MergeError
from guard.rules.between import LeftOut, Order, Pair, Together
from guard.sessions.between.answers import Answers
from guard.sessions.between.history import History
from guard.sessions.between.landing import Landed

_EXACT = 24  # sessions that are tied by conflicts, among which every choice is looked at
_MERGES = 3  # at most, for each session
_TURNED = 3  # parties of which every order is tried if each is the last once

Sets = frozenset[frozenset[str]]


class _TriedEnough(Exception):
    """No more merges may be made."""


class _Stop(NamedTuple):
    """Where a chain of merges stopped: at which party, and on what."""

    name: str
    conflicts: tuple[Conflict, ...]


class _Chain:
    """Merges parties one after another; a beginning that was merged before is not merged again."""

    def __init__(self, answers: Answers, base: str, commits: Mapping[str, str]) -> None:
        self._answers = answers
        self._commits = commits
        self._steps: dict[tuple[str, ...], tuple[str, _Stop | None]] = {(): (base, None)}
        self._left = _MERGES * len(commits)

    def stop(self, names: Sequence[str]) -> _Stop | None:
        """Merge in this order; give where git stops. Raises _TriedEnough."""
        for end in range(1, len(names) + 1):
            done = tuple(names[:end])
            if done not in self._steps:
                self._steps[done] = self._step(self._steps[done[:-1]][0], done[-1])
            stop = self._steps[done][1]
            if stop:
                return stop
        return None

    def longest(self) -> list[str]:
        """Give the longest order that was merged without a stop."""
        clean = [list(names) for names, (_, stop) in self._steps.items() if stop is None]
        return max(clean, key=len)

    def _step(self, current: str, name: str) -> tuple[str, _Stop | None]:
        if not self._left:
            raise _TriedEnough
        self._left -= 1
        pair = (current, self._commits[name])
        merge = self._answers.merges([pair])[pair]
        if isinstance(merge, MergeError):
            return current, _Stop(name, ())
        if not merge.clean:
            return current, _Stop(name, merge.conflicts)
        return self._answers.commit(merge.tree, *pair, maker=pair), None


def best_order(
    answers: Answers,
    base: str,
    history: History,
    landed: Sequence[Landed],
    pairs: Sequence[Pair],
) -> Order:
    """Give the order of the parties that take part and do not conflict with the base.

    `history` has the heads of `landed`, in the same order. What a party is stacked on comes first.
    """
    able = [number for number, each in enumerate(landed) if _is_able(each)]
    below = {
        landed[number].party.name: sum(history.contains(number, other) for other in able)
        for number in able
    }
    names = sorted(below, key=lambda name: (below[name], name))
    conflicts = {
        frozenset((pair.a, pair.b))
        for pair in pairs
        if pair.verdict != "clean" and {pair.a, pair.b} <= below.keys()
    }
    touched = {each.party.name: each.touched.files for each in landed}
    # As whoever integrates will: the branch itself, since what it was built on decides what git
    # takes for a rename.
    chain = _Chain(answers, base, {each.party.name: each.party.commit for each in landed})
    before = answers.asked
    chosen, together, exact = _search(chain, names, conflicts, touched)
    forbidden = [*conflicts, *(frozenset(knot.names) for knot in together)]
    left_out = tuple(
        LeftOut(name, tuple(_because(name, chosen, forbidden)))
        for name in names
        if name not in chosen
    )
    return Order(tuple(chosen), left_out, tuple(together), exact, answers.asked - before)


def _is_able(each: Landed) -> bool:
    return each.party.takes_part and not each.contested


def _search(
    chain: _Chain,
    names: Sequence[str],
    conflicts: Iterable[frozenset[str]],
    touched: Mapping[str, Mapping[str, Change]],
) -> tuple[list[str], list[Together], bool]:
    forbidden, together, certain = set(conflicts), list[Together](), True
    try:
        while True:
            chosen, exact = _largest(names, frozenset(forbidden))
            tried = list[list[str]]()
            while stop := chain.stop(chosen):
                tried.append(chosen)
                knot = _knot(chosen, stop, touched)
                rest = [name for name in chosen if name not in knot]
                clean = next(
                    (one for one in _turned(knot, stop, touched) if not chain.stop(one)), []
                )
                order = [*clean[:-1], *rest, *clean[-1:]]
                if not clean or order in tried:
                    # The first two are the same in either order; of more, not every one was tried.
                    certain = certain and not clean and len(knot) <= _TURNED
                    together.append(Together(tuple(knot), stop.conflicts))
                    forbidden.add(frozenset(knot))
                    break
                chosen = order
            else:
                return chosen, together, exact and certain
    except _TriedEnough:
        return chain.longest(), together, False


def _turned(
    knot: Sequence[str], stop: _Stop, touched: Mapping[str, Mapping[str, Change]]
) -> Iterator[list[str]]:
    """Orders of a few, each with another one last: first those who moved what git stopped on."""
    paths = [path for conflict in stop.conflicts for path in conflict.paths]

    def stays(name: str) -> bool:
        return all(path not in touched[name] or touched[name][path].status != "D" for path in paths)

    for last in sorted(knot, key=stays):
        yield [*(name for name in knot if name != last), last]


def _knot(
    chosen: Sequence[str], stop: _Stop, touched: Mapping[str, Mapping[str, Change]]
) -> list[str]:
    """The parties before the stop that changed what git stopped on, and the one that stopped."""
    before = chosen[: chosen.index(stop.name)]
    paths = {path for conflict in stop.conflicts for path in conflict.paths}
    concerned = [name for name in before if not paths.isdisjoint(touched[name])]
    return [*(concerned or before), stop.name]


def _because(
    name: str, chosen: Sequence[str], forbidden: Iterable[frozenset[str]]
) -> Iterator[str]:
    inside = set(chosen)
    found = {
        other for knot in forbidden if name in knot and knot - {name} <= inside for other in knot
    }
    yield from (other for other in chosen if other in found)


def _largest(names: Sequence[str], forbidden: Sets) -> tuple[list[str], bool]:
    """The largest part of `names` that contains no forbidden set, and whether that is certain."""
    out: set[str] = set()
    exact = True
    for knot in _knots(forbidden):
        members = {name for found in knot for name in found}
        if len(members) <= _EXACT:
            out |= _fewest(knot, len(members)) or set()
        else:
            exact = False
            out |= _few(knot)
    return [name for name in names if name not in out], exact


def _knots(forbidden: Sets) -> Iterator[Sets]:
    """The forbidden sets, those with common members together."""
    rest = sorted(forbidden, key=sorted)
    while rest:
        knot, members = [rest[0]], set(rest[0])
        rest = rest[1:]
        while near := [found for found in rest if found & members]:
            knot += near
            members.update(*near)
            rest = [found for found in rest if found not in near]
        yield frozenset(knot)


def _fewest(forbidden: Sets, most: int) -> set[str] | None:
    """The fewest names, `most` at most, of which every forbidden set has one."""
    if not forbidden:
        return set()
    if not most or frozenset() in forbidden:
        return None
    name = _busiest(forbidden)
    without = _fewest(frozenset(found for found in forbidden if name not in found), most - 1)
    best = None if without is None else {name, *without}
    # Or that name stays, and the rest of its sets must be broken elsewhere.
    limit = most if best is None else len(best) - 1
    kept = _fewest(frozenset(found - {name} for found in forbidden), limit)
    return best if kept is None else kept


def _few(forbidden: Sets) -> set[str]:
    """Few names of which every forbidden set has one: always the busiest of those left."""
    out: set[str] = set()
    while rest := frozenset(found for found in forbidden if not found & out):
        out.add(_busiest(rest))
    return out


def _busiest(forbidden: Sets) -> str:
    counts = Counter(name for found in forbidden for name in found)
    return max(counts, key=lambda name: (counts[name], name))
