"""Names for new branches that work under a contract."""

from guard.contracts.branches import claims, patterns_of
from guard.contracts.model import Contract

_SPECIAL = frozenset("?[]\\*")  # in a pattern, but in no branch's name (git-check-ref-format(1))


def branch_under(contract: Contract, name: str) -> str:
    """Give a branch for the worktree `name` that works under `contract`; "" if no pattern has room.

    The contract's own worktree gets `worktree-NAME`, as agents call it, if the contract claims
    that; another worktree gets its name in place of a wildcard (`*/api` → `NAME/api`).
    """
    own = name == contract.name
    patterns = [pattern for pattern in patterns_of(contract) if own or "*" in pattern]
    candidates = [_filled(pattern, name.replace("/", "-")) for pattern in patterns]
    if own:
        candidates.insert(0, f"worktree-{name}")
    for branch in candidates:
        if claims(contract, branch) and not set(branch) & _SPECIAL:
            return branch
    return ""


def _filled(pattern: str, name: str) -> str:
    return pattern.replace("**", "*").replace("*", name)
