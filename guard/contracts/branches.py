"""Which branch works under which contract."""

from __future__ import annotations

from guard.patterns import whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.contracts.values import Contract


def claims(contract: Contract, branch: str) -> bool:
    """Tell whether `branch` (its short name, without `refs/heads/`) works under `contract`.

    Its `branches` decide, each matched against the whole name: `*` stays between two slashes, `**` crosses them. Without any, the
    branch is the contract's NAME, `worktree-NAME` (what agents call the branches of their worktrees) or NAME behind one prefix
    (`feat/NAME`).
    """
    return bool(branch) and any(whole(pattern, branch) for pattern in patterns_of(contract))


def patterns_of(contract: Contract) -> tuple[str, ...]:
    """Give the branch patterns of `contract`: its own, or the defaults. A contract's name has no character that is special in them."""
    return contract.branches or (contract.name, f"worktree-{contract.name}", f"*/{contract.name}")
