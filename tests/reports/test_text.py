"""The text that people and agents read."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given

from guard.core.codes import Severity
from guard.core.names import show
from guard.reports.text import headline, headline_all, render, render_all
from guard.rules.report import NotChecked, Report, Trusted
from tests.reports.sample import BASE, ERROR, EVERYTHING, HEAD, KEPT, WAIVER, finding
from tests.reports.strategies import reports

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize(
    ("name", "report"), [("kept", KEPT), ("everything", EVERYTHING), ("error", ERROR)]
)
def test_text_is_as_agreed(name: str, report: Report, golden: Callable[[str, str], None]) -> None:
    """A change to what people read shows in the diff of a golden."""
    golden(f"text-{name}.txt", render(report))


def test_text_of_several_worktrees_is_as_agreed(golden: Callable[[str, str], None]) -> None:
    """Side by side, each report is under its own headline with its worktree."""
    golden("text-all.txt", render_all([EVERYTHING, ERROR, KEPT._replace(worktree="/trees/a")]))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {},
            (
                "guard: contract handbook-locale kept · 1 path on feat/locale-1 against main "
                f"{BASE[:12]} "
                "(worktree)"
            ),
        ),
        (
            {"paths": 0},
            (
                "guard: contract handbook-locale kept · nothing changed on feat/locale-1 against "
                f"main {BASE[:12]} (worktree)"
            ),
        ),
        (
            {"trusted": KEPT.trusted._replace(ref=BASE)},
            (
                "guard: contract handbook-locale kept · 1 path on feat/locale-1 against "
                f"{BASE[:12]} (worktree)"
            ),
        ),
        (
            {"contract": ""},
            (
                "guard: kept (no contract) · 1 path on feat/locale-1 "
                f"against main {BASE[:12]} (worktree)"
            ),
        ),
        (
            {"branch": ""},
            (
                f"guard: contract handbook-locale kept · 1 path at {HEAD[:12]} "
                f"against main {BASE[:12]} (worktree)"
            ),
        ),
        (
            {"branch": "", "head": ""},
            (
                "guard: contract handbook-locale kept · 1 path on a detached HEAD against main "
                f"{BASE[:12]} "
                "(worktree)"
            ),
        ),
        (
            {"trusted": Trusted("origin/dev", "", "base")},
            (
                "guard: contract handbook-locale kept · 1 path on feat/locale-1 against origin/dev "
                "(worktree)"
            ),
        ),
    ],
)
def test_the_first_line_says_it_all(changed: dict[str, object], expected: str) -> None:
    """Whose contract, what came of it, how much was judged and against what stand in one line."""
    assert headline(Report(**{**KEPT._asdict(), **changed})) == expected


def test_a_kept_contract_takes_one_line() -> None:
    """Nothing to say is said in one line."""
    assert render(KEPT) == headline(KEPT) + "\n"


def test_a_kept_contract_does_not_hide_what_was_not_asked() -> None:
    """Rules that were not asked are at the end of the line, or their number if they are many."""
    few, many, never = (
        EVERYTHING.not_checked[:2],
        EVERYTHING.not_checked[:3] * 2,
        EVERYTHING.not_checked[3:],
    )
    assert render(KEPT._replace(not_checked=few)).endswith(
        "(worktree) · not asked: CON004, MRG002 (only asked of whole branches)\n"
    )
    assert render(KEPT._replace(not_checked=many)).endswith("(worktree) · 6 rules not asked\n")
    assert render(KEPT._replace(not_checked=never)) == render(KEPT)
    partly = NotChecked("SHR002", "in part: bad.toml cannot be read")
    assert render(KEPT._replace(not_checked=(*many, partly))).endswith(
        "(worktree) · 6 rules not asked · SHR002 in part: bad.toml cannot be read\n"
    )


def test_findings_come_worst_first() -> None:
    """Errors come before warnings before notes, in any report."""
    mixed = [
        finding(code=f"OWN00{weight}", severity=weight)
        for weight in (Severity.NOTE, Severity.ERROR, Severity.WARNING)
    ]
    text = render(KEPT._replace(findings=tuple(mixed)))
    assert re.findall(r"^(error|warning|note): ", text, re.MULTILINE) == [
        "error",
        "warning",
        "note",
    ]


@pytest.mark.parametrize(("scope", "command"), [
    ("worktree", "guard check --format json"),
    ("staged", "guard check --staged --format json"),
    ("branch", "guard check --branch --format json"),
    ("range", f"guard check --base main --head {HEAD} --format json"),
])  # fmt: skip
def test_a_long_list_is_cut_and_says_how_to_see_it_whole(scope: str, command: str) -> None:
    """Of forty findings ten are shown, then the number of the others and how to list them."""
    many = KEPT._replace(
        verdict="broken",
        scope=scope,
        findings=tuple(finding(f"web/{number}.py") for number in range(40)),
    )
    lines = render(many).splitlines()
    assert sum(line.startswith("error: web/") for line in lines) == 10
    assert lines[-2:] == ["error: and 30 more: OWN001 outside-contract", f"  next: {command}"]


def test_many_rules_still_fit_a_screen() -> None:
    """Eight rules with forty findings each take no more than a screen of a large terminal."""
    codes = [f"OWN{number:03}" for number in range(8)]
    many = KEPT._replace(
        verdict="broken",
        findings=tuple(finding(f"web/{number}.py", code) for code in codes for number in range(40)),
    )
    lines = render(many).splitlines()
    assert len(lines) <= 50
    assert {code for code in codes if any(code in line for line in lines)} == set(codes)


def test_many_waivers_are_cut_too() -> None:
    """Of thirty waivers that took effect ten are shown, and the number of the others."""
    waived = (finding("a", waived_by=WAIVER._replace(line=number)) for number in range(1, 31))
    lines = render(KEPT._replace(findings=tuple(waived))).splitlines()
    assert len(lines) == 12
    assert lines[-1] == "waived: and more by 20 further waivers"


def test_an_error_without_a_branch_names_none() -> None:
    """Where not even the branch is known, the line says only what is wrong."""
    assert headline(ERROR) == "guard: could not judge: guard.toml: 2 mistakes"
    assert (
        headline(ERROR._replace(branch="feat/x"))
        == "guard: could not judge on feat/x: guard.toml: 2 mistakes"
    )


def test_colour_only_adds_colour() -> None:
    """Without the ANSI codes the coloured text is the plain one, and the plain one has none."""
    for report in (KEPT, EVERYTHING, ERROR):
        assert ANSI.sub("", render(report, colour=True)) == render(report)
        assert "\x1b" in render(report, colour=True)
        assert "\x1b" not in render(report)
    assert ANSI.sub("", render_all([EVERYTHING, KEPT], colour=True)) == render_all(
        [EVERYTHING, KEPT]
    )


def test_verdicts_are_counted() -> None:
    """The first line of several reports counts them by verdict, the worst first."""
    assert (
        headline_all([KEPT, ERROR, EVERYTHING, KEPT])
        == "guard: 4 worktrees · 1 broken, 1 not judged, 2 kept"
    )


@given(reports())
def test_no_name_can_make_up_a_line_or_move_the_cursor(report: Report) -> None:
    """With any names, every line of the text is one that guard wrote, in visible characters."""
    allowed = re.compile(r"guard: |error: |warning: |note: |waived: |not asked: |  ")
    lines = render(report).split("\n")
    assert lines.pop() == ""
    assert [line for line in lines if show(line) != line or not allowed.match(line)] == []
