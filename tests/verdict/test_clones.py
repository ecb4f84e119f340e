"""Where guard runs: bare, shallow, partial and SHA-256 repositories, subdirectories, worktrees."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit import POLICY, Repo


@pytest.fixture
def trespass(team: Repo) -> Repo:
    """The branch `api` with a trespass, far enough from the base for a shallow clone to miss it."""
    for number in range(5):
        team.commit({"docs/history.md": f"{number}\n"})
    team.branch("api")
    for number in range(3):
        team.commit({"api/a.py": f"{number}\n"})
    team.commit({"web/a.py": "x\n"})
    return team


def clone(origin: Repo, name: str, *options: str) -> Repo:
    """Clone over the file transport, which honours depth and filters."""
    made = Repo(origin.path.parent / name)
    origin.git("config", "uploadpack.allowFilter", "true")
    origin.git("config", "uploadpack.allowAnySHA1InWant", "true")
    origin.git("clone", "-q", "--no-single-branch", *options, origin.path.as_uri(), str(made.path))
    return made


EXPECTED = {"web/a.py": ["OWN001"]}
RANGE = ("--base", "origin/main", "--head", "origin/api")


def test_bare_repository(trespass: Repo) -> None:
    """The range scope needs no working tree; the others say what to do instead."""
    bare = clone(trespass, "bare.git", "--bare")
    assert bare.check("--base", "main", "--head", "api").codes == EXPECTED
    for scope in ([], ["--staged"]):
        ran = bare.check(*scope)
        assert ran.code == 2
        assert "--head" in ran.err


def test_shallow_clone_never_guesses(trespass: Repo) -> None:
    """Too few commits are an error that names the command which fetches the rest."""
    shallow = clone(trespass, "shallow", "--depth=1")
    ran = shallow.check(*RANGE)
    assert ran.code == 2
    assert "git fetch --unshallow" in ran.err
    shallow.git("fetch", "-q", "--unshallow")
    assert shallow.check(*RANGE).codes == EXPECTED


def test_shallow_clone_with_the_merge_base_is_judged(trespass: Repo) -> None:
    """When the base's tip itself is the merge base, no missing commit can change the answer."""
    shallow = clone(trespass, "shallow", "--depth=5")
    assert shallow.git("rev-parse", "--is-shallow-repository") == "true"
    assert shallow.check(*RANGE).codes == EXPECTED


def test_shallow_clone_cut_within_the_branch(trespass: Repo) -> None:
    """A merge that lost its parents by the cut may hide what it dropped: there is no verdict."""
    trespass.git("switch", "-q", "main")
    trespass.commit({"docs/late.md": "x\n"})
    trespass.git("switch", "-q", "api")
    trespass.git("merge", "-q", "--no-edit", "-s", "ours", "main")
    for number in range(3):
        trespass.commit({"api/b.py": f"{number}\n"})
    side = trespass.git("commit-tree", "-p", "main", "-p", "HEAD", "-m", "side", "HEAD^{tree}")
    trespass.git("update-ref", "refs/heads/api", side)
    shallow = clone(trespass, "shallow", "--depth=3")
    ran = shallow.check(*RANGE)
    assert ran.code == 2
    assert "git fetch --unshallow" in ran.err


def test_blobless_clone(trespass: Repo) -> None:
    """A clone without blobs gives the true answer or says what to fetch, and never fetches."""
    partial = clone(trespass, "partial", "--filter=blob:none", "--no-checkout")
    ran = partial.check(*RANGE)
    assert ran.code == 2
    assert "partial clone" in ran.err
    partial.git("checkout", "-q", "main")
    assert partial.check(*RANGE).codes == EXPECTED


def test_sha256_repository(tmp_path: Path) -> None:
    """Object ids of any length are judged alike, in every scope."""
    repo = Repo.init(tmp_path / "repo", "--object-format=sha256")
    repo.commit(
        {
            "guard.toml": POLICY + "[shared.gen]\ngenerated = true\n",
            ".gitattributes": "*.gen linguist-generated\n",
            "api/a": "1",
            "web/a": "1",
            "x.gen": "1",
        }
    )
    repo.contract("api", owns=["api/"])
    repo.branch("api").commit({"api/a": "2", "web/a": "2", "x.gen": "2"})
    expected = {"web/a": ["OWN001"], "x.gen": ["SHR001"]}
    for scope in ([], ["--branch"], ["--base", "main", "--head", "api"]):
        assert repo.check(*scope).codes == expected
    repo.git("reset", "-q", "--soft", "main")
    assert repo.check("--staged").codes == expected
    repo.git("commit", "-qm", "again")
    repo.git("switch", "-q", "main")
    repo.commit({"docs": "x"})
    repo.git("switch", "-q", "api")
    repo.git("merge", "-q", "--no-edit", "-s", "ours", "main")
    assert repo.check("--branch").codes["docs"] == ["MRG002", "OWN001"]


