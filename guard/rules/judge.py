"""Rules × facts → report: which rules are asked, how bad each violation is here, which ones are waived, in what order they are told."""

from __future__ import annotations

from guard.core.codes import CODES
from guard.core.severity import Severity
from guard.core.values import NamedTuple
from guard.rules.facts import Waived
from guard.rules.findings import Finding, NotChecked, Report, WaivedBy
from guard.rules.paths import compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.contracts.model import Contract, Waiver
    from guard.rules.facts import Facts
    from guard.rules.findings import Violation
    from guard.rules.rule import Rule


class InForce(NamedTuple):
    """A waiver that holds today, and its number in the contract, from 0."""

    number: int
    waiver: Waiver


def judge(facts: Facts, rules: Sequence[Rule]) -> Report:
    """Ask each rule of `facts`, those that are `last` once the waivers have been applied, and give the whole answer.

    A finding has the severity that the policy gives to its rule, no more than its violation allows; it is waived by the first waiver in
    force that names its rule and path. The contract is broken when an error is not waived. What was not asked is listed with the reason.
    """
    reasons = {rule.code: _reason(rule, facts) for rule in rules}
    asked = [rule for rule in rules if not reasons[rule.code]]
    in_force = _in_force(facts)
    used: set[int] = set()
    findings = [
        finding
        for rule in asked
        if not rule.last and rule.about(facts)
        for finding in _findings(rule, facts, in_force, used)
    ]
    later = facts._replace(
        waived=Waived(frozenset(rule.code for rule in asked if not rule.last), frozenset(used))
    )
    findings += [
        finding
        for rule in asked
        if rule.last and rule.about(later)
        for finding in _findings(rule, later, in_force, used)
    ]
    partly = {rule.code: rule.partly(facts) for rule in asked}
    not_checked = [
        NotChecked(code, why)
        for code in CODES
        if (why := reasons.get(code, _UNKNOWN) or partly.get(code, ""))
    ]
    return _report(
        facts, sorted(findings, key=_order), tuple(rule.code for rule in asked), tuple(not_checked)
    )


_UNKNOWN = "not asked by this version of guard"


def _report(
    facts: Facts,
    findings: list[Finding],
    rules: tuple[str, ...],
    not_checked: tuple[NotChecked, ...],
) -> Report:
    broken = any(finding.breaks for finding in findings)
    return Report(
        verdict="broken" if broken else "kept",
        contract=facts.contract.name if facts.contract else "",
        branch=facts.branch,
        scope=facts.scope,
        base=facts.base,
        head=facts.head,
        trusted=facts.trusted,
        findings=tuple(findings),
        paths=len(facts.changes),
        rules=rules,
        not_checked=not_checked,
        worktree=facts.worktree,
    )


def _reason(rule: Rule, facts: Facts) -> str:
    """Tell why a rule is not asked, or ""."""
    return (
        f"off in {facts.policy.file}"
        if _severity(rule, facts) == Severity.OFF
        else rule.unless(facts)
    )


def _severity(rule: Rule, facts: Facts) -> Severity:
    return facts.policy.severities.get(rule.code, rule.severity)


def _in_force(facts: Facts) -> tuple[InForce, ...]:
    """The waivers that have an effect: of a contract on the base, and not past their last day."""
    if not facts.contract or facts.trusted.contract_from != "base":
        return ()
    numbered = enumerate(facts.contract.waivers)
    return tuple(
        InForce(number, waiver)
        for number, waiver in numbered
        if not waiver.until or waiver.until >= facts.today
    )


def _findings(
    rule: Rule, facts: Facts, in_force: tuple[InForce, ...], used: set[int]
) -> Iterator[Finding]:
    severity = _severity(rule, facts)
    waivers = tuple(one for one in in_force if one.waiver.rule == rule.code)
    for violation in rule.ask(facts):
        matching = (
            [one for one in waivers if compiled(one.waiver.paths).decide(violation.path)]
            if violation.path
            else []
        )
        used.update(one.number for one in matching)
        waived_by = _waived_by(facts.contract, matching[0]) if matching and facts.contract else None
        yield _finding(rule, violation, min(severity, violation.at_most), waived_by)


def _waived_by(contract: Contract, one: InForce) -> WaivedBy:
    from guard.contracts.positions import line_of  # most findings are not waived

    return WaivedBy(
        contract.file, line_of(contract.text, "waive", one.number), one.waiver.why, one.waiver.until
    )


def _finding(
    rule: Rule, violation: Violation, severity: Severity, waived_by: WaivedBy | None
) -> Finding:
    from guard.core.names import show

    return Finding(
        code=rule.code,
        name=rule.name,
        severity=severity,
        path=violation.path,
        line=violation.line,
        message=show(violation.message),  # names of files, branches and people are part of it
        next=violation.next,
        decided_by=violation.decided_by,
        waived_by=waived_by,
    )


def _order(finding: Finding) -> tuple[int, str, int, str]:
    """The worst first, then by path, line and code."""
    return -finding.severity, finding.path, finding.line, finding.code
