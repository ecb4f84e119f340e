"""Commands that would take another session's work are refused, and the same on one's own are not.

Real git has made the stashes, the branches and the worktrees.
"""

from __future__ import annotations

import pytest

from guard.agents.protocol import event as kinds
from tests.agents.asking import ask, is_allowed, shell
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
        "git stash branch x",
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
        "git stash branch x 1",
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
    "git -C {other} read-tree --reset -u HEAD",
    "git -C {other} checkout-index -af",
    "git -C {other} bisect start",
    "git -C {other} sparse-checkout set src",
    "git branch -D other",
    "git branch -f other HEAD",
    "git update-ref refs/heads/other HEAD",
    "git update-ref -d refs/heads/other",
    "git worktree remove {other}",
    "git worktree move {other} ../away",
    "git --work-tree={other} checkout HEAD -- .",
    "GIT_WORK_TREE={other} git checkout HEAD -- .",
    "git push --all",
    "git push --mirror origin",
    "guard run -- git -C {other} reset --hard HEAD~1",
    "git -C {other} commit -am x",
    "cd {other} && git commit -am x",
    "git -C {other} merge feature",
    "git -C {other} reset HEAD",
    "git -C {other} push",
    "git --git-dir={other}/.git commit -m x",
    "git --git-dir {main}/.git/worktrees/other commit -m x",
    "GIT_DIR={main}/.git/worktrees/other git commit -m x",
    "git checkout -B other",
    "git worktree add -B other ../new",
    "git symbolic-ref refs/heads/other refs/heads/feature",
    "git push . HEAD:other",
    "git push origin +HEAD:other",
    "git fetch . HEAD:other",
    "git worktree unlock {other}",
    "git reflog expire --expire=now other main",
    "git filter-branch -f --tree-filter true other",
]


@pytest.mark.parametrize("command", OTHERS)
def test_another_sessions_worktree_and_branch(
    session: Repo, main: Repo, other: Repo, command: str
) -> None:
    """A session that has a contract may do none of it."""
    asked = shell(session, command.format(other=other.path, main=main.path))
    assert asked.verb == "deny", command
    assert "git" in asked.text.splitlines()[-1]


@pytest.mark.parametrize(
    "command", ["rm -rf {other}", "sh -c 'echo x > {other}/other/o.py'", "rm {other}/other/o.py"]
)
def test_behind_guard_run(session: Repo, main: Repo, other: Repo, command: str) -> None:
    """What guard runs is judged as if it stood alone."""
    for run in ("", "guard run -- ", "guard start feature -- "):
        assert (
            shell(session, run + command.format(other=other.path, main=main.path)).verb == "deny"
        ), run


@pytest.mark.parametrize("command", OTHERS)
def test_a_coordinator_may(main: Repo, other: Repo, command: str) -> None:
    """Where the base is checked out, somebody looks after all sessions."""
    assert is_allowed(shell(main, command.format(other=other.path, main=main.path))), command


