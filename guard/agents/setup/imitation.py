"""Imitates an agent, for the selftest: the payloads that it sends and how it reads an answer.

How an agent reads follows its documentation, and not what guard writes: an answer that an agent
would ignore must not look like one that it heeds.
"""

import json
from typing import NamedTuple

from guard.agents.programs import load_agent
from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import ALLOW, Reply

_MORE: dict[str, dict[str, object]] = {
    kinds.START: {"source": "startup"},
    kinds.STOP: {"status": "completed", "loop_count": 0, "stop_hook_active": False},
}
_DECISIONS = ("deny", "block")  # Gemini says `deny` also for a stop that must go on
_VERBS = {
    **dict.fromkeys(kinds.BEFORE, "deny"),
    **dict.fromkeys((kinds.START, kinds.AFTER_BATCH), "tell"),
    **dict.fromkeys((kinds.STOP, kinds.SETTINGS_CHANGED), "block"),
}


class Call(NamedTuple):
    """One call of a hook: the agent's name of the event, the tool of it if any, the payload."""

    event: str
    tool: str
    payload: dict[str, object]


def sample(name: str, kind: str, cwd: str, subject: str = "") -> Call:
    """Give a sample call of `kind` from a session in the directory `cwd`.

    `subject` is the path that is written, the command, or a name. Raises KeyError if the agent has
    no such event.
    """
    agent = load_agent(name)
    in_table = kind in agent.events or kind not in kinds.BEFORE
    event = agent.events[kind if in_table else kinds.BEFORE_TOOL].split()[0]
    more: dict[str, object] = _MORE.get(kind, {})
    tool = ""
    if kind == kinds.BEFORE_WRITE:
        tool, written = agent.write_tool, agent.write_arguments.items()
        arguments = {key: text.replace("{path}", subject) for key, text in written}
        more = {"tool_name": tool, "tool_input": arguments}
    elif kind in (kinds.BEFORE_SHELL, kinds.AFTER_BATCH):
        tool = agent.shell_tool
        more = {"tool_name": tool, "tool_input": {"command": subject}}
    elif kind == kinds.WORKTREE_CREATE:
        more = {"name": subject}
    elif kind == kinds.WORKTREE_REMOVE:
        more = {"worktree_path": subject}
    if agent.batches and kind == kinds.AFTER_BATCH:
        more = {"tool_calls": [more]}
    payload = {"session_id": "guard-selftest", "hook_event_name": event, "cwd": cwd, **more}
    if agent.payload:
        payload = agent.payload(kind, event, cwd, more)
    names_tool = "tool_name" in payload or "toolName" in payload
    return Call(event, tool if names_tool else "", payload)


def understood(name: str, kind: str, out: str, err: str, code: int) -> Reply | None:
    """Give what an agent understands from a hook of this kind.

    None if it takes the hook for broken and ignores it.
    """
    agent = load_agent(name)
    verb = _VERBS.get(kind, "")
    if code == 2 and agent.denies_by_status:
        return Reply(verb or "deny", err.strip()) if err.strip() else None
    if code == 2 and kind == kinds.STOP and err.strip():
        return ALLOW  # Copilot shows it to people
    if code:
        return None
    if kind in kinds.WORKTREES:
        return Reply("allow", out.rstrip("\n").rpartition("\n")[2])
    try:
        answer = json.loads(out) if out.strip() else {}
    except ValueError:
        return None
    if not isinstance(answer, dict):
        return None
    verbs = [verb, "tell"] if kind in kinds.BEFORE and agent.tells_before else [verb]
    for heard in verbs:
        *decision, text = [_at(answer, path) for path in agent.reads.get(heard, ())] or [""]
        decides = all(word in _DECISIONS for word in decision)
        if isinstance(text, str) and text and decides:
            return Reply(heard, text)
    return ALLOW


def _at(value: object, path: str) -> object:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
