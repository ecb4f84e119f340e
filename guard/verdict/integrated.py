"""Which contracts on the base are done: the base has all the work of their branches.

Their files may stay on the base for a while; they take no paths from others meanwhile.
"""

from collections.abc import Callable, Iterable

from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.core.errors import GitError
from guard.git.ancestry import is_ancestor
from guard.git.compare import diff_trees, read_changes
from guard.git.isolate import isolated
from guard.git.merge import merge_commits
from guard.rules.facts import Facts
from guard.rules.grants import Owners
from guard.rules.overlaps import owned_by
from guard.rules.taken import taking
from guard.verdict.opening import Sources
from guard.verdict.revs import branch_refs


def integrated(sources: Sources, facts: Facts) -> frozenset[str]:
    """Give the names of those contracts that take a changed path although their work is done.

    Raises GitError where git cannot compare.
    """
    owners = Owners(facts, taking(facts))
    return done(sources, [one for change in facts.changes for one, _ in owners.of(change.path)])


def done(sources: Sources, contracts: Iterable[Contract]) -> frozenset[str]:
    """Give the names of those contracts whose work is done.

    A branch without work of its own is not done: since the contract came to the base, a path that
    it owns has changed. Branches that this clone does not have are not known. Raises GitError where
    git cannot compare.
    """
    concerned = {contract.name: contract for contract in contracts}
    if not concerned or sources.repository.shallow:
        return frozenset()
    branches = list(branch_refs(sources.repository.git))
    found = []
    for contract in concerned.values():
        refs = (f"{ref}^{{commit}}" for ref, name in branches if claims(contract, name))
        tips = {info.oid for info in sources.objects.infos(*refs) if info}
        if _is_done(sources, contract, tips):
            found.append(contract.name)
    return frozenset(found)


def works_under(sources: Sources, contract: Contract, *, besides: str = "") -> list[str]:
    """List the branches that a contract claims and that have commits which the base lacks.

    A branch that this clone does not have is not known.
    """
    refs = branch_refs(sources.repository.git, "--no-merged", sources.trust.base.oid)
    names = {name for _, name in refs if name != besides}
    return sorted(name for name in names if claims(contract, name))


def _is_done(sources: Sources, contract: Contract, tips: set[str]) -> bool:
    return is_integrated(sources, contract, tips, owned_by(contract, sources.trust.policy))


def is_integrated(
    sources: Sources, contract: Contract, tips: set[str], owns: Callable[[str], bool]
) -> bool:
    """Tell whether the base has all of `tips`, and something there is work of the contract."""
    if not tips or not all(_has_all(sources, tip) for tip in tips):
        return False
    git, before = sources.repository.git, _before(sources, contract)
    return any(
        owns(change.path) for tip in tips for change in read_changes(diff_trees(git, before, tip))
    )


def _before(sources: Sources, contract: Contract) -> str:
    """The base before the contract came: a commit, or the empty tree.

    What the first commit of all brought beside a contract is nobody's work. A branch of contracts
    has no history in common with the base, so there the time counts.
    """
    git, trust = sources.repository.git, sources.trust
    words = ("--first-parent", "-1", "--diff-filter=A", "--format=%ct %H %P", trust.granting.oid)
    time, *commits = git.run("log", *words, "--", contract.file).text.split() or [""]
    if trust.elsewhere.oid:
        latest = ("--first-parent", "-1", f"--before={time}")
        commits = git.run("rev-list", *latest, trust.base.oid).text.split()
    if not commits:
        return sources.repository.empty_tree
    return commits[1] if len(commits) > 1 else commits[0]


def _has_all(sources: Sources, tip: str) -> bool:
    """Whether the base has a branch: by ancestry, by patch, or since merging adds nothing."""
    git, base = sources.repository.git, sources.trust.base.oid
    if is_ancestor(git, tip, base):
        return True
    words = ("--cherry-pick", "--right-only", "--no-merges", "--max-count=1", f"{base}...{tip}")
    if not git.run("rev-list", *words).out:
        return True
    with isolated(sources.repository) as apart:
        try:
            merge = merge_commits(apart, base, tip)
        except GitError:
            return False
    return merge.clean and merge.tree == sources.trust.tree
