"""Answers: valid in the shape that the agent publishes, and understood as they are meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from guard.agents.programs import AGENTS, load_agent
from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import ALLOW, Event, Output, Reply
from guard.agents.setup.imitation import understood

SHAPES: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "shapes.json").read_text())
TEXT = 'guard refused this: docs/ä.md: "quoted"\n  decided by x\nnext: guard explain docs/ä.md'
# Agent, event as it is called there, and kind. What a kind can be answered with is below.
EVENTS = [
    ("claude", "PreToolUse", kinds.BEFORE_WRITE),
    ("claude", "PreToolUse", kinds.BEFORE_SHELL),
    ("claude", "PostToolBatch", kinds.AFTER_BATCH),
    ("claude", "SessionStart", kinds.START),
    ("claude", "SubagentStart", kinds.START),
    ("claude", "Stop", kinds.STOP),
    ("claude", "ConfigChange", kinds.SETTINGS_CHANGED),
    ("codex", "PreToolUse", kinds.BEFORE_WRITE),
    ("codex", "PostToolUse", kinds.AFTER_BATCH),
    ("codex", "SessionStart", kinds.START),
    ("codex", "SubagentStart", kinds.START),
    ("codex", "Stop", kinds.STOP),
    ("gemini", "BeforeTool", kinds.BEFORE_WRITE),
    ("gemini", "AfterTool", kinds.AFTER_BATCH),
    ("gemini", "SessionStart", kinds.START),
    ("gemini", "AfterAgent", kinds.STOP),
    ("cursor", "preToolUse", kinds.BEFORE_WRITE),
    ("cursor", "beforeShellExecution", kinds.BEFORE_SHELL),
    ("cursor", "postToolUse", kinds.AFTER_BATCH),
    ("cursor", "sessionStart", kinds.START),
    ("cursor", "stop", kinds.STOP),
    ("copilot", "preToolUse", kinds.BEFORE_WRITE),
    ("copilot", "postToolUse", kinds.AFTER_BATCH),
    ("copilot", "sessionStart", kinds.START),
    ("copilot", "agentStop", kinds.STOP),
]
VERBS = {
    kinds.BEFORE_WRITE: ("deny", "note"),
    kinds.BEFORE_SHELL: ("deny", "note"),
    kinds.AFTER_BATCH: ("tell", "note"),
    kinds.START: ("tell", "note"),
    kinds.STOP: ("block", "note"),
    kinds.SETTINGS_CHANGED: ("block", "note"),
}


def output(agent: str, event: str, kind: str, reply: Reply) -> Output:
    """Give what guard's process writes and ends with."""
    return load_agent(agent).answer(Event(agent, kind, event), reply)


def validate(agent: str, event: str, out: str) -> None:
    """Hold standard output against the published shape."""
    Draft202012Validator(SHAPES[agent][event]).validate(json.loads(out))


@pytest.mark.parametrize(("agent", "event", "kind"), EVENTS)
def test_nothing_to_say(agent: str, event: str, kind: str) -> None:
    """A yes is exit status 0, a valid object without a decision, and no text for people."""
    made = output(agent, event, kind, ALLOW)
    assert made == Output("{}")
    validate(agent, event, made.out)
    assert understood(agent, kind, *made) == ALLOW


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("kind", kinds.BEFORE)
def test_a_tool_that_may_run_is_answered_alike(agent: str, kind: str) -> None:
    """Before a tool every agent takes an empty object for a yes, as `agents.hook` relies on."""
    assert output(agent, "", kind, ALLOW) == Output("{}")


@pytest.mark.parametrize(
    ("agent", "event", "kind", "verb"), [(*row, verb) for row in EVENTS for verb in VERBS[row[2]]]
)
def test_every_answer_fits_its_agent(agent: str, event: str, kind: str, verb: str) -> None:
    """Each answer is valid, the agent understands the verb, and the text arrives whole."""
    made = output(agent, event, kind, Reply(verb, TEXT))
    validate(agent, event, made.out)
    assert understood(agent, kind, *made) == (ALLOW if verb == "note" else Reply(verb, TEXT))
    shown = (agent, kind, verb) == ("copilot", kinds.STOP, "note")
    denied = verb == "deny" and agent not in ("cursor", "copilot")
    assert made.code == (2 if denied or shown else 0)


