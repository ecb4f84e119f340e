"""Gemini CLI.

google-gemini/gemini-cli, docs/hooks/reference.md, docs/tools and packages/core/src/hooks/types.ts.
"""

from __future__ import annotations

from guard.agents.programs import PATIENT, QUICK, Agent
from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import Event, Output, Reply
from guard.agents.protocol.wire import write

_WRITERS = "write_file|replace|edit|run_shell_command|mcp_.*"


def _answer(event: Event, reply: Reply) -> Output:
    """As Claude Code's JSON, but `deny` both before a tool and at the end.

    With exit status 2 the reason is read from standard error, in older versions from standard
    output: both have it.
    """
    if reply.verb in ("deny", "block"):
        text = write({"decision": "deny", "reason": reply.text})
        return Output(text, reply.text, 2) if reply.verb == "deny" else Output(text)
    from guard.agents.programs.claude import answer_in_json  # most tools are let through

    return answer_in_json(event, reply)


def _start(name: str, seconds: int) -> list[dict[str, object]]:
    line = "guard agent gemini"
    return [{"type": "command", "name": name, "command": line, "timeout": seconds * 1000}]


AGENT = Agent(
    events={
        kinds.BEFORE_TOOL: "BeforeTool",
        kinds.AFTER_BATCH: "AfterTool",
        kinds.START: "SessionStart",
        kinds.STOP: "AfterAgent",
    },
    tools={
        "write": "replace writefile",
        "shell": "runshellcommand",
        "read": "readmanyfiles listdirectory searchfilecontent googlewebsearch savememory",
    },
    shell_tool="run_shell_command",
    write_tool="write_file",
    answer=_answer,
    reads={
        "deny": ("decision", "reason"),
        "tell": ("hookSpecificOutput.additionalContext",),
        "block": ("decision", "reason"),
    },
    file=".gemini/settings.json",
    hooks={
        "SessionStart": [{"hooks": _start("guard-brief", PATIENT)}],
        "BeforeTool": [{"matcher": f"^({_WRITERS})$", "hooks": _start("guard", QUICK)}],
        "AfterTool": [
            {"matcher": "^(run_shell_command|mcp_.*)$", "hooks": _start("guard-after", PATIENT)}
        ],
        "AfterAgent": [{"hooks": _start("guard-handoff", PATIENT)}],
    },
    then="start Gemini CLI again; it asks once whether the folder's new hooks are to be trusted",
)
