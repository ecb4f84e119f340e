"""What an agent is told in a conversation: the brief, stray files, what the handoff lacks."""

from __future__ import annotations

import json
import os
import re
import shlex
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from guard.agents.hook import reply_to
from guard.agents.programs import AGENTS
from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import ALLOW, Event, Reply
from guard.agents.turn import MOST_ASKED, MOST_IN_ALL
from guard.contracts.brief import LIMIT, WRITE_HANDOFF
from guard.git.isolate import isolated
from guard.git.objects import Objects
from guard.git.plumbing import at
from guard.git.repository import open_repository
from guard.sessions.between.parties import Looking, find_parties
from guard.sessions.patience import untold
from guard.verdict.search import Search
from guard.verdict.trust import read_trust
from tests.agents.asking import Answer, ask
from tests.kit import BASE, POLICY, Ran, Repo

FILE = ".guard/handoffs/feature.md"


@pytest.fixture
def main(repo: Repo) -> Repo:
    """A repository with a policy and two contracts, its base checked out."""
    repo.commit(
        {
            "Makefile": "test:\n",
            "src/types.py": "t\n",
            "guard.toml": BASE + "[shared.types]\nwhy = 'One at a time.'\n"
            "paths = ['src/types.py']\n",
        }
    )
    repo.contract("feature", owns=["src/"], forbids=["src/secret/"], verify=["make test"])
    return repo.contract("other", owns=["other/"], owner="Bob", merges=["types"])


@pytest.fixture
def session(main: Repo) -> Repo:
    """A linked worktree under the contract `feature`."""
    return main.worktree("feature")


def batch(where: Repo, **fields: object) -> Answer:
    """Tell guard that a batch with a shell command has ended."""
    return ask(where, kinds.AFTER_BATCH, "make", fields)


# --- the start ---


@pytest.mark.parametrize("agent", AGENTS)
def test_a_session_is_told_what_it_starts_from(session: Repo, agent: str) -> None:
    """Every agent gets the brief as context, and it is what `guard brief` prints."""
    asked = ask(session, kinds.START, agent=agent)
    assert asked.verb == "tell"
    assert asked.text + "\n" == session.guard("brief").out
    assert "may change    src/" in asked.text


def test_a_subagent_is_told_as_well(session: Repo) -> None:
    """A subagent gets the same brief, and only that."""
    session.write({"docs/a.md": "changed\n"})
    asked = ask(session, kinds.START, "", {"hook_event_name": "SubagentStart", "agent_id": "a"})
    assert json.loads(asked.ran.out)["hookSpecificOutput"]["hookEventName"] == "SubagentStart"
    assert asked.text + "\n" == session.guard("brief").out


def test_what_is_wrong_already_is_part_of_the_brief(session: Repo) -> None:
    """Findings from before the session are told at its start and not after a batch."""
    session.write({f"docs/{number}.md": "x\n" for number in range(9)})
    asked = ask(session, kinds.START)
    assert "What guard check says of this worktree now" in asked.text
    assert "OWN001 outside-contract: docs/0.md contract feature" in asked.text
    assert "and 3 more" in asked.text
    assert batch(session).verb == "allow"


def test_what_cannot_be_judged_is_told_at_the_start(session: Repo) -> None:
    """A worktree that guard cannot judge has a brief all the same, which says so."""
    (session.path / "src/deep").mkdir()
    (session.path / "guard.toml").unlink()
    session.write({".guard/contracts/feature.toml": "owns = 7\n"})
    index = Path(session.git("rev-parse", "--path-format=absolute", "--git-path", "index"))
    index.write_bytes(b"not an index")
    asked = ask(session, kinds.START)
    assert asked.verb == "tell"
    assert "it could not judge: " in asked.text