@pytest.mark.parametrize(
    ("agent", "event", "kind"), [row for row in EVENTS if row[2] in kinds.BEFORE]
)
def test_a_tool_may_run_and_the_model_be_told(agent: str, event: str, kind: str) -> None:
    """What is no refusal stops no tool; an agent that has no place for it is told later."""
    made = output(agent, event, kind, Reply("tell", TEXT))
    assert (made.err, made.code) == ("", 0)
    if load_agent(agent).tells_before:
        validate(agent, event, made.out)
        assert understood(agent, kind, *made) == Reply("tell", TEXT)


@pytest.mark.parametrize(
    ("agent", "event"), [(agent, event) for agent, event, kind in EVENTS if kind in kinds.BEFORE]
)
def test_a_refusal_is_told_in_every_way_there_is(agent: str, event: str) -> None:
    """The reason of a refusal is in the JSON and on standard error: versions differ."""
    made = output(agent, event, kinds.BEFORE_WRITE, Reply("deny", TEXT))
    assert json.dumps(TEXT)[1:-1] in made.out
    assert made.err == TEXT


@pytest.mark.parametrize(
    ("agent", "event", "kind"), [row for row in EVENTS if row[2] not in kinds.BEFORE]
)
def test_no_status_stops_what_cannot_be_stopped(agent: str, event: str, kind: str) -> None:
    """Where nothing can be refused the exit status is 0: another would end the agent.

    But Copilot, at its end, shows people the standard error of a hook with status 2.
    """
    codes = {verb: output(agent, event, kind, Reply(verb, TEXT)).code for verb in VERBS[kind]}
    shown = {"note"} if (agent, kind) == ("copilot", kinds.STOP) else set()
    assert {verb for verb, code in codes.items() if code} == shown


def test_worktrees_are_answered_in_plain_text() -> None:
    """Claude Code reads the path from the last line and the outcome from the exit status."""
    made = output(
        "claude", "WorktreeCreate", kinds.WORKTREE_CREATE, Reply("allow", "/p/.claude/worktrees/a")
    )
    assert made == Output("/p/.claude/worktrees/a")
    reply = understood("claude", kinds.WORKTREE_CREATE, *made)
    assert reply == Reply("allow", "/p/.claude/worktrees/a")
    failed = output("claude", "WorktreeCreate", kinds.WORKTREE_CREATE, Reply("deny", TEXT))
    assert failed == Output("", TEXT, 2)
    assert output("claude", "SessionEnd", kinds.CONVERSATION_END, ALLOW) == Output("")


def test_copilot_gets_no_more_than_it_passes_on() -> None:
    """Context is cut before Copilot would cut it, between two characters."""
    made = output("copilot", "sessionStart", kinds.START, Reply("tell", "ä" * 10_000))
    assert len(json.loads(made.out)["additionalContext"].encode()) == 9_000
    validate("copilot", "sessionStart", made.out)


def test_the_answers_of_opencodes_plugin() -> None:
    """The plugin reads `deny`, `tell`, `block` and `note`, and exit status 2 as a refusal."""
    made = {
        verb: output("opencode", "", "", Reply(verb, TEXT))
        for verb in ("allow", "deny", "tell", "block", "note")
    }
    assert {verb: json.loads(one.out) for verb, one in made.items()} == {
        "allow": {},
        "deny": {"deny": TEXT},
        "tell": {"tell": TEXT},
        "block": {"block": TEXT},
        "note": {"note": TEXT},
    }
    assert {verb for verb, one in made.items() if one.code == 2} == {"deny"}
    for verb, kind in (("deny", kinds.BEFORE_WRITE), ("tell", kinds.START), ("block", kinds.STOP)):
        assert understood("opencode", kind, *made[verb]) == Reply(verb, TEXT)


