"""Which sessions are to be integrated, in which order, and the verdict about each."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from guard.changes.conflict import CARRIED, Conflict
from guard.contracts.branches import named_for
from guard.contracts.model import Contract
from guard.contracts.releases import Release
from guard.core.codes import CLOSING, Severity
from guard.core.errors import GuardError, UsageError
from guard.core.names import HEADS, branch_in, counted, ref_of, shell_quote, show
from guard.git.locate import git_dir
from guard.git.objects import Objects
from guard.git.plumbing import Git, at, records
from guard.git.refs import tips
from guard.git.repository import Repository
from guard.git.worktrees import operation_in
from guard.rules.between import Asked, Lines, Party, Place
from guard.rules.facts import Facts
from guard.rules.findings import Finding
from guard.rules.reach import owned_by
from guard.rules.report import Report
from guard.sessions.between.comparing import compare_parties
from guard.sessions.between.parties import Looking, find_parties
from guard.sessions.integrating.outcome import Outcome
from guard.sessions.integrating.trial import Candidate
from guard.sessions.life.declaring import declared
from guard.sessions.patience import untold
from guard.verdict.nearest import release_of, releases
from guard.verdict.opening import Opening
from guard.verdict.reading import Ask
from guard.verdict.search import Ref, Search
from guard.verdict.trust import Trust
from guard.verdict.verdict import verdict_and_facts

_PREDICTED = "MRG001"
_STEPS = 3  # that are named
_PER_CORE = 2  # threads: half of the time is spent waiting for git


class Found(NamedTuple):
    """A session before its verdict; `busy` says why it is at work still.

    `release` is the branch that it was certainly built on instead of the base.
    """

    party: Party
    contract: Contract
    counts: bool
    busy: str = ""
    release: Release = Release()


class Queue(NamedTuple):
    """Those that are to be integrated, in order, and what became of the others already.

    `broken` are those of the others that do not pass on the base: on top of a session that they are
    built on they may.
    """

    candidates: tuple[Candidate, ...]
    outcomes: tuple[Outcome, ...]
    broken: tuple[Found, ...] = ()


def find(
    repository: Repository, objects: Objects, trust: Trust, apart: Git, names: Sequence[str]
) -> Queue:
    """Find the sessions `names`, in this order; without names all that are done, as predicted.

    `apart` is an isolated git. Raises UsageError for a name that is no session's, GuardError where
    there is nothing to judge by.
    """
    found = _sessions(repository, objects, trust)
    unread = _unreadable(repository, trust)
    outcomes = [one for one in unread if not names or one.name in names]
    known = {one.name for one in outcomes}
    left = [name for name in names if name not in known]
    chosen = _named(found, left) if names else found
    ahead, others = _ahead(repository, objects, trust, chosen)
    outcomes += others if names else []
    with ThreadPoolExecutor(_PER_CORE * (os.cpu_count() or 1)) as pool:
        at_rest = list(pool.map(_why_busy, ahead))
        rest = []
        for one, why in zip(ahead, at_rest, strict=True):
            if why.stops or (why.said and not names):
                outcomes.append(_outcome(one, why.word, why.said)._replace(steps=why.steps))
            else:
                rest.append(one._replace(busy=why.said))
        if not names and len(rest) > 1:
            rest = _ordered(repository, trust, apart, rest)
        verdicts = list(pool.map(lambda one: judged(repository, one, trust), rest))
    candidates = [one for one in verdicts if isinstance(one, Candidate)]
    outcomes += [one for one in verdicts if isinstance(one, Outcome)]
    names_of_broken = {one.name for one in outcomes if one.word == "broken"}
    broken = [one for one in rest if one.party.name in names_of_broken]
    return Queue(tuple(candidates), tuple(outcomes), tuple(broken))


def _sessions(repository: Repository, objects: Objects, trust: Trust) -> list[Found]:
    """The branches and worktrees that work under a contract, by name."""
    own = declared(repository, objects, trust)
    whole = trust._replace(contracts=(*trust.contracts, *own.values()))
    looking = Looking(repository, repository.git, whole, committed=True, told=untold)
    contracts = {one.name: one for one in whole.contracts if not one.standing}
    return [
        Found(party, contracts[party.contract], counts=party.contract not in own)
        for party in find_parties(looking)
        if party.head and party.contract in contracts
    ]


def _ahead(
    repository: Repository, objects: Objects, trust: Trust, chosen: Sequence[Found]
) -> tuple[list[Found], list[Outcome]]:
    """Those with commits that the base lacks and is to have, and what is to be said of others."""
    words = ("rev-list", f"^{trust.base.oid}", *(one.party.head for one in chosen))
    lacking = set(repository.git.run(*words).text.split()) if chosen else set()
    search = Search(repository, objects, head="")
    lines = releases(search, trust.base, trust.policy.bases) if lacking else []
    ahead, others = list[Found](), list[Outcome]()
    for each in chosen:
        if each.party.head not in lacking:
            others.append(_outcome(each, "empty", f"{trust.base.name} has all of it"))
            continue
        one = _built(repository, trust, lines, each)
        if one.release.name and trust.policy.bases:
            others.append(_elsewhere(one, trust.base.name))
        else:
            ahead.append(one)
    return ahead, others


def _built(repository: Repository, trust: Trust, lines: Sequence[Ref], one: Found) -> Found:
    """The session with the one of the release `lines` that it was built on, if it was."""
    try:
        release = release_of(repository.git, trust.base, lines, one.party.branch, one.party.head)
    except GuardError:
        return one
    return one if release.tied else one._replace(release=release)


def _elsewhere(one: Found, base: str) -> Outcome:
    release, branch = map(shell_quote, (one.release.name, one.party.branch))
    why = f"it was built on {one.release.name}, and guard integrate moves {base}"
    steps = (f"git switch {release} && git merge {branch}",)
    return _outcome(one, "other-base", why)._replace(steps=steps)


def _unreadable(repository: Repository, trust: Trust) -> Iterator[Outcome]:
    """The branches whose contract on the base cannot be read."""
    if not trust.unreadable:
        return
    for ref, oid in tips(repository.git, HEADS).items():
        for name, _, why in trust.unreadable:
            if named_for(name, branch_in(ref)):
                yield Outcome(name, branch_in(ref), oid, "unjudged", why=why)


def _named(found: Sequence[Found], names: Sequence[str]) -> list[Found]:
    """Those of a name; of a contract's name all of its sessions, unless one is called so."""
    chosen: dict[str, Found] = {}
    for name in names:
        own = [one for one in found if one.party.name == name]
        own = own or [one for one in found if name in (one.contract.name, one.party.branch)]
        if not own:
            message = f"there is no session {name} with a branch and a contract here"
            raise UsageError(message, hint="guard sessions")
        chosen.update((one.party.name, one) for one in own)
    return list(chosen.values())