def test_the_brief_is_no_longer_than_agents_pass_on(main: Repo) -> None:
    """However much there is to say, the brief fits, to its last line."""
    for number in range(20):
        main.contract(
            f"big-{number}",
            goal="x" * 1000,
            owns=[f"dir-{number}-{'y' * 60}-{other}/" for other in range(40)],
        )
    session = main.worktree("feature")
    asked = ask(session, kinds.START)
    assert len(asked.text) <= LIMIT
    assert "guard contract show feature" in asked.text
    assert "may change    src/" in asked.text
    assert session.guard("brief").out.startswith(asked.text[:1000])


# --- after a batch ---


def test_what_a_shell_has_written_is_told_once(session: Repo) -> None:
    """A stray file is told after the batch that made it, and again if it comes back."""
    assert batch(session).verb == "allow"
    session.write({"docs/a.md": "changed\n", "src/b.py": "b\n"})
    asked = batch(session)
    assert asked.verb == "tell"
    assert asked.text.startswith(
        "guard: this worktree has changes that this session may not make "
        "(contract feature, branch feature)"
    )
    assert "error: docs/a.md: OWN001 outside-contract" in asked.text
    assert "src/b.py" not in asked.text
    assert batch(session).verb == "allow"
    session.write({"docs/b.md": "b\n"})
    asked = batch(session)
    assert "docs/b.md" in asked.text
    assert "docs/a.md" not in asked.text
    session.git("checkout", "-q", "--", "docs/a.md")
    assert batch(session).verb == "allow"
    session.write({"docs/a.md": "changed\n"})
    assert "docs/a.md" in batch(session).text


def test_each_session_is_told_for_itself(session: Repo) -> None:
    """Two sessions in one worktree hear of the same file each."""
    session.write({"docs/a.md": "changed\n"})
    assert batch(session, session_id="one").verb == "tell"
    assert batch(session, session_id="two").verb == "tell"
    assert batch(session, session_id="one").verb == "allow"


@pytest.mark.parametrize("agent", AGENTS)
def test_every_agent_hears_of_it(session: Repo, agent: str) -> None:
    """The finding reaches the model in each agent's own way."""
    session.write({"docs/a.md": "changed\n"})
    asked = ask(session, kinds.AFTER_BATCH, "make", agent=agent)
    assert (asked.verb, asked.ran.code) == ("tell", 0)
    assert "docs/a.md: OWN001" in asked.text


def test_a_batch_that_wrote_nothing_unseen_is_not_looked_at(session: Repo) -> None:
    """After tools that guard was asked about before, or that only read, the disk is left alone."""
    session.write({"docs/a.md": "changed\n"})
    assert batch(session, tool_calls=[{"tool_name": "Read"}, {"tool_name": "Edit"}]).verb == "allow"
    assert batch(session, tool_calls=[{"tool_name": "Read"}, {"tool_name": "Bash"}]).verb == "tell"


def test_many_findings_are_counted(session: Repo) -> None:
    """No more than a screen is told."""
    session.write({f"docs/{number}.md": "x\n" for number in range(30)})
    asked = batch(session)
    assert "and 24 more: guard check" in asked.text
    assert len(asked.text.split("\n")) < 20


def test_where_the_disk_cannot_be_judged_it_is_told(session: Repo, main: Repo) -> None:
    """An error after a batch is told, and it stops nothing."""
    main.commit({"guard.toml": "base = 7\n"})
    asked = batch(session)
    assert (asked.verb, asked.ran.code) == ("tell", 0)
    assert "cannot be read" in asked.text


# --- the end ---


def test_nothing_is_asked_where_no_handoff_is_required(main: Repo) -> None:
    """Where the policy requires none and the contract no command, a session may end."""
    main.policy(POLICY).contract("feature", owns=["src/"])
    session = main.worktree("feature")
    session.commit({"src/a.py": "b\n"})
    for agent in AGENTS:
        assert ask(session, kinds.STOP, agent=agent).verb == "allow"


@pytest.fixture
def unfinished(session: Repo) -> Repo:
    """A session with a commit and without a handoff."""
    session.commit({"src/a.py": "b\n"})
    return session


