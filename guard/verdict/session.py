"""Who works here: the base, the branch, and the contract of the branch.

A contract that is not on the base is self-declared: the first commit of the branch that added it
decides or, before any commit, the working tree. `guard start --here NAME` binds a worktree to a
contract; that counts where the branch does not tell which one applies.
"""

from __future__ import annotations

from guard.contracts.branches import admits, claims, named_for, the_one
from guard.core.errors import ContractError, NotAdopted, UsageError
from guard.core.values import NamedTuple
from guard.git.objects import Objects
from guard.git.repository import branch_of
from guard.verdict.opening import Sources
from guard.verdict.search import Search
from guard.verdict.trust import Trust, read_trust

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.contracts.model import Contract
    from guard.git.repository import Repository


BINDING = "guard/contract"  # below a worktree's git directory: the contract that it is bound to


class Session(NamedTuple):
    """Who works in a worktree: what is trusted, the branch, its tip and its contract.

    `branch` is "" if detached, `head` "" before the first commit. `source` of the contract is
    `base`, `branch`, `working-tree` or "". If the branch declared it, `declared_in` is the first
    commit that has it and `blob` its file there. `refused` claims the branch for other authors.
    """

    trust: Trust
    branch: str
    head: str = ""
    on_base: bool = False
    contract: Contract | None = None
    source: str = ""
    declared_in: str = ""
    blob: str = ""
    refused: Contract | None = None

    @property
    def name(self) -> str:
        """The contract's name, "" without one."""
        return self.contract.name if self.contract else ""

    @property
    def handoff(self) -> str:
        """The path of the session's handoff, "" without a contract."""
        return self.trust.policy.handoff_of(self.contract.name) if self.contract else ""


def read_session(repository: Repository, *, only_adopted: bool = False) -> Session:
    """Read the session of a worktree, without contract if there is no base.

    With `only_adopted` also if the base has not adopted guard. Raises GuardError.
    """
    objects = Objects(repository.git)
    branch = branch_of(repository)
    try:
        trust = read_trust(Search(repository, objects, branch=branch))
        if only_adopted and not trust.adopted:
            return Session(trust, branch)
        tip = objects.info("HEAD^{commit}")
        nobody = tip is None or branch == trust.home.name
        sources = Sources(repository, objects, trust)
        return who_works_here(sources, branch, tip.oid if tip else "", on_base=nobody)
    except NotAdopted:
        return Session(Trust(), branch)
    finally:
        objects.close()


def who_works_here(
    sources: Sources,
    branch: str,
    head: str,
    name: str = "",
    author: str | None = None,
    *,
    on_base: bool,
    look_around: bool = True,
) -> Session:
    """Find the contract of a branch, or the contract `name` that a person chose; none on the base.

    `author` is a login, "" if CI should know it and does not, None if nobody was asked. With
    `look_around` the worktree is looked at: what it is bound to, and what it declares if no commit
    does. Raises UsageError for an unknown name, ContractError if two contracts claim the
    branch, if it cannot be read, and if it depends on an unknown author.
    """
    session = Session(sources.trust, branch, head, on_base)
    if not (branch or name):
        return (look_around and _by_binding(sources, branch, head)) or session
    if on_base:
        return session
    found = _with_contract(sources, session, name, look_around=look_around)
    contract = found.contract
    if contract is None or not contract.actors or author is None:
        return found
    if not author:
        hint = "guard ci --author LOGIN, with a login that the author of the change cannot choose"
        raise ContractError(
            f"contract {contract.name} is for {', '.join(contract.actors)}, "
            "and who made this change is not known here",
            hint=hint,
        )
    return found if admits(contract, author) else session._replace(refused=contract)


def _with_contract(sources: Sources, session: Session, name: str, *, look_around: bool) -> Session:
    found = _on_base(session, name)
    if not found and look_around and not name:
        found = _by_binding(sources, session.branch, session.head)
    found = found or _declared(sources, session, name)
    if found:
        return found
    if look_around and sources.repository.top:
        from guard.verdict.declared import in_working_tree  # rare once it has landed

        drafted = in_working_tree(sources, session, name)
        if drafted:
            return session._replace(contract=drafted, source="working-tree")
    if name:
        base = session.trust.granting.short
        raise UsageError(
            f"there is no contract {name!r} on {base} or on this branch", hint="guard contract list"
        )
    return session


def session_under(sources: Sources, branch: str, head: str, name: str) -> Session | None:
    """Give the session under the contract `name` on any branch; None if that is not there.

    Raises ContractError if it cannot be read.
    """
    session = Session(sources.trust, branch, head)
    return _on_base(session, name) or _declared(sources, session, name)


def _by_binding(sources: Sources, branch: str, head: str) -> Session | None:
    name = sources.repository.private(BINDING)
    return session_under(sources, branch, head, name) if name else None


def _on_base(session: Session, name: str) -> Session | None:
    contract = _trusted(session, name)
    return session._replace(contract=contract, source="base") if contract else None


def _declared(sources: Sources, session: Session, name: str) -> Session | None:
    if not session.head:
        return None
    from guard.verdict.declared import first_declared  # rare once it has landed

    return first_declared(sources, session, name)


def _trusted(session: Session, name: str) -> Contract | None:
    trust, branch = session.trust, session.branch
    for broken, _, wrong in trust.unreadable:
        if broken == name if name else named_for(broken, branch):
            hint = f"fix it on {trust.granting.short}: guard contract check --base"
            raise ContractError(wrong, hint=hint)
    if name:
        return next((contract for contract in trust.contracts if contract.name == name), None)
    claiming = [contract for contract in trust.contracts if claims(contract, branch)]
    return the_one(claiming, branch, trust.granting.short)
