"""What lies around a change set: other sessions, their stray work and, if asked, every pair."""

import os

from guard.core.errors import GuardError
from guard.git.isolate import isolated
from guard.rules import severity_in
from guard.rules.between import Beside, Pair, Stray
from guard.rules.facts import Facts
from guard.sessions.between.company import open_sessions
from guard.sessions.between.comparing import Asked, compare_parties
from guard.sessions.between.parties import Looking, find_parties
from guard.sessions.between.strays import find_strays
from guard.verdict.opening import Sources
from guard.verdict.search import Ref
from guard.verdict.trust import Trust


def around(sources: Sources, facts: Facts) -> Beside:
    """Look which sessions are open and where work lies astray; no session is compared."""
    return _looked(sources, facts, compare=False)._replace(sessions=open_sessions(sources))


def around_and_between(sources: Sources, facts: Facts) -> Beside:
    """Look as `around` does, and compare the change set's session with every other one."""
    return _looked(sources, facts, compare=True)._replace(sessions=open_sessions(sources))


def _looked(sources: Sources, facts: Facts, *, compare: bool) -> Beside:
    repository, trust = sources.repository, _at_home(sources)
    wanted = [one for one in ("OVL001", "OVL002", "SES002") if severity_in(trust.policy, one)]
    if not wanted or not trust.adopted:
        return Beside()
    pairs: tuple[Pair, ...] | None = None
    strays: tuple[Stray, ...] = ()
    unknown: tuple[str, ...] = ()
    mine: frozenset[str] = frozenset()
    own = os.path.realpath(facts.worktree)
    with isolated(repository) as apart:
        try:
            looking = Looking(repository, apart, trust, committed=False, told=untold)
            parties = find_parties(looking)
            unknown = tuple(party.name for party in parties if party.is_unknown)
            mine = frozenset(
                one.name
                for one in parties
                if one.worktree and os.path.realpath(one.worktree) == own
            )
            if "SES002" in wanted:
                inner = Sources(repository, sources.objects, trust)
                strays = tuple(find_strays(inner, apart, parties))
            if compare and wanted != ["SES002"]:
                picture = compare_parties(repository, apart, trust, parties, Asked(), untold)
                pairs = tuple(pair for pair in picture.pairs if mine & {pair.a, pair.b})
                unknown = tuple(
                    dict.fromkeys(
                        (*unknown, *(one.name for one in picture.parties if one.is_unknown))
                    )
                )
        except GuardError as error:
            unknown += (f"the other sessions ({error.message})",)
    return Beside((), strays, pairs, unknown, mine)


def _at_home(sources: Sources) -> Trust:
    """What is trusted, with the base proper to compare with."""
    trust = sources.trust
    if not trust.source.oid:
        return trust
    tree = sources.objects.tree_of(trust.source.oid)
    return trust._replace(base=trust.source, tree=tree, source=Ref())


def untold(what: str, done: int, total: int) -> None:
    """Hear of no progress."""
