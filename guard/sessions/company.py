"""Whether anybody else works in a repository, found without looking into worktrees."""

import os

from guard.contracts.branches import claims
from guard.core.names import HEADS
from guard.git.repository import Repository
from guard.rules.facts import Facts
from guard.rules.grants import others
from guard.rules.overlaps import open_contracts
from guard.verdict.integrated import done
from guard.verdict.opening import Sources
from guard.verdict.revs import branch_refs


def has_company(sources: Sources, facts: Facts) -> bool:
    """Tell whether there is another worktree, another contract's branch, or work on the base.

    Work on the base are changes in its checkout, and a local base that is not a remote's.
    """
    if (facts.on_base and facts.changes) or _has_linked(sources.repository):
        return True
    name, theirs = sources.trust.home.name, open_contracts(others(facts))
    bases = []
    for ref, branch in branch_refs(sources.repository.git):
        if branch == name:
            bases.append(f"{ref}^{{commit}}")
        elif ref.startswith(HEADS) and any(claims(one, branch) for one in theirs):
            return True
    return len({info.oid for info in sources.objects.infos(*bases) if info}) > 1


def open_sessions(sources: Sources) -> tuple[str, ...]:
    """Give the names of the open sessions; nothing if there are no more than the policy allows."""
    trust = sources.trust
    found = open_contracts(trust.contracts)
    if len(found) <= trust.policy.sessions:
        return ()
    closed = done(sources, found)
    return tuple(one.name for one in found if one.name not in closed)


def _has_linked(repository: Repository) -> bool:
    """Whether there are linked worktrees (gitrepository-layout(5))."""
    try:
        return bool(os.listdir(os.path.join(repository.common_dir, "worktrees")))
    except OSError:
        return False
