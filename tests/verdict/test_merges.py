"""What a merge merely brings in is nobody's doing; what it silently drops or adds is."""

from __future__ import annotations

import sys

import pytest

from tests.kit import Repo


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
    assert codes["package.json"] == ["MRG002", "OWN001", "SHR001"]


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
