"""What tools do not show: work that stands on the disk at the end, and commits past the hooks."""

from __future__ import annotations

import pytest

from guard.agents.protocol import event as kinds
from tests.agents.asking import Answer, ask, is_allowed
from tests.kit import Repo

PAST = "no hook of guard's saw commit"
NONE = ["-c", "core.hooksPath=/dev/null"]


def begin(where: Repo) -> None:
    ask(where, kinds.START)


def after(where: Repo) -> Answer:
    return ask(where, kinds.AFTER_BATCH, "true")


def stop(where: Repo) -> Answer:
    return ask(where, kinds.STOP)


def test_what_stands_there_at_the_end_is_told_once(session: Repo) -> None:
    """A command that went on in the background has written after the batch was looked at."""
    begin(session)
    assert is_allowed(after(session))
    session.write({"other/late.py": "l\n"})
    told = stop(session)
    assert (told.verb, "other/late.py: OWN001" in told.text) == ("block", True)
    assert "other/late.py" not in stop(session).text


def test_what_was_told_after_the_batch_is_not_told_again(session: Repo) -> None:
    """The end repeats nothing that the agent has heard."""
    begin(session)
    session.write({"other/now.py": "n\n"})
    assert "other/now.py" in after(session).text
    assert is_allowed(stop(session))


@pytest.fixture
def hooked(session: Repo) -> Repo:
    """The session with guard's git hooks installed."""
    session.guard("install")
    return session


@pytest.mark.parametrize("look", [after, stop])
def test_a_commit_past_the_hooks(hooked: Repo, look: object) -> None:
    """It is told once, after the batch or at the end, whichever comes first."""
    begin(hooked)
    hooked.write({"src/n.py": "n\n"}).git("add", "-A")
    hooked.git(*NONE, "commit", "-qm", "sneaked")
    assert callable(look)
    first = look(hooked)
    assert f"{PAST} {hooked.git('rev-parse', 'HEAD')[:12]} (sneaked)" in first.text
    assert PAST not in after(hooked).text
    assert PAST not in stop(hooked).text


def test_gemini_skips_hooks_itself(hooked: Repo) -> None:
    """Its shell switches git's hooks off for every command, which is no deed of the model's."""
    ask(hooked, kinds.START, agent="gemini")
    hooked.write({"src/n.py": "n\n"}).git("add", "-A")
    hooked.git(*NONE, "commit", "-qm", "usual")
    assert PAST not in ask(hooked, kinds.AFTER_BATCH, "true", agent="gemini").text


def test_commits_that_a_hook_has_seen(hooked: Repo) -> None:
    """A usual commit, a merge, a switch of branches and no commit at all say nothing."""
    begin(hooked)
    hooked.write({"src/n.py": "n\n"}).git("add", "-A")
    hooked.git("commit", "-qm", "seen")
    assert PAST not in after(hooked).text
    hooked.git("merge", "-q", "main")
    hooked.git("switch", "-q", "--detach")
    hooked.git("switch", "-q", "feature")
    assert PAST not in after(hooked).text


@pytest.mark.parametrize(
    "way",
    [
        "update-ref HEAD {made}",
        "update-ref refs/heads/feature {made}",
        "--git-dir={common} update-ref refs/heads/feature {made}",
        "reset -q --hard {made}",
        "merge -q --ff-only {made}",
        "checkout -q -B feature {made}",
        "rebase -q {made}",
    ],
)
def test_a_commit_by_plumbing(hooked: Repo, way: str) -> None:
    """No command noted that it was made, however the branch came to it; it is told once."""
    begin(hooked)
    hooked.write({"src/seen.py": "s\n"}).git("add", "-A")
    hooked.git("commit", "-qm", "seen")
    made = hooked.git("commit-tree", "-p", "HEAD", "-m", "sneaked", "HEAD^{tree}")
    common = hooked.git("rev-parse", "--path-format=absolute", "--git-common-dir")
    hooked.git(*way.format(made=made, common=common).split())
    told = after(hooked).text
    assert f"{PAST} {made[:12]} (sneaked)" in told
    assert "(seen)" not in told
    assert PAST not in after(hooked).text
    assert PAST not in stop(hooked).text


def test_commits_that_were_there_already(hooked: Repo, main: Repo) -> None:
    """Work of others, a rebase, a cherry-pick, a revert and a way back are no sneaking."""
    begin(hooked)
    for branch in ("theirs", "main"):
        main.git("checkout", "-q", *(["-b"] if branch == "theirs" else []), branch)
        main.write({f"other/{branch}.py": "x\n"}).git("add", "-A")
        main.git(*NONE, "commit", "-qm", branch)
    for name in ("a", "b"):
        hooked.write({f"src/{name}.py": "n\n"}).git("add", "-A")
        hooked.git("commit", "-qm", name)
    for words in (
        "rebase -q main",
        "merge -q --no-edit theirs",
        "reset -q --hard HEAD~1",
        "cherry-pick theirs",
        "revert --no-edit HEAD",
        "reset -q --hard HEAD@{1}",
        "rebase -q --force-rebase HEAD~2",
        "switch -q --detach",
        "switch -q feature",
    ):
        hooked.git(*words.split())
    assert PAST not in after(hooked).text
    hooked.git("symbolic-ref", "HEAD", "refs/heads/theirs")
    assert PAST not in after(hooked).text


def test_without_hooks_nobody_can_have_seen_it(session: Repo) -> None:
    """Where `guard install` has not run, no commit is past a hook."""
    begin(session)
    session.commit({"src/n.py": "n\n"})
    assert PAST not in after(session).text
