"""What agents send, as their documentation shows it, and what they or others might send instead."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.agents.programs import AGENTS
from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import Edit, Event, Write
from guard.agents.protocol.payload import parse_event

PATCH = """\
*** Begin Patch
*** Add File: src/new.py
+print("new")
*** Update File: src/old.py
*** Move to: lib/old.py
@@ def f():
-    return 1
+    return 2
*** Delete File: src/gone.py
*** End Patch
"""
PATCHED = (
    Write("src/new.py", text='print("new")\n'),
    Write("src/old.py", deletes=True),
    Write("lib/old.py", edits=(Edit("    return 1", "    return 2"),)),
    Write("src/gone.py", deletes=True),
)
# code.claude.com/docs/en/hooks: "Common input fields" and the input of each event.
CLAUDE = {
    "session_id": "abc123",
    "prompt_id": "550e8400-e29b-41d4-a716-446655440000",
    "transcript_path": "/home/user/.claude/projects/.../transcript.jsonl",
    "cwd": "/home/user/my-project",
    "permission_mode": "default",
}
# openai/codex, codex-rs/hooks/schema/generated/pre-tool-use.command.input.schema.json.
CODEX = {
    "session_id": "5973b6c0-94b8-487b-a530-2aeb6098ae0e",
    "turn_id": "t1",
    "transcript_path": None,
    "cwd": "/work/app",
    "model": "gpt-5-codex",
    "permission_mode": "default",
    "tool_use_id": "call_1",
}
# google-gemini/gemini-cli, docs/hooks/reference.md, "Base input schema".
GEMINI = {
    "session_id": "g1",
    "transcript_path": "/t.json",
    "cwd": "/work/app",
    "timestamp": "2026-01-02T03:04:05.000Z",
}
# cursor.com/docs/hooks, "Common schema".
CURSOR = {
    "conversation_id": "668320d2",
    "generation_id": "490b90b7",
    "model": "gpt-5",
    "cursor_version": "2.4.21",
    "workspace_roots": ["/work/app"],
    "user_email": None,
    "transcript_path": None,
}
# docs.github.com, "GitHub Copilot hooks reference": camelCase, and no name of the event.
COPILOT = {"sessionId": "c1", "timestamp": 1704614600000, "cwd": "/work/app"}


def pre(common: dict[str, Any], tool: str, **arguments: object) -> dict[str, Any]:
    """Give the payload before a tool runs, as Claude Code, Codex and Gemini CLI write it."""
    event = "BeforeTool" if common is GEMINI else "PreToolUse"
    return {**common, "hook_event_name": event, "tool_name": tool, "tool_input": arguments}


def copilot(tool: str, arguments: object) -> dict[str, Any]:
    """Give Copilot's payload before a tool runs."""
    return {**COPILOT, "toolName": tool, "toolArgs": arguments}


def opencode(tool: str, **arguments: object) -> dict[str, Any]:
    """Give what guard's plugin for opencode sends before a tool runs."""
    return {
        "hook_event_name": "tool.execute.before",
        "cwd": "/w",
        "session_id": "s",
        "tool_name": tool,
        "tool_input": arguments,
    }


def read(agent: str, payload: dict[str, Any], label: str = "") -> Event:
    """Read a payload as the agent would write it."""
    return parse_event(agent, json.dumps(payload).encode(), label)


