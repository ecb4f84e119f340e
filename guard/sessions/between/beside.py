"""What lies around a change set: other sessions, their stray work and, if asked, every pair."""

import os
from collections.abc import Callable, Iterable

from guard.contracts.model import Contract
from guard.core.errors import GuardError, Incomplete
from guard.git.disks import BESIDE
from guard.git.isolate import isolated
from guard.rules import severity_in
from guard.rules.between import Asked, Beside, Party, Picture
from guard.rules.facts import Facts
from guard.sessions.between.company import open_sessions
from guard.sessions.between.comparing import compare_parties
from guard.sessions.between.parties import Looking, find_parties, remote_parties
from guard.sessions.between.strays import find_strays
from guard.sessions.life.declaring import with_declared
from guard.sessions.patience import untold
from guard.verdict.opening import Sources
from guard.verdict.search import REMOTES, Ref, Search
from guard.verdict.trust import Trust


def around(sources: Sources, facts: Facts) -> Beside:
    """Look which sessions are open and where work lies astray; no session is compared."""
    return _looked(sources, facts, compare=False)._replace(sessions=open_sessions(sources))


def around_and_between(sources: Sources, facts: Facts) -> Beside:
    """Look as `around` does, and compare the change set's session with every other one."""
    return _looked(sources, facts, compare=True)._replace(sessions=open_sessions(sources))


def beside_on_remote(
    sources: Sources, facts: Facts, remote: str, counts: Callable[[str], bool]
) -> tuple[Beside, Picture]:
    """Compare the change set with the open sessions whose branches a remote has.

    These are the branches that a contract claims, on the base or brought along, that are compared
    with the same base, and of whose names `counts` is true. Raises GuardError where they cannot be
    compared.
    """
    repository, objects, trust = sources.repository, sources.objects, sources.trust
    if repository.shallow:
        raise Incomplete("this clone is shallow: where other branches left the base is not known")
    known = with_declared(repository, objects, trust, [f"{REMOTES}{remote}/"])
    own = facts.contract
    name = own.name if own else facts.branch or "this change"
    goal = own.goal if own else ""
    ours = Party(
        name, facts.branch, "", own.name if own else "", goal, facts.head, commit=facts.head
    )
    with isolated(repository) as apart:
        looking = Looking(repository, apart, known, committed=True, told=untold, remote=remote)
        found = [party for party in remote_parties(looking) if counts(party.branch)]
        if trust.source.oid:
            found = [party for party in found if _goes_there(sources, party.head)]
        names = {party.name for party in found}
        ours = ours._replace(name=f"{name} (this change)") if name in names else ours
        parties = [ours, *found]
        picture = compare_parties(repository, apart, trust, parties, Asked(order=True), untold)
    theirs = {party.contract for party in found}
    brought = _brought(trust, known, facts)
    picture = picture._replace(committed=True)
    return Beside(
        pairs=tuple(pair for pair in picture.pairs if ours.name in (pair.a, pair.b)),
        unknown=_unknown(picture.parties),
        mine=frozenset([ours.name]),
        contracts=tuple(one for one in brought if one.name in theirs),
    ), picture


def _brought(trust: Trust, known: Trust, facts: Facts) -> tuple[Contract, ...]:
    """The contracts that other branches bring along: `known` and not yet trusted."""
    own = facts.contract.name if facts.contract else ""
    return tuple(one for one in known.contracts[len(trust.contracts) :] if one.name != own)


def _goes_there(sources: Sources, head: str) -> bool:
    """Whether a commit is compared with the base that the change set is compared with."""
    trust = sources.trust
    search = Search(sources.repository, sources.objects, "gate", head=head)
    try:
        return search.compared(trust.source, trust.policy.bases).name == trust.base.name
    except GuardError:  # two bases are as near as each other
        return True


def _looked(sources: Sources, facts: Facts, *, compare: bool) -> Beside:
    repository, trust = sources.repository, _at_home(sources)
    wanted = [one for one in ("OVL001", "OVL002", "SES002") if severity_in(trust.policy, one)]
    if not wanted or not trust.adopted:
        return Beside()
    known = with_declared(repository, sources.objects, trust)
    found = Beside(contracts=_brought(trust, known, facts))
    with isolated(repository) as apart:
        try:
            looking = Looking(repository, apart, known, committed=False, told=untold, disk=BESIDE)
            parties = find_parties(looking)
            own = os.path.realpath(facts.worktree)
            mine = frozenset(one.name for one in parties if _is_at(one, own))
            found = found._replace(unknown=_unknown(parties), mine=mine)
            if "SES002" in wanted:
                inner = Sources(repository, sources.objects, trust)
                found = found._replace(strays=tuple(find_strays(inner, apart, parties)))
            if compare and wanted != ["SES002"]:
                picture = compare_parties(repository, apart, trust, parties, Asked(), untold)
                pairs = tuple(pair for pair in picture.pairs if mine & {pair.a, pair.b})
                unknown = dict.fromkeys((*found.unknown, *_unknown(picture.parties)))
                found = found._replace(pairs=pairs, unknown=tuple(unknown))
        except GuardError as error:
            unread = f"the other sessions ({error.message})"
            found = found._replace(unknown=(*found.unknown, unread))
    return found


def _unknown(parties: Iterable[Party]) -> tuple[str, ...]:
    return tuple(party.name for party in parties if party.is_unknown)


def _is_at(party: Party, own: str) -> bool:
    return party.worktree == own or (_is_seen(party) and os.path.realpath(party.worktree) == own)


def _is_seen(party: Party) -> bool:
    """Whether a party's folder was read: that of another may lie on a disk that hangs."""
    return bool(party.worktree) and not party.is_unknown and not party.missing


def _at_home(sources: Sources) -> Trust:
    """What is trusted, with the base proper to compare with."""
    trust = sources.trust
    if not trust.source.oid:
        return trust
    tree = sources.objects.tree_of(trust.source.oid)
    return trust._replace(base=trust.source, tree=tree, source=Ref())
