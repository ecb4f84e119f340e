"""What the commit hooks judge, in any worktree, and what they say if they are bypassed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.kit import BASE, Ran, Repo


@pytest.fixture(params=["main worktree", "linked worktree"])
def api(wired: Repo, request: pytest.FixtureRequest) -> Repo:
    """The session `api`, in either kind of worktree."""
    if request.param == "main worktree":
        return wired.branch("api")
    return wired.worktree("linked", "api")


def commit(repo: Repo, *words: str, cwd: Path | None = None) -> Ran:
    """Run `git commit` and give all it says."""
    return repo.run("git", "commit", "-q", "-m", "work", *words, ok=(0, 1), cwd=cwd)


def test_good_work_goes_through_in_silence(api: Repo) -> None:
    """A commit that keeps its contract is made, and no hook says a word."""
    for words in (["-a"], ["--", "api/a.py"], ["-a", "--amend"]):
        api.write({"api/a.py": f"{words}\n"})
        assert commit(api, *words) == (0, "", ""), words


@pytest.mark.parametrize(
    ("words", "stopped"),
    [
        ([], "web/a.py"),
        (["-a"], "docs/a.md"),
        (["--", "docs/a.md"], "docs/a.md"),
        (["-i", "--", "docs/a.md"], "docs/a.md"),
        (["--amend"], "web/a.py"),
        (["-a", "--amend", "--no-edit"], "docs/a.md"),
    ],
)
def test_what_each_commit_would_hold_is_judged(api: Repo, words: list[str], stopped: str) -> None:
    """The index that git names is judged, whichever way the commit is put together."""
    head = api.git("rev-parse", "HEAD")
    api.write({"web/a.py": "staged\n"}).git("add", "web/a.py")
    api.write({"docs/a.md": "not staged\n"})
    ran = commit(api, *words)
    assert (ran.code, api.git("rev-parse", "HEAD")) == (1, head)
    assert f"{stopped}: OWN001" in ran.err
    assert ("docs/a.md: OWN001" in ran.err) == (stopped == "docs/a.md")
    assert ("web/a.py: OWN001" in ran.err) == ("--" not in words or "-i" in words)


def test_from_a_subdirectory(api: Repo) -> None:
    """A commit typed below the top is judged by the same paths."""
    api.write({"web/a.py": "x\n"}).git("add", "-A")
    assert "web/a.py: OWN001" in commit(api, cwd=api.path / "api").err


def test_on_a_detached_head(api: Repo) -> None:
    """A commit without a branch has no contract; the hint binds the worktree to one."""
    api.git("switch", "-q", "--detach")
    api.write({"api/a.py": "x\n"})
    ran = commit(api, "-a")
    assert (ran.code, "CON001" in ran.err) == (1, True)
    step = ran.err.partition("next: ")[2].partition("   #")[0]
    assert step == "guard start --here NAME"
    assert api.guard(*step.removeprefix("guard ").replace("NAME", "api").split()).code == 0
    assert commit(api, "-a") == (0, "", "")


def test_an_amend_that_takes_it_back(api: Repo) -> None:
    """Amending a stray commit until it is clean is never stopped."""
    api.write({"web/a.py": "stray\n", "api/a.py": "good\n"}).git("add", "-A")
    commit(api, "--no-verify")
    api.git("checkout", "-q", "main", "--", "web/a.py")
    assert commit(api, "--amend") == (0, "", "")


def test_a_commit_past_the_hook_is_told_of(api: Repo) -> None:
    """After `--no-verify` the next hook reports the commit and how to take it back."""
    api.write({"web/a.py": "stray\n"}).git("add", "-A")
    ran = commit(api, "--no-verify")
    assert ran.code == 0
    assert ran.err.startswith("guard: contract api broken")
    assert "web/a.py: OWN001" in ran.err
    assert "next: git reset --soft HEAD~1" in ran.err
    assert api.git("log", "-1", "--format=%B").strip() == "work"


def test_a_good_commit_past_the_hook_is_not_told_of(api: Repo) -> None:
    """`--no-verify` alone is nobody's mistake."""
    api.write({"api/a.py": "fine\n"}).git("add", "-A")
    assert commit(api, "--no-verify") == (0, "", "")


def test_a_stray_is_told_of_after_a_good_commit(api: Repo) -> None:
    """A judged commit does not hide a later one that was not judged, however it is made."""
    for number, words in enumerate((["-a"], ["--", "web/a.py"], ["--amend", "-a"])):
        api.write({"api/a.py": f"{number}\n"})
        assert commit(api, "-a").code == 0
        api.write({"web/a.py": f"{number}\n"})
        assert "web/a.py: OWN001" in commit(api, "--no-verify", *words).err, words
        api.git("reset", "-q", "--hard", "main")


def test_a_judged_index_on_another_head(api: Repo) -> None:
    """An index judged against one commit is judged again once HEAD has moved."""
    api.write({"web/a.py": "stray\n"}).git("add", "-A")
    commit(api, "--no-verify")
    api.write({"api/a.py": "good\n"})
    assert commit(api, "-a").code == 0
    api.git("reset", "-q", "--soft", "HEAD~2")
    assert "web/a.py: OWN001" in commit(api, "--no-verify").err


def test_picks_and_reverts_are_told_of(api: Repo) -> None:
    """Without pre-commit a stray cherry-pick or revert is still reported; undoing one is not."""
    api.git("branch", "start")
    api.write({"web/a.py": "stray\n"}).git("add", "-A")
    commit(api, "--no-verify")
    stray = api.git("rev-parse", "HEAD")
    back = ["revert", "--no-edit", "HEAD"]
    assert api.run("git", *back).err == ""
    assert "web/a.py: OWN001" in api.run("git", *back).err
    api.git("reset", "-q", "--hard", "start")
    assert "web/a.py: OWN001" in api.run("git", "cherry-pick", stray).err


