"""`guard agent install` and `uninstall`: guard's entries alone, and back again to the byte."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from guard.agents.programs import AGENTS, load_agent
from tests.kit import GUARD, Repo

STOP = '{"Stop": [{"hooks": [{"type": "command", "command": "say done"}]}]}'
MINE = f'{{\n\t"model": "opus",\n\t"hooks": {STOP}\n}}'


@pytest.fixture
def program(repo: Repo, tmp_path: Path) -> dict[str, str]:
    """An environment in which guard is on PATH, and a repository in which worktrees are ignored."""
    repo.commit({".gitignore": ".claude/worktrees/\n"})
    file = tmp_path / "bin/guard"
    file.parent.mkdir()
    file.write_text(f'#!/bin/sh\nexec {" ".join(GUARD)} "$@"\n')
    file.chmod(0o755)
    return {"PATH": f"{file.parent}:{os.environ['PATH']}"}


@pytest.mark.parametrize("agent", AGENTS)
def test_in_twice_and_out(repo: Repo, program: dict[str, str], agent: str) -> None:
    """The file is made, is the same when made again, and is removed with its folder."""
    name = load_agent(agent).file
    file = repo.path / name
    ran = repo.guard("agent", "install", agent, env=program)
    assert (ran.code, ran.err) == (0, "")
    first, commit, selftest, note, *_cautions = ran.out.splitlines()
    assert first == f"wrote {load_agent(agent).file}: {AGENTS[agent]} asks guard from now on"
    assert commit.startswith(
        f"next: git add {name} && git commit -m 'agents: ask guard' {name}   # on main"
    )
    assert selftest == f"next: guard agent selftest {agent}"
    assert note == f"note: {load_agent(agent).then}"
    text = file.read_bytes()
    again = repo.guard("agent", "install", agent, env=program)
    assert again.out.splitlines()[0] == f"{load_agent(agent).file} has guard's entries already"
    assert file.read_bytes() == text
    assert repo.guard("agent", "install", agent, "--entries").out.encode() == text
    assert (
        repo.guard("agent", "uninstall", agent).out
        == f"removed {load_agent(agent).file}: it held nothing but guard's entries\n"
    )
    assert repo.git("status", "--porcelain", "--ignored") == ""
    assert not file.parent.exists()
    assert (
        repo.guard("agent", "uninstall", agent).out
        == f"{load_agent(agent).file} has no entries of guard\n"
    )


@pytest.mark.parametrize("agent", sorted(set(AGENTS) - {"opencode"}))
def test_what_was_there_comes_back(repo: Repo, agent: str) -> None:
    """Other entries keep every byte while guard's come and go."""
    file = repo.path / load_agent(agent).file
    repo.write({load_agent(agent).file: MINE})
    file.chmod(0o600)
    repo.guard("agent", "install", agent)
    assert "say done" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    ran = repo.guard("agent", "uninstall", agent)
    assert ran.out == f"took guard's entries out of {load_agent(agent).file}\n"
    assert file.read_text() == MINE


def test_the_commands_that_are_told_can_be_typed(repo: Repo, program: dict[str, str]) -> None:
    """The next step commits the settings, from the folder where it was told."""
    ran = repo.guard("agent", "install", "claude", cwd=repo.path / "src", env=program)
    [commit] = [line.removeprefix("next: ") for line in ran.out.splitlines() if "git add" in line]
    repo.run("bash", "-c", commit, cwd=repo.path / "src")
    assert (
        repo.git("show", "--name-only", "--format=%s")
        == "agents: ask guard\n\n.claude/settings.json"
    )
    assert not any(
        "git add" in line
        for line in repo.guard("agent", "install", "claude", env=program).out.splitlines()
    )


def test_a_dry_run_shows_the_change(repo: Repo) -> None:
    """The diff is one that git takes, in and out, and nothing is written."""
    repo.commit({".claude/settings.json": MINE})
    diff = repo.guard("agent", "install", "claude", "--dry-run").out
    assert (repo.path / ".claude/settings.json").read_text() == MINE
    repo.git("apply", stdin=diff.encode())
    assert repo.guard("agent", "install", "claude").out.startswith(
        ".claude/settings.json has guard's entries already"
    )
    back = repo.guard("agent", "uninstall", "claude", "--dry-run").out
    repo.git("apply", stdin=back.encode())
    assert repo.git("status", "--porcelain") == ""


def test_without_a_guard_for_everybody(repo: Repo) -> None:
    """The optional entries look for guard first, and leave worktrees to the agent."""
    repo.guard("agent", "install", "claude", "--optional")
    made = json.loads((repo.path / ".claude/settings.json").read_text())
    [group] = made["hooks"]["PreToolUse"]
    assert (
        group["hooks"][0]["command"]
        == "command -v guard >/dev/null 2>&1 || exit 0; exec guard agent claude"
    )
    assert "WorktreeCreate" not in made["hooks"]
    line = group["hooks"][0]["command"]
    assert repo.run("/bin/sh", "-c", line, env={"PATH": "/nowhere"}).out == ""


