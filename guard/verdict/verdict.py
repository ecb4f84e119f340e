"""The verdict: gather, judge, and look twice before blaming anybody. Every command asks here."""

from __future__ import annotations

from guard.core.codes import Severity
from guard.core.values import NamedTuple
from guard.rules.facts import Need
from guard.rules.report import Report, Trusted
from guard.verdict.opening import Opening
from guard.verdict.reading import Ask, Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guard.core.errors import GuardError
    from guard.git.plumbing import Git
    from guard.rules.facts import Facts
    from guard.rules.rule import Rule
    from guard.verdict.history import History
    from guard.verdict.reading import Gathered

_OF_PATHS = ("OWN001", "SHR001")  # the rules that may only warn those who work as before


def verdict(git: Git, ask: Ask, opening: Opening | None = None) -> Report:
    """Judge one change set. Raises GuardError where no verdict can be reached.

    `opening` is git's first answers if they were asked for.
    """
    with Reading(opening or Opening(git, staged=ask.scope == "staged"), ask) as reading:
        return _judged(reading).report


def verdict_and_history(git: Git, ask: Ask) -> tuple[Report, History]:
    """Judge a branch or a range, and find the commits that its findings come from.

    Raises GuardError where no verdict can be reached.
    """
    from guard.verdict.history import history

    with Reading(Opening(git, staged=False), ask) as reading:
        seen = _judged(reading)
        return seen.report, history(seen.gathered, seen.report)


def verdict_and_facts(
    git: Git,
    ask: Ask,
    only: tuple[str, ...] = ("",),
    *,
    drafting: bool = False,
    breaking: bool = False,
    opening: Opening | None = None,
) -> tuple[Report, Facts]:
    """Judge one change set, and give the facts, too.

    If `breaking`, only rules are asked whose findings break the contract, or are told at once.
    Only rules whose codes begin with one of `only` are asked, or listed as not asked. For a
    draft there is always a second look, so that the facts are without what leaves the base as it
    is, and all generated code is known. `opening` is as for `verdict`. Raises GuardError where no
    verdict can be reached.
    """
    with Reading(opening or Opening(git, staged=ask.scope == "staged"), ask) as reading:
        report, facts, _ = _judged(reading, only, drafting=drafting, breaking=breaking)
    if only == ("",):
        return report, facts
    unasked = tuple(one for one in report.not_checked if one.rule.startswith(only))
    return report._replace(not_checked=unasked), facts


def facts_without_changes(git: Git, contract: str = "", bound: str = "") -> Facts:
    """Read who works in a worktree, as facts of no change. Raises GuardError as a verdict would."""
    ask = Ask("staged", contract=contract, bound=bound)
    with Reading(Opening(git, staged=False), ask) as reading:
        return reading.begin().gather(Need.NOTHING, []).facts


class _Seen(NamedTuple):
    """`gathered` has the facts before the second look."""

    report: Report
    facts: Facts
    gathered: Gathered


def _judged(
    reading: Reading,
    only: tuple[str, ...] = ("",),
    *,
    drafting: bool = False,
    breaking: bool = False,
) -> _Seen:
    from guard.rules import RULES, severity_in  # while git looks for the base

    rules = [rule for rule in RULES if rule.code.startswith(only)]
    begun = reading.begin()
    if breaking:
        policy = begun.sources.trust.policy
        rules = [
            rule
            for rule in rules
            if rule.told_at_once or severity_in(policy, rule.code) == Severity.ERROR
        ]
    needs = Need.ALL_GENERATED if drafting else Need.NOTHING
    if not breaking:
        needs |= Need.LISTED
    for rule in rules:
        needs |= rule.needs
    gathered = begun.gather(needs)
    report, facts = judged_twice(gathered, rules, drafting=drafting)
    if report.verdict == "broken" and facts.head and facts.worktree and facts.scope != "staged":
        from guard.verdict.behind import notes  # a broken history is rare

        report = report._replace(notes=notes(gathered.sources, facts))
    return _Seen(report, facts, gathered)


def judged_twice(
    gathered: Gathered, rules: Sequence[Rule], *, drafting: bool = False
) -> tuple[Report, Facts]:
    """Judge facts, and look a second time before blaming anybody; if `drafting`, in any case.

    Also gives the facts after the last look. Raises GuardError where git cannot compare.
    """
    from guard.rules.judge import judge  # a reader of verdicts alone does not need it

    facts = gathered.facts
    report = judge(facts, rules)
    if _blames(report) or drafting:
        from guard.verdict.doubt import doubt  # most contracts are kept

        second = doubt(gathered)
        for look in (second.settled, second.without_carried):
            settled = look(facts) if _blames(report) or drafting else facts
            if settled is not facts:
                report, facts = judge(settled, rules), settled
    return report, facts


def _blames(report: Report) -> bool:
    """Whether the contract is broken, or something is said of a path that may be nobody's change.

    Warnings are looked at twice, too: whoever is only told should not be told what is not true.
    """
    return report.verdict == "broken" or any(
        finding.code in _OF_PATHS and not finding.waived_by for finding in report.findings
    )


def failed(ask: Ask, error: GuardError, worktree: str = "") -> Report:
    """Give an error as a report: verdict `error`, nothing found and nothing checked."""
    from guard.rules.findings import Failure

    return Report(
        verdict="error",
        contract=ask.contract,
        branch=ask.branch,
        scope=ask.scope,
        base="",
        head="",
        trusted=Trusted("", "", ""),
        findings=(),
        paths=0,
        rules=(),
        not_checked=(),
        error=Failure(error.message, error.hint),
        worktree=worktree,
    )
