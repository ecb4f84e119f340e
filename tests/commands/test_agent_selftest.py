"""`guard agent selftest` runs what is in the settings and reads answers as an agent does."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from guard.agents.programs import AGENTS
from guard.commands.agent import command
from guard.core.errors import UsageError
from tests.kit import GUARD, Ran, Repo

TRIED = 10  # things that are tried with every agent


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with a guard in it."""
    return put_program(tmp_path / "bin", f'exec {" ".join(GUARD)} "$@"')


def put_program(folder: Path, line: str) -> Path:
    """Make a folder with a `guard` that is one line of shell."""
    folder.mkdir(exist_ok=True)
    (folder / "guard").write_text(f"#!/bin/sh\n{line}\n")
    (folder / "guard").chmod(0o755)
    return folder


def selftest(repo: Repo, agent: str, program: Path | str) -> Ran:
    """Run the selftest where `guard` is what `program` holds."""
    return repo.guard("agent", "selftest", agent, env={"PATH": f"{program}:{os.environ['PATH']}"})


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("how", ["", "--optional", "--no-worktrees"])
def test_what_install_writes_works(repo: Repo, program: Path, agent: str, how: str) -> None:
    """After an install every answer is right, with its time; the repository is unchanged."""
    repo.guard("agent", "install", agent, *([how] if how else []))
    repo.commit(message="settings")
    before = (
        repo.git("for-each-ref"),
        repo.git("worktree", "list"),
        repo.git("status", "--porcelain", "--ignored"),
    )
    ran = repo.guard("agent", "selftest", agent, env={"PATH": f"{program}:{os.environ['PATH']}"})
    assert (ran.code, ran.err) == (0, ""), ran.out
    first, *lines = ran.out.splitlines()
    assert first.startswith(f"{AGENTS[agent]}, ")
    assert first.endswith(f"guard is {program}/guard")
    tried = [line for line in lines if not line.startswith("warn")]
    assert len(tried) == TRIED + 2 * (agent == "claude" and not how)
    assert all(line.startswith("ok  ") and " ms  " in line for line in tried)
    assert (
        repo.git("for-each-ref"),
        repo.git("worktree", "list"),
        repo.git("status", "--porcelain", "--ignored"),
    ) == before


@pytest.mark.parametrize("agent", AGENTS)
def test_nothing_to_test(repo: Repo, program: Path, agent: str) -> None:
    """If guard is not in the settings, that is said, with the command that adds it."""
    repo.write(
        {
            ".claude/settings.json": "{}",
            ".cursor/hooks.json": '{"hooks": {"stop": [{"command": "guard check"}]}}',
        }
    )
    ran = repo.guard("agent", "selftest", agent)
    assert (ran.code, ran.out) == (
        1,
        f"guard is not in the settings of {AGENTS[agent]}\nnext: guard agent install {agent}\n",
    )


def failing(ran: Ran) -> list[str]:
    """Give what was tried and not right."""
    assert ran.code == 1
    return [line.rpartition("  ")[2] for line in ran.out.splitlines() if line.startswith("FAIL")]


def test_no_guard_on_the_path(repo: Repo) -> None:
    """Without guard every hook is broken, and it is said that the agent would go its way."""
    repo.guard("agent", "install", "claude")
    ran = repo.guard("agent", "selftest", "claude", env={"PATH": "/usr/bin:/bin"})
    assert "guard is not on PATH" in ran.out
    assert len(failing(ran)) == TRIED + 2
    assert "the agent would take this for a broken hook, and go on" in ran.out
    assert "$ guard agent claude   # exit status 127" in ran.out


def test_no_guard_where_that_is_allowed(repo: Repo) -> None:
    """With optional entries a missing guard stops nothing, and the selftest says so."""
    repo.guard("agent", "install", "codex", "--optional")
    ran = repo.guard("agent", "selftest", "codex", env={"PATH": "/usr/bin:/bin"})
    assert "a file outside of it is stopped, with the reason" in failing(ran)
    assert "a file that the contract owns is written" not in failing(ran)
    assert "the agent would understand allow; expected: deny" in ran.out


def test_another_program_of_that_name(repo: Repo, tmp_path: Path) -> None:
    """A `guard` that is something else does not pass."""
    repo.guard("agent", "install", "gemini")
    ran = selftest(repo, "gemini", put_program(tmp_path / "other", "echo 'Guard: watching files'"))
    assert "a repository without guard is left alone" in failing(ran)


def test_a_program_that_says_yes_to_everything(repo: Repo, tmp_path: Path) -> None:
    """An answer in the right shape and of the wrong content does not pass."""
    repo.guard("agent", "install", "cursor")
    ran = selftest(repo, "cursor", put_program(tmp_path / "yes", "cat > /dev/null; echo '{}'"))
    assert len(failing(ran)) == 6
    assert "a file that the contract owns is written" not in failing(ran)