@pytest.mark.parametrize(
    ("agent", "payload", "label"),
    [
        (
            "claude",
            {**CLAUDE, "hook_event_name": "UserPromptSubmit", "prompt": "Write src/a.py"},
            "",
        ),
        ("claude", pre(CLAUDE, "Read", file_path="/x/a.py"), ""),
        ("claude", pre(CLAUDE, "Grep", pattern="x", path="src"), ""),
        ("claude", pre(CLAUDE, "Task", prompt="edit src/a.py"), ""),
        ("claude", pre(CLAUDE, "mcp__git__git_status", path="src"), ""),
        (
            "claude",
            pre(
                CLAUDE,
                "mcp__github__create_or_update_file",
                owner="o",
                repo="r",
                path="src/a.py",
                content="x",
            ),
            "",
        ),
        (
            "claude",
            pre(CLAUDE, "mcp__filesystem__edit_file", path="a.py", edits=[], dryRun=True),
            "",
        ),
        ("claude", pre(CLAUDE, "mcp__filesystem__create_directory", path="d"), ""),
        ("claude", pre(CLAUDE, "mcp__x__create_file", request={"repo": "r", "path": "a"}), ""),
        ("claude", {**CLAUDE, "hook_event_name": "SubagentStop", "agent_id": "a"}, ""),
        (
            "claude",
            {
                **CLAUDE,
                "hook_event_name": "SomethingNew",
                "tool_name": "Write",
                "tool_input": {"file_path": "a"},
            },
            "",
        ),
        ("gemini", pre(GEMINI, "read_file", file_path="a.py"), ""),
        (
            "cursor",
            {
                **CURSOR,
                "hook_event_name": "afterFileEdit",
                "file_path": "/work/app/a.py",
                "edits": [],
            },
            "",
        ),
        (
            "cursor",
            {
                **CURSOR,
                "hook_event_name": "beforeReadFile",
                "file_path": "/work/app/a.py",
                "content": "x",
            },
            "",
        ),
        ("copilot", copilot("view", '{"path": "a.py"}'), "preToolUse"),
        (
            "copilot",
            copilot("str_replace_editor", '{"command": "view", "path": "a.py"}'),
            "preToolUse",
        ),
        ("copilot", {**COPILOT, "prompt": "hello"}, "userPromptSubmitted"),
        ("copilot", {**COPILOT, "prompt": "hello"}, ""),
        ("copilot", copilot("write_bash", '{"shellId": "1", "input": "rm a"}'), "preToolUse"),
        ("opencode", opencode("tracker_create_issue", title="a", repo="b", path="c"), ""),
        ("claude", {}, ""),
        (
            "claude",
            {"hook_event_name": 7, "tool_name": {"Write": 1}, "tool_input": "x", "cwd": {}},
            "",
        ),
    ],
)
def test_what_asks_nothing(agent: str, payload: dict[str, Any], label: str) -> None:
    """Events and tools that write nothing, or nothing here, are of no kind that is judged."""
    event = read(agent, payload, label)
    assert (event.kind, event.writes, event.command, event.broken) == (kinds.UNKNOWN, (), "", "")


@pytest.mark.parametrize(
    ("agent", "payload", "paths"),
    [
        ("copilot", copilot("files-write_file", '{"path": "a", "content": "x"}'), ["a"]),
        ("opencode", opencode("files_write_file", path="a", content="x"), ["a"]),
        ("opencode", opencode("files_delete_files", paths=["a", "b"]), ["a", "b"]),
        ("opencode", opencode("files_move_file", source="a", destination="b"), ["a", "b"]),
    ],
)
def test_a_servers_tool_that_does_not_say_so(
    agent: str, payload: dict[str, Any], paths: list[str]
) -> None:
    """Copilot and opencode name a server's tool like their own: the verb in its name counts."""
    event = read(agent, payload, "preToolUse" if agent == "copilot" else "")
    assert (event.kind, [write.path for write in event.writes]) == (kinds.BEFORE_WRITE, paths)


def test_the_end_of_a_subagent_is_not_the_sessions() -> None:
    """Copilot runs agentStop for a subagent, too, and names its parent."""
    stop = {**COPILOT, "stopReason": "end_turn", "stop_hook_active": False}
    sub = {"agentId": "s", "agentType": "general-purpose", "parentAgentId": "c"}
    assert not read("copilot", stop, "agentStop").idle
    assert read("copilot", {**stop, **sub}, "agentStop").idle


MULTI_EDIT = [{"old_string": "a", "new_string": "b"}, {"old_string": "c", "new_string": ""}]
SERVER = {"mcp_context": {"server_name": "files", "tool_name": "write_file"}}
CLAUDES = {
    "hook_event_name": "PreToolUse",
    "session_id": "c",
    "cwd": "/w",
    "tool_name": "create",
    "tool_input": {"path": "a.py"},
}


