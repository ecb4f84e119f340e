"""The session of a worktree: its branch, its contract and the policy, for what is not a verdict."""

from __future__ import annotations

from typing import NamedTuple

from guard.contracts.model import Contract, Policy
from guard.core.errors import NotAdopted
from guard.git.objects import Objects
from guard.git.repository import Repository, branch_of
from guard.verdict.assign import assign
from guard.verdict.trust import Search, read_trust


class Session(NamedTuple):
    """A worktree's branch ("" if detached) and contract (None on the base and where there is none), and the policy on the base."""

    branch: str
    contract: Contract | None = None
    policy: Policy = Policy()

    @property
    def name(self) -> str:
        """The contract's name, "" without one."""
        return self.contract.name if self.contract else ""

    @property
    def handoff(self) -> str:
        """The path of the session's handoff, "" without a contract."""
        return self.policy.handoff_of(self.contract.name) if self.contract else ""


def read_session(repository: Repository) -> Session:
    """Read the session of a worktree; where guard is not adopted yet, it has no contract. Raises GuardError as a verdict would."""
    objects = Objects(repository.git)
    branch = branch_of(repository)
    try:
        trust = read_trust(repository, objects, Search(repository, objects), "")
        found = objects.info("HEAD^{commit}")
        if branch == trust.base.name or not found:
            return Session(branch, policy=trust.policy)
        assigned = assign(repository, objects, trust, branch, "", found.oid, look_around=True)
    except NotAdopted:
        return Session(branch)
    finally:
        objects.close()
    return Session(branch, assigned.contract, trust.policy)
