"""Runs the commands of a trusted contract again on the tip of a branch, without trust in receipts.

The tip is checked out apart from the real repository (`apart`).
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from guard.core.names import ref_of
from guard.git.isolate import scratch
from guard.git.plumbing import Git
from guard.git.repository import Repository, open_repository
from guard.git.trees import tree_without
from guard.handoffs.values import Given
from guard.receipts.receipt import Receipt
from guard.rules.facts import Facts, Need
from guard.sessions.closing.apart import check_out, cleaned, receipt_of, require_outside, told
from guard.verdict.opening import Opening
from guard.verdict.reading import Ask, Reading


class _Rerun(NamedTuple):
    """Commands that a contract on the base requires; `tree` is the tip's without the handoff."""

    repository: Repository
    facts: Facts
    commands: tuple[str, ...]
    handoff: str
    tree: str
    limit: float


def rerun(
    git: Git,
    ask: Ask,
    *,
    limit: float = 0,
    tell: Callable[[str, Receipt | None], None] = lambda *_: None,
) -> tuple[Receipt, ...]:
    """Run the commands that the trusted contract requires, and give a receipt of each.

    Commands that only the branch or its handoff names never run. `limit` is seconds a command; 0
    means the policy's. `tell` gets each command before it starts, and again with its receipt.
    Raises GuardError as a verdict would.
    """
    require_outside()
    plan = _plan(git, ask, limit)
    if not plan.commands:
        return ()
    with scratch() as folder, cleaned(folder):
        return tuple(_run(plan, folder, tell))


def with_reruns(
    git: Git, ask: Ask, *, limit: float = 0, say: Callable[[str], None] = lambda _: None
) -> Ask:
    """Run the commands as `rerun` does, and give the question with their receipts.

    `say` gets each line of the progress.
    """

    def tell(line: str, receipt: Receipt | None) -> None:
        for text in told(line, receipt):
            say(text)

    receipts = rerun(git, ask, limit=limit, tell=tell)
    return ask._replace(given=(ask.given or Given())._replace(reruns=receipts))


def _plan(git: Git, ask: Ask, limit: float) -> _Rerun:
    opening = Opening(git, staged=False)
    with Reading(opening, ask) as reading:
        facts = reading.begin().gather(Need.NOTHING).facts
        repository, objects = open_repository(git), opening.objects
        contract = facts.contract if facts.trusted.contract_from == "base" else None
        if contract is None:
            return _Rerun(repository, facts, (), "", "", 0)
        handoff = facts.policy.handoff_of(contract.name)
        whole = objects.tree_of(facts.head)
        tree = tree_without(objects, whole, handoff, repository.object_format)
    seconds = limit or facts.policy.time_limit
    return _Rerun(repository, facts, contract.verify, handoff, tree, seconds)


def _run(
    plan: _Rerun, folder: str, tell: Callable[[str, Receipt | None], None]
) -> Iterator[Receipt]:
    facts = plan.facts
    apart = check_out(
        plan.repository,
        folder,
        facts.head,
        facts.branch,
        _refs(plan),
        policy=facts.policy,
        limit=plan.limit,
    )
    about = receipt_of(facts.branch, facts.contract.name if facts.contract else "", plan.tree)
    for command in plan.commands:
        tell(command, None)
        receipt = apart.run(command, about, without=plan.handoff)
        tell(command, receipt)
        yield receipt
        # The next command starts from the same files.
        apart.reset(facts.head)


def _refs(plan: _Rerun) -> dict[str, str]:
    facts = plan.facts
    base = facts.trusted.ref
    for remote in plan.repository.remotes():
        base = base.removeprefix(f"{remote}/")
    refs = {f"refs/remotes/origin/{base}": facts.trusted.oid, ref_of(base): facts.trusted.oid}
    return {**refs, ref_of(facts.branch): facts.head} if facts.branch else refs
