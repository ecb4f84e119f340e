"""What cannot be read on the base must not keep out its own correction, by whatever hook.

A push says where its commits land, so it must bring what can be read. Where a commit will land
nobody knows: it must change nothing but guard's own files.
"""

from collections.abc import Iterable

from guard.changes.change import Change
from guard.contracts.model import CONTRACTS, POLICY_FILE
from guard.core.errors import ContractError, GitError, GuardError
from guard.git.ancestry import is_ancestor
from guard.git.compare import diff_index, diff_trees, read_changes, staged_changes
from guard.git.plumbing import Git
from guard.git.repository import open_repository
from guard.githooks.events import Update
from guard.verdict.named_branches import NoBranch, NoContracts, named_base
from guard.verdict.search import Ref, Search
from guard.verdict.trust import Trust, contracts_at, read_trust

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


def as_far_as_read(search: Search, broken: GuardError) -> Trust:
    """Give what can be read, and let `search` know what leads there, although it is `broken`."""
    if isinstance(broken, NoBranch):
        search.way.append(Ref(broken.name, broken.name))
        return Trust()
    trust = read_trust(search, lenient=True)
    if isinstance(broken, NoContracts):
        trust = trust._replace(elsewhere=Ref(broken.name, broken.name))
    return trust


def require_repair(search: Search, trust: Trust, update: Update, broken: GuardError) -> None:
    """Raise GuardError unless a push makes readable what is `broken`."""
    if update.branch and update.branch == trust.elsewhere.name:
        require_claims(search, trust._replace(unreadable=()), update)
    elif search.leads(update.branch):
        require_readable(search, update, set())
    else:
        raise broken


def require_claims(search: Search, trust: Trust, update: Update) -> None:
    """Raise GuardError if a push to the branch of contracts undoes claims or cannot be read."""
    found = search.objects.info(update.new + "^{commit}")
    if not found:
        raise GitError(f"{update.ref} is to be {update.new}, no commit here", hint="git fsck")
    name, before = trust.elsewhere.name, update.old.strip("0")
    if before and not is_ancestor(search.repository.git, update.old, found.oid, (0, 1, 128)):
        raise GitError(
            f"this rewrites {name}: contracts that others published would be gone",
            hint="add to its tip instead: guard contract publish NAME",
        )
    _, broken = contracts_at(search.objects, found.oid, update.ref)
    _require_no_more(update, broken, {(file, wrong) for _, file, wrong in trust.unreadable})


def require_readable(search: Search, update: Update, known: set[tuple[str, str]]) -> None:
    """Raise for an unreadable policy or contract that is not `known`, or a base that is not there.

    That is a ContractError or NoBranch.
    """
    after = read_trust(search, update.new)
    _require_no_more(update, after.unreadable, known)
    if after.policy.base and update.branch == search.way[0].name:
        named_base(search, after.policy.base)


def _require_no_more(
    update: Update, unreadable: Iterable[tuple[str, str, str]], known: set[tuple[str, str]]
) -> None:
    """Raise ContractError for contracts that cannot be read, unless they are `known`."""
    new = [wrong for _, file, wrong in unreadable if (file, wrong) not in known]
    if new:
        message = f"{update.ref} would have contracts that cannot be read\n" + "\n".join(new)
        raise ContractError(message, hint="fix them first: guard contract check")


def _is_guards(changes: Iterable[Change]) -> bool:
    """A file may stand in the place of a folder: that cannot be read, either."""
    own = (POLICY_FILE, _ROOT, CONTRACTS)
    return all(change.path in own or change.path.startswith(_INSIDE) for change in changes)
