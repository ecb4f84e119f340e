"""Under which contract somebody works in a worktree."""

import json
import os

from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.core.files import read_head
from guard.git.locate import git_dir
from guard.rules.between import Party
from guard.verdict.session import BINDING
from guard.verdict.trust import Trust

RESOLUTION = "guard/resolving.json"  # below the git directory of a worktree opened for a conflict


def working_under(trust: Trust, branch: str, worktree: str) -> Contract | None:
    """Give the contract of a branch on the base, or else what its worktree ("": none) is bound to.

    None if several claim the branch, which `guard check` reports.
    """
    found = claiming(trust, branch)
    if found or not worktree or branch in trust.base_names:
        return found
    name = bound_to(worktree)
    return next((contract for contract in trust.contracts if contract.name == name), None)


def is_checkout(trust: Trust, party: Party) -> bool:
    """Tell whether a party is no session, but a checkout of the base or of the contracts."""
    return party.branch in trust.base_names and not party.remote and not party.contract


def bound_to(worktree: str) -> str:
    """Give the name of the contract that a worktree is bound to (`guard start --here`), or ""."""
    try:
        bound = read_head(os.path.join(git_dir(worktree), BINDING), 1 << 10)
    except OSError:
        return ""
    return bound.decode("utf-8", "replace").strip()


def resolved_in(git_dir: str) -> dict[str, str]:
    """Give what guard noted in a worktree, by its git directory, that was opened for a conflict.

    These are `name` and `head` of the session and the `base` onto which it is merged; {} for none.
    """
    try:
        said = json.loads(read_head(os.path.join(git_dir, RESOLUTION), 1 << 16) or b"{}")
        return {key: str(said[key]) for key in ("name", "head", "base")}
    except (ValueError, KeyError, TypeError):
        return {}


def claiming(trust: Trust, branch: str) -> Contract | None:
    """Give the contract on the base that claims a branch; None if none or several do."""
    found = [contract for contract in trust.contracts if claims(contract, branch)]
    return found[0] if len(found) == 1 else None
