"""An agent stays under the contract that its conversation began with, on every branch."""

from __future__ import annotations

import pytest

from guard.agents.programs import AGENTS
from guard.agents.protocol import event as kinds
from tests.agents.asking import Answer, ask
from tests.agents.asking import write as writes
from tests.kit import Repo


def begin(where: Repo, agent: str = "claude") -> Answer:
    """Start a conversation."""
    return ask(where, kinds.START, agent=agent)


@pytest.mark.parametrize("where", ["free", "other", "main", "detached"])
def test_whatever_branch_is_checked_out(session: Repo, main: Repo, where: str) -> None:
    """Neither a branch of nobody's, nor another session's, nor the base is a way out."""
    begin(session)
    if where == "free":
        session.git("switch", "-qc", "free", "main")
    elif where == "other":
        session.git("switch", "-qc", "other", "main")
    elif where == "detached":
        session.git("switch", "-q", "--detach", "main")
    else:
        main.git("switch", "-q", "--detach")
        session.git("switch", "-q", "main")
    assert writes(session, "src/a.py").verb == "allow"
    refused = writes(session, "other/o.py")
    assert (refused.verb, "contract feature does not own" in refused.text) == ("deny", True)


BACK = "contract feature, which does not apply on {on}\nnext: git switch feature"


@pytest.mark.parametrize("agent", sorted(AGENTS))
@pytest.mark.parametrize("where", ["free", "other", "main", "detached"])
def test_the_way_back(session: Repo, main: Repo, where: str, agent: str) -> None:
    """It is told once after the batch that has left the branch, and with what is refused there."""
    begin(session, agent)
    on = "a detached HEAD" if where == "detached" else f"branch {where}"
    if where == "main":
        main.git("switch", "-q", "--detach")
    words = {"detached": ["--detach"], "main": ["main"]}.get(where, ["-c", where])
    session.git("switch", "-q", *words)
    told = ask(session, kinds.AFTER_BATCH, "git switch", agent=agent)
    assert (told.verb, BACK.format(on=on) in told.text) == ("tell", True), told
    assert "git switch" not in ask(session, kinds.AFTER_BATCH, "ls", agent=agent).text
    assert ask(session, kinds.STOP, agent=agent).verb == "allow"
    refused = writes(session, "lib/l.py", agent=agent)
    assert (refused.verb, BACK.format(on=on) in refused.text) == ("deny", True), refused
    session.git("switch", "-q", "feature")
    assert "git switch" not in writes(session, "lib/l.py", agent=agent).text
    assert "git switch" not in ask(session, kinds.AFTER_BATCH, "ls", agent=agent).text


def test_the_way_back_from_a_refused_command(session: Repo) -> None:
    """A commit on another session's branch is refused, with the way back."""
    begin(session)
    session.git("switch", "-qc", "other")
    refused = ask(session, kinds.BEFORE_SHELL, "git commit -m x")
    assert (refused.verb, BACK.format(on="branch other") in refused.text) == ("deny", True)


def test_no_way_back_where_none_is_needed(session: Repo) -> None:
    """Neither in a worktree that is bound to the contract, nor where its branch is gone."""
    begin(session)
    session.git("switch", "-qc", "free")
    session.git("branch", "-qD", "feature")
    assert "git switch" not in ask(session, kinds.AFTER_BATCH, "git switch").text
    session.git("branch", "-q", "feature")
    assert session.guard("start", "--here", "feature").code == 0
    assert "git switch" not in writes(session, "lib/l.py").text


def test_what_a_command_wrote(session: Repo) -> None:
    """After the batch, the disk is judged by the same contract."""
    begin(session)
    session.git("switch", "-qc", "other")
    session.write({"other/o.py": "changed\n"})
    told = ask(session, kinds.AFTER_BATCH, "make")
    assert (told.verb, "other/o.py: OWN001" in told.text) == ("tell", True)


def test_a_conversation_that_began_elsewhere(main: Repo, session: Repo) -> None:
    """On the base, a coordinator is bound to nothing and may go on in any branch."""
    begin(main)
    main.git("switch", "-qc", "other")
    assert writes(main, "other/o.py").verb == "allow"


def test_begun_again_on_another_branch(session: Repo) -> None:
    """A conversation that is resumed keeps its contract, and the brief says so."""
    begin(session)
    session.git("switch", "-qc", "free")
    assert "contract      feature, " in begin(session).text
    assert writes(session, "other/o.py").verb == "deny"


def test_a_closed_contract_binds_nobody(main: Repo, session: Repo) -> None:
    """When it has left the base, the branch decides."""
    begin(session)
    main.git("rm", "-q", ".guard/contracts/feature.toml")
    main.git("commit", "-qm", "close")
    session.git("switch", "-qc", "other", "main")
    assert writes(session, "other/o.py").verb == "allow"


def test_a_detached_worktree_is_told_once(main: Repo) -> None:
    """The refusal names the command once; the next ones say that it is as before."""
    path = main.path.parent / "loose"
    main.git("worktree", "add", "-q", "--detach", str(path))
    loose = Repo(path)
    assert "guard start --here NAME" in begin(loose).text
    first = writes(loose, "lib/l.py")
    assert (first.verb, "guard start --here NAME" in first.text) == ("deny", True)
    for one in ("lib/new.py", "src/a.py", "src/types.py"):
        again = writes(loose, one)
        assert (again.verb, again.text.count("\n")) == ("deny", 0), one
        assert "until this worktree has a contract" in again.text
    loose.guard("start", "--here", "feature")
    assert writes(loose, "src/a.py").verb == "allow"
    assert "OWN001" in writes(loose, "lib/l.py").text
