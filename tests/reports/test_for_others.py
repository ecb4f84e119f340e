"""What a verdict says to somebody who did not start guard."""

from __future__ import annotations

import pytest

from guard.contracts.consistency import without_effect
from guard.contracts.parse import parse_policy
from guard.reports.for_others import for_others
from guard.reports.text import render
from tests.kit import BASE, GUARD, POLICY, Repo
from tests.reports.sample import EVERYTHING

INSTALL = "pipx install git+https://example.com/guard"


@pytest.mark.parametrize("env", [{"PRE_COMMIT": "1"}, {"CI": "1"}, {"PATH": "/usr/bin:/bin"}])
def test_where_to_get_guard(empty: Repo, env: dict[str, str]) -> None:
    """A hook's verdict ends with it, and guard's commands say what they need; by hand neither."""
    empty.policy(f'{POLICY}[help]\ninstall = "{INSTALL}"\n')
    empty.contract("api", owns=["api/"]).branch("api").write({"web/a": "x\n"}).git("add", "-A")
    hook = empty.run(*GUARD, "hook", "pre-commit", ok=(1,), env=env).err.splitlines()
    assert hook[-1] == f"  next: {INSTALL}"
    ran = empty.run(*GUARD, "ci", ok=(), env={**env, "CI": "1"})
    empty.git("commit", "-qm", "work")
    ran = empty.run(*GUARD, "ci", ok=(1,), env={**env, "CI": "1"})
    steps = [line for line in ran.out.splitlines() if "next: guard " in line]
    assert steps
    assert all("needs guard" in line for line in steps)
    (owned,) = [line for line in steps if "contract edit" in line]
    hand = "without it: change .guard/contracts/api.toml on main, or leave web/a as it is there"
    assert owned.endswith(hand)
    by_hand = empty.guard("check", env=env).out
    assert INSTALL not in by_hand
    assert "needs guard" not in by_hand


def test_a_warning_of_somebody_without_a_contract(empty: Repo) -> None:
    """Nobody is told to write a file that the reader does not know, where nothing is asked."""
    shared = "[shared.lock]\nwhy = 'One at a time.'\npaths = ['/lock']\n"
    empty.policy(f"{POLICY}[contracts]\nmissing = 'warning'\n{shared}")
    empty.git("switch", "-q", "-c", "topic")
    empty.commit({"lock": "x\n"})
    ran = empty.run(*GUARD, "ci", env={"CI": "1"})
    (step,) = [line for line in ran.out.splitlines() if "next: guard " in line]
    assert step.endswith("# needs guard; without it: nothing has to change")


def test_commands_without_a_finding(empty: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes, what is carried and a push's one line are no findings, and need guard all the same."""
    for name in ("CI", "PRE_COMMIT", "GIT_QUARANTINE_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PRE_COMMIT", "1")
    kept = EVERYTHING._replace(findings=(), install=INSTALL)
    steps = [line for line in render(for_others(kept)).splitlines() if "next: " in line]
    *ours, last = [line for line in steps if "next: git " not in line]
    assert ours
    assert all(line.endswith("needs guard") for line in ours)
    assert last == f"  next: {INSTALL}"
    silent = kept._replace(carried=(), notes=())
    assert INSTALL not in render(for_others(silent))


def test_a_handoff_that_pre_commit_asks_for(empty: Repo) -> None:
    """pre-commit's hook guard-handoff says it, too; `guard handoff check` by hand does not."""
    empty.policy(f'{BASE}[help]\ninstall = "{INSTALL}"\n')
    empty.contract("api", owns=["api/"]).branch("api").write({"api/a": "x\n"}).git("add", "-A")
    empty.git("commit", "-qm", "work")
    hook = empty.guard("handoff", "check", "--branch", env={"PRE_COMMIT": "1"}).out
    (step,) = [line for line in hook.splitlines() if "next: guard " in line]
    assert "# needs guard; without it: write .guard/handoffs/api.md by hand" in step
    assert hook.splitlines()[-1] == f"  next: {INSTALL}"
    by_hand = empty.guard("handoff", "check", "--branch", env={"PRE_COMMIT": ""}).out
    assert "needs guard" not in by_hand
    assert INSTALL not in by_hand


def test_lines_without_effect(empty: Repo) -> None:
    """A policy that names what a version does not ask is told the line; this one asks all."""
    text = 'base = "main"\nsessions = 4\n[rules]\nstray-work = "error"\nOWN001 = "error"\n'
    idle = without_effect(parse_policy(text.encode(), "guard.toml"), ["OWN001"])
    told = [one.line.partition(" has no effect")[0] for one in idle]
    assert told == ["guard.toml:2:1: sessions", "guard.toml:4:1: rules.stray-work"]
    empty.policy(text)
    ran = empty.guard("contract", "check")
    assert (ran.code, "has no effect" in ran.out) == (0, False)
    assert "has no effect" not in empty.guard("doctor").out
