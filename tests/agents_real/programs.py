"""Each agent: its package, how it is started without a person, and its tools.

A version is what the last table in docs/agents.md was made with. npm would choose an older one for
a Node.js that the newest does not name, so a version is always asked for; `NAME@VERSION` in AGENTS
chooses another, `NAME@latest` too.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.agents_real.models import Call

SERVER = [sys.executable, str(Path(__file__).with_name("server.py"))]  # of MCP: writes files


class Started(NamedTuple):
    """What starts an agent: the words of the command, variables, and files of its home."""

    words: list[str]
    env: dict[str, str]
    files: Mapping[str, str] = {}


class Program(NamedTuple):
    """An agent.

    `binary` is the program below its `node_modules`. `start` gives what starts it from the program,
    the model's address and the prompt. `calls` are its tools, by what they do.
    """

    package: str
    version: str
    binary: str
    start: Callable[[str, str, str], Started]
    calls: Mapping[str, Callable[..., list[Call]]]


def _one(tool: str, **inputs: object) -> list[Call]:
    return [{"tool": tool, "input": inputs}]


def _claude(program: str, url: str, prompt: str) -> Started:
    env = {
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "sk-ant-none",
        "IS_SANDBOX": "1",  # it refuses to skip permissions as root elsewhere
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_TELEMETRY": "1",
        "DISABLE_ERROR_REPORTING": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }
    servers = {"mcpServers": {"files": {"command": SERVER[0], "args": SERVER[1:]}}}
    words = [program, "-p", prompt, "--permission-mode", "bypassPermissions"]
    words += ["--output-format", "stream-json", "--verbose", "--mcp-config", json.dumps(servers)]
    return Started(words, env)


def _codex(program: str, url: str, prompt: str) -> Started:
    config = f"""\
