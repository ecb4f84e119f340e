"""What a contract may change once it is on the base."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from guard.contracts.model import Contract, Policy, SharedGroup
from guard.core.codes import Severity
from guard.patterns import PatternSet


class Reach(NamedTuple):
    """What one contract may change: what `patterns` match and `without` does not."""

    contract: Contract
    patterns: tuple[str, ...]
    without: tuple[str, ...]


def reach_of(contract: Contract, policy: Policy) -> Reach:
    """Give what a contract may change once it is on the base, generated code aside."""
    patterns, without = list(contract.owns), list(contract.forbids)
    for group in policy.shared:
        if group.name in contract.merges:
            patterns += group.paths
        elif is_closed(policy, group):
            without += group.paths
    return Reach(contract, tuple(dict.fromkeys(patterns)), tuple(dict.fromkeys(without)))


def is_closed(policy: Policy, group: SharedGroup) -> bool:
    """Tell whether a change in a group breaks the contract of a session that does not merge it."""
    return min(policy.severities.get("SHR001", Severity.ERROR), group.at_most) == Severity.ERROR


def open_contracts(contracts: Iterable[Contract], done: Iterable[str] = ()) -> list[Contract]:
    """Give the contracts that take paths: not standing, and their work is not `done`."""
    names = frozenset(done)
    return [one for one in contracts if not one.standing and one.name not in names]


def owned_by(contract: Contract, policy: Policy) -> Callable[[str], bool]:
    """Give the question whether a path is a contract's: owned or in a group that it merges."""
    reach = reach_of(contract, policy)
    owns, forbids = PatternSet(reach.patterns), PatternSet(contract.forbids)
    return lambda path: bool(owns.decide(path) and not forbids.decide(path))
