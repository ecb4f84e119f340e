"""A write that is not made yet, judged as the change that it would be.

What `guard check` would report is refused, and so are settings that start guard, although git does
not track them. Other paths that git ignores, and content that the base has, may be written.
"""

from __future__ import annotations

from guard.agents.protocol.event import Write
from guard.changes.change import ABSENT, Change, folders_above
from guard.changes.starts_guard import may_start_guard
from guard.core.codes import Severity
from guard.core.errors import NotAdopted
from guard.core.names import show
from guard.core.values import NamedTuple
from guard.git.plumbing import at
from guard.rules.facts import Need
from guard.verdict.opening import Opening
from guard.verdict.reading import Ask, Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from guard.git.objects import Entry
    from guard.git.repository import Repository
    from guard.rules.between import Beside
    from guard.rules.facts import Facts
    from guard.rules.findings import Finding
    from guard.rules.report import Report
    from guard.verdict.opening import Sources
    from guard.verdict.reading import Begun


class Proposal(NamedTuple):
    """A write to `path`, from the top of a worktree (absolute: outside of all of them).

    `real` is the file on the disk. `within` is the folder of another repository around it: the
    write counts only if this repository tracks that folder.
    """

    path: str
    write: Write
    real: str
    within: str = ""


class Shared(NamedTuple):
    """Writes to files that siblings have noted, too (`git.live_notes`), and the facts about them.

    `noted` has the git directories of those siblings by path.
    """

    repository: Repository
    facts: Facts
    noted: Mapping[str, Sequence[str]]
    proposals: Sequence[Proposal]


class Foreseen(NamedTuple):
    """The verdict on writes in one worktree: errors not waived, the contract, branch and base.

    `astray`: on the base, the warnings about paths of other sessions. `shared`: without errors,
    the writes of files that siblings may be changing, too.
    """

    findings: tuple[Finding, ...]
    contract: str
    branch: str
    base: str
    astray: tuple[Finding, ...] = ()
    shared: Shared | None = None


def foresee(
    top: str,
    proposals: Sequence[Proposal],
    opening: Opening | None = None,
    bound: str = "",
    known: Callable[[], frozenset[str]] | None = None,
) -> Foreseen | None:
    """Judge writes in the worktree at `top`; None if guard is not adopted there.

    Raises GuardError if no verdict can be reached. `opening` is git's first answers if they were
    asked for, `bound` the contract of the conversation; `known` gives what that was told, by code
    and path; without it nobody asks for warnings.
    """
    ask = Ask(
        "staged",
        bound=bound,
        beside=lambda sources, facts: _beside(sources, facts, known),
        folders=_folders(proposals),
    )
    with Reading(opening or Opening(at(top), staged=False), ask) as reading:
        from guard.rules import RULES
        from guard.rules.judge import judge  # while git looks for the base

        rules = [rule for rule in RULES if rule.before_write]
        try:
            begun = reading.begin()
        except NotAdopted:
            return None
        concerned = [
            one
            for one in proposals
            if not one.within or _is_folder(begun.entry_on_base(one.within))
        ]
        changes = [change for one in concerned if (change := _change(begun, one))]
        gathered = begun.gather(Need.GENERATED | Need.ENTRIES | Need.BESIDE, changes)
        facts = gathered.facts._replace(by_agent=True)
        starting = [one for one in concerned if may_start_guard(one.path.lstrip("/"))]
        if starting and not facts.on_base:
            from guard.agents.harmless import settings_edits  # few writes are of settings

            facts = facts._replace(settings=tuple(settings_edits(gathered, facts, starting)))
        report = judge(facts, rules)
        if report.verdict == "broken" or _astray(report):
            from guard.agents.harmless import without_effect  # most writes are right
            from guard.verdict.doubt import doubt

            left = without_effect(doubt(gathered), facts, proposals)
            if left.changes or left.settings:
                report = judge(left, rules)
            else:
                report = report._replace(findings=())
        errors, shared = tuple(_errors(report)), None
        repository = begun.sources.repository
        if changes and not errors and repository.has_linked_worktrees:
            shared = _shared(repository, facts, concerned)
    astray = tuple(_astray(report))
    return Foreseen(errors, report.contract, report.branch, report.trusted.ref, astray, shared)


def _folders(proposals: Sequence[Proposal]) -> list[str]:
    """The folders of the base that are looked at, as git takes them on a line."""
    paths = [one.path for one in proposals if not one.path.startswith("/")]
    return [one[:-1] for one in folders_above(paths) if one and "\n" not in one]


def _shared(repository: Repository, facts: Facts, proposals: Sequence[Proposal]) -> Shared | None:
    """Note what is about to be written; give it if siblings have noted the same."""
    from guard.git.live_notes import exchange  # many repositories have one worktree

    found = exchange(repository, [change.path for change in facts.changes])
    return Shared(repository, facts, found, proposals) if found else None


def _change(begun: Begun, one: Proposal) -> Change | None:
    if one.path.startswith("/"):
        return None
    entry, zero = begun.entry_on_base(one.path), begun.sources.repository.zero
    if entry is None:
        added = Change("A", one.path, ABSENT, "100644", zero, zero)
        return None if one.write.deletes else added
    mode, oid = entry.state
    if one.write.deletes:
        return Change("D", one.path, mode, ABSENT, oid, zero)
    return Change("M", one.path, mode, mode, oid, zero)


def _is_folder(entry: Entry | None) -> bool:
    return entry is not None and entry.mode == "40000"


def _beside(
    sources: Sources, facts: Facts, known: Callable[[], frozenset[str]] | None
) -> Beside | None:
    """On the base: whose path it is, if that is refused or news; elsewhere OWN001 does."""
    if not facts.on_base or not facts.contracts:
        return None
    from guard.rules import RULES

    asked = [rule for rule in RULES if rule.before_write and rule.needs & Need.BESIDE]
    worst = max(rule.severity_in(facts) for rule in asked)
    if worst == Severity.OFF or (worst != Severity.ERROR and not known):
        return None
    from guard.rules.grants import astray

    if not astray(facts):
        return None
    about = {f"{rule.code} {show(change.path)}" for rule in asked for change in facts.changes}
    if worst != Severity.ERROR and known and about <= known():
        return None
    from guard.sessions.between.strays import in_the_commit  # most agents work where they belong

    return in_the_commit(sources, facts)


def _astray(report: Report) -> list[Finding]:
    """What an agent is told before it writes, although nothing is refused."""
    if not report.findings:
        return []
    from guard.rules import told_at_once

    found = [one for one in report.findings if told_at_once(one.code)]
    return [one for one in found if not one.breaks and not one.waived_by]


def _errors(report: Report) -> Iterator[Finding]:
    for finding in report.findings:
        if finding.breaks:
            from guard.rules import told_at_once
            from guard.rules.advice import explain  # most writes are right

            keeps = not finding.path or told_at_once(finding.code)
            yield finding if keeps else finding._replace(next=explain(finding.path))
