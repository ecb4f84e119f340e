"""Trees that git did not write: malformed ones, and a few that stand for very many paths."""

from __future__ import annotations

import os
import resource
import shutil
import sys
import time
from pathlib import Path

import pytest

from guard.git.compare import list_tree, read_listing
from guard.git.plumbing import TooMuch, at
from guard.git.repository import open_repository
from guard.sessions.between.overlaps import compare_contracts
from guard.sessions.life.tidying import plan
from guard.verdict.side_by_side import read_base, tracked
from tests.kit import GUARD, POLICY, Repo, session

BLOB, TREE, LINK = "100644", "40000", "160000"
SCOPES = [("--branch",), ("--base", "main", "--head", "feature")]


@pytest.fixture(name="repo")
def repository(empty: Repo) -> Repo:
    """A session that owns everything; the base has a folder of three files."""
    empty.policy(POLICY)
    empty.commit({f"docs/{name}": f"{name}\n" for name in "abc"})
    return session(empty, "feature", owns=["*"])


def tree(repo: Repo, *entries: tuple[str, str, str]) -> str:
    """Store a tree with entries (mode, name, object id) as they are."""
    raw = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(oid) for mode, name, oid in entries)
    return repo.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=raw)


def listed(repo: Repo, rev: str) -> list[tuple[str, str, str]]:
    """The entries of a tree."""
    lines = repo.git("ls-tree", rev).splitlines()
    words = [(*line.partition("\t")[0].split(), line.partition("\t")[2]) for line in lines]
    return [(mode.lstrip("0"), name, oid) for mode, _, oid, name in words]


def put(repo: Repo, docs: str) -> None:
    """Commit the root of the base with another tree as `docs`."""
    root = [
        (mode, name, docs if name == "docs" else oid) for mode, name, oid in listed(repo, "HEAD")
    ]
    made = tree(repo, *root)
    commit = repo.git("commit-tree", "-p", "HEAD", "-m", "made", made)
    repo.git("update-ref", "refs/heads/feature", commit)


def blob(repo: Repo, text: str = "new\n") -> str:
    """Store a file."""
    return repo.git("hash-object", "-w", "--stdin", stdin=text.encode())


def refused(repo: Repo, words: tuple[str, ...]) -> bool:
    """Whether the branch gets no verdict since a tree is malformed or cannot be checked out."""
    ran = repo.check(*words)
    if ran.code != 2:
        return False
    told = ran.report["error"]["message"]
    return "malformed" in told or "empty filename in tree entry" in told  # git's own words


@pytest.mark.parametrize("words", SCOPES)
@pytest.mark.parametrize("kind", [BLOB, TREE, LINK, "120000", "empty"])
@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_name_twice(repo: Repo, kind: str, place: int, words: tuple[str, ...]) -> None:
    """A second entry of any kind for a name that is there, wherever it stands, is an error."""
    new, mode = blob(repo), BLOB if kind == "empty" else kind
    if kind in (TREE, "empty"):
        new, mode = tree(repo, *([(BLOB, "x", new)] if kind == TREE else [])), TREE
    entries = listed(repo, "HEAD:docs")
    put(repo, tree(repo, *entries[:place], (mode, "b", new), *entries[place:]))
    assert refused(repo, words)


@pytest.mark.parametrize("words", SCOPES)
@pytest.mark.parametrize("order", [(0, 2, 1), (2, 1, 0), (1, 0, 2), (0, 1, 1, 2), (0, 0, 1, 2)])
def test_entries_of_the_base_out_of_order(
    repo: Repo, order: tuple[int, ...], words: tuple[str, ...]
) -> None:
    """The same entries in another order are no unchanged folder."""
    entries = listed(repo, "HEAD:docs")
    put(repo, tree(repo, *(entries[at] for at in order)))
    assert refused(repo, words)


@pytest.mark.parametrize("words", SCOPES)
@pytest.mark.parametrize(
    "name",
    ["a/b", "c/d", "", ".", "..", ".git", ".GIT", "git~1", ".git . ", ".git:x", "x\\.Git\\config"],
)
def test_a_name_that_no_path_has(repo: Repo, name: str, words: tuple[str, ...]) -> None:
    """A slash, git's own folder and the like are errors in old and in new folders."""
    entry = (BLOB, name, blob(repo))
    put(repo, tree(repo, *sorted([*listed(repo, "HEAD:docs"), entry], key=lambda one: one[1])))
    assert refused(repo, words)
    repo.git("update-ref", "refs/heads/feature", "HEAD~1")
    put(repo, tree(repo, *listed(repo, "HEAD:docs"), (TREE, "new", tree(repo, entry))))
    assert refused(repo, words)


