"""`guard agent NAME` as a process: payloads, answers, and bugs in guard itself."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from guard.agents.programs import AGENTS
from guard.agents.protocol import event as kinds
from guard.agents.setup.imitation import sample, understood
from tests.agents.asking import answer, ask, write
from tests.kit import GUARD, UNMEASURED, Repo, linked_session

BROKEN = """\
import sys
import guard.agents.may_write
from guard.__main__ import main
{}
sys.exit(main())
"""


@pytest.fixture(name="session")
def session_worktree(repo: Repo) -> Repo:
    """A linked worktree under the contract `feature`."""
    return linked_session(repo)


@pytest.mark.parametrize("agent", AGENTS)
def test_every_agent_is_answered(session: Repo, agent: str) -> None:
    """Each agent is answered on two writes and two shell commands, in its own way."""
    assert write(session, "src/b.py", agent=agent).verb == "allow"
    refused = write(session, "docs/a.md", agent=agent)
    assert (refused.verb, "docs/a.md: OWN001" in refused.text) == ("deny", True)
    assert ask(session, kinds.BEFORE_SHELL, "git commit --no-verify", agent=agent).verb == "deny"
    assert ask(session, kinds.BEFORE_SHELL, "make test", agent=agent).verb == "allow"


@pytest.mark.parametrize("agent", AGENTS)
def test_standard_output_holds_the_answer_and_nothing_else(session: Repo, agent: str) -> None:
    """Whatever is said, standard output is one line of JSON in ASCII."""
    for ran in (
        write(session, "src/ä.py", agent=agent).ran,
        write(session, "docs/ä\n.md", agent=agent).ran,
    ):
        assert ran.out.isascii()
        assert ran.out.count("\n") == 1
        json.loads(ran.out)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"{",
        b"[]",
        b"no JSON",
        b'{"hook_event_name": "PreToolUse", "tool_name": "Write", "tool_',
    ],
)
@pytest.mark.parametrize("agent", AGENTS)
def test_what_cannot_be_read_is_refused_where_guard_is_adopted(
    session: Repo, tmp_path: Path, agent: str, raw: bytes
) -> None:
    """A payload that cannot be read is refused where guard is adopted, ignored elsewhere."""
    words = ["preToolUse"] if agent == "copilot" else []
    asked = answer(
        session, agent, kinds.BEFORE_WRITE, session.guard("agent", agent, *words, stdin=raw)
    )
    assert asked.verb == "deny"
    assert asked.text.startswith("guard could not read the event: ")
    assert asked.text.endswith(f"hint: guard agent selftest {agent}")
    assert session.guard("agent", agent, *words, stdin=raw, cwd=tmp_path).out == "{}\n"


@pytest.mark.parametrize(
    ("event", "key"),
    [
        ("Stop", "systemMessage"),
        ("ConfigChange", "systemMessage"),
        ("SessionStart", "hookSpecificOutput"),
        ("PostToolBatch", "hookSpecificOutput"),
    ],
)
def test_what_stops_no_tool_is_told_and_holds_nothing(session: Repo, event: str, key: str) -> None:
    """Where nothing can be refused, a broken payload is told, with exit status 0."""
    ran = session.guard(
        "agent", "claude", stdin=f'{{"hook_event_name": "{event}", "cwd": "{session.path}"'.encode()
    )
    assert (ran.code, list(json.loads(ran.out))) == (0, [key])
    assert "the payload is cut off" in ran.out


@pytest.mark.parametrize(
    "event", ["UserPromptSubmit", "Notification", "PreCompact", "SessionEnd", "SomethingNew"]
)
def test_an_event_that_asks_nothing_is_not_held_by_its_payload(session: Repo, event: str) -> None:
    """With exit status 2 Claude Code would drop what a person has typed."""
    ran = session.guard(
        "agent", "claude", stdin=f'{{"hook_event_name": "{event}", "cwd": "{session.path}"'.encode()
    )
    assert (ran.code, ran.out.strip() in ("", "{}")) == (0, True)


def test_a_write_that_names_no_file_is_refused(session: Repo, tmp_path: Path) -> None:
    """A write without a file is refused where guard is adopted, ignored elsewhere."""
    half = json.dumps({"path": str(session.path / "docs/a.md"), "file_text": "x"})[:-9]
    asked = ask(session, kinds.BEFORE_WRITE, "", {"toolArgs": half}, agent="copilot")
    assert (asked.verb, asked.text.split("\n")[0]) == (
        "deny",
        "guard could not read the event: create names no file that guard could find",
    )
    assert ask(session, kinds.BEFORE_WRITE, "", {"tool_input": None}).verb == "deny"
    assert (
        ask(session, kinds.BEFORE_WRITE, "", {"tool_input": {"place": "docs/a.md"}}).verb == "deny"
    )
    assert (
        ask(session, kinds.BEFORE_WRITE, "", {"tool_input": None, "cwd": str(tmp_path)}).verb
        == "allow"
    )
    assert (
        ask(
            session,
            kinds.BEFORE_WRITE,
            "",
            {"tool_name": "mcp__linear__create_issue", "tool_input": {"title": "x"}},
        ).verb
        == "allow"
    )


def test_a_huge_payload(session: Repo) -> None:
    """Content of 20 MB is read and judged; what is above the limit breaks off, and is refused."""
    content = "x" * 20_000_000
    assert (
        ask(
            session,
            kinds.BEFORE_WRITE,
            "",
            {"tool_input": {"file_path": "src/a", "content": content}},
        ).verb
        == "allow"
    )
    assert (
        ask(
            session,
            kinds.BEFORE_WRITE,
            "",
            {"tool_input": {"file_path": "docs/a", "content": content}},
        ).verb
        == "deny"
    )
    assert (
        ask(
            session,
            kinds.BEFORE_WRITE,
            "",
            {"tool_input": {"content": content * 4, "file_path": "src/a"}},
        ).verb
        == "deny"
    )


def test_fields_that_nobody_knows_are_of_no_consequence(session: Repo) -> None:
    """Agents add fields with every version."""
    assert (
        ask(
            session,
            kinds.BEFORE_WRITE,
            "src/b.py",
            {"new_field": {"file_path": "docs/a.md"}, "tool_result": None},
        ).verb
        == "allow"
    )


def test_no_directory_at_all(session: Repo) -> None:
    """Where the payload names no directory, or a relative one, it is the process's own."""
    assert ask(session, kinds.BEFORE_WRITE, "docs/a.md", {"cwd": ""}).verb == "deny"
    assert ask(session, kinds.BEFORE_WRITE, "docs/a.md", {"cwd": "."}).verb == "deny"
    assert ask(session, kinds.BEFORE_WRITE, "src/a.py", {"cwd": "elsewhere"}).verb == "allow"


