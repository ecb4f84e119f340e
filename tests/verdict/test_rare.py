"""Rare repositories: two declarations, odd names, very long paths, missing objects."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.kit import POLICY, Repo, session, team, toml


def two_sides(repo: Repo, *, swapped: bool) -> None:
    """Declare a contract for `fresh` on two lines of work, and merge them in either order."""
    team(repo)
    wide = toml({"owns": ["*"], "branches": ["fresh"]})
    repo.branch("fresh").commit(
        {".guard/contracts/narrow.toml": toml({"owns": ["x/"], "branches": ["fresh"]})}
    )
    repo.git("switch", "-q", "-c", "other", "main")
    repo.commit({".guard/contracts/wide.toml": wide})
    if swapped:
        repo.git("merge", "-q", "--no-edit", "fresh")
        repo.git("branch", "-qf", "fresh", "other")
        repo.git("switch", "-q", "fresh")
    else:
        repo.git("switch", "-q", "fresh")
        repo.git("merge", "-q", "--no-edit", "other")


@pytest.mark.parametrize("swapped", [False, True])
def test_two_declarations_side_by_side_are_an_error(empty: Repo, *, swapped: bool) -> None:
    """The order of a merge's parents does not choose the contract."""
    two_sides(empty, swapped=swapped)
    ran = empty.check("--branch")
    assert ran.code == 2
    assert "side by side" in ran.report["error"]["message"]


def test_the_oldest_declaration_counts_in_any_merge(empty: Repo) -> None:
    """A second declaration on a line of work that builds on the first one changes nothing."""
    team(empty)
    empty.branch("fresh").commit({".guard/contracts/fresh.toml": toml({"owns": ["docs/"]})})
    empty.branch("side").commit(
        {".guard/contracts/wide.toml": toml({"owns": ["*"], "branches": ["fresh"]})}
    )
    empty.git("switch", "-q", "-c", "again", "fresh")
    empty.commit({"docs/a.py": "x\n"})
    empty.git("switch", "-q", "side")
    empty.git("merge", "-q", "--no-edit", "again")
    empty.git("branch", "-qf", "fresh", "side")
    empty.git("switch", "-q", "fresh")
    assert empty.check("--branch").report["contract"] == "fresh"


@pytest.mark.parametrize("name", ["moved.py", "moved~1.py", "a~b~c", "a~" + 40 * "b"])
def test_a_carried_change_to_an_odd_name(empty: Repo, name: str) -> None:
    """A `~` in a name hides no path that merging would change."""
    team(empty)
    empty.git("switch", "-q", "-c", "api")
    empty.commit({"api/a.py": "api a\n" * 19 + "new\n"})
    empty.git("switch", "-q", "main")
    empty.git("mv", "api/a.py", f"web/{name}")
    empty.commit({})
    empty.git("switch", "-q", "api")
    assert empty.check("--branch").codes[f"web/{name}"] == ["MRG001"]


def test_a_very_long_path_that_came_and_went(empty: Repo) -> None:
    """A path longer than a word of a command line may be is judged like any other."""
    session(empty.policy(), "feature")
    made, kind = empty.git("hash-object", "-w", "--stdin", stdin=b"x"), "100644 blob"
    for _ in range(700):
        made = empty.git("mktree", stdin=f"{kind} {made}\t{'d' * 200}\n".encode())
        kind = "040000 tree"
    listing = empty.git("ls-tree", "main") + f"\n040000 tree {made}\tzz\n"
    root = empty.git("mktree", stdin=listing.encode())
    came = empty.git("commit-tree", "-p", "main", "-m", "came", root)
    went = empty.git("commit-tree", "-p", came, "-m", "went", "main^{tree}")
    update = f"refs/heads/feature {went} refs/heads/feature {'0' * 40}\n"
    assert empty.guard("hook", "pre-push", "origin", "u", stdin=update.encode()).code in (0, 1)


def test_missing_history_is_not_no_history(empty: Repo, tmp_path: Path) -> None:
    """Where the commits of a clone are gone, nobody is told to adopt guard."""
    team(empty)
    empty.git("clone", "-q", "--shared", str(empty.path), str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone")
    (clone.path / ".git/objects/info/alternates").write_text("/nonexistent\n")
    ran = clone.guard("check", "--branch")
    assert ran.code == 2
    assert "guard init" not in ran.err
    assert "missing" in ran.err


def test_a_damaged_key_of_receipts_is_an_error(empty: Repo) -> None:
    """The message names the file and the way out."""
    session(empty.policy(), "feature")
    empty.guard("run", "--", "true")
    (key,) = (empty.path / ".git/guard").rglob(".key")
    key.write_bytes(b"x" * 100)
    ran = empty.guard("run", "--", "true")
    assert ran.code == 2
    assert f"rm {key}" in ran.err
    key.unlink()
    assert empty.guard("run", "--", "true").code == 0


def test_a_contract_whose_name_differs_by_case(empty: Repo) -> None:
    """`guard contract new A` beside `a` would be one file on macOS and Windows."""
    team(empty, policy=POLICY)
    ran = empty.guard("contract", "new", "API", "--goal", "x", "--owns", "docs/")
    assert ran.code == 2
    assert ".guard/contracts/api.toml" in ran.err


def test_half_a_surrogate_pair_in_an_event(empty: Repo, tmp_path: Path) -> None:
    """A name that no file system has, in a pull request's text, is no bug."""
    team(empty)
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"head": {"ref": "\ud800", "sha": "\udc00"}}}))
    ran = empty.guard("ci", "--pull-request", str(event))
    assert ran.code in (0, 1, 2)


@pytest.mark.parametrize("there", [True, False])
def test_a_bracket_in_a_folder_that_exists(empty: Repo, *, there: bool) -> None:
    """A pattern whose brackets were meant as part of a name is told how to be written."""
    empty.policy().commit({"app/[locale]/page.tsx" if there else "app/page.tsx": "x\n"})
    session(empty, "feature", owns=["app/[locale]/", "src/"])
    empty.commit({"src/a": "x\n"})
    finding = next(one for one in empty.check("--branch").report["findings"])
    assert ("write app/\\[locale]/" in finding["message"]) == there
    told = empty.guard("contract", "check", "--base").out
    assert ("write 'app/\\[locale]/' for brackets" in told) == there