def test_worktrees_can_be_left_to_the_agent(repo: Repo) -> None:
    """What concerns the making of worktrees can be left out, and put in later."""
    repo.guard("agent", "install", "claude", "--no-worktrees")
    file = repo.path / ".claude/settings.json"
    assert set(load_agent("claude").hooks) - set(json.loads(file.read_text())["hooks"]) == {
        "WorktreeCreate",
        "WorktreeRemove",
    }
    repo.guard("agent", "install", "claude")
    assert json.loads(file.read_text())["hooks"] == dict(load_agent("claude").hooks)


def test_settings_of_one_person(repo: Repo) -> None:
    """They are in the main worktree, for all; a note tells if git does not ignore them."""
    session = repo.worktree("session")
    ran = session.guard("agent", "install", "claude", "--local")
    file = repo.path / ".claude/settings.local.json"
    assert file.exists()
    assert f"wrote {file}" in ran.out
    assert "note: git does not ignore .claude/settings.local.json" in ran.out
    assert "next: git add" not in ran.out
    repo.write({".gitignore": "*.local.json\n"})
    assert (
        "does not ignore .claude/settings"
        not in session.guard("agent", "install", "claude", "--local").out
    )
    session.guard("agent", "uninstall", "claude", "--local")
    assert not file.exists()
    ran = repo.guard("agent", "install", "codex", "--local")
    assert (ran.code, ran.err.splitlines()[0]) == (
        2,
        "guard: Codex CLI has no personal settings in a repository",
    )


def test_codex_reads_the_main_worktree(repo: Repo, program: dict[str, str]) -> None:
    """From a linked worktree, Codex's entries go to the main one, and the commands say so."""
    session = repo.worktree("session")
    ran = session.guard("agent", "install", "codex", env=program)
    assert (repo.path / ".codex/hooks.json").exists()
    assert not (session.path / ".codex").exists()
    [commit] = [line.removeprefix("next: ") for line in ran.out.splitlines() if "git -C" in line]
    session.run("bash", "-c", commit)
    assert repo.git("show", "--name-only", "--format=") == ".codex/hooks.json"
    session.guard("agent", "uninstall", "codex")
    assert not (repo.path / ".codex").exists()


def test_a_worktree_of_a_bare_repository(repo: Repo, tmp_path: Path) -> None:
    """Without a main worktree, the file goes where one stands."""
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    repo.git("worktree", "add", "-q", str(tmp_path / "tree"), "main", cwd=tmp_path / "bare.git")
    assert Repo(tmp_path / "tree").guard("agent", "install", "codex").code == 0
    assert (tmp_path / "tree/.codex/hooks.json").exists()
    ran = repo.run(*GUARD, "agent", "install", "codex", cwd=tmp_path / "bare.git", ok=(2,))
    assert "working tree" in ran.err


def test_what_keeps_the_entries_from_having_an_effect_is_said(
    repo: Repo, program: dict[str, str]
) -> None:
    """No guard on PATH, and a switch that turns all hooks off."""
    repo.write(
        {
            ".claude/settings.json": '{"disableAllHooks": true}',
            ".gemini/settings.json": '{"hooksConfig": {"enabled": false}}',
        }
    )
    bare = repo.guard("agent", "install", "claude", env={"PATH": "/usr/bin:/bin"}).out
    assert "note: there is no guard on PATH" in bare
    assert "note: disableAllHooks = true in .claude/settings.json switches all hooks off" in bare
    assert (
        "hooksConfig.enabled = false" in repo.guard("agent", "install", "gemini", env=program).out
    )
    assert "on PATH" not in repo.guard("agent", "install", "cursor", env=program).out