def stop(where: Repo, *, active: bool = False, session: str = "s", idle: bool = False) -> Reply:
    """Tell guard that a session stops."""
    return reply_to(
        Event("claude", kinds.STOP, "Stop", session, str(where.path), active=active, idle=idle)
    )


def test_the_handoff_is_asked_for_until_it_is_there(unfinished: Repo) -> None:
    """A stop is answered with what is missing and what to type, until nothing is missing."""
    asked = stop(unfinished)
    assert asked.verb == "block"
    first, *_, last = asked.text.split("\n")
    assert (
        first
        == f"guard: the handoff of this session is not done yet (asked 1 of {MOST_ASKED} times)."
    )
    assert last == f"next: {WRITE_HANDOFF}"
    assert unfinished.guard("run", "--", "make", "test").code == 0
    assert unfinished.guard("handoff", "draft").code == 0
    draft = (unfinished.path / FILE).read_text()
    unfinished.commit({FILE: draft})
    assert "HND003" in stop(unfinished, active=True).text  # as it was drafted
    unfinished.commit({FILE: re.sub(r"<!--.*?-->\n*", "", draft, flags=re.DOTALL)})
    assert stop(unfinished, active=True) == ALLOW


def test_what_the_request_names_is_enough(main: Repo) -> None:
    """Whoever types its commands, with true words in the brackets, may end."""
    unfinished = main.contract("plain", owns=["plain/"]).worktree("plain")
    unfinished.commit({"plain/a.py": "b\n"})
    text = stop(unfinished).text
    assert "guard run -- COMMAND" in text
    assert unfinished.guard("run", "--", "true").code == 0
    command = re.sub(r"\[what [^]]*\]", "Nothing to tell: a letter.", text.rpartition("next: ")[2])
    written = unfinished.guard(*shlex.split(command)[1:])
    assert written.code == 0, written
    assert stop(unfinished, active=True) == ALLOW


@pytest.mark.parametrize("agent", AGENTS)
def test_a_session_waits_once_the_turn_has_ended(main: Repo, session: Repo, agent: str) -> None:
    """`guard status` knows from the end of a turn to the next hook; not where it had to go on."""

    def is_waiting() -> bool:
        repository, found = open_repository(at(str(main.path))), []
        with closing(Objects(repository.git)) as objects, isolated(repository) as apart:
            trust = read_trust(Search(repository, objects, head=""))
            found = find_parties(Looking(repository, apart, trust, committed=False, told=untold))
        return next(one.waiting for one in found if one.name == "feature")

    ask(session, kinds.START, agent=agent)
    assert not is_waiting()
    assert ask(session, kinds.STOP, agent=agent).verb == "allow"
    assert is_waiting()
    ask(session, kinds.BEFORE_WRITE, "src/a.py", agent=agent)
    assert not is_waiting()
    session.commit({"src/a.py": "b\n"})
    assert ask(session, kinds.STOP, agent=agent).verb == "block"
    assert not is_waiting()


def test_it_is_not_asked_for_before_the_end(unfinished: Repo) -> None:
    """A handoff that is missing is no news at the start or after a batch: it is due at the end."""
    where = str(unfinished.path)
    assert reply_to(Event("claude", kinds.AFTER_BATCH, "PostToolBatch", "s", where)) == ALLOW
    started = reply_to(Event("claude", kinds.START, "SessionStart", "s", where))
    assert "What guard check says" not in started.text
    assert "  handoff       .guard/handoffs/feature.md" in started.text


def test_it_is_not_asked_for_without_end(unfinished: Repo) -> None:
    """After a few times at one commit people are told, and then guard is silent."""
    said = [stop(unfinished, active=number % 2 == 1).verb for number in range(7)]
    assert said == [*["block"] * MOST_ASKED, "note", "allow", "allow", "allow"]


