"""SES002 and SES001: work that lies where it does not belong, and how it comes home."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kit import POLICY, Ran, Repo, team, toml

ODD = ["api/with space.py", "api/*.py", "api/-dash.py", "api/it's.py", "api/:colon", "api/é.py"]


class Team:
    """A base's checkout and the worktrees of the sessions `api` and `web`."""

    def __init__(self, repo: Repo) -> None:
        self.main = team(repo)
        self.api = repo.worktree("api")
        self.web = repo.worktree("web")


@pytest.fixture(name="shop")
def shop_of_two(repo: Repo) -> Team:
    """Two sessions, each in its worktree, and the base's checkout."""
    return Team(repo)


def strays(ran: Ran) -> list[dict[str, Any]]:
    """The findings about stray work in a JSON report."""
    return [one for one in ran.report["findings"] if one["code"] == "SES002"]


def told(repo: Repo, *words: str) -> list[str]:
    """The first paths of the stray work that a check tells."""
    return [one["path"] for one in strays(repo.check(*words))]


def steps(repo: Repo) -> tuple[str, str]:
    """The command that brings the work home, and the one that takes it back."""
    (found,) = strays(repo.check())
    bring, _, back = found["next"].partition("   # then, once it is there: ")
    return bring, back


def status(repo: Repo) -> str:
    """What git says is changed, without what is only intended to be added."""
    return repo.git("-c", "core.quotePath=false", "status", "--porcelain", "-uall")


def content(repo: Repo) -> dict[str, tuple[bytes, bool]]:
    """The files below `api/`, with whether they are executable."""
    files = [path for path in (repo.path / "api").rglob("*") if path.is_file()]
    return {
        str(path.relative_to(repo.path)): (path.read_bytes(), bool(path.stat().st_mode & 0o100))
        for path in files
    }


def spoil(place: Repo) -> None:
    """Edit, delete, add, replace by something binary, and make executable."""
    place.write({"api/a.py": "api a\n" * 10 + "mine\n" + "api a\n" * 10, "api/new/n.py": "n\n"})
    place.write({"api/c.py": b"\0\1binary\xff", **dict.fromkeys(ODD, "odd\n")})
    (place.path / "api/b.py").unlink()
    (place.path / "api/new/n.py").chmod(0o755)


@pytest.mark.parametrize("where", ["main", "web"])
@pytest.mark.parametrize("state", ["unstaged", "staged"])
def test_work_comes_home(shop: Team, where: str, state: str) -> None:
    """The printed command brings all of it home and changes no file; then the other cleans up."""
    place: Repo = getattr(shop, where)
    before = content(place)
    spoil(place)
    if state == "staged":
        place.git("add", "-A")
    lying = content(place)
    assert lying != before
    # ten paths fit into a command
    number = len(status(place).splitlines())
    assert number > 8
    bring, back = steps(shop.api)
    place.run("bash", "-c", bring, cwd=Path("/"))
    assert content(shop.api) == lying
    assert content(place) == lying
    for repo in (shop.main, shop.api, shop.web):
        assert told(repo) == []
    place.run("bash", "-c", back, cwd=Path("/"))
    assert content(place) == before
    assert status(place) == ""
    assert content(shop.api) == lying


def test_home_moved_on_and_dirty_elsewhere(shop: Team) -> None:
    """The session's branch has other lines by now and other files in work: git merges them."""
    shop.api.commit({"api/a.py": "new top\n" + "api a\n" * 20})
    shop.api.write({"api/b.py": "in work\n"})
    shop.main.write({"api/a.py": "api a\n" * 20 + "mine\n"})
    bring, _ = steps(shop.main)
    shop.main.run("bash", "-c", bring)
    text = (shop.api.path / "api/a.py").read_text()
    assert text == "new top\n" + "api a\n" * 20 + "mine\n"
    assert (shop.api.path / "api/b.py").read_text() == "in work\n"