def test_worktrees_that_git_would_take_in(repo: Repo) -> None:
    """If git does not ignore the folder of worktrees, a note has the command that helps."""
    assert "claude/worktrees" not in repo.guard("agent", "install", "claude", "--no-worktrees").out
    [note] = [
        line
        for line in repo.guard("agent", "install", "claude").out.splitlines()
        if "claude/worktrees" in line
    ]
    assert note.startswith(
        "note: git does not ignore .claude/worktrees/, "
        "and `git add -A` would add them: guard init --update "
    )
    repo.guard(*note.partition(": guard ")[2].split())
    assert "claude/worktrees" not in repo.guard("agent", "install", "claude").out
    repo.git("rm", "-qf", "guard.toml")
    (repo.path / ".gitignore").unlink()
    assert (
        "would add them: guard init --write-ignore\n"
        in repo.guard("agent", "install", "claude").out
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '{\n  // my settings\n  "model": "opus"\n}\n',
            ".claude/settings.json:2:3: this is not plain JSON",
        ),
        ('{"model": "opus",}', ": this is not plain JSON: "),
        ('{"hooks": []}', ".claude/settings.json: hooks is not an object"),
        ("\x00", ".claude/settings.json:1:1: this is not plain JSON"),
    ],
)
def test_settings_that_cannot_be_changed_stay(repo: Repo, text: str, told: str) -> None:
    """They are refused with the place, nothing is written, and a hint prints the entries."""
    repo.write({".claude/settings.json": text})
    for words in (["install"], ["install", "--dry-run"], ["uninstall"]):
        ran = repo.guard("agent", words[0], "claude", *words[1:])
        assert (ran.code, ran.out) == (2, "")
        assert told in ran.err
        assert (
            "hint: fix it, or add guard's entries by hand: guard agent install claude --entries"
            in ran.err
        )
    assert (repo.path / ".claude/settings.json").read_text() == text


def test_settings_behind_a_link_stay(repo: Repo, tmp_path: Path) -> None:
    """No link is followed, of the file or its folder: the target may be somebody's dotfiles."""
    (tmp_path / "dot").mkdir()
    (tmp_path / "dot/settings.json").write_text("{}")
    (repo.path / ".claude").symlink_to(tmp_path / "dot")
    (repo.path / ".gemini").mkdir()
    (repo.path / ".gemini/settings.json").symlink_to(tmp_path / "dot/settings.json")
    for agent in ("claude", "gemini"):
        assert repo.guard("agent", "install", agent).code == 2
        assert repo.guard("agent", "uninstall", agent).code == 2
    assert (tmp_path / "dot/settings.json").read_text() == "{}"


def test_a_plugin_of_somebody_elses_stays(repo: Repo) -> None:
    """A file of the plugin's name is replaced only if guard has written it."""
    repo.write({".opencode/plugins/guard.js": "export const mine = 1\n"})
    for verb in ("install", "uninstall"):
        ran = repo.guard("agent", verb, "opencode")
        assert (ran.code, "is not guard's" in ran.err) == (2, True)
    repo.write(
        {".opencode/plugins/guard.js": "// `guard agent install opencode` writes this file\n"}
    )
    assert repo.guard("agent", "install", "opencode").out.startswith(
        "wrote .opencode/plugins/guard.js"
    )
    assert "spawn" in (repo.path / ".opencode/plugins/guard.js").read_text()


def test_outside_of_a_working_tree(repo: Repo, tmp_path: Path) -> None:
    """Without a repository nothing can be installed, but the entries can be printed."""
    (tmp_path / "folder").mkdir()
    for words in (["install", "claude"], ["uninstall", "claude"], ["selftest", "claude"]):
        assert repo.guard("agent", *words, cwd=tmp_path / "folder").code == 2
    assert repo.guard("agent", "install", "claude", "--entries", cwd=tmp_path / "folder").code == 0


def test_an_ignored_file_is_not_to_be_committed(repo: Repo) -> None:
    """Where git ignores the settings, no commit is proposed."""
    repo.write({".gitignore": ".cursor/\n"})
    assert "git add" not in repo.guard("agent", "install", "cursor").out


def test_a_base_that_is_not_there_yet(empty: Repo) -> None:
    """Before the first commit guard can be installed, too."""
    ran = empty.guard("agent", "install", "claude")
    assert ran.code == 0
    assert "   # on the base: every worktree" in ran.out


@pytest.mark.parametrize("call", ["replace", "link", "chmod"])
@pytest.mark.parametrize("text", [MINE, None])
def test_killed_half_way(repo: Repo, call: str, text: str | None) -> None:
    """If an install is killed, the old settings are whole and the next install works."""
    if text is not None:
        repo.write({".claude/settings.json": text})
    kill = "lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)"
    start = "from guard.__main__ import main\nmain()\n"
    die = f"import os, signal\nos.{call} = {kill}\n{start}"
    repo.run(sys.executable, "-I", "-c", die, "agent", "install", "claude", ok=(-signal.SIGKILL, 0))
    file = repo.path / ".claude/settings.json"
    left = file.read_text() if file.exists() else None
    repo.guard("agent", "install", "claude")
    assert left in (text, file.read_text())
    made = json.loads(file.read_text())["hooks"]
    assert made["PreToolUse"] == load_agent("claude").hooks["PreToolUse"]


def test_help_has_examples(repo: Repo) -> None:
    """Every command says what it does, with an example."""
    for words in ([], ["install"], ["uninstall"], ["selftest"]):
        text = repo.run(sys.executable, "-I", "-m", "guard", "agent", *words, "--help").out
        assert "guard agent " in text.partition("Example")[2]
