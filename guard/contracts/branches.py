"""Which branch works under which contract, and who."""

from __future__ import annotations

from guard.core.errors import ContractError
from guard.patterns import whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guard.contracts.model import Contract


_SPECIAL = frozenset("?[]\\*")  # in a pattern, and in no branch's name (git-check-ref-format(1))


def claims(contract: Contract, branch: str) -> bool:
    """Tell whether `branch` (its short name, without `refs/heads/`) works under `contract`.

    Its `branches` decide, each matched against the whole name: `*` stays between two slashes, `**` crosses them. Without any, the
    branch is the contract's NAME, `worktree-NAME` (what agents call the branches of their worktrees) or NAME behind one prefix
    (`feat/NAME`).
    """
    return bool(branch) and any(whole(pattern, branch) for pattern in patterns_of(contract))


def admits(contract: Contract, author: str) -> bool:
    """Tell whether `author`, a login, may work under `contract`: anybody, or one of its `actors`. Case does not tell two logins apart."""
    return not contract.actors or author.casefold() in (
        actor.casefold() for actor in contract.actors
    )


def branch_under(contract: Contract, name: str) -> str:
    """Give a branch for the worktree `name` that works under `contract`; "" where its patterns leave no room for the name.

    The contract's own worktree gets `worktree-NAME` if the contract claims that, as agents call it; another one gets its name in
    place of a wildcard (`*/api` → `NAME/api`).
    """
    plain = name.replace("/", "-")
    own = [f"worktree-{name}"] if name == contract.name else []
    patterns = (
        pattern for pattern in patterns_of(contract) if "*" in pattern or name == contract.name
    )
    filled = [pattern.replace("**", "*").replace("*", plain) for pattern in patterns]
    return next(
        (
            branch
            for branch in (*own, *filled)
            if claims(contract, branch) and not set(branch) & _SPECIAL
        ),
        "",
    )


def patterns_of(contract: Contract) -> tuple[str, ...]:
    """Give the branch patterns of `contract`: its own, or the defaults. A contract's name has no character that is special in them."""
    return contract.branches or (contract.name, f"worktree-{contract.name}", f"*/{contract.name}")


def named_for(label: str, branch: str) -> bool:
    """Tell whether the file name of a contract that cannot be read claims the branch. Compared as text: it may be no name, and hold `*`."""
    return branch in (label, f"worktree-{label}", f"{branch.partition('/')[0]}/{label}")


def the_one(claiming: Sequence[Contract], branch: str, where: str) -> Contract | None:
    """Give the only contract that claims the branch, None if none does. Raises ContractError for two; `where` tells where they stand."""
    if len(claiming) < 2:
        return claiming[0] if claiming else None
    files = " and ".join(contract.file for contract in claiming)
    raise ContractError(
        f"{files} ({where}) both claim the branch {branch}",
        hint=f"narrow `branches` in one of them, or: guard check --contract {claiming[0].name}",
    )