@pytest.mark.parametrize("words", SCOPES)
@pytest.mark.parametrize(("mode", "name"), [("120000", ".gitmodules"), ("120000", "GITMOD~1")])
def test_a_link_in_place_of_a_file_of_git(
    repo: Repo, mode: str, name: str, words: tuple[str, ...]
) -> None:
    """git checks out no link of this name, so nobody could check out the base."""
    new = blob(repo)
    for entry, code in (((BLOB, name, new), False), ((mode, name, new), True)):
        entries = sorted([*listed(repo, "main:docs"), entry], key=lambda one: one[1])
        repo.git("update-ref", "refs/heads/feature", "main")
        put(repo, tree(repo, *entries))
        assert refused(repo, words) == code


@pytest.mark.parametrize("words", SCOPES)
@pytest.mark.parametrize("names", ["zy", "aa", "bab", "aba"])
def test_a_new_folder_is_well_formed(repo: Repo, names: str, words: tuple[str, ...]) -> None:
    """A folder that the base does not have is read as well."""
    new = tree(repo, *((BLOB, name, blob(repo)) for name in names))
    put(repo, tree(repo, *listed(repo, "HEAD:docs"), (TREE, "new", new)))
    assert refused(repo, words)


@pytest.mark.parametrize("words", SCOPES)
def test_what_git_accepts_is_no_error(repo: Repo, words: tuple[str, ...]) -> None:
    """Folders sort as if they had a slash; old modes and names that look like git's are legal."""
    new = blob(repo)
    folder = tree(repo, ("040000", "x", tree(repo, (BLOB, "y", new))), ("100664", "z", new))
    names = [
        (BLOB, ".gitx", new),
        (BLOB, ".gitignore", new),
        (BLOB, "d-e", new),
        (BLOB, "d.e", new),
    ]
    names += [(TREE, "d", folder), (BLOB, "d0", new), (BLOB, "git~10", new)]
    entries = [*listed(repo, "HEAD:docs"), *names]
    entries.sort(key=lambda one: one[1] + ("/" if one[0] == TREE else ""))
    put(repo, tree(repo, *entries))
    ran = repo.check(*words)
    assert (ran.code, ran.codes) == (0, {})


@pytest.mark.parametrize("name", ["guard.toml", ".guard", "docs"])
def test_a_mode_that_git_takes_for_another(repo: Repo, name: str) -> None:
    """git shows no change where a mode is only spelled otherwise, so nothing may depend on that."""
    odd = {"100644": "100664", "40000": "40755"}
    root = [
        (odd[mode] if one == name else mode, one, oid) for mode, one, oid in listed(repo, "main")
    ]
    commit = repo.git("commit-tree", "-p", "main", "-m", "odd", tree(repo, *root))
    assert repo.git("diff", "main", commit) == ""
    assert repo.check("--base", "main", "--head", commit, "--contract", "feature").code == 0
    repo.git("update-ref", "refs/heads/main", commit)
    repo.git("reset", "-q", "--hard", "main")
    repo.commit({"docs/a": "new\n"})
    for words in SCOPES:
        ran = repo.check(*words)
        assert (ran.code, ran.codes) == (0, {})


def test_a_tree_on_the_base(repo: Repo) -> None:
    """A malformed tree that guard reads on the base is an error in every scope."""
    main = listed(repo, "main")
    commit = repo.git("commit-tree", "-p", "main", "-m", "x", tree(repo, *main, main[0]))
    repo.git("update-ref", "refs/heads/main", commit)
    for words in ((), ("--staged",), *SCOPES):
        assert refused(repo, words)


def bomb(repo: Repo, leaf: str, levels: int = 12, files: int = 1) -> None:
    """Commit a dozen trees that stand for a million million files, or for as many folders."""
    file = blob(repo)
    names = [f"x{number:04}" for number in range(files)] if leaf == "file" else []
    made = tree(repo, *((BLOB, name, file) for name in names))
    for _ in range(levels):
        made = tree(repo, *((TREE, f"{number:02}", made) for number in range(10)))
    put(repo, tree(repo, *listed(repo, "HEAD:docs"), (TREE, "many", made)))


