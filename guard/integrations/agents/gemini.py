"""Gemini CLI: its answers (google-gemini/gemini-cli, packages/core/src/hooks/types.ts; docs/hooks/reference.md) and its settings."""

from __future__ import annotations

from guard.integrations.agents.event import Output
from guard.integrations.agents.shared_shape import shared_answer
from guard.integrations.agents.wire import write
from guard.integrations.agents.wiring import PATIENT, QUICK, Wiring, command_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.integrations.agents.event import Event, Reply


def answer(event: Event, reply: Reply) -> Output:
    """Give a reply as Gemini CLI reads it.

    It takes the reason of exit status 2 from standard error, in older versions from JSON on standard output: both say the same.
    """
    if reply.verb == "deny":
        return Output(write({"decision": "deny", "reason": reply.text}), reply.text, 2)
    if reply.verb == "block":
        return Output(write({"decision": "deny", "reason": reply.text}))
    return shared_answer(event, reply)


def _handler(name: str, seconds: int) -> dict[str, object]:
    return {"type": "command", "name": name, "command": command_line("gemini"), "timeout": seconds * 1000}


WIRING = Wiring(
    file=".gemini/settings.json",
    hooks={
        "SessionStart": [{"hooks": [_handler("guard-brief", PATIENT)]}],
        "BeforeTool": [{"matcher": "^(write_file|replace|edit|run_shell_command|mcp_.*)$", "hooks": [_handler("guard", QUICK)]}],
        "AfterTool": [{"matcher": "^(run_shell_command|mcp_.*)$", "hooks": [_handler("guard-after", PATIENT)]}],
        "AfterAgent": [{"hooks": [_handler("guard-handoff", PATIENT)]}],
    },
    then="start Gemini CLI again; it asks once whether the folder's new hooks are to be trusted",
)
