"""Stacked work: what a branch has unchanged from another open session's branch."""

from collections.abc import Iterator, Sequence

from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.core.names import ref_of
from guard.git.compare import common_ancestors, diff_trees, read_changes
from guard.git.plumbing import records
from guard.rules import RULES
from guard.rules.facts import Facts
from guard.rules.findings import Carried
from guard.rules.judge import judge
from guard.verdict.opening import Sources
from guard.verdict.revs import branch_refs

_MOST = 50  # branches that are looked at
# How an entry of a branch's reflog begins if the commit was made there (git-reflog(1)).
_MADE = ("commit", "cherry-pick", "revert", "am")


def carried(
    sources: Sources, facts: Facts, contracts: Sequence[Contract], parents: Sequence[str]
) -> tuple[Carried, ...]:
    """Give the changed paths that are as in commits of other open sessions, by branch.

    They count as far as the contract of that session permits them: one of `contracts`, which are on
    the base. `parents` are those of the commit that is judged. A branch with a commit that was made
    on this one is this one's work under another name. Raises GitError where git cannot compare.
    """
    found: list[Carried] = []
    left = {change.path: change for change in facts.changes}
    own: set[str] | None = None
    for contract, branch, tip in _branches(sources, facts, contracts):
        work = _work(sources, facts, tip, parents)
        same = [path for path in left if (path, left[path].new) in work]
        allowed = _permitted(facts, contract, same) if same else set()
        if not allowed:
            continue
        own = _made_here(sources, facts) if own is None else own
        if own.isdisjoint(_commits(sources, facts, tip)):
            found.append(Carried(contract.name, branch, tuple(sorted(allowed))))
            left = {path: change for path, change in left.items() if path not in allowed}
    return tuple(found)


def _branches(
    sources: Sources, facts: Facts, contracts: Sequence[Contract]
) -> Iterator[tuple[Contract, str, str]]:
    """The branches of other sessions: contract, name and tip of each.

    What the base has is left out, and so is a remote's branch with the tip of the local one.
    """
    base, claimed = sources.trust.base, []
    for ref, name in branch_refs(sources.repository.git, "--no-merged", base.oid):
        if name not in (facts.branch, base.name):
            claimed += [(contract, name, ref) for contract in contracts if claims(contract, name)]
    infos = sources.objects.infos(*(f"{ref}^{{commit}}" for _, _, ref in claimed[:_MOST]))
    tips: dict[str, tuple[Contract, str, str]] = {}
    for (contract, name, _), info in zip(claimed, infos, strict=False):
        if info:
            tips.setdefault(info.oid, (contract, name, info.oid))
    yield from tips.values()


def _work(
    sources: Sources, facts: Facts, tip: str, parents: Sequence[str]
) -> set[tuple[str, tuple[str, str]]]:
    """What the session changed up to where this branch left it; the same edit made here is not."""
    repository, base = sources.repository, facts.trusted.oid
    work: set[tuple[str, tuple[str, str]]] = set()
    for commit in common_ancestors(repository, tip, parents):
        bases = common_ancestors(repository, base, [commit])
        if len(bases) == 1:
            changes = read_changes(diff_trees(repository.git, bases[0], commit))
            work.update((change.path, change.new) for change in changes)
    return work


def _permitted(facts: Facts, contract: Contract, paths: list[str]) -> set[str]:
    """Those of `paths` that would not be blamed on that session's own branch."""
    wanted = set(paths)
    theirs = facts._replace(
        contract=contract,
        trusted=facts.trusted._replace(contract_from="base"),
        edited_since=False,
        own_files=frozenset((facts.policy.handoff_of(contract.name),)),
        changes=tuple(change for change in facts.changes if change.path in wanted),
        settings=tuple(edit for edit in facts.settings if edit.path in wanted),
    )
    report = judge(theirs, [rule for rule in RULES if rule.of_one_path])
    return wanted - {finding.path for finding in report.findings if finding.breaks}


def _made_here(sources: Sources, facts: Facts) -> set[str]:
    """The commits that were made on this branch, as far as its reflog goes."""
    if not facts.branch:
        return set()
    words = ("-g", "-z", "--format=%H %gs", ref_of(facts.branch), "--")
    answer = sources.repository.git.run("log", *words, ok=(0, 128))
    entries = (record.partition(" ")[::2] for record in records(answer.out))
    return {oid for oid, how in entries if how.startswith(_MADE) and "fast-forward" not in how}


def _commits(sources: Sources, facts: Facts, tip: str) -> list[str]:
    listed = sources.repository.git.run("rev-list", tip, f"^{facts.trusted.oid}")
    return listed.out.decode().split()
