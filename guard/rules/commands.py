"""RUN: did the required commands run, pass, and run on this change?"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from guard.contracts.positions import line_of
from guard.core.names import show
from guard.handoffs.commands import commands
from guard.handoffs.sections import COMMANDS
from guard.handoffs.values import Command, Said
from guard.receipts.receipt import PROVED, Proof, Receipt
from guard.receipts.results import passed_tests
from guard.receipts.words import typed, words
from guard.rules.facts import Facts
from guard.rules.findings import Decision, Violation
from guard.rules.handed_over import proved
from guard.rules.handoff import in_another_form
from guard.rules.own_change import is_missing_told, required

_ALIKE = 0.8  # of two command lines, as difflib counts
_RERUN = "guard handoff check --rerun"


def command_missing(facts: Facts) -> Iterator[Violation]:
    """Did each required command run?

    `verify` in the contract on the base names commands that the session has to run. The handoff
    must report each under Commands run, word for word: in a code span, a block of code, after a
    prompt, or at the front of an item or a cell. Without a receipt it must also state what came of
    it, directly behind the command: `passed`, `ok`, `failed`, `34 passed`, `exit 0`, ✅ or ❌. An
    unticked box, `skipped` and `not run` report that the command did not run.

    What to do: run it with `guard run -- COMMAND`, then `guard handoff draft` reports it.
    """
    said = _said(facts)
    if said is None or in_another_form(facts):
        return  # missing-section reports it
    claims = _by_words(said)
    for index, command in enumerate(required(facts)):
        claim, shown = claims.get(words(command)), proved(facts, command)
        if claim is None and shown.kind == "failed":
            continue  # command-failed reports it
        if claim is None:
            message = f"Commands run does not report {command}{_near(command, claims)}"
        elif not claim.outcome and shown.receipt is None and not facts.rerun:
            message = (
                f"Commands run does not state what came of {command}: write directly behind it "
                "passed, failed, 34 passed, exit 0, ✅ or ❌"
            )
        else:
            continue
        step = _report_it(facts, command) if shown.kind in PROVED else _run_it(facts, command)
        yield _violation(facts, index, message, step, claim.number if claim else said.number)


def _near(command: str, claims: Mapping[tuple[str, ...], Command]) -> str:
    """Name what is nearly the command: with other words around or between its own, or misspelt."""
    wanted = words(command)
    near = [claim for own, claim in claims.items() if _is_within(wanted, own)]
    near += [claim for own, claim in claims.items() if own and _is_within(own, wanted)]
    texts = {claim.text: claim for claim in claims.values()}
    near += [texts[text] for text in get_close_matches(command, texts, 1, _ALIKE)]
    return f", only {near[0].text} (line {near[0].number})" if near else ""


def _is_within(some: tuple[str, ...], words_around: tuple[str, ...]) -> bool:
    """Whether all words of the first are among those of the second, in the same order."""
    rest = iter(words_around)
    return all(word in rest for word in some)


def _run_it(facts: Facts, command: str) -> str:
    """After it, `guard handoff draft` reports the command; a text has no draft."""
    if facts.left and not facts.left.file:
        return f"{typed(command)}   # then write: {_line_of(command)}"
    return typed(command)


def _report_it(facts: Facts, command: str) -> str:
    """It ran: only the report lacks it."""
    is_text = facts.left and not facts.left.file
    return f"write under Commands run: {_line_of(command)}" if is_text else "guard handoff draft"


def _line_of(command: str) -> str:
    return f"- `{command}` passed"


def command_failed(facts: Facts) -> Iterator[Violation]:
    """Did each command pass?

    The latest receipt of a required command on this tree says how it ended, and so may the handoff
    itself. A stated outcome, or a stated number of tests that passed, must not contradict the
    receipt on this tree. The handoff may leave out other commands, but must not contradict a
    receipt that says one of them failed. Prose states nothing.

    What to do: correct the failure and run it again with `guard run -- COMMAND`; or correct what
    the handoff states.
    """
    said = _said(facts)
    claims = _by_words(said)
    for index, command in enumerate(required(facts)):
        shown = proved(facts, command)
        claim = claims.pop(words(command), None)
        step = typed(command)
        if shown.kind == "failed":
            passed = claim and claim.outcome == "passed"
            against = "; the handoff says that it passed" if passed else ""
            message = f"{command} {_ended(facts, shown)}{against}"
        elif claim and claim.outcome == "failed" and shown.kind in PROVED:
            message = f"the handoff says that {command} failed, and its receipt says it passed"
            step = f"write in line {claim.number}: {_line_of(command)}"
        elif claim and claim.outcome == "failed":
            message = f"{command} failed, as the handoff itself says"
        elif claim and (counted := miscounted(claim, shown)):
            message = f"the handoff says {claim.tests:,} passed behind {command}, {counted}"
            step = f"write in line {claim.number} what came of it"
        else:
            continue
        yield _violation(facts, index, message, step, _line(claim, said))
    for claim in claims.values():
        shown = proved(facts, claim.text)
        if shown.kind == "failed" and claim.outcome != "failed":
            message = f"the handoff has {claim.text}, which {_ended(facts, shown)}"
        elif counted := miscounted(claim, shown):
            message = f"the handoff says {claim.tests:,} passed behind {claim.text}, {counted}"
        else:
            continue
        yield Violation(_file(facts), message, typed(claim.text), line=claim.number)


def miscounted(claim: Command, shown: Proof) -> str:
    """How many tests the runner says passed, if it is another number than the handoff's."""
    if not claim.tests or shown.receipt is None or shown.kind not in (*PROVED, "failed"):
        return ""
    streams = shown.receipt.streams
    passed, right = passed_tests(one for stream in streams for one in stream.results)
    if not right or claim.tests in right:
        return ""
    return f"and its receipt says {passed:,}"


