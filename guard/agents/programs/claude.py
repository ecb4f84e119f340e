"""Claude Code.

code.claude.com/docs/en/hooks; npm @anthropic-ai/claude-agent-sdk, SyncHookJSONOutput and
BUILTIN_TOOL_NAMES.
"""

from __future__ import annotations

from guard.agents.programs import PATIENT, QUICK, Agent
from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import Event, Output, Reply
from guard.agents.protocol.wire import write

_TOOLS = "^(Edit|Write|MultiEdit|NotebookEdit|Bash|PowerShell|Monitor|mcp__.*)$"


def answer_in_json(event: Event, reply: Reply) -> Output:
    """Give a reply in the shape of Claude Code's JSON, which other agents took over.

    A refusal is in the JSON, on standard error and in exit status 2: versions differ in what they
    heed. There is no other key: Codex discards an answer with one and runs the tool.
    """
    if reply.verb == "deny":
        inner = {
            "hookEventName": "PreToolUse",
            "permissionDecision": "deny",
            "permissionDecisionReason": reply.text,
        }
        return Output(write({"hookSpecificOutput": inner}), reply.text, 2)
    if reply.verb == "block":
        return Output(write({"decision": "block", "reason": reply.text}))
    if reply.verb == "tell":
        inner = {"hookEventName": event.label, "additionalContext": reply.text}
        return Output(write({"hookSpecificOutput": inner}))
    if reply.verb == "note":
        return Output(write({"systemMessage": reply.text}))
    return Output("{}")


def _answer(event: Event, reply: Reply) -> Output:
    if event.kind in kinds.WORKTREES:  # a path is plain text
        return Output("", reply.text, 2) if reply.verb == "deny" else Output(reply.text)
    return Output("") if event.kind == kinds.CONVERSATION_END else answer_in_json(event, reply)


def _handlers(seconds: int, **more: str) -> list[dict[str, object]]:
    line = "guard agent claude"
    return [{"type": "command", "command": line, "timeout": seconds, **more}]


def _groups(seconds: int) -> list[dict[str, object]]:
    return [{"hooks": _handlers(seconds)}]


AGENT = Agent(
    events={
        kinds.BEFORE_TOOL: "PreToolUse",
        kinds.AFTER_BATCH: "PostToolBatch PostToolUse PostToolUseFailure",
        kinds.START: "SessionStart SubagentStart",
        kinds.STOP: "Stop",
        kinds.SETTINGS_CHANGED: "ConfigChange",
        kinds.WORKTREE_CREATE: "WorktreeCreate",
        kinds.WORKTREE_REMOVE: "WorktreeRemove",
        kinds.CONVERSATION_END: "SessionEnd",
    },
    tools={
        "write": "notebookedit strreplacebasededittool",
        "shell": "monitor",
        "read": "askuserquestion exitplanmode enterplanmode toolsearch taskget tasklist taskcreate "
        "taskupdate croncreate crondelete cronlist pushnotification sendusermessage "
        "listmcpresourcestool readmcpresourcetool readmcpresourcedirtool",
    },
    shell_tool="Bash",
    write_tool="Write",
    batches=True,
    answer=_answer,
    file=".claude/settings.json",
    personal=".claude/settings.local.json",
    home=".claude/settings.json",
    from_start=True,
    hooks={
        "SessionStart": _groups(PATIENT),
        "SubagentStart": _groups(PATIENT),
        # Before 2.1.295 `onFailure` is ignored: a hook that cannot start lets the tool run.
        "PreToolUse": [{"matcher": _TOOLS, "hooks": _handlers(QUICK, onFailure="block")}],
        "PostToolBatch": _groups(PATIENT),
        "Stop": _groups(PATIENT),
        "ConfigChange": _groups(QUICK),
        "WorktreeCreate": _groups(120),
        "WorktreeRemove": _groups(PATIENT),
    },
    worktree_hooks=("WorktreeCreate", "WorktreeRemove"),
    then="restart Claude Code; /hooks lists the hooks that it has read",
)
