"""The plugins that are shipped: a folder for Claude Code and a file for opencode."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import guard
from guard.agents.programs import load_agent, use_of
from tests.kit import GUARD, Repo, linked_session

ROOT = Path(__file__).parents[2]
CLAUDE = ROOT / "hooks/claude-code"
SHIPPED = ROOT / "hooks/opencode/guard.js"

# Drives the plugin as opencode does: each step is printed as one line of JSON.
DRIVER = """
import plugin from "{plugin}"
const say = (...told) => console.log(JSON.stringify(told))
const tried = async (name, run) => {
  try { say(name, await run() ?? null) } catch (error) { say(name, "threw", error.message) }
}
const prompts = []
const parents = { child: "s" }
const session = {
  get: async ({ path }) => ({ data: { parentID: parents[path.id] } }),
  promptAsync: async (prompt) => { prompts.push(prompt) },
}
const toasts = []
const client = { session, tui: { showToast: async (toast) => { toasts.push(toast.body.message) } } }
const hooks = await plugin.server({ client, directory: "{directory}" })
const before = (tool, args) =>
  tried(tool, () => hooks["tool.execute.before"]({ tool, sessionID: "s", callID: "c" }, { args }))
await before("write", { filePath: "{directory}/src/b.py", content: "b" })
await before("write", { filePath: "{directory}/docs/b.md", content: "b" })
await before("bash", { command: "git commit --no-verify" })
await before("read", { filePath: "docs/a.md" })
await tried("child", () =>
  hooks["tool.execute.before"]({ tool: "bash", sessionID: "child", callID: "d" }, { args: {} }))
const after = { title: "", output: "done", metadata: {} }
const ended = { tool: "bash", sessionID: "s", callID: "c", args: { command: "x" } }
await hooks["tool.execute.after"](ended, after)
say("after", after.output)
const system = []
await hooks["experimental.chat.system.transform"]({ sessionID: "s" }, { system })
await hooks["experimental.chat.system.transform"]({}, { system })
say("system", system.length, system[0] ?? "")
const event = (type, properties) => hooks.event({ event: { type, properties } })
await event("session.error", { sessionID: "s", error: { name: "MessageAbortedError" } })
await event("session.idle", { sessionID: "s" })
await event("session.idle", { sessionID: "child" })
await event("message.updated", {})
say("aborted", prompts.length)
await event("session.idle", { sessionID: "s" })
say("prompts", prompts)
say("toasts", toasts)

