"""Judges facts by rules: which are asked, how bad each violation is, and what is waived."""

from __future__ import annotations

from guard.core.codes import CODES, Severity
from guard.rules.facts import Waived
from guard.rules.findings import NOT_YET, Finding, NotChecked, Report, WaivedBy
from guard.rules.survey import as_asked, compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.contracts.model import Waiver
    from guard.rules.facts import Facts
    from guard.rules.findings import Violation
    from guard.rules.rule import Rule


def judge(facts: Facts, rules: Sequence[Rule]) -> Report:
    """Ask each rule about `facts` and give the report; rules that are `last` come last.

    A finding has the severity that the policy gives to its rule, capped by its violation. The first
    waiver in force that names its rule and path waives it. An error that is not waived breaks the
    contract.
    """
    reasons = {rule.code: _reason(rule, facts) for rule in rules}
    asked = [rule for rule in rules if not reasons[rule.code]]
    first = [rule for rule in asked if not rule.last]
    in_force = _in_force(facts)
    used: set[int] = set()
    findings = [*_findings(first, facts, in_force, used)]
    waived = Waived(frozenset(rule.code for rule in first), frozenset(used))
    last = [rule for rule in asked if rule.last]
    findings += _findings(last, facts._replace(waived=waived), in_force, used)
    findings = sorted(_in_one_voice(findings), key=_order)
    for rule in asked:
        reasons[rule.code] = rule.partly(facts)
    return Report(
        verdict="broken" if any(finding.breaks for finding in findings) else "kept",
        contract=facts.contract.name if facts.contract else "",
        branch=facts.branch,
        scope=facts.scope,
        base=facts.base,
        head=facts.head,
        trusted=facts.trusted,
        findings=tuple(findings),
        paths=len(facts.changes),
        rules=tuple(rule.code for rule in asked),
        not_checked=tuple(
            NotChecked(code, why) for code in CODES if (why := reasons.get(code, NOT_YET))
        ),
        worktree=facts.worktree,
        carried=facts.carried,
        install=facts.policy.install,
    )


def _in_one_voice(findings: Sequence[Finding]) -> list[Finding]:
    """Leave one finding where a path is outside the contract and shared, too: the worse one.

    Of equal ones the shared group's stays, since who owns its merge may change the path.
    """
    outside, shared = (
        {one.path: one.severity for one in findings if one.code == code and not one.waived_by}
        for code in ("OWN001", "SHR001")
    )
    said = {path for path, severity in shared.items() if severity >= outside.get(path, 0)}
    return [
        one
        for one in findings
        if one.waived_by
        or (one.code == "OWN001" and one.path not in said)
        or (one.code == "SHR001" and one.path in said)
        or one.code not in ("OWN001", "SHR001")
    ]


def _reason(rule: Rule, facts: Facts) -> str:
    """Why a rule is not asked, or ""."""
    if _severity(rule, facts) == Severity.OFF:
        return f"off in {facts.policy.file}"
    return rule.unless(facts)


def _severity(rule: Rule, facts: Facts) -> Severity:
    return facts.policy.severities.get(rule.code, rule.severity)


def _in_force(facts: Facts) -> dict[int, Waiver]:
    """Waivers of a contract on the base that are not past their last day."""
    if not facts.contract or facts.trusted.contract_from != "base":
        return {}
    return {
        number: waiver
        for number, waiver in enumerate(facts.contract.waivers)
        if not waiver.until or waiver.until >= facts.today
    }


def _findings(
    rules: Sequence[Rule], facts: Facts, in_force: dict[int, Waiver], used: set[int]
) -> Iterator[Finding]:
    """The numbers of waivers that take effect go into `used`."""
    for rule in rules:
        if not rule.about(facts):
            continue
        waivers = [
            (number, waiver) for number, waiver in in_force.items() if waiver.rule == rule.code
        ]
        for violation in rule.ask(facts):
            path = violation.path
            matching = [
                number
                for number, waiver in waivers
                if path and compiled(facts, waiver.paths).decide(as_asked(facts, path, grants=True))
            ]
            used.update(matching)
            waived_by = _waived_by(facts, matching[0]) if matching else None
            finding = _finding(rule, facts, violation, waived_by)
            if finding.severity != Severity.OFF:
                yield finding


def _waived_by(facts: Facts, number: int) -> WaivedBy | None:
    from guard.contracts.positions import line_of  # most findings are not waived

    contract = facts.contract
    if not contract:
        return None
    waiver = contract.waivers[number]
    line = line_of(contract.text, "waive", number)
    return WaivedBy(contract.file, line, waiver.why, waiver.until)


def _finding(rule: Rule, facts: Facts, violation: Violation, waived_by: WaivedBy | None) -> Finding:
    from guard.core.names import show

    return Finding(
        code=rule.code,
        name=rule.name,
        severity=min(_severity(rule, facts), violation.at_most),
        path=violation.path,
        line=violation.line,
        message=show(violation.message),  # it holds names of files, branches and people
        next=violation.next,
        decided_by=violation.decided_by,
        waived_by=waived_by,
    )


def _order(finding: Finding) -> tuple[int, str, int, str]:
    return -finding.severity, finding.path, finding.line, finding.code
