"""RUN: commands that are proved, and those that are not."""

from __future__ import annotations

from typing import Any, cast

import pytest

from guard.handoffs.parse import parse_handoff
from guard.handoffs.values import Left
from guard.receipts.receipt import Receipt, Stream
from guard.receipts.results import Result
from guard.rules.facts import Facts
from guard.rules.rule import Rule
from tests.handoffs.made import WHOLE
from tests.receipts.test_receipt import receipt
from tests.rules.made import ask, contract, facts, named, policy, why_not

FILE = ".guard/handoffs/api.md"
TREE, OLD = "1" * 40, "2" * 40
MISSING, FAILED, UNPROVED = (
    named("command-missing"),
    named("command-failed"),
    named("command-unproved"),
)
ALL = (MISSING, FAILED, UNPROVED)
OWN = contract(verify=["make test"])
LATER = "2027-01-01T00:00:00.000000Z"


def at_the_end(*receipts: Receipt, text: str | None = WHOLE, **more: object) -> Facts:
    """The facts of a session's end whose contract requires `make test`, with its receipts."""
    left = None if text is None else Left(FILE, "branch", parse_handoff(text), as_now=True)
    own = {"closing": True, "left": left, "tree": TREE, "receipts": {"make test": receipts}}
    return facts(OWN, "src/a.py", **cast("dict[str, Any]", {**own, **more}))


def said(rule: Rule, about: Facts) -> list[tuple[int, str]]:
    """Line and message of each violation."""
    return [(violation.line, violation.message) for violation in ask(rule, about)]


def reported(body: str) -> str:
    """A handoff whose commands are these, from line 13 on."""
    return WHOLE.replace("- `make test`: 34 passed", body)


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.code)
def test_a_proved_command_passes(rule: Rule) -> None:
    """A required command that is reported and proved is nobody's business."""
    assert why_not(rule, at_the_end(receipt())) == ""
    assert said(rule, at_the_end(receipt())) == []


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.code)
def test_a_contract_that_requires_nothing(rule: Rule) -> None:
    """Without `verify` there is nothing to prove."""
    assert said(rule, at_the_end(contract=contract())) == []


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.code)
def test_a_contract_that_is_not_trusted_yet(rule: Rule) -> None:
    """The commands of a contract that only the branch has do not count, and the report says so."""
    about = at_the_end(source="branch")
    assert said(rule, about) == []
    assert why_not(rule, about) == "in part: verify counts once the contract is on main"


def test_when_they_are_not_asked() -> None:
    """Without a handoff there is no report to read; if none is required, nothing needs proof."""
    assert why_not(MISSING, at_the_end(text=None)) == "no handoff"
    assert why_not(UNPROVED, at_the_end(text=None)) == ""
    assert len(said(UNPROVED, at_the_end(text=None))) == 1
    free = policy("[handoff]\nrequired = false\n")
    assert {why_not(rule, at_the_end(text=None, policy=free)) for rule in ALL} == {
        "no handoff, and guard.toml requires none"
    }


@pytest.mark.parametrize(
    "body",
    [
        "- `make test` passed",
        "`$ make  test` ✅",
        "```\nmake test\n34 passed\n```",
        "make test passed.",
        "- make test: ok",
        "- [x] make test",
        "| Check | |\n|---|---|\n| `make test` | exit 0 |",
    ],
)
def test_ways_to_report_a_command(body: str) -> None:
    """Code, blocks, tables and the front of a line report a command with its outcome."""
    assert said(MISSING, at_the_end(text=reported(body))) == []


@pytest.mark.parametrize("body", ["", "- [ ] `make test`", "None", "TBD"])
def test_one_finding_for_a_command_that_nothing_reports(body: str) -> None:
    """The finding about the command says what to do; that the section is empty adds nothing."""
    about = at_the_end(text=reported(body))
    assert len(said(MISSING, about)) == 1
    assert said(named("empty-section"), about) == []
    relaxed = about._replace(policy=policy('[rules]\nRUN001 = "off"\n'))
    assert len(said(named("empty-section"), relaxed)) == 1


