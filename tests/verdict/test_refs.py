"""Which commit a name means: who may push a tag or a branch cannot choose what is trusted."""

from __future__ import annotations

import pytest

from tests.kit import POLICY, Repo


@pytest.fixture
def clone(team: Repo) -> Repo:
    """As in CI: `api` with a trespass, the base as `origin/main`, and `evil` without rules."""
    team.branch("api").commit({"web/a.py": "trespass\n"})
    team.git("switch", "-q", "-c", "evil", "main")
    team.commit({"guard.toml": POLICY + "[rules]\nOWN001 = 'off'\n"})
    team.git("switch", "-q", "main")
    made = Repo(team.path.parent / "clone")
    team.git("clone", "-q", "-b", "api", str(team.path), str(made.path))
    return made


def test_plain_names_mean_branches(clone: Repo) -> None:
    """Short and full names, object ids and steps back from them are taken as git takes them."""
    clone.git("branch", "main", "origin/main")
    for base in (
        "origin/main",
        "main",
        "refs/heads/main",
        "heads/main",
        clone.git("rev-parse", "main"),
        "main~0",
        "origin",
    ):
        assert clone.check("--base", base, "--head", "HEAD").codes == {"web/a.py": ["OWN001"]}, base
    assert clone.check("--base", "main", "--head", "api").report["branch"] == "api"


@pytest.mark.parametrize(
    "tag",
    [
        "refs/heads/main",
        "refs/remotes/origin/HEAD",
        "refs/remotes/origin/main",
        "main",
        "HEAD",
        "origin/HEAD",
    ],
)
def test_a_tag_is_never_the_base(clone: Repo, tag: str) -> None:
    """A tag with the name of a ref that does not exist is not the base, though git takes it."""
    clone.git("remote", "set-head", "origin", "--delete")
    clone.git("update-ref", f"refs/tags/{tag}", "origin/evil")
    ran = clone.check("--branch")
    assert (ran.codes, ran.report["trusted"]["ref"]) == ({"web/a.py": ["OWN001"]}, "origin/main")


def test_a_branch_of_the_remote_is_never_its_head(clone: Repo) -> None:
    """Without origin/HEAD the base is `main`, whatever branches the remote has."""
    clone.git("remote", "set-head", "origin", "--delete")
    clone.git("update-ref", "refs/tags/refs/remotes/origin/HEAD", "origin/evil")
    clone.git("update-ref", "refs/remotes/origin/refs/tags/refs/remotes/origin/HEAD", "origin/evil")
    assert clone.check("--branch").codes == {"web/a.py": ["OWN001"]}


@pytest.mark.parametrize(
    ("ref", "base"),
    [
        ("refs/tags/origin/main", "origin/main"),
        ("refs/heads/origin/main", "origin/main"),
        ("refs/tags/origin/main", "origin/main~1"),
        ("refs/tags/main", "main"),
        ("refs/tags/refs/heads/main", "refs/heads/main"),
    ],
)
def test_a_name_with_two_meanings_is_an_error(clone: Repo, ref: str, base: str) -> None:
    """A base that could be either of two refs is not guessed, and the hint names one in full."""
    clone.git("update-ref", ref, "HEAD")
    ran = clone.check("--base", base, "--head", "HEAD")
    assert ran.code == 2
    assert ref in ran.err
    assert "write the one you mean in full: --base refs/" in ran.err
    assert clone.check("--base", "refs/remotes/origin/main", "--head", "HEAD").codes == {
        "web/a.py": ["OWN001"]
    }


def test_a_tag_called_like_the_head_is_an_error(clone: Repo) -> None:
    """A harmless commit cannot be judged in the place of a branch."""
    clone.git("tag", "api", "origin/main")
    assert clone.check("--base", "origin/main", "--head", "api").code == 2
    assert clone.check("--base", "origin/main", "--head", "refs/heads/api").codes == {
        "web/a.py": ["OWN001"]
    }


def test_names_that_look_like_options(clone: Repo) -> None:
    """Branches called like options are branches, and nothing is written."""
    clone.git("update-ref", "refs/heads/--output=pwn", "HEAD")
    assert clone.check(
        "--base", "origin/main", "--head=--output=pwn", "--contract", "api"
    ).codes == {"web/a.py": ["OWN001"]}
    clone.git("symbolic-ref", "HEAD", "refs/heads/--output=pwn")
    assert clone.check("--contract", "api").codes == {"web/a.py": ["OWN001"]}
    assert not (clone.path / "pwn").exists()


@pytest.mark.parametrize(
    "base",
    ["^origin/main", "origin/main..HEAD", "origin/main:", "origin/main\nHEAD", "nowhere", "--all"],
)
def test_what_names_no_commit_is_an_error(clone: Repo, base: str) -> None:
    """Ranges, trees, negations and nonsense are not commits."""
    ran = clone.check("--base", base, "--head", "HEAD")
    assert ran.code == 2
    assert "names no commit here" in ran.err
    assert ("hint: git fetch origin" in ran.err) == (not set(base) & set(":^~") and base != "--all")


def test_a_branch_that_only_the_remote_has(clone: Repo) -> None:
    """Fetching what is there already would lead in a circle."""
    clone.git("update-ref", "refs/remotes/origin/release/1", "HEAD")
    ran = clone.check("--base", "release/1", "--head", "HEAD")
    assert "hint: write --base origin/release/1" in ran.err
    assert clone.check("--base", "origin/release/1", "--head", "HEAD").code == 0


def test_the_hint_can_be_pasted(clone: Repo) -> None:
    """A name that a shell would split is one word in the hint."""
    assert (
        "hint: git fetch origin 'a; touch ran'"
        in clone.check("--base", "a; touch ran", "--head", "HEAD").err
    )


def test_a_branch_called_head(clone: Repo) -> None:
    """`HEAD` is what is checked out, although a branch and a tag have that name too."""
    for ref in ("refs/heads/HEAD", "refs/tags/HEAD"):
        clone.git("update-ref", ref, "origin/main")
    for scope in ([], ["--branch"], ["--base", "origin/main", "--head", "HEAD"]):
        ran = clone.check(*scope)
        assert (ran.codes, ran.report["branch"]) == ({"web/a.py": ["OWN001"]}, "api")


def test_merge_head_holds_object_ids(team: Repo) -> None:
    """What git keeps about a merge in progress is not passed on as an option."""
    team.branch("api").write({"api/a.py": "x\n"}).git("add", "-A")
    (team.path / ".git/MERGE_HEAD").write_text("--output=pwn\n")
    for scope in ([], ["--staged"]):
        assert team.check(*scope).code == 2
    assert not (team.path / "pwn").exists()


def test_bisecting_a_detached_head(team: Repo) -> None:
    """The object id that a bisection started from is no branch."""
    team.branch("api").commit({"api/a.py": "x\n"})
    team.git("bisect", "start", "HEAD", "main~1")
    assert team.check("--contract", "api").report["branch"] == "api"
    team.git("bisect", "reset")
    team.git("switch", "-q", "--detach")
    team.git("bisect", "start", "HEAD", "main~1")
    assert not team.check("--contract", "api").report["branch"]


@pytest.mark.parametrize("rev", ["main:other", "-x"])
def test_what_is_no_branch_is_not_to_be_fetched(clone: Repo, rev: str) -> None:
    """A word that would be more than a branch's name to `git fetch` is in no command."""
    ran = clone.guard("check", f"--base={rev}")
    assert (ran.code, ran.err.split("hint: ")[1]) == (2, "git branch --all\n")