@pytest.mark.parametrize(("leaf", "later"), [("file", False), ("nothing", False), ("file", True)])
def test_a_few_trees_that_stand_for_very_many_paths(repo: Repo, leaf: str, *, later: bool) -> None:
    """They are an error that names the limit, soon; in a commit that was taken back no trouble."""
    bomb(repo, leaf)
    if later:
        back = repo.git("commit-tree", "-p", "feature", "-m", "gone", "main^{tree}")
        repo.git("update-ref", "refs/heads/feature", back)
    start = time.monotonic()
    ran = repo.check("--branch")
    assert time.monotonic() - start < 60
    if later:
        assert ran.code == 0
    else:
        assert ran.code == 2
        assert "250,000" in ran.report["error"]["message"]


@pytest.mark.skipif(sys.platform != "linux", reason="no limit can be set for a running process")
@pytest.mark.parametrize(
    ("words", "leaf"),
    [
        (("check", "--staged"), "nothing"),
        (("hook", "pre-commit"), "file"),
        (("explain", "docs/a"), "nothing"),
    ],
    ids=["check", "hook", "explain"],
)
def test_a_few_trees_that_stand_for_very_many_paths_in_head(
    repo: Repo, words: tuple[str, ...], leaf: str
) -> None:
    """Comparing them with the index ends soon, too, with an error that names the limit."""
    bomb(repo, leaf)
    start = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = repo.guard(*words)
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert ran.code == 2, ran
    assert end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime < 20
    assert "250,000 paths" in ran.err


def test_a_slow_comparison_with_the_index_is_awaited(repo: Repo, tmp_path: Path) -> None:
    """A git that takes longer than guard to start is waited for, and its answer counts."""
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    git = shutil.which("git")
    slow.write_text(f'#!/bin/sh\ncase "$*" in *diff-index*) sleep 1 ;; esac\nexec {git} "$@"\n')
    slow.chmod(0o755)
    repo.write({"docs/a": "new\n"})
    repo.git("add", "-A")
    path = f"{slow.parent}:{os.environ['PATH']}"
    ran = repo.guard("check", "--staged", env={"PATH": path})
    assert (ran.code, "1 path on feature" in ran.out + ran.err) == (0, True), ran


@pytest.mark.skipif(sys.platform != "linux", reason="no limit can be set for a running process")
def test_a_few_trees_that_stand_for_very_many_paths_elsewhere(repo: Repo) -> None:
    """Another session's branch that has them hides no other session, and is not taken as done."""
    bomb(repo, "file", 2, 2600)
    repo.git("update-ref", "refs/heads/web", "feature")
    repo.git("update-ref", "refs/heads/feature", "main")
    repo.git("switch", "-q", "main")
    repo.contract("web", owns=["/web/"])
    repo.git("switch", "-q", "feature")
    repo.commit({"docs/a": "new\n"})
    ran = repo.guard("conflicts", "--format", "json")
    states = {one["contract"]: one["state"] for one in ran.report["sessions"]}
    assert (ran.code, states) == (2, {"feature": "working", "web": "error"})
    listed = repo.guard("sessions").out
    assert [line.split()[1] for line in listed.splitlines()] == ["working", "working"]


@pytest.mark.skipif(sys.platform != "linux", reason="no limit can be set for a running process")
def test_very_many_paths_in_the_past_of_a_blocked_session(repo: Repo) -> None:
    """Its patches are not taken for integrated; those of another session, squashed, still are."""
    repo.git("switch", "-q", "main")
    for name in ("web", "api"):
        repo.contract(name, owns=[f"/{name}/"])
    for name in ("web", "api"):
        repo.git("switch", "-q", "-c", name, "main")
        repo.commit({f"{name}/a": "theirs\n"})
    repo.git("switch", "-q", "feature")
    repo.git("reset", "-q", "--hard", "web")
    clean = repo.git("rev-parse", "HEAD^{tree}")
    bomb(repo, "nothing")
    back = repo.git("commit-tree", "-p", "feature", "-m", "gone", clean)
    repo.git("update-ref", "refs/heads/web", back)
    repo.git("update-ref", "refs/heads/feature", "main")
    repo.git("reset", "-q", "--hard", "main")
    repo.git("switch", "-q", "main")
    repo.commit({"other": "new\n"})
    for name in ("web", "api"):
        repo.commit({f"{name}/a": "theirs\n"})
        repo.commit({f"{name}/a": "later\n"})
    repo.git("switch", "-q", "feature")
    repo.commit({"docs/a": "new\n"})
    start = time.monotonic()
    ran = repo.guard("conflicts", "--format", "json")
    assert time.monotonic() - start < 60
    states = {one["contract"]: one["state"] for one in ran.report["sessions"]}
    assert states == {"feature": "working", "web": "blocked", "api": "integrated"}


