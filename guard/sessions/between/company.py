"""Who else works in a repository, found without looking into worktrees."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from types import MappingProxyType
from typing import NamedTuple

from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.core.errors import GitError
from guard.core.names import HEADS
from guard.git.compare import is_of_files
from guard.git.compare_many import diff_many
from guard.git.objects import Objects
from guard.git.plumbing import at
from guard.git.repository import open_repository
from guard.git.worktrees import Worktree, places_at_hand
from guard.rules.between import Party
from guard.rules.facts import Facts
from guard.rules.grants import others
from guard.rules.reach import open_contracts
from guard.sessions.between.history import read_history
from guard.sessions.life.declaring import with_declared
from guard.sessions.worktrees import working_under
from guard.verdict.integrated import done
from guard.verdict.opening import Sources
from guard.verdict.revs import branch_refs
from guard.verdict.search import Search
from guard.verdict.trust import read_trust


def has_company(sources: Sources, facts: Facts) -> bool:
    """Tell whether there is another worktree, another contract's branch, or work on the base.

    Work on the base are changes in its checkout, and a local base that is not a remote's.
    """
    if (facts.on_base and facts.changes) or sources.repository.has_linked_worktrees:
        return True
    name, theirs = sources.trust.home.name, open_contracts(others(facts))
    bases = []
    for ref, branch in branch_refs(sources.repository.git):
        if branch == name:
            bases.append(f"{ref}^{{commit}}")
        elif ref.startswith(HEADS) and any(claims(one, branch) for one in theirs):
            return True
    return len({info.oid for info in sources.objects.infos(*bases) if info}) > 1


def open_sessions(sources: Sources, parties: Iterable[Party] = ()) -> tuple[str, ...]:
    """Give the names of the open sessions; nothing if there are no more than the policy allows.

    Of the contracts of `parties` that have been compared nothing is asked again.
    """
    trust = sources.trust
    found = open_contracts(trust.contracts)
    if len(found) <= trust.policy.sessions:
        return ()
    told = ("working", "integrated")  # of other states it is known that there is work
    at_work = {one.contract for one in parties if one.takes_part or one.state not in told}
    at_work |= surely_at_work(sources, [one for one in found if one.name not in at_work])
    try:
        closed = done(sources, [one for one in found if one.name not in at_work])
    except GitError:  # an object is missing: what cannot be told is open
        closed = frozenset()
    return tuple(one.name for one in found if one.name not in closed)


class Near(NamedTuple):
    """Who works next to a worktree.

    `unpublished` are contracts that only branches have as yet; `beside` has the other worktrees by
    contract, with a path that starts at this one.
    """

    unpublished: tuple[Contract, ...] = ()
    beside: Mapping[str, str] = MappingProxyType({})


def near(top: str) -> Near:
    """Give who works next to the worktree at `top`."""
    repository = open_repository(at(top))
    with closing(Objects(repository.git)) as objects:
        trust = read_trust(Search(repository, objects, head=""), lenient=True)
        return next_to(Sources(repository, objects, trust), places_at_hand(repository))


def next_to(sources: Sources, worktrees: Iterable[Worktree]) -> Near:
    """Give who works next to the worktree of the `sources`; `worktrees` are all that have files."""
    repository, objects, trust = sources.repository, sources.objects, sources.trust
    known, top = with_declared(repository, objects, trust), repository.top
    beside: dict[str, str] = {}
    for one in worktrees:
        if one.missing or one.real == os.path.realpath(top):
            continue
        contract = working_under(known, one.branch, one.path)
        if contract:
            beside.setdefault(contract.name, os.path.relpath(one.path, top))
    return Near(known.contracts[len(trust.contracts) :], beside)


def surely_at_work(sources: Sources, contracts: Sequence[Contract]) -> set[str]:
    """Give the names of contracts with a branch that surely has work for the base.

    It is told in a few processes: the branch has changed a path that the base has left alone since,
    and whatever git makes of the rest, a merge would add that.
    """
    refs = [
        (ref, name)
        for ref, name in branch_refs(sources.repository.git)
        if any(claims(one, name) for one in contracts)
    ]
    tips = sources.objects.infos(*(f"{ref}^{{commit}}" for ref, _ in refs))
    heads = list(dict.fromkeys(info.oid for info in tips if info))
    busy = set(_bringing(sources, heads))
    at_work = [name for (_, name), tip in zip(refs, tips, strict=True) if tip and tip.oid in busy]
    return {one.name for one in contracts if any(claims(one, name) for name in at_work)}


def _bringing(sources: Sources, heads: Sequence[str]) -> Iterator[str]:
    """Those of the commits `heads` that a merge into the base would add something of."""
    git, trust = sources.repository.git, sources.trust
    roots = dict(zip(heads, read_history(git, trust.base.oid, heads).roots, strict=True))
    names = list({*heads, *(root for each in roots.values() for root in each)})
    infos = sources.objects.infos(*(f"{name}^{{tree}}" for name in names))
    trees = {name: info.oid for name, info in zip(names, infos, strict=True) if info}
    own = {head: [(trees[root], trees[head]) for root in roots[head]] for head in heads}
    base = {old: (old, trust.tree) for pairs in own.values() for old, _ in pairs}
    changes = diff_many(git, [*(pair for pairs in own.values() for pair in pairs), *base.values()])
    files = {
        pair: {one.path for one in found if is_of_files(one)} for pair, found in changes.items()
    }
    for head, pairs in own.items():
        if any(pair not in files or base[pair[0]] not in files for pair in pairs):
            continue  # there is too much to compare
        changed = set.intersection(*(files[pair] for pair in pairs)) if pairs else set()
        if changed.difference(*(files[base[old]] for old, _ in pairs)):
            yield head
