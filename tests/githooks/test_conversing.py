"""git's hooks name an agent that has not asked guard, and tell one that is astray the way back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guard.agents.protocol import event as kinds
from guard.githooks import CONVERSATIONS
from tests.agents.asking import ask
from tests.kit import Ran, Repo, linked_session

UNASKED = "did not ask guard in this session"


@pytest.fixture
def worktree(repo: Repo) -> Repo:
    """A session whose worktree has the settings of all agents of the table."""
    for agent in CONVERSATIONS.values():
        repo.guard("agent", "install", agent)
    repo.commit(message="agents")
    return linked_session(repo)


def commit_hook(where: Repo, **env: str) -> Ran:
    where.write({"src/new.py": "n\n"}).git("add", "-A")
    return where.guard("hook", "pre-commit", env=env)


@pytest.mark.parametrize("variable", CONVERSATIONS)
def test_an_agent_that_has_not_asked(worktree: Repo, variable: str) -> None:
    """It is named, with the command that tells why, and the commit is judged as always."""
    ran = commit_hook(worktree, **{variable: "c-1"})
    assert (ran.code, UNASKED in ran.err) == (0, True)
    assert f"next: guard agent selftest {CONVERSATIONS[variable]}" in ran.err


@pytest.mark.parametrize("variable", CONVERSATIONS)
def test_an_agent_that_has_asked(worktree: Repo, variable: str) -> None:
    """Where guard has answered the start of the conversation, in any worktree, nothing is said."""
    agent = CONVERSATIONS[variable]
    other = worktree.worktree("elsewhere")
    name = "sessionId" if agent == "copilot" else "session_id"
    ask(other, kinds.START, "", {name: "c-1"}, agent=agent)
    assert UNASKED not in commit_hook(worktree, **{variable: "c-1"}).err
    assert UNASKED in commit_hook(worktree, **{variable: "c-2"}).err


def test_people_and_teams_without_agents(repo: Repo, worktree: Repo) -> None:
    """Without a conversation, or where no settings start guard, nothing is said."""
    assert UNASKED not in commit_hook(worktree).err
    plain = Repo.init(Path(f"{repo.path}-plain"))
    plain.commit({"guard.toml": 'base = "main"\n', ".claude/settings.json": json.dumps({})})
    assert UNASKED not in commit_hook(plain, CLAUDE_CODE_SESSION_ID="c").err


@pytest.mark.parametrize("variable", CONVERSATIONS)
def test_on_a_branch_that_is_not_the_contracts(worktree: Repo, variable: str) -> None:
    """A commit that is refused there names the command that leads back, to that conversation."""
    agent = CONVERSATIONS[variable]
    name = "sessionId" if agent == "copilot" else "session_id"
    ask(worktree, kinds.START, "", {name: "c-1"}, agent=agent)
    worktree.git("switch", "-qc", "free")
    back = "which does not apply on branch free\n  next: git switch feature\n"
    ran = commit_hook(worktree, **{variable: "c-1"})
    assert (ran.code, "CON001" in ran.err, back in ran.err) == (1, True, True)
    assert "git switch" not in commit_hook(worktree, **{variable: "c-2"}).err
    worktree.git("switch", "-q", "feature")
    assert "git switch" not in commit_hook(worktree, **{variable: "c-1"}).err