@pytest.mark.parametrize(
    "command",
    [
        "git -C {other} status",
        "git -C {other} stash list",
        "git -C {other} clean -n",
        "git diff | git -C {other} apply --3way",
        "git -C {other} bisect log",
        "git -C {other} sparse-checkout list",
        "git bisect start && git read-tree -u -m HEAD && git apply /tmp/a.diff",
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


def test_a_worktree_whose_folder_is_away(session: Repo, main: Repo, other: Repo) -> None:
    """git would forget what is staged there; of a folder that no session has, it may."""
    loose = main.worktree("loose")
    loose.path.rename(loose.path.with_name("deleted"))
    assert is_allowed(shell(session, "git worktree prune"))
    other.path.rename(other.path.with_name("away"))
    assert is_allowed(shell(session, "git worktree prune -n"))
    assert "other is another session's branch" in shell(session, "git worktree prune").text


IN_A_SCRATCH = [
    "git worktree remove {loose}",
    "git -C {loose} checkout --detach main~1",
    "cd {loose} && git reset --hard main~1",
]


@pytest.mark.parametrize("command", IN_A_SCRATCH)
def test_a_worktree_made_to_look_at_something(session: Repo, main: Repo, command: str) -> None:
    """Nobody's worktree is free while it holds nothing; git itself keeps changed files."""
    loose = Repo(main.path.parent / "loose")
    main.git("worktree", "add", "-q", "--detach", str(loose.path))
    words = command.format(loose=loose.path)
    assert is_allowed(shell(session, words))
    loose.write({"src/kept.py": "somebody's\n"})
    refused = shell(session, words)
    assert (refused.verb, "src/kept.py (untracked)" in refused.text) == ("deny", True)
    (loose.path / "src/kept.py").unlink()
    loose.git("commit", "-q", "--allow-empty", "-m", "on no branch", "--no-verify")
    assert "on no branch" in shell(session, words).text
    loose.git("reset", "-q", "--hard", "main")
    loose.guard("start", "--here", "other")
    assert "not this session's" in shell(session, words).text


MOVES_THE_BASE = """\
cd {main} && git merge feature
git -C {main} commit -am x
git -C {main} reset HEAD~1
git -C {main} cherry-pick feature
git -C {main} checkout -b y
guard run -- git -C {main} merge feature
cd {main} && git pull . feature
cd {main} && git merge feature origin/main
git push . HEAD:main
git push -f {main} +HEAD:refs/heads/main
git push . --delete main
git fetch . HEAD:main
git fetch origin side:main
git branch -f main HEAD
git branch -M feature main
git rebase feature main
git rebase --onto feature main~1 main
git checkout -B main
git symbolic-ref refs/heads/main refs/heads/feature
git update-ref refs/heads/main HEAD
git update-ref -d refs/guard/archive/other
git update-ref refs/remotes/origin/main HEAD
git symbolic-ref refs/remotes/origin/HEAD refs/heads/feature
git push . HEAD:refs/remotes/origin/main
git fetch . HEAD:refs/remotes/origin/main
git fetch elsewhere side:refs/remotes/origin/main
git --git-dir={main}/.git commit -m x
git --git-dir {main}/.git --work-tree={main} merge feature
GIT_DIR={main}/.git git merge feature
git --git-dir={main}/.git update-ref refs/heads/main HEAD
git update-ref --stdin < refs
git filter-branch -f --tree-filter true -- --all
git filter-repo --path src
printf x | git -C {main} update-ref --stdin""".splitlines()
LEAVES_THE_BASE = """\
git merge main
git rebase main
git rebase --onto main main~1
git commit -am x
git push origin HEAD
git push -u origin HEAD:main
git push . HEAD:scratch
git pull --rebase origin main
git fetch origin main:main
git fetch origin +refs/heads/main:refs/remotes/origin/main
git branch -f scratch main
git checkout -b scratch main
git symbolic-ref HEAD
git reset --hard main
cd {main} && git pull
cd {main} && git pull --ff-only origin main
cd {main} && git merge --ff-only origin/main
git -C {main} fetch
git -C {main} log
git --git-dir=.git commit -am x
git --git-dir={main}/.git log
git switch main && git pull && git switch feature
git push origin feature
git push --dry-run origin HEAD:other
git -C {scratch} commit --allow-empty -m x
git fetch origin other:other""".splitlines()


def test_the_base_is_moved_by_integrate(session: Repo, main: Repo) -> None:
    """Not by git, from a conversation under a contract, wherever it stands when it says so."""
    main.git("branch", "scratch")
    ask(session, kinds.START)
    for command in MOVES_THE_BASE:
        asked = shell(session, command.format(main=main.path))
        assert asked.verb == "deny", command
    assert "other is another session's branch" in shell(session, "git rebase main other").text
    assert "which only a fetch" in shell(session, "git update-ref refs/remotes/x/main HEAD").text
    assert "a person runs it" in shell(session, "git push . HEAD:main").text
    assert "a person runs it" in shell(main, "git merge feature").text


def test_what_leaves_the_base_alone_or_brings_the_remotes(session: Repo, main: Repo) -> None:
    """Work on the own branch is free, and so is what has been let in on the remote."""
    scratch = main.worktree("scratch").path
    ask(session, kinds.START)
    for command in LEAVES_THE_BASE:
        words = command.format(main=main.path, scratch=scratch)
        assert is_allowed(shell(session, words)), command


def test_a_lead_moves_the_base(main: Repo, session: Repo) -> None:
    """A conversation that began under no contract, where the base is checked out."""
    ask(main, kinds.START)
    for command in MOVES_THE_BASE:
        assert is_allowed(shell(main, command.format(main=main.path))), command


@pytest.mark.parametrize("place", ["main", "feature"])
def test_a_conversation_that_switches_to_what_is_not_its_own(main: Repo, place: str) -> None:
    """It stays its session's, in the main worktree, too: it commits on no other branch."""
    here = main
    if place == "main":
        main.git("switch", "-q", "-c", "feature")
    else:
        here = main.worktree("feature")
        main.git("switch", "-q", "--detach")
    here.git("branch", "other")
    ask(here, kinds.START)
    for branch in ("main", "other"):
        for switch in (
            f"git switch {branch}",
            f"git switch --ignore-other-worktrees {branch}",
            f"git symbolic-ref HEAD refs/heads/{branch}",
        ):
            asked = shell(here, f"{switch} && git commit -am x")
            assert asked.verb == "deny", switch
        here.git("switch", "-q", branch)
        for command in ("git commit -am x", "git merge feature", "git reset --hard HEAD~1"):
            assert shell(here, command).verb == "deny", (branch, command)
        for command in ("git switch feature", "git log", "git switch feature && git commit -am x"):
            assert is_allowed(shell(here, command)), (branch, command)
