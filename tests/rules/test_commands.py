"""RUN: commands that are proved, and those that are not."""

from __future__ import annotations

from typing import Any, cast

import pytest

from guard.handoffs.parse import parse_handoff
from guard.handoffs.values import Left
from guard.receipts.receipt import Receipt, Stream
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
        "- `make test`",
        "`$ make  test`",
        "```\nmake test\n```",
        "Ran make test; fine.",
        "- make test: ok",
        "| Check |\n|---|\n| `make test` |",
    ],
)
def test_ways_to_report_a_command(body: str) -> None:
    """Code, blocks, tables and words report a command, as long as they have all of it."""
    assert said(MISSING, at_the_end(text=reported(body))) == []


@pytest.mark.parametrize(
    "body",
    ["- `make lint`", "- [ ] `make test`", "- `make test-all`", "- tests passed", "- `make tests`"],
)
def test_a_command_that_is_not_reported(body: str) -> None:
    """Another command, an unticked box or a summary does not count; the line is the section's."""
    (violation,) = ask(MISSING, at_the_end(text=reported(body)))
    assert (violation.line, violation.next, violation.path) == (11, "guard run -- make test", FILE)
    assert violation.decided_by is not None
    assert (violation.decided_by.file, violation.decided_by.pattern) == (
        ".guard/contracts/api.toml",
        "make test",
    )


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
    """A failure that the report admits counts, unless a receipt on this tree shows better."""
    text = reported("- `make test`: 2 failed")
    assert said(FAILED, at_the_end(text=text)) == [
        (13, "make test failed, as the handoff itself says")
    ]
    assert said(FAILED, at_the_end(receipt(), text=text)) == []


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
    assert [violation.next for violation in ask(UNPROVED, at_the_end(contract=shell))] == [
        "guard run -- sh -c 'make lint && make test'"
    ]


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
    violations = ask(UNPROVED, at_the_end(receipt(), contract=own))
    assert [violation.decided_by.pattern for violation in violations if violation.decided_by] == [
        "make lint",
        "make types",
    ]
