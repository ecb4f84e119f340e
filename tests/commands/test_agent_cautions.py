"""Install and selftest say where an agent will not ask guard although its settings are right."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from guard.agents.programs import AGENTS, load_agent
from tests.kit import Repo

BELOW = "only in the folder where it is started"
UNTRUSTED = "has not been told to trust"
FROM_START = {"claude", "gemini", "copilot"}


def said(repo: Repo, agent: str, *more: str) -> str:
    return repo.guard("agent", "install", agent, *more).out


@pytest.mark.parametrize("agent", AGENTS)
def test_a_start_below_the_top(repo: Repo, agent: str) -> None:
    """Agents that read settings where they start are told apart, by install and by selftest."""
    assert (BELOW in said(repo, agent)) == (agent in FROM_START)
    assert (BELOW in repo.guard("agent", "selftest", agent).out) == (agent in FROM_START)


@pytest.mark.parametrize("agent", AGENTS)
def test_settings_of_the_person_end_that(repo: Repo, agent: str) -> None:
    """With --user the entries are in the home directory, are found there, and come out again."""
    said(repo, agent)
    home = Path(os.environ["HOME"]) / load_agent(agent).home
    assert str(home) in said(repo, agent, "--user").splitlines()[0]
    shared = repo.path / load_agent(agent).file
    assert home.read_bytes() == shared.read_bytes()
    tried = repo.guard("agent", "selftest", agent).out
    assert str(home) in tried
    assert BELOW not in tried
    repo.guard("agent", "uninstall", agent, "--user")
    assert not home.exists()


def test_the_personal_file_ends_that(repo: Repo) -> None:
    """Claude Code reads the personal file of the main worktree wherever it is started."""
    assert BELOW in said(repo, "claude")
    assert BELOW not in said(repo, "claude", "--local")


def test_two_files_at_once(repo: Repo) -> None:
    """Which file is meant must be clear."""
    ran = repo.guard("agent", "install", "claude", "--local", "--user")
    assert (ran.code, "use one of them" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("agent", "file", "text"),
    [
        ("codex", ".codex/config.toml", '[projects."{top}"]\ntrust_level = "trusted"\n'),
        ("gemini", ".gemini/trustedFolders.json", '{{"{top}": "TRUST_FOLDER"}}'),
        ("gemini", ".gemini/trustedFolders.json", '{{"{top}/x": "TRUST_PARENT"}}'),
        ("gemini", ".gemini/trustedFolders.json", '{{"{above}": "TRUST_FOLDER"}}'),
    ],
)
def test_a_trusted_folder(repo: Repo, agent: str, file: str, text: str) -> None:
    """Without trust the flags are named; where the agent's own file has it, nothing is said."""
    warned = said(repo, agent)
    assert UNTRUSTED in warned
    assert load_agent(agent).headless in warned
    path = Path(os.environ["HOME"]) / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.format(top=repo.path, above=repo.path.parent))
    assert UNTRUSTED not in said(repo, agent)


@pytest.mark.parametrize("text", ["[]", "{", json.dumps({"{top}": "DO_NOT_TRUST"})])
def test_an_unreadable_or_refusing_file_is_no_trust(repo: Repo, text: str) -> None:
    """What cannot be read, or says no, proves no trust."""
    path = Path(os.environ["HOME"]) / ".gemini/trustedFolders.json"
    path.parent.mkdir(parents=True)
    path.write_text(text.replace("{top}", str(repo.path)))
    assert UNTRUSTED in said(repo, "gemini")