def test_a_rebase_is_told_of_once(wired: Repo) -> None:
    """At the end of a rebase the branch is judged, its stray commit named, no handoff asked for."""
    wired.policy(BASE).branch("api").commit({"api/a.py": "1\n"}, "one")
    wired.commit({"docs/a.md": "stray\n"}, "a stray one", "--no-verify")
    wired.commit({"api/b.py": "3\n"}, "three")
    wired.git("switch", "-q", "main")
    wired.commit({"README.md": "new\n"}, "moves on")
    wired.git("switch", "-q", "api")
    ran = wired.run("git", "rebase", "-q", "main")
    assert ran.err.count("docs/a.md: OWN001") == 1
    assert f"brought by {wired.git('rev-parse', 'HEAD~1')[:12]} (a stray one): docs/a.md" in ran.err
    wired.git("reset", "-q", "--hard", "HEAD~2")
    wired.git("switch", "-q", "main")
    wired.commit({"README.md": "newer\n"}, "moves on")
    wired.git("switch", "-q", "api")
    assert wired.run("git", "rebase", "-q", "main").err == ""


def test_other_rewrites_are_nothing_new(team: Repo) -> None:
    """An amended commit was judged before; without a policy nothing is said."""
    team.branch("api").commit({"docs/a.md": "x\n"})
    assert team.guard("hook", "post-rewrite", "amend") == (0, "", "")
    assert "docs/a.md: OWN001" in team.guard("hook", "post-rewrite", "rebase").err
    team.git("switch", "-q", "main")
    team.commit({"guard.toml": "bse = 1\n"})
    ran = team.guard("hook", "post-rewrite", "rebase")
    assert (ran.code, "bse: unknown key" in ran.err) == (0, True)
    team.git("rm", "-q", "-r", "guard.toml", ".guard")
    team.git("commit", "-q", "-m", "without guard")
    assert team.guard("hook", "post-rewrite", "rebase") == (0, "", "")


def test_a_clean_merge_brings_no_blame(api: Repo, wired: Repo) -> None:
    """Merging the base breaks no contract; a merge with a stray commit of the branch is stopped."""
    api.commit({"api/a.py": "mine\n"})
    other = wired.worktree("integrator", "elsewhere", "main")
    other.git("commit", "-q", "--allow-empty", "-m", "x", "--no-verify")
    base = other.commit({"web/a.py": "theirs\n", "docs/a.md": "theirs\n"}, "theirs", "--no-verify")
    other.git("update-ref", "refs/heads/main", base)
    ran = api.run("git", "merge", "-q", "--no-edit", base)
    assert ran.err == ""


def test_a_conflict_is_its_resolvers(wired: Repo) -> None:
    """What a resolution changes beyond both sides is the author's; the base's changes are not."""
    wired.branch("api").commit({"api/a.py": "mine\n"})
    wired.git("switch", "-q", "main")
    wired.commit({"api/a.py": "theirs\n", "web/a.py": "theirs\n", "docs/a.md": "theirs\n"})
    wired.git("switch", "-q", "api")
    wired.git("merge", "-q", "main", ok=(1,))
    wired.write({"api/a.py": "both\n"}).git("add", "-A")
    assert commit(wired) == (0, "", "")
    wired.git("reset", "-q", "--hard", "HEAD~1")
    wired.git("merge", "-q", "main", ok=(1,))
    wired.write({"api/a.py": "both\n", "web/a.py": "mine\n"}).git("add", "-A")
    ran = commit(wired)
    assert ran.code == 1
    assert "web/a.py: OWN001" in ran.err
    assert "docs/a.md" not in ran.err


def test_a_merge_past_the_hook_is_told_of(wired: Repo) -> None:
    """A merge that pre-merge-commit would stop is made with `--no-verify`, and told of."""
    lines = [f"{number}\n" for number in range(9)]
    wired.commit({"docs/l.md": "".join(lines)})
    wired.branch("other").commit(
        {"docs/l.md": "".join(["x\n", *lines[1:]])}, "other", "--no-verify"
    )
    wired.git("switch", "-q", "-c", "api", "main")
    wired.commit({"docs/l.md": "".join([*lines[:-1], "mine\n"])}, "stray", "--no-verify")
    assert "docs/l.md: OWN001" in wired.run("git", "merge", "-q", "--no-edit", "other", ok=(1,)).err
    wired.git("merge", "--abort")
    ran = wired.run("git", "merge", "-q", "--no-edit", "--no-verify", "other")
    assert "docs/l.md: OWN001" in ran.err
    assert "so it is made" in ran.err


def test_nothing_is_left_behind(api: Repo) -> None:
    """After judged and stopped commits git's folder has an empty file and perhaps a note."""
    api.write({"api/a.py": "x\n"})
    commit(api, "-a")
    api.write({"web/a.py": "x\n"})
    commit(api, "-a")
    git_dir = api.git("rev-parse", "--absolute-git-dir")
    assert set(os.listdir(f"{git_dir}/guard")) - {"live"} == {"judged"}
    assert not [name for name in os.listdir(git_dir) if name.endswith(".lock")]
    assert api.git("status", "--porcelain").strip() == "M web/a.py"
    assert api.git("fsck", "--no-dangling") == ""
