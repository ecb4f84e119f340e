"""Judges many sessions at once, each as it was read: its snapshot is compared, nothing else.

`guard check` in a worktree asks the same rules about the same facts. What that reads again for each
worktree (base, policy, contracts, the working tree) is read once for all.
"""

import os
from collections.abc import Sequence
from contextlib import closing

from guard.changes.change import Change
from guard.core.codes import CLOSING, Severity
from guard.core.errors import GuardError
from guard.git.compare import is_of_files
from guard.git.compare_many import diff_many
from guard.git.isolate import quoted
from guard.git.limits import too_many
from guard.git.locate import git_dir
from guard.git.objects import Objects
from guard.git.plumbing import Git, at
from guard.git.repository import Repository
from guard.receipts.receipt import PROVED
from guard.rules import RULES, severity_in
from guard.rules.between import Party
from guard.rules.board import Judged
from guard.rules.facts import Facts, Need
from guard.rules.findings import Finding
from guard.rules.handed_over import proved
from guard.rules.own_change import required
from guard.rules.report import Report
from guard.rules.survey import survey
from guard.verdict.opening import Sources
from guard.verdict.reading import Ask, Begun
from guard.verdict.revs import branches_ahead
from guard.verdict.trust import Trust
from guard.verdict.verdict import judged_twice, verdict_and_facts

_OF_OTHERS = Need.BESIDE | Need.CONFLICTS  # comparing sessions answers what needs these


def judge_parties(
    repository: Repository, apart: Git, trust: Trust, parties: Sequence[Party]
) -> dict[str, Judged]:
    """Judge each party that could be read, by name; `apart` has their commits and trees.

    Rules are asked whose findings break the contract, or are about one path. A session that cannot
    be judged says why and hides no other.
    """
    store = quoted(os.path.join(apart.directory, "objects"))
    git = repository.git.moved(GIT_ALTERNATE_OBJECT_DIRECTORIES=store)
    with closing(Objects(git)) as objects:
        sources = Sources(repository._replace(git=git), objects, trust)
        if len(parties) > 1:
            sources = sources._replace(ahead=branches_ahead(sources))
        return _Bench(sources).judge([one for one in parties if _can_be_judged(one)])


def _can_be_judged(party: Party) -> bool:
    return bool(party.tree) and not party.is_unknown


