"""Binds a worktree to a contract where its branch does not tell which one applies.

The name is kept in the worktree's git directory, so it goes with the worktree (`guard start
--here`). A branch that a contract claims belongs to that one, and the base to none.
"""

import os

from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.core.errors import UsageError
from guard.core.names import shell_quote, show
from guard.core.writing import write_whole
from guard.git.repository import Repository
from guard.rules.facts import Facts
from guard.verdict.reading import facts_without_changes
from guard.verdict.session import BINDING


def bind(repository: Repository, name: str) -> Contract:
    """Bind the worktree of `repository` to the contract `name`, instead of another if it had one.

    Raises UsageError if there is no such contract, on the base's branch, and on a branch that
    another contract claims; GuardError if the contracts cannot be read. Nothing is written then.
    """
    repository.require_top()
    _require_free(facts_without_changes(repository.git), name)
    contract = facts_without_changes(repository.git, name).contract
    if contract is None:
        raise UsageError(f"there is no contract {name!r}", hint="guard contract list")
    file = _file(repository)
    os.makedirs(os.path.dirname(file), exist_ok=True)
    write_whole(file, f"{contract.name}\n".encode())
    return contract


def unbind(repository: Repository) -> str:
    """Take the binding of the worktree away; give the contract's name, "" if it had none."""
    repository.require_top()
    name = repository.private(BINDING)
    if name:
        os.unlink(_file(repository))
    return name


def _file(repository: Repository) -> str:
    return os.path.join(repository.git_dir, *BINDING.split("/"))


def _require_free(now: Facts, name: str) -> None:
    """Raise UsageError if the branch that is checked out tells whose worktree this is."""
    branch, own = now.branch, now.contract
    if branch and now.on_base:
        raise UsageError(
            f"{show(branch)} is checked out here, the base, which belongs to no session",
            hint=f"git worktree add --detach ../{shell_quote(name)} {shell_quote(branch)}",
        )
    if own and own.name != name and branch and claims(own, branch):
        raise UsageError(
            f"branch {show(branch)} has contract {own.name} already",
            hint="git switch --detach   # then the worktree can be bound to another contract",
        )
