"""The verdict: gather, judge, and look twice before blaming anybody. Every way to call guard comes through here."""

from __future__ import annotations

from guard.core.values import NamedTuple
from guard.rules.facts import Need
from guard.rules.findings import Failure, Report, Trusted
from guard.verdict.opening import Opening
from guard.verdict.reading import Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from guard.core.errors import GuardError
    from guard.git.plumbing import Git
    from guard.rules.facts import Facts
    from guard.rules.rule import Rule
    from guard.verdict.history import History
    from guard.verdict.reading import Ask


def verdict(git: Git, ask: Ask, opening: Opening | None = None) -> Report:
    """Judge one change set. Raises GuardError where no verdict can be reached. `opening` is git's first answers if they were asked for."""
    with Reading(opening or Opening(git, staged=ask.scope == "staged"), ask) as reading:
        return _judged(reading).report


def verdict_and_history(git: Git, ask: Ask) -> tuple[Report, History]:
    """Judge a branch or a range, and say which of its commits a finding comes from. Raises GuardError where no verdict can be reached."""
    from guard.verdict.history import told

    with Reading(Opening(git, staged=False), ask) as reading:
        seen = _judged(reading)
        return seen.report, told(reading, seen.before, seen.report)


def verdict_and_facts(git: Git, ask: Ask, only: tuple[str, ...] = ("",)) -> tuple[Report, Facts]:
    """Judge one change set, and give what was judged as well. Raises GuardError where no verdict can be reached.

    `only` are the beginnings of the codes that are asked; the report says nothing of others, asked or not.
    """
    with Reading(Opening(git, staged=ask.scope == "staged"), ask) as reading:
        report, facts, _ = _judged(reading, only)
    return report._replace(
        not_checked=tuple(one for one in report.not_checked if one.rule.startswith(only))
    ), facts


class _Seen(NamedTuple):
    """A report, the facts that it is about, and those from `before` a second look took out what leaves the base as it is."""

    report: Report
    facts: Facts
    before: Facts


def _judged(reading: Reading, only: tuple[str, ...] = ("",)) -> _Seen:
    from guard.rules import RULES
    from guard.rules.judge import judge  # while git looks for the base

    rules = [rule for rule in RULES if rule.code.startswith(only)]
    reading.begin()
    facts = reading.facts(_needs(rules))
    report = judge(facts, rules)
    if report.verdict != "broken":
        return _Seen(report, facts, facts)
    settled = reading.settled(facts)
    return _Seen(report if settled is facts else judge(settled, rules), settled, facts)


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
