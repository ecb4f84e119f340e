"""Claude Code: its answers (npm @anthropic-ai/claude-agent-sdk, SyncHookJSONOutput; code.claude.com/docs/en/hooks) and its settings."""

from __future__ import annotations

from guard.integrations.agents import event as kinds
from guard.integrations.agents.event import Output
from guard.integrations.agents.shared_shape import shared_answer
from guard.integrations.agents.wiring import PATIENT, QUICK, Wiring, command_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.integrations.agents.event import Event, Reply


def answer(event: Event, reply: Reply) -> Output:
    """Give a reply as Claude Code reads it.

    Every way to refuse is used, for other agents run Claude's hooks, too, and which of them each version heeds has changed. After a batch
    exit status 2 would stop the agent: it is never used there. A worktree's path is plain text.
    """
    if event.kind in (kinds.WORKTREE_CREATE, kinds.WORKTREE_REMOVE):
        return Output("", reply.text, 2) if reply.verb == "deny" else Output(reply.text)
    return Output("") if event.kind == kinds.SESSION_END else shared_answer(event, reply)


def _handler(seconds: int, **more: str) -> dict[str, object]:
    return {"type": "command", "command": command_line("claude"), "timeout": seconds, **more}


# `onFailure` is known from 2.1.295 on; before, a hook that cannot start lets the tool run.
_TOOLS = "^(Edit|Write|MultiEdit|NotebookEdit|Bash|PowerShell|Monitor|mcp__.*)$"
WIRING = Wiring(
    file=".claude/settings.json",
    personal=".claude/settings.local.json",
    hooks={
        "SessionStart": [{"hooks": [_handler(PATIENT)]}],
        "SubagentStart": [{"hooks": [_handler(PATIENT)]}],
        "PreToolUse": [{"matcher": _TOOLS, "hooks": [_handler(QUICK, onFailure="block")]}],
        "PostToolBatch": [{"hooks": [_handler(PATIENT)]}],
        "Stop": [{"hooks": [_handler(PATIENT)]}],
        "ConfigChange": [{"hooks": [_handler(QUICK)]}],
        "WorktreeCreate": [{"hooks": [_handler(120)]}],
        "WorktreeRemove": [{"hooks": [_handler(PATIENT)]}],
    },
    worktree_hooks=("WorktreeCreate", "WorktreeRemove"),
    then="start Claude Code again; /hooks lists what it has read",
)
