"""All sessions of a repository: every worktree, and branches of open contracts here and remote."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from guard.git.plumbing import at
from guard.sessions.between.history import behind_base, read_history
from tests.kit import Repo, team


@pytest.fixture(name="shop")
def shop_of_two(repo: Repo) -> Repo:
    """The contracts `api` and `web`; nobody has begun."""
    return team(repo)


def sessions(repo: Repo, *words: str) -> dict[str, dict[str, Any]]:
    """What `guard conflicts` says of each session, by name."""
    ran = repo.guard("conflicts", "--format", "json", *words)
    assert ran.code in (0, 1, 2), ran
    return {one["name"]: one for one in ran.report["sessions"]}


def test_ahead_and_behind(shop: Repo) -> None:
    """Counted as git counts them, with the commit at which the session left the base."""
    start = shop.head()
    api = shop.worktree("api")
    api.commit({"api/a.py": "1\n"})
    api.commit({"api/a.py": "2\n"})
    shop.commit({"docs/a.py": "lead\n"})
    web = shop.worktree("web")
    found = sessions(shop)
    one = found["api"]
    counts = shop.git("rev-list", "--left-right", "--count", "main...api").split()
    assert [str(one["behind"]), str(one["ahead"])] == counts == ["1", "2"]
    assert (one["base"], one["head"]) == (start, api.head())
    assert [found["web"][key] for key in ("base", "ahead", "behind")] == [web.head(), 0, 0]
    api.git("merge", "-q", "--no-edit", "main")
    one = sessions(shop)["api"]
    assert [one[key] for key in ("ahead", "behind")] == [3, 0]


def test_several_places_where_it_left_the_base(shop: Repo) -> None:
    """After a criss-cross there is no single one; the counts are git's."""
    api = shop.worktree("api")
    api.commit({"api/a.py": "1\n"})
    shop.commit({"docs/a.py": "1\n"})
    shop.git("branch", "old")
    shop.git("merge", "-q", "--no-edit", "--no-ff", "api~0")
    api.git("merge", "-q", "--no-edit", "--no-ff", "old")
    api.commit({"api/b.py": "2\n"})
    one = sessions(shop)["api"]
    counts = shop.git("rev-list", "--left-right", "--count", "main...api").split()
    assert ([str(one["behind"]), str(one["ahead"])], one["base"]) == (counts, None)


def test_when_it_was_active_last(shop: Repo) -> None:
    """The last commit or the last write to what is uncommitted, whichever is later."""
    api = shop.worktree("api")
    committed = int(shop.git("log", "-1", "--format=%ct"))
    as_text = "%Y-%m-%dT%H:%M:%SZ"
    assert sessions(shop)["api"]["active"] == datetime.fromtimestamp(committed, UTC).strftime(
        as_text
    )
    api.write({"api/new.py": "new\n", "api/a.py": "edited\n"})
    os.utime(api.path / "api/new.py", (4e9, 4e9))
    os.utime(api.path / "api/b.py", (5e9, 5e9))  # the content is the same
    assert sessions(shop)["api"]["active"] == datetime.fromtimestamp(4e9, UTC).strftime(as_text)
    found = sessions(shop, "--committed")["api"]["active"]
    assert found == datetime.fromtimestamp(committed, UTC).strftime(as_text)


def test_the_states_of_a_worktree(shop: Repo) -> None:
    """Nested, locked, missing, detached, in the middle of a merge: each is told, none hidden."""
    nested = shop.path / ".claude/worktrees/api"
    shop.git("worktree", "add", "-q", "-b", "api", str(nested))
    shop.git("worktree", "lock", str(nested))
    web = shop.worktree("web")
    gone = shop.worktree("gone")
    gone.path.rename(gone.path.with_name("away"))
    shop.git("worktree", "add", "-q", "--detach", str(shop.path.parent / "apart"))
    web.commit({"web/a.py": "mine\n"})
    shop.commit({"web/a.py": "lead\n"})
    web.git("merge", "-q", "main", ok=(1,))
    found = sessions(shop)
    names = ("nested", "locked", "missing", "detached")
    assert {name: [key for key in names if one[key]] for name, one in found.items()} == {
        "api": ["nested", "locked"],
        "web": [],
        "gone": ["missing"],
        "apart": ["detached"],
    }
    assert (found["web"]["during"], found["web"]["dirty"]) == ("merge", True)
    assert found["gone"]["why"].startswith("its folder is missing")


