"""Compares all open contracts of a repository, two by two."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from itertools import combinations

from guard.contracts.model import Contract, Policy
from guard.core.codes import OVERLAPPING, Severity
from guard.git.objects import Objects
from guard.git.repository import Repository, branch_of
from guard.rules import severity_in
from guard.rules.between import Party
from guard.rules.overlaps import DISJOINT, OVERLAP, Compared, Comparison, files_in, placed
from guard.rules.reach import open_contracts
from guard.sessions.between.company import surely_at_work
from guard.sessions.between.parties import pushed_parties
from guard.sessions.life.declaring import declared, read_all
from guard.verdict.integrated import done
from guard.verdict.opening import Sources
from guard.verdict.revs import require_remote
from guard.verdict.search import REMOTES, Search
from guard.verdict.side_by_side import Both, Standing, Wrong, tracked
from guard.verdict.trust import read_trust


def compare_contracts(repository: Repository, remote: str = "") -> Compared:
    """Compare the contracts on the base, and those that the working tree and sessions here add.

    With `remote`, also those that only its branches have as yet, as last fetched, and whose branch
    is there and not here. Raises GuardError where they cannot be read.
    """
    both = read_all(repository)
    contracts = [contract for contract, _ in both.contracts()]
    pushed: list[Party] = []
    if remote:
        require_remote(repository.git, remote)
        known = {contract.name for contract in contracts}
        with closing(Objects(repository.git)) as objects:
            trust = read_trust(Search(repository, objects, head=""), lenient=True)
            brought = declared(repository, objects, trust, f"{REMOTES}{remote}/")
            contracts += [contract for name, contract in brought.items() if name not in known]
            wide = trust._replace(contracts=tuple(contracts))
            pushed = pushed_parties(repository, wide, remote)
    compared = compare(repository, contracts, both.counting, both.base)
    unreadable = tuple((wrong.file, wrong.message) for wrong in _unreadable(both))
    return compared._replace(unreadable=unreadable, pushed=tuple(pushed))


def compare(
    repository: Repository,
    contracts: Sequence[Contract],
    where: Standing,
    base: Standing,
    only: Collection[str] = (),
) -> Compared:
    """Compare contracts by the policy and with the tracked files of a place.

    `base` tells whose work is done. With `only`, every pair has a contract of these names.
    """
    policy = where.policy or Policy()
    comparison = Comparison(policy)
    found = [
        comparison.between(one, other)
        for one, other in combinations(open_contracts(contracts), 2)
        if not only or one.name in only or other.name in only
    ]
    meeting = [pair for pair in found if pair.verdict != DISJOINT]
    concerned = {one.name: one for pair in meeting for one in (pair.a, pair.b)}
    integrated = done_on(repository, base, [*concerned.values()]) - {*only}
    pairs = [one for one in found if not integrated & {one.a.name, one.b.name}]
    overlapping = any(one.verdict == OVERLAP for one in pairs)
    return Compared(
        policy,
        base.ref,
        base.oid,
        tuple(pairs),
        files_in(policy, pairs, tracked(repository, where) if overlapping else []),
        {
            **{contract.name: "standing" for contract in contracts if contract.standing},
            **dict.fromkeys(sorted(integrated), "integrated"),
        },
        (),
    )


def stops(compared: Compared) -> bool:
    """Tell whether the policy lets no contract overlap with another, and one does (CON003)."""
    return severity_in(compared.policy, OVERLAPPING) == Severity.ERROR and bool(placed(compared))


def claimed(
    repository: Repository,
    contracts: Sequence[Contract],
    where: Standing,
    base: Standing,
    names: Collection[str],
) -> Compared:
    """Compare the contracts that are to count with all others; none if CON003 is off."""
    is_off = severity_in(where.policy or Policy(), OVERLAPPING) == Severity.OFF
    asked = () if is_off or not names else contracts
    return compare(repository, asked, where, base, names)


def done_on(
    repository: Repository, base: Standing, contracts: Sequence[Contract]
) -> frozenset[str]:
    """Give the names of those contracts whose work the base has; none if there is no base."""
    on_base = [contract for contract in contracts if base.contract(contract.name)]
    if not on_base:
        return frozenset()
    with closing(Objects(repository.git)) as objects:
        search = Search(repository, objects, branch=branch_of(repository))
        trust = read_trust(search, lenient=True)
        sources = Sources(repository, objects, trust)
        busy = surely_at_work(sources, on_base)
        return done(sources, [one for one in on_base if one.name not in busy])


def at_work(
    repository: Repository, base: Standing, contracts: Iterable[Contract], but: Collection[str]
) -> list[str]:
    """Give the names of the sessions that are at work on what is not on the base, but for some."""
    known = [contract for contract in contracts if not contract.standing]
    return sorted({one.name for one in known} - done_on(repository, base, known) - {*but})


def _unreadable(both: Both) -> tuple[Wrong, ...]:
    """What cannot be read where it counts."""
    counted = [*both.base.wrong]
    known = {wrong.file for wrong in counted} | set(both.base.files)
    return (*counted, *(wrong for wrong in both.tree.wrong if wrong.file not in known))
