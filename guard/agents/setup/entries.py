"""The entries that the settings of each agent get.

code.claude.com/docs/en/hooks; developers.openai.com/codex/hooks; google-gemini/gemini-cli, docs/hooks/reference.md; cursor.com/docs/hooks;
docs.github.com, "GitHub Copilot hooks reference". opencode gets a program instead (plugin.js beside this), which serves both of its
interfaces: `server` (npm @opencode-ai/plugin, from opencode 1.18.29 on) and `setup` (opencode.ai/v2/docs/build/plugins).
"""

from __future__ import annotations

from guard.agents.setup.wiring import PATIENT, QUICK, Wiring, command_line

# Follow-ups that Cursor sends by itself, which is its own limit as well: guard counts for itself, and says so when it gives up.
_CURSORS_ROUNDS = 5


def _claude(seconds: int, **more: str) -> dict[str, object]:
    return {"type": "command", "command": command_line("claude"), "timeout": seconds, **more}


def _codex(seconds: int) -> dict[str, object]:
    return {"type": "command", "command": command_line("codex"), "timeout": seconds}


def _gemini(name: str, seconds: int) -> dict[str, object]:
    return {
        "type": "command",
        "name": name,
        "command": command_line("gemini"),
        "timeout": seconds * 1000,
    }


def _cursor(seconds: int, **more: object) -> dict[str, object]:
    return {"command": command_line("cursor"), "timeout": seconds, **more}


def _copilot(event: str, seconds: int, **more: str) -> dict[str, object]:
    """Copilot's own payloads do not name the event, so the command line does."""
    return {
        "type": "command",
        "bash": command_line("copilot", event),
        "timeoutSec": seconds,
        **more,
    }


_CLAUDES_TOOLS = "^(Edit|Write|MultiEdit|NotebookEdit|Bash|PowerShell|Monitor|mcp__.*)$"
_CODEXS_SHELLS = "Bash|shell|shell_command|local_shell|exec_command|unified_exec"
_COPILOTS_READERS = "view|grep|rg|glob|web_fetch|web_search|ask_user|update_todo|report_intent|task"
_COPILOTS_WRITERS = "create|edit|str_replace_editor|apply_patch"  # asked about before, and nothing is left to look at after

WIRINGS = {
    # `onFailure` is known from 2.1.295 on; before, a hook that cannot start lets the tool run.
    "claude": Wiring(
        file=".claude/settings.json",
        personal=".claude/settings.local.json",
        hooks={
            "SessionStart": [{"hooks": [_claude(PATIENT)]}],
            "SubagentStart": [{"hooks": [_claude(PATIENT)]}],
            "PreToolUse": [
                {"matcher": _CLAUDES_TOOLS, "hooks": [_claude(QUICK, onFailure="block")]}
            ],
            "PostToolBatch": [{"hooks": [_claude(PATIENT)]}],
            "Stop": [{"hooks": [_claude(PATIENT)]}],
            "ConfigChange": [{"hooks": [_claude(QUICK)]}],
            "WorktreeCreate": [{"hooks": [_claude(120)]}],
            "WorktreeRemove": [{"hooks": [_claude(PATIENT)]}],
        },
        worktree_hooks=("WorktreeCreate", "WorktreeRemove"),
        then="start Claude Code again; /hooks lists what it has read",
    ),
    "codex": Wiring(
        file=".codex/hooks.json",
        hooks={
            "SessionStart": [{"hooks": [_codex(PATIENT)]}],
            "SubagentStart": [{"hooks": [_codex(PATIENT)]}],
            "PreToolUse": [
                {"matcher": f"^({_CODEXS_SHELLS}|apply_patch|mcp__.*)$", "hooks": [_codex(QUICK)]}
            ],
            "PostToolUse": [
                {"matcher": f"^({_CODEXS_SHELLS}|mcp__.*)$", "hooks": [_codex(PATIENT)]}
            ],
            "Stop": [{"hooks": [_codex(PATIENT)]}],
        },
        main_only=True,
        then="open /hooks in Codex and trust guard's hooks: it runs only what somebody has looked at",
    ),
    "gemini": Wiring(
        file=".gemini/settings.json",
        hooks={
            "SessionStart": [{"hooks": [_gemini("guard-brief", PATIENT)]}],
            "BeforeTool": [
                {
                    "matcher": "^(write_file|replace|edit|run_shell_command|mcp_.*)$",
                    "hooks": [_gemini("guard", QUICK)],
                }
            ],
            "AfterTool": [
                {
                    "matcher": "^(run_shell_command|mcp_.*)$",
                    "hooks": [_gemini("guard-after", PATIENT)],
                }
            ],
            "AfterAgent": [{"hooks": [_gemini("guard-handoff", PATIENT)]}],
        },
        then="start Gemini CLI again; it asks once whether the folder's new hooks are to be trusted",
    ),
    "cursor": Wiring(
        file=".cursor/hooks.json",
        frame={"version": 1},
        hooks={
            "sessionStart": [_cursor(PATIENT)],
            "preToolUse": [
                _cursor(
                    QUICK, matcher="Write|Delete|StrReplace|Edit|ApplyPatch|MCP:.*", failClosed=True
                )
            ],
            "beforeShellExecution": [_cursor(QUICK, failClosed=True)],
            "postToolUse": [_cursor(PATIENT, matcher="Shell|MCP:.*")],
            "stop": [_cursor(PATIENT, loop_limit=_CURSORS_ROUNDS)],
        },
        then="Cursor reads the file by itself; the Hooks tab shows it",
    ),
    "copilot": Wiring(
        file=".github/hooks/guard.json",
        frame={"version": 1},
        hooks={
            "sessionStart": [_copilot("sessionStart", PATIENT)],
            "preToolUse": [_copilot("preToolUse", QUICK, matcher=f"(?!({_COPILOTS_READERS})$).*")],
            "postToolUse": [
                _copilot(
                    "postToolUse",
                    PATIENT,
                    matcher=f"(?!({_COPILOTS_READERS}|{_COPILOTS_WRITERS})$).*",
                )
            ],
            "agentStop": [_copilot("agentStop", PATIENT)],
        },
        then="the cloud agent needs guard as well: install it in .github/workflows/copilot-setup-steps.yml",
    ),
    "opencode": Wiring(
        file=".opencode/plugins/guard.js",
        hooks={},
        whole=True,
        then="start opencode again: it loads plugins when it starts",
    ),
}