@pytest.mark.parametrize(
    "arguments",
    [
        None,
        7,
        [],
        {},
        "x",
        '{"path": "src/a.py", "file_te',
        {"path": None},
        {"path": 7},
        {"where": "src/a.py"},
    ],
)
@pytest.mark.parametrize("tool", ["Write", "edit", "apply_patch", "Delete"])
def test_a_tool_that_writes_and_names_no_file(tool: str, arguments: object) -> None:
    """If the file of a tool that writes cannot be found, the payload is broken."""
    event = read("copilot", {**COPILOT, "toolName": tool, "toolArgs": arguments}, "preToolUse")
    assert (event.kind, event.writes, event.broken) == (
        kinds.BEFORE_WRITE,
        (),
        f"{tool} names no file that guard could find",
    )


@pytest.mark.parametrize(
    ("agent", "payload", "writes"),
    [
        (
            "claude",
            pre(CLAUDE, "Write", file_path="/p/a.py", content="x"),
            [Write("/p/a.py", text="x")],
        ),
        (
            "claude",
            pre(
                CLAUDE,
                "Edit",
                file_path="/p/a.py",
                old_string="a",
                new_string="b",
                replace_all=True,
            ),
            [Write("/p/a.py", edits=(Edit("a", "b", every=True),))],
        ),
        (
            "claude",
            pre(CLAUDE, "MultiEdit", file_path="/p/a", edits=MULTI_EDIT),
            [Write("/p/a", edits=(Edit("a", "b"), Edit("c", "")))],
        ),
        (
            "claude",
            pre(
                CLAUDE,
                "NotebookEdit",
                notebook_path="/p/a.ipynb",
                new_source="1",
                edit_mode="insert",
            ),
            [Write("/p/a.ipynb")],
        ),
        (
            "claude",
            pre(CLAUDE, "mcp__filesystem__write_file", path="/p/a", content="x"),
            [Write("/p/a", text="x")],
        ),
        (
            "claude",
            pre(
                CLAUDE,
                "mcp__filesystem__edit_file",
                path="a",
                edits=[{"oldText": "a", "newText": "b"}],
                dryRun=False,
            ),
            [Write("a", edits=(Edit("a", "b"),))],
        ),
        (
            "claude",
            pre(CLAUDE, "mcp__filesystem__copy_file", source="a", destination="b"),
            [Write("b")],
        ),
        (
            "claude",
            pre(CLAUDE, "mcp__x__write_file", request={"file_name": "a", "content": "x"}),
            [Write("a", text="x")],
        ),
        (
            "cursor",
            pre(CLAUDE, "EditNotebook", target_notebook="a.ipynb", new_string="x"),
            [Write("a.ipynb")],
        ),
        (
            "claude",
            pre(CLAUDE, "mcp__filesystem__move_file", source="a", destination="b"),
            [Write("a", deletes=True), Write("b")],
        ),
        (
            "claude",
            pre(CLAUDE, "mcp__jetbrains__createNewFile", pathInProject="a", text="x"),
            [Write("a")],
        ),
        (
            "claude",
            pre(CLAUDE, "write", files=[{"path": "a", "content": "1"}, {"file_path": "b"}]),
            [Write("a", text="1"), Write("b")],
        ),
        ("codex", pre(CODEX, "apply_patch", command=PATCH), PATCHED),
        ("codex", pre(CODEX, "shell", command=PATCH), PATCHED),
        (
            "gemini",
            pre(
                GEMINI,
                "replace",
                file_path="/p/a",
                old_string="a",
                new_string="b",
                allow_multiple=True,
            ),
            [Write("/p/a", edits=(Edit("a", "b", every=True),))],
        ),
        (
            "gemini",
            pre(GEMINI, "write_file", file_path="/p/a", content=""),
            [Write("/p/a", text="")],
        ),
        ("gemini", {**pre(GEMINI, "mcp_files_write_file", path="a"), **SERVER}, [Write("a")]),
        (
            "cursor",
            pre(CURSOR, "Write", file_path="/work/app/a", content="x"),
            [Write("/work/app/a", text="x")],
        ),
        ("cursor", pre(CURSOR, "Delete", path="/work/app/a"), [Write("/work/app/a", deletes=True)]),
        (
            "cursor",
            {
                **CURSOR,
                "hook_event_name": "beforeMCPExecution",
                "tool_name": "write_file",
                "tool_input": '{"path": "a"}',
                "command": "npx x",
            },
            [Write("a")],
        ),
        (
            "copilot",
            copilot("create", '{"path": "/work/app/a", "file_text": "x"}'),
            [Write("/work/app/a", text="x")],
        ),
        (
            "copilot",
            copilot("edit", {"path": "a", "old_str": "a", "new_str": "b"}),
            [Write("a", edits=(Edit("a", "b"),))],
        ),
        ("copilot", copilot("apply_patch", PATCH), PATCHED),
        ("copilot", copilot("apply_patch", json.dumps(PATCH)), PATCHED),
        ("copilot", copilot("create", json.dumps('{"path": "a.py"}')), [Write("a.py")]),
        (
            "copilot",
            CLAUDES,
            [Write("a.py")],
        ),  # from the settings of Claude Code, which Copilot reads as well
        (
            "opencode",
            opencode("edit", filePath="/w/a", oldString="a", newString="b"),
            [Write("/w/a", edits=(Edit("a", "b"),))],
        ),
        ("opencode", opencode("patch", patchText=PATCH), PATCHED),
        (
            "opencode",
            opencode("mcp_files_delete", paths=["a", "b"]),
            [Write("a", deletes=True), Write("b", deletes=True)],
        ),
    ],
)
def test_what_is_about_to_be_written(
    agent: str, payload: dict[str, Any], writes: list[Write]
) -> None:
    """Each agent's ways to write a file give its path, and its new content if it is told."""
    event = read(agent, payload)
    assert list(event.writes) == list(writes)
    assert (event.kind, event.broken) == (kinds.BEFORE_WRITE, "")


