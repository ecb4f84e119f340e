"""Which paths two contracts both own, proved from their patterns alone.

A contract *may change* a path if its `owns`, or a shared group that it merges, has the path, its
`forbids` does not, and every shared group that has the path and breaks a contract is in its
`merges`. That is what OWN001, OWN002 and SHR001 let pass.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from guard.contracts.model import Contract, Policy
from guard.contracts.positions import line_of
from guard.patterns import PatternSet
from guard.patterns.meeting import Language, Undecided, meeting
from guard.patterns.shortest import Names
from guard.rules.between import Party
from guard.rules.findings import Decision
from guard.rules.reach import Reach, is_closed, reach_of

DISJOINT, OVERLAP, UNDECIDED = "disjoint", "overlap", "undecided"


class Overlap(NamedTuple):
    """Whether two contracts may change the same path.

    `verdict` is `disjoint`, `overlap` or `undecided`. For an overlap, `witness` is a shortest such
    path (a submodule's has a slash at its end) and `grants` has the line of each contract that
    grants it; for what is undecided, `grants` has the line of the pattern that is too complex.
    """

    a: Contract
    b: Contract
    verdict: str
    witness: str = ""
    grants: tuple[Decision, ...] = ()

    @property
    def merge_one_group(self) -> bool:
        """Whether both merge one shared group: SHR002 reports that instead."""
        return not {*self.a.merges}.isdisjoint(self.b.merges)


class Compared(NamedTuple):
    """Every pair of open contracts, and the tracked files that both may change, by their names.

    `ref` and `oid` are the base, "" if there is none. `left_out` has the contracts that take no
    paths, by name with the reason, `unreadable` the files that were not compared, each with why.
    `pushed` are the sessions whose branch is on a remote and not here.
    """

    policy: Policy
    ref: str
    oid: str
    pairs: tuple[Overlap, ...]
    files: Mapping[tuple[str, str], Sequence[str]]
    left_out: Mapping[str, str]
    unreadable: tuple[tuple[str, str], ...]
    pushed: tuple[Party, ...] = ()


def placed(compared: Compared) -> list[Overlap]:
    """Give the pairs that are a finding: not disjoint, and not merely alike.

    Alike are those that merge one group (SHR002 says so), and those that meet in no tracked file
    and only because plain names match at any depth.
    """
    comparison = Comparison(compared.policy)
    return [
        one
        for one in compared.pairs
        if one.verdict != DISJOINT and not one.merge_one_group
        if compared.files.get((one.a.name, one.b.name)) or comparison.is_placed(one)
    ]


def widens(before: Contract | None, after: Contract) -> bool:
    """Tell whether a contract may take paths that it did not take `before`, by its lines."""
    if before is None or (before.standing and not after.standing):
        return True
    added = {*after.owns, *after.merges} - {*before.owns, *before.merges}
    return bool(added or {*before.forbids} - {*after.forbids})


class Comparison:
    """Compares contracts by one policy; what one proof finds helps the next."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._names = Names()
        self._reaches: dict[Contract, Reach] = {}
        self._sets: dict[tuple[str, ...], PatternSet] = {}
        self._languages: dict[tuple[str, ...], Language] = {}

    def pairs(self, contracts: Sequence[Contract]) -> Iterator[Overlap]:
        """Compare every two contracts."""
        for place, a in enumerate(contracts):
            for b in contracts[place + 1 :]:
                yield self.between(a, b)

    def between(self, a: Contract, b: Contract) -> Overlap:
        """Compare two contracts."""
        try:
            witness = self._witness(*self._sides(a, b))
            if witness:
                grants = (self.grant(a, witness), self.grant(b, witness))
                return Overlap(a, b, OVERLAP, witness, grants)
            return self._generated(a, b) or Overlap(a, b, DISJOINT)
        except Undecided as error:
            lines = (_line(source, error.pattern) for source in (a, b, self._policy))
            return Overlap(a, b, UNDECIDED, grants=tuple(line for line in lines if line)[:1])

    def is_placed(self, overlap: Overlap) -> bool:
        """Tell whether two that overlap do so, too, if plain names are taken from the top.

        `docs/` is a folder of that name in any place: with `api/` it has `api/docs/` in common.
        """
        a, b = overlap.a, overlap.b
        placed = (
            one._replace(owns=tuple(dict.fromkeys(map(anchored, one.owns)))) for one in (a, b)
        )
        return overlap.verdict != OVERLAP or self.between(*placed).verdict != DISJOINT

    def advice(self, overlap: Overlap, *, exists: bool) -> str:
        """Say how to part the two patterns of an overlap; `exists`: a file in both is there."""
        if overlap.verdict == UNDECIDED:
            return "use fewer wildcards in this pattern"
        a, b = overlap.a.name, overlap.b.name
        one, other = (grant.pattern for grant in overlap.grants)
        if one in overlap.a.merges and other in overlap.b.merges:
            return f"leave the merge of {one} to one of the two"
        edits = [] if exists else self._from_the_top(one, other)
        if edits:
            return " and ".join(
                f'write "{anchored(pattern)}" for "{pattern}" in {name}'
                for name, pattern in ((a, one), (b, other))
                if pattern in edits
            )
        ways = [
            f'add "{pattern}" to forbids in {name}'
            for name, pattern, wide in ((a, other, one), (b, one, other))
            if not self._witness((pattern,), (pattern,), (wide,))
        ]
        if len(ways) == 1:
            return ways[0]
        if ways:
            return f'leave "{one}" to one of the two'
        return f'add "{other}" to forbids in {a}, or "{one}" in {b}'

    def _from_the_top(self, one: str, other: str) -> list[str]:
        """Those of two plain names that part them if they are taken from the top."""
        for edits in ([one], [other], [one, other]):
            ours, theirs = (anchored(each) if each in edits else each for each in (one, other))
            if (ours, theirs) != (one, other) and not self._witness((ours,), (theirs,), ()):
                return edits
        return []

    def _sides(
        self, a: Contract, b: Contract
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """What each may change, and what either may not."""
        one, other = self._reach(a), self._reach(b)
        return one.patterns, other.patterns, tuple(dict.fromkeys(one.without + other.without))

    def _reach(self, contract: Contract) -> Reach:
        if contract not in self._reaches:
            self._reaches[contract] = reach_of(contract, self._policy)
        return self._reaches[contract]

    def _witness(
        self, one: tuple[str, ...], other: tuple[str, ...], without: tuple[str, ...]
    ) -> str:
        found = meeting(self._language(one), self._language(other), without, self._names)
        return found.file or found.folder

    def _language(self, patterns: tuple[str, ...]) -> Language:
        if patterns not in self._languages:
            self._languages[patterns] = Language(patterns, self._names)
        return self._languages[patterns]

    def grant(self, contract: Contract, path: str) -> Decision:
        """Give the line of a contract that grants a path that it may change."""
        decided = self._set(contract.owns).decide(path)
        if decided:
            line = line_of(contract.text, *contract.within, "owns", decided.index)
            return Decision(contract.file, line, decided.pattern)
        merged = (group for group in self._policy.shared if group.name in contract.merges)
        return next(
            _merge_line(contract, group.name)
            for group in merged
            if self._set(group.paths).decide(path)
        )

    def _set(self, patterns: tuple[str, ...]) -> PatternSet:
        if patterns not in self._sets:
            self._sets[patterns] = PatternSet(patterns)
        return self._sets[patterns]

    def _generated(self, a: Contract, b: Contract) -> Overlap | None:
        """Two that merge a group of generated code: `.gitattributes` may declare any path such."""
        groups = [group for group in self._policy.shared if group.generated]
        closed = [group.name for group in groups if is_closed(self._policy, group)]
        common = [group.name for group in groups if group.name in {*a.merges} & {*b.merges}]
        if not common or not {*closed} <= {*common}:
            return None
        without = [*a.forbids, *b.forbids]
        for group in self._policy.shared:
            without += group.paths
        witness = self._witness(("*",), ("*",), tuple(dict.fromkeys(without)))
        if not witness:
            return None
        grants = (_merge_line(a, common[0]), _merge_line(b, common[0]))
        return Overlap(a, b, OVERLAP, witness, grants)


def anchored(pattern: str) -> str:
    """Give the pattern from the top of the repository if it is a plain name: `docs/` → `/docs/`."""
    is_plain = not set(pattern) & set("*?[\\")
    return "/" + pattern if is_plain and "/" not in pattern.rstrip(" ")[:-1] else pattern


def files_in(
    policy: Policy, overlaps: Sequence[Overlap], paths: Iterable[str]
) -> Mapping[tuple[str, str], list[str]]:
    """Give those of `paths` that both contracts of an overlap may change, by their two names.

    A submodule's path has a slash at its end.
    """
    pairs = [(one.a, one.b) for one in overlaps if one.verdict == OVERLAP]
    reaches = {one.name: reach_of(one, policy) for pair in pairs for one in pair}
    patterns: list[str] = []
    places: dict[str, tuple[int, int]] = {}  # name → the bits that grant, the bits that forbid
    for name, reach in reaches.items():
        places[name] = (
            _bits(len(patterns), len(reach.patterns)),
            _bits(len(patterns) + len(reach.patterns), len(reach.without)),
        )
        patterns += (*reach.patterns, *reach.without)
    bits = PatternSet(patterns).bits
    found: dict[tuple[str, str], list[str]] = {(a.name, b.name): [] for a, b in pairs}
    known: dict[int, list[list[str]]] = {}
    for path in paths if pairs else ():
        matched = bits(path)
        lists = known.get(matched)
        if lists is None:
            free = {
                name
                for name, (granting, forbidding) in places.items()
                if matched & granting and not matched & forbidding
            }
            lists = [each for pair, each in found.items() if free.issuperset(pair)]
            known[matched] = lists
        for each in lists:
            each.append(path)
    return found


def _bits(start: int, number: int) -> int:
    return ((1 << number) - 1) << start


def _merge_line(contract: Contract, group: str) -> Decision:
    index = contract.merges.index(group)
    line = line_of(contract.text, *contract.within, "merges", index)
    return Decision(contract.file, line, group)


def _line(source: Contract | Policy, pattern: str) -> Decision | None:
    """The line of a contract or the policy that has this pattern."""
    arrays: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    if isinstance(source, Policy):
        arrays = [(("shared", group.name, "paths"), group.paths) for group in source.shared]
    else:
        keys = {"owns": source.owns, "forbids": source.forbids}
        arrays = [((*source.within, key), patterns) for key, patterns in keys.items()]
    for key, patterns in arrays:
        if pattern in patterns:
            line = line_of(source.text, *key, patterns.index(pattern))
            return Decision(source.file, line, pattern)
    return None