def test_home_is_at_work_in_the_same_file(shop: Team) -> None:
    """Uncommitted lines of the session stay, and the others join them."""
    shop.api.write({"api/a.py": "own\n" + "api a\n" * 20})
    shop.main.write({"api/a.py": "api a\n" * 20 + "mine\n"})
    bring, _ = steps(shop.main)
    shop.main.run("bash", "-c", bring)
    assert (shop.api.path / "api/a.py").read_text() == "own\n" + "api a\n" * 20 + "mine\n"


def test_a_session_without_a_branch_is_named_by_its_worktree(shop: Team) -> None:
    """A worktree that is bound with a detached HEAD has no branch that could lack the work."""
    shop.main.contract("docs", owns=["docs/"])
    docs = shop.main.path.parent / "docs"
    shop.main.git("worktree", "add", "-q", "--detach", str(docs))
    assert shop.main.guard("start", "--here", "docs", cwd=docs).code == 0
    shop.main.write({"docs/a.py": "mine\n"})
    (found,) = strays(shop.main.check())
    assert found["message"].endswith(f"(main), and worktree {docs} lacks this content")


def test_what_does_not_fit_changes_nothing(shop: Team) -> None:
    """Where the session is at work in the same file, git refuses, and both sides stay."""
    shop.api.write({"api/a.py": "mine\n"})
    shop.main.write({"api/a.py": "theirs\n"})
    bring, _ = steps(shop.main)
    assert shop.main.run("bash", "-c", bring, ok=()).code != 0
    assert (shop.api.path / "api/a.py").read_text() == "mine\n"
    assert (shop.main.path / "api/a.py").read_text() == "theirs\n"


SETTINGS = [
    ("diff.noprefix", "true"),
    ("diff.mnemonicPrefix", "true"),
    ("color.ui", "always"),
    ("diff.external", "false"),
    ("apply.whitespace", "fix"),
]


@pytest.mark.parametrize(("key", "value"), SETTINGS)
def test_settings_do_not_spoil_the_command(shop: Team, key: str, value: str) -> None:
    """Whatever the user has set, the work arrives as it is."""
    shop.main.git("config", key, value)
    shop.main.write({"api/a.py": "trailing  \n\t \n"})
    bring, _ = steps(shop.main)
    shop.main.run("bash", "-c", bring)
    assert (shop.api.path / "api/a.py").read_text() == "trailing  \n\t \n"


@pytest.mark.parametrize("state", ["branch", "nothing"])
def test_a_session_without_a_worktree_gets_one(repo: Repo, state: str) -> None:
    """The command makes the worktree first, with the branch if there is none."""
    team(repo)
    if state == "branch":
        repo.git("branch", "feat/api")
    repo.write({"api/a.py": "mine\n", "api/new.py": "new\n"})
    bring, back = steps(repo)
    repo.run("bash", "-c", bring)
    home = Repo(repo.path.parent / "api")
    assert (home.path / "api/new.py").read_text() == "new\n"
    assert home.check().report["contract"] == "api"
    repo.run("bash", "-c", back)
    assert status(repo) == ""


@pytest.fixture(name="remote")
def shop_with_a_remote(shop: Team, tmp_path: Path) -> Team:
    """The same with a remote that has the base."""
    Repo.init(tmp_path / "remote.git", "--bare")
    shop.main.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    shop.main.git("push", "-q", "origin", "main")
    return shop


def test_commits_on_the_local_base_come_home(remote: Team) -> None:
    """They are picked to the branch; then the base goes back, and nothing uncommitted is lost."""
    remote.main.commit({"api/a.py": "one\n"}, "one")
    remote.main.commit({"api/new.py": "two\n"}, "two")
    remote.main.write({"docs/a.py": "in work\n"})
    for repo in (remote.main, remote.api):
        assert told(repo) == ["api/a.py"]
    assert told(remote.web) == []
    bring, back = steps(remote.main)
    remote.main.run("bash", "-c", bring)
    assert remote.api.git("log", "--format=%s", "origin/main..").split() == ["two", "one"]
    assert told(remote.main) == []
    remote.main.run("bash", "-c", back)
    assert remote.main.head() == remote.main.git("rev-parse", "origin/main")
    assert (remote.main.path / "docs/a.py").read_text() == "in work\n"