def test_a_handoff_that_gets_better_is_asked_for_on(unfinished: Repo) -> None:
    """Each step that is made starts the count anew, until the handoff is valid."""
    assert nexts(stop(unfinished)) == ["guard run -- make test", WRITE_HANDOFF]
    assert stop(unfinished, active=True).text.startswith(
        "guard: the handoff of this session is not done yet (asked 2 of 3 times)"
    )
    assert unfinished.guard("run", "--", "make", "test").code == 0
    asked = stop(unfinished, active=True)
    assert asked.text.startswith(
        "guard: the handoff of this session is not done yet (asked 1 of 3 times)"
    )
    assert nexts(asked) == [WRITE_HANDOFF]
    assert unfinished.guard("handoff", "draft").code == 0
    [commit] = nexts(stop(unfinished, active=True))
    draft = re.sub(r"<!--.*?-->\n*", "", (unfinished.path / FILE).read_text(), flags=re.DOTALL)
    unfinished.write({FILE: draft})
    assert nexts(stop(unfinished, active=True)) == [commit]
    unfinished.run("sh", "-c", commit)
    assert stop(unfinished, active=True) == ALLOW


def test_a_handoff_that_never_gets_done_is_let_go(unfinished: Repo) -> None:
    """Whatever changes between the times, guard gives up before an agent does."""
    said = []
    for number in range(12):
        unfinished.write({FILE: ""}) if number % 2 else (unfinished.path / FILE).unlink(
            missing_ok=True
        )
        unfinished.git("add", "-fA", ".guard")
        unfinished.git("commit", "-q", "--allow-empty", "-m", "on and on")
        said.append(stop(unfinished, active=number > 0).verb)
    assert said == [*["block"] * MOST_IN_ALL, "note", *["allow"] * (11 - MOST_IN_ALL)]


def nexts(reply: Reply) -> list[str]:
    """Give the commands that are told to type."""
    return [
        line.removeprefix("next: ") for line in reply.text.split("\n") if line.startswith("next: ")
    ]


def test_a_new_commit_is_asked_about_anew(unfinished: Repo) -> None:
    """Work that goes on is asked about again, but not within the chain of one stop."""
    for _ in range(MOST_ASKED + 1):
        stop(unfinished)
    unfinished.commit({"src/a.py": "c\n"})
    assert stop(unfinished, active=True).verb == "allow"
    unfinished.commit({"src/a.py": "d\n"})
    assert stop(unfinished).verb == "block"


def test_each_session_is_asked_for_itself(unfinished: Repo) -> None:
    """One session's patience is not another's."""
    for _ in range(MOST_ASKED + 2):
        stop(unfinished, session="one")
    assert stop(unfinished, session="two").verb == "block"


def test_without_a_memory_it_is_asked_for_once(unfinished: Repo) -> None:
    """Without a note, guard asks only an agent that no hook has made go on."""
    own = Path(unfinished.git("rev-parse", "--absolute-git-dir"))
    (own / "guard").write_text("in the way")
    assert stop(unfinished).verb == "block"
    assert stop(unfinished, active=True) == ALLOW


def test_an_end_that_cannot_be_judged_holds_nobody(session: Repo, main: Repo) -> None:
    """An error at the end is said to the people; the session is not held for it."""
    session.commit({"src/a.py": "b\n"})
    main.commit({"guard.toml": "base = 7\n"})
    asked = ask(session, kinds.STOP)
    assert asked.ran.code == 0
    assert "cannot be read" in json.loads(asked.ran.out)["systemMessage"]


