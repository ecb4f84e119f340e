"""Compares all sessions with the base and with each other."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing

from guard.core.codes import Severity
from guard.core.names import HEADS
from guard.git.isolate import isolated
from guard.git.locate import git_dir
from guard.git.many_merges import git_stamp
from guard.git.objects import Objects
from guard.git.plumbing import Git
from guard.git.repository import Repository, open_repository
from guard.rules import rule_of, severity_in
from guard.rules.between import RESOLVING, Asked, Pair, Party, Picture, Stray
from guard.rules.findings import Finding, finding_of
from guard.rules.sessions import listed, too_many
from guard.sessions.between.answers import Answers
from guard.sessions.between.company import open_sessions
from guard.sessions.between.history import History, ahead_of_base, behind_base, read_history
from guard.sessions.between.kept import Kept
from guard.sessions.between.landing import land
from guard.sessions.between.order import best_order
from guard.sessions.between.pairs import compare_pairs
from guard.sessions.between.parties import Looking, find_parties
from guard.sessions.between.places import with_base_lines
from guard.sessions.between.strays import find_strays
from guard.sessions.life.declaring import with_declared
from guard.sessions.patience import Told
from guard.sessions.worktrees import is_checkout, resolved_in
from guard.verdict.opening import Sources
from guard.verdict.search import REMOTES, Search
from guard.verdict.trust import Trust, read_trust


def compare_all(git: Git, asked: Asked, told: Told) -> Picture:
    """Compare the sessions of the repository in which `git` runs.

    `told` hears what is being done. Raises GuardError where there is no base or git is too old.
    """
    repository = open_repository(git)
    with closing(Objects(repository.git)) as objects:
        trust = read_trust(Search(repository, objects, head=""), asked.base)
        sources = Sources(repository, objects, trust)
        with isolated(repository) as apart:
            prefixes = [HEADS, f"{REMOTES}{asked.remote}/"] if asked.remote else [HEADS]
            known = with_declared(repository, objects, trust, prefixes)
            looking = Looking(repository, apart, known, asked.committed, told, remote=asked.remote)
            parties = find_parties(looking)
            picture = compare_parties(repository, apart, trust, parties, asked, told)
            names = open_sessions(sources, picture.parties)
            found = findings(trust, names, find_strays(sources, apart, parties))
    return picture._replace(findings=tuple(found))


def findings(trust: Trust, names: Sequence[str], strays: Iterable[Stray]) -> Iterator[Finding]:
    """Yield what is found about all sessions together, the open ones by `names`."""
    told = {"SES001": too_many(trust.policy, names), "SES002": map(listed, strays)}
    for code, violations in told.items():
        rule, severity = rule_of(code), severity_in(trust.policy, code)
        if rule and severity != Severity.OFF:
            for one in violations:
                yield finding_of(rule, one, severity)


def compare_parties(
    repository: Repository,
    git: Git,
    trust: Trust,
    parties: Sequence[Party],
    asked: Asked,
    told: Told,
) -> Picture:
    """Compare parties whose commits the isolated `git` has."""
    parties = _with_resolutions(parties)
    kept = Kept(repository, git_stamp())
    with closing(Objects(git)) as objects:
        sources = Sources(repository, objects, trust)
        answers = Answers(sources, git, kept, told)
        able = _with_trees(objects, [party for party in parties if party.state == "working"])
        history = read_history(git, trust.base.oid, [party.head for party in able])
        able = _counted(git, trust, able, history)
        landed, failed = land(sources, answers, history, able)
        lost = {party.name for party in failed}
        if lost:
            rest = [party.head for party in able if party.name not in lost]
            history = read_history(git, trust.base.oid, rest)
        landed = with_base_lines(sources, answers, landed, patches=asked.patches)
        pairs = compare_pairs(sources, answers, history, landed, patches=asked.patches)
        order = best_order(answers, trust.base.oid, history, landed, pairs) if asked.order else None
    kept.save()
    known = {each.party.name: each.party for each in landed}
    known.update((party.name, party) for party in failed)
    now = tuple(known.get(party.name, party) for party in parties)
    pairs = [*pairs, *_undecided(now)]
    severities = {code: severity_in(trust.policy, code) for code in ("OVL001", "OVL002")}
    return Picture(
        trust.base.short,
        trust.base.oid,
        now,
        tuple(_wanted(sorted(pairs), severities)),
        asked.committed,
        order,
        severities,
        checkouts=tuple(party.name for party in now if is_checkout(trust, party)),
    )


def _with_resolutions(parties: Sequence[Party]) -> Sequence[Party]:
    """The parties, each with the worktree in which its conflict with the base is being resolved."""
    opened = [party.worktree for party in parties if party.during == RESOLVING]
    places = {resolved_in(git_dir(place)).get("name"): place for place in opened}
    return [party._replace(resolved_in=places.get(party.name, "")) for party in parties]


def _counted(git: Git, trust: Trust, parties: Sequence[Party], history: History) -> list[Party]:
    """The parties with where they left the base, and by how many commits the two differ."""
    ahead, behind = ahead_of_base(history), behind_base(git, trust.base.oid, history)
    return [
        party._replace(
            base=next(iter(roots)) if len(roots) == 1 else "",
            ahead=ahead[number],
            behind=behind[number],
        )
        for number, (party, roots) in enumerate(zip(parties, history.roots, strict=True))
    ]


def _wanted(pairs: Iterable[Pair], severities: Mapping[str, Severity]) -> Iterable[Pair]:
    """The pairs without what the policy has turned off."""
    for pair in pairs:
        files = () if severities["OVL001"] == Severity.OFF else pair.same_files
        lines = () if severities["OVL002"] == Severity.OFF else pair.same_lines
        yield pair._replace(same_files=files, same_lines=lines)


def _with_trees(objects: Objects, parties: Sequence[Party]) -> list[Party]:
    missing = [party for party in parties if not party.tree]
    infos = objects.infos(*(f"{party.commit}^{{tree}}" for party in missing)) if missing else []
    trees = {party.name: info.oid for party, info in zip(missing, infos, strict=True) if info}
    return [party._replace(tree=trees.get(party.name, party.tree)) for party in parties]


def _undecided(parties: Sequence[Party]) -> Iterable[Pair]:
    """A pair of which one could not be read; a session without work of its own meets nobody."""
    if not any(party.is_unknown for party in parties):
        return
    for number, one in enumerate(parties):
        for other in parties[number + 1 :]:
            unknown = [party for party in (one, other) if party.state in ("unstable", "error")]
            if unknown and all(party in unknown or party.takes_part for party in (one, other)):
                why = "; ".join(f"{party.name}: {party.why}" for party in unknown)
                yield Pair(one.name, other.name, "undecided", why)
