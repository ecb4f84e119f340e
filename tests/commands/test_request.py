"""`guard request` and `guard grant`: a session asks for paths, and whoever leads answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guard.agents.programs import AGENTS, load_agent
from guard.agents.protocol import event as kinds
from tests.agents.asking import ask
from tests.kit import METADATA, POLICY, Ran, Repo, team


@pytest.fixture
def main(repo: Repo) -> Repo:
    """A repository with the sessions api and web, each in its worktree."""
    team(repo, policy=POLICY + METADATA)
    for name in ("api", "web"):
        assert repo.guard("start", name).code == 0
    return repo


def at(repo: Repo, name: str = "web") -> Repo:
    """The worktree of a session."""
    return Repo(repo.path / ".claude/worktrees" / name)


def request(repo: Repo, *words: str) -> Ran:
    """Run `guard request` in the session web."""
    return at(repo).guard("request", *words)


def heard(repo: Repo, event: str = "PostToolBatch", **more: object) -> str:
    """What the agent of the session web is told at a hook."""
    payload = {"hook_event_name": event, "cwd": str(at(repo).path), "session_id": "1", **more}
    ran = at(repo).guard("agent", "claude", stdin=json.dumps(payload).encode())
    assert ran.code == (2 if '"deny"' in ran.out else 0), ran
    return ran.out


def test_asked_granted_and_heard(main: Repo) -> None:
    """Asking changes nothing; the grant counts at once; the agent hears of it once."""
    session = at(main).write({"docs/a.py": "new\n"})
    assert request(main, "docs/a.py").code == 2
    ran = request(main, "docs/a.py", "--why", "a link to the page")
    assert ran.code == 0, ran
    assert session.check().codes == {"docs/a.py": ["OWN001"]}
    assert "request" not in heard(main)
    assert main.guard("grant").out.splitlines() == [
        "web asks for docs/a.py: a link to the page",
        "  next: guard grant web   # or: guard grant web --deny --why TEXT",
    ]
    ran = main.guard("grant", "web")
    assert ran.code == 0, ran
    assert session.check().codes == {}
    assert "your request was granted; this session may change docs/a.py now" in heard(main)
    assert "request" not in heard(main)
    assert main.guard("grant").out == "no session asks for anything\n"
    assert request(main).out == "web has asked for nothing\n"


def test_denied(main: Repo) -> None:
    """The reason reaches the agent when its conversation starts, and nothing is changed."""
    before = main.head()
    request(main, "docs/a.py", "--why", "x")
    assert main.guard("grant", "web", "--deny", "--why", "docs come later").code == 0
    assert main.head() == before
    assert "was denied: docs come later" in heard(main, "SessionStart")
    assert "was denied" not in heard(main, "SessionStart")


EDIT = {"tool_name": "Write", "tool_input": {"file_path": "docs/b.py", "content": "x"}}
LOOK = {"tool_calls": [{"tool_name": "Read", "tool_input": {"file_path": "web/a.py"}}]}


@pytest.mark.parametrize(
    ("event", "more"),
    [
        ("SessionStart", {}),
        ("PreToolUse", EDIT),
        ("PreToolUse", {"tool_name": "Bash", "tool_input": {"command": "git push --no-verify"}}),
        ("PostToolBatch", {}),
        ("PostToolBatch", LOOK),
        ("Stop", {"stop_hook_active": False}),
    ],
)
def test_whatever_hook_comes_next(main: Repo, event: str, more: dict[str, object]) -> None:
    """It tells the answer, also after a look at files and to an agent that would end; once."""
    request(main, "docs/a.py", "--why", "x")
    assert "docs/a.py was denied" not in heard(main, event, **more)
    main.guard("grant", "web", "--deny")
    assert "docs/a.py was denied" in heard(main, event, **more)
    assert "docs/a.py was denied" not in heard(main, event, **more)


def test_not_told_where_nobody_hears_it(main: Repo) -> None:
    """An edit that goes through and an end that a hook has put off leave it for the next hook."""
    request(main, "docs/a.py", "--why", "x")
    main.guard("grant", "web", "--deny")
    inside = {"tool_name": "Write", "tool_input": {"file_path": "web/a.py", "content": "x"}}
    assert "denied" not in heard(main, "PreToolUse", **inside)
    assert "denied" not in heard(main, "Stop", stop_hook_active=True)
    assert "denied" not in heard(main, "SubagentStop")
    assert "denied" not in heard(main, "ConfigChange", file_path=".claude/settings.json")
    assert "denied" not in heard(main, "SubagentStart", agent_id="a")
    assert "denied" not in heard(main, agent_id="a")
    assert "docs/a.py was denied" in heard(main)


@pytest.mark.parametrize("agent", AGENTS)
def test_an_agent_that_does_not_mark_its_subagents(main: Repo, agent: str) -> None:
    """It hears the answer at the end of a turn; the others after the next command."""
    ask(at(main), kinds.START, agent=agent)
    request(main, "docs/a.py", "--why", "x")
    main.guard("grant", "web", "--deny")
    after = ask(at(main), kinds.AFTER_BATCH, agent=agent).text
    end = ask(at(main), kinds.STOP, agent=agent).text
    told = ["docs/a.py was denied" in text for text in (after, end)]
    assert told == [marks := load_agent(agent).marks_parts, not marks]


def test_told_before_the_brief(main: Repo) -> None:
    """Agents cut a long text at its end, and a brief may be long."""
    request(main, "docs/a.py", "--why", "x")
    main.guard("grant", "web", "--deny")
    told = json.loads(heard(main, "SessionStart"))["hookSpecificOutput"]["additionalContext"]
    assert told.startswith("guard: your request for docs/a.py was denied")
    assert "may change" in told


def test_what_another_session_owns(main: Repo) -> None:
    """It is not granted unless somebody insists, and the holder is named."""
    before = main.head()
    request(main, "api/a.py", "--why", "x")
    ran = main.guard("grant", "web")
    assert ran.code == 1, ran
    assert "web owns /api/a.py and api owns api/" in ran.out
    assert main.head() == before
    assert "web asks for api/a.py" in main.guard("grant").out
    assert main.guard("grant", "web", "--anyway").code == 0
    assert "Granted although it overlaps with api." in main.git("log", "-1", "--format=%b")
    assert at(main).write({"api/a.py": "new\n"}).check().report["verdict"] == "kept"


def test_a_shared_file_is_granted_by_its_group(main: Repo) -> None:
    """The smallest change of the contract, its comments kept."""
    assert main.guard("grant", "web", "package.json").code == 0
    text = main.git("show", "main:.guard/contracts/web.toml")
    assert 'merges = ["package-metadata"]' in text
    assert at(main).write({"package.json": "[]\n"}).check().codes == {}


def test_a_folder_from_below(main: Repo) -> None:
    """Paths are meant as for `guard explain`; what is allowed already is not asked for."""
    ran = at(main).guard("request", "./", "../docs/", "--why", "x", cwd=at(main).path / "web")
    assert ran.out.splitlines()[0] == "web/ is this session's already"
    assert "web asks for docs/: x" in ran.out
    assert main.guard("grant", "web").code == 0
    assert at(main).write({"docs/new.py": "new\n"}).check().codes == {}


def test_several_requests_add_up(main: Repo) -> None:
    """Until one is answered."""
    request(main, "docs/a.py", "--why", "x")
    request(main, "docs/b.py", "--why", "y")
    request(main, "docs/b.py", "--why", "y")
    assert main.guard("grant").out.startswith("web asks for docs/a.py, docs/b.py: x; y\n")


def test_a_new_session_has_asked_for_nothing(main: Repo) -> None:
    """What an earlier one of its name asked for is not its request."""
    request(main, "docs/a.py", "--why", "x")
    assert main.guard("finish", "web", "--abandon").code == 0
    assert main.guard("start", "web", "--owns", "/web/").code == 0
    assert main.guard("grant").out == "no session asks for anything\n"


def test_a_part_is_answered(main: Repo) -> None:
    """The rest is told as open, to who answers and to the agent, and stays asked for."""
    request(main, "docs/a.py", "docs/b.py", "api/a.py", "--why", "x")
    ran = main.guard("grant", "web", "docs/a.py")
    assert ran.out.splitlines()[-2:] == [
        "not answered yet: docs/b.py, api/a.py",
        "next: guard grant web   # or: guard grant web --deny",
    ]
    ran = main.guard("grant", "web", "api/a.py", "--deny", "--why", "ask api")
    assert "not answered yet: docs/b.py\n" in ran.out
    told = heard(main)
    assert "was granted; this session may change docs/a.py now." in told
    assert "your request for api/a.py was denied: ask api." in told
    assert "Not answered yet: docs/b.py." in told
    assert "docs/b.py" not in heard(main)
    assert main.guard("grant").out.startswith("web asks for docs/b.py: x\n")
    assert main.guard("grant", "web", "docs/").code == 0
    assert main.guard("grant").out == "no session asks for anything\n"
    assert "Not answered" not in heard(main)


def test_a_pattern_is_no_path(main: Repo) -> None:
    """It is refused, not granted by its letters; the next step takes it."""
    ran = main.guard("grant", "web", "docs/*")
    assert (ran.code, "docs/* is a pattern" in ran.err) == (2, True)
    assert "guard contract edit web --owns 'docs/*'" in ran.err


def test_words_that_do_not_fit(main: Repo) -> None:
    """Each says what to type."""
    assert "is no session's" in main.guard("request", "docs/a.py", "--why", "x").err
    assert "has asked for nothing" in main.guard("grant", "web").err
    assert main.guard("grant", "nobody", "docs/a.py").code == 2
    broken = main.path / ".git/guard/requests/web.json"
    request(main, "docs/a.py", "--why", "x")
    broken.write_text("{")
    assert main.guard("grant").out == "no session asks for anything\n"


def test_an_agent_grants_nothing(main: Repo) -> None:
    """It may ask."""
    for command, word in (("guard grant web docs/", "deny"), ("guard request a --why b", "allow")):
        payload = {
            "hook_event_name": "PreToolUse",
            "tool_name": "Bash",
            "tool_input": {"command": command},
            "cwd": str(at(main).path),
            "session_id": "1",
        }
        ran = at(main).guard("agent", "claude", stdin=json.dumps(payload).encode())
        assert ('"deny"' in ran.out) == (word == "deny"), ran


def test_a_contract_that_is_not_published(repo: Repo, tmp_path: Path) -> None:
    """With a remote, a contract goes with its branch; what is printed works where it is printed."""
    remote = Repo.init(tmp_path / "origin.git", "--bare")
    repo.commit({"guard.toml": POLICY, "src/a.py": "1\n", "docs/a.md": "1\n"}, "start")
    repo.git("remote", "add", "origin", str(remote.path))
    repo.git("push", "-q", "-u", "origin", "main")
    assert repo.guard("start", "web", "--owns", "/src/").code == 0
    assert request(repo, "docs/a.md", "--why", "a link").code == 0
    ran = repo.guard("grant", "web")
    assert ran.code == 2
    assert "guard contract publish web   # then: guard grant web" in ran.err
    for words in (["contract", "publish", "web"], ["grant", "web"]):
        ran = repo.guard(*words)
        assert ran.code == 0, ran
    assert "/docs/a.md" in remote.git("show", "main:.guard/contracts/web.toml")
    assert at(repo).write({"docs/a.md": "2\n"}).check().codes == {}


def test_a_request_goes_with_its_session(main: Repo) -> None:
    """Nobody is asked for what a session that is gone wanted."""
    assert request(main, "docs/a.py", "--why", "a link").code == 0
    assert main.guard("finish", "web", "--abandon").code == 0
    assert main.guard("grant").out == "no session asks for anything\n"


def test_a_second_worktree_asks_for_itself(main: Repo) -> None:
    """It is granted and denied by its own name or branch, and hears what the first one does not."""
    assert main.guard("start", "side", "--from", "web").code == 0
    side = at(main, "side")
    for path in ("docs/a.py", "docs/b.py"):
        assert side.guard("request", path, "--why", "x").code == 0
    assert main.guard("grant", "web").code == 2
    ran = main.guard("grant", "side", "docs/a.py")
    assert (ran.code, "side works under web: " in ran.out) == (0, True), ran
    assert main.guard("grant", "side/web", "--deny").code == 0
    assert "request" not in heard(main)
    told = side.guard("request").out
    assert ("change docs/a.py now" in told, "docs/b.py was denied" in told) == (True, True), told
    assert "contract show web" in main.guard("brief", "side").out
    assert main.guard("grant", "nobody", "docs/a.py", "--deny").code == 2
    side.guard("request", "docs/b.py", "--why", "x")
    assert main.guard("finish", "side").code == 0
    assert main.guard("grant").out == "no session asks for anything\n"
