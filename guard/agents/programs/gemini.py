"""Gemini CLI.

google-gemini/gemini-cli, docs/hooks/reference.md, docs/tools and packages/core/src/hooks/types.ts.
"""

from __future__ import annotations

from guard.agents.programs import PATIENT, QUICK, Agent, closed
from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import Event, Output, Reply
from guard.agents.protocol.wire import write

_WRITERS = "write_file|replace|edit|run_shell_command|mcp_.*"


def _answer(event: Event, reply: Reply) -> Output:
    """As Claude Code's JSON, but `deny` both before a tool and at the end.

    Gemini CLI reads the reason from standard error; older versions from standard output.
    """
    if reply.verb in ("deny", "block"):
        text = write({"decision": "deny", "reason": reply.text})
        return Output(text, reply.text, 2) if reply.verb == "deny" else Output(text)
    from guard.agents.programs.claude import answer_in_json  # most tools are let through

    return answer_in_json(event, reply)


# Gemini CLI takes any text of a hook that ends with another status than 0 and 1 for a refusal
# (hookRunner.ts). A refused end goes on, so without a guard the session would never end.
_OPEN = "guard agent gemini || exit 1"


def _groups(name: str, seconds: int, line: str = _OPEN, **matcher: str) -> list[dict[str, object]]:
    milliseconds = seconds * 1000
    handler = {"type": "command", "name": name, "command": line, "timeout": milliseconds}
    return [{**matcher, "hooks": [handler]}]


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
    home=".gemini/settings.json",
    tells_before=False,  # additionalContext of BeforeTool is not read (executeToolWithHooks)
    marks_parts=False,  # seen in 0.61.0: the tools of a subagent come with the session's own id
    from_start=True,
    skips_hooks=True,  # GIT_CONFIG_KEY_n=core.hooksPath (shellExecutionService.ts)
    hooks={
        "SessionStart": _groups("guard-brief", PATIENT),
        "BeforeTool": _groups("guard", QUICK, closed("gemini"), matcher=f"^({_WRITERS})$"),
        "AfterTool": _groups("guard-after", PATIENT, matcher="^(run_shell_command|mcp_.*)$"),
        "AfterAgent": _groups("guard-handoff", PATIENT),
    },
    then="restart Gemini CLI; it asks once whether to trust the folder's new hooks",
    headless="GEMINI_CLI_TRUST_WORKSPACE=true gemini -p",
)
