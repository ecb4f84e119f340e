"""MRG003 on a branch: which added paths look like others, by the trees of both sides."""

from __future__ import annotations

import random

import pytest

from guard.git.plumbing import at
from guard.verdict import neighbours
from guard.verdict.reading import Ask
from guard.verdict.verdict import verdict
from tests.kit import Repo

ON_BOTH = {"lib/x/y": "1\n", "web/n": "1\n", "api/odd": "1\n", "api/Odd": "1\n"}


@pytest.mark.parametrize(
    ("added", "later", "found"),
    [
        pytest.param("a/README", "b/readme", [], id="in another folder"),
        pytest.param("a/README", "a/README", [], id="the same"),
        pytest.param("api/one", "api/two", [], id="beside names that were alike before"),
        pytest.param("a/README", "a/readme", ["a/README"], id="a file that the base got since"),
        pytest.param("Docs/a", "docs/b", ["Docs/a"], id="a folder that the base got since"),
        pytest.param("web/N", "new", ["web/N"], id="a file that was there before"),
        pytest.param("WEB/m", "new", ["WEB/m"], id="a folder that was there before"),
        pytest.param("a/cafe\u0301", "a/caf\xe9", ["a/cafe\u0301"], id="another Unicode form"),
        pytest.param("caf\xe9/a", "cafe\u0301/b", ["caf\xe9/a"], id="a folder in another form"),
    ],
)
def test_an_added_path(team: Repo, added: str, later: str, found: list[str]) -> None:
    """What merging would put beside one another counts, whichever side it is from."""
    grown(team, ON_BOTH, [added], [later], [])
    assert collisions(team) == found


def test_a_folder_that_the_base_renamed(team: Repo) -> None:
    """A file in a folder that the base spells otherwise by now brings the old name back."""
    grown(team, ON_BOTH, ["lib/x/z"], ["Lib/x/y"], ["lib/x/y"])
    assert collisions(team) == ["lib/x/z"]


@pytest.mark.parametrize("seed", range(12))
def test_every_answer_is_that_of_all_paths(
    team: Repo, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """The trees that the comparison showed say the same as a search through every path."""
    chosen = random.Random(seed)

    def some(number: int) -> list[str]:
        parts = ("a", "A", "b", "b", "c", "d", "\xe9", "e\u0301")
        ends = ("x", "X", "y", "z", "w")
        return [
            "/".join([*chosen.choices(parts, k=chosen.randint(0, 2)), chosen.choice(ends)])
            for _ in range(number)
        ]

    before = dict.fromkeys(some(chosen.choice((1, 4))), "1\n")
    grown(team, before, some(2), some(chosen.choice((0, 2))), list(before)[:1])
    quick = collisions(team)
    monkeypatch.setattr(neighbours, "_looks_like_later", lambda *_: True)
    assert quick == collisions(team)


def grown(
    team: Repo, before: dict[str, str], added: list[str], later: list[str], gone: list[str]
) -> None:
    """Commit to the base, add paths on a branch, then add others to the base and delete `gone`."""
    team.commit(dict(before))
    team.branch("api").commit(dict.fromkeys(added, "1\n"))
    team.git("checkout", "-q", "main")
    for path in gone:
        team.git("rm", "-q", "--", path)
    team.commit({**dict.fromkeys(later, "2\n"), "moved": "on\n"})
    team.git("checkout", "-q", "api")


def collisions(team: Repo) -> list[str]:
    """The paths of which MRG003 speaks."""
    report = verdict(at(str(team.path)), Ask("branch"))
    return [one.path for one in report.findings if one.code == "MRG003"]
