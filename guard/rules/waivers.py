"""CON006: do the waivers still hold?"""

from __future__ import annotations

from guard.contracts.positions import line_of
from guard.core.codes import CODES
from guard.rules.findings import Decision, Violation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guard.contracts.model import Waiver
    from guard.rules.facts import Facts


def expired_waiver(facts: Facts) -> Iterator[Violation]:
    """Is a waiver past its date or without effect?

    A waiver is an exception with a reason and a last day. One that is past its day waives nothing any more, and one that waived no finding
    is not needed, or misses what it was meant for. Whether a waiver had an effect is only told when its rule was asked of the whole
    branch: before a commit, only dates are. Waivers of a contract that does not stand on the base have no effect.

    What to do: take the waiver out of the contract, or give it a new day and say why, on the base.
    """
    contract = facts.contract
    if not contract:
        return
    for index, waiver in enumerate(contract.waivers):
        why = _idle(facts, index, waiver)
        if why:
            line = line_of(contract.text, "waive", index)
            message = f"the waiver of {CODES[waiver.rule]} for {', '.join(waiver.paths)} {why}"
            decision = Decision(contract.file, line, waiver.rule)
            yield Violation(
                contract.file, message, f"guard contract show {contract.name}", decision, line
            )


def _idle(facts: Facts, index: int, waiver: Waiver) -> str:
    """Tell why a waiver waives nothing, or ""."""
    if waiver.until and waiver.until < facts.today:
        return f"held until {waiver.until}"
    if facts.trusted.contract_from != "base":
        return f"has no effect: the contract does not stand on {facts.trusted.ref}"
    if (
        facts.scope != "staged"
        and waiver.rule in facts.waived.asked
        and index not in facts.waived.used
    ):
        return "waived nothing"
    return ""
