"""A submodule is a directory for patterns, as it is for git, in every list of patterns."""

from __future__ import annotations

import pytest

from tests.kit import POLICY, Repo, session

LIB = "third_party/lib"
FOLDERS = ["third_party/lib/", "lib/", "*/lib/", "/third_party/*/", "third_party/l?b/ "]
NO_FOLDERS = ["third_party/lib/*", "lib/**", "third_party/", "/lib/", "other/"]
LIBS = '[shared.libs]\nwhy = "Every build links these."\npaths = ["lib/"]\n'


def link(repo: Repo, number: int, path: str = LIB) -> str:
    """Commit a submodule that is at one of two commits."""
    oid = f"{number:040x}"
    if (repo.path / path).is_file():
        (repo.path / path).unlink()
    (repo.path / path).mkdir(parents=True, exist_ok=True)  # else `git add -A` deletes it
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{oid},{path}")
    repo.git("commit", "-q", "-m", "submodule")
    return oid


def moved(repo: Repo, **keys: object) -> Repo:
    """A session that moves the submodule of the base to another commit."""
    repo.policy()
    link(repo, 1)
    session(repo, "feature", **keys)
    link(repo, 2)
    return repo


@pytest.mark.parametrize("pattern", [*FOLDERS, *NO_FOLDERS])
def test_a_pattern_owns_a_submodule_if_git_ignores_such_a_folder(empty: Repo, pattern: str) -> None:
    """`owns` covers what `git check-ignore` matches, and no pattern that covers it is dead."""
    moved(empty, owns=[pattern, "src/"])
    (empty.path / ".git/info/exclude").write_text(f"{pattern}\n")
    asked = empty.run("git", "check-ignore", "-q", "--no-index", LIB, ok=(0, 1))
    ran = empty.check("--branch")
    assert ran.codes.get(LIB, []) == ([] if asked.code == 0 else ["OWN001"])
    findings = ran.report["findings"]
    findings = ran.report["findings"]
    dead = [one["decided_by"]["pattern"] for one in findings if one["code"] == "CON004"]
    assert (pattern in dead) == (asked.code != 0)
    told = empty.guard("contract", "check", "--base").out
    assert (f'"{pattern}" matches no tracked file' in told) == (asked.code != 0)


@pytest.mark.parametrize("scope", ["--branch", "--staged", "worktree", "--base=main"])
@pytest.mark.parametrize("pattern", FOLDERS)
def test_forbids_covers_a_submodule(empty: Repo, pattern: str, scope: str) -> None:
    """Moving, adding and deleting a submodule in a forbidden folder is reported in every scope."""
    moved(empty, owns=["*"], forbids=[pattern])
    if scope in ("--staged", "worktree"):
        empty.git("reset", "-q", "--soft", "main")
    words = [] if scope == "worktree" else [scope]
    assert empty.check(*words).codes.get(LIB) == (["OWN002"])
    empty.git("reset", "-q", "--mixed", "main")
    empty.git("update-index", "--force-remove", LIB)
    empty.git("commit", "-q", "-m", "gone")
    assert empty.check("--branch").codes.get(LIB) == ["OWN002"]


@pytest.mark.parametrize("status", ["M", "A"])
def test_a_shared_group_and_a_waiver_cover_a_submodule(empty: Repo, status: str) -> None:
    """A shared folder's submodule is shared, unless a waiver for the folder says otherwise."""
    waive = {"rule": "shared-file", "paths": ["/third_party/lib/"], "why": "agreed"}
    empty.policy(POLICY + LIBS)
    if status == "M":
        link(empty, 1)
    empty.contract("free", owns=["*"], waive=[waive])
    session(empty, owns=["*"])
    link(empty, 2)
    assert empty.check("--branch").codes.get(LIB) == ["SHR001"]
    empty.branch("free")
    assert LIB not in empty.check("--branch").codes


