"""Which branch works under which contract, and who may."""

from __future__ import annotations

from guard.core.errors import ContractError
from guard.patterns import whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guard.contracts.model import Contract


def claims(contract: Contract, branch: str) -> bool:
    """Tell whether `branch` (its short name, "" for none) works under `contract`.

    A pattern must match the whole name: `*` stays between two slashes, `**` crosses them.
    """
    if not contract.branches and not branch.endswith(contract.name):
        return False  # as all defaults end with the name
    return is_one_of(patterns_of(contract), branch)


def is_one_of(patterns: Sequence[str], branch: str) -> bool:
    """Tell whether a pattern matches the whole name of a branch; "" is none."""
    return bool(branch) and any(
        branch.startswith(_head(pattern))
        and branch.endswith(_tail(pattern))
        and whole(pattern, branch)
        for pattern in patterns
    )


def _head(pattern: str) -> str:
    """How every match begins: nearly all patterns of other branches are ruled out by it."""
    for special in "*?[\\":
        pattern = pattern.partition(special)[0]
    return pattern


def _tail(pattern: str) -> str:
    """How every match ends: `*/NAME` is ruled out by it, too. `**/` may stand for nothing."""
    for special in "*?]\\":
        pattern = pattern.rpartition(special)[2]
    return pattern.removeprefix("/")


def admits(contract: Contract, author: str) -> bool:
    """Tell whether `author`, a login in any case, is one of the `actors` of `contract`, if any."""
    return not contract.actors or author.casefold() in (
        actor.casefold() for actor in contract.actors
    )


def patterns_of(contract: Contract) -> tuple[str, ...]:
    """Give the branch patterns of `contract`, its own or the defaults.

    The defaults are its name, `worktree-NAME` (an agent's name for a worktree's branch) and the
    name after a prefix (`feat/NAME`). A contract's name has no special characters.
    """
    return contract.branches or (contract.name, f"worktree-{contract.name}", f"*/{contract.name}")


def named_for(label: str, branch: str) -> bool:
    """Tell whether a contract of which only the file name is known claims the branch by default.

    The file name may be no contract's name and hold `*`, so it is not used as a pattern.
    """
    return branch in (label, f"worktree-{label}", f"{branch.partition('/')[0]}/{label}")


def the_one(claiming: Sequence[Contract], branch: str, where: str) -> Contract | None:
    """Give the contract that claims the branch, None if none does.

    Raises ContractError for two; `where` says where they were read.
    """
    if len(claiming) < 2:
        return claiming[0] if claiming else None
    files = " and ".join(contract.file for contract in claiming)
    raise ContractError(
        f"{files} ({where}) both claim the branch {branch}",
        hint=f"narrow `branches` in one of them, or: guard check --contract {claiming[0].name}",
    )
