"""GitHub Copilot, on the command line and in the cloud: its answers and its settings (docs.github.com, "GitHub Copilot hooks reference").

Its own payloads do not name the event, so the command line does.
"""

from __future__ import annotations

from guard.integrations.agents.event import Output
from guard.integrations.agents.wire import write
from guard.integrations.agents.wiring import PATIENT, QUICK, Wiring, command_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.integrations.agents.event import Event, Reply

_CONTEXT = 9_000  # bytes; Copilot cuts what all hooks say together at 10 KB


def answer(event: Event, reply: Reply) -> Output:
    """Give a reply as Copilot reads it: one object on standard output, with exit status 0, for any other denies without a reason."""
    if reply.verb == "deny":
        return Output(write({"permissionDecision": "deny", "permissionDecisionReason": reply.text}), reply.text)
    if reply.verb == "block":
        return Output(write({"decision": "block", "reason": reply.text}))
    if reply.verb == "tell":
        return Output(write({"additionalContext": reply.text.encode()[:_CONTEXT].decode(errors="ignore")}))
    return Output("{}", reply.text)


def _handler(event: str, seconds: int, **more: str) -> dict[str, object]:
    return {"type": "command", "bash": command_line("copilot", event), "timeoutSec": seconds, **more}


_READERS = "view|grep|rg|glob|web_fetch|web_search|ask_user|update_todo|report_intent|task"
_WRITERS = "create|edit|str_replace_editor|apply_patch"  # asked about before, and nothing is left to look at after
WIRING = Wiring(
    file=".github/hooks/guard.json",
    frame={"version": 1},
    hooks={
        "sessionStart": [_handler("sessionStart", PATIENT)],
        "preToolUse": [_handler("preToolUse", QUICK, matcher=f"(?!({_READERS})$).*")],
        "postToolUse": [_handler("postToolUse", PATIENT, matcher=f"(?!({_READERS}|{_WRITERS})$).*")],
        "agentStop": [_handler("agentStop", PATIENT)],
    },
    then="the cloud agent needs guard as well: install it in .github/workflows/copilot-setup-steps.yml",
)
