"""Binds a worktree to a contract where its branch does not tell which one applies.

The name is kept in the worktree's git directory, so it goes with the worktree (`guard start
--here`). A branch that a contract claims belongs to that one, and the base to none.
"""

import os
from typing import NamedTuple

from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.core.errors import UsageError
from guard.core.names import shell_quote, show
from guard.core.writing import write_whole
from guard.git.objects import Objects
from guard.git.repository import Repository, branch_of
from guard.verdict.opening import Sources
from guard.verdict.search import Search
from guard.verdict.session import BINDING, Session, who_works_here
from guard.verdict.trust import not_adopted, read_trust


class Bound(NamedTuple):
    """A worktree, the contract that it is bound to now, and where that was read."""

    top: str
    contract: Contract
    source: str


def bind(repository: Repository, name: str) -> Bound:
    """Bind the worktree of `repository` to the contract `name`, instead of another if it had one.

    Raises UsageError if there is no such contract, on the base's branch, and on a branch that
    another contract claims; GuardError if the contracts cannot be read. Nothing is written then.
    """
    top = repository.require_top()
    objects = Objects(repository.git)
    try:
        branch = branch_of(repository)
        trust = read_trust(Search(repository, objects, branch=branch))
        if not trust.adopted:
            raise not_adopted(trust.base)
        sources = Sources(repository, objects, trust)
        tip = objects.info("HEAD^{commit}")
        head = tip.oid if tip else ""
        _require_free(who_works_here(sources, branch, head, on_base=False), name)
        found = who_works_here(sources, branch, head, name, on_base=False)
    finally:
        objects.close()
    if found.contract is None:
        raise UsageError(f"there is no contract {name!r}", hint="guard contract list")
    file = os.path.join(repository.git_dir, *BINDING.split("/"))
    os.makedirs(os.path.dirname(file), exist_ok=True)
    write_whole(file, f"{found.contract.name}\n".encode())
    return Bound(top, found.contract, found.source)


def unbind(repository: Repository) -> str:
    """Take the binding of the worktree away; give the contract's name, "" if it had none."""
    repository.require_top()
    name = repository.private(BINDING)
    if name:
        os.unlink(os.path.join(repository.git_dir, *BINDING.split("/")))
    return name


def _require_free(session: Session, name: str) -> None:
    """Raise UsageError if the branch that is checked out tells whose worktree this is."""
    trust, branch = session.trust, session.branch
    if branch and branch in (trust.home.name, trust.granting.name):
        raise UsageError(
            f"{show(branch)} is checked out here, the base, which belongs to no session",
            hint=f"git worktree add --detach ../{shell_quote(name)} {shell_quote(branch)}",
        )
    own = session.contract
    if own and own.name != name and branch and claims(own, branch):
        raise UsageError(
            f"branch {show(branch)} has contract {own.name} already",
            hint="git switch --detach   # then the worktree can be bound to another contract",
        )