@pytest.mark.parametrize(
    ("agent", "payload", "command", "directory"),
    [
        (
            "claude",
            pre(CLAUDE, "Bash", command="npm test", description="Run test suite", timeout=120000),
            "npm test",
            "",
        ),
        (
            "codex",
            pre(CODEX, "shell", command=["bash", "-lc", "git commit -n"], workdir="sub"),
            "git commit -n",
            "sub",
        ),
        ("codex", pre(CODEX, "exec_command", cmd="ls"), "ls", ""),
        (
            "codex",
            pre(CODEX, "shell", command=["git", "commit", "-m", "it's"]),
            "'git' 'commit' '-m' 'it'\\''s'",
            "",
        ),
        ("gemini", pre(GEMINI, "run_shell_command", command="ls", dir_path="src"), "ls", "src"),
        (
            "cursor",
            {
                **CURSOR,
                "hook_event_name": "beforeShellExecution",
                "command": "git push -n",
                "cwd": "/w",
            },
            "git push -n",
            "/w",
        ),
        (
            "cursor",
            {
                **CURSOR,
                "hook_event_name": "beforeShellExecution",
                "tool_name": "Shell",
                "tool_input": {"command": "git push -n"},
            },
            "git push -n",
            "",
        ),
        ("copilot", copilot("bash", '{"command": "ls", "description": "x"}'), "ls", ""),
        ("opencode", opencode("bash", command="ls", workdir="/x"), "ls", "/x"),
        ("claude", pre(CLAUDE, "a_tool_of_tomorrow", command="ls"), "ls", ""),
    ],
)
def test_what_a_shell_is_about_to_run(
    agent: str, payload: dict[str, Any], command: str, directory: str
) -> None:
    """Each agent's shell gives the text that runs, and its directory if it is another one."""
    event = read(agent, payload)
    assert (event.kind, event.command, event.directory, event.broken) == (
        kinds.BEFORE_SHELL,
        command,
        directory,
        "",
    )


