"""Stacked work: what a branch has unchanged from another open session's branch."""

from __future__ import annotations

from guard.contracts.branches import claims
from guard.core.names import ref_of
from guard.core.values import NamedTuple
from guard.git.ancestry import common_ancestors
from guard.git.compare import diff_trees, read_changes
from guard.git.plumbing import records
from guard.rules import RULES
from guard.rules.findings import Carried
from guard.rules.grants import granting
from guard.rules.judge import judge
from guard.verdict.revs import branches_ahead

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from guard.contracts.model import Contract
    from guard.rules.facts import Facts
    from guard.verdict.opening import Sources

_MOST = 50  # branches that are looked at
# How an entry of a branch's reflog begins if the commit was made there (git-reflog(1)).
_MADE = ("commit", "cherry-pick", "revert", "am")
# How the first entry of a ref begins or ends that did not exist before.
_NEW, _FETCHED = ("branch: Created", "clone:"), "storing head"


def carried(sources: Sources, facts: Facts, parents: Sequence[str]) -> tuple[Carried, ...]:
    """Give the changed paths that are as in commits of other open sessions, by branch.

    They count as far as the contract of that session on the base permits them. `parents` are those
    of the commit that is judged. A path that a commit made on this branch changed is this one's
    work under another name. Raises GitError where git cannot compare.
    """
    found: list[Carried] = []
    left = {change.path: change for change in facts.changes}
    branches = list(_branches(sources, facts))
    before = _before(sources, facts, [branch.ref for branch in branches], parents)
    own: set[str] | None = None
    for contract, name, ref, tip in branches:
        tips = dict.fromkeys((*common_ancestors(sources.repository, tip, parents), *before[ref]))
        work = _work(sources, facts, tips)
        same = [path for path in left if (path, left[path].new) in work]
        allowed = _permitted(facts, contract, same) if same else set()
        if not allowed:
            continue
        own = _made_here(sources, facts) if own is None else own
        allowed -= _changed_in(sources, own.intersection(_commits(sources, facts, (tip, *tips))))
        if allowed:
            found.append(Carried(contract.name, name, tuple(sorted(allowed))))
            left = {path: change for path, change in left.items() if path not in allowed}
    return tuple(found)


class _Branch(NamedTuple):
    contract: Contract
    name: str
    ref: str
    tip: str


def _branches(sources: Sources, facts: Facts) -> Iterator[_Branch]:
    """The branches of other sessions.

    What the base has is left out, and so is a remote's branch with the tip of the local one.
    """
    base, claimed = sources.trust.base, []
    refs = branches_ahead(sources)
    others = [(ref, name) for ref, name in refs if name not in (facts.branch, base.name)]
    contracts = granting(facts) if others else ()
    for ref, name in others:
        claimed += [(contract, name, ref) for contract in contracts if claims(contract, name)]
    infos = sources.objects.infos(*(f"{ref}^{{commit}}" for _, _, ref in claimed[:_MOST]))
    tips: dict[str, _Branch] = {}
    for (contract, name, ref), info in zip(claimed, infos, strict=False):
        if info:
            tips.setdefault(info.oid, _Branch(contract, name, ref, info.oid))
    yield from tips.values()


def _before(
    sources: Sources, facts: Facts, refs: Sequence[str], parents: Sequence[str]
) -> dict[str, list[str]]:
    """The newest former tip of each ref that this branch has: the ref was amended or rebased since.

    Only the ref's reflog knows (git-merge-base(1), `--fork-point`). git lists what each entry led
    to, not from where the oldest one came: of a remote's branch that is where the clone saw it.
    """
    git, had, oldest = sources.repository.git, dict[str, list[str]](), dict[str, str]()
    if refs:
        listed = git.run("rev-list", "--topo-order", *parents, f"^{facts.trusted.oid}").text
        place = {oid: number for number, oid in enumerate(listed.split())}
        for line in git.run("log", "-g", "--format=%H %gD%x00%gs", *refs, "--").text.split("\n"):
            entry, _, how = line.partition("\0")
            oid, _, entry = entry.partition(" ")
            ref = entry.rpartition("@{")[0]
            known, oldest[ref] = had.setdefault(ref, []), how
            if oid in place:
                known[:] = [min((oid, *known), key=place.__getitem__)]
    for ref in refs:
        how = oldest.get(ref, _FETCHED)
        if not had.get(ref) and not how.startswith(_NEW) and not how.endswith(_FETCHED):
            answer = git.run("merge-base", "--fork-point", ref, parents[0], ok=(0, 1, 128))
            had[ref] = answer.text.split()
    return {ref: had.get(ref, []) for ref in refs}


def _work(sources: Sources, facts: Facts, tips: Iterable[str]) -> set[tuple[str, tuple[str, str]]]:
    """What the session changed up to where this branch left it; the same edit made here is not."""
    repository, base = sources.repository, facts.trusted.oid
    work: set[tuple[str, tuple[str, str]]] = set()
    for commit in tips:
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


def _commits(sources: Sources, facts: Facts, tips: Iterable[str]) -> list[str]:
    return sources.repository.git.run("rev-list", *tips, f"^{facts.trusted.oid}").text.split()


def _changed_in(sources: Sources, commits: set[str]) -> set[str]:
    """The paths that commits changed; of a merge those that are as in none of its parents."""
    words = "--stdin -c -r --root --no-commit-id --name-only -z --no-renames".split()
    stdin = "".join(f"{oid}\n" for oid in commits)
    answer = sources.repository.git.run("diff-tree", *words, stdin=stdin.encode())
    return set(records(answer.out))
