"""OWN: does the session stay inside its contract?"""

from __future__ import annotations

from guard.contracts.positions import line_of
from guard.rules.advice import leave_out
from guard.rules.findings import Decision, Violation
from guard.rules.grants import Owners, forbidding, merging, others
from guard.rules.moves import moves
from guard.rules.paths import survey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guard.contracts.model import Contract
    from guard.rules.facts import Facts


def outside_contract(facts: Facts) -> Iterator[Violation]:
    """Is every changed path owned by the contract?

    A session may change what a pattern of its contract's `owns` matches, what a shared group has whose merge it owns (`merges`), its own
    handoff and its own first declaration. Everything else belongs to somebody else or to nobody, and a change there meets other work
    unannounced. A moved file is judged twice, where it was and where it is now.

    What to do: take the file out of the change; or let the contract own it, with one more pattern in `owns`, on the base.
    `guard explain PATH` writes the line to add.
    """
    contract = facts.contract
    if not contract:
        return
    outside = [
        change
        for change in survey(facts).unowned
        if not merging(facts, change.path) and not forbidding(contract, change.path)
    ]
    if not outside:
        return
    told = moves(facts.changes)
    owners = Owners(others(facts))
    owns = Decision(contract.file, line_of(contract.text, "owns"), "")
    for change in outside:
        message = f"contract {contract.name} does not own this path{told.get(change.path, '')}; {_whose(owners, change.path)}"
        yield Violation(change.path, message, leave_out(facts, change.path), owns)


def forbidden_path(facts: Facts) -> Iterator[Violation]:
    """Is a forbidden path touched?

    `forbids` names what a session must not change, whatever else its contract owns: it wins over `owns` and over `merges`. A file moved
    out of a forbidden folder was changed there, and so was one that was deleted. Only the session's own handoff and its own first
    declaration are not asked about.

    What to do: take the file out of the change. If the contract is wrong, take the line that decided out of `forbids`, on the base;
    `guard explain PATH` tells which lines.
    """
    contract = facts.contract
    if not contract or not contract.forbids:
        return
    touched = survey(facts).forbidden
    told = moves(facts.changes) if touched else {}
    for change in touched:
        decision = forbidding(contract, change.path)
        pattern = decision.pattern if decision else ""
        message = (
            f"contract {contract.name} forbids this path by {pattern}{told.get(change.path, '')}"
        )
        yield Violation(change.path, message, leave_out(facts, change.path), decision)


def _whose(owners: Owners, path: str) -> str:
    """Tell who owns a path that is not this session's."""
    told = [
        f"contract {contract.name}{_of(contract)} does, {line.file}:{line.line}"
        for contract, line in owners.of(path)
    ]
    if len(told) > 3:
        told[3:] = [f"and {len(told) - 3} more"]
    return ", ".join(told) or "no contract does"


def _of(contract: Contract) -> str:
    return f" ({contract.owner})" if contract.owner else ""
