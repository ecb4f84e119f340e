"""post-checkout: a new worktree hears of its contract, and no checkout ever fails by it."""

from __future__ import annotations

import os

from tests.kit import Ran, Repo


def add(repo: Repo, branch: str, *options: str) -> Ran:
    """Add a linked worktree on a branch."""
    path = repo.path.parent / branch.replace("/", "-")
    made = (
        ["-b", branch] if repo.run("git", "rev-parse", "-q", "--verify", branch, ok=()).code else []
    )
    return repo.run(
        "git", "worktree", "add", "-q", *options, *made, str(path), *([] if made else [branch])
    )


def test_a_session_hears_of_its_contract(wired: Repo) -> None:
    """A few lines show the contract's name, owner, goal and patterns, for each new worktree."""
    wired.contract(
        "feature",
        owner="Ada",
        goal="Make it\nfaster.",
        owns=[f"/p{number}/" for number in range(9)],
        forbids=["/x/"],
    )
    linked = Repo(wired.path.parent / "api")
    assert "works under contract api" in add(wired, "api").err
    assert add(linked, "feat/feature").err == (
        "guard: this worktree works under contract feature (Ada): Make it\n"
        "  owns /p0/ /p1/ /p2/ /p3/ /p4/ and 4 more\n  forbids /x/\n"
        "  next: guard contract show feature\n"
    )


def test_a_session_without_a_contract_hears_of_that(wired: Repo) -> None:
    """If no contract claims the branch, the hook shows how to make one, if the policy wants one."""
    ran = add(wired, "topic")
    assert "no contract claims branch topic" in ran.err
    assert "next: guard contract new topic " in ran.err
    assert "guard contract new NAME " in add(wired, "a/b/c").err
    wired.commit({"guard.toml": "[contracts]\nmissing = 'off'\n"})
    assert add(wired, "other").err == ""


def test_a_self_declared_contract(wired: Repo) -> None:
    """A contract that does not stand on the base yet is told as such."""
    wired.branch("mine").contract("mine", owns=["mine/"])
    wired.git("switch", "-q", "main")
    assert "contract mine, which is not on main yet" in add(wired, "mine").err


def test_silence(wired: Repo) -> None:
    """A switch, a checkout of files, a detached worktree and one of the base get no message."""
    wired.git("branch", "api")
    for words in (
        ["switch", "-q", "api"],
        ["checkout", "-q", "main", "--", "api/a.py"],
        ["switch", "-q", "--detach", "main"],
    ):
        assert wired.run("git", *words).err == "", words
    assert (
        wired.run(
            "git", "worktree", "add", "-q", "--detach", str(wired.path.parent / "detached"), "main"
        ).err
        == ""
    )
    assert add(wired, "main").err == ""


def test_where_guard_is_not_adopted(empty: Repo) -> None:
    """Without policy and contracts nothing is said."""
    empty.commit({"a": "1\n"})
    assert empty.guard("install", "--as", "files").code == 0
    assert add(empty, "topic").err == ""


def test_an_unreadable_contract_where_guard_is_not_adopted(empty: Repo) -> None:
    """A contract of the branch alone is not read before the base has adopted guard."""
    empty.commit({"a": "1\n"})
    empty.branch("topic").commit({".guard/contracts/topic.toml": "wrong\n"})
    empty.git("switch", "-q", "main")
    assert empty.guard("install", "--as", "files").code == 0
    assert add(empty, "topic").err == ""


def test_an_error_fails_no_checkout(wired: Repo) -> None:
    """What cannot be read is told, and the worktree is made all the same."""
    wired.commit({"guard.toml": "bse = 1\n"}, "mistyped", "--no-verify")
    ran = add(wired, "api")
    assert "bse: unknown key" in ran.err
    assert os.path.isfile(wired.path.parent / "api/guard.toml")


def test_words_that_git_would_not_send(team: Repo) -> None:
    """Without git's three words there is nothing to tell."""
    for words in ([], ["x"], ["0" * 40, "1" * 40], ["0" * 40, "1" * 40, "0"]):
        assert team.guard("hook", "post-checkout", *words) == (0, "", "")
