"""SHR: who edits the files that every session needs?"""

from __future__ import annotations

from guard.core.codes import Severity
from guard.rules.advice import leave_out_or_widen
from guard.rules.findings import Violation
from guard.rules.grants import merge_grant, merge_line, named, others, sharing
from guard.rules.moves import moves
from guard.rules.rule import Instead, worst_for
from guard.rules.survey import survey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guard.contracts.model import Contract, SharedGroup
    from guard.rules.facts import Facts

INSTEAD = Instead(
    before="Leave the shared file to the session that owns its merge, "
    "and say in the handoff what it will need.",
    after="Take back what this session wrote in a shared file; "
    "it belongs in the handoff, as follow-up work.",
)


def shared_file(facts: Facts) -> Iterator[Violation]:
    """Is a shared path touched by a session that does not own its merge?

    `[shared.NAME]` in guard.toml names files that nobody edits in parallel, since two edits always
    collide. One session may own a group's merge: its contract on the base lists the group in
    `merges`. With `generated = true` a group also covers generated code, recognised by
    `.gitattributes` on the base, by a well-known name or by a header comment. The session's own
    handoff and its own first declaration are exempt. A finding is at most as bad as the group's
    `level` and, for a person on a branch without a contract, as `missing` under `[contracts]`.

    What to do: leave the file to the session that owns the merge, or change it on the base before
    the sessions start. If this session is to own the merge, list the group in its `merges` or write
    a waiver, on the base; `guard explain PATH` gives either.
    """
    touched = _shared(facts)
    moved = moves(facts.changes) if touched else {}
    for path in touched:
        for group, decision in sharing(facts, path):
            if merge_grant(facts, group.name):
                continue
            why = f"{_why(facts, group, path)}; {_merge(facts, group.name)}"
            message = f"shared group {group.name}{moved.get(path, '')}: {why}"
            worst = min(group.at_most, worst_for(facts))
            step = leave_out_or_widen(facts, path)
            yield Violation(path, message, step, decision, at_most=worst)


def shared_twice(facts: Facts) -> Iterator[Violation]:
    """Do two open contracts own the merge of one group?

    If two contracts list a shared group in `merges`, both sessions may edit its files, and each
    believes it is alone. Standing contracts are not compared. A session gets the finding if its own
    contract is one of the two. Where no contract applies, every pair is reported: on the base as
    the policy says, on a branch without a contract as a warning at most.

    What to do: agree on one session, and take the group out of the other contract's `merges`, on
    the base.
    """
    own = facts.contract
    worst = Severity.ERROR if own or facts.on_base else Severity.WARNING
    levels = {group.name: group.at_most for group in facts.policy.shared}
    first: dict[str, Contract] = {}
    compared = (*others(facts), own) if own else facts.contracts
    for contract in (one for one in compared if not one.standing):
        for group in dict.fromkeys(contract.merges):
            other = first.setdefault(group, contract)
            if other is not contract and own in (None, contract):
                yield _twice(group, other, contract, min(worst, levels.get(group, worst)))


def _twice(group: str, one: Contract, other: Contract, worst: Severity) -> Violation:
    line = merge_line(other, group)
    there = merge_line(one, group)
    message = (
        f"contract {other.name} owns the merge of {group}, "
        f"and so does contract {named(one)}, {there.file}:{there.line}"
    )
    return Violation(other.file, message, "guard contract list", line, line.line, worst)


def _shared(facts: Facts) -> list[str]:
    """The changed paths that a shared group lists, or covers as generated code."""
    listed = {change.path for change in survey(facts).listed}
    if any(group.generated for group in facts.policy.shared):
        listed |= facts.generated.keys() - facts.own_files
    return [change.path for change in facts.changes if change.path in listed] if listed else []


def reason(group: SharedGroup) -> str:
    """Say on one line why nobody edits a group's files in parallel."""
    return " ".join(group.why.split()).rstrip(".;") or "nobody edits it in parallel"


def _why(facts: Facts, group: SharedGroup, path: str) -> str:
    why = reason(group)
    how = facts.generated.get(path) if group.generated else None
    return f"{why} (generated: {how.by} {how.evidence})" if how else why


def _merge(facts: Facts, group: str) -> str:
    """Who owns a group's merge, or why the session's own claim to it does not count."""
    own = facts.contract
    if own and group in own.merges:
        where = facts.trusted.granting
        return f"contract {own.name} lists it in merges, which counts once it is on {where}"
    owner = next((contract for contract in others(facts) if group in contract.merges), None)
    return f"contract {named(owner)} owns its merge" if owner else "no contract owns its merge"
