"""Cursor: its answers and its settings (cursor.com/docs/hooks)."""

from __future__ import annotations

from guard.integrations.agents.event import Output
from guard.integrations.agents.wire import write
from guard.integrations.agents.wiring import PATIENT, QUICK, Wiring, command_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.integrations.agents.event import Event, Reply

ROUNDS = 5  # follow-ups that Cursor sends by itself, which is its own limit as well: guard counts for itself, and says so when it gives up


def answer(event: Event, reply: Reply) -> Output:
    """Give a reply as Cursor reads it: JSON with exit status 0, for with 2 it would not say why."""
    if reply.verb == "deny":
        said = {"permission": "deny", "user_message": reply.text.split("\n")[0], "agent_message": reply.text}
        return Output(write(said), reply.text)
    if reply.verb == "block":
        return Output(write({"followup_message": reply.text}))
    if reply.verb == "tell":
        return Output(write({"additional_context": reply.text}))
    return Output("{}", reply.text)


def _handler(seconds: int, **more: object) -> dict[str, object]:
    return {"command": command_line("cursor"), "timeout": seconds, **more}


WIRING = Wiring(
    file=".cursor/hooks.json",
    frame={"version": 1},
    hooks={
        "sessionStart": [_handler(PATIENT)],
        "preToolUse": [_handler(QUICK, matcher="Write|Delete|StrReplace|Edit|ApplyPatch|MCP:.*", failClosed=True)],
        "beforeShellExecution": [_handler(QUICK, failClosed=True)],
        "postToolUse": [_handler(PATIENT, matcher="Shell|MCP:.*")],
        "stop": [_handler(PATIENT, loop_limit=ROUNDS)],
    },
    then="Cursor reads the file by itself; the Hooks tab shows it",
)
