"""What a self-declared contract does not grant, whatever its `owns` says: what is others' already.

That is what an open contract on the base owns, and what a shared group has. Contracts of standing
and of integrated sessions take no paths.
"""

from __future__ import annotations

from guard.core.codes import Severity
from guard.core.values import NamedTuple
from guard.rules.grants import Owners, named, others, sharing
from guard.rules.survey import is_self_declared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.contracts.model import Contract
    from guard.rules.facts import Facts
    from guard.rules.findings import Decision


class Taken(NamedTuple):
    """Who has a path, in words, and the line that says so."""

    who: str
    line: Decision


class Takers:
    """Tells what is taken from the session's own contract; nothing from one on the base."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._owners = Owners(facts, taking(facts))

    def of(self, path: str) -> Taken | None:
        """Say who takes a path; None if nobody does, or if SHR001 stops the session there."""
        facts = self._facts
        if not is_self_declared(facts) or path in facts.own_files:
            return None
        for contract, line in self._owners.of(path):
            return Taken(f"contract {named(contract)} does, {line.file}:{line.line}", line)
        if facts.policy.severities.get("SHR001", Severity.ERROR) != Severity.ERROR:
            for group, line in sharing(facts, path):
                return Taken(f"shared group {group.name} has it", line)
        return None


def taking(facts: Facts) -> tuple[Contract, ...]:
    """Give the contracts on the base that take paths: none from one that is there, too."""
    if facts.contract and not is_self_declared(facts):
        return ()
    return tuple(
        contract
        for contract in others(facts)
        if not contract.standing and contract.name not in facts.integrated
    )