@pytest.mark.parametrize(
    "kind",
    [
        kinds.START,
        kinds.AFTER_BATCH,
        kinds.STOP,
        kinds.SETTINGS_CHANGED,
        kinds.CONVERSATION_END,
        kinds.UNKNOWN,
    ],
)
def test_where_guard_is_not_adopted_it_is_silent(empty: Repo, tmp_path: Path, kind: str) -> None:
    """Without commits, without guard or without a repository, nothing is said."""
    (tmp_path / "folder").mkdir()
    names = {
        kinds.SETTINGS_CHANGED: "ConfigChange",
        kinds.CONVERSATION_END: "SessionEnd",
        kinds.UNKNOWN: "Notification",
    }
    for where in (empty, Repo(tmp_path / "folder"), Repo(tmp_path / "gone")):
        more = {"hook_event_name": names[kind]} if kind in names else {}
        asked = ask(
            Repo(tmp_path), kinds.STOP if more else kind, "", {"cwd": str(where.path), **more}
        )
        assert (asked.verb, asked.ran.code, asked.ran.err) == ("allow", 0, "")
    empty.commit({"a": "a"})
    assert ask(empty, kinds.START).verb == "allow"


def test_on_an_unborn_branch_of_a_repository_with_guard_nothing_is_asked(main: Repo) -> None:
    """A branch without a commit has no handoff yet."""
    main.git("switch", "-q", "--orphan", "fresh")
    assert ask(main, kinds.STOP).verb == "allow"


# --- settings that change under a running session ---


def changed(where: Repo, path: Path) -> Ran:
    """Tell guard that Claude Code has seen its settings change."""
    payload = {
        "hook_event_name": "ConfigChange",
        "cwd": str(where.path),
        "source": "project_settings",
        "file_path": str(path),
    }
    return where.guard("agent", "claude", stdin=json.dumps(payload).encode())


def test_settings_that_keep_guard_may_change(session: Repo, tmp_path: Path) -> None:
    """Settings without a switch, and such as never started guard, may be read anew."""
    session.write({".claude/settings.json": '{"model": "opus"}'})
    for path in (
        session.path / ".claude/settings.json",
        session.path / "src/a.py",
        tmp_path / "none/.claude/settings.json",
    ):
        assert changed(session, path).out == "{}\n"
    assert (
        session.guard("agent", "claude", stdin=b'{"hook_event_name": "ConfigChange"}').out == "{}\n"
    )


def test_settings_that_leave_guard_out_are_not_read(main: Repo, tmp_path: Path) -> None:
    """A change is refused if it disables hooks, or guard that the base starts."""
    line = (
        '{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "guard agent claude"}]}]}}'
    )
    main.commit({".claude/settings.json": line})
    session = main.worktree("feature")
    assert changed(session, session.path / ".claude/settings.json").out == "{}\n"
    session.write({".claude/settings.json": "{}"})
    told = json.loads(changed(session, session.path / ".claude/settings.json").out)
    assert told["decision"] == "block"
    assert "guard agent claude" in told["reason"]
    home = tmp_path / "home/.claude/settings.json"
    home.parent.mkdir(parents=True)
    home.write_text('{"disableAllHooks": true}')
    assert json.loads(changed(session, home).out)["decision"] == "block"


def test_many_at_once(session: Repo, main: Repo) -> None:
    """Twenty hooks at a time, of two conversations, are answered and leave two notes."""
    session.write({"docs/a.md": "changed\n"})
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda number: batch(session, session_id=f"s{number % 2}"), range(20)))
    assert {asked.verb for asked in said} <= {"tell", "allow"}
    assert [asked.verb for asked in said].count("tell") >= 2
    assert sorted(os.listdir(main.path / ".git/worktrees/feature/guard/sessions")) == [
        "s0.json",
        "s1.json",
    ]
    assert session.git("status", "--porcelain") == " M docs/a.md"


def test_notes_are_kept_in_gits_own_folder(session: Repo, main: Repo) -> None:
    """Notes are in the worktree's git directory, go with the worktree, and are no change of it."""
    session.write({"docs/a.md": "changed\n"})
    batch(session, session_id="../../x/y z")
    folder = main.path / ".git/worktrees/feature/guard/sessions"
    assert os.listdir(folder) == ["xyz.json"]
    assert session.git("status", "--porcelain") == " M docs/a.md"
    session.git("checkout", "-q", "--", ".")
    main.git("worktree", "remove", str(session.path))
    assert not folder.exists()
