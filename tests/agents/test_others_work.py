"""Commands that would take another session's work are refused, and the same on one's own are not.

Real git has made the stashes, the branches and the worktrees.
"""

from __future__ import annotations

import pytest

from tests.agents.asking import is_allowed, shell
from tests.kit import Repo


@pytest.fixture
def other(main: Repo) -> Repo:
    """The linked worktree of the contract `other`, with a change that is not committed."""
    return main.worktree("other").write({"other/o.py": "changed\n"})


def stashed(where: Repo, path: str, text: str = "stashed\n") -> None:
    where.write({path: text}).git("stash", "push", "-q")


@pytest.mark.parametrize(
    "command",
    [
        "git stash pop",
        "git stash apply",
        "git stash drop",
        "git stash clear",
        "git stash pop stash@{0}",
        "git stash pop --index 0",
        "cd src && git stash pop",
        "git -C src stash drop -q",
        "true; git stash pop || true",
    ],
)
def test_what_another_branch_has_stashed(session: Repo, other: Repo, command: str) -> None:
    """The entry is refused before the command runs, with the branch that made it."""
    stashed(session, "src/types.py")
    stashed(other, "other/o.py")
    asked = shell(session, command)
    assert asked.verb == "deny", command
    assert "other" in asked.text
    assert asked.text.splitlines()[-1] == "next: git stash apply stash@{1}"


@pytest.mark.parametrize(
    "command",
    [
        "git stash",
        "git stash push -m x",
        "git stash list",
        "git stash show -p stash@{0}",
        "git stash pop stash@{1}",
        "git stash apply 1",
        "git stash && git switch -q --detach && git stash pop",
        "git stash pop stash@{9}",
        'git stash pop "$(pick)"',
    ],
)
def test_what_this_branch_has_stashed(session: Repo, other: Repo, command: str) -> None:
    """Own entries, new ones, looking at all, and what guard cannot know, are let through."""
    stashed(session, "src/types.py")
    stashed(other, "other/o.py")
    assert is_allowed(shell(session, command)), command


@pytest.mark.parametrize("command", ["git stash pop", "git stash clear", "git stash drop"])
def test_a_stash_of_ones_own_alone(session: Repo, command: str) -> None:
    """Where nobody else has stashed anything, nothing is in danger."""
    stashed(session, "src/types.py")
    assert is_allowed(shell(session, command))


OTHERS = [
    "git -C {other} stash",
    "git -C {other} reset --hard",
    "git -C {other} clean -fd",
    "git -C {other} checkout -- .",
    "git -C {other} restore .",
    "cd {other} && git checkout -q main",
    "git -C {other} switch --detach",
    "git branch -D other",
    "git branch -f other HEAD",
    "git update-ref refs/heads/other HEAD",
    "git update-ref -d refs/heads/other",
    "git worktree remove {other}",
    "guard run -- git -C {other} reset --hard HEAD~1",
]


@pytest.mark.parametrize("command", OTHERS)
def test_another_sessions_worktree_and_branch(session: Repo, other: Repo, command: str) -> None:
    """A session that has a contract may do none of it."""
    asked = shell(session, command.format(other=other.path))
    assert asked.verb == "deny", command
    assert "git" in asked.text.splitlines()[-1]


@pytest.mark.parametrize(
    "command", ["rm -rf {other}", "sh -c 'echo x > {other}/other/o.py'", "rm {other}/other/o.py"]
)
def test_behind_guard_run(session: Repo, other: Repo, command: str) -> None:
    """What guard runs is judged as if it stood alone."""
    for run in ("", "guard run -- ", "guard start feature -- "):
        assert shell(session, run + command.format(other=other.path)).verb == "deny", run


@pytest.mark.parametrize("command", OTHERS)
def test_a_coordinator_may(main: Repo, other: Repo, command: str) -> None:
    """Where the base is checked out, somebody looks after all sessions."""
    assert is_allowed(shell(main, command.format(other=other.path))), command


@pytest.mark.parametrize(
    "command",
    [
        "git -C {other} status",
        "git -C {other} stash list",
        "git -C {other} clean -n",
        "git -C {other} log",
        "git reset --hard",
        "git clean -fd",
        "git checkout -- src",
        "git branch -D side/feature",
        "git branch -f scratch HEAD",
        "git branch --list other",
        "git branch -v",
        "git update-ref refs/heads/feature HEAD",
        "git worktree remove {side}",
        "git -C {side} reset --hard",
        "git worktree list",
        "git -C {elsewhere} reset --hard",
    ],
)
def test_ones_own_and_what_only_looks(session: Repo, main: Repo, other: Repo, command: str) -> None:
    """So may it in worktrees and on branches of its own contract, and in other repositories."""
    side = main.worktree("side", "side/feature")
    elsewhere = Repo.init(main.path.parent / "elsewhere")
    names = {"other": other.path, "side": side.path, "elsewhere": elsewhere.path}
    assert is_allowed(shell(session, command.format(**names))), command
