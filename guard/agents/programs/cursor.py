"""Cursor (cursor.com/docs/hooks)."""

from __future__ import annotations

from guard.agents.programs import PATIENT, QUICK, Agent
from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import Event, Output, Reply
from guard.agents.protocol.wire import write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Follow-ups that Cursor sends at most; 5 is its default. guard counts for itself.
_ROUNDS = 5
_WRITERS = "Write|Delete|StrReplace|Edit|ApplyPatch|MCP:.*"


def _answer(_: Event, reply: Reply) -> Output:
    """JSON with exit status 0: with 2, Cursor does not show the reason."""
    if reply.verb == "deny":
        said = {
            "permission": "deny",
            "user_message": reply.text.split("\n")[0],
            "agent_message": reply.text,
        }
        return Output(write(said), reply.text)
    if reply.verb == "block":
        return Output(write({"followup_message": reply.text}))
    if reply.verb == "tell":
        return Output(write({"additional_context": reply.text}))
    return Output("{}", reply.text)


def _payload(kind: str, event: str, cwd: str, more: dict[str, Any]) -> dict[str, object]:
    return {
        "conversation_id": "guard-selftest",
        "generation_id": "1",
        "hook_event_name": event,
        "workspace_roots": [cwd],
        **(more["tool_input"] if kind == kinds.BEFORE_SHELL else more),
    }


def _start(seconds: int, **more: object) -> list[dict[str, object]]:
    return [{"command": "guard agent cursor", "timeout": seconds, **more}]


AGENT = Agent(
    events={
        kinds.BEFORE_TOOL: "preToolUse beforeMCPExecution",
        kinds.BEFORE_SHELL: "beforeShellExecution",
        kinds.AFTER_BATCH: "postToolUse postToolUseFailure afterShellExecution afterMCPExecution",
        kinds.START: "sessionStart",
        kinds.STOP: "stop",
    },
    tools={
        "write": "editfile searchreplace editnotebook",
        "delete": "delete deletefile",
        "shell": "runterminalcmd",
        "read": "readlints codebasesearch listdir",
    },
    shell_tool="Shell",
    write_tool="Write",
    payload=_payload,
    answer=_answer,
    reads={
        "deny": ("permission", "agent_message"),
        "tell": ("additional_context",),
        "block": ("followup_message",),
    },
    tells_before=False,  # preToolUse has a message for a refusal alone
    # A subagent has a conversation_id of its own, no parent and no sessionStart (recorded with
    # 2026.07.23: github.com/kurrent-io/kcap-cli/pull/411).
    marks_parts=False,
    file=".cursor/hooks.json",
    home=".cursor/hooks.json",
    frame={"version": 1},
    hooks={
        "sessionStart": _start(PATIENT),
        "preToolUse": _start(QUICK, matcher=_WRITERS, failClosed=True),
        "beforeShellExecution": _start(QUICK, failClosed=True),
        "postToolUse": _start(PATIENT, matcher="Shell|MCP:.*"),
        "stop": _start(PATIENT, loop_limit=_ROUNDS),
    },
    then="Cursor reads the file by itself; the Hooks tab shows it",
)