def test_a_commit_that_has_other_paths_comes_home_in_part(remote: Team) -> None:
    """Of a commit that also has the base's own paths only the session's come to its branch."""
    remote.main.commit({"api/a.py": "one\n", "docs/a.py": "lead\n"}, "both")
    bring, back = steps(remote.api)
    remote.main.run("bash", "-c", bring)
    assert (remote.api.path / "api/a.py").read_text() == "one\n"
    assert (remote.api.path / "docs/a.py").read_text() != "lead\n"
    assert told(remote.api) == []
    remote.main.run("bash", "-c", back)
    assert (remote.main.path / "api/a.py").read_text() == "api a\n" * 20
    assert (remote.main.path / "docs/a.py").read_text() == "lead\n"


def test_who_hears_of_it(shop: Team) -> None:
    """A session hears of its own work elsewhere and of others' work here; the base of all."""
    shop.web.write({"api/a.py": "mine\n"})
    assert told(shop.api) == told(shop.web) == told(shop.main) == ["api/a.py"]
    docs = shop.main.contract("docs", owns=["docs/"]).worktree("docs")
    assert told(docs) == []
    assert docs.check("--branch").report["findings"] == []
    (found,) = strays(shop.api.check())
    assert (found["severity"], found["path"]) == ("warning", "api/a.py")
    assert found["message"] == (
        f"work of session api lies uncommitted in {shop.web.path} (web), "
        "and branch api lacks this content"
    )
    assert "SES002 stray-work" in shop.api.guard("check").out


# who must not be blamed


def own_path(shop: Team) -> None:
    """Work where it belongs."""
    shop.api.write({"api/a.py": "mine\n"})


def nobodys_path(shop: Team) -> None:
    """The lead edits what no session owns."""
    shop.main.write({"docs/a.py": "lead\n"})


def both_own_it(shop: Team) -> None:
    """Another contract owns the path, too."""
    shop.main.contract("web", owns=["web/", "api/a.py"])
    shop.web.write({"api/a.py": "mine\n"})


def on_the_branch(shop: Team) -> None:
    """The branch has just this content: somebody looks at it."""
    shop.api.commit({"api/a.py": "mine\n"})
    shop.main.git("checkout", "api", "--", "api/a.py")


def earlier_on_the_branch(shop: Team) -> None:
    """An earlier commit of the branch had it."""
    shop.api.commit({"api/a.py": "mine\n"})
    shop.main.git("checkout", "api", "--", "api/a.py")
    shop.api.commit({"api/a.py": "mine, better\n"})


def in_the_worktree(shop: Team) -> None:
    """The session has the same, uncommitted."""
    shop.api.write({"api/a.py": "mine\n"})
    shop.main.write({"api/a.py": "mine\n"})


def deleted_on_the_branch(shop: Team) -> None:
    """The branch deleted it, too."""
    shop.api.git("rm", "-q", "api/a.py")
    shop.api.commit({})
    (shop.main.path / "api/a.py").unlink()


def standing(shop: Team) -> None:
    """A standing contract takes no paths."""
    shop.main.contract("api", owns=["api/"], standing=True)
    shop.main.write({"api/a.py": "lead\n"})


def integrated(shop: Team) -> None:
    """The base has the session's work."""
    shop.api.commit({"api/b.py": "done\n"})
    shop.main.git("merge", "-q", "--no-ff", "--no-edit", "api")
    shop.main.write({"api/a.py": "lead\n"})


