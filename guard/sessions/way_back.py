"""The way back of a conversation that stands on a branch which is not its contract's."""

from guard.contracts.branches import claims
from guard.core.errors import GuardError
from guard.core.names import ref_of, shell_quote, show
from guard.git.plumbing import at
from guard.git.renamed import last_branches
from guard.git.repository import has_ref
from guard.verdict.verdict import facts_without_changes


def way_back(top: str, bound: str) -> str:
    """Say that a conversation under the contract `bound` is astray at `top`, and the command.

    It is the branch of the contract that was checked out there last. "" if the contract applies
    there anyhow, or if that branch is gone.
    """
    git = at(top)
    try:
        here = facts_without_changes(git)
        contract = facts_without_changes(git, bound=bound).contract
    except GuardError:
        return ""
    if contract is None or contract.name != bound:
        return ""
    if here.contract and here.contract.name == bound:
        return ""
    left = (one for one in last_branches(git) if claims(contract, one))
    branch = next((one for one in left if has_ref(git, ref_of(one))), "")
    if not branch:
        return ""
    on = f"branch {show(here.branch)}" if here.branch else "a detached HEAD"
    what = f"this conversation works under contract {show(bound)}, which does not apply on {on}"
    return f"guard: {what}\nnext: git switch {shell_quote(branch)}"
