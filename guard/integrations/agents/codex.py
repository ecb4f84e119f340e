"""Codex CLI: its answers (openai/codex, codex-rs/hooks/schema/generated) and its settings.

Codex refuses an answer with a key that it does not know, and then lets the tool run; so each answer has the keys it needs and no other.
"""

from __future__ import annotations

from guard.integrations.agents.shared_shape import shared_answer
from guard.integrations.agents.wiring import PATIENT, QUICK, Wiring, command_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.integrations.agents.event import Event, Output, Reply


def answer(event: Event, reply: Reply) -> Output:
    """Give a reply as Codex reads it: exit status 2 with the reason on standard error stops a tool in every version that has hooks."""
    return shared_answer(event, reply)


def _handler(seconds: int) -> dict[str, object]:
    return {"type": "command", "command": command_line("codex"), "timeout": seconds}


_SHELLS = "Bash|shell|shell_command|local_shell|exec_command|unified_exec"
WIRING = Wiring(
    file=".codex/hooks.json",
    hooks={
        "SessionStart": [{"hooks": [_handler(PATIENT)]}],
        "SubagentStart": [{"hooks": [_handler(PATIENT)]}],
        "PreToolUse": [{"matcher": f"^({_SHELLS}|apply_patch|mcp__.*)$", "hooks": [_handler(QUICK)]}],
        "PostToolUse": [{"matcher": f"^({_SHELLS}|mcp__.*)$", "hooks": [_handler(PATIENT)]}],
        "Stop": [{"hooks": [_handler(PATIENT)]}],
    },
    main_only=True,
    then="open /hooks in Codex and trust guard's hooks: it runs only what somebody has looked at",
)
