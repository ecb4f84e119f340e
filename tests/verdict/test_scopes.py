"""Which change is judged: staged, worktree, branch and range."""

from __future__ import annotations

import os

import pytest

from tests.kit import BASE, Repo


def test_untouched_branch_keeps_its_contract(team: Repo) -> None:
    """A branch without changes is kept in every scope."""
    team.branch("api")
    for scope in ([], ["--staged"], ["--branch"], ["--base", "main", "--head", "api"]):
        ran = team.check(*scope)
        assert (ran.code, ran.report["verdict"], ran.report["checked"]["paths"]) == (
            0,
            "kept",
            0,
        ), ran


def test_work_inside_the_contract_is_kept(team: Repo) -> None:
    """A session may change, add and delete files that it owns, staged or not."""
    team.branch("api").write({"api/a.py": "changed\n", "api/new/deep.py": "new\n"})
    os.unlink(team.path / "api/b.py")
    assert team.check().code == 0
    team.git("add", "-A")
    assert team.check("--staged").code == 0
    team.commit()
    assert team.check("--branch").code == 0
    assert team.check("--base", "main", "--head", "api").report["checked"]["paths"] == 3


def test_each_scope_sees_its_own_change_set(team: Repo) -> None:
    """Committed, staged and unstaged trespasses are seen only by scopes that compare them."""
    team.branch("api").commit({"web/a.py": "committed\n"})
    team.write({"web/b.py": "staged\n"}).git("add", "web/b.py")
    team.write({"web/c.py": "unstaged\n", "untracked.py": "new\n"})
    everything = {
        "web/a.py": ["OWN001"],
        "web/b.py": ["OWN001"],
        "web/c.py": ["OWN001"],
        "untracked.py": ["OWN001"],
    }
    assert team.check().codes == everything
    assert team.check("--staged").codes == {"web/b.py": ["OWN001"]}
    assert team.check("--branch").codes == {"web/a.py": ["OWN001"]}
    assert team.check("--base", "main", "--head", "HEAD").codes == {"web/a.py": ["OWN001"]}


def test_ignored_files_are_not_changes(team: Repo) -> None:
    """What git ignores is not under judgement."""
    team.commit({".gitignore": "*.log\n"}, "ignore")
    team.branch("api").write({"debug.log": "x\n"})
    assert team.check().code == 0


def test_a_rename_is_judged_on_both_sides(team: Repo) -> None:
    """Moving a file out of a forbidden folder names the old path as well as the new one."""
    team.branch("api").git("mv", "secret/a.py", "api/taken.py")
    assert team.check("--staged").codes == {"secret/a.py": ["OWN002"]}
    team.git("mv", "web/a.py", "docs/moved.py")
    assert team.check("--staged").codes == {
        "secret/a.py": ["OWN002"],
        "web/a.py": ["OWN001"],
        "docs/moved.py": ["OWN001"],
    }


def test_modes_types_and_links_are_changes(team: Repo) -> None:
    """A mode, a link in place of a file and a new link are seen in each scope."""
    team.branch("api")
    (team.path / "web/a.py").chmod(0o755)
    (team.path / "web/b.py").unlink()
    (team.path / "web/b.py").symlink_to("a.py")
    (team.path / "web/link").symlink_to("/etc/passwd")
    expected = {"web/a.py": ["OWN001"], "web/b.py": ["OWN001"], "web/link": ["OWN001"]}
    assert team.check().codes == expected
    team.git("add", "-A")
    assert team.check("--staged").codes == expected
    team.git("commit", "-qm", "x")
    assert team.check("--branch").codes == expected


@pytest.mark.parametrize(
    ("command", "seen"),
    [
        (["commit", "-qm", "x"], "web/a.py"),
        (["commit", "-qam", "x"], "web/b.py"),
        (["commit", "-qm", "x", "web/c.py"], "web/c.py"),
    ],
)
def test_hook_judges_the_index_that_git_names(team: Repo, command: list[str], seen: str) -> None:
    """`commit`, `commit -a` and `commit PATH` are judged by what each would commit."""
    for place in (team.branch("api"), team.worktree("linked", "worktree-api")):
        install(team)
        place.write({"web/a.py": "1\n"}).git("add", "web/a.py")
        place.write({"web/b.py": "2\n", "web/c.py": "3\n"})
        ran = place.run("git", *command, ok=(1,))
        assert seen in ran.err
        assert ("web/c.py" in ran.err) == (seen == "web/c.py" or "-qam" in command)
        assert ("web/a.py" in ran.err) == (seen != "web/c.py")
        place.git("reset", "-q", "--hard")


