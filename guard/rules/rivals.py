"""CON003: can two open contracts own the same path?"""

from collections.abc import Iterator

from guard.contracts.model import Contract
from guard.rules.facts import Facts
from guard.rules.findings import Violation
from guard.rules.grants import named, others
from guard.rules.overlaps import DISJOINT, UNDECIDED, Comparison, Overlap, files_in
from guard.rules.reach import open_contracts

Found = tuple[Overlap, list[str]]


def overlapping_contracts(facts: Facts) -> Iterator[Violation]:
    """Can two open contracts own the same path?

    Two sessions that may change one file will collide there, and neither breaks its contract.
    Whether two contracts have a path in common is proved from `owns`, `forbids`, `merges` and the
    shared groups, for every path that git can have. A session gets the finding if its own contract
    is one of the two; on the base every pair is compared. Standing contracts, and those whose work
    the base has, take no paths. Two that meet only because plain names match at any depth (`docs/`
    and `api/`, in `api/docs/`) get the finding once a file that both own changed;
    `guard contract overlaps` shows them at once. Before a commit this is not asked.

    What to do: agree on who changes these files, then narrow one pattern or write it under
    `forbids` of the other contract, on the base. `guard contract overlaps` says which.
    """
    for overlap, paths in _found(facts):
        if facts.integrated & {overlap.a.name, overlap.b.name}:
            continue
        message = _message(overlap, paths)
        line = overlap.grants[0] if overlap.grants else None
        place = line.line if line and line.file == overlap.a.file else 0
        yield Violation(overlap.a.file, message, "guard contract overlaps", line, place)


def rivals(facts: Facts) -> list[Contract]:
    """Give the contracts that there is a finding about, unless their work is done."""
    found = {one.name: one for pair, _ in _found(facts) for one in (pair.a, pair.b)}
    own = facts.contract.name if facts.contract else ""
    return [contract for name, contract in found.items() if name != own]


def _found(facts: Facts) -> list[Found]:
    """The pairs that count, each with the changed paths that both own; worked out once."""
    asked = (facts.contract, facts.contracts, facts.policy, facts.changes, facts.beside)
    return facts.memo.once("overlaps", asked, lambda: list(_pairs(facts)))


def _pairs(facts: Facts) -> Iterator[Found]:
    comparison = Comparison(facts.policy)
    if facts.contract:
        brought = facts.beside.contracts if facts.beside else ()
        own, *rest = open_contracts((facts.contract, *others(facts), *brought))
        compared = [comparison.between(own, other) for other in rest]
    else:
        compared = list(comparison.pairs(open_contracts(facts.contracts)))
    meeting = [one for one in compared if one.verdict != DISJOINT and not one.merge_one_group]
    changed = files_in(facts.policy, meeting, (change.path for change in facts.changes))
    for overlap in meeting:
        paths = changed.get((overlap.a.name, overlap.b.name), [])
        if paths or comparison.is_placed(overlap):
            yield overlap, paths


def _message(overlap: Overlap, paths: list[str]) -> str:
    a, b = overlap.a, overlap.b
    if overlap.verdict == UNDECIDED:
        what = overlap.grants[0].pattern if overlap.grants else "a pattern"
        return f"{what} is too complex to compare contract {a.name} with contract {named(b)}"
    one, other = overlap.grants
    whose = f"{one.pattern} and {other.pattern} of contract {named(b)}, {other.file}:{other.line}"
    if not paths:
        return f"{whose}, overlap: both may change {overlap.witness}"
    more = f" and {len(paths) - 1:,} more" if len(paths) > 1 else ""
    return f"{whose}, overlap: both may change {paths[0]}{more}, changed here"