def while_merging(shop: Team) -> None:
    """A merge with a conflict is being resolved on the base."""
    shop.api.commit({"api/a.py": "mine\n"})
    shop.main.commit({"api/a.py": "lead\n"})
    shop.main.git("merge", "-q", "api", ok=(1,))
    shop.main.write({"api/a.py": "resolved\n"})


def without_a_contract(shop: Team) -> None:
    """A branch that is nobody's session is CON001's business."""
    other = shop.main.worktree("other")
    other.write({"api/a.py": "mine\n"})


def only_touched(shop: Team) -> None:
    """The file was written again with the same content."""
    shop.main.write({"api/a.py": "api a\n" * 20})


def ignored(shop: Team) -> None:
    """What git ignores is nobody's work."""
    (shop.main.path / ".git/info/exclude").write_text("*.log\n")
    shop.main.write({"api/a.log": "x\n"})


@pytest.mark.parametrize(
    "state",
    [
        own_path, nobodys_path, both_own_it, on_the_branch, earlier_on_the_branch,
        in_the_worktree, deleted_on_the_branch, standing, integrated, while_merging,
        without_a_contract, only_touched, ignored,
    ],
)  # fmt: skip
def test_nobody_is_blamed(shop: Team, state: Callable[[Team], None]) -> None:
    """Work that does not lie astray is not told, anywhere."""
    state(shop)
    for repo in (shop.main, shop.api, shop.web):
        assert told(repo) == []


def squashed(remote: Team) -> None:
    """The lead squashed the branch, which goes on."""
    remote.api.commit({"api/a.py": "one\n"})
    remote.main.git("merge", "-q", "--squash", "api")
    remote.main.commit({})
    remote.api.commit({"api/a.py": "two\n"})


def merged(remote: Team) -> None:
    """The lead merged the branch, which goes on."""
    remote.api.commit({"api/a.py": "one\n"})
    remote.main.git("merge", "-q", "--no-ff", "--no-edit", "api")
    remote.api.commit({"api/a.py": "two\n"})


def pushed(remote: Team) -> None:
    """The remote's base has the commit."""
    remote.main.commit({"api/a.py": "lead\n"})
    remote.main.git("push", "-q", "origin", "main")


def anothers(remote: Team) -> None:
    """A commit on the local base of what nobody owns."""
    remote.main.commit({"docs/a.py": "lead\n"})


@pytest.mark.parametrize("state", [squashed, merged, pushed, anothers])
def test_commits_that_are_in_place(remote: Team, state: Callable[[Team], None]) -> None:
    """Integration on the local base, and what is pushed, is not stray."""
    state(remote)
    for repo in (remote.main, remote.api, remote.web):
        assert told(repo) == []


# who must not get past


def hidden_bit(shop: Team) -> None:
    """git was told to look away."""
    shop.main.git("update-index", "--skip-worktree", "api/a.py")
    shop.main.write({"api/a.py": "mine\n"})


def same_size_and_time(shop: Team) -> None:
    """The file looks as the index has it, which was written in the same second."""
    path = shop.main.path / "api/a.py"
    path.touch()
    shop.main.git("update-index", "--refresh")
    before = path.stat()
    path.write_text("API a\n" * 20)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def only_the_mode(shop: Team) -> None:
    """Only made executable."""
    (shop.main.path / "api/a.py").chmod(0o755)


def staged_alone(shop: Team) -> None:
    """In the index and on the disk, never committed."""
    shop.main.write({"api/a.py": "mine\n"}).git("add", "-A")


def in_a_bound_worktree(shop: Team) -> None:
    """The worktree of a session that is bound, with a detached HEAD."""
    shop.main.git("worktree", "remove", "--force", str(shop.web.path))
    shop.main.git("worktree", "add", "-q", "--detach", str(shop.web.path))
    assert shop.web.guard("start", "--here", "web").code == 0
    shop.web.write({"api/a.py": "mine\n"})


