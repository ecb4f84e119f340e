"""What cannot be read on the base must not keep out its own correction, by whatever hook.

A push is looked at as a whole, in `pushed`: it may move the base only to what can be read.
"""

from collections.abc import Iterable

from guard.changes.change import Change
from guard.contracts.model import CONTRACTS, POLICY_FILE
from guard.core.errors import ContractError
from guard.git.compare import diff_index, diff_trees, read_changes, staged_changes
from guard.git.plumbing import Git
from guard.git.repository import open_repository
from guard.verdict.named_branches import NoBranch, NoContracts

# A policy or a contract is unreadable, or the policy names a branch that is not there.
UNREADABLE = (ContractError, NoBranch, NoContracts)
_ROOT = CONTRACTS.partition("/")[0]
_INSIDE = CONTRACTS + "/"


def is_correction(git: Git, *, merging: bool) -> bool:
    """Tell whether what is staged changes no path but guard's own.

    What a merge brings is not its author's; with `merging`, git is about to commit one by itself.
    Raises GitError where git cannot compare.
    """
    repository = open_repository(git)
    parents = repository.merging() or (repository.announced() if merging else [])
    return _is_guards(staged_changes(repository, diff_index(git, "HEAD"), parents))


def corrects(git: Git, old: str, new: str) -> bool:
    """Tell whether two commits differ in no path but guard's own.

    Raises GitError where git cannot compare.
    """
    return _is_guards(read_changes(diff_trees(git, old, new)))


def _is_guards(changes: Iterable[Change]) -> bool:
    """A file may stand in the place of a folder: that cannot be read, either."""
    own = (POLICY_FILE, _ROOT, CONTRACTS)
    return all(change.path in own or change.path.startswith(_INSIDE) for change in changes)