model = "gpt-5.5"
model_provider = "scripted"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.scripted]
name = "scripted"
base_url = "{url}/v1"
env_key = "MODEL_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
[mcp_servers.files]
command = {json.dumps(SERVER[0])}
args = {json.dumps(SERVER[1:])}
"""
    words = [program, "exec", "--json", "--trust", "--dangerously-bypass-hook-trust"]
    words += ["--dangerously-bypass-approvals-and-sandbox", prompt]
    return Started(words, {"MODEL_KEY": "none"}, {".codex/config.toml": config})


def _gemini(program: str, url: str, prompt: str) -> Started:
    settings = {
        "general": {"disableAutoUpdate": True, "disableUpdateNag": True},
        "privacy": {"usageStatisticsEnabled": False},
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "mcpServers": {"files": {"command": SERVER[0], "args": SERVER[1:], "trust": True}},
    }
    env = {
        "GOOGLE_GEMINI_BASE_URL": url,
        "GEMINI_API_KEY": "none",
        "GEMINI_CLI_TRUST_WORKSPACE": "true",
        "GEMINI_TELEMETRY_ENABLED": "false",
    }
    node = shutil.which("node") or "node"
    words = [node, program, "-m", "gemini-2.5-pro", "--yolo", "-p", prompt]
    return Started(words, env, {".gemini/settings.json": json.dumps(settings)})


def _copilot(program: str, url: str, prompt: str) -> Started:
    env = {
        "COPILOT_PROVIDER_BASE_URL": f"{url}/v1",
        "COPILOT_PROVIDER_TYPE": "openai",
        "COPILOT_PROVIDER_API_KEY": "none",
        "COPILOT_MODEL": "scripted",
        "COPILOT_OFFLINE": "true",
        "COPILOT_AUTO_UPDATE": "false",
    }
    server = {"type": "local", "command": SERVER[0], "args": SERVER[1:], "tools": ["*"]}
    config = json.dumps({"mcpServers": {"files": server}})
    words = [program, "-p", prompt, "--allow-all-tools", "--allow-all-paths", "--trust-folder"]
    return Started([*words, "--no-auto-update"], env, {".copilot/mcp-config.json": config})


def _opencode(program: str, url: str, prompt: str) -> Started:
    model = {"name": "m", "tool_call": True, "limit": {"context": 100_000, "output": 8_000}}
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "options": {"baseURL": f"{url}/v1", "apiKey": "none"},
        "models": {"m": model},
    }
    tools = ("edit", "bash", "webfetch", "external_directory")
    config = {
        "provider": {"scripted": provider},
        "model": "scripted/m",
        "small_model": "scripted/m",
        "autoupdate": False,
        "share": "disabled",
        "permission": dict.fromkeys(tools, "allow"),
        "mcp": {"files": {"type": "local", "command": SERVER, "enabled": True}},
    }
    env = {
        "OPENCODE_CONFIG_CONTENT": json.dumps(config),
        "OPENCODE_DISABLE_AUTOUPDATE": "1",
        "OPENCODE_DISABLE_MODELS_FETCH": "1",
        "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
        "OPENCODE_DISABLE_DEFAULT_PLUGINS": "1",
    }
    return Started([program, "run", "--print-logs", "--log-level", "WARN", prompt], env)


def _patch(path: str, text: str) -> list[Call]:
    patch = f"*** Begin Patch\n*** Add File: {path}\n+{text}\n*** End Patch\n"
    return [{"tool": "apply_patch", "input": patch}]


def _rename(old: str, new: str) -> list[Call]:
    lines = ["*** Begin Patch", f"*** Update File: {old}", f"*** Move to: {new}"]
    return [
        {"tool": "apply_patch", "input": "\n".join([*lines, "@@", "-a", "+b", "*** End Patch\n"])}
    ]


PROGRAMS = {
    "claude": Program(
        "@anthropic-ai/claude-code",
        "2.1.332",
        "@anthropic-ai/claude-code-linux-*/claude",
        _claude,
        {
            "write": lambda path, text: _one("Write", file_path=path, content=text),
            "shell": lambda command: _one("Bash", command=command, description="d"),
            "server": lambda path, text: _one("mcp__files__write_file", path=path, content=text),
            "read": lambda path: _one("Read", file_path=path),
            "edit": lambda path, old, new: _one(
                "Edit", file_path=path, old_string=old, new_string=new
            ),
            "subagent": lambda prompt: _one(
                "Agent", description="d", prompt=prompt, subagent_type="general-purpose"
            ),
            # The tools below are offered once they were searched for.
            "find": lambda query: _one("ToolSearch", query=query, max_results=5),
            "notebook": lambda path: _one(
                "NotebookEdit",
                notebook_path=path,
                new_source="x",
                cell_type="code",
                edit_mode="insert",
            ),
            "enter": lambda name: _one("EnterWorktree", name=name),
            "exit": lambda: _one("ExitWorktree", action="remove", discard_changes=True),
        },
    ),
    "codex": Program(
        "@openai/codex",
        "0.171.0",
        "@openai/codex-linux-*/vendor/*/*/codex",
        _codex,
        {
            "write": _patch,
            "shell": lambda command: _one("exec_command", cmd=command),
            "rename": _rename,
            "server": lambda path, text: [
                {
                    "tool": "write_file",
                    "namespace": "mcp__files",
                    "input": {"path": path, "content": text},
                }
            ],
        },
    ),
    "gemini": Program(
        "@google/gemini-cli",
        "0.61.0",
        "@google/gemini-cli/bundle/gemini.js",
        _gemini,
        {
            "write": lambda path, text: _one("write_file", file_path=path, content=text),
            "shell": lambda command: _one("run_shell_command", command=command),
            "server": lambda path, text: _one("mcp_files_write_file", path=path, content=text),
            "edit": lambda path, old, new: _one(
                "replace", file_path=path, old_string=old, new_string=new, instruction="i"
            ),
        },
    ),
    "copilot": Program(
        "@github/copilot",
        "1.0.102",
        "@github/copilot-linux-*/copilot",
        _copilot,
        {
            "write": lambda path, text: _one("create", path=path, file_text=text),
            "shell": lambda command: _one("bash", command=command, description="d"),
            "server": lambda path, text: _one("files-write_file", path=path, content=text),
            "edit": lambda path, old, new: _one("edit", path=path, old_str=old, new_str=new),
            "subagent": lambda prompt: _one(
                "task", name="t", description="d", prompt=prompt, agent_type="general-purpose"
            ),
        },
    ),
    "opencode": Program(
        "opencode-ai",
        "1.18.33",
        "opencode-linux-*/bin/opencode",
        _opencode,
        {
            "write": lambda path, text: _one("write", filePath=path, content=text),
            "shell": lambda command: _one("bash", command=command, description="d"),
            "server": lambda path, text: _one("files_write_file", path=path, content=text),
            "read": lambda path: _one("read", filePath=path),
            "edit": lambda path, old, new: _one(
                "edit", filePath=path, oldString=old, newString=new
            ),
            "subagent": lambda prompt: _one(
                "task", description="d", prompt=prompt, subagent_type="general"
            ),
        },
    ),
}
