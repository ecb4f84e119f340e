"""Where guard is not adopted it is silent, and where it cannot judge it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guard.agents.programs import AGENTS
from guard.agents.protocol import event as kinds
from tests.agents.asking import answer, ask, is_allowed, tool, write
from tests.kit import Repo


@pytest.mark.parametrize("agent", AGENTS)
def test_where_guard_is_not_adopted_it_is_silent(empty: Repo, tmp_path: Path, agent: str) -> None:
    """Without commits, without guard or without a repository, everything is let through."""
    (tmp_path / "folder").mkdir()
    for where in (empty, Repo(tmp_path / "folder")):
        for asked in (
            write(where, "a", agent=agent),
            ask(where, kinds.BEFORE_SHELL, "git commit -n && rm -rf .git", agent=agent),
        ):
            assert is_allowed(asked)
    empty.commit({"a": "a"})
    assert is_allowed(write(empty, "a", agent=agent))


def test_without_git_nothing_is_fine_where_guard_is_adopted(session: Repo, tmp_path: Path) -> None:
    """Without git, a write is refused where guard is adopted, and ignored elsewhere."""
    bare = {"PATH": str(tmp_path)}
    asked = ask(session, kinds.BEFORE_WRITE, str(session.path / "src/a.py"), env=bare)
    assert (asked.verb, asked.ran.code) == ("deny", 2)
    assert asked.text.startswith("guard: git is not on PATH")
    (tmp_path / "folder").mkdir()
    assert is_allowed(
        ask(Repo(tmp_path / "folder"), kinds.BEFORE_WRITE, str(tmp_path / "folder/x"), env=bare)
    )


def test_a_broken_policy_is_no_permission(main: Repo) -> None:
    """If the policy cannot be read, writes are refused with the mistake and its place."""
    session = main.worktree("feature")
    main.commit({"guard.toml": "base = 7\n"})
    asked = write(session, "src/a.py")
    assert asked.verb == "deny"
    assert "the policy on main cannot be read" in asked.text
    assert "guard.toml" in asked.text


def test_somebody_elses_broken_repository_is_not_ours(session: Repo, tmp_path: Path) -> None:
    """A path in a repository that git cannot read is refused only where guard is adopted there."""
    broken = Repo.init(tmp_path / "broken")
    (broken.path / ".git/HEAD").write_text("no ref\n")
    assert is_allowed(write(session, broken.path / "a"))
    broken.write({"guard.toml": ""})
    assert write(session, broken.path / "a").verb == "deny"


def test_a_directory_that_is_gone(session: Repo, tmp_path: Path) -> None:
    """A missing directory is an error where guard is adopted; elsewhere nothing is judged."""
    asked = ask(
        session,
        kinds.BEFORE_WRITE,
        str(session.path / "src/a.py"),
        {"cwd": str(session.path / "gone")},
    )
    assert (asked.verb, "does not exist" in asked.text) == ("deny", True)
    assert is_allowed(
        ask(session, kinds.BEFORE_WRITE, str(tmp_path / "x"), {"cwd": str(tmp_path / "gone")})
    )


def test_paths_that_no_file_can_have(session: Repo) -> None:
    """A NUL, or a name that is too long, is nobody's file: no tool can write it."""
    assert is_allowed(write(session, "src/a\0b"))
    assert write(session, "docs/" + "x" * 300).verb == "deny"
    assert write(session, "docs/" + "x/" * 3000).verb == "deny"


def test_a_path_that_is_no_unicode(session: Repo) -> None:
    """Bytes that are not UTF-8 are judged as git has them and shown as escapes."""
    raw = json.dumps(
        {
            "hook_event_name": "PreToolUse",
            "cwd": str(session.path),
            "tool_name": "Write",
            "tool_input": {"file_path": "docs/X"},
        }
    )
    asked = answer(
        session,
        "claude",
        kinds.BEFORE_WRITE,
        session.guard("agent", "claude", stdin=raw.encode().replace(b"X", b"\xff")),
    )
    assert "docs/\\xff: OWN001" in asked.text


def test_windows_paths(session: Repo) -> None:
    """Without a mounted drive a Windows path is an ordinary name; a file URI is a path."""
    assert (
        "Q:\\app\\a.md: OWN001"
        in tool(session, "Write", file_path="Q:\\app\\a.md", content="").text
    )
    assert "src\\a.py: OWN001" in tool(session, "Write", file_path="src\\a.py", content="").text
    uri = (session.path / "docs/a b.md").as_uri()
    assert "docs/a b.md: OWN001" in tool(session, "mcp__ide__write", uri=uri).text


def test_gits_variables_in_the_agents_environment_do_not_count(session: Repo, main: Repo) -> None:
    """The payload's directory decides, not variables inherited from a git hook."""
    env = {
        "GIT_DIR": str(main.path / ".git"),
        "GIT_WORK_TREE": str(main.path),
        "GIT_INDEX_FILE": "/nowhere",
        "CLAUDE_PROJECT_DIR": str(main.path),
    }
    assert (
        "docs/a.md: OWN001"
        in ask(session, kinds.BEFORE_WRITE, str(session.path / "docs/a.md"), env=env).text
    )