def test_a_bound_worktree_is_a_session(shop: Repo) -> None:
    """A detached worktree works under the contract that it is bound to; a branch comes first."""
    one, place = Repo(shop.path.parent / "one"), Repo(shop.path.parent / "two")
    for repo, name in ((one, "api"), (place, "web")):
        shop.git("worktree", "add", "-q", "--detach", str(repo.path))
        assert repo.guard("start", "--here", name).code == 0
    place.git("switch", "-q", "-c", "feat/api")
    assert place.check().report["contract"] == "api"
    found = sessions(shop)
    assert {name: each["contract"] for name, each in found.items()} == {
        "feat/api": "api",
        str(one.path): "api",
    }


def test_a_broken_worktree_hides_no_other(shop: Repo) -> None:
    """What cannot be read is told with the reason, and the others are compared."""
    api, web = shop.worktree("api"), shop.worktree("web")
    (api.path / ".git").write_text("gitdir: /nowhere\n")
    web.write({"web/a.py": "mine\n"})
    found = sessions(shop)
    assert (found["api"]["state"], found["web"]["state"]) == ("error", "working")
    assert [found["api"][key] for key in ("ahead", "behind", "base")] == [None] * 3
    assert found["web"]["dirty"]


@pytest.fixture(name="colleague")
def clone_of_a_colleague(shop: Repo, tmp_path: Path) -> Repo:
    """Somebody else's clone, who has pushed the branches `api`, `web` and `play`."""
    remote = Repo.init(tmp_path / "remote.git", "--bare")
    shop.git("remote", "add", "origin", str(remote.path))
    shop.git("push", "-q", "origin", "main")
    clone = Repo(tmp_path / "clone")
    shop.git("clone", "-q", str(remote.path), str(clone.path))
    for name in ("api", "web", "play"):
        clone.git("switch", "-q", "-c", name, "origin/main")
        clone.commit({f"{name}/x.py": f"{name}\n", "docs/n.py": f"{name}\n"})
        clone.git("push", "-q", "origin", name)
    return clone


def test_the_sessions_of_a_remote(shop: Repo, colleague: Repo) -> None:
    """With --remote its branches of open contracts take part, as fetched; one here comes first."""
    assert sessions(shop, "--remote", "origin") == {}  # nothing is fetched
    shop.git("fetch", "-q", "origin")
    assert sessions(shop) == {}
    found = sessions(shop, "--remote", "origin")
    assert {name: (one["remote"], one["branch"]) for name, one in found.items()} == {
        "api": ("origin", "api"),
        "web": ("origin", "web"),
    }
    assert found["api"]["head"] == colleague.git("rev-parse", "api")
    assert shop.guard("conflicts", "--remote", "origin").code == 1
    api = shop.worktree("api")
    found = sessions(shop, "--remote", "origin")
    assert (found["api"]["remote"], found["api"]["worktree"]) == (None, str(api.path))


@pytest.mark.parametrize("name", ["elsewhere", ""])
def test_a_remote_that_is_not_there(shop: Repo, name: str) -> None:
    """An unknown remote is an error with a hint, not no sessions."""
    ran = shop.guard("conflicts", "--remote", name)
    assert (ran.code, "hint: " in ran.err) == (2, True)


def test_behind_is_as_git_counts(repo: Repo) -> None:
    """On a base with merges, and for heads with one, several or no common ancestors."""
    for number in range(4):
        repo.git("switch", "-q", "-c", f"side{number}")
        repo.commit({f"s{number}": "x"})
        repo.git("switch", "-q", "main")
        repo.commit({f"m{number}": "x"})
        repo.git("merge", "-q", "--no-edit", f"side{number}")
        repo.git("branch", "-q", f"at{number}")
    repo.git("switch", "-q", "-c", "crossed", "at1~1")
    repo.git("merge", "-q", "--no-edit", "side2")
    repo.git("switch", "-q", "--orphan", "unrelated")
    repo.commit({"o": "x"})
    git = at(str(repo.path))
    heads = repo.git("for-each-ref", "--format=%(objectname)", "refs/heads").split()
    base = repo.git("rev-parse", "main")
    for chosen in (heads, [head for head in heads if head != repo.head()]):
        counts = [int(repo.git("rev-list", "--count", base, f"^{head}")) for head in chosen]
        assert behind_base(git, base, read_history(git, base, chosen)) == counts
