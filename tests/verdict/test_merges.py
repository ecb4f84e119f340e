"""What a merge brings in is not blamed; what it silently drops or adds is."""

from __future__ import annotations

import sys

import pytest

from tests.kit import POLICY, Repo


def advance(team: Repo) -> None:
    """Let the base move on in paths of everybody, then come back."""
    team.git("switch", "-q", "main")
    team.commit({"web/a.py": "main\n", "docs/a.py": "main\n", "package.json": '{"main": 1}\n'})
    team.git("switch", "-q", "api")


def test_merging_the_base_brings_nothing_to_blame(team: Repo) -> None:
    """A branch that merges the base is judged by its own paths, while merging and afterwards."""
    team.branch("api").commit({"api/a.py": "mine\n"})
    advance(team)
    team.git("merge", "-q", "--no-commit", "main")
    assert team.check("--staged").code == 0
    assert team.check().code == 0
    team.git("commit", "-qm", "merge")
    assert team.check().report["checked"]["paths"] == 1
    assert team.check("--branch").code == 0


def test_criss_cross_history_blames_nobody_for_the_other_side(team: Repo) -> None:
    """With two merge bases the branch is compared with what merging both gives."""
    team.branch("api").commit({"api/a.py": "mine\n"})
    first = team.git("rev-parse", "HEAD")
    advance(team)
    other = team.git("rev-parse", "main")
    team.git("merge", "-q", "--no-edit", other)
    team.git("switch", "-q", "main")
    team.git("merge", "-q", "--no-edit", first)
    team.git("switch", "-q", "api")
    team.commit({"api/b.py": "more\n"})
    assert len(team.git("merge-base", "--all", "main", "api").split()) == 2
    ran = team.check("--branch")
    assert (ran.code, ran.report["checked"]["paths"]) == (0, 1)
    assert team.check().report["checked"]["paths"] == 1
    team.commit({"web/b.py": "trespass\n"})
    assert team.check("--branch").codes == {"web/b.py": ["OWN001"]}


def test_a_merge_that_drops_the_bases_change_is_reported(team: Repo) -> None:
    """After `git merge -s ours` each path that lost the base's change is named."""
    team.branch("api").commit({"api/a.py": "mine\n"})
    advance(team)
    team.git("merge", "-q", "--no-edit", "-s", "ours", "main")
    codes = team.check("--branch").codes
    assert codes["web/a.py"] == ["MRG002", "OWN001"]
    assert codes["package.json"] == ["MRG002", "SHR001"]


def test_a_merge_that_adds_what_neither_side_has_is_reported(team: Repo) -> None:
    """A file or a line that only the merge commit brings is named."""
    team.branch("api").commit({"api/a.py": "mine\n"})
    advance(team)
    team.git("merge", "-q", "--no-commit", "main")
    team.commit({"docs/evil.py": "new\n", "web/b.py": "slipped in\n"}, "merge")
    codes = team.check("--branch").codes
    assert codes == {"docs/evil.py": ["MRG002", "OWN001"], "web/b.py": ["MRG002", "OWN001"]}


def test_resolving_a_conflict_is_the_authors_work(team: Repo) -> None:
    """The paths on which git could not merge are the author's to resolve."""
    team.branch("api").commit({"api/a.py": "mine\n"})
    team.git("switch", "-q", "main")
    team.commit({"api/a.py": "theirs\n"})
    team.git("switch", "-q", "api")
    team.git("merge", "-q", "main", ok=(1,))
    team.write({"api/a.py": "both\n"}).git("add", "-A")
    assert team.check("--staged").code == 0
    team.git("commit", "-qm", "merge")
    assert team.check("--branch").codes == {}


def test_a_mended_merge_is_forgiven(team: Repo) -> None:
    """A later commit that brings the dropped change back ends the finding."""
    team.branch("api").commit({"api/a.py": "mine\n"})
    advance(team)
    team.git("merge", "-q", "--no-edit", "-s", "ours", "main")
    team.git("checkout", "main", "--", "web", "docs", "package.json")
    team.git("commit", "-qm", "mend")
    assert team.check("--branch").codes == {}


def test_octopus_merges_are_merged_again_too(team: Repo) -> None:
    """An octopus that git made is clean, one that was tampered with is not."""
    for name in ("one", "two"):
        team.git("switch", "-q", "-c", name, "main")
        team.commit({f"api/{name}.py": "x\n"})
    team.git("switch", "-q", "-c", "api", "main")
    team.commit({"api/mine.py": "x\n"})
    team.git("merge", "-q", "--no-edit", "one", "two")
    assert team.check("--branch").codes == {}
    team.write({"docs/a.py": "evil\n"}).git("add", "-A")
    team.git("commit", "-q", "--amend", "--no-edit")
    assert team.check("--branch").codes == {"docs/a.py": ["MRG002", "OWN001"]}


