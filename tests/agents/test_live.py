"""Two agents in two worktrees: who is about to change what another one is changing hears of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from guard.agents.programs import AGENTS, load_agent
from guard.agents.protocol import event as kinds
from tests.agents.asking import Answer, answer, ask, edit, is_allowed, tool
from tests.kit import POLICY, Repo

FILE = "src/a.txt"
LINES = [f"line {number}\n" for number in range(1, 41)]


@pytest.fixture
def main(repo: Repo) -> Repo:
    """Two contracts that own the same folder; the base is checked out."""
    repo.commit(
        {FILE: "".join(LINES), "src/b.txt": "b\n", "guard.toml": POLICY, ".gitignore": "*.log\n"}
    )
    return repo.contract("api", owns=["src/"]).contract("web", owns=["src/"])


@pytest.fixture
def api(main: Repo) -> Repo:
    """The worktree of the session that asks."""
    return main.worktree("api")


@pytest.fixture
def web(main: Repo, api: Repo) -> Repo:
    """The worktree of the other one, which has asked about line 10 and changed it."""
    made = main.worktree("web")
    assert is_allowed(change(made, 10, "theirs"))
    made.write({FILE: "".join(LINES).replace("line 10\n", "theirs\n")})
    return made


def change(where: Repo, line: int, new: str, conversation: str = "c1") -> Answer:
    """Ask whether a line may be changed."""
    arguments = {
        "file_path": str(where.path / FILE),
        "old_string": f"line {line}\n",
        "new_string": f"{new}\n",
    }
    fields = {"tool_name": "Edit", "tool_input": arguments, "session_id": conversation}
    return ask(where, kinds.BEFORE_WRITE, "x", fields)


def batch(where: Repo, agent: str = "claude") -> Answer:
    """Tell guard that a shell command has ended."""
    return ask(where, kinds.AFTER_BATCH, "make", agent=agent)


def note_of(where: Repo) -> list[str]:
    """Give the paths in a worktree's note."""
    file = Path(where.git("rev-parse", "--absolute-git-dir")) / "guard/live"
    return sorted(filter(None, file.read_text().split("\0")))


def test_another_place_in_the_file(api: Repo, web: Repo) -> None:
    """The agent hears whose file it is and where, and the edit goes through."""
    told = change(api, 30, "mine")
    assert (told.verb, told.ran.code, told.ran.err) == ("tell", 0, "")
    assert told.text == (
        "guard: nothing is refused, but another session is at work in the same place:\n"
        f"warning: {FILE}: OVL001 same-file: session web is changing this file in {web.path}, "
        "not committed yet\n"
        "Whoever is merged second gets the conflict. Keep your change there small, and tell the "
        "user which file both sessions are changing, so that they can agree who goes first.\n"
        "next: guard conflicts --diff   # what both sides did"
    )


def test_the_same_lines(api: Repo, web: Repo) -> None:
    """The lines are those of the edit that is about to be made."""
    assert "OVL002 same-hunk" in change(api, 10, "mine\nmine").text
    assert "line 10 there, lines 10-11 here" in change(api, 10, "mine\nmine", "c2").text


def test_once_in_a_conversation(api: Repo, web: Repo) -> None:
    """The file is told once, its lines once more, and to another conversation again."""
    assert "OVL001" in change(api, 30, "mine").text
    assert is_allowed(change(api, 31, "mine"))
    assert "OVL002" in change(api, 10, "mine").text
    assert is_allowed(change(api, 10, "mine"))
    assert is_allowed(change(api, 31, "mine"))
    assert "OVL001" in change(api, 30, "mine", "c2").text


def test_what_is_told_outlasts_a_batch(api: Repo, web: Repo) -> None:
    """What the disk has after a command is another matter than what was told."""
    fields = {"session_id": "guard-selftest"}
    assert change(api, 30, "mine", fields["session_id"]).verb == "tell"
    assert is_allowed(batch(api))
    assert is_allowed(change(api, 31, "mine", fields["session_id"]))


def test_content_that_is_not_known(api: Repo, web: Repo) -> None:
    """Where the payload does not tell the lines, the file is named."""
    asked = tool(api, "mcp__files__write_file", path=str(api.path / FILE))
    assert "OVL001" in asked.text