def test_a_process_whose_directory_is_gone(session: Repo, tmp_path: Path) -> None:
    """A hook may be started where nothing is any more: the payload's directory counts."""
    gone = tmp_path / "gone"
    gone.mkdir()
    payload = json.dumps(
        sample("claude", kinds.BEFORE_WRITE, str(session.path), "docs/a.md").payload
    )
    script = f"cd {gone} && rmdir {gone} && exec {' '.join(GUARD)} agent claude"
    ran = session.run("sh", "-c", script, stdin=payload.encode(), ok=())
    assert answer(session, "claude", kinds.BEFORE_WRITE, ran).verb == "deny"
    ran = session.run(
        "sh",
        "-c",
        script.replace(f"rmdir {gone}", "true").replace(str(gone), "/"),
        stdin=b"",
        ok=(),
    )
    assert ran.out == "{}\n"


def test_a_person_at_a_terminal_is_told_what_this_is(session: Repo) -> None:
    """Typed by hand, it does not wait for a payload for ever."""
    here, there = pty.openpty()
    done = subprocess.run(
        [*GUARD, "agent", "claude"],
        stdin=there,
        capture_output=True,
        cwd=session.path,
        check=False,
        timeout=20,
    )
    os.close(here)
    os.close(there)
    assert done.returncode == 2
    assert done.stderr.decode() == (
        "guard: Claude Code starts this and sends its event on standard input\n"
        "  hint: guard agent selftest claude\n"
    )


def test_an_agent_that_guard_does_not_know(session: Repo) -> None:
    """A name that is none is an error with an example, and not an answer."""
    ran = session.guard("agent", "aider", stdin=b"{}")
    assert (ran.code, ran.out) == (2, "")
    assert (
        ran.err
        == "guard: no such command 'aider'\n  hint: for example: guard agent install claude\n"
    )


# --- when guard breaks down ---