@pytest.mark.parametrize(
    ("agent", "payload", "kind"),
    [
        (
            "claude",
            {
                **CLAUDE,
                "hook_event_name": "SessionStart",
                "source": "startup",
                "model": "claude-sonnet-5",
            },
            kinds.START,
        ),
        (
            "claude",
            {
                **CLAUDE,
                "hook_event_name": "SubagentStart",
                "agent_id": "agent-abc123",
                "agent_type": "Explore",
            },
            kinds.START,
        ),
        ("claude", {**CLAUDE, "hook_event_name": "Stop", "stop_hook_active": False}, kinds.STOP),
        (
            "claude",
            {**CLAUDE, "hook_event_name": "ConfigChange", "file_path": "/p/.claude/settings.json"},
            kinds.SETTINGS_CHANGED,
        ),
        (
            "claude",
            {**CLAUDE, "hook_event_name": "WorktreeCreate", "name": "feature-auth"},
            kinds.WORKTREE_CREATE,
        ),
        (
            "claude",
            {
                **CLAUDE,
                "hook_event_name": "WorktreeRemove",
                "worktree_path": "/p/.claude/worktrees/a",
            },
            kinds.WORKTREE_REMOVE,
        ),
        (
            "claude",
            {**CLAUDE, "hook_event_name": "SessionEnd", "reason": "other"},
            kinds.CONVERSATION_END,
        ),
        (
            "codex",
            {**CODEX, "hook_event_name": "PostToolUse", "tool_name": "Bash", "tool_response": ""},
            kinds.AFTER_BATCH,
        ),
        (
            "gemini",
            {**GEMINI, "hook_event_name": "AfterTool", "tool_name": "run_shell_command"},
            kinds.AFTER_BATCH,
        ),
        (
            "gemini",
            {**GEMINI, "hook_event_name": "AfterAgent", "prompt": "p", "stop_hook_active": False},
            kinds.STOP,
        ),
        (
            "cursor",
            {**CURSOR, "hook_event_name": "sessionStart", "is_background_agent": False},
            kinds.START,
        ),
        (
            "cursor",
            {**CURSOR, "hook_event_name": "stop", "status": "completed", "loop_count": 0},
            kinds.STOP,
        ),
        ("copilot", {**COPILOT, "source": "new", "initialPrompt": "x"}, kinds.START),
        ("copilot", {**COPILOT, "stopReason": "end_turn", "transcriptPath": "/t"}, kinds.STOP),
        (
            "copilot",
            {**copilot("bash", "{}"), "toolResult": {"resultType": "success"}},
            kinds.AFTER_BATCH,
        ),
        ("opencode", {"hook_event_name": "session.idle", "session_id": "s"}, kinds.STOP),
    ],
)
def test_what_else_agents_tell(agent: str, payload: dict[str, Any], kind: str) -> None:
    """Starts, ends of batches, stops and worktrees are told apart by all their names."""
    event = read(agent, payload)
    assert (event.kind, event.idle, event.active, event.broken) == (kind, False, False, "")


def test_the_command_line_names_the_event() -> None:
    """What the command line says of the event counts, for payloads that do not name it."""
    assert read("copilot", {**COPILOT, "source": "new"}, "agentStop").kind == kinds.STOP
    assert read("copilot", copilot("create", {"path": "a"}), "preToolUse").label == "preToolUse"


def test_where_a_session_is() -> None:
    """The directory, or Cursor's first root, the conversation and a worktree's name are read."""
    assert read("claude", {**CLAUDE, "hook_event_name": "Stop"}).cwd == "/home/user/my-project"
    assert (
        read(
            "cursor", {**CURSOR, "hook_event_name": "stop", "workspace_roots": ["/C:/a b", "/x"]}
        ).cwd
        == "/C:/a b"
    )
    assert read("cursor", {**CURSOR, "hook_event_name": "stop", "cwd": ""}).cwd == "/work/app"
    assert read("copilot", {**COPILOT, "source": "new"}).conversation == "c1"
    assert read("cursor", {**CURSOR, "hook_event_name": "stop"}).conversation == "668320d2"
    assert (
        read("claude", {**CLAUDE, "hook_event_name": "WorktreeCreate", "name": "feature-auth"}).name
        == "feature-auth"
    )


