"""What `--anyway` leaves behind: a commit says that a session was started in spite of overlaps.

A new contract's own commit says it. Where the contract was there already, an empty commit does so
in the same place: where contracts count, or as the first one on the session's branch.
"""

from collections.abc import Iterable

from guard.contracts.model import Contract
from guard.core.errors import GitError
from guard.git.landing import Branch, commit_with, land, tip_of
from guard.git.repository import Repository
from guard.rules.overlaps import Compared, placed

_TRIES = 5


def overlap_note(compared: Compared, own: Iterable[str]) -> str:
    """Give the sentence about the contracts that overlap, "" if there is none.

    `own` are the names of the session and of its contract, which are left out.
    """
    names = {name for one in placed(compared) for name in (one.a.name, one.b.name)}
    others = sorted(names.difference(own))
    return f"Started although it overlaps with {', '.join(others)}." if others else ""


def insisted(repository: Repository, commit: str, name: str, contract: Contract, note: str) -> str:
    """Give a commit on top of `commit` that says the `note`, or `commit` if one there says it.

    Those since the contract last changed count. Raises GitError.
    """
    git = repository.git
    came = git.run("log", "-1", "--format=%H", "--no-show-signature", commit, "--", contract.file)
    since = [f"^{came.text.strip()}"] if came.text.strip() else []
    subject = f"start {name}"
    told = git.run("log", "--format=%s%n%b", "--no-show-signature", commit, *since, "--").text
    if f"{subject}\n{note}\n" in told:
        return commit
    return commit_with(repository, commit, {}, f"{subject}\n\n{note}\n")


def insist(repository: Repository, place: Branch, name: str, contract: Contract, note: str) -> None:
    """Commit to the branch `place` that a session was started in spite of overlaps.

    Raises GitError if it cannot land.
    """
    for _ in range(_TRIES):
        tip = tip_of(repository, place)
        if land(repository, place, insisted(repository, tip, name, contract, note), tip):
            return
    message = f"others moved {place.short} {_TRIES} times meanwhile"
    raise GitError(message, hint="run the same command again")