def broken_down(
    where: Repo, kind: str, patch: str, *, agent: str = "claude"
) -> tuple[str, str, int, str]:
    """Ask a guard with a bug; give the verb, the text, the exit status and standard error."""
    made = sample(agent, kind, str(where.path), "src/a.py")
    code = BROKEN.format(patch)
    argv = [
        sys.executable,
        "-I",
        "-c",
        code,
        "agent",
        agent,
        *([made.event] if agent == "copilot" else []),
    ]
    ran = where.run(*argv, stdin=json.dumps(made.payload).encode(), ok=(), env=UNMEASURED)
    asked = answer(where, agent, kind, ran)
    return asked.verb, asked.text, ran.code, ran.err


WRITE_BUG = "guard.agents.may_write.locate = lambda *a, **k: 1 / 0"
START_BUG = (
    "import guard.agents.conversation; guard.agents.conversation.brief = lambda *a, **k: 1 / 0"
)


@pytest.mark.parametrize("agent", AGENTS)
def test_a_bug_refuses_where_guard_is_adopted(session: Repo, empty: Repo, agent: str) -> None:
    """With a bug a write is refused; the report for people is on standard error."""
    verb, text, _, err = broken_down(session, kinds.BEFORE_WRITE, WRITE_BUG, agent=agent)
    assert verb == "deny"
    assert text.startswith(
        "guard: this is a bug in guard, not in your work; no verdict was reached"
    )
    assert "ZeroDivisionError" in err


def test_a_bug_is_silent_where_guard_is_not_adopted(tmp_path: Path) -> None:
    """There nobody is stopped by a bug; people can still read of it."""
    plain = Repo.init(tmp_path / "plain")
    verb, _, code, err = broken_down(plain, kinds.BEFORE_WRITE, WRITE_BUG)
    assert (verb, code) == ("allow", 0)
    assert "ZeroDivisionError" in err


def test_a_bug_at_the_start_stops_nobody(session: Repo) -> None:
    """A brief that could not be made is told as what it is."""
    verb, text, code, _ = broken_down(session, kinds.START, START_BUG)
    assert (verb, code) == ("tell", 0)
    assert "this is a bug in guard" in text


def test_an_error_before_anything_was_asked_is_an_error(session: Repo) -> None:
    """Where not even the payload could be read, the exit status says it alone."""
    patch = "import guard.agents.hook; guard.agents.hook.parse_event = lambda *a: 1 / 0"
    made = sample("claude", kinds.BEFORE_WRITE, str(session.path), "src/a.py")
    ran = session.run(
        sys.executable,
        "-I",
        "-c",
        BROKEN.format(patch),
        "agent",
        "claude",
        stdin=json.dumps(made.payload).encode(),
        ok=(3,),
    )
    assert "ZeroDivisionError" in ran.err


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="only Linux has a disk that is always full"
)
@pytest.mark.parametrize(
    ("broken", "unbuffered"),
    [
        ("> /dev/full", ""),
        ("> /dev/full", "1"),
        (">&-", ""),
        ("2> /dev/full", "1"),
        (">&- 2>&-", ""),
    ],
)
@pytest.mark.parametrize("agent", ["claude", "cursor", "copilot"])
def test_a_full_disk_is_no_permission(
    session: Repo, agent: str, broken: str, unbuffered: str
) -> None:
    """If the answer cannot be written, the exit status alone refuses, and only what is wrong."""
    for path, refused in (("docs/a.md", True), ("src/a.py", False)):
        made = sample(agent, kinds.BEFORE_WRITE, str(session.path), str(session.path / path))
        event = made.event if agent == "copilot" else ""
        script = f"exec {' '.join(GUARD)} agent {agent} {event} {broken}"
        env = {**UNMEASURED, "PYTHONUNBUFFERED": unbuffered}
        ran = session.run(
            "sh", "-c", script, stdin=json.dumps(made.payload).encode(), ok=(), env=env
        )
        reply = understood(agent, kinds.BEFORE_WRITE, ran.out, ran.err, ran.code)
        assert (ran.code == 2 or (reply is not None and reply.verb == "deny")) is refused
        assert "Traceback" not in ran.err


def test_a_closed_input_is_an_empty_payload(session: Repo, tmp_path: Path) -> None:
    """Without input nothing is permitted, and where there is no guard nothing is stopped."""
    script = f"exec {' '.join(GUARD)} agent claude <&-"
    assert (
        answer(session, "claude", kinds.BEFORE_WRITE, session.run("sh", "-c", script, ok=())).verb
        == "deny"
    )
    assert session.run("sh", "-c", script, ok=(), cwd=tmp_path).out == "{}\n"