@pytest.mark.parametrize(
    ("payload", "active"),
    [
        ({"hook_event_name": "Stop", "stop_hook_active": False}, False),
        ({"hook_event_name": "Stop", "stop_hook_active": "yes"}, False),
        ({"hook_event_name": "stop", "loop_count": 0}, False),
        ({"hook_event_name": "Stop", "stop_hook_active": True}, True),
        ({"stopReason": "end_turn", "stopHookActive": True}, True),
        ({"hook_event_name": "stop", "loop_count": 2}, True),
    ],
)
def test_going_on_because_a_hook_asked(payload: dict[str, Any], *, active: bool) -> None:
    """Each agent's way to say that a hook has kept it from stopping is known."""
    assert read("claude", payload).active is active


@pytest.mark.parametrize(
    ("payload", "idle"),
    [
        (
            {
                "hook_event_name": "PostToolBatch",
                "tool_calls": [{"tool_name": "Read"}, {"tool_name": "Bash"}],
            },
            False,
        ),
        (
            {"hook_event_name": "PostToolBatch", "tool_calls": [{"tool_name": "mcp__x__read"}]},
            False,
        ),
        ({"hook_event_name": "PostToolBatch", "tool_calls": []}, False),
        ({"hook_event_name": "PostToolBatch", "tool_calls": [{"tool_name": "Task"}]}, False),
        ({"hook_event_name": "PostToolUse", "tool_name": "Bash"}, False),
        ({"hook_event_name": "Stop"}, False),
        ({"hook_event_name": "stop", "status": "completed"}, False),
        ({"hook_event_name": "Stop", "background_tasks": []}, False),
        (
            {
                "hook_event_name": "PostToolBatch",
                "tool_calls": [{"tool_name": "Read"}, {"tool_name": "Edit"}],
            },
            True,
        ),
        ({"hook_event_name": "PostToolUse", "tool_name": "apply_patch"}, True),
        ({"hook_event_name": "stop", "status": "aborted"}, True),
        ({"hook_event_name": "stop", "status": "error"}, True),
        (
            {
                "hook_event_name": "Stop",
                "background_tasks": [{"id": "task-001", "status": "running"}],
            },
            True,
        ),
    ],
)
def test_nothing_to_look_at(payload: dict[str, Any], *, idle: bool) -> None:
    """Batches whose tools were judged before or only read, and pauses, are idle."""
    assert read("claude", payload).idle is idle


WRITE = json.dumps(
    {
        **CLAUDE,
        "hook_event_name": "PreToolUse",
        "tool_name": "Write",
        "tool_input": {"file_path": "/p/ä.py", "content": "x"},
    }
)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(WRITE.encode("utf-8-sig"), id="byte order mark"),
        pytest.param(WRITE.encode("utf-16"), id="UTF-16, as Windows PowerShell pipes"),
        pytest.param(b"\xef\xbb\xbf\xef\xbb\xbf" + WRITE.encode(), id="two marks"),
        pytest.param(b"\r\n\t " + WRITE.encode() + b"\r\n\0\0", id="blanks around"),
        pytest.param(WRITE.encode() + b'{"and": "more"}', id="more behind it"),
        pytest.param(WRITE.replace("\\u00e4", "ä").encode(), id="not ASCII"),
        pytest.param(
            WRITE.replace('"content": "x"', '"content": "x\n\t\x01"').encode(),
            id="control characters in a string",
        ),
        pytest.param(WRITE.replace('"default"', '["' + "a" * 9_000_000 + '"]').encode(), id="9 MB"),
        pytest.param(WRITE.replace('"default"', "[" * 900 + "]" * 900).encode(), id="nested"),
        pytest.param(WRITE.replace('"default"', "NaN").encode(), id="no number"),
    ],
)
def test_payloads_that_are_unusual(raw: bytes) -> None:
    """Encodings, marks, rests and sizes that agents or shells produce are read all the same."""
    event = parse_event("claude", raw)
    assert (event.kind, event.broken, event.cwd) == (
        kinds.BEFORE_WRITE,
        "",
        "/home/user/my-project",
    )
    assert [write.path for write in event.writes] == ["/p/ä.py"]