class _Busy(NamedTuple):
    """What keeps a session from being done: nothing if it has not `said` anything.

    If it `stops`, it keeps out a session that was named, too. `word` is what becomes of it then.
    """

    said: str = ""
    stops: bool = False
    steps: tuple[str, ...] = ()
    word: str = "at-work"


def _why_busy(one: Found) -> _Busy:
    party = one.party
    if party.state == "error":
        return _Busy(party.why, stops=True)
    if party.missing or not party.worktree:
        return _Busy()
    going_on = operation_in(git_dir(party.worktree))
    where = shell_quote(party.worktree)
    if going_on:
        said = f"a {going_on} is in progress in {party.worktree}"
        return _Busy(said, stops=True, steps=(f"git -C {where} status",))
    options = ("--no-renames", "--ignore-submodules=none", "--untracked-files=normal")
    try:
        answer = at(party.worktree).run("status", "--porcelain", "-z", *options)
    except GuardError as error:  # a broken index hides no other session
        steps = (error.hint,) if error.hint else ()
        return _Busy(error.message, stops=True, steps=steps, word="unjudged")
    changed = records(answer.out)
    if not changed:
        return _Busy()
    what = f"{counted(len(changed), 'path')} in {party.worktree}"
    said = f"its worktree has what is not committed, such as {show(changed[0][3:])} ({what})"
    return _Busy(said, steps=(f"git -C {where} status", f"guard integrate {party.name}"))


def _ordered(
    repository: Repository, trust: Trust, apart: Git, found: Sequence[Found]
) -> list[Found]:
    """Those that merge cleanly one after another first."""
    parties = [one.party for one in found]
    asked = Asked(committed=True, order=True)
    picture = compare_parties(repository, apart, trust, parties, asked, untold)
    names = list(picture.order.names) if picture.order else []
    return sorted(
        found,
        key=lambda one: (
            names.index(one.party.name) if one.party.name in names else len(names),
            one.party.name,
        ),
    )


def places(
    repository: Repository, trust: Trust, apart: Git, parties: Sequence[Party]
) -> tuple[Place, ...]:
    """Give where two sessions conflict with each other, or one with the base, with both sides.

    Nothing where they conflict only on top of others. `apart` is an isolated git.
    """
    asked = Asked(committed=True, patches=True)
    picture = compare_parties(repository, apart, trust, parties, asked, untold)
    if len(parties) == 1:
        return picture.parties[0].places
    names = {party.name for party in parties}
    found = [pair for pair in picture.pairs if {pair.a, pair.b} == names]
    if not found:
        return ()
    if found[0].a == parties[0].name:
        return found[0].places
    return tuple(_turned(place) for place in found[0].places)


