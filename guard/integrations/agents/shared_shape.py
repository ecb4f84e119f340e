"""The shape of answers that Claude Code has and others took over: Codex whole, Gemini CLI for what does not stop anything."""

from __future__ import annotations

from guard.integrations.agents.event import Output
from guard.integrations.agents.wire import write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.integrations.agents.event import Event, Reply


def shared_answer(event: Event, reply: Reply) -> Output:
    """Give a reply in that shape. A refusal is told three times over: in JSON, on standard error and by exit status 2."""
    if reply.verb == "deny":
        decision = {"permissionDecision": "deny", "permissionDecisionReason": reply.text}
        return Output(write({"hookSpecificOutput": {"hookEventName": "PreToolUse", **decision}}), reply.text, 2)
    if reply.verb == "block":
        return Output(write({"decision": "block", "reason": reply.text}))
    if reply.verb == "tell":
        return Output(write({"hookSpecificOutput": {"hookEventName": event.label, "additionalContext": reply.text}}))
    if reply.verb == "note":
        return Output(write({"systemMessage": reply.text}))
    return Output("{}")
