"""Binds a worktree to a contract where its branch does not tell which one applies.

The name is kept in the worktree's git directory, so it goes with the worktree (`guard start
--here`). A branch that a contract claims belongs to that one, and the base to none.
"""

import os
from collections.abc import Sequence

from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.contracts.slugs import slug
from guard.core.errors import UsageError
from guard.core.names import shell_quote, show
from guard.core.writing import write_whole
from guard.git.repository import Repository
from guard.git.worktrees import worktrees
from guard.rules.facts import Facts
from guard.sessions.life.belonging import belongs
from guard.sessions.names import forget_name, names_noted, note_name, own_name
from guard.verdict.session import BINDING
from guard.verdict.verdict import facts_without_changes


def bind(repository: Repository, name: str, own: str = "") -> tuple[Contract, str]:
    """Bind the worktree of `repository` to the contract `name`, instead of another if it had one.

    Gives the contract, and the session's name: where another worktree is under the contract, it is
    `own`, or the folder's. Raises UsageError if there is no such contract, on the base's branch, on
    a branch that another contract claims, and for a name that is taken; GuardError if the contracts
    cannot be read. Nothing is written then.
    """
    repository.require_top()
    _require_free(facts_without_changes(repository.git), name)
    facts = facts_without_changes(repository.git, name)
    contract = facts.contract
    if contract is None:
        raise UsageError(f"there is no contract {name!r}", hint="guard contract list")
    called = _called(repository, contract, facts.contracts, own)
    file = _file(repository)
    os.makedirs(os.path.dirname(file), exist_ok=True)
    if called != own_name(repository.top, contract.name):
        note_name(repository.top, called, contract.name)
    write_whole(file, f"{contract.name}\n".encode())
    return contract, called


def _called(
    repository: Repository, contract: Contract, contracts: Sequence[Contract], wanted: str
) -> str:
    """The name of the session in this worktree; raises UsageError if the wanted one is taken."""
    others = [one for one in contracts if one.name != contract.name]
    noted = names_noted(repository.common_dir)
    main, *linked = worktrees(repository.git)
    here = os.path.realpath(repository.top)
    beside = [one for one in (main, *linked) if os.path.realpath(one.path) != here]
    taken = {contract.name, *(one.name for one in others)}
    taken.update(name for path, (name, _) in noted.items() if os.path.realpath(path) != here)
    if wanted in taken:
        hint = f"guard start OTHER --from {shell_quote(contract.name)} --here"
        raise UsageError(f"{show(wanted)} is a session or a contract already", hint=hint)
    before = own_name(repository.top, contract.name)
    if wanted or before != contract.name:
        return wanted or before
    if not any(belongs(one, contract, others, is_main=one is main) for one in beside):
        return contract.name
    folder = slug(os.path.basename(here)) or f"{contract.name}-2"
    names = (folder, *(f"{folder}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def unbind(repository: Repository) -> str:
    """Take the binding of the worktree away; give the contract's name, "" if it had none."""
    repository.require_top()
    name = repository.private(BINDING)
    if name:
        os.unlink(_file(repository))
        contract = facts_without_changes(repository.git).contract
        if contract is None or contract.name != name:
            forget_name(repository.top)
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