def conflict_of(
    repository: Repository,
    trust: Trust,
    apart: Git,
    sides: Sequence[Candidate],
    conflicts: Sequence[Conflict],
) -> Outcome:
    """Give the outcome of the last of `sides`, which conflicts with the other, or the base."""
    one = sides[-1]
    party = one.party
    name = sides[0].name if len(sides) > 1 else trust.base.name
    found = places(repository, trust, apart, [each.party for each in sides])
    known = {place.conflict.path for place in found}
    found += tuple(Place(each) for each in conflicts if each.path not in known)
    outcome = Outcome(one.name, party.branch, party.head, "conflict", party.worktree)
    return outcome._replace(
        why=f"it conflicts with {name}",
        together=(name,),
        places=found,
        owners=dict(_owners(trust, [place.conflict.path for place in found])),
        goals={each.name: each.contract.goal for each in sides},
    )


def _owners(trust: Trust, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    owning = {one.name: owned_by(one, trust.policy) for one in trust.contracts}
    for path in paths:
        names = [name for name, has in owning.items() if has(path)]
        if names:
            yield path, ", ".join(names)


def _turned(place: Place) -> Place:
    """The same with the sides the other way round."""
    lines = tuple(Lines(each.b, each.a) for each in place.lines)
    conflict = place.conflict
    if conflict.changed_by:
        conflict = conflict._replace(changed_by=3 - conflict.changed_by)
    return place._replace(conflict=conflict, lines=lines, patches=place.patches[::-1])


def judged(repository: Repository, one: Found, base: Trust | str) -> Candidate | Outcome:
    """Give the session with its verdict, by its contract and its handoff, or what became of it.

    `base` is what it is compared with: the base as it was read, or a commit that has others on top
    of it. A conflict with that is no finding here: the merge itself tells, with both sides.
    """
    party = one.party
    trust = None if isinstance(base, str) else base
    rev = base if isinstance(base, str) else ref_of(base.base.name)
    try:
        opening = Opening(repository.git, staged=False, known=repository, trust=trust)
        ask = asked_about(rev, one, party.head)
        report, facts = verdict_and_facts(repository.git, ask, opening=opening)
        own = own_findings(report, facts)
    except GuardError as error:
        steps = (error.hint,) if error.hint else ()
        return _outcome(one, "unjudged", error.message)._replace(steps=steps)
    broken = [finding for finding in own if finding.breaks]
    if broken:
        return _broken(one, broken, rev)
    return Candidate(party, one.contract, facts, own, one.counts, busy=one.busy)


def asked_about(base: str, one: Found, head: str, *, closing: bool = True) -> Ask:
    """Give the question about a commit of a session; `closing` asks for its handoff, too."""
    return Ask(
        "range",
        base=base,
        head=head,
        branch=one.party.branch,
        contract=one.contract.name if one.counts else "",
        closing=closing,
    )


def own_findings(report: Report, facts: Facts) -> tuple[Finding, ...]:
    """Give what is found, but for conflicts with the base, which the merge tells."""
    told = {each.path for each in facts.conflicts if each.kind != CARRIED}
    return tuple(one for one in report.findings if one.code != _PREDICTED or one.path not in told)


def warnings(one: Candidate) -> tuple[Finding, ...]:
    """Give the warnings about what a session changed and about its handoff.

    What is said of contracts alone concerns nobody who integrates.
    """
    changed = {change.path for change in one.facts.changes}
    return tuple(
        each
        for each in one.findings
        if each.severity == Severity.WARNING and not each.waived_by
        if each.path in changed or each.code.startswith(CLOSING)
    )


def _broken(one: Found, broken: Sequence[Finding], base: str) -> Outcome:
    count = counted(len(broken), "error")
    why = f"it breaks its contract or lacks what it owes ({count})"
    todo = dict.fromkeys(each.next for each in broken)
    steps = [f"{_way(one.party)} && {step}" for step in todo if step]
    if one.release.name:
        steps.insert(0, one.release.step(branch_in(base) or base))
    return _outcome(one, "broken", why)._replace(
        findings=tuple(broken), steps=tuple(steps[:_STEPS])
    )


def repair(one: Candidate, trust: Trust, command: str) -> tuple[str, ...]:
    """Give the step that shows in a session's worktree what failed on the merged tree."""
    return (f"{_way(one.party)} && git merge {shell_quote(trust.base.name)} && {command}",)


def _way(party: Party) -> str:
    place, branch = map(shell_quote, (party.worktree, party.branch))
    return f"cd {place}" if party.worktree else f"git switch {branch}"


def _outcome(one: Found, word: str, why: str) -> Outcome:
    party = one.party
    return Outcome(party.name, party.branch, party.head, word, party.worktree, why)