@pytest.mark.skipif(sys.platform != "linux", reason="no limit can be set for a running process")
def test_a_base_that_has_very_many_paths(repo: Repo) -> None:
    """A branch that would be blamed hears that they came on the base."""
    bomb(repo, "file", 2, 2600)
    repo.git("branch", "old", "main")
    repo.git("update-ref", "refs/heads/main", "feature")
    repo.git("symbolic-ref", "HEAD", "refs/heads/old")
    repo.commit({"docs/a": "new\n"})
    error = repo.check("--branch").report["error"]
    assert "250,000 paths changed on main since this branch left it" in error["message"]
    assert error["hint"] == "git merge main"


@pytest.mark.skipif(sys.platform != "linux", reason="no limit can be set for a running process")
def test_git_is_stopped_where_its_listing_is_too_long(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git does not walk on through a million million files after the limit."""
    bomb(repo, "file")
    monkeypatch.setattr("guard.git.compare._MOST_LISTED", 1 << 22)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    with pytest.raises(TooMuch, match="the base has more paths than guard reads"):
        read_listing(list_tree(at(str(repo.path)), "feature"))
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 3


def contracted(repo: Repo) -> str:
    """Two contracts whose patterns overlap in `docs/a`; give the tip of the base."""
    repo.git("switch", "-q", "main")
    repo.contract("web", owns=["/web/", "/docs/a"]).contract("api", owns=["/docs/"])
    return repo.head()


@pytest.mark.skipif(sys.platform != "linux", reason="no limit can be set for a running process")
@pytest.mark.parametrize("leaf", ["file", "nothing"])
def test_contracts_on_a_base_that_has_very_many_paths(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, leaf: str
) -> None:
    """Their overlaps are an error that names the limit; what can be closed is known."""
    repo.git("update-ref", "refs/heads/feature", contracted(repo))
    repo.git("switch", "-q", "feature")
    bomb(repo, leaf)
    repo.git("update-ref", "refs/heads/main", "feature")
    monkeypatch.setattr("guard.git.compare._MOST_LISTED", 1 << 22)
    monkeypatch.setattr("guard.git.compare._LISTING", 1)
    repository = open_repository(at(str(repo.path)))
    with pytest.raises(TooMuch, match="the base has more paths than guard reads"):
        compare_contracts(repository, "")
    with pytest.raises(TooMuch, match="the base has more paths than guard reads"):
        tracked(repository, read_base(repository))
    assert [one.name for one in plan(repository).sessions] == ["api", "feature", "web"]


@pytest.mark.skipif(sys.platform != "linux", reason="no limit can be set for a running process")
@pytest.mark.parametrize("later", [False, True])
def test_contracts_whose_branch_has_very_many_paths(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, *, later: bool
) -> None:
    """Such a contract is compared as one whose work goes on."""
    tip = contracted(repo)
    repo.git("update-ref", "refs/heads/feature", tip)
    repo.git("switch", "-q", "feature")
    bomb(repo, "file")
    if later:
        back = repo.git("commit-tree", "-p", "feature", "-m", "gone", f"{tip}^{{tree}}")
        repo.git("update-ref", "refs/heads/feature", back)
    repo.git("branch", "web", "feature")
    repo.git("update-ref", "refs/heads/feature", tip)
    repo.git("reset", "-q", "--hard")
    monkeypatch.setattr("guard.verdict.integrated.PATCHES", (1 << 26, 1))
    for where in ("compare", "compare_many"):
        monkeypatch.setattr(f"guard.git.{where}.MOST_BYTES", 1 << 22)
    compared = compare_contracts(open_repository(at(str(repo.path))), "")
    overlapping = [(one.a.name, one.b.name) for one in compared.pairs if one.verdict == "overlap"]
    assert ("api", "web") in overlapping


def test_a_limit_of_the_users_own(repo: Repo) -> None:
    """Where git may use less than guard would let it, that stays so, and is no bug."""
    repo.commit({"docs/a": "new\n"})
    limited = 'ulimit -d 200000 && ulimit -t 100 && exec "$@"'
    ran = repo.run("sh", "-c", limited, "sh", *GUARD, "check", "--branch", ok=())
    assert (ran.code, ran.err) == (0, "")