const registered = {}
const hook = async (name, run) => { registered[name] = run }
const succeeded = { type: "session.execution.succeeded", data: { sessionID: "s" } }
const events = [{ type: "other" }, succeeded]
const again = []
await plugin.setup({
  tool: { hook },
  session: {
    hook,
    get: async () => ({ location: { directory: "{directory}" } }),
    prompt: async (prompt) => { again.push(prompt) },
  },
  event: { subscribe: async function* () { yield* events } },
})
const edit = { tool: "edit", input: { filePath: "{directory}/docs/b.md" }, sessionID: "s" }
await tried("v2 write", () => registered["execute.before"](edit))
const result = { content: [{ type: "text", text: "done" }] }
const call = { tool: "bash", input: { command: "x" }, sessionID: "t", result }
await registered["execute.after"](call)
say("v2 after", call.result.content.length, call.result.content[1]?.text ?? "")
const context = { sessionID: "s", system: [] }
await registered["context"](context)
say("v2 system", context.system[0]?.text ?? "")
for (let waited = 0; again.length < {stops} && waited < 100; waited += 1) {
  await new Promise((done) => setTimeout(done, 50))
}
say("v2 prompts", again)
"""


def test_the_plugin_folder_is_what_claude_code_takes() -> None:
    """plugin.json has a valid name and known fields; the hooks are those of an install."""
    told = json.loads((CLAUDE / ".claude-plugin/plugin.json").read_text())
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", told["name"])
    assert told["version"] == guard.__version__
    # code.claude.com/docs/en/plugins-reference, "Plugin manifest schema"
    assert {name: type(value) for name, value in told.items()} == {
        "name": str,
        "version": str,
        "description": str,
        "author": dict,
        "license": str,
        "keywords": list,
    }
    hooks = json.loads((CLAUDE / "hooks/hooks.json").read_text())
    assert set(hooks) == {"description", "hooks"}
    assert hooks["hooks"] == dict(load_agent("claude").hooks)
    assert sorted(
        path.relative_to(CLAUDE).as_posix() for path in CLAUDE.rglob("*") if path.is_file()
    ) == [
        ".claude-plugin/plugin.json",
        "hooks/hooks.json",
    ]


def test_the_plugin_file_is_the_one_in_the_package() -> None:
    """The file in hooks/ is what an install writes; tools that it passes over only read."""
    text = SHIPPED.read_text()
    assert text == (ROOT / "guard/agents/programs/plugin.js").read_text()
    readers, writers = (
        re.findall(r'"([a-z_ ]+)"\.split\(" "\)', text)[place].split() for place in (0, 1)
    )
    assert {use_of(name, "opencode") for name in writers} == {"write"}
    assert not {use_of(name, "opencode") for name in readers} & {"write", "delete", "move", "shell"}


@pytest.fixture(name="session")
def session_worktree(repo: Repo) -> Repo:
    """A linked worktree under the contract `feature`."""
    return linked_session(repo)


def drive(session: Repo, folder: Path, line: str, stops: int) -> dict[str, list[Any]]:
    """Drive the plugin, with a `guard` on PATH that is one line of shell; give its output."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node here to run the plugin with")
    (folder / "bin").mkdir()
    (folder / "bin/guard").write_text(f"#!/bin/sh\n{line}\n")
    (folder / "bin/guard").chmod(0o755)
    values = {"plugin": str(SHIPPED), "directory": str(session.path), "stops": str(stops)}
    script = DRIVER
    for name, value in values.items():
        script = script.replace("{" + name + "}", value)
    (folder / "driver.mjs").write_text(script)
    ran = session.run(
        node, str(folder / "driver.mjs"), env={"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    )
    return {name: told for name, *told in map(json.loads, ran.out.splitlines())}


def test_the_plugin_asks_and_obeys(session: Repo, tmp_path: Path) -> None:
    """By both interfaces tools are stopped, stray files are told, and the brief is given."""
    session.write({"docs/a.md": "changed\n"})
    said = drive(session, tmp_path, f'exec {" ".join(GUARD)} "$@"', 0)
    assert said["write"][0] == "threw"
    assert said["write"][1].startswith("guard refused this: docs/b.md: OWN001")
    assert said["bash"][1].startswith("guard refused this: git commit --no-verify")
    assert said["read"] == [None]
    assert said["after"][0].startswith("done\n\nguard: this worktree has changes")
    assert said["system"][0] == 1
    assert "may change    src/" in said["system"][1]
    assert said["prompts"] == [[]]
    assert said["v2 write"][1].startswith("guard refused this: docs/b.md: OWN001")
    assert said["v2 after"][0] == 2
    assert "docs/a.md: OWN001" in said["v2 after"][1]
    assert "may change    src/" in said["v2 system"][0]


def test_the_plugin_hands_on_what_stops_nothing(session: Repo, tmp_path: Path) -> None:
    """What guard tells before a tool that may run is put behind the tool's output, once."""
    line = """case "$(cat)" in *execute.before*) echo '{"tell": "know"}';; *) echo '{}';; esac"""
    said = drive(session, tmp_path, line, 0)
    assert said["write"] == [None]
    assert said["after"] == ["done\n\nknow\nknow\nknow"]  # of three tools
    assert said["v2 after"] == [1, ""]


def test_the_plugin_asks_for_the_handoff(session: Repo, tmp_path: Path) -> None:
    """The model is asked to go on at an end, but not after a person's stop or for a subagent."""
    answer = '{"block": "go on"}'
    said = drive(
        session,
        tmp_path,
        f"case \"$(cat)\" in *session.idle*) echo '{answer}';; *) echo '{{}}';; esac",
        1,
    )
    assert said["aborted"] == [0]
    assert said["prompts"] == [
        [{"path": {"id": "s"}, "body": {"parts": [{"type": "text", "text": "go on"}]}}]
    ]
    assert said["v2 prompts"] == [[{"sessionID": "s", "text": "go on"}]]


def test_the_plugin_says_which_session_works_for_another(session: Repo, tmp_path: Path) -> None:
    """The tools of a subagent come with the session that it works for, others without one."""
    part = """*'"parent_agent_id":"s"'*) echo '{"deny": "part"}'"""
    line = f"case \"$(cat)\" in {part};; *) echo '{{}}';; esac"
    said = drive(session, tmp_path, line, 0)
    assert (said["child"], said["bash"]) == (["threw", "part"], [None])


def test_the_plugin_shows_people_what_is_for_them(session: Repo, tmp_path: Path) -> None:
    """What guard has for a person at the end is shown, once, and the model goes on with nothing."""
    line = """case "$(cat)" in *session.idle*) echo '{"note": "not done"}';; *) echo '{}';; esac"""
    said = drive(session, tmp_path, line, 0)
    assert (said["toasts"], said["prompts"]) == ([["not done"]], [[]])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("exit 1", "guard did not answer (exit status 1)"),
        ("echo no JSON", "guard did not answer (exit status 0)"),
        ("exit 2", "guard did not answer (exit status 2)"),
        ("kill -9 $$", "guard did not answer (exit status null)"),
        ("rm -f \"$0\"; echo '{}'", "guard cannot be started"),
    ],
)
def test_where_guard_does_not_answer_no_tool_runs(
    session: Repo, tmp_path: Path, line: str, told: str
) -> None:
    """If guard fails, a tool that it should judge is stopped; start and end go on."""
    said = drive(session, tmp_path, line, 0)
    assert said["bash"][0] == "threw"
    assert told in said["bash"][1]
    assert (said["read"], said["after"], said["system"], said["prompts"]) == (
        [None],
        ["done"],
        [0, ""],
        [[]],
    )
