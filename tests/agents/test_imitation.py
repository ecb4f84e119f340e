"""The sample payloads of the selftest: guard reads each as what it is."""

from __future__ import annotations

import json

import pytest

from guard.agents.programs import AGENTS
from guard.agents.protocol import event as kinds
from guard.agents.protocol.payload import parse_event
from guard.agents.setup.imitation import sample

KINDS = (kinds.BEFORE_WRITE, kinds.BEFORE_SHELL, kinds.AFTER_BATCH, kinds.START, kinds.STOP)


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_is_what_it_is_called(agent: str, kind: str) -> None:
    """Each sample is read as its kind, in its directory, with its subject."""
    made = sample(agent, kind, "/work/app", "git status" if "shell" in kind else "/work/app/a.py")
    event = parse_event(
        agent, json.dumps(made.payload).encode(), made.event if agent == "copilot" else ""
    )
    assert (event.kind, event.cwd, event.conversation, event.idle, event.broken) == (
        kind,
        "/work/app",
        "guard-selftest",
        False,
        "",
    )
    assert [write.path for write in event.writes] == ["/work/app/a.py"] * (
        kind == kinds.BEFORE_WRITE
    )
    assert event.command == "git status" * (kind == kinds.BEFORE_SHELL)


def test_samples_of_worktrees() -> None:
    """Claude Code alone asks for worktrees."""
    assert (
        parse_event(
            "claude",
            json.dumps(sample("claude", kinds.WORKTREE_CREATE, "/w", "x").payload).encode(),
        ).name
        == "x"
    )
    assert (
        parse_event(
            "claude",
            json.dumps(sample("claude", kinds.WORKTREE_REMOVE, "/w", "/w/x").payload).encode(),
        ).name
        == "/w/x"
    )
    with pytest.raises(KeyError):
        sample("codex", kinds.WORKTREE_CREATE, "/w", "x")
