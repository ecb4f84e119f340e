"""OWN: does the session stay inside its contract?"""

from __future__ import annotations

from guard.contracts.positions import line_of
from guard.rules.advice import called_back, leave_out, leave_out_or_widen
from guard.rules.findings import Decision, Violation
from guard.rules.grants import Owners, forbidding, merging, named, others, owning
from guard.rules.moves import moves
from guard.rules.rule import Instead, worst_for
from guard.rules.survey import is_self_declared, survey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guard.rules.facts import Facts
    from guard.rules.taken import Takers

INSTEAD_OUTSIDE = Instead(
    before="Leave that file as it is and stay inside the contract; what has to change there "
    "belongs in the handoff, as follow-up work. Only a change of the contract on {base} allows it.",
    after="Take back what this session wrote outside of its contract, or move it inside; "
    "leave the rest of those files as it is.",
)
INSTEAD_FORBIDDEN = Instead(
    before="Leave that file as it is; what has to change there belongs in the handoff, "
    "as follow-up work.",
    after="Take back what this session wrote in a forbidden place; "
    "leave the rest of those files as it is.",
)


def outside_contract(facts: Facts) -> Iterator[Violation]:
    """Is every changed path owned by the contract?

    A session may change what its contract's `owns` matches, the files of a shared group whose merge
    it owns (`merges`), its own handoff and its own first declaration. A change of another path can
    collide with work that nobody announced. A moved file is judged at its old and at its new path.
    A contract that is not on the base yet owns nothing that another contract there owns, unless
    that is of a standing session or its work is on the base already, nor what a shared group has.
    On a branch without a contract, a person is told of such paths as `missing` under `[contracts]`
    says (`warning` or `note`), and an agent is refused them.

    What to do: take the file out of the change, or add a pattern to `owns`, on the base.
    `guard explain PATH` gives the command.
    """
    contract = facts.contract
    if not contract:
        yield from _of_others(facts)
        return
    seen = survey(facts)
    forbidden = {change.path for change in seen.forbidden}  # those that `forbidding` may name
    outside = [
        change.path
        for change in seen.unowned
        if not merging(facts, change.path)
        and not (change.path in forbidden and forbidding(facts, contract, change.path))
    ]
    if not outside:
        return
    moved = moves(facts.changes)
    owners = Owners(facts, others(facts))
    owns = Decision(contract.file, line_of(contract.text, "owns"), "")
    takers = _takers(facts) if is_self_declared(facts) else None
    for path in outside:
        taken = takers.of(path) if takers and owning(facts, contract, path) else None
        if taken:
            message = f"contract {contract.name} is not on {facts.trusted.granting} yet"
            message += f" and does not own this path{moved.get(path, '')}; {taken.who}"
            yield Violation(path, message, leave_out_or_widen(facts, path), taken.line)
            continue
        message = f"contract {contract.name} does not own this path{moved.get(path, '')}"
        step = leave_out_or_widen(facts, path)
        yield Violation(path, f"{message}; {_whose(owners, path)}", step, owns)


def forbidden_path(facts: Facts) -> Iterator[Violation]:
    """Is a forbidden path touched?

    `forbids` names what a session must not change. It wins over `owns` and `merges`. Deleting a
    file, or moving it out of a forbidden folder, changes it as well. Only the session's own handoff
    and its own first declaration are exempt.

    What to do: take the file out of the change. If the contract is wrong, remove the line from
    `forbids`, on the base; `guard explain PATH` lists the lines.
    """
    contract = facts.contract
    if not contract or not contract.forbids:
        return
    touched = survey(facts).forbidden
    moved = moves(facts.changes) if touched else {}
    for path in (change.path for change in touched):
        decision = forbidding(facts, contract, path)
        pattern = decision.pattern if decision else ""
        message = f"contract {contract.name} forbids this path by {pattern}{moved.get(path, '')}"
        yield Violation(path, message, leave_out(facts, path), decision)


def _takers(facts: Facts) -> Takers:
    from guard.rules.taken import Takers  # most contracts are on the base

    return Takers(facts)


def _of_others(facts: Facts) -> Iterator[Violation]:
    """Without a contract nothing is owned, and only what open contracts own is told."""
    from guard.rules.taken import taking  # most branches have one

    owners, moved = Owners(facts, taking(facts)), moves(facts.changes)
    where = f"branch {facts.branch}" if facts.branch else "a detached HEAD"
    for path in (change.path for change in survey(facts).unowned):
        for contract, line in owners.of(path):
            message = f"contract {named(contract)} owns this path{moved.get(path, '')}"
            message += f", and {where} has no contract"
            step = called_back(facts) or leave_out(facts, path)
            yield Violation(path, message, step, line, at_most=worst_for(facts))
            break


def _whose(owners: Owners, path: str) -> str:
    found = [
        f"contract {named(contract)} does, {line.file}:{line.line}"
        for contract, line in owners.of(path)
    ]
    if len(found) > 3:
        found[3:] = [f"and {len(found) - 3} more"]
    return ", ".join(found) or "no contract does"