def test_subdirectory(trespass: Repo) -> None:
    """From a subdirectory the whole branch is judged, with paths from the top."""
    trespass.write({"docs/new.md": "x\n"})
    for scope, expected in (
        ([], {**EXPECTED, "docs/new.md": ["OWN001"]}),
        (["--branch"], EXPECTED),
    ):
        assert trespass.check(*scope, cwd=trespass.path / "docs").codes == expected


def test_inside_another_worktree(trespass: Repo) -> None:
    """A linked worktree inside the main one is judged for itself."""
    trespass.git("worktree", "add", "-q", "-b", "web", ".trees/web", "main")
    linked = Repo(trespass.path / ".trees/web")
    linked.write({"web/a.py": "x\n"})
    report = linked.check().report
    assert (report["contract"], report["verdict"], report["checked"]["paths"]) == ("web", "kept", 1)
    linked.write({"api/a.py": "x\n"})
    found = linked.check(cwd=linked.path / "docs").report["findings"]
    errors = [(one["code"], one["path"]) for one in found if one["severity"] == "error"]
    assert errors == [("OWN001", "api/a.py")]


def test_git_dir_is_honoured(trespass: Repo, tmp_path: Path) -> None:
    """With `GIT_DIR` set guard judges that repository's worktree, from wherever it is called."""
    linked = trespass.worktree("linked", "feat/web", "main")
    linked.write({"docs/new.md": "x\n"})
    own = {"GIT_DIR": str(trespass.path / ".git")}
    other = {"GIT_DIR": linked.git("rev-parse", "--absolute-git-dir")}
    for place in (tmp_path, trespass.path / "docs"):
        assert trespass.check(cwd=place, env=own).codes == EXPECTED
        assert trespass.check(cwd=place, env=other).codes == {"docs/new.md": ["OWN001"]}
    both = {**own, "GIT_WORK_TREE": str(trespass.path)}
    assert trespass.check(cwd=tmp_path, env=both).codes == EXPECTED


def test_all_worktrees_at_once(trespass: Repo) -> None:
    """`--all` judges every worktree for itself, also in a hook; a missing one hides no other."""
    web = trespass.worktree("tree-web", "web", "main")
    web.write({"web/b.py": "x\n"})
    gone = trespass.worktree("tree-gone", "feat/web", "main")
    gone.run("rm", "-rf", str(gone.path), cwd=trespass.path)
    env = {
        "GIT_DIR": str(trespass.path / ".git"),
        "GIT_INDEX_FILE": str(trespass.path / ".git/index"),
    }
    for extra in ({}, env):
        ran = trespass.guard("check", "--all", "--format", "json", env=extra)
        verdicts = {
            Path(report["worktree"]).name: report["verdict"] for report in ran.report["reports"]
        }
        assert verdicts == {"repo": "broken", "tree-web": "kept", "tree-gone": "error"}
        assert ran.code == 2


def test_not_a_repository(tmp_path: Path) -> None:
    """Outside a repository the answer is an error with a next step."""
    ran = Repo(tmp_path).check()
    assert ran.code == 2
    assert "not a git repository" in ran.err


def test_newline_in_the_directory(tmp_path: Path) -> None:
    """A repository below a folder with a newline in its name is judged like any other."""
    repo = Repo.init(tmp_path / "new\nline")
    repo.commit({"guard.toml": "", "web/a": "1", "api/a": "1"})
    repo.contract("api", owns=["api/"])
    repo.branch("api").write({"web/a": "2"})
    assert repo.check().codes == {"web/a": ["OWN001"]}


def test_objects_that_are_gone_are_no_empty_repository(team: Repo) -> None:
    """Where a borrowed object store has moved, nobody is told to adopt guard."""
    clone = Repo(team.path.parent / "borrowing")
    team.git("clone", "-q", "--shared", str(team.path), str(clone.path))
    (clone.path / ".git/objects/info/alternates").write_text("/nonexistent\n")
    ran = clone.guard("check", "--branch")
    assert (ran.code, "guard init" in ran.err) == (2, False)
    assert "is missing here" in ran.err