def test_a_reason_that_says_nothing(repo: Repo, tmp_path: Path) -> None:
    """A refusal has to say why."""
    repo.guard("agent", "install", "claude", "--no-worktrees")
    ran = selftest(
        repo, "claude", put_program(tmp_path / "no", "cat > /dev/null; echo no >&2; exit 2")
    )
    assert "the answer does not mention OWN001" in ran.out


def test_a_worktree_that_is_not_made(repo: Repo, program: Path, tmp_path: Path) -> None:
    """A path that is printed for a worktree has to be there."""
    repo.guard("agent", "install", "claude")
    real = f'exec {" ".join(GUARD)} "$@" < /dev/null'
    line = f'case "$(cat)" in *WorktreeCreate*) echo /nowhere/tried;; *) {real};; esac'
    ran = selftest(repo, "claude", put_program(tmp_path / "liar", line))
    assert "there is no such folder" in ran.out


def test_an_event_that_is_missing(repo: Repo, program: Path) -> None:
    """Entries that were removed or narrowed by hand are reported."""
    repo.guard("agent", "install", "claude")
    file = repo.path / ".claude/settings.json"
    made = json.loads(file.read_text())
    del made["hooks"]["Stop"]
    made["hooks"]["PreToolUse"][0]["matcher"] = "Bash"
    made["hooks"]["PostToolBatch"][0]["matcher"] = "["
    file.write_text(json.dumps(made))
    ran = selftest(repo, "claude", program)
    assert "no hook in the settings runs for it (PreToolUse Write)" in ran.out
    assert "no hook in the settings runs for it (Stop )" in ran.out
    assert (
        "note: this version of guard would install other entries\nnext: guard agent install claude"
        in ran.out
    )
    made["hooks"]["PreToolUse"][0]["matcher"] = "["
    file.write_text(json.dumps(made))
    assert "(PreToolUse Bash)" in selftest(repo, "claude", program).out


def test_hooks_that_are_switched_off(repo: Repo, program: Path) -> None:
    """A switch in the settings makes all of it void."""
    repo.write({".claude/settings.json": '{"disableAllHooks": true}'})
    repo.guard("agent", "install", "claude")
    ran = selftest(repo, "claude", program)
    assert failing(ran) == [".claude/settings.json: disableAllHooks = true switches all hooks off"]


def test_settings_in_two_files(repo: Repo, program: Path) -> None:
    """Personal settings count beside the repository's; a command line is tried once."""
    repo.guard("agent", "install", "claude")
    repo.guard("agent", "install", "claude", "--local")
    ran = selftest(repo, "claude", program)
    assert (
        ran.code,
        ran.out.splitlines()[0].startswith(
            "Claude Code, .claude/settings.json, .claude/settings.local.json;"
        ),
    ) == (0, True)
    assert len(ran.out.splitlines()) == 1 + TRIED + 2
    repo.guard("agent", "uninstall", "claude")
    assert selftest(repo, "claude", program).code == 0


def test_a_stale_plugin(repo: Repo, program: Path) -> None:
    """A plugin file of another version still works, and is told to be renewed."""
    repo.guard("agent", "install", "opencode")
    file = repo.path / ".opencode/plugins/guard.js"
    file.write_text(file.read_text() + "\n")
    ran = selftest(repo, "opencode", program)
    assert (ran.code, "note: this version of guard would install other entries" in ran.out) == (
        0,
        True,
    )


def test_settings_that_cannot_be_read(repo: Repo, program: Path) -> None:
    """They are an error, and not a failed test."""
    repo.write({".gemini/settings.json": "// guard agent gemini\n{}"})
    assert selftest(repo, "gemini", program).code == 2


def test_a_hook_that_never_answers(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while it is given up."""
    repo.guard("agent", "install", "cursor")
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv(
        "PATH", f"{put_program(tmp_path / 'slow', 'exec tail -f /dev/null')}:{os.environ['PATH']}"
    )
    monkeypatch.setattr("guard.agents.setup.selftest._PATIENCE", 0.05)
    ran = CliRunner().invoke(command, ["selftest", "cursor"], standalone_mode=False)
    assert ran.return_value == 1
    assert "no answer within 0.05 seconds" in ran.output


def test_no_room(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no folder can be made for it, nothing is tried."""
    repo.guard("agent", "install", "claude")
    monkeypatch.chdir(repo.path)
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    with pytest.raises(UsageError, match="cannot make a temporary directory"):
        CliRunner().invoke(
            command, ["selftest", "claude"], standalone_mode=False, catch_exceptions=False
        )


def test_gits_variables_do_not_reach_the_hooks(repo: Repo, program: Path) -> None:
    """A selftest that runs within a git hook tries the hooks as an agent would start them."""
    repo.guard("agent", "install", "claude")
    env = {
        "PATH": f"{program}:{os.environ['PATH']}",
        "GIT_DIR": str(repo.path / ".git"),
        "GIT_WORK_TREE": str(repo.path),
    }
    assert repo.guard("agent", "selftest", "claude", env=env).code == 0