def branch_has_another(shop: Team) -> None:
    """The branch changed the same file to something else."""
    shop.api.commit({"api/a.py": "theirs\n"})
    shop.main.write({"api/a.py": "mine\n"})


def one_worktree_cannot_be_read(shop: Team) -> None:
    """Another worktree is broken."""
    (shop.web.path / ".git").unlink()
    shop.main.write({"api/a.py": "mine\n"})


@pytest.mark.parametrize(
    "state",
    [
        hidden_bit, same_size_and_time, only_the_mode, staged_alone, in_a_bound_worktree,
        branch_has_another, one_worktree_cannot_be_read,
    ],
)  # fmt: skip
def test_nobody_gets_past(shop: Team, state: Callable[[Team], None]) -> None:
    """However it lies there, the session hears of it."""
    state(shop)
    assert told(shop.api) == ["api/a.py"]


def test_what_could_not_be_read_is_said(shop: Team) -> None:
    """A worktree that cannot be read is named, never passed over."""
    (shop.web.path / ".git").unlink()
    report = shop.api.check().report
    (why,) = [one["why"] for one in report["not_checked"] if one["rule"] == "SES002"]
    assert re.fullmatch("in part: web could not be read; see guard conflicts", why)


def test_the_policy_decides(shop: Team) -> None:
    """As an error it breaks the contract of those who hear it; off, nobody looks."""
    shop.main.policy(POLICY + '[rules]\nstray-work = "error"\n')
    shop.main.write({"api/a.py": "mine\n"})
    assert (shop.api.check().code, shop.main.check().code, shop.web.check().code) == (1, 1, 0)
    (line,) = shop.main.guard("check", "--all", "--format", "github").err.splitlines()
    assert line.startswith("guard: no conflicts, SES002 broken · ")
    shop.main.git("stash", "-q")
    shop.main.policy(POLICY + '[rules]\nstray-work = "off"\n')
    shop.main.git("stash", "pop", "-q")
    assert told(shop.api) == []


# SES001


def many(shop: Team) -> list[dict[str, Any]]:
    """The finding that there are too many sessions."""
    report = shop.api.check().report
    return [one for one in report["findings"] if one["code"] == "SES001"]


def test_too_many_sessions(shop: Team) -> None:
    """The fourth open session is one too many, with a branch or without; the policy may differ."""
    shop.main.contract("docs", owns=["docs/"])
    shop.main.contract("bot", owns=["bot/"], standing=True)
    assert many(shop) == []
    shop.main.contract("more", owns=["more/"])
    (found,) = many(shop)
    assert found["message"] == "4 sessions are open, the policy allows 3: api, docs, more, web"
    assert found["severity"] == "warning"
    shop.main.policy("sessions = 4\n" + POLICY)
    assert many(shop) == []
    shop.main.policy("sessions = 1\n" + POLICY)
    (found,) = many(shop)
    assert found["decided_by"] == {"file": "guard.toml", "line": 1, "pattern": "sessions = 1"}


def test_who_is_done_does_not_count(shop: Team) -> None:
    """A session whose work the base has is none too many; one that has not begun is."""
    shop.main.contract("docs", owns=["docs/"]).contract("more", owns=["more/"])
    shop.main.git("branch", "more")
    shop.main.commit({"more/a": "by the lead\n"})
    assert len(many(shop)) == 1
    shop.web.commit({"web/a.py": "done\n"})
    shop.main.git("merge", "-q", "--no-ff", "--no-edit", "web")
    assert many(shop) == []


def test_a_contract_on_the_branch_is_not_open_yet(shop: Team) -> None:
    """What the base does not have counts for nobody."""
    shop.main.contract("docs", owns=["docs/"])
    fresh = shop.main.worktree("fresh")
    fresh.commit({".guard/contracts/fresh.toml": toml({"owns": ["fresh/"]})})
    assert many(shop) == []
