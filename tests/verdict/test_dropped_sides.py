"""MRG004: a conflict that was resolved by taking one side."""

from __future__ import annotations

import pytest

from tests.kit import Repo

TOP = "".join(f"line {number}\n" for number in range(9))


@pytest.fixture
def conflict(team: Repo) -> Repo:
    """Both sides append to a file; main also adds a line at its top. The merge has stopped."""
    team.git("switch", "-q", "main")
    team.commit({"api/log": TOP})
    team.branch("api").commit({"api/log": TOP + "ours one\nours two\n"})
    team.git("switch", "-q", "main")
    team.commit({"api/log": "main first\n" + TOP + "main last\n"})
    team.git("switch", "-q", "api")
    team.git("merge", "-q", "main", ok=(1,))
    return team


def resolved(repo: Repo, text: str | None = None, side: str = "") -> dict[str, list[str]]:
    """Commit a resolution; give the codes of the branch."""
    if side:
        repo.git("checkout", "-q", f"--{side}", "api/log")
    else:
        repo.write({"api/log": text or ""})
    repo.git("add", "api/log")
    repo.git("commit", "-qm", "merge")
    return repo.check("--branch").codes


BOTH = "main first\n" + TOP + "ours one\nours two\nmain last\n"


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_one_sides_whole_file(conflict: Repo, side: str) -> None:
    """What did not conflict is gone with the rest: a warning, which names a line."""
    codes = resolved(conflict, side=side)
    # `theirs` has nothing that is not main's: all that main added is there
    assert codes == {"api/log": ["MRG004"]}
    (finding,) = conflict.check("--branch").report["findings"]
    assert finding["severity"] == ("warning" if side == "ours" else "note")
    assert ("main first" if side == "ours" else "ours one") in finding["message"]
    assert conflict.check("--branch").code == 0


def test_one_side_of_a_conflict(conflict: Repo) -> None:
    """The rest of the file is merged, and only the conflict lacks a side: a note."""
    assert resolved(conflict, BOTH.replace("main last\n", "")) == {"api/log": ["MRG004"]}
    (finding,) = conflict.check("--branch").report["findings"]
    assert (finding["severity"], "main last" in finding["message"]) == ("note", True)


@pytest.mark.parametrize(
    "text",
    [
        BOTH,
        BOTH.replace("ours one\nours two\nmain last\n", "main last\nours one\nours two\n"),
        BOTH.replace("ours two\n", ""),
        BOTH.replace("main last", "  main   last"),
        BOTH.replace("ours one\nours two\nmain last\n", "all three\n"),
    ],
    ids=["both", "turned", "some of it", "white space", "rewritten"],
)
def test_a_resolution_with_something_of_each_side(conflict: Repo, text: str) -> None:
    """Both sides, in any order, or new text in place of both: nothing is said."""
    assert resolved(conflict, text) == {}


def test_a_choice_between_two_versions_of_a_line(team: Repo) -> None:
    """Where both sides changed one line, taking one of the two is what a conflict is for."""
    team.git("switch", "-q", "main")
    team.commit({"api/log": TOP})
    team.branch("api").commit({"api/log": TOP.replace("line 4", "four of ours")})
    team.git("switch", "-q", "main")
    team.commit({"api/log": TOP.replace("line 4", "four of main")})
    team.git("switch", "-q", "api")
    team.git("merge", "-q", "main", ok=(1,))
    assert resolved(team, side="ours") == {}


def test_mended_afterwards(conflict: Repo) -> None:
    """A later commit that brings a line back ends it."""
    assert resolved(conflict, side="ours") == {"api/log": ["MRG004"]}
    conflict.commit({"api/log": BOTH})
    assert conflict.check("--branch").codes == {}


def test_letters_of_any_language(team: Repo) -> None:
    """A line counts by its letters, whatever the script."""
    team.git("switch", "-q", "main")
    team.commit({"api/log": TOP})
    team.branch("api").commit({"api/log": TOP + "你好世界\n"})
    team.git("switch", "-q", "main")
    team.commit({"api/log": TOP + "привет мир\n──────────\n"})
    team.git("switch", "-q", "api")
    team.git("merge", "-q", "main", ok=(1,))
    assert resolved(team, side="ours") == {"api/log": ["MRG004"]}
    (finding,) = team.check("--branch").report["findings"]
    assert "without 1 line " in finding["message"]
    assert "привет мир" in finding["message"]


def test_an_octopus(conflict: Repo) -> None:
    """git makes no octopus of sides that conflict; one that was made by hand is looked at."""
    conflict.git("merge", "--abort")
    conflict.git("branch", "side", "main~2")
    words = ("-p", "api", "-p", "main", "-p", "side", "-m", "octopus", "api^{tree}")
    conflict.git("reset", "-q", "--hard", conflict.git("commit-tree", *words))
    assert conflict.check("--branch").codes == {"api/log": ["MRG004"]}
