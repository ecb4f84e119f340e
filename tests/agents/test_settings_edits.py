"""Writes to settings that start guard."""

from __future__ import annotations

import json
from pathlib import Path

from guard.agents.protocol import event as kinds
from tests.agents.asking import SETTINGS, ask, edit, is_allowed, shell, tool
from tests.kit import Repo


def test_settings_may_change_beside_guard(session: Repo) -> None:
    """Lines of settings that have nothing to do with guard may change if the file is owned."""
    asked = edit(session, ".claude/settings.json", '"hooks": {', '"model": "opus",\n  "hooks": {')
    assert "CON002" not in asked.text
    assert "CON002" in edit(session, ".claude/settings.json", "guard agent claude", "true").text
    assert "CON002" in tool(session, "Delete", path=".claude/settings.json").text
    assert (
        "CON002"
        in edit(
            session, ".claude/settings.json", '"hooks": {', '"disableAllHooks": true,\n  "hooks": {'
        ).text
    )


def test_an_edit_of_settings_that_cannot_be_foreseen(main: Repo) -> None:
    """A write to owned settings with an unknown result is allowed, and judged on the disk later."""
    main.contract("all", owns=["*"])
    session = main.worktree("all")
    assert is_allowed(shell(session, "sed -i s/claude/true/ .claude/settings.json"))
    assert is_allowed(
        tool(session, "NotebookEdit", notebook_path=".claude/settings.json", new_source="x")
    )
    session.write({".claude/settings.json": SETTINGS.replace("claude", "true")})
    assert "CON002" in ask(session, kinds.AFTER_BATCH, "sed").text


def test_settings_that_git_does_not_see(session: Repo, tmp_path: Path) -> None:
    """Settings that git does not track are judged if the edit removes guard or disables hooks."""
    home = tmp_path / "home"
    personal = home / ".claude/settings.json"
    personal.parent.mkdir(parents=True)
    personal.write_text(SETTINGS)
    session.write({".git-exclude": ""})
    assert is_allowed(tool(session, "Write", file_path=str(personal), content=SETTINGS + "\n"))
    assert "CON002" in tool(session, "Write", file_path=str(personal), content="{}").text
    assert "CON002" in edit(session, personal, "guard agent claude", "true").text
    assert (
        "CON002" in edit(session, personal, '"command":', '"remark":').text
    )  # the words of the edit do not say that it is guard's line
    personal.write_text(json.dumps({**json.loads(SETTINGS), "model": "a"}))
    assert is_allowed(edit(session, personal, '"model": "a"', '"model": "b"'))
    assert "CON002" in edit(session, personal, '"command":', '"remark":').text
    local = str(session.path / ".claude/settings.local.json")
    assert (
        "CON002"
        in tool(session, "Write", file_path=local, content='{"disableAllHooks": true}').text
    )
    assert is_allowed(
        tool(
            session,
            "Write",
            file_path=str(home / ".claude/other.json"),
            content='{"disableAllHooks": true}',
        )
    )
