"""The branch of a session, and whether it was begun already, here or in another clone."""

from collections.abc import Sequence

from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.contracts.new_branches import branch_under
from guard.core.errors import UsageError
from guard.core.names import HEADS, branch_in, ref_of, shell_quote, show
from guard.git.ancestry import commit_of, is_ancestor
from guard.git.refs import tips
from guard.git.worktrees import Worktree
from guard.sessions.life.arriving import remote_of
from guard.sessions.life.declaring import declared
from guard.sessions.life.wanted import Wanted
from guard.sessions.names import names_noted
from guard.verdict.opening import Sources
from guard.verdict.search import REMOTES
from guard.verdict.trust import Trust


def own_branch(trust: Trust, name: str) -> str:
    """Give the branch that the policy gives the session `name`."""
    return trust.policy.start_branch.replace("{name}", name)


def branch_of(
    sources: Sources, wanted: Wanted, contract: Contract, places: Sequence[Worktree]
) -> str:
    """Give the branch of a session; it has to work under the contract.

    `places` are the worktrees if the contract was there: then the session may have a branch, which
    it goes on with. Raises UsageError if there is none, and for the base.
    """
    git, own, name = sources.repository.git, own_branch(sources.trust, wanted.name), wanted.name
    if wanted.branch and not wanted.head and not commit_of(git, ref_of(wanted.branch)):
        hint = _way_to(sources, wanted.branch)
        raise UsageError(f"there is no branch {wanted.branch} here", hint=hint)
    branch = wanted.branch or (own if claims(contract, own) else "") or branch_under(contract, name)
    if places and not wanted.branch and not wanted.under and not commit_of(git, ref_of(branch)):
        branch = _begun_here(sources, contract, places) or branch
    if branch == sources.trust.home.name and not wanted.head:
        message = f"{show(branch)} is the base, which belongs to no session"
        raise UsageError(message, hint=f"guard start {shell_quote(name)} --owns PATTERN")
    if not branch or not claims(contract, branch):
        raise UsageError(
            f"the contract {contract.name} claims no branch like {branch or own}",
            hint=f"guard contract edit {contract.name} --branch {shell_quote(branch or own)}",
        )
    return branch


def _way_to(sources: Sources, branch: str) -> str:
    """The command that makes a branch here of the remote's, or else lists those that are here."""
    remote = remote_of(sources.repository, sources.trust)
    if not remote:
        return "git branch --list   # those that are here"
    there = f"{remote}/{branch}"
    if commit_of(sources.repository.git, f"{REMOTES}{there}"):
        return f"git branch {shell_quote(branch)} {shell_quote(there)}   # then again"
    return f"git fetch {shell_quote(remote)} {shell_quote(f'{branch}:{branch}')}   # then again"


def _begun_here(sources: Sources, contract: Contract, places: Sequence[Worktree]) -> str:
    """The only branch here that a contract claims, "" if there is none or are several.

    Those of worktrees with names of their own, among `places`, are other sessions'.
    """
    noted = names_noted(sources.repository.common_dir)
    others = {one.branch for one in places if one.path in noted}
    found = [
        branch
        for branch in map(branch_in, tips(sources.repository.git, HEADS))
        if claims(contract, branch) and branch not in (*others, sources.trust.home.name)
    ]
    return found[0] if len(found) == 1 else ""


def require_free(
    sources: Sources, contract: Contract, branch: str, wanted: Wanted, *, is_known: bool
) -> None:
    """Raise UsageError if the remote has work on a branch of the session, as last fetched.

    That is `branch`, or another that the contract claims: where the contract `is_known`, or the
    branch has brought it along. The session was begun in another clone; here nobody begins it a
    second time. The last commit's author and age tell whose it is.
    """
    git, trust = sources.repository.git, sources.trust
    remote = remote_of(sources.repository, trust)
    if not remote:
        return
    prefix = f"{REMOTES}{remote}/"
    pushed = {ref.removeprefix(prefix): tip for ref, tip in tips(git, prefix).items()}
    for name, tip in sorted(pushed.items(), key=lambda one: one[0] != branch):
        is_own = name == branch
        if not is_own and (wanted.under or not claims(contract, name) or name == trust.home.name):
            continue
        brings = is_known or sources.objects.info(f"{tip}:{contract.file}") is not None
        if not (is_own or brings) or is_ancestor(git, tip, trust.home.oid):
            continue
        there, typed = f"{remote}/{name}", shell_quote(wanted.name)
        words = ("log", "-1", "--no-show-signature", "--format=%an, %cr", tip)
        go_on = f"git branch {shell_quote(name)} {shell_quote(there)} && guard start {typed}"
        beside = f"beside it: guard start OTHER --from {contract.name}"
        other = beside if is_known and not is_own else "choose another name"
        raise UsageError(
            f"{there} has work of this session already, from another clone: "
            f"{show(git.run(*words).text.strip())}",
            hint=f"{go_on}{'' if is_own else f' --branch {shell_quote(name)}'}   "
            f"# to go on with it; or {other}",
        )


def require_begun_here(sources: Sources, wanted: Wanted) -> None:
    """Raise UsageError if only a branch of the remote, as last fetched, has the contract wanted."""
    remote = remote_of(sources.repository, sources.trust)
    if remote:
        prefix = f"{REMOTES}{remote}/"
        found = declared(sources.repository, sources.objects, sources.trust, prefix)
        if contract := found.get(wanted.name):
            branch = own_branch(sources.trust, wanted.name)
            require_free(sources, contract, branch, wanted, is_known=False)