def test_a_whole_file(api: Repo, web: Repo) -> None:
    """A tool that writes the whole file changes the lines that differ."""
    text = "".join(LINES)
    name = str(api.path / FILE)
    asked = tool(api, "Write", file_path=name, content=text.replace("line 30\n", "mine\n"))
    assert "OVL001" in asked.text
    asked = tool(api, "Write", file_path=name, content=text.replace("line 9\n", "mine\n"))
    assert "line 10 there, line 9 here" in asked.text  # git's merge stops at neighbours, too


def test_ends_of_lines_do_not_count(api: Repo, web: Repo) -> None:
    """A file with carriage returns differs from what git stores in every line, and means none."""
    api.git("config", "core.autocrlf", "true")
    api.write({FILE: "".join(LINES).replace("\n", "\r\n")})
    asked = edit(api, FILE, "line 30\r\n", "mine\r\n")
    assert "OVL001" in asked.text


def test_what_was_only_asked_about(api: Repo, main: Repo) -> None:
    """An agent that asked and wrote nothing changes nothing."""
    other = main.worktree("web")
    assert is_allowed(change(other, 10, "theirs"))
    assert note_of(other) == [FILE]
    assert is_allowed(change(api, 10, "mine"))


def test_what_was_committed(api: Repo, web: Repo) -> None:
    """A commit ends it, and the note is written anew after the command."""
    web.git("commit", "-qam", "work")
    assert is_allowed(change(api, 10, "mine"))
    batch(web)
    assert note_of(web) == []


def test_what_git_ignores(api: Repo, web: Repo) -> None:
    """A file that is ignored is nobody's work."""
    for where in (web, api):
        assert is_allowed(
            tool(where, "Write", file_path=str(where.path / "src/x.log"), content="x")
        )
        where.write({"src/x.log": f"{where.path}\n"})
    assert is_allowed(tool(api, "Write", file_path=str(api.path / "src/x.log"), content="y"))


def test_a_policy_may_refuse(main: Repo, api: Repo, web: Repo) -> None:
    """With `error` the edit is refused, as often as it is tried, and the commit as well."""
    main.commit({"guard.toml": POLICY + "[rules]\nsame-hunk = 'error'\n"})
    for _ in range(2):
        asked = change(api, 10, "mine")
        assert (asked.verb, asked.ran.code) == ("deny", 2)
        assert asked.text.startswith(f"guard refused this: {FILE}: OVL002 same-hunk: session web")
        assert "Leave that file to the other session until it has committed" in asked.text
    assert change(api, 30, "mine").verb == "tell"


def test_a_shell_command_is_told_afterwards(api: Repo, web: Repo) -> None:
    """What `sed -i` has changed beside a sibling is told after the batch, once."""
    api.write({FILE: "".join(LINES).replace("line 10\n", "mine\n")})
    assert "OVL002" in batch(api).text
    assert is_allowed(batch(api))
    assert note_of(api) == [FILE]


def test_a_note_has_what_is_not_committed(api: Repo, web: Repo) -> None:
    """After a batch it has new, changed and deleted files, and none that is committed."""
    web.commit({FILE: "x\n", "src/c.txt": "c\n"})
    web.write({"src/new.txt": "n\n", "src/c.txt": "d\n"})
    (web.path / "src/b.txt").unlink()
    batch(web)
    assert note_of(web) == ["src/b.txt", "src/c.txt", "src/new.txt"]


@pytest.mark.parametrize("agent", AGENTS)
def test_every_agent_hears_it(api: Repo, web: Repo, agent: str) -> None:
    """Before the write or, where an agent hears nothing then, after a batch."""
    asked = ask(api, kinds.BEFORE_WRITE, str(api.path / FILE), agent=agent)
    if load_agent(agent).tells_before:
        assert (asked.verb, asked.ran.code) == ("tell", 0)
        return
    assert is_allowed(asked)
    api.write({FILE: "mine\n"})
    assert batch(api, agent).text.startswith("guard: nothing is refused")


def test_a_coordinator_hears_it_too(main: Repo, api: Repo, web: Repo) -> None:
    """An agent on the base that writes into a session's worktree hears what that session would."""
    asked = tool(main, "Write", file_path=str(api.path / FILE), content="mine\n")
    assert "OVL002 same-hunk: session web" in asked.text
    ran = answer(main, "claude", kinds.BEFORE_WRITE, asked.ran)
    assert ran.verb == "tell"
