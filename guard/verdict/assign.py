"""Which contract is this branch's, and where it was read: on the base, or, self-declared, on the branch or in the working tree."""

from __future__ import annotations

from guard.contracts.branches import admits, claims, named_for, the_one
from guard.core.errors import ContractError, UsageError
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.contracts.model import Contract
    from guard.git.objects import Objects
    from guard.git.repository import Repository
    from guard.verdict.trust import Trust


class Assigned(NamedTuple):
    """The contract that holds, or None; `source` is `base`, `branch`, `working-tree` or "".

    For a contract that the branch declared itself, `declared_in` is the commit that first added it and `blob` what it was there.
    """

    contract: Contract | None = None
    source: str = ""
    declared_in: str = ""
    blob: str = ""


def assign(
    repository: Repository,
    objects: Objects,
    trust: Trust,
    branch: str,
    name: str,
    head: str,
    *,
    look_around: bool,
) -> Assigned:
    """Find the contract of `branch`, or the one called `name` if a person gave a name.

    `head` is the tip's commit ("" before the first one); `look_around` allows the working tree to be read where no commit declares a
    contract. Raises UsageError where no contract has the name, ContractError where two claim the branch or it cannot be read.
    """
    if not branch and not name:
        return Assigned()
    wanted = _standing(trust, branch, name)
    if wanted:
        return Assigned(wanted, "base")
    from guard.verdict.declared import (  # a contract that stands on the base is the usual case
        first_declared,
        lying_around,
    )

    declared = first_declared(repository, objects, trust, branch, name, head) if head else None
    if declared:
        return Assigned(declared.contract, "branch", declared.commit, declared.blob)
    found = (
        lying_around(repository, objects, trust, branch, name, head)
        if look_around and repository.top
        else None
    )
    if found:
        return Assigned(found, "working-tree")
    if name:
        raise UsageError(
            f"there is no contract {name!r} on {trust.base.short} or on this branch",
            hint="guard contract list",
        )
    return Assigned()


def not_for(contract: Contract | None, author: str | None) -> Contract | None:
    """The contract, if it is for others than `author`: a login, "" where CI should know it and does not, None where nobody was asked.

    Raises ContractError where the author decides and is not known.
    """
    if (
        contract is None
        or author is None
        or not contract.actors
        or (author and admits(contract, author))
    ):
        return None
    if author:
        return contract
    message = f"contract {contract.name} is for {', '.join(contract.actors)}, and who made this change is not known here"
    raise ContractError(
        message,
        hint="guard ci --author LOGIN, with a login that the author of the change cannot choose",
    )


def _standing(trust: Trust, branch: str, name: str) -> Contract | None:
    """The contract on the base."""
    for broken, _, wrong in trust.unreadable:
        if (name and broken == name) or (not name and named_for(broken, branch)):
            raise ContractError(
                wrong, hint=f"mend it on {trust.base.short}: guard contract check --base"
            )
    if name:
        return next((contract for contract in trust.contracts if contract.name == name), None)
    return the_one(
        [contract for contract in trust.contracts if claims(contract, branch)],
        branch,
        trust.base.short,
    )
