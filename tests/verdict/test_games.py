"""Contracts that come and go, files that look like contracts, merges that break no contract."""

from __future__ import annotations

import pytest

from tests.kit import BASE, Repo, toml

EVERYTHING = toml({"owns": ["*"]})


def test_a_contract_that_the_base_took_back(team: Repo) -> None:
    """An edited copy on the branch does not bring back a contract that the base has removed."""
    team.branch("api").commit({"api/a.py": "x\n"})
    team.git("switch", "-q", "main")
    team.git("rm", "-q", ".guard/contracts/api.toml")
    team.git("commit", "-qm", "done")
    team.git("switch", "-q", "api")
    assert team.check("--staged").codes == {}  # nothing is staged
    for scope in ([], ["--branch"], ["--base", "main", "--head", "api"]):
        assert team.check(*scope).codes == {"": ["CON001"]}
    team.commit({".guard/contracts/api.toml": EVERYTHING, "web/a.py": "x\n"})
    assert team.check().codes == {"": ["CON001"], ".guard/contracts/api.toml": ["CON002"]}
    for scope in (["--branch"], ["--base", "main", "--head", "api"]):
        assert team.check(*scope).codes == {
            "": ["CON001"],
            ".guard/contracts/api.toml": ["CON002", "MRG001"],
        }


def test_what_stands_beside_the_commits_hides_none(team: Repo) -> None:
    """Attributes, replace refs, notes, index bits and dates of the branch change no verdict."""
    team.branch("api").commit({"api/.gitattributes": "* -diff -merge linguist-generated\n"})
    far = {"GIT_COMMITTER_DATE": "@99999999999999 +0000"}
    team.write({"web/a.py": "x\n", "api/a.py": "x\n"}).git("commit", "-qam", "stray", env=far)
    team.git("replace", "HEAD", "main")
    team.git("notes", "add", "-m", "guard: kept")
    team.write({"docs/a.py": "x\n"}).git("update-index", "--assume-unchanged", "docs/a.py")
    team.write({"docs/b.py": "x\n"}).git("update-index", "--skip-worktree", "docs/b.py")
    assert team.check("--branch").codes == {"web/a.py": ["OWN001"]}
    hidden = {path: ["OWN001"] for path in ("docs/a.py", "docs/b.py", "web/a.py")}
    assert team.check().codes == hidden


def test_a_path_that_changes_its_kind_or_case_and_goes_back(team: Repo) -> None:
    """A submodule that became a folder, and a file in other letters; back again it is nothing."""
    link = ("update-index", "--add", "--cacheinfo", f"160000,{team.head()},docs/sub")
    team.git(*link)
    team.git("commit", "-qm", "submodule")
    team.branch("api").git("rm", "-q", "--cached", "docs/sub")
    team.write({"docs/sub/a": "x\n"}).git("add", "docs/sub/a")
    team.git("mv", "web/a.py", "web/A.py")
    team.git("commit", "-qm", "other kinds")
    found = {path: ["OWN001"] for path in ("docs/sub", "docs/sub/a", "web/A.py", "web/a.py")}
    assert team.check("--branch").codes == found
    team.git("rm", "-qr", "--cached", "docs/sub")
    team.git(*link)
    team.git("mv", "web/A.py", "web/a.py")
    team.git("commit", "-qm", "back")
    assert team.check("--branch").codes == {}


def test_a_contract_that_claims_the_branch_only_later(team: Repo) -> None:
    """The first declaration counts: if it claimed another branch, an edit does not change that."""
    team.branch("fresh").commit({".guard/contracts/other.toml": toml({"owns": ["api/"]})})
    team.commit(
        {
            ".guard/contracts/other.toml": toml({"owns": ["*"], "branches": ["fresh"]}),
            "web/a.py": "x\n",
        }
    )
    for scope in ([], ["--branch"], ["--base", "main", "--head", "fresh"]):
        assert "CON001" in team.check(*scope).codes[""]


def test_a_declaration_that_is_replaced_by_a_wider_one(team: Repo) -> None:
    """The first declaration counts, also after it was taken back."""
    team.branch("fresh").commit({".guard/contracts/fresh.toml": toml({"owns": ["api/"]})})
    team.git("revert", "--no-edit", "HEAD")
    team.commit({".guard/contracts/fresh.toml": EVERYTHING})
    team.commit({"web/a.py": "x\n"})
    ran = team.check("--branch")
    assert ran.codes["web/a.py"] == ["OWN001"]
    assert "CON002" in ran.codes[".guard/contracts/fresh.toml"]


