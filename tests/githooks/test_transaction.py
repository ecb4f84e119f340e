"""reference-transaction, the optional hook that sees every move of a branch."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit import BASE, Repo


@pytest.fixture
def api(team: Repo) -> Repo:
    """The session `api`, which owes a handoff and a command, with this hook alone."""
    team.policy(BASE).contract("api", owns=["api/"], verify=["make test"])
    assert team.guard("install", "--as", "files", "--hook", "reference-transaction").code == 0
    return team.branch("api")


def test_good_work_and_everything_else_of_git(api: Repo) -> None:
    """Every kind of move that keeps its contract passes in silence."""
    api.commit({"api/a.py": "1\n"})
    api.commit({"api/a.py": "2\n"}, "2", "--amend", "--no-verify")
    api.git("tag", "-a", "-m", "x", "v1")
    api.write({"api/b.py": "x\n"}).git("stash", "-q")
    api.git("switch", "-q", "main")
    api.commit({"docs/a.md": "on the base\n"})
    api.git("switch", "-q", "api")
    assert api.run("git", "rebase", "-q", "main").err == ""
    api.git("branch", "feat/api", "main")
    api.git("branch", "-D", "-q", "feat/api")
    api.git("clone", "-q", str(api.path), str(api.path.parent / "clone"))
    api.git("fetch", "-q", str(api.path.parent / "clone"), "api:refs/remotes/x/api")
    assert api.worktree("linked", "web", "main").git("rev-parse", "--abbrev-ref", "HEAD") == "web"


@pytest.mark.parametrize(
    "how",
    ["commit --no-verify", "update-ref", "branch", "reset", "cherry-pick", "merge", "fast-import"],
)
def test_no_way_around_it(api: Repo, how: str) -> None:
    """However a branch is to move, a tip that breaks its contract is refused, and it stays."""
    before = api.git("rev-parse", "HEAD")
    api.git("switch", "-q", "--detach")
    stray = api.commit({"docs/a.md": "stray\n"})
    api.git("switch", "-q", "api")
    words = {
        "commit --no-verify": ["commit", "-q", "-m", "x", "--no-verify"],
        "update-ref": ["update-ref", "refs/heads/api", stray],
        "branch": ["branch", "feat/api", stray],
        "reset": ["reset", "-q", "--hard", stray],
        "cherry-pick": ["cherry-pick", stray],
        "merge": ["merge", "-q", "--no-verify", stray],
        "fast-import": ["fast-import", "--quiet"],
    }[how]
    if how.startswith("commit"):
        api.write({"docs/a.md": "stray\n"}).git("add", "-A")
    ran = api.run("git", *words, stdin=f"reset refs/heads/api\nfrom {stray}\n".encode(), ok=())
    assert ran.code != 0
    assert "docs/a.md: OWN001" in ran.err
    assert api.git("rev-parse", "api") == before
    assert api.run("git", "rev-parse", "-q", "--verify", "feat/api", ok=(1,)).out == ""


def test_mending_step_by_step(api: Repo) -> None:
    """A branch that is already broken may move if nothing is added to what is wrong."""
    api.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", "start")
    api.write({"docs/a.md": "stray\n", "docs/b.md": "stray\n"}).git("add", "-A")
    api.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "two strays")
    api.git("rm", "-q", "docs/b.md")
    assert api.run("git", "commit", "-q", "-m", "one less").err == ""
    api.write({"web/a.py": "x\n"}).git("add", "-A")
    assert "web/a.py: OWN001" in api.run("git", "commit", "-q", "-m", "one more", ok=(128,)).err
    api.git("reset", "-q", "--hard", "HEAD~1")


def test_a_branch_of_another_root(api: Repo) -> None:
    """The first commit of an orphan branch is judged by all that it holds."""
    api.git("switch", "-q", "--orphan", "web")
    api.commit({"web/x.py": "x\n"})
    api.write({"docs/x.md": "x\n"}).git("add", "-A")
    assert "docs/x.md: OWN001" in api.run("git", "commit", "-q", "-m", "x", ok=(128,)).err


def test_guard_is_started_only_where_it_can_stop_something(api: Repo) -> None:
    """The shell passes other states, remote refs and pseudo-refs without starting guard."""
    shim = api.path / ".git/hooks/reference-transaction"
    shim.write_text(shim.read_text().replace('"$guard" hook', 'echo started >&2; "$guard" hook'))
    head = api.git("rev-parse", "HEAD")
    zero = "0" * 40
    for state, refs, started in (
        ("prepared", ["refs/heads/api"], True),
        ("prepared", ["HEAD", "refs/heads/api"], True),
        (
            "prepared",
            ["HEAD", "ORIG_HEAD", "refs/remotes/origin/refs", "refs/tags/refs/heads"],
            False,
        ),
        *(
            (state, ["refs/heads/api"], False)
            for state in ("committed", "aborted", "preparing", "never heard of")
        ),
    ):
        lines = "".join(f"{zero} {head} {ref}\n" for ref in refs)
        ran = api.run(str(shim), state, stdin=lines.encode(), env={"GIT_DIR": f"{api.path}/.git"})
        assert ("started" in ran.err) == started, state


def test_other_states(api: Repo) -> None:
    """guard itself, too, has nothing to say in a state in which nothing can be stopped."""
    head = api.git("rev-parse", "HEAD")
    for state in ("preparing", "committed", "aborted"):
        assert api.guard(
            "hook", "reference-transaction", state, stdin=f"{head} {head} refs/heads/x\n".encode()
        ) == (0, "", "")


def test_not_adopted(empty: Repo) -> None:
    """Where guard has nothing to judge by, branches move."""
    assert empty.guard("install", "--as", "files", "--hook", "reference-transaction").code == 0
    empty.commit({"a": "1\n"})
    empty.branch("x").commit({"a": "2\n"})
    assert empty.git("log", "--format=%s", "x") == "work\nwork"


def test_a_branch_begins_without_a_contract(api: Repo) -> None:
    """A branch may begin, and follow another, without one; a commit of its own needs one."""
    start = api.git("rev-parse", "main")
    api.git("switch", "-q", "-c", "fresh", "main")
    api.git("branch", "copy", "api")
    api.write({"docs/new.md": "x\n"}).git("add", "-A")
    ran = api.run("git", "commit", "-q", "-m", "x", ok=(128,))
    assert "CON001 no-contract" in ran.err
    assert api.git("rev-parse", "fresh") == start
    api.write({".guard/contracts/fresh.toml": "goal = 'x'\nowns = ['docs/']\n"})
    api.git("add", "-A")
    api.git("commit", "-q", "-m", "with a contract")
    api.git("switch", "-q", "--detach", "copy")
    theirs = api.commit({"docs/b.md": "x\n"})
    api.git("switch", "-q", "copy")
    api.git("update-ref", "refs/remotes/origin/copy", theirs)
    api.git("merge", "-q", "--ff-only", "origin/copy")


def test_a_commit_that_no_branch_has_begins_none(api: Repo) -> None:
    """Work on a detached HEAD becomes no branch without a contract."""
    api.git("switch", "-q", "--detach")
    api.commit({"docs/a.md": "stray\n"})
    assert "CON001" in api.run("git", "branch", "fresh", ok=(128,)).err


def test_what_git_does_not_tell_it(api: Repo) -> None:
    """`branch -M` and `branch -C` pass no new tip to the hook, as the documents say."""
    api.git("switch", "-q", "--detach")
    stray = api.commit({"docs/a.md": "stray\n"})
    for how in "MC":
        api.git("-c", "core.hooksPath=/dev/null", "update-ref", "refs/heads/loose", stray)
        api.git("branch", f"-{how}", "loose", f"{how}/api")
        assert api.git("rev-parse", f"{how}/api") == stray
    documented = " ".join((Path(__file__).parents[2] / "docs/hooks.md").read_text().split())
    assert "`git branch -M`, `git branch -C` and `git symbolic-ref`" in documented
