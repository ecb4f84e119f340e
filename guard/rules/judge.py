"""Judges facts by rules: which are asked, how bad each violation is, and what is waived."""

from __future__ import annotations

from guard.core.codes import CODES, Severity
from guard.rules.facts import Waived
from guard.rules.report import NOT_YET, NotChecked, Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guard.contracts.model import Waiver
    from guard.rules.facts import Facts
    from guard.rules.findings import Finding
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
    findings = _findings(first, facts, in_force, used)
    waived = Waived(frozenset(rule.code for rule in first), frozenset(used))
    last = [rule for rule in asked if rule.last]
    findings += _findings(last, facts._replace(waived=waived), in_force, used)
    if findings:
        from guard.rules.findings import in_one_voice

        findings = in_one_voice(findings)
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


def _reason(rule: Rule, facts: Facts) -> str:
    """Why a rule is not asked, or ""."""
    if rule.severity_in(facts) == Severity.OFF:
        return f"off in {facts.policy.file}"
    return rule.unless(facts)


def _findings(
    rules: Sequence[Rule], facts: Facts, in_force: dict[int, Waiver], used: set[int]
) -> list[Finding]:
    found: list[Finding] = []
    for rule in rules:
        if rule.about(facts):
            from guard.rules.findings import findings_of  # most commits have nothing to blame

            found += findings_of(rule, facts, in_force, used)
    return found


def _in_force(facts: Facts) -> dict[int, Waiver]:
    """Waivers of a contract on the base that are not past their last day."""
    if not facts.contract or facts.trusted.contract_from != "base":
        return {}
    return {
        number: waiver
        for number, waiver in enumerate(facts.contract.waivers)
        if not waiver.until or waiver.until >= facts.today
    }