def command_unproved(facts: Facts) -> Iterator[Violation]:
    """Did each required command run on the session's change as it is now?

    `guard run` keeps a receipt of each command: the tree and the change it ran on, and how it
    ended. A required command is proved if it passed on the tree of the tip, the handoff aside, at
    the top of the working tree, and left that tree's files as they were. It also is if the tree had
    the same change on another state of the base; then the report says that it was verified before
    the base moved. A receipt of another change or repository, or one that was edited, proves
    nothing. Receipts stay on the machine where the commands ran: elsewhere `guard handoff check
    --rerun` and `guard ci --rerun` run the commands again in a temporary repository and judge by
    that.

    What to do: `guard run -- COMMAND`, with the files as they are now; or let CI check with
    `--rerun`.
    """
    said = _said(facts)
    claims = _by_words(said)
    for index, command in enumerate(required(facts)):
        shown = proved(facts, command)
        claim = claims.get(words(command))
        if shown.kind in (*PROVED, "failed"):
            continue
        is_told = said and not facts.rerun and not (claim and claim.outcome)
        if shown.kind == "none" and is_told and is_missing_told(facts):
            continue  # command-missing reports it
        step = _RERUN if facts.scope == "range" and not facts.rerun else typed(command)
        message = f"{command} {_unproved(facts, shown, claim)}"
        yield _violation(facts, index, message, step, _line(claim, said))


def ran_before(facts: Facts) -> str:
    """Say which required commands are proved only on an older or newer state of the base."""
    shown = [(command, proved(facts, command)) for command in required(facts)]
    ran = [
        f"{command} on the tree {one.receipt.before[:12]}"
        for command, one in shown
        if one.kind == "earlier" and one.receipt
    ]
    if not ran:
        return ""
    ref = facts.trusted.ref
    return (
        f"in part: verified before {ref} moved, {', '.join(ran)}; {_RERUN} runs it on these files"
    )


def _said(facts: Facts) -> Said | None:
    handoff = facts.left.handoff if facts.left else None
    return handoff.sections.get(COMMANDS.key) if handoff else None


def _by_words(said: Said | None) -> dict[tuple[str, ...], Command]:
    claimed = commands(said.lines) if said else []
    return {words(claim.text): claim for claim in reversed(claimed)}


def _line(claim: Command | None, said: Said | None) -> int:
    if claim:
        return claim.number
    return said.number if said else 0


def _violation(facts: Facts, index: int, message: str, step: str, line: int) -> Violation:
    contract, decision = facts.contract, None
    if contract:
        decided = line_of(contract.text, "verify", index)
        decision = Decision(contract.file, decided, contract.verify[index])
    return Violation(_file(facts), message, step, decision, line)


def _file(facts: Facts) -> str:
    if facts.left:
        return facts.left.file
    return facts.policy.handoff_of(facts.contract.name) if facts.contract else ""


def _ended(facts: Facts, shown: Proof) -> str:
    code = shown.receipt.exit if shown.receipt else 0
    who = "failed when guard ran it again" if facts.rerun else "failed on this tree"
    return f"{who}: exit status {code}{_last(shown.receipt)}"


def _last(receipt: Receipt | None) -> str:
    """The result that the runner printed, or else the last line."""
    if receipt is None or receipt.printed:
        return f" ({receipt.printed})" if receipt else ""
    tails = [stream.tail for stream in receipt.streams]
    lines = [line.strip() for tail in tails for line in tail.splitlines() if line.strip()]
    return f" ({show(lines[-1][:120])})" if lines else ""


def _unproved(facts: Facts, shown: Proof, claim: Command | None) -> str:
    receipt = shown.receipt
    if receipt is None:
        reported = ": only the handoff says so" if claim else ""
        missing = "was not run by guard again" if facts.rerun else "has no receipt"
        return f"{missing}{reported}"
    if shown.kind == "edited":
        return "has a receipt that was edited, or is another repository's: it proves nothing"
    if shown.kind == "below":
        return f"ran on this tree in {receipt.directory}, not at the top"
    if shown.kind == "altered":
        changed = ", ".join(path for letter, path in receipt.changed if letter != "A")[:120]
        return f"changed the tree that it was to verify: {changed}"
    ended = "passed" if receipt.passed else f"failed with exit status {receipt.exit}"
    other = receipt.before[:12] or "unknown"
    return f"{ended} on another tree ({other}), not on this one ({facts.tree[:12]})"