class _Bench:
    """What is the same for all sessions."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        policy = sources.trust.policy
        self._rules = [
            rule
            for rule in RULES
            if not rule.code.startswith(CLOSING)
            and not rule.needs & _OF_OTHERS
            and (rule.of_one_path or severity_in(policy, rule.code) == Severity.ERROR)
        ]
        self._closing = [rule for rule in RULES if rule.code.startswith(CLOSING)]

    def judge(self, parties: Sequence[Party]) -> dict[str, Judged]:
        """Judge parties that have a tree."""
        git, objects = self._sources.repository.git, self._sources.objects
        plain = [one for one in parties if one.base and not one.during and not _elsewhere(one)]
        roots = dict.fromkeys(one.base for one in plain)
        infos = objects.infos(*(f"{oid}^{{tree}}" for oid in roots))
        trees = {oid: info.oid for oid, info in zip(roots, infos, strict=True) if info}
        pairs = {one.name: (trees[one.base], one.tree) for one in plain if one.base in trees}
        changes = diff_many(git, pairs.values())
        merging = _with_merges(git, self._sources.trust.base.oid, plain)
        found = {}
        for party in parties:
            try:
                if party.name in pairs:
                    if pairs[party.name] not in changes:
                        raise too_many()
                    own = [one for one in changes[pairs[party.name]] if is_of_files(one)]
                    found[party.name] = self._judged(party, own, merges=merging)
                elif party.worktree or _elsewhere(party):
                    found[party.name] = self._anew(party)
            except GuardError as error:
                found[party.name] = Judged(error=error.message.partition("\n")[0])
        return found

    def _judged(self, party: Party, changes: Sequence[Change], *, merges: bool) -> Judged:
        scope = "worktree" if party.worktree else "branch"
        report, facts = self._asked(party, changes, Ask(scope, closing=False), merges=merges)
        judged = _seen(report, facts)
        if not facts.contract or facts.on_base or not changes:
            return judged
        if {change.path for change in changes} == {facts.contract.file}:
            return judged._replace(wanted=len(required(facts)))  # it has not begun
        file = facts.policy.handoff_of(facts.contract.name)
        there = self._sources.objects.look_up(party.tree, file)
        is_missing = not there and facts.policy.handoff_required
        if party.dirty or is_missing:
            state = "unfinished" if there else _missing(facts)
            return judged._replace(handoff=state, wanted=len(required(facts)))
        closing, at_end = self._asked(party, changes, Ask("branch"), merges=False)
        return _with_end(judged, closing, at_end)

    def _asked(
        self, party: Party, changes: Sequence[Change], ask: Ask, *, merges: bool
    ) -> tuple[Report, Facts]:
        rules = self._rules if ask.closing is False else self._closing
        needs = Need.NOTHING
        for rule in rules:
            needs |= rule.needs
        if not merges:
            needs &= ~Need.MERGES
        repository = _placed(self._sources.repository, party.worktree)
        sources = self._sources._replace(repository=repository)
        begun = Begun(ask, sources, party.branch, party.head, None, None)
        return judged_twice(begun.gather(needs, changes, [party.base]), rules)

    def _anew(self, party: Party) -> Judged:
        """A session with several merge bases or another base, or in a merge: it is read again."""
        git, ask = at(party.worktree), Ask("worktree", closing=False)
        if not party.worktree:
            git = self._sources.repository.git
            ask = Ask("range", head=party.head, branch=party.branch, closing=False)
        report, facts = verdict_and_facts(git, ask)
        asked = {rule.code for rule in self._rules}
        findings = tuple(one for one in report.findings if one.code in asked)
        return _seen(report._replace(findings=findings), facts)


def _elsewhere(party: Party) -> bool:
    """Whether a party was built on a release, which it is compared with."""
    return party.release.name != "" and not party.release.tied


def _with_merges(git: Git, base: str, parties: Sequence[Party]) -> bool:
    """Whether a session has a merge commit; mostly none has, and none is looked at."""
    stdin = "".join(f"{one.head}\n" for one in parties) + f"^{base}\n"
    words = ("rev-list", "--merges", "--max-count=1", "--stdin")
    return bool(git.run(*words, stdin=stdin.encode()).out)


def _placed(repository: Repository, worktree: str) -> Repository:
    """The repository as it is seen from another worktree; without one, from nowhere."""
    if not worktree:
        return repository._replace(top="")
    try:
        own = git_dir(worktree)
    except OSError:  # its folder is missing
        return repository._replace(top="")
    return repository._replace(git_dir=own, top=worktree, index_file=os.path.join(own, "index"))


def _seen(report: Report, facts: Facts) -> Judged:
    looked = survey(facts)
    changed = {change.path for change in facts.changes}
    outside = {change.path for change in (*looked.unowned, *looked.forbidden)}
    if not facts.contract:
        outside = changed
    shared = tuple(sorted({change.path for change in looked.listed}))
    return Judged(len(changed - outside), len(outside), shared, _told(report))


def _told(report: Report) -> tuple[Finding, ...]:
    return tuple(one for one in report.findings if not one.waived_by)


def _with_end(judged: Judged, report: Report, facts: Facts) -> Judged:
    """Add what was found about the session's end."""
    broken = {one.code for one in report.findings if one.breaks}
    commands = required(facts)
    state = "holds"
    if facts.left is None or facts.inherited:
        state = _missing(facts)
    elif "HND004" in broken:
        state = "stale"
    elif broken:
        state = "unfinished"
    kinds = [proved(facts, command).kind for command in commands]
    return judged._replace(
        closing=_told(report),
        is_closed=True,
        handoff=state,
        proved=sum(kind in PROVED for kind in kinds),
        wanted=len(commands),
    )


def _missing(facts: Facts) -> str:
    is_asked = facts.policy.handoff_required and facts.contract and not facts.contract.standing
    return "missing" if is_asked else ""