def test_many_merges_in_one_range(team: Repo) -> None:
    """Only the merge that did more than merging is named."""
    team.branch("api")
    for number in range(6):
        team.git("switch", "-q", "main")
        team.commit({f"web/n{number}.py": "main\n"})
        team.git("switch", "-q", "api")
        team.commit({f"api/n{number}.py": "mine\n"})
        team.git("merge", "-q", "--no-commit", "main")
        team.commit({"docs/evil.py": "x\n"} if number == 3 else {}, "merge")
    ran = team.check("--branch")
    assert ran.codes == {"docs/evil.py": ["MRG002", "OWN001"]}


def test_cherry_pick_and_rebase_in_progress_keep_the_contract(team: Repo) -> None:
    """During a rebase HEAD is detached, and the branch's contract still holds."""
    team.branch("api").commit({"api/a.py": "mine\n"})
    team.git("switch", "-q", "main")
    team.commit({"api/a.py": "theirs\n"})
    team.git("switch", "-q", "api")
    team.git("rebase", "main", ok=(1,))
    assert team.git("symbolic-ref", "-q", "HEAD", ok=(1,)) == ""
    ran = team.check("--staged")
    assert (ran.code, ran.report["branch"], ran.report["contract"]) == (0, "api", "api")
    team.write({"web/a.py": "x\n"}).git("add", "web/a.py")
    assert team.check("--staged").codes == {"web/a.py": ["OWN001"]}


def test_a_siblings_work_that_a_merge_gives_up_is_reported(team: Repo) -> None:
    """`git merge -s ours SIBLING` is reported, for git takes the lost work for merged."""
    team.git("switch", "-q", "-c", "web", "main")
    team.commit({"web/a.py": "sibling\n", "web/new.py": "sibling\n"})
    team.git("switch", "-q", "-c", "api", "main")
    team.commit({"api/a.py": "mine\n"})
    team.git("merge", "-q", "--no-edit", "-s", "ours", "web")
    assert team.check("--branch").codes == {"web/a.py": ["MRG002"], "web/new.py": ["MRG002"]}
    team.git("checkout", "web", "--", "web")
    team.git("commit", "-qm", "bring it back")
    assert "MRG002" not in str(team.check("--branch").codes)


@pytest.mark.parametrize("what", ["main~1", "main", "web"])
def test_a_merge_that_git_makes_by_itself_is_let_through(team: Repo, what: str) -> None:
    """The hook of a clean merge blames nobody for what comes in."""
    team.git("switch", "-q", "-c", "web", "main")
    team.commit({"web/b.py": "sibling\n"})
    team.git("switch", "-q", "main")
    for number in range(2):
        team.commit({"web/a.py": f"{number}\n", "docs/a.py": f"{number}\n"})
    team.git("switch", "-q", "-c", "api", "main~2")
    team.commit({"api/a.py": "mine\n"})
    hook = team.path / ".git/hooks/pre-merge-commit"
    hook.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -m guard hook pre-merge-commit "$@"\n')
    hook.chmod(0o755)
    team.git("merge", "-q", "--no-edit", what)
    assert team.git("log", "-1", "--format=%P").count(" ") == 1


DRIVEN = ["binary", "-merge", "merge=union", "merge=npm", "merge"]
ODD = ["api/x.lck", "api/sp ace [*]\\?.lck", '"api".lck', "!ü.lck"]


@pytest.mark.parametrize("attribute", DRIVEN)
@pytest.mark.parametrize("path", ODD)
def test_one_side_that_was_dropped_where_no_driver_ran(
    team: Repo, attribute: str, path: str
) -> None:
    """A change of the base alone is dropped whatever merge attribute the file has."""
    body = "".join(f"{number}\n" for number in range(30))
    team.commit({".gitattributes": f"*.lck {attribute}\n", path: body, "web/x.lck": body})
    team.branch("api").commit({"api/a.py": "mine\n"})
    team.git("switch", "-q", "main")
    team.commit({path: body + "base\n", "web/x.lck": "base\n"})
    team.git("switch", "-q", "api")
    team.git("merge", "-q", "--no-edit", "-s", "ours", "main")
    codes = team.check("--branch").codes
    assert "MRG002" in codes[path]
    assert "MRG002" in codes["web/x.lck"]


@pytest.mark.parametrize("attribute", DRIVEN)
def test_two_sides_of_a_driven_file(team: Repo, attribute: str) -> None:
    """What git merges by itself may not lose a side; where it stops, the author decides."""
    body = "".join(f"{number}\n" for number in range(30))
    team.commit({".gitattributes": f"*.lck {attribute}\n", "api/x.lck": body})
    team.branch("api").commit({"api/x.lck": body + "mine\n"})
    team.git("switch", "-q", "main")
    team.commit({"api/x.lck": body + "base\n"})
    team.git("switch", "-q", "api")
    team.git("merge", "-q", "--no-commit", "main", ok=(0, 1))
    team.commit({"api/x.lck": body + "mine\n"}, "merge")
    codes = team.check("--branch").codes.get("api/x.lck", [])
    assert ("MRG002" in codes) is (attribute == "merge=union")