def test_a_path_that_is_no_unicode_keeps_its_bytes() -> None:
    """Bytes that are not UTF-8 come through as Python has file names."""
    event = parse_event("claude", WRITE.replace("\\u00e4", "X").encode().replace(b"X", b"\xff"))
    assert event.writes[0].path.encode("utf-8", "surrogateescape") == b"/p/\xff.py"


@pytest.mark.parametrize(
    ("raw", "kind", "cwd"),
    [
        (b"", kinds.UNKNOWN, ""),
        (b"   \n", kinds.UNKNOWN, ""),
        (b"null", kinds.UNKNOWN, ""),
        (b"[1, 2]", kinds.UNKNOWN, ""),
        (b'"PreToolUse"', kinds.UNKNOWN, ""),
        (b"\xff\xfe\xff", kinds.UNKNOWN, ""),
        (b"[" * 100_000, kinds.UNKNOWN, ""),
        (b'{"a":' * 100_000, kinds.UNKNOWN, ""),
        (b'{"hook_event_name": "Stop", "cwd": "/p"', kinds.STOP, "/p"),
        (
            (
                b'{"cwd": "/p", "hook_event_name": "PreToolUse", "tool_name": "Write", '
                b'"tool_input": {"content": "xxx'
            ),
            kinds.BEFORE_WRITE,
            "/p",
        ),
        (
            (
                b'{"cwd": "/p", "hook_event_name": "PreToolUse", "tool_name": "Bash", '
                b'"tool_input": {"command": "git'
            ),
            kinds.BEFORE_SHELL,
            "/p",
        ),
        (b'{"cwd": "/p", "hook_event_name": "PreToolUse", "tool_na', kinds.BEFORE_WRITE, "/p"),
        (
            b'{"cwd": "/p", "hook_event_name": "PreToolUse", "tool_name": "Read", "tool_input": {',
            kinds.UNKNOWN,
            "/p",
        ),
        (b'{"cwd": "/p", "hook_event_name": "PreTool', kinds.UNKNOWN, "/p"),
        (b'{"cwd": 7, "hook_event_name": "Stop", "x', kinds.STOP, ""),
        (b"{'cwd': '/p', 'hook_event_name': 'Stop'}", kinds.UNKNOWN, ""),
        (b"hook_event_name: PreToolUse", kinds.UNKNOWN, ""),
    ],
)
def test_payloads_that_cannot_be_read(raw: bytes, kind: str, cwd: str) -> None:
    """What breaks off or is no JSON is broken, with the event and directory at its start."""
    event = parse_event("claude", raw)
    assert event.broken
    assert (event.kind, event.cwd) == (kind, cwd)


NAMES = (
    "hook_event_name tool_name tool_input toolArgs command path files edits cwd workspace_roots "
    "source".split()
)
LEAVES = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(NAMES), inner)
)


@given(
    st.sampled_from(sorted(AGENTS)),
    st.binary() | VALUES.map(lambda value: json.dumps(value).encode()),
)
def test_no_payload_is_too_strange(agent: str, raw: bytes) -> None:
    """Whatever comes in, an event comes out whose fields have the right types."""
    event = parse_event(agent, raw, "PreToolUse")
    assert all(write.path and type(write.path) is str for write in event.writes)
    assert {
        type(text)
        for text in (event.cwd, event.command, event.directory, event.conversation, event.broken)
    } == {str}


@given(st.integers(0, len(WRITE)))
def test_a_payload_may_end_anywhere(length: int) -> None:
    """A write whose payload breaks off after the event is still a write."""
    event = parse_event("claude", WRITE.encode()[:length])
    assert event.broken or length >= len(WRITE)
    if '"PreToolUse"' in WRITE[:length]:
        assert event.kind == kinds.BEFORE_WRITE