def test_generated_code_may_be_a_submodule(empty: Repo) -> None:
    """An attribute for a folder, or a name of generated folders, is also that of a submodule."""
    generated = '[shared.generated]\nwhy = "made"\ngenerated = true\n'
    empty.policy(POLICY + generated)
    empty.commit({".gitattributes": "lib/ linguist-generated\n"})
    session(empty, owns=["*"])
    link(empty, 1)
    link(empty, 1, "web/node_modules")
    link(empty, 1, "web/other")
    codes = empty.check("--branch").codes
    assert codes.get(LIB) == ["SHR001"]
    assert codes.get("web/node_modules") == ["SHR001"]
    assert "web/other" not in codes


def test_a_repository_inside_is_a_submodule_before_it_is_added(empty: Repo) -> None:
    """git would add a repository as a submodule, so a pattern for folders covers it already."""
    session(empty.policy(), owns=["*"], forbids=["third_party/lib/"])
    inner = Repo.init(empty.path / LIB)
    inner.commit({"a": "1\n"})
    assert empty.check().codes == {LIB: ["OWN002"]}
    shown = empty.guard("explain", LIB)
    assert "forbids" in shown.out


@pytest.mark.parametrize("first", ["submodule", "file"])
def test_a_file_in_place_of_a_submodule(empty: Repo, first: str) -> None:
    """Where one side is a file, a grant has to cover the file, and a prohibition either."""
    empty.policy()
    put(empty, first)
    empty.contract("forbidden", owns=["*"], forbids=[f"{LIB}/"])
    session(empty, owns=[f"{LIB}/", "src/"])
    put(empty, "file" if first == "submodule" else "submodule")
    assert empty.check("--branch").codes.get(LIB) == ["OWN001"]
    empty.branch("forbidden")
    assert empty.check("--branch").codes.get(LIB) == ["OWN002"]


def put(repo: Repo, what: str) -> None:
    """Commit a submodule, or a file in its place."""
    if what == "submodule":
        link(repo, 1)
        return
    if (repo.path / LIB).is_dir():
        (repo.path / LIB).rmdir()
    repo.commit({LIB: "file\n"})


@pytest.mark.parametrize("word", [LIB, f"{LIB}/"])
def test_explain_knows_a_submodule(empty: Repo, word: str) -> None:
    """A submodule is explained by the line that decides in a check, with or without a slash."""
    moved(empty, owns=["lib/"])
    (told,) = empty.guard("explain", "--format", "json", word).report["explanations"]
    assert told["path"] == LIB
    assert [(one["pattern"], one["decides"]) for one in told["matches"]] == [("lib/", True)]
    assert told["allowed"] is True


@pytest.mark.parametrize("own", [True, False])
def test_a_submodule_that_the_merge_carries_elsewhere(empty: Repo, *, own: bool) -> None:
    """git carries a moved submodule to its new place, which the contract may own as a folder."""
    empty.policy()
    link(empty, 1, "old/lib")
    session(empty, owns=["old/lib/", *([f"{LIB}/"] if own else [])])
    link(empty, 2, "old/lib")
    empty.git("switch", "-q", "main")
    empty.git("update-index", "--force-remove", "old/lib")
    link(empty, 1)
    empty.git("switch", "-q", "feature")
    ran = empty.check("--branch")
    assert (LIB in ran.codes) != own


@pytest.mark.parametrize("listed", [LIB, f"{LIB}/", "`third_party/*/`"])
def test_a_handoff_may_list_a_submodule_as_a_folder(empty: Repo, listed: str) -> None:
    """A submodule is listed by its path, also with the slash of a folder."""
    empty.policy('base = "main"\n')
    session(empty, owns=["*"])
    link(empty, 1)
    text = f"""## Files changed
- {listed}

## Behavior changed
The library is new.

## Verification commands run
None: nothing runs.

## Known risks
None: it is unused.

## Follow-up work
None: all is done.
"""
    empty.write({".guard/handoffs/feature.md": text})
    empty.git("add", ".guard")
    empty.git("commit", "-q", "-m", "handoff")
    assert "HND005" not in [
        code for codes in empty.check("--branch").codes.values() for code in codes
    ]