def install(repo: Repo) -> None:
    """Make git itself run guard, as a hook in the folder that all worktrees share."""
    import sys

    hook = repo.path / ".git/hooks/pre-commit"
    hook.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -m guard hook pre-commit "$@"\n')
    hook.chmod(0o755)


def test_hook_is_silent_about_good_work(team: Repo) -> None:
    """A commit that keeps its contract goes through without a word."""
    install(team.branch("api"))
    team.write({"api/a.py": "better\n"}).git("add", "-A")
    ran = team.run("git", "commit", "-qm", "work")
    assert (ran.out, ran.err) == ("", "")


def test_taking_a_trespass_back_is_never_blamed(team: Repo) -> None:
    """Staging the base's version of a file again passes, although it differs from HEAD."""
    team.branch("api").commit({"web/a.py": "trespass\n", "stray.py": "x\n"})
    team.git("checkout", "main", "--", "web/a.py")
    team.git("rm", "-q", "stray.py")
    assert team.check("--staged").code == 0
    assert team.check().code == 0
    team.git("commit", "-qm", "back")
    assert team.check("--branch").code == 0


def test_what_the_base_already_has_is_never_blamed(team: Repo) -> None:
    """A change that the base got, too, by cherry-pick or squash, is not the branch's."""
    team.branch("api").commit({"api/a.py": "mine\n"})
    team.git("switch", "-q", "main")
    picked = team.commit({"web/a.py": "on main\n"})
    team.git("switch", "-q", "api")
    team.git("cherry-pick", picked)
    assert team.check("--branch").code == 0
    team.git("reset", "-q", "--hard", "HEAD~1")
    team.git("merge", "-q", "--squash", "main")
    assert team.check("--staged").code == 0


def test_first_commit_of_a_repository(empty: Repo) -> None:
    """Before the first commit nothing is judged: `check` says so, and the hook lets it pass."""
    empty.write({"guard.toml": BASE}).git("add", "-A")
    ran = empty.check("--staged")
    assert (ran.code, ran.report["verdict"]) == (2, "error")
    assert "there is no commit here" in ran.err
    install(empty)
    empty.git("commit", "-qm", "first")


def test_orphan_branch_is_compared_with_nothing(team: Repo) -> None:
    """On a branch without a commit every file is an addition."""
    team.git("switch", "-q", "--orphan", "api")
    team.write({"api/x.py": "x\n", "web/x.py": "x\n"})
    assert team.check().codes == {"web/x.py": ["OWN001"]}
    team.git("add", "-A")
    assert team.check("--staged").codes == {"web/x.py": ["OWN001"]}


def test_unmerged_paths_are_judged(team: Repo) -> None:
    """In the middle of a conflict the paths that are not merged yet count as changed."""
    team.branch("api").commit({"web/a.py": "mine\n"})
    team.git("switch", "-q", "main")
    team.commit({"web/a.py": "theirs\n", "web/b.py": "theirs\n"})
    team.git("switch", "-q", "api")
    team.git("merge", "-q", "main", ok=(1,))
    assert team.check("--staged").codes == {"web/a.py": ["OWN001"]}
    assert team.check().codes == {"web/a.py": ["OWN001"]}


def test_what_is_proposed_does_no_harm(team: Repo) -> None:
    """Unstaging is proposed for a plain commit, not for `commit -a` or a merge."""
    install(team.branch("api"))
    team.write({"web/a.py": "x\n"}).git("add", "-A")
    assert (
        "git restore --staged -- :/web/a.py" in team.run("git", "commit", "-qm", "x", ok=(1,)).err
    )
    assert "guard explain web/a.py" in team.run("git", "commit", "-qam", "x", ok=(1,)).err
