"""`guard start --pr`: the branch of a pull request, and what a fork's does not get."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.commands.test_start_session import killing_git
from tests.kit import Repo, team

POLICY = 'base = "main"\n\n[start]\nrun = ["echo prepared"]\n'
PLACE = ".claude/worktrees"
URL = "https://github.com/ada/shop/pull/7"


@pytest.fixture
def remote(repo: Repo, tmp_path: Path) -> Repo:
    """A bare remote with the pull requests 7 (a fork's) and 8 (of its branch feat/pages)."""
    main = team(repo, policy=POLICY)
    main.commit({".worktreeinclude": ".env\n", ".gitignore": ".env\n"}, "include")
    main.branch("feat/pages").commit({"web/a.py": "pages\n"}, "pages")
    main.git("switch", "-q", "main")
    main.branch("theirs").commit({"docs/a.py": "theirs\n", "docs/b.py": "theirs\n"}, "theirs")
    main.git("switch", "-q", "main")
    bare = tmp_path / "remote.git"
    main.git("clone", "-q", "--bare", str(main.path), str(bare))
    there = Repo(bare)
    there.git("update-ref", "refs/pull/7/head", "theirs")
    there.git("update-ref", "-d", "refs/heads/theirs")
    there.git("update-ref", "refs/pull/8/head", "feat/pages")
    return there


@pytest.fixture
def clone(remote: Repo, tmp_path: Path) -> Repo:
    """A clone with an ignored file that worktrees get."""
    remote.git("clone", "-q", str(remote.path), str(tmp_path / "clone"))
    return Repo(tmp_path / "clone").write({".env": "secret\n"})


def at(repo: Repo, name: str) -> Repo:
    """The worktree of a session."""
    return Repo(repo.path / PLACE / name)


def hook_of_a_checkout(repo: Repo) -> None:
    """Have git run a hook in each new worktree."""
    hook = repo.path / ".git/hooks/post-checkout"
    hook.write_text("#!/bin/sh\ntouch ran\n")
    hook.chmod(0o755)


def test_a_branch_of_the_remote(clone: Repo, remote: Repo) -> None:
    """Its contract is the one that claims the branch; it is prepared like any other."""
    clone.contract("pages", owns=["pages/"], branches=["feat/*"])
    clone.git("push", "-q", "origin", "main")
    ran = clone.guard("start", "--pr", "8")
    assert ran.code == 0, ran
    place = at(clone, "feat-pages")
    assert place.git("symbolic-ref", "--short", "HEAD") == "feat/pages"
    assert place.head() == remote.git("rev-parse", "feat/pages")
    assert place.git("rev-parse", "--abbrev-ref", "@{u}") == "origin/feat/pages"
    assert (place.path / ".env").read_text() == "secret\n"
    assert "prepared" in ran.out
    assert place.check().report["contract"] == "pages"


def test_a_forks(clone: Repo, remote: Repo) -> None:
    """Nothing is copied and nothing runs, hooks of the checkout included."""
    hook_of_a_checkout(clone)
    ran = clone.guard("start", "--pr", "7", "--owns", "/docs/")
    assert ran.code == 0, ran
    place = at(clone, "pr-7")
    assert place.git("rev-parse", "HEAD~1") == remote.git("rev-parse", "refs/pull/7/head")
    assert "it is a fork's pull request: nothing was copied or run" in ran.out
    assert not (place.path / ".env").exists()
    assert "prepared" not in ran.out
    assert not (place.path / "ran").exists()
    assert clone.git("config", "branch.pr-7.merge") == "refs/pull/7/head"
    assert place.check().report["verdict"] == "kept"


def test_a_forks_with_trust(clone: Repo) -> None:
    """`--trust` prepares it as any other, also if it comes later."""
    words = ("start", "--pr", "7", "--owns", "/docs/")
    for _ in range(2):
        ran = clone.guard(*words)
        assert (ran.code, "prepared" in ran.out, "fork" in ran.out) == (0, False, True), ran
    ran = clone.guard(*words, "--trust")
    assert (ran.code, "prepared" in ran.out, "fork" in ran.out) == (0, True, False), ran
    assert (at(clone, "pr-7").path / ".env").exists()
    ran = clone.guard(*words)
    assert (ran.code, "prepared" in ran.out, "fork" in ran.out) == (0, False, False), ran


def test_a_hook_of_the_checkout_runs_with_trust_alone(clone: Repo) -> None:
    """A hook of the user may run what it finds there, as `npm ci` does."""
    hook_of_a_checkout(clone)
    assert clone.guard("start", "--pr", "7", "--owns", "/docs/", "--trust").code == 0
    assert (at(clone, "pr-7").path / "ran").exists()


def test_a_forks_stays_one(clone: Repo) -> None:
    """Its branch is known later, when nobody says that it is a pull request's."""
    assert clone.guard("start", "--pr", "7", "--owns", "/docs/").code == 0
    clone.git("worktree", "remove", str(at(clone, "pr-7").path))
    ran = clone.guard("start", "pr-7")
    assert (ran.code, "prepared" in ran.out) == (0, False), ran
    assert not (at(clone, "pr-7").path / ".env").exists()


def test_the_same_words_give_the_same_place(clone: Repo, remote: Repo) -> None:
    """A request that has moved on is told, with the command; the worktree stays as it is."""
    words = ("start", "--pr", "7", "--owns", "/docs/")
    assert clone.guard(*words).code == 0
    before = at(clone, "pr-7").head()
    ran = clone.guard(*words)
    assert (ran.code, "pr-7 is there already" in ran.out, "lacks" in ran.out) == (0, True, False)
    tree = remote.git("rev-parse", "refs/pull/7/head^{tree}")
    more = remote.git("commit-tree", "-p", "refs/pull/7/head", "-m", "more", tree)
    remote.git("update-ref", "refs/pull/7/head", more)
    ran = clone.guard(*words)
    assert f"the branch lacks {more[:12]} of the pull request: git merge {more[:12]}" in ran.out
    assert at(clone, "pr-7").head() == before


def test_no_contract_claims_it(clone: Repo) -> None:
    """What it changes is told, and nothing is made."""
    before = clone.git("for-each-ref", "refs/heads"), clone.git("worktree", "list")
    ran = clone.guard("start", "--pr", "7")
    assert ran.code == 2
    assert "no contract claims pr-7; say what it may change" in ran.err
    assert "guard start --pr 7 --owns PATTERN   # it changes docs/a.py and 1 more file" in ran.err
    assert (clone.git("for-each-ref", "refs/heads"), clone.git("worktree", "list")) == before


def test_a_contract_that_it_brings_along(clone: Repo, remote: Repo, repo: Repo) -> None:
    """It counts as one that the branch declares itself."""
    text = 'goal = "Mine."\nowns = ["docs/"]\nbranches = ["pr-*"]\n'
    repo.branch("mine").commit({".guard/contracts/mine.toml": text, "docs/c.py": "x\n"}, "mine")
    repo.git("push", "-q", str(remote.path), "mine:refs/merge-requests/9/head")
    ran = clone.guard("start", "--pr", "9")
    assert (ran.code, "started mine on branch pr-9" in ran.out) == (0, True), ran


def test_by_its_address(clone: Repo) -> None:
    """The remote is the one with that project; another project's is refused."""
    there = clone.git("config", "remote.origin.url")
    clone.git("config", f"url.{there}.insteadOf", "git@github.com:ada/shop.git")
    clone.git("remote", "add", "upstream", "git@github.com:ada/shop.git")
    ran = clone.guard("start", "--pr", URL, "--owns", "/docs/")
    assert ran.code == 0, ran
    assert clone.git("config", "branch.pr-7.remote") == "upstream"
    for said, told in (
        ("https://github.com/eve/shop/pull/7", "no remote of this clone is github.com/eve/shop"),
        ("https://github.com/all/ada/shop/pull/7", "no remote of this clone is github.com/all/ada"),
        ("https://git.eve.example/ada/shop/pull/7", "no remote of this clone is git.eve.example"),
        ("https://github.com/ada/shop/-/merge_requests/7", "upstream has no pull request 7"),
        ("https://github.com/ada/shop/issues/7", "is no pull request's number or URL"),
        ("70", "origin has no pull request 70"),
    ):
        ran = clone.guard("start", "--pr", said, "--owns", "/docs/")
        assert (ran.code, told in ran.err) == (2, True), ran


@pytest.mark.parametrize(
    "url",
    [
        "https://ada:token@GitHub.com:443/Ada/Shop/",
        "ssh://git@ssh.github.com:443/ada/shop.git",
        "git@github.com-work:ada/shop",
        "hub:shop.git",
        "/srv/mirrors/ada/shop.git",
    ],
)
def test_an_address_of_the_remote(clone: Repo, url: str) -> None:
    """A remote may be called in git's and ssh's other ways."""
    there = clone.git("config", "remote.origin.url")
    clone.git("config", f"url.{there}.insteadOf", url)
    clone.git("remote", "set-url", "origin", url)
    if url.startswith("hub"):  # git rewrites a URL once
        clone.git("config", "url.git@github.com:ada/.pushInsteadOf", "hub:")
    ran = clone.guard("start", "--pr", f"{URL}/files#diff", "--owns", "/docs/")
    assert (ran.code, "started pr-7 on branch pr-7" in ran.out) == (0, True), ran


def test_a_branch_that_is_something_else(clone: Repo) -> None:
    """A fork's request does not go on with it; one that was fetched by hand is known from then."""
    clone.branch("pr-7").commit({"docs/mine.py": "mine\n"}, "mine")
    before = clone.git("rev-parse", "pr-7")
    clone.git("switch", "-q", "main")
    words = ("start", "--pr", "7", "--owns", "/docs/")
    ran = clone.guard(*words)
    assert (ran.code, "pr-7 is there already, and is not that of the" in ran.err) == (2, True), ran
    assert clone.git("rev-parse", "pr-7") == before
    clone.git("branch", "-m", "pr-7", "mine")
    clone.git("fetch", "-q", "origin", "refs/pull/7/head:pr-7")
    assert clone.guard(*words).code == 0
    ran = clone.guard("start", "pr-7")
    assert (ran.code, "prepared" in ran.out, "fork" in ran.out) == (0, False, True), ran


def test_where_it_makes_no_sense(clone: Repo, repo: Repo) -> None:
    """Another branch beside it, and a repository without a remote."""
    for words in (["--branch", "x"], ["--from", "web"], ["--here"]):
        ran = clone.guard("start", "--pr", "8", *words)
        assert (ran.code, "a pull request says which branch" in ran.err) == (2, True), ran
    repo.git("switch", "-q", "main")
    ran = repo.guard("start", "--pr", "8")
    assert (ran.code, "there is no remote with pull requests" in ran.err) == (2, True), ran


@pytest.mark.parametrize("call", range(5, 33, 6))
def test_a_request_killed_anywhere(clone: Repo, tmp_path: Path, call: int) -> None:
    """The same words bring it to its end, and nothing of a fork's is prepared on the way."""
    hook_of_a_checkout(clone)
    words = ("start", "--pr", "7", "--owns", "/docs/", "--no-fetch")
    clone.guard(*words, env=killing_git(tmp_path / "bin", call))
    again = clone.guard(*words)
    assert again.code == 0, again
    place = at(clone, "pr-7")
    assert place.git("symbolic-ref", "--short", "HEAD") == "pr-7"
    assert place.git("status", "--porcelain") == ""
    assert place.check().report["contract"] == "pr-7"
    assert clone.git("config", "branch.pr-7.merge") == "refs/pull/7/head"
    assert not [name for name in (".env", "ran") if (place.path / name).exists()]


def test_a_forks_stays_one_when_it_comes_back(clone: Repo) -> None:
    """git forgets what a branch follows with the branch; bringing it back brings that, too."""
    assert clone.guard("start", "--pr", "7", "--owns", "/docs/").code == 0
    assert clone.guard("finish", "pr-7", "--abandon").code == 0
    assert clone.git("config", "branch.pr-7.merge", ok=(1,)) == ""
    assert clone.guard("finish", "--undo", "pr-7").code == 0
    clone.git("worktree", "remove", str(at(clone, "pr-7").path))
    ran = clone.guard("start", "pr-7")
    assert (ran.code, "prepared" in ran.out) == (0, False), ran
    assert not (at(clone, "pr-7").path / ".env").exists()


def test_a_program_is_no_name(clone: Repo) -> None:
    """Without a name the request has its own, and what is behind `--` runs there."""
    ran = clone.guard("start", "--pr", "7", "--owns", "/docs/", "--", "sh", "-c", "basename $PWD")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "pr-7"), ran


def test_a_refused_start_prints_a_command_that_works(clone: Repo) -> None:
    """With the request, and all else that was typed."""
    clone.contract("pages", owns=["/web/"], branches=["pages"])
    clone.git("push", "-q", "origin", "main")
    words = ["--owns", "/web/", "--goal", "Better pages", "--", "echo", "there it is"]
    ran = clone.guard("start", "--pr", "8", *words)
    assert ran.code == 1, ran
    step = ran.out.splitlines()[-1].removeprefix("next: guard ")
    assert step.startswith("start feat-pages --pr 8 --goal 'Better pages' --owns /web/ --anyway --")
    ran = clone.guard(*shlex.split(step, comments=True))
    assert (ran.code, ran.out.endswith("there it is\n")) == (0, True), ran
    at(clone, "feat-pages").git("merge-base", "--is-ancestor", "origin/feat/pages", "HEAD")
