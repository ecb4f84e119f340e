"""Runs a command and keeps a sealed receipt of it, with the tree before and after."""

import os
from collections.abc import Sequence
from typing import NamedTuple

from guard.contracts.name_patterns import names_one
from guard.core.errors import GuardError
from guard.git.environment import without_place
from guard.git.isolate import scratch
from guard.git.repository import Repository
from guard.git.trees import StoredTree, changed_since, tree_on_disk
from guard.receipts.receipt import MOST_CHANGED, Receipt, masked, masked_text
from guard.receipts.running import Ran, run_here
from guard.receipts.sealed import command_key
from guard.receipts.store import Store, keep, make_store
from guard.rules.facts import Need
from guard.rules.own_change import own_change
from guard.verdict.doubt import doubt
from guard.verdict.effect import states_at
from guard.verdict.opening import Opening
from guard.verdict.reading import Ask, Reading
from guard.verdict.session import Session, read_session


class Recorded(NamedTuple):
    """The exit status of a command that ran, and its receipt or why there is none."""

    exit: int
    receipt: Receipt | None
    trouble: GuardError | None = None


def record(repository: Repository, argv: Sequence[str]) -> Recorded:
    """Run `argv` in the current directory and keep a receipt of it.

    Raises GuardError before the start if no receipt can be made, and NotStarted if the command
    cannot start. Once it ran, its exit status counts, with or without a receipt.
    """
    session = read_session(repository)
    store = make_store(repository)
    with scratch() as folder:
        before = tree_on_disk(repository, folder, session.handoff)
        change = _change(repository, before) if session.contract else ""
        ran = run_here(argv, without_place(os.environ))
        try:
            receipt = _receipt(repository, session, store, before, ran, argv)._replace(
                change=change
            )
            return Recorded(ran.exit, receipt._replace(id=keep(store, receipt)))
        except GuardError as trouble:
            return Recorded(ran.exit, None, trouble)


def _change(repository: Repository, before: StoredTree) -> str:
    """The fingerprint of the session's change in the tree before the command; "" if unknown."""
    try:
        with Reading(Opening(repository.git, staged=False), Ask("worktree")) as reading:
            gathered = reading.begin().gather(Need.NOTHING)
            facts = doubt(gathered).settled(gathered.facts)
    except GuardError:  # without a merge base, say: then only the tree counts
        return ""
    states = states_at(before.git, before.tree, [change.path for change in facts.changes])
    return own_change(facts._replace(states=states))


def _receipt(
    repository: Repository,
    session: Session,
    store: Store,
    before: StoredTree,
    ran: Ran,
    argv: Sequence[str],
) -> Receipt:
    with scratch() as folder:
        after = tree_on_disk(repository, folder, session.handoff)
        changed = changed_since(before, after)

    def is_secret(name: str) -> bool:
        return names_one(session.trust.policy.masks, name, any_case=True)

    shown, secrets = masked(argv, is_secret)
    return Receipt(
        argv=shown,
        directory=_directory(repository),
        branch=session.branch,
        contract=session.name,
        exit=ran.exit,
        started=ran.started,
        duration=ran.duration,
        before=before.tree,
        after=after.tree,
        changed=tuple(changed[:MOST_CHANGED]),
        altered=sum(letter != "A" for letter, _ in changed),
        streams=tuple(
            one._replace(tail=masked_text(one.tail, secrets, is_secret)) for one in ran.streams
        ),
        command=command_key(argv, store.key),
    )


def _directory(repository: Repository) -> str:
    """Relative to the top of the working tree, "" for the top."""
    top = os.path.realpath(repository.require_top())
    here = os.path.relpath(os.path.realpath(os.getcwd()), top)
    return "" if here == "." else here
