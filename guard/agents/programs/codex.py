"""Codex CLI.

developers.openai.com/codex/hooks; openai/codex, codex-rs/hooks/schema/generated.
"""

from __future__ import annotations

from guard.agents.programs import PATIENT, QUICK, Agent, closed
from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import Event, Output, Reply

_SHELLS = "Bash|shell|shell_command|local_shell|exec_command|unified_exec"


def _answer(event: Event, reply: Reply) -> Output:
    from guard.agents.programs.claude import answer_in_json  # most tools are let through

    return answer_in_json(event, reply)


def _groups(
    seconds: int, line: str = "guard agent codex", **matcher: str
) -> list[dict[str, object]]:
    handler = {"type": "command", "command": line, "timeout": seconds}
    return [{**matcher, "hooks": [handler]}]


AGENT = Agent(
    events={
        kinds.BEFORE_TOOL: "PreToolUse",
        kinds.AFTER_BATCH: "PostToolUse",
        kinds.START: "SessionStart SubagentStart",
        kinds.STOP: "Stop",
    },
    tools={
        "shell": "shellcommand localshell execcommand unifiedexec",
        "read": "updateplan viewimage",
    },
    shell_tool="Bash",
    write_tool="apply_patch",
    write_arguments={"command": "*** Begin Patch\n*** Add File: {path}\n+guard\n*** End Patch\n"},
    answer=_answer,
    file=".codex/hooks.json",
    home=".codex/hooks.json",
    main_only=True,
    hooks={
        "SessionStart": _groups(PATIENT),
        "SubagentStart": _groups(PATIENT),
        "PreToolUse": _groups(QUICK, closed("codex"), matcher=f"^({_SHELLS}|apply_patch|mcp__.*)$"),
        "PostToolUse": _groups(PATIENT, matcher=f"^({_SHELLS}|mcp__.*)$"),
        "Stop": _groups(PATIENT),
    },
    then="open /hooks in Codex and trust guard's hooks: it runs no others",
    headless="codex exec --trust --dangerously-bypass-hook-trust",
)
