"""A write that nobody has made yet, judged as the change that it would be: what is refused here is what `guard check` would report.

Two things go further than `guard check`, which looks at what git tracks: git's own files, and settings outside of git's sight that start
guard. And two are let through although the path is not owned: what git ignores, and what leaves the base as it is.
"""

from __future__ import annotations

from guard.changes.change import ABSENT, Change
from guard.changes.starts_guard import may_start_guard
from guard.core.errors import NotAdopted
from guard.core.values import NamedTuple
from guard.git.plumbing import at
from guard.rules.facts import Need
from guard.verdict.opening import Opening
from guard.verdict.reading import Ask, Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.agents.protocol.event import Write
    from guard.git.objects import Entry
    from guard.rules.findings import Finding, Report


class Proposal(NamedTuple):
    """A write to `path`, from the top of a worktree (an absolute path: outside of all); the file is at `real` on the disk.

    `within` is the folder of another repository that the path lies in: it concerns this one only if that folder is tracked here.
    """

    path: str
    write: Write
    real: str
    within: str = ""


class Foreseen(NamedTuple):
    """What would be said of writes in one worktree: the errors that are not waived, the contract, and where it is trusted."""

    findings: tuple[Finding, ...]
    contract: str
    branch: str
    base: str


def foresee(
    top: str, proposals: Sequence[Proposal], opening: Opening | None = None
) -> Foreseen | None:
    """Judge writes in the worktree at `top`; None where guard is not adopted there.

    Raises GuardError where no verdict can be reached. `opening` is git's first answers if they were asked for.
    """
    with Reading(opening or Opening(at(top), staged=False), Ask("staged")) as reading:
        from guard.rules import RULES
        from guard.rules.judge import judge  # while git looks for the base

        rules = [rule for rule in RULES if rule.before_write]
        try:
            reading.begin()
        except NotAdopted:
            return None
        concerned = [
            one for one in proposals if not one.within or _is_folder(reading.standing(one.within))
        ]
        changes = [change for one in concerned if (change := _change(reading, one))]
        facts = reading.facts(Need.GENERATED | Need.ENTRIES, changes)
        starting = [one for one in concerned if may_start_guard(one.path.lstrip("/"))]
        if starting and not facts.on_base:
            from guard.agents.effect import (
                settings_edits,  # as below: what a file will hold matters to few writes
            )

            facts = facts._replace(settings=tuple(settings_edits(reading, facts, starting)))
        report = judge(facts, rules)
        if report.verdict == "broken":
            reading.doubt(facts)
            from guard.agents.effect import without_effect

            left = without_effect(reading, facts, proposals)
            report = (
                judge(left, rules)
                if left.changes or left.settings
                else report._replace(findings=())
            )
    return Foreseen(tuple(_errors(report)), report.contract, report.branch, report.trusted.ref)


def _change(reading: Reading, one: Proposal) -> Change | None:
    """The change that a write would be, seen from the base; None where it changes nothing that git tracks."""
    entry = None if one.path.startswith("/") else reading.standing(one.path)
    zero = reading.repository.zero
    if entry is None:
        return (
            None
            if one.write.deletes or one.path.startswith("/")
            else Change("A", one.path, ABSENT, "100644", zero, zero)
        )
    mode, oid = entry.state
    return (
        Change("D", one.path, mode, ABSENT, oid, zero)
        if one.write.deletes
        else Change("M", one.path, mode, mode, oid, zero)
    )


def _is_folder(entry: Entry | None) -> bool:
    return entry is not None and entry.mode == "40000"


def _errors(report: Report) -> Iterator[Finding]:
    """What counts. What is to be done about a file that is there cannot be typed for one that is not."""
    for finding in report.findings:
        if finding.breaks:
            from guard.rules.advice import explain  # most writes are right

            yield finding._replace(next=explain(finding.path)) if finding.path else finding
