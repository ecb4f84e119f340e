"""The name under which a contract claimed a branch that was renamed."""

from contextlib import closing

from guard.core.errors import GuardError
from guard.git.objects import Objects
from guard.git.renamed import former_names
from guard.git.repository import Repository, branch_of
from guard.verdict.opening import Sources
from guard.verdict.search import Search
from guard.verdict.session import who_works_here
from guard.verdict.trust import read_trust


def claimed_as(sources: Sources, branch: str, head: str) -> tuple[str, str]:
    """Give the latest name of `branch` that a contract claims, and the contract's name.

    `head` is the tip of the branch, which is "" in a worktree with a detached HEAD. Both are "" if
    there is none.
    """
    for name in former_names(sources.repository.git, branch) if branch else ():
        try:
            found = who_works_here(sources, name, head, on_base=False, look_around=False)
        except GuardError:
            continue
        if found.contract:
            return name, found.name
    return "", ""


def own_former_name(repository: Repository) -> str:
    """Give the name that a contract claims of the branch that is checked out, as `claimed_as`."""
    branch = branch_of(repository)
    with closing(Objects(repository.git)) as objects:
        trust = read_trust(Search(repository, objects, branch=branch))
        tip = objects.info("HEAD^{commit}")
        sources = Sources(repository, objects, trust)
        return claimed_as(sources, branch, tip.oid if tip else "")[0]
