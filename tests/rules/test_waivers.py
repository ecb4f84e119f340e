"""CON006: waivers that no longer hold, or never did."""

from __future__ import annotations

import pytest

from guard.contracts.model import Contract, Policy
from guard.core.codes import Severity
from guard.rules import RULES
from guard.rules.findings import Decision, Finding
from guard.rules.judge import judge
from tests.rules.made import contract, facts, named, policy, why_not

EXPIRED_WAIVER = named("expired-waiver")

GROUP = policy('[shared.meta]\nwhy = "x"\npaths = ["package.json"]\n')


def waiver(rule: str = "shared-file", until: str = "2026-01-02") -> Contract:
    """A contract with one waiver for package.json."""
    until_key = {"until": until} if until else {}
    return contract(
        owns=["/src/", "package.json"],
        waive=[{"rule": rule, "paths": ["package.json"], "why": "agreed", **until_key}],
    )


def idle(
    own: Contract, *paths: str, source: str = "base", scope: str = "branch", rules: Policy = GROUP
) -> list[Finding]:
    """The findings of CON006 when all rules are asked."""
    report = judge(facts(own, *paths, source=source, scope=scope, policy=rules), RULES)
    return [finding for finding in report.findings if finding.code == "CON006"]


@pytest.mark.parametrize("until", ["2026-01-02", "2026-12-31", ""])
def test_a_waiver_that_waives_something_passes(until: str) -> None:
    """A waiver that takes effect, up to and on its last day, is not reported."""
    assert idle(waiver(until=until), "package.json") == []


def test_before_a_commit_only_dates_are_told() -> None:
    """A commit that does not touch what is waived says nothing about the waiver."""
    assert idle(waiver(), "src/a", scope="staged") == []
    assert len(idle(waiver(until="2026-01-01"), "src/a", scope="staged")) == 1


def test_a_rule_that_was_not_asked() -> None:
    """A waiver of a rule that is off, or that this version does not ask, may well be needed."""
    off = policy('[rules]\nshared-file = "off"\n')
    assert idle(waiver(), "package.json", rules=off) == []
    assert idle(waiver("OVL001"), "package.json") == []


def test_a_waiver_of_this_rule() -> None:
    """Whether a waiver of CON006 itself is needed is not known before CON006 was asked."""
    own = contract(waive=[{"rule": "CON006", "paths": ["/.guard/contracts/"], "why": "known"}])
    assert idle(own, "src/a") == []


def test_waivers_can_be_waived() -> None:
    """CON006 is a rule like any other: a waiver for it is applied."""
    own = contract(
        waive=[
            {"rule": "CON006", "paths": ["/.guard/contracts/api.toml"], "why": "known"},
            {"rule": "SHR001", "paths": ["/x"], "why": "old", "until": "2020-01-01"},
        ]
    )
    (finding,) = idle(own, "src/a")
    assert finding.waived_by is not None
    assert finding.waived_by.why == "known"


def test_a_waiver_past_its_day() -> None:
    """A waiver whose last day is over is reported, and waives nothing."""
    own = waiver(until="2026-01-01")
    (finding,) = idle(own, "package.json")
    assert finding.message == "the waiver of shared-file for package.json held until 2026-01-01"
    line = 1 + own.text.splitlines().index("[[waive]]")
    assert (finding.path, finding.line, finding.severity) == (own.file, line, Severity.WARNING)
    assert finding.decided_by == Decision(own.file, line, "SHR001")
    assert finding.next == "guard contract show api"
    (shared,) = (
        one
        for one in judge(facts(own, "package.json", policy=GROUP), RULES).findings
        if one.code == "SHR001"
    )
    assert shared.waived_by is None


def test_a_waiver_without_effect() -> None:
    """A waiver that waived nothing on the whole branch is reported."""
    (finding,) = idle(waiver(), "src/a")
    assert finding.message == "the waiver of shared-file for package.json waived nothing"


@pytest.mark.parametrize("source", ["branch", "working-tree"])
def test_self_declared_waivers(source: str) -> None:
    """A waiver that does not stand on the base has no effect, in any scope."""
    (finding,) = idle(waiver(), "package.json", source=source, scope="staged")
    assert (
        finding.message
        == "the waiver of shared-file for package.json has no effect: the contract is not on main"
    )


def test_without_a_contract() -> None:
    """Without a contract there are no waivers."""
    assert why_not(EXPIRED_WAIVER, facts(None)) == "no contract"
    assert list(EXPIRED_WAIVER.ask(facts(None))) == []
