"""The verdict: gather, judge, and look twice before blaming anybody. Every way to call guard comes through here."""

from __future__ import annotations

from guard.facts import Need
from guard.findings import Failure, Report, Trusted
from guard.gather import Reading
from guard.opening import Opening

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from guard.errors import GuardError
    from guard.facts import Facts
    from guard.gather import Ask
    from guard.history import History
    from guard.plumbing import Git
    from guard.rules.rule import Rule


def verdict(git: Git, ask: Ask, opening: Opening | None = None) -> Report:
    """Judge one change set. Raises GuardError where no verdict can be reached. `opening` is git's first answers if they were asked for."""
    with Reading(opening or Opening(git, staged=ask.scope == "staged"), ask) as reading:
        return _judged(reading)[0]


def verdict_and_history(git: Git, ask: Ask) -> tuple[Report, History]:
    """Judge a branch or a range, and say which of its commits a finding comes from. Raises GuardError where no verdict can be reached."""
    from guard.history import told

    with Reading(Opening(git, staged=False), ask) as reading:
        report, facts = _judged(reading)
        return report, told(reading, facts, report)


def _judged(reading: Reading) -> tuple[Report, Facts]:
    from guard.judge import judge  # `git cat-file` is starting; what judges is loaded meanwhile
    from guard.rules import RULES

    reading.begin()
    facts = reading.facts(_needs(RULES))
    report = judge(facts, RULES)
    if report.verdict != "broken":
        return report, facts
    settled = reading.settled(facts)
    return (report if settled is facts else judge(settled, RULES)), facts


def _needs(rules: Iterable[Rule]) -> int:
    needs = Need.NOTHING
    for rule in rules:
        needs |= rule.needs
    return needs


def failed(ask: Ask, error: GuardError, worktree: str = "") -> Report:
    """An error as a report: verdict `error`, nothing found and nothing checked."""
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
