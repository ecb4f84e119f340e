"""The judge: severities, waivers, order, and what was not asked."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from guard.core.codes import CODES, Severity
from guard.rules import RULES
from guard.rules.facts import Facts, Waived
from guard.rules.findings import Decision, Violation, WaivedBy
from guard.rules.judge import judge
from guard.rules.report import Report
from guard.rules.rule import Rule
from tests.growth import require_proportion
from tests.rules.made import BASE, HEAD, changed, contract, facts, policy


def saw(
    *violations: Violation,
    code: str = "OWN001",
    severity: Severity = Severity.ERROR,
    last: bool = False,
) -> Rule:
    """A rule that always sees the same."""

    def made(about: Facts) -> Iterator[Violation]:
        """Does the test say so?"""
        yield from violations

    return Rule(code, lambda: made, severity, last=last)


def at(path: str, line: int = 0, at_most: Severity = Severity.ERROR) -> Violation:
    """A violation at a path."""
    return Violation(path, "m", "n", line=line, at_most=at_most)


def test_nothing_found_is_kept() -> None:
    """Without findings the contract is kept, and the report says what it is about."""
    report = judge(facts(contract(), "src/a", "src/b", worktree="/w"), RULES)
    assert (report.verdict, report.exit_code, report.findings) == ("kept", 0, ())
    assert (report.contract, report.branch, report.scope) == ("api", "feat/api", "branch")
    assert (report.base, report.head, report.paths, report.worktree) == (BASE, HEAD, 2, "/w")
    assert report.trusted.contract_from == "base"
    assert judge(facts(None), ()).contract == ""


@pytest.mark.parametrize("weight", [Severity.NOTE, Severity.WARNING])
def test_less_than_an_error_breaks_nothing(weight: Severity) -> None:
    """Notes and warnings are reported, and the contract is kept."""
    report = judge(facts(), (saw(at("a"), severity=weight),))
    assert (report.verdict, report.findings[0].severity) == ("kept", weight)


def test_an_error_breaks_the_contract() -> None:
    """One error is enough."""
    report = judge(facts(), (saw(at("a"), severity=Severity.NOTE), saw(at("b"), code="OWN002")))
    assert (report.verdict, report.exit_code) == ("broken", 1)


@pytest.mark.parametrize(
    ("word", "weight"),
    [("error", Severity.ERROR), ("warning", Severity.WARNING), ("note", Severity.NOTE)],
)
def test_the_policy_sets_the_weight(word: str, weight: Severity) -> None:
    """The policy's severity replaces the rule's own, by code or by name, up and down."""
    for key in ("OWN001", "outside-contract"):
        for own in (Severity.ERROR, Severity.NOTE):
            report = judge(
                facts(policy=policy(f'[rules]\n{key} = "{word}"\n')), (saw(at("a"), severity=own),)
            )
            assert report.findings[0].severity == weight


def test_at_most() -> None:
    """A violation may weigh less than its rule, never more."""
    about = facts(policy=policy('[rules]\nOWN001 = "note"\n'))
    assert (
        judge(facts(), (saw(at("a", at_most=Severity.WARNING)),)).findings[0].severity
        == Severity.WARNING
    )
    assert (
        judge(about, (saw(at("a", at_most=Severity.WARNING)),)).findings[0].severity
        == Severity.NOTE
    )


def test_a_rule_that_is_off() -> None:
    """A rule that the policy switches off is not asked, and the report says so."""
    report = judge(
        facts(policy=policy('[rules]\noutside-contract = "off"\n')),
        (saw(at("a")), saw(code="OWN002")),
    )
    assert (report.findings, report.rules) == ((), ("OWN002",))
    assert dict(report.not_checked)["OWN001"] == "off in guard.toml"


def test_every_code_is_asked_or_accounted_for() -> None:
    """Every public code is listed as asked or, with a reason, as not asked, in order."""
    for about in (
        facts(contract()),
        facts(None),
        facts(None, on_base=True),
        facts(contract(), scope="staged"),
    ):
        report = judge(about, RULES)
        skipped = [one.rule for one in report.not_checked]
        assert sorted((*report.rules, *skipped)) == sorted(CODES)
        assert skipped == [code for code in CODES if code in skipped]
        assert all(one.why for one in report.not_checked)
    rest = [rule for rule in RULES if rule.code != "OVL001"]
    assert dict(judge(facts(), rest).not_checked)["OVL001"] == "not in this version of guard"


def test_a_rule_asked_in_part() -> None:
    """A rule that could not see everything is both asked and accounted for."""
    report = judge(facts(contract(), unreadable=((".guard/contracts/x.toml", "bad"),)), RULES)
    assert "SHR002" in report.rules
    assert dict(report.not_checked)["SHR002"].startswith("in part: .guard/contracts/x.toml")
    assert "OWN001" not in dict(report.not_checked)
    lenient = policy('[contracts]\nmissing = "warning"\n')
    free = facts(None, unreadable=((".guard/contracts/x.toml", "bad"),), policy=lenient)
    report = judge(free, RULES)
    assert dict(report.not_checked)["OWN001"].startswith("in part: .guard/contracts/x.toml")


def test_the_worst_come_first() -> None:
    """Findings are sorted by severity, then path, line and code."""
    rules = (
        saw(at("b", 2), at("b", 1), at("a"), at("", 0), code="OWN002"),
        saw(at("b", 1), at("\udcff"), code="OWN001"),
        saw(at("a"), code="CON001", severity=Severity.WARNING),
    )
    told = [
        (one.severity.word, one.path, one.line, one.code) for one in judge(facts(), rules).findings
    ]
    assert told == [
        ("error", "", 0, "OWN002"),
        ("error", "a", 0, "OWN002"),
        ("error", "b", 1, "OWN001"),
        ("error", "b", 1, "OWN002"),
        ("error", "b", 2, "OWN002"),
        ("error", "\udcff", 0, "OWN001"),
        ("warning", "a", 0, "CON001"),
    ]


def test_a_finding_is_its_violation() -> None:
    """The finding is what the rule saw; names in the message are escaped."""
    seen = Violation("a\nb", "has \x1b[31m and \u202e", "guard explain", Decision("f", 3, "p"), 7)
    (finding,) = judge(facts(), (saw(seen),)).findings
    assert (finding.code, finding.name) == ("OWN001", "outside-contract")
    assert (finding.path, finding.line, finding.next, finding.decided_by) == (
        "a\nb",
        7,
        "guard explain",
        Decision("f", 3, "p"),
    )
    assert finding.message == "has \\e[31m and \\u202e"
    assert finding.waived_by is None


WAIVE = {"rule": "OWN001", "paths": ["/docs/"], "why": "agreed"}


@pytest.mark.parametrize(
    ("waiver", "more"),
    [
        pytest.param({**WAIVE, "rule": "OWN002"}, {}, id="another rule"),
        pytest.param({**WAIVE, "paths": ["/src/"]}, {}, id="another path"),
        pytest.param({**WAIVE, "until": "2026-01-01"}, {}, id="past its day"),
        pytest.param(WAIVE, {"source": "branch"}, id="declared on the branch"),
        pytest.param(WAIVE, {"source": "working-tree"}, id="declared in the working tree"),
    ],
)
def test_waivers_that_do_not_apply(waiver: dict[str, str], more: dict[str, str]) -> None:
    """A waiver is for its rule, its paths and its time, and counts from the base alone."""
    source = more.get("source", "base")
    report = judge(facts(contract(waive=[waiver]), source=source), (saw(at("docs/a")),))
    assert (report.verdict, report.findings[0].waived_by) == ("broken", None)


@pytest.mark.parametrize("until", ["2026-01-02", "2027-01-01", ""])
def test_a_waiver_takes_the_weight(until: str) -> None:
    """A waived error is reported with its waiver, and does not break the contract."""
    own = contract(
        waive=[
            {"rule": "OWN002", "paths": ["*"], "why": "x"},
            {**WAIVE, **({"until": until} if until else {})},
        ]
    )
    report = judge(facts(own), (saw(at("docs/a")),))
    (finding,) = report.findings
    line = [number for number, text in enumerate(own.text.splitlines(), 1) if text == "[[waive]]"][
        1
    ]
    assert report.verdict == "kept"
    assert finding.severity == Severity.ERROR
    assert finding.waived_by == WaivedBy(own.file, line, "agreed", until)


def test_what_is_said_of_the_whole_branch_cannot_be_waived() -> None:
    """A waiver is for paths; a finding without one stays."""
    report = judge(facts(contract(waive=[{**WAIVE, "paths": ["*"]}])), (saw(at("")),))
    assert report.findings[0].waived_by is None


def test_rules_that_are_last_know_what_was_waived() -> None:
    """A rule that is last gets the asked rules and all waivers that took effect."""
    heard: list[Waived] = []

    def listens(about: Facts) -> Iterator[Violation]:
        """What was waived?"""
        heard.append(about.waived)
        yield from ()

    own = contract(waive=[WAIVE, {**WAIVE, "paths": ["*"]}, {**WAIVE, "paths": ["/x"]}])
    judge(facts(own), (Rule("CON006", lambda: listens, last=True), saw(at("docs/a"))))
    assert heard == [Waived(frozenset(("OWN001",)), frozenset((0, 1)))]


def test_a_rule_before_a_write_says_what_to_do_instead() -> None:
    """Rules asked before a write tell an agent what to do, before and after; others do not."""
    for one in RULES:
        assert [bool(text) for text in one.instead()] == [one.before_write] * 2, one.code


def test_rules_are_questions() -> None:
    """Every rule has a code and name of the catalogue, and its docstring begins with a question."""
    for one in RULES:
        assert CODES[one.code] == one.name
        assert one.text.partition("\n")[0].endswith("?")
    assert len({one.code for one in RULES}) == len(RULES)


def patterns(count: int, folder: Callable[[int], str]) -> list[str]:
    """Patterns of several kinds for as many folders."""
    return [
        (f"/{folder(number)}/", f"{folder(number)}/**/*.py", f"/{folder(number)}/*/x_?.py")[
            number % 3
        ]
        for number in range(count)
    ]


def test_ten_thousand_changes() -> None:
    """10,000 kept changes against 200 patterns are judged in time that grows with their number."""
    made = random.Random(7)
    own = contract(
        owns=["/src/", *patterns(99, lambda n: f"pkg{n}/lib")],
        forbids=patterns(50, lambda n: f"no{n}"),
    )
    groups = policy(
        f'[shared.x]\nwhy = "x"\npaths = {patterns(50, lambda n: f"shared{n}")}\n'.replace("'", '"')
    )

    def judged(size: int) -> Callable[[], Report]:
        paths = sorted(
            {
                f"src/p{made.randrange(300)}/d{made.randrange(20)}/f{number}.py"
                for number in range(size)
            }
        )
        about = facts(
            own,
            changes=changed(*paths),
            policy=groups,
            tracked="".join(f"{path}\0" for path in paths).encode(),
        )
        return lambda: judge(about, RULES)

    assert judged(10_000)().verdict == "kept"
    require_proportion(judged, 10_000)
