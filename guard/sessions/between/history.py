"""Which sessions share commits that the base lacks, and where each left the base: from one log."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from guard.git.plumbing import Git


class History(NamedTuple):
    """The commits that the base lacks. Heads are numbered; a set of them is the bits of a number.

    `holders` are the heads that have a commit, children before parents. `roots` are the commits of
    the base at which a head's own commits begin; a head that is on the base is its own root.
    """

    heads: tuple[str, ...]
    parents: dict[str, tuple[str, ...]]
    holders: dict[str, int]
    roots: tuple[frozenset[str], ...]

    def stacked(self) -> Iterator[tuple[int, int]]:
        """Yield the pairs of heads that share a commit, once each."""
        found: set[tuple[int, int]] = set()
        for bits in set(self.holders.values()):
            found.update(combinations(_numbers(bits), 2))
        yield from sorted(found)

    def contains(self, outer: int, inner: int) -> bool:
        """Tell whether one head has all commits of another."""
        return bool(self.holders.get(self.heads[inner], 0) >> outer & 1)

    def fork(self, one: int, other: int) -> str:
        """Give the only merge base of two stacked heads; "" if there may be several.

        Both have left the base where that commit did, so no commit of the base is another one.
        """
        both = 1 << one | 1 << other
        shared = [commit for commit, bits in self.holders.items() if bits & both == both]
        inside = set(shared)
        below = {shared[0]}
        for commit in shared:  # parents come after their children
            if commit in below:
                below.update(inside.intersection(self.parents[commit]))
        outside = {parent for commit in shared for parent in self.parents[commit]} - inside
        is_one = len(below) == len(shared) and self.roots[one] == self.roots[other] == outside
        return shared[0] if is_one else ""


def ahead_of_base(history: History) -> list[int]:
    """Count the commits of each head that the base lacks."""
    found = [0] * len(history.heads)
    for bits in history.holders.values():
        for number in _numbers(bits):
            found[number] += 1
    return found


def behind_base(git: Git, base: str, history: History) -> list[int]:
    """Count the commits of the base that each head lacks: those that none of its roots has."""
    every = sorted({root for roots in history.roots for root in roots})
    if every in ([], [base]):
        return [0] * len(history.heads)
    places = {root: 1 << number for number, root in enumerate(every)}
    # What all roots have is not listed: no head lacks it.
    words = ("merge-base", "--octopus", *every)
    common = git.run(*words, ok=(0, 1)).text.split() if all(history.roots) else []
    having: dict[str, int] = {}  # commit → the bits of the roots that have it
    alike: Counter[int] = Counter()
    for commit, parents in _commits(git, [base], common):
        bits = having.pop(commit, 0) | places.get(commit, 0)
        alike[bits] += 1
        for parent in parents:
            having[parent] = having.get(parent, 0) | bits
    lacking: dict[frozenset[str], int] = {}
    for roots in set(history.roots):
        own = sum(places[root] for root in roots)
        lacking[roots] = sum(count for bits, count in alike.items() if not bits & own)
    return [lacking[roots] for roots in history.roots]


def read_history(git: Git, base: str, heads: Sequence[str]) -> History:
    """Read the commits that some of `heads` have and `base` lacks (git-rev-list(1))."""
    parents = dict(_commits(git, heads, [base]))
    holders = dict.fromkeys(parents, 0)
    roots: list[set[str]] = [set() for _ in heads]
    for number, head in enumerate(heads):
        if head in holders:
            holders[head] |= 1 << number
        else:
            roots[number].add(head)
    reached: dict[str, int] = {}
    for child, those in parents.items():
        for parent in those:
            if parent in holders:
                holders[parent] |= holders[child]
            else:
                reached[parent] = reached.get(parent, 0) | holders[child]
    for commit, bits in reached.items():
        for number in _numbers(bits):
            roots[number].add(commit)
    return History(tuple(heads), parents, holders, tuple(map(frozenset, roots)))


def _commits(
    git: Git, heads: Iterable[str], bases: Iterable[str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The commits that `heads` have and `bases` lack, children before parents, with the parents."""
    stdin = "".join(f"{oid}\n" for oid in (*heads, *(f"^{oid}" for oid in bases))).encode()
    listed = git.run("rev-list", "--topo-order", "--parents", "--stdin", stdin=stdin).text
    for line in listed.splitlines():
        commit, *parents = line.split(" ")
        yield commit, tuple(parents)


def _numbers(bits: int) -> list[int]:
    """The heads whose bits are set, in order."""
    found = []
    while bits:
        lowest = bits & -bits
        found.append(lowest.bit_length() - 1)
        bits ^= lowest
    return found