@pytest.mark.parametrize(
    "body",
    [
        "- `make lint` passed",
        "- [ ] `make test`",
        "- `make test-all` passed",
        "- tests passed",
        "- `make test`: skipped",
        "- `make test` ⏭ not run",
        "We ran make test, which passed.",
    ],
)
def test_a_command_that_is_not_reported(body: str) -> None:
    """Another command, one that did not run and prose do not count; the line is the section's."""
    (violation,) = ask(MISSING, at_the_end(text=reported(body)))
    assert (violation.line, violation.next, violation.path) == (11, "guard run -- make test", FILE)
    assert violation.decided_by is not None
    assert (violation.decided_by.file, violation.decided_by.pattern) == (
        ".guard/contracts/api.toml",
        "make test",
    )


@pytest.mark.parametrize(
    "body",
    [
        "- `make test`",
        "- `make test` should pass",
        "- CI will run `make test`",
        "- Please run `make test` before merging",
        "- I did not run the tests (`make test`), there is no network",
        "- `make test` unable to execute here",
        "- `make test` failed at first, passes now",
        "| Command | Result |\n|---|---|\n| `make test` | ⏳ |",
    ],
)
def test_an_outcome_that_is_not_stated(body: str) -> None:
    """Without a receipt, the finding says which words count; a receipt or a rerun decides."""
    text = reported(body)
    (violation,) = ask(MISSING, at_the_end(text=text))
    assert "write directly behind it passed, failed, 34 passed, exit 0" in violation.message
    assert said(FAILED, at_the_end(text=text)) == []
    assert said(UNPROVED, at_the_end(text=text)) == []
    assert said(MISSING, at_the_end(receipt(), text=text)) == []
    assert said(MISSING, at_the_end(text=text, rerun=True)) == []


@pytest.mark.parametrize(
    "near", ["uv run make test", "make -j test", "make tests", "docker run app make test -v"]
)
def test_a_near_miss_is_named(near: str) -> None:
    """A command with other words around the required ones, or misspelt, is no report of it."""
    (violation,) = ask(MISSING, at_the_end(text=reported(f"- `{near}` passed")))
    assert violation.message == f"Commands run does not report make test, only {near} (line 13)"


def test_after_the_run_the_report_alone_is_missing() -> None:
    """Nobody is sent to run again what ran: the draft reports it, or the author of a text does."""
    text = reported("- `make lint` passed")
    assert ask(MISSING, at_the_end(receipt(), text=text))[0].next == "guard handoff draft"
    given = Left("", "given", parse_handoff(text), untold="x")
    steps = [ask(MISSING, at_the_end(*some, left=given))[0].next for some in ((receipt(),), ())]
    assert steps == [
        "write under Commands run: - `make test` passed",
        "guard run -- make test   # then write: - `make test` passed",
    ]


def test_one_cause_has_one_finding() -> None:
    """A command that failed, or that nobody ran, is told once."""
    text = reported("- `make lint` passed")
    for receipts in ((), (receipt(exit=2),)):
        about = at_the_end(*receipts, text=text)
        assert len([one for rule in ALL for one in ask(rule, about)]) == 1


@pytest.mark.parametrize(
    ("results", "contradicts"),
    [
        ([Result(34)], True),
        ([Result(30), Result(4)], True),
        ([Result(118, skipped=2)], False),
        ([Result(120), Result(4)], False),
        ([Result(3, unit="package")], False),
        ([], False),
    ],
)
def test_a_number_of_tests_that_the_receipt_contradicts(
    results: list[Result], *, contradicts: bool
) -> None:
    """A stated number is compared with what the runner printed, where that is known."""
    ran = receipt(streams=(Stream("output", 9, "a" * 64, "", tuple(results)),))
    told = said(FAILED, at_the_end(ran, text=reported("- `make test`: all 120 tests passed")))
    why = "the handoff says 120 passed behind make test, and its receipt says 34"
    assert told == ([(13, why)] if contradicts else [])
    assert said(FAILED, at_the_end(ran, text=reported("- `make test` passed in 120 s"))) == []
    told = said(FAILED, at_the_end(ran, text=reported("- make test ✅ 120/120")))
    assert told == ([(13, why)] if contradicts else [])
    for no_tests in ("✅, 2 warnings", "passed (3 suites)"):
        assert said(FAILED, at_the_end(ran, text=reported(f"- `make test` {no_tests}"))) == []


def test_no_section_at_all() -> None:
    """A report without Commands run has a missing section, and no finding for each command."""
    assert said(MISSING, at_the_end(text="# x\n")) == []
    assert [line for line, _ in said(UNPROVED, at_the_end(text="# x\n"))] == [0]


