"""The answers: what each agent reads as a refusal, as something to go on for, and as something to know.

The shapes: npm @anthropic-ai/claude-agent-sdk, SyncHookJSONOutput, and code.claude.com/docs/en/hooks; openai/codex,
codex-rs/hooks/schema/generated; google-gemini/gemini-cli, packages/core/src/hooks/types.ts and docs/hooks/reference.md;
cursor.com/docs/hooks; docs.github.com, "GitHub Copilot hooks reference". How each agent is told to call guard is in `entries.py`: an
answer does without it.
"""

from __future__ import annotations

from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import Output
from guard.agents.protocol.wire import write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from guard.agents.protocol.event import Event, Reply

_COPILOTS_CONTEXT = 9_000  # bytes; Copilot cuts what all hooks say together at 10 KB


def answer(event: Event, reply: Reply) -> Output:
    """Give a reply as the event's agent reads it."""
    return _ANSWERS[event.agent](event, reply)


def _claude(event: Event, reply: Reply) -> Output:
    """Claude Code: every way to refuse is used, for other agents run its hooks, too, and which of them each version heeds has changed.

    After a batch exit status 2 would stop the agent: it is never used there. A worktree's path is plain text.
    """
    if event.kind in (kinds.WORKTREE_CREATE, kinds.WORKTREE_REMOVE):
        return Output("", reply.text, 2) if reply.verb == "deny" else Output(reply.text)
    return Output("") if event.kind == kinds.SESSION_END else _shared(event, reply)


def _shared(event: Event, reply: Reply) -> Output:
    """The shape that Claude Code has and others took over. A refusal is told in JSON, on standard error and by exit status 2.

    Codex has it whole: with a key that it does not know it would refuse the answer, and then let the tool run.
    """
    if reply.verb == "deny":
        decision = {"permissionDecision": "deny", "permissionDecisionReason": reply.text}
        return Output(
            write({"hookSpecificOutput": {"hookEventName": "PreToolUse", **decision}}),
            reply.text,
            2,
        )
    if reply.verb == "block":
        return Output(write({"decision": "block", "reason": reply.text}))
    if reply.verb == "tell":
        return Output(
            write(
                {
                    "hookSpecificOutput": {
                        "hookEventName": event.label,
                        "additionalContext": reply.text,
                    }
                }
            )
        )
    if reply.verb == "note":
        return Output(write({"systemMessage": reply.text}))
    return Output("{}")


def _gemini(event: Event, reply: Reply) -> Output:
    """Gemini CLI: it takes the reason of exit status 2 from standard error, in older versions from standard output: both say the same."""
    if reply.verb == "deny":
        return Output(write({"decision": "deny", "reason": reply.text}), reply.text, 2)
    if reply.verb == "block":
        return Output(write({"decision": "deny", "reason": reply.text}))
    return _shared(event, reply)


def _cursor(_: Event, reply: Reply) -> Output:
    """Cursor: JSON with exit status 0, for with 2 it would not say why."""
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


def _copilot(_: Event, reply: Reply) -> Output:
    """GitHub Copilot: one object on standard output, with exit status 0, for any other denies without a reason."""
    if reply.verb == "deny":
        return Output(
            write({"permissionDecision": "deny", "permissionDecisionReason": reply.text}),
            reply.text,
        )
    if reply.verb == "block":
        return Output(write({"decision": "block", "reason": reply.text}))
    if reply.verb == "tell":
        return Output(
            write(
                {
                    "additionalContext": reply.text.encode()[:_COPILOTS_CONTEXT].decode(
                        errors="ignore"
                    )
                }
            )
        )
    return Output("{}", reply.text)


def _opencode(_: Event, reply: Reply) -> Output:
    """opencode: guard's own plugin (plugin.js beside this) reads exit status 2 and a reason as a refusal, else what there is to say."""
    if reply.verb == "deny":
        return Output(write({"deny": reply.text}), reply.text, 2)
    if reply.verb == "block":
        return Output(write({"block": reply.text}))
    if reply.verb == "tell":
        return Output(write({"tell": reply.text}))
    return Output("{}", reply.text)


_ANSWERS: Mapping[str, Callable[[Event, Reply], Output]] = {
    "claude": _claude,
    "codex": _shared,
    "gemini": _gemini,
    "cursor": _cursor,
    "copilot": _copilot,
    "opencode": _opencode,
}
