"""Whose a worktree is when its session goes: by its branch, its binding, or what it had last."""

from collections.abc import Iterable

from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.git.plumbing import at
from guard.git.renamed import last_branch
from guard.git.repository import branch_of, open_repository
from guard.git.worktrees import Worktree
from guard.sessions.worktrees import bound_to


def belongs(
    one: Worktree, contract: Contract, others: Iterable[Contract], *, is_main: bool = False
) -> bool:
    """Tell whether a worktree is one of the session of `contract`.

    Its branch tells it, also while that is rebased; then what it is bound to. A linked worktree
    with a detached HEAD and no binding is of the session whose branch it had last, by HEAD's log:
    what was committed there is nowhere else. `others` are the other open contracts.
    """
    if one.bare or one.missing:
        return claims(contract, one.branch)
    branch = one.branch or branch_of(open_repository(at(one.path)))
    if claims(contract, branch) or any(claims(other, branch) for other in others):
        return claims(contract, branch)
    bound = bound_to(one.path)
    if bound or branch or is_main:
        return bound == contract.name
    return claims(contract, last_branch(at(one.path)))


def held_by(one: Worktree) -> str:
    """Give the branch of a linked worktree, also while HEAD is detached; "" if it is not known."""
    if one.bare or one.missing or one.branch:
        return one.branch
    return branch_of(open_repository(at(one.path))) or last_branch(at(one.path))