def test_a_wider_declaration_that_is_merged(team: Repo) -> None:
    """Of two declarations side by side none is the first: no verdict."""
    team.branch("fresh").commit({".guard/contracts/fresh.toml": toml({"owns": ["api/"]})})
    team.git("switch", "-q", "-c", "side", "main")
    team.commit({".guard/contracts/fresh.toml": EVERYTHING})
    team.git("switch", "-q", "fresh")
    team.git("merge", "-q", "--no-edit", "-X", "theirs", "side")
    team.commit({"web/a.py": "x\n"})
    ran = team.check("--branch")
    assert (ran.code, "side by side" in ran.err) == (2, True)


@pytest.mark.parametrize("name", ["*", "**", "..", "n\nl", "", "-rf", "[", "a b", "t?pic"])
def test_a_file_whose_name_is_no_name_stops_nobody(team: Repo, name: str) -> None:
    """A file on the base that cannot be a contract concerns no branch, whatever its name."""
    team.commit({f".guard/contracts/{name}.toml": EVERYTHING})
    team.branch("api").commit({"api/a.py": "x\n"})
    assert team.check("--branch").code == 0
    team.git("switch", "-q", "-c", "topic", "main")
    team.commit({"docs/a.py": "x\n"})
    assert team.check("--branch").codes == {"": ["CON001"]}


@pytest.mark.parametrize("place", [".guard", ".guard/contracts"])
def test_contracts_behind_a_link_on_the_base(team: Repo, place: str) -> None:
    """Contracts are not read through a link, and not passed over either."""
    (team.path / place).rename(team.path / "web/moved")
    (team.path / place).symlink_to("web/moved")
    team.commit({"guard.toml": BASE + "[contracts]\nmissing = 'off'\n"})
    team.branch("api").commit({"secret/a.py": "x\n"})
    ran = team.check("--base", "main", "--head", "api")
    assert ran.code == 2
    assert f"{place} on main is not a folder" in ran.err


@pytest.mark.parametrize("attribute", ["-merge", "binary", "merge=ours", "merge=union"])
def test_paths_that_git_does_not_merge_as_text(team: Repo, attribute: str) -> None:
    """Where git stops, or a driver decides, one side may win; `union` never stops."""
    lines = [f"{number}\n" for number in range(60)]
    team.commit({".gitattributes": f"*.lck {attribute}\n", "api/x.lck": "".join(lines)})
    team.branch("api").commit({"api/x.lck": "".join(["mine\n", *lines[1:]])})
    team.git("switch", "-q", "main")
    team.commit({"api/x.lck": "".join([*lines[:-1], "theirs\n"])})
    team.git("switch", "-q", "api")
    team.git("merge", "-q", "--no-commit", "main", ok=(0, 1))
    team.commit({"api/x.lck": "".join(["mine\n", *lines[1:]])}, "merge")
    dropped = {"api/x.lck": ["MRG002"]} if attribute == "merge=union" else {}
    assert team.check("--branch").codes == dropped


def test_a_criss_cross_drop_is_seen_before_the_commit(team: Repo) -> None:
    """With two merge bases, staging the older one's version is a change; the base's is none."""
    team.branch("api").commit({"api/a.py": "mine\n"})
    older = team.git("rev-parse", "HEAD")
    team.git("switch", "-q", "main")
    newer = team.commit({"web/a.py": "main\n"})
    team.git("merge", "-q", "--no-edit", older)
    team.git("switch", "-q", "api")
    team.git("merge", "-q", "--no-edit", newer)
    team.git("checkout", older, "--", "web/a.py")
    assert team.check("--staged").codes == {"web/a.py": ["OWN001"]}
    team.git("checkout", "HEAD", "--", "web/a.py")
    team.commit({"web/b.py": "trespass\n"})
    team.git("checkout", "main", "--", "web/b.py")
    assert team.check("--staged").code == 0
    team.git("switch", "-q", "--detach", "main")
    team.git("checkout", "-q", "-B", "main")
    team.commit({"web/b.py": "newer\n"})
    team.git("switch", "-q", "api")
    team.git("checkout", newer, "--", "web/b.py")
    assert team.check("--staged").code == 0


def test_a_branch_of_another_root(team: Repo) -> None:
    """A branch without common history is judged before a commit; as a whole it is an error."""
    team.git("switch", "-q", "--orphan", "api")
    team.commit({"api/x.py": "x\n"})
    assert team.check("--staged").code == 0
    team.write({"web/x.py": "x\n"}).git("add", "-A")
    assert team.check("--staged").codes == {"web/x.py": ["OWN001"]}
    ran = team.check("--branch")
    assert ran.code == 2
    assert "no common history" in ran.err
    team.git("commit", "-qm", "x")
    team.git("merge", "-q", "--allow-unrelated-histories", "--no-edit", "main")
    assert team.check("--branch").codes == {"web/x.py": ["OWN001"]}
