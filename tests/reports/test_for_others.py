"""What a verdict says to somebody who did not start guard."""

from __future__ import annotations

import pytest

from tests.kit import GUARD, POLICY, Repo

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
    assert all(line.endswith("needs guard") for line in steps)
    by_hand = empty.guard("check", env=env).out
    assert INSTALL not in by_hand
    assert "needs guard" not in by_hand


def test_lines_without_effect(empty: Repo) -> None:
    """A policy that names what no rule asks yet is told the line, and is no mistake."""
    empty.policy('base = "main"\nsessions = 4\n[rules]\nstray-work = "error"\nOWN001 = "error"\n')
    ran = empty.guard("contract", "check")
    assert ran.code == 0
    told = [line.partition(" has no effect")[0] for line in ran.out.splitlines()[1:-1]]
    assert "guard.toml:4:1: rules.stray-work" in told
    assert not any("OWN001" in line for line in told)
    assert "rules.stray-work has no effect" in empty.guard("doctor").out