@pytest.mark.parametrize(
    ("agent", "kind", "out", "err", "code"),
    [
        ("claude", kinds.BEFORE_WRITE, "", "command not found", 127),
        ("claude", kinds.BEFORE_WRITE, "", "error", 1),
        ("claude", kinds.BEFORE_WRITE, "", "", 2),
        ("claude", kinds.START, "[]", "", 0),
        ("codex", kinds.BEFORE_WRITE, "not JSON", "", 0),
        ("codex", kinds.BEFORE_WRITE, "", " ", 2),
        ("gemini", kinds.STOP, '{"decision"', "", 0),
        ("cursor", kinds.BEFORE_WRITE, "", "", 3),
        ("copilot", kinds.BEFORE_WRITE, "", "no", 2),
    ],
)
def test_a_broken_hook_is_not_taken_for_an_answer(
    agent: str, kind: str, out: str, err: str, code: int
) -> None:
    """An answer that the agent cannot read is no yes, although the agent goes on."""
    assert understood(agent, kind, out, err, code) is None


@pytest.mark.parametrize(
    ("agent", "kind", "told"),
    [
        (
            "claude",
            kinds.BEFORE_WRITE,
            {"permissionDecision": "deny", "permissionDecisionReason": "x"},
        ),
        (
            "claude",
            kinds.BEFORE_WRITE,
            {"hookSpecificOutput": {"permissionDecision": "ask", "permissionDecisionReason": "x"}},
        ),
        ("claude", kinds.BEFORE_WRITE, {"hookSpecificOutput": {"permissionDecision": "deny"}}),
        ("claude", kinds.BEFORE_WRITE, {"hookSpecificOutput": "deny"}),
        ("claude", kinds.AFTER_BATCH, {"additionalContext": "x"}),
        ("codex", kinds.STOP, {"decision": "approve", "reason": "x"}),
        (
            "gemini",
            kinds.BEFORE_WRITE,
            {"hookSpecificOutput": {"permissionDecision": "deny", "permissionDecisionReason": "x"}},
        ),
        ("cursor", kinds.BEFORE_WRITE, {"decision": "deny", "reason": "x"}),
        ("cursor", kinds.START, {"additionalContext": "x"}),
        ("copilot", kinds.STOP, {"followup_message": "x"}),
        ("opencode", kinds.UNKNOWN, {"deny": "x"}),
    ],
)
def test_an_answer_in_another_agents_shape_says_nothing(
    agent: str, kind: str, told: dict[str, object]
) -> None:
    """What an agent would pass over is not taken for a decision."""
    assert understood(agent, kind, json.dumps(told), "", 0) == ALLOW


def test_exit_status_2_is_a_refusal_of_its_own() -> None:
    """Standard error is the reason then, whatever standard output says."""
    assert understood("claude", kinds.BEFORE_WRITE, "anything", "no\n", 2) == Reply("deny", "no")
    assert understood("codex", kinds.STOP, "", "go on", 2) == Reply("block", "go on")


def test_the_shapes_refuse_what_agents_refuse() -> None:
    """The shapes are no open door: Codex's knows no other key, and a block needs a reason."""
    for agent, event, told in (
        ("codex", "PreToolUse", {"decision": "deny"}),
        ("codex", "Stop", {"decision": "block"}),
        ("codex", "Stop", {"decision": "block", "reason": " "}),
        ("codex", "Stop", {"hookSpecificOutput": {"hookEventName": "Stop"}}),
        ("claude", "PostToolBatch", {"hookSpecificOutput": {"hookEventName": "PreToolUse"}}),
        ("claude", "PreToolUse", {"hookSpecificOutput": {"additionalContext": "x"}}),
        ("cursor", "preToolUse", {"permission": "block"}),
    ):
        with pytest.raises(ValidationError):
            validate(agent, event, json.dumps(told))


def test_every_agent_has_its_shapes() -> None:
    """Every agent has its published shapes, but for opencode, whose plugin is guard's."""
    assert {
        agent for agent, shapes in SHAPES.items() if agent != "$comment" and shapes["source"]
    } == set(AGENTS) - {"opencode"}