@pytest.fixture(name="project")
def another_project(team: Repo) -> Repo:
    """Another project whose files have names of ours, fetched as the branch `lib`."""
    other = Repo.init(team.path.parent / "lib")
    files: dict[str, str | bytes] = {f"api/{name}.py": f"lib {name}\n" * 20 for name in "ab"}
    other.commit({**files, "docs/a.py": "lib\n", "src/deep/x.py": "lib\n" * 20})
    team.git("fetch", "-q", str(other.path), "main:lib")
    team.policy(POLICY + '[rules]\nCON003 = "off"\n')  # `api/` is at any depth
    team.contract("vendor", owns=["vendor/"]).branch("vendor")
    return other


def plant(team: Repo, *also: str) -> None:
    """Add the project as a subtree, as git's manual does ("How to use the subtree merge strategy").

    `also` are further words of `git merge`.
    """
    unrelated = ("--allow-unrelated-histories", "lib")
    team.git("merge", "-q", "-s", "ours", "--no-commit", *also, *unrelated)
    team.git("read-tree", "--prefix=vendor/lib/", "-u", "lib")


def go_on(team: Repo, project: Repo) -> None:
    """Let the project change, add and remove files, and pull it."""
    project.git("rm", "-q", "api/b.py")
    files: dict[str, str | bytes] = {
        "api/a.py": "lib a\n" * 19 + "new\n",
        "src/deep/new.py": "new\n",
    }
    project.commit({**files, "docs/a.py": "lib 2\n"})
    team.git("fetch", "-q", str(project.path), "main:lib")
    team.git("merge", "-q", "--no-commit", "-Xsubtree=vendor/lib", "lib")


def test_a_project_in_a_folder_is_added_and_pulled(team: Repo, project: Repo) -> None:
    """What a subtree merge brings lies in its folder; nothing is dropped elsewhere."""
    plant(team)
    team.git("commit", "-qm", "add")
    assert team.check("--branch").codes == {}
    go_on(team, project)
    team.git("commit", "-qm", "pull")
    assert team.git("ls-files", "vendor/lib/src") == (
        "vendor/lib/src/deep/new.py\nvendor/lib/src/deep/x.py"
    )
    assert team.check("--branch").codes == {}
    assert team.check("--base", "main", "--head", "vendor").codes == {}
    team.git("switch", "-q", "main")
    team.git("merge", "-q", "vendor")
    team.git("switch", "-q", "vendor")
    project.commit({"api/a.py": "lib a\n" * 18})
    team.git("fetch", "-q", str(project.path), "main:lib")
    team.git("merge", "-q", "--no-edit", "-Xsubtree=vendor/lib", "lib")
    assert team.check("--branch").codes == {}


def test_a_squashed_project_in_a_folder(team: Repo, project: Repo) -> None:
    """A history of squashed states, as `git subtree --squash` makes, is another project's, too."""
    first = team.git("commit-tree", "-m", "squashed", "lib^{tree}")
    plant(team)
    (team.path / ".git/MERGE_HEAD").write_text(f"{first}\n")
    team.git("commit", "-qm", "add")
    assert team.git("rev-parse", "HEAD^2") == first
    assert team.check("--branch").codes == {}
    project.commit({"api/a.py": "lib a\n" * 18})
    team.git("fetch", "-q", str(project.path), "main:lib")
    second = team.git("commit-tree", "-m", "squashed", "-p", first, "lib^{tree}")
    team.git("merge", "-q", "--no-edit", "-Xsubtree=vendor/lib", second)
    assert team.check("--branch").codes == {}


def test_what_a_subtree_merge_does_beside_is_told(team: Repo, project: Repo) -> None:
    """An edit in such a merge, outside the folder or within, is named and nothing else is."""
    plant(team)
    team.commit({"web/a.py": "evil\n"}, "add")
    assert team.check("--branch").codes == {"web/a.py": ["MRG002", "OWN001"]}
    go_on(team, project)
    team.commit({"vendor/lib/evil.py": "evil\n"}, "pull")
    assert team.check("--branch").codes == {
        "vendor/lib/evil.py": ["MRG002"],
        "web/a.py": ["MRG002", "OWN001"],
    }


def test_a_pull_of_a_changed_project_with_an_edit_beside(team: Repo, project: Repo) -> None:
    """Where the project is not whole any more, its folder is found by the names of its files."""
    plant(team)
    team.git("commit", "-qm", "add")
    team.commit({"vendor/lib/api/a.py": "ours\n" + "lib a\n" * 19, "vendor/lib/own.py": "own\n"})
    go_on(team, project)
    team.commit({"web/a.py": "adapted\n"}, "pull")
    assert team.check("--branch").codes == {"web/a.py": ["MRG002", "OWN001"]}


def test_the_base_in_a_folder_is_not_another_project(team: Repo) -> None:
    """A merge that puts the base's own work into a folder has dropped it."""
    team.branch("api").commit({"api/mine.py": "mine\n"})
    advance(team)
    team.git("merge", "-q", "-s", "ours", "--no-commit", "main")
    team.git("read-tree", "--prefix=api/copy/", "-u", "main")
    team.git("commit", "-qm", "merge")
    codes = team.check("--branch").codes
    assert codes["web/a.py"] == ["MRG002", "OWN001"]
    assert codes["api/copy/web/a.py"] == ["MRG002"]
