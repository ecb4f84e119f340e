"""RUN: did the required commands run, pass, and on this tree?"""

from __future__ import annotations

from collections.abc import Iterator

from guard.contracts.positions import line_of
from guard.core.names import show
from guard.handoffs.commands import commands, mentions_command
from guard.handoffs.sections import COMMANDS
from guard.handoffs.values import Command, Said
from guard.receipts.receipt import Proof, Receipt, proof
from guard.receipts.words import typed, words
from guard.rules.facts import Facts
from guard.rules.findings import Decision, Violation

_RERUN = "guard handoff check --rerun"


def command_missing(facts: Facts) -> Iterator[Violation]:
    """Did each required command run?

    `verify` in the contract, as it stands on the base, names commands that the session has to run. Each must be reported under Commands
    run: in a code span, a block of code, a list item or a table, word for word. A box that is not ticked reports that it did not run.

    What to do: run it with `guard run -- COMMAND`, then `guard handoff draft` writes it down.
    """
    said = _said(facts)
    if said is None:
        return  # missing-section tells it
    claims = _by_words(said)
    for index, command in enumerate(_required(facts)):
        if words(command) not in claims and not any(
            mentions_command(line, command) for line in said.lines
        ):
            yield _violation(
                facts,
                command,
                index,
                f"Commands run does not report {command}",
                typed(command),
                said.number,
            )


def command_failed(facts: Facts) -> Iterator[Violation]:
    """Did it pass?

    The latest receipt of a required command on this tree says how it ended, and so may the report itself. A command that the contract
    does not ask for may be left out of the report; but if the report has it, and a receipt on this tree says that it failed, the
    report may not say anything else.

    What to do: mend it and run it again with `guard run -- COMMAND`.
    """
    said = _said(facts)
    claims = _by_words(said)
    for index, command in enumerate(_required(facts)):
        shown = proof(facts.receipts.get(command, ()), facts.tree)
        claim = claims.pop(words(command), None)
        line = claim.number if claim else said.number if said else 0
        if shown.kind == "failed":
            yield _violation(
                facts,
                command,
                index,
                f"{command} {_ended(facts, shown)}{_against(claim)}",
                typed(command),
                line,
            )
        elif claim and claim.outcome == "failed" and shown.kind != "verified":
            yield _violation(
                facts,
                command,
                index,
                f"{command} failed, by the report's own word",
                typed(command),
                line,
            )
    for claim in claims.values():
        shown = proof(facts.receipts.get(claim.text, ()), facts.tree)
        if shown.kind == "failed" and claim.outcome != "failed":
            message = f"the report has {claim.text}, which {_ended(facts, shown)}"
            yield Violation(_file(facts), message, typed(claim.text), line=claim.number)


def command_unproved(facts: Facts) -> Iterator[Violation]:
    """Did it run on this tree?

    `guard run` keeps a receipt of each command: on which tree it ran, and how it ended. A required command is proved if it passed on the
    tree of the tip, the handoff aside, at the top of the working tree, and left that tree's files as they were. A receipt of another tree,
    of another repository, or one that was edited proves nothing. Receipts stay where the commands ran: elsewhere
    `guard handoff check --rerun` and `guard ci --rerun` run the commands again in a temporary repository and judge by that.

    What to do: `guard run -- COMMAND`, with the files as they are now; or let CI check with `--rerun`.
    """
    said = _said(facts)
    claims = _by_words(said)
    for index, command in enumerate(_required(facts)):
        shown = proof(facts.receipts.get(command, ()), facts.tree)
        if shown.kind not in ("verified", "failed"):
            claim = claims.get(words(command))
            line = claim.number if claim else said.number if said else 0
            step = _RERUN if facts.scope == "range" and not facts.rerun else typed(command)
            yield _violation(
                facts, command, index, f"{command} {_unproved(facts, shown, claim)}", step, line
            )


def _said(facts: Facts) -> Said | None:
    handoff = facts.left.handoff if facts.left else None
    return handoff.sections.get(COMMANDS.key) if handoff else None


def _by_words(said: Said | None) -> dict[tuple[str, ...], Command]:
    """The claimed commands by their words, the first of each."""
    return {words(claim.text): claim for claim in reversed(commands(said.lines) if said else [])}


def _required(facts: Facts) -> tuple[str, ...]:
    return facts.contract.verify if facts.contract and facts.trusted.contract_from == "base" else ()


def _violation(
    facts: Facts, command: str, index: int, message: str, step: str, line: int
) -> Violation:
    contract = facts.contract
    decision = (
        Decision(contract.file, line_of(contract.text, "verify", index), command)
        if contract
        else None
    )
    return Violation(_file(facts), message, step, decision, line)


def _file(facts: Facts) -> str:
    if facts.left:
        return facts.left.file
    return facts.policy.handoff_of(facts.contract.name) if facts.contract else ""


def _ended(facts: Facts, shown: Proof) -> str:
    code = shown.receipt.exit if shown.receipt else 0
    who = "failed when guard ran it again" if facts.rerun else "failed on this tree"
    return f"{who}: exit status {code}{_last(shown.receipt)}"


def _against(claim: Command | None) -> str:
    return "; the report says that it passed" if claim and claim.outcome == "passed" else ""


def _last(receipt: Receipt | None) -> str:
    """The last line that a command printed."""
    lines = (
        [
            line.strip()
            for stream in receipt.streams
            for line in stream.tail.splitlines()
            if line.strip()
        ]
        if receipt
        else []
    )
    return f" ({show(lines[-1][:120])})" if lines else ""


def _unproved(facts: Facts, shown: Proof, claim: Command | None) -> str:
    receipt = shown.receipt
    if receipt is None:
        reported = ": the report alone says so" if claim else ""
        return (
            f"was not run by guard again{reported}" if facts.rerun else f"has no receipt{reported}"
        )
    if shown.kind == "edited":
        return "has a receipt that was edited, or is another repository's: it proves nothing"
    if shown.kind == "below":
        return f"ran on this tree in {receipt.directory}, not at the top"
    if shown.kind == "altered":
        changed = ", ".join(path for letter, path in receipt.changed if letter != "A")[:120]
        return f"changed the tree that it was to verify: {changed}"
    ended = "passed" if receipt.passed else f"failed with exit status {receipt.exit}"
    return f"{ended} on another tree, {receipt.before[:12] or 'which is not known'}, and did not run on this one, {facts.tree[:12]}"
