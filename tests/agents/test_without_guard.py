"""The lines in the settings where guard is missing, crashes or answers, as the agents read them.

Codex refuses for exit status 2 with a text on standard error (codex-rs/hooks); Gemini CLI refuses
for any text with a status other than 0 and 1 (hookRunner.ts, convertPlainTextToHookOutput).
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from guard.agents.programs import load_agent
from guard.agents.setup.settings import lenient, lines_of

GUARDS = {
    "missing": "",
    "crashing": "exit 3",
    "crashing with words": "echo bug >&2; exit 3",
    "refusing": "echo reason >&2; exit 2",
    "answering": "echo '{}'",
}


def run(line: str, guard: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    if guard:
        (tmp_path / "guard").write_text(f"#!/bin/sh\n{guard}\n")
        (tmp_path / "guard").chmod(0o755)
    env = {"PATH": str(tmp_path)}
    return subprocess.run(
        ["/bin/sh", "-c", line], env=env, capture_output=True, text=True, check=False
    )


def line_of(agent: str, event: str, *, optional: bool = False) -> str:
    hooks = load_agent(agent).hooks
    entries = (lenient(hooks) if optional else hooks)[event]
    return next(lines_of(entries[0], agent))


@pytest.mark.parametrize(("agent", "event"), [("codex", "PreToolUse"), ("gemini", "BeforeTool")])
@pytest.mark.parametrize("guard", GUARDS)
def test_before_a_tool(agent: str, event: str, guard: str, tmp_path: Path) -> None:
    """Only an answer lets the tool run; everything else is a refusal with a reason."""
    ran = run(line_of(agent, event), GUARDS[guard], tmp_path)
    if guard == "answering":
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "{}\n", "")
        return
    assert (ran.returncode, ran.stderr != "") == (2, True)
    assert ("guard did not answer" in ran.stderr) == (guard != "refusing")


@pytest.mark.parametrize("event", ["AfterAgent", "AfterTool", "SessionStart"])
@pytest.mark.parametrize("guard", [name for name in GUARDS if name != "refusing"])
def test_geminis_other_events(event: str, guard: str, tmp_path: Path) -> None:
    """A session without a working guard ends: the status is never one that goes on."""
    ran = run(line_of("gemini", event), GUARDS[guard], tmp_path)
    assert ran.returncode == (0 if guard == "answering" else 1)


@pytest.mark.parametrize(("agent", "event"), [("codex", "PreToolUse"), ("gemini", "BeforeTool")])
def test_optional_entries(agent: str, event: str, tmp_path: Path) -> None:
    """With --optional the agent works where guard is missing, and is stopped where it crashes."""
    line = line_of(agent, event, optional=True)
    assert run(line, "", tmp_path).returncode == 0
    assert run(line, "exit 3", tmp_path).returncode == 2
