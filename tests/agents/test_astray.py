"""An agent in the wrong checkout hears where the work belongs, with the command."""

from __future__ import annotations

import pytest

from guard.agents.protocol import event as kinds
from guard.rules.sessions import INSTEAD
from tests.agents.asking import ask, is_allowed, shell, write
from tests.kit import POLICY, Repo, team

STRICT = POLICY + '[rules]\nstray-work = "error"\n'


@pytest.fixture(name="main")
def base_of_two(repo: Repo) -> Repo:
    """The base's checkout; `api` and `web` have worktrees."""
    team(repo)
    for name in ("api", "web"):
        repo.worktree(name)
    return repo


def other(main: Repo, name: str) -> Repo:
    """The worktree of a session."""
    return Repo(main.path.parent / name)


@pytest.mark.parametrize("where", ["main", "api"])
def test_after_a_batch(main: Repo, where: str) -> None:
    """The agent in the base's checkout, and the session whose path it is, are told once."""
    place = main if where == "main" else other(main, where)
    assert ask(place, kinds.AFTER_BATCH, fields={"session_id": "s"}).verb == "allow"
    main.write({"api/a.py": "mine\n"})
    said = ask(place, kinds.AFTER_BATCH, fields={"session_id": "s"})
    assert said.verb == "tell"
    assert "guard: work lies where it does not belong.\nwarning: api/a.py: SES002" in said.text
    (line,) = [line for line in said.text.splitlines() if line.startswith("next: ")]
    main.run("bash", "-c", line.removeprefix("next: "))
    assert (other(main, "api").path / "api/a.py").read_text() == "mine\n"
    (other(main, "api").path / "api/a.py").write_text("more\n")
    assert ask(place, kinds.STOP, fields={"session_id": "s"}).verb == "allow"
    assert ask(place, kinds.AFTER_BATCH, fields={"session_id": "s"}).verb == "allow"


def test_who_is_not_told(main: Repo) -> None:
    """Another session hears nothing of it, and nobody of work that is in its place."""
    main.write({"api/a.py": "mine\n", "docs/a.py": "lead\n"})
    assert ask(other(main, "web"), kinds.AFTER_BATCH).verb == "allow"
    other(main, "api").write({"api/a.py": "mine\n"})
    assert ask(main, kinds.AFTER_BATCH).verb == "allow"


def test_when_a_conversation_starts(main: Repo) -> None:
    """Its brief says where work of the session lies, and that too many are open."""
    main.contract("docs", owns=["docs/"]).contract("more", owns=["more/"])
    main.write({"api/a.py": "mine\n"})
    text = ask(other(main, "api"), kinds.START).text
    assert "SES002 stray-work: api/a.py work of session api lies uncommitted in " in text
    assert f"| git -C {other(main, 'api').path} apply" in text
    assert "SES001 too-many-sessions: 4 sessions are open" in text
    assert "SES002" not in ask(other(main, "web"), kinds.START).text


def test_an_edit_on_the_base(main: Repo) -> None:
    """With `stray-work = "error"` an edit of a session's path on the base is refused beforehand."""
    main.policy(STRICT)
    said = write(main, "api/a.py")
    assert (said.verb, "SES002 stray-work" in said.text) == ("deny", True)
    assert "Do this work in the worktree of the session that owns the file" in said.text
    assert f"it belongs in {other(main, 'api').path}\n" in said.text
    assert "next: " not in said.text  # nothing was written that a command could bring home
    assert is_allowed(write(main, "docs/a.py"))
    assert is_allowed(write(other(main, "api"), "api/a.py"))


@pytest.mark.parametrize("path", ["api/a.py", "api/new.py"])
def test_an_edit_on_the_base_is_told_before(main: Repo, path: str) -> None:
    """It goes through, told once; the command brings home what is written all the same."""
    said = write(main, path)
    assert (said.verb, said.ran.code, said.ran.err) == ("tell", 0, "")
    home = other(main, "api")
    head, warning, advice = said.text.splitlines()[:3]
    assert head == "guard: nothing is refused, but this work belongs to another session:"
    assert warning == (
        f"warning: {path}: SES002 stray-work: work of session api is about to be written in "
        f"{main.path} (main), and it belongs in {home.path}"
    )
    assert advice == INSTEAD.before
    main.write({path: "mine\n"})
    bring, _, back = said.text.rpartition("next: ")[2].partition("   # then, once it is there: ")
    main.run("bash", "-c", bring)
    assert (home.path / path).read_text() == "mine\n"
    main.run("bash", "-c", back)
    assert main.git("status", "--porcelain") == ""
    assert is_allowed(write(main, path))
    fresh = ask(main, kinds.BEFORE_WRITE, str(main.path / path), {"session_id": "s2"})
    assert fresh.verb == "tell"
    main.write({path: "mine\n"})
    assert ask(main, kinds.AFTER_BATCH, fields={"session_id": "s2"}).verb == "allow"


def test_the_session_whose_work_it_is_brings_it_and_takes_nothing_away(main: Repo) -> None:
    """It hears a command that guard lets it run; the other half is for who works there."""
    home = other(main, "api")
    main.write({"api/a.py": "mine\n"})
    steps = [ask(one, kinds.AFTER_BATCH).text.rpartition("next: ")[2] for one in (main, home)]
    assert "   # then, once it is there: git -C " in steps[0]
    assert steps[1].endswith("   # whoever works there takes it away then")
    assert is_allowed(shell(home, steps[1]))
    assert is_allowed(shell(main, steps[0].replace("   # then, once it is there: ", "\n")))


def test_which_edits_on_the_base_are_not_told(main: Repo) -> None:
    """Nobody's path, what git ignores, a rule that is off, a standing contract's path."""
    main.commit({".gitignore": "*.log\n"})
    assert is_allowed(write(main, "docs/a.py"))
    assert is_allowed(write(main, "api/x.log"))
    main.policy(POLICY + '[rules]\nstray-work = "off"\n')
    assert is_allowed(write(main, "api/a.py"))
    main.policy().contract("api", owns=["api/"], standing=True)
    assert is_allowed(write(main, "api/a.py"))


def test_an_edit_in_another_worktree_says_where_to_work(main: Repo) -> None:
    """The refusal names the session's own copy of the file."""
    api = other(main, "api")
    for place in (main, other(main, "web")):
        said = write(api, place.path / "api/a.py")
        assert (said.verb, f"copy of the file is {api.path}/api/a.py" in said.text) == (
            "deny",
            True,
        )
