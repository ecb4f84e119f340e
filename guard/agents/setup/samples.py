"""Payloads as each agent sends them, for trying its hooks: a write, a shell command, a session's start, a batch and its end.

Their fields are those of the pages and schemas that the module of each agent names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from guard.agents.protocol import event as kinds

Payload = dict[str, object]


class Sample(NamedTuple):
    """One call of a hook: the event as the agent calls it, the tool that a matcher may narrow it to ("": none), and the payload."""

    event: str
    tool: str
    payload: Payload


_EVENTS: Mapping[str, Mapping[str, str]] = {
    "claude": {
        **dict.fromkeys(kinds.BEFORE, "PreToolUse"),
        kinds.START: "SessionStart",
        kinds.AFTER_BATCH: "PostToolBatch",
        kinds.STOP: "Stop",
        kinds.WORKTREE_CREATE: "WorktreeCreate",
        kinds.WORKTREE_REMOVE: "WorktreeRemove",
    },
    "codex": {
        **dict.fromkeys(kinds.BEFORE, "PreToolUse"),
        kinds.START: "SessionStart",
        kinds.AFTER_BATCH: "PostToolUse",
        kinds.STOP: "Stop",
    },
    "gemini": {
        **dict.fromkeys(kinds.BEFORE, "BeforeTool"),
        kinds.START: "SessionStart",
        kinds.AFTER_BATCH: "AfterTool",
        kinds.STOP: "AfterAgent",
    },
    "cursor": {
        kinds.BEFORE_WRITE: "preToolUse",
        kinds.BEFORE_SHELL: "beforeShellExecution",
        kinds.START: "sessionStart",
        kinds.AFTER_BATCH: "postToolUse",
        kinds.STOP: "stop",
    },
    "copilot": {
        **dict.fromkeys(kinds.BEFORE, "preToolUse"),
        kinds.START: "sessionStart",
        kinds.AFTER_BATCH: "postToolUse",
        kinds.STOP: "agentStop",
    },
    "opencode": {
        **dict.fromkeys(kinds.BEFORE, "tool.execute.before"),
        kinds.START: "session.start",
        kinds.AFTER_BATCH: "tool.execute.after",
        kinds.STOP: "session.idle",
    },
}
_SHELLS = {
    "claude": "Bash",
    "codex": "Bash",
    "gemini": "run_shell_command",
    "cursor": "Shell",
    "copilot": "bash",
    "opencode": "bash",
}
_WRITERS = {
    "claude": "Write",
    "codex": "apply_patch",
    "gemini": "write_file",
    "cursor": "Write",
    "copilot": "create",
    "opencode": "write",
}
_SESSION = "guard-selftest"


def sample(agent: str, kind: str, cwd: str, subject: str = "") -> Sample:
    """Give a payload of `kind` from a session in the directory `cwd`. `subject` is the path that is written, the command, or a name.

    Raises KeyError where the agent has no such event.
    """
    event = _EVENTS[agent][kind]
    tool, arguments = "", dict[str, object]()
    if kind == kinds.BEFORE_WRITE:
        tool, arguments = _WRITERS[agent], _written(agent, subject)
    elif kind in (kinds.BEFORE_SHELL, kinds.AFTER_BATCH):
        tool, arguments = _SHELLS[agent], {"command": subject}
    payload = {**_common(agent, event, cwd), **_told(agent, kind, tool, arguments)}
    if kind == kinds.WORKTREE_CREATE:
        payload["name"] = subject
    if kind == kinds.WORKTREE_REMOVE:
        payload["worktree_path"] = subject
    return Sample(
        event, "" if event in ("beforeShellExecution", "PostToolBatch") else tool, payload
    )


def _written(agent: str, path: str) -> Payload:
    if agent == "codex":
        return {"command": f"*** Begin Patch\n*** Add File: {path}\n+guard\n*** End Patch\n"}
    names = {"copilot": ("path", "file_text"), "opencode": ("filePath", "content")}
    path_name, text_name = names.get(agent, ("file_path", "content"))
    return {path_name: path, text_name: "guard\n"}


def _common(agent: str, event: str, cwd: str) -> Payload:
    if agent == "copilot":
        return {"sessionId": _SESSION, "timestamp": 1767323045000, "cwd": cwd}
    if agent == "cursor":
        return {
            "conversation_id": _SESSION,
            "generation_id": "1",
            "hook_event_name": event,
            "workspace_roots": [cwd],
        }
    return {"session_id": _SESSION, "hook_event_name": event, "cwd": cwd}


def _told(agent: str, kind: str, tool: str, arguments: Payload) -> Payload:
    """What is told of a tool, or of a session."""
    if kind == kinds.START:
        return {"source": "new" if agent == "copilot" else "startup"}
    if kind == kinds.STOP:
        return (
            {"stopReason": "end_turn"}
            if agent == "copilot"
            else {"status": "completed", "loop_count": 0, "stop_hook_active": False}
        )
    if agent == "cursor" and kind == kinds.BEFORE_SHELL:
        return arguments
    if agent == "copilot":
        told: Payload = {"toolName": tool, "toolArgs": json.dumps(arguments)}
        return (
            {**told, "toolResult": {"resultType": "success"}} if kind == kinds.AFTER_BATCH else told
        )
    if agent == "claude" and kind == kinds.AFTER_BATCH:
        return {"tool_calls": [{"tool_name": tool, "tool_input": arguments}]}
    return {"tool_name": tool, "tool_input": arguments} if tool else {}