def test_a_failing_command() -> None:
    """The latest run on this tree counts; the last line of its output says what happened."""
    failed = receipt(
        exit=2, started=LATER, streams=(Stream("output", 9, "a" * 64, "x\n\x1b[31m3 failed\n"),)
    )
    assert said(FAILED, at_the_end(receipt(), failed)) == [
        (
            13,
            (
                "make test failed on this tree: exit status 2 (\\e[31m3 failed); the handoff says "
                "that it passed"
            ),
        )
    ]
    assert said(UNPROVED, at_the_end(receipt(), failed)) == []
    assert said(FAILED, at_the_end(receipt(exit=2), receipt(started=LATER))) == []
    assert said(FAILED, at_the_end(receipt(exit=2, before=OLD))) == []


def test_a_report_that_says_it_failed() -> None:
    """A failure that the report states counts; a receipt that passed contradicts it."""
    text = reported("- `make test`: 2 failed")
    assert said(FAILED, at_the_end(text=text)) == [
        (13, "make test failed, as the handoff itself says")
    ]
    assert said(FAILED, at_the_end(receipt(), text=text)) == [
        (13, "the handoff says that make test failed, and its receipt says it passed")
    ]


def test_a_claim_that_a_receipt_contradicts() -> None:
    """A command that is not required may be left out, but must not contradict its receipt."""
    lint = receipt(argv=("make", "lint"), exit=1)
    body = "- `make test`: passed\n- `make lint`: clean"
    about = at_the_end(
        receipt(), text=reported(body), receipts={"make test": (receipt(),), "make lint": (lint,)}
    )
    assert said(FAILED, about) == [
        (14, "the handoff has make lint, which failed on this tree: exit status 1 (ok)")
    ]
    honest = reported(body.replace("clean", "exit 1"))
    assert (
        said(
            FAILED,
            at_the_end(text=honest, receipts={"make test": (receipt(),), "make lint": (lint,)}),
        )
        == []
    )


@pytest.mark.parametrize(
    ("receipts", "why"),
    [
        ((), "has no receipt: only the handoff says so"),
        (
            (receipt(before=OLD),),
            f"passed on another tree ({OLD[:12]}), not on this one ({TREE[:12]})",
        ),
        ((receipt(before=OLD, exit=3),), f"failed with exit status 3 on another tree ({OLD[:12]})"),
        ((receipt(before=""),), "passed on another tree (unknown)"),
        ((receipt(sound=False),), "has a receipt that was edited, or is another repository's"),
        ((receipt(directory="web"),), "ran on this tree in web, not at the top"),
        (
            (receipt(altered=1, changed=(("A", "n"), ("M", "src/a.py"))),),
            "changed the tree that it was to verify: src/a.py",
        ),
    ],
)
def test_what_does_not_prove_a_command(receipts: tuple[Receipt, ...], why: str) -> None:
    """Only a sound run on this very tree, at the top, proves it; the message names the problem."""
    ((line, message),) = said(UNPROVED, at_the_end(*receipts))
    assert line == 13
    assert message.startswith(f"make test {why}")


def test_what_to_type() -> None:
    """The next step is to run the command, or, without receipts as in CI, to run all again."""
    assert [violation.next for violation in ask(UNPROVED, at_the_end())] == [
        "guard run -- make test"
    ]
    assert [violation.next for violation in ask(UNPROVED, at_the_end(scope="range"))] == [
        "guard handoff check --rerun"
    ]
    shell = contract(verify=["make lint && make test"])
    text = reported("- `make lint && make test` passed")
    assert [
        violation.next for violation in ask(UNPROVED, at_the_end(contract=shell, text=text))
    ] == ["guard run -- sh -c 'make lint && make test'"]


def test_when_guard_ran_it_again() -> None:
    """A failure in guard's own run is reported; a command that it did not run is not proved."""
    assert (
        "failed when guard ran it again: exit status 2"
        in said(FAILED, at_the_end(receipt(exit=2), rerun=True))[0][1]
    )
    assert (
        "was not run by guard again" in said(UNPROVED, at_the_end(rerun=True, scope="range"))[0][1]
    )


def test_each_command_by_itself() -> None:
    """Every required command has its own finding, with its own line of the contract."""
    own = contract(verify=["make lint", "make test", "make types"])
    text = reported("- `make lint`, `make test`, `make types` passed")
    violations = ask(UNPROVED, at_the_end(receipt(), contract=own, text=text))
    assert [violation.decided_by.pattern for violation in violations if violation.decided_by] == [
        "make lint",
        "make types",
    ]
