"""GitHub Copilot (docs.github.com, "GitHub Copilot hooks reference")."""

from __future__ import annotations

from guard.agents.programs import PATIENT, QUICK, Agent
from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import Event, Output, Reply
from guard.agents.protocol.wire import write

_LONGEST = 9_000  # bytes of context; Copilot cuts what all hooks say together at 10 KB
_READERS = "view|grep|rg|glob|web_fetch|web_search|ask_user|update_todo|report_intent|task"
_WRITERS = "create|edit|str_replace_editor|apply_patch"  # judged before, so not looked at after


def _answer(event: Event, reply: Reply) -> Output:
    """One JSON object with exit status 0: before a tool, any other denies without a reason."""
    if reply.verb == "deny":
        said = {"permissionDecision": "deny", "permissionDecisionReason": reply.text}
        return Output(write(said), reply.text)
    if reply.verb == "block":
        return Output(write({"decision": "block", "reason": reply.text}))
    if reply.verb == "tell":
        context = reply.text.encode()[:_LONGEST].decode(errors="ignore")
        return Output(write({"additionalContext": context}))
    # At the end, standard error with status 2 is shown to people, and holds nobody.
    is_shown = reply.verb == "note" and event.kind == kinds.STOP
    return Output("{}", reply.text, 2 if is_shown else 0)


def _payload(kind: str, _: str, cwd: str, more: dict[str, object]) -> dict[str, object]:
    """Copilot's own payloads do not name the event, and arguments are JSON inside JSON."""
    payload = {"sessionId": "guard-selftest", "timestamp": 1767323045000, "cwd": cwd}
    if kind == kinds.START:
        return {**payload, "source": "new"}
    if kind == kinds.STOP:
        return {**payload, "stopReason": "end_turn"}
    payload |= {"toolName": more["tool_name"], "toolArgs": write(more["tool_input"])}
    if kind == kinds.AFTER_BATCH:
        payload["toolResult"] = {"resultType": "success"}
    return payload


def _start(event: str, seconds: int, **more: str) -> list[dict[str, object]]:
    """The command line names the event, since the payload does not."""
    line = f"guard agent copilot {event}"
    return [{"type": "command", "bash": line, "timeoutSec": seconds, **more}]


AGENT = Agent(
    events={
        kinds.BEFORE_TOOL: "preToolUse",
        kinds.AFTER_BATCH: "postToolUse",
        kinds.START: "sessionStart",
        kinds.STOP: "agentStop",
    },
    tools={
        "write": "createfile insertedit inserteditintofile replacestringinfile "
        "multireplacestringinfile",
        "shell": "runinterminal runterminalcommand",
        "read": "rg reportintent listagents semanticsearch filesearch findfiles",
    },
    shell_tool="bash",
    write_tool="create",
    write_arguments={"path": "{path}", "file_text": "guard\n"},
    payload=_payload,
    answer=_answer,
    reads={
        "deny": ("permissionDecision", "permissionDecisionReason"),
        "tell": ("additionalContext",),
        "block": ("decision", "reason"),
    },
    denies_by_status=False,
    file=".github/hooks/guard.json",
    home=".copilot/hooks/guard.json",
    from_start=True,
    frame={"version": 1},
    hooks={
        "sessionStart": _start("sessionStart", PATIENT),
        "preToolUse": _start("preToolUse", QUICK, matcher=f"(?!({_READERS})$).*"),
        "postToolUse": _start("postToolUse", PATIENT, matcher=f"(?!({_READERS}|{_WRITERS})$).*"),
        "agentStop": _start("agentStop", PATIENT),
    },
    matches_whole=True,
    then="the cloud agent needs guard as well: "
    "install it in .github/workflows/copilot-setup-steps.yml",
    headless="copilot --trust-folder -p",
)
