"""Sides that do not meet never conflict: git merges every pair that guard would not try."""

from __future__ import annotations

import random
from typing import NamedTuple

import pytest

from guard.changes.change import Change
from guard.git.compare import parse_raw
from guard.git.merge import may_conflict
from tests.kit import Repo

BASE = {
    f"{folder}/{name}": f"{folder}{name}\n" * 20
    for folder in ("old", "old/deep", "oth", "lib/sub")
    for name in "abc"
}

SPLIT = {"n1/c": None, "n2/c": BASE["old/deep/c"]}


class Pair(NamedTuple):
    """Two sides of a merge, as files by path (None deletes), and whether git would stop."""

    ours: dict[str, str | None]
    theirs: dict[str, str | None]


def moved(old: str, new: str) -> dict[str, str | None]:
    """Every file of a folder under another name."""
    files = {path: text for path, text in BASE.items() if path.startswith(old)}
    return {
        **dict.fromkeys(files),
        **{new + path[len(old) :]: text for path, text in files.items()},
    }


def side(repo: Repo, base: str, files: dict[str, str | None]) -> str:
    """Commit a side on the base, without a working tree; give its object id."""
    repo.git("read-tree", base)
    for path, text in files.items():
        if text is None:
            repo.git("rm", "-q", "--cached", "--", path)
    for path, text in files.items():
        if text is not None:
            blob = repo.git("hash-object", "-w", "--stdin", stdin=text.encode())
            repo.git("update-index", "--add", "--replace", "--cacheinfo", f"100644,{blob},{path}")
    return repo.git("commit-tree", "-m", "side", "-p", base, repo.git("write-tree"))


def changes(repo: Repo, old: str, new: str, *more: str) -> list[Change]:
    """What git says changed."""
    words = ("-r", *more, "--raw", "-z", "--no-renames", "--no-abbrev")
    return list(parse_raw(repo.git("diff-tree", *words, old, new).encode()))


def asked(repo: Repo, base: str, ours: str, theirs: str) -> bool:
    """Whether guard would have git merge the two."""
    there = set(repo.git("ls-tree", "-r", "-t", "--name-only", ours).split("\n"))
    return may_conflict(
        changes(repo, base, ours),
        changes(repo, base, theirs, "-t"),
        lambda folder: folder not in there,
    )


def stops(repo: Repo, ours: str, theirs: str) -> bool:
    """Whether git's merge of the two conflicts."""
    words = ("merge-tree", "--write-tree", "--no-messages", ours, theirs)
    return repo.run("git", *words, ok=(0, 1)).code == 1


@pytest.fixture
def start(empty: Repo) -> tuple[Repo, str]:
    """A repository with a base to go apart from."""
    return empty, empty.commit({**BASE, "top": "top\n"})


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(Pair({"foo": "x"}, {"foo/bar": "y"}), id="a file and a folder of one name"),
        pytest.param(Pair({"foo/bar": "y"}, {"foo": "x"}), id="a folder and a file of one name"),
        pytest.param(
            Pair(moved("old/deep/", "new/"), {"old/deep/x": "x\n"}),
            id="added to a folder that we moved",
        ),
        pytest.param(
            Pair({"old/deep/x": "x\n"}, moved("old/deep/", "new/")),
            id="added to a folder that they moved",
        ),
        pytest.param(
            Pair(moved("lib/sub/", ""), {"lib/sub/x": "x\n"}),
            id="added to a folder that moved to the top",
        ),
        pytest.param(
            Pair(moved("oth/", "new/"), {"old/a": None, "oth/x": BASE["old/a"]}),
            id="moved into a folder that we moved",
        ),
        pytest.param(Pair({"old/a": "1"}, {"old/a": "2"}), id="one file"),
        pytest.param(Pair({"old/a": "1"}, {"old/a": None}), id="edited and deleted"),
        pytest.param(
            Pair({**moved("old/deep/", "n1/"), **SPLIT}, {"old/deep/x": "x\n"}),
            id="a folder that was split",
        ),
    ],
)
def test_sides_that_meet(start: tuple[Repo, str], pair: Pair) -> None:
    """git is asked wherever it might stop, on either side."""
    repo, base = start
    theirs = side(repo, base, pair.theirs)
    files = {path: text for path, text in pair.ours.items() if text is not None or path in BASE}
    assert asked(repo, base, side(repo, base, files), theirs)


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(Pair({"old/a": "1"}, {"old/b": "2"}), id="two files of a folder"),
        pytest.param(
            Pair({"old/a": "1", "old/x": "1", "old/b": None}, {"top": "2", "old/y": "1"}),
            id="a folder that goes on",
        ),
        pytest.param(Pair({"new/a": "1"}, {"other/a": "2"}), id="two new folders"),
        pytest.param(
            Pair({path: None for path in BASE if path.startswith("oth/")}, {"old/x": "x"}),
            id="a folder that went, elsewhere",
        ),
    ],
)
def test_sides_that_do_not_meet(start: tuple[Repo, str], pair: Pair) -> None:
    """Where two sides have nothing in common, git is not asked, and it would merge."""
    repo, base = start
    ours, theirs = side(repo, base, pair.ours), side(repo, base, pair.theirs)
    assert not asked(repo, base, ours, theirs)
    assert not stops(repo, ours, theirs)


@pytest.mark.parametrize("seed", range(3))
def test_git_never_stops_where_it_was_not_asked(start: tuple[Repo, str], seed: int) -> None:
    """Random sides, with moved folders and files for folders, only conflict where they meet."""
    repo, base = start
    dice = random.Random(seed)
    sides = [side(repo, base, stirred(dice)) for _ in range(9)]
    pairs = [(ours, theirs) for ours in sides for theirs in sides if ours < theirs]
    meet = {pair: asked(repo, base, *pair) for pair in pairs}
    assert not [pair for pair in pairs if not meet[pair] and stops(repo, *pair)]
    assert 0 < sum(meet.values()) < len(pairs)


def stirred(dice: random.Random) -> dict[str, str | None]:
    """One or two random edits, additions, deletions, moves of files and of folders."""
    found: dict[str, str | None] = {}
    for _ in range(dice.randint(1, 2)):
        path, folder = dice.choice(list(BASE)), dice.choice(["old/deep/", "oth/", "lib/sub/"])
        fresh = dice.choice(["old/deep/", "oth/", "lib/sub/", "new/", "lib/", ""])
        fresh += dice.choice("xyz")
        made: dict[str, str | None] = dice.choice(
            [
                {path: f"{dice.random()}\n"},
                {path: None},
                {fresh: f"{dice.random()}\n"},
                {path: None, fresh: BASE[path]},
                moved(folder, dice.choice(["new/", "oth2/", "lib/"])),
            ]
        )
        found |= {name: text for name, text in made.items() if not _in_the_way(name, found)}
    return {name: text for name, text in found.items() if text is not None or name in BASE}


def _in_the_way(name: str, found: dict[str, str | None]) -> bool:
    return any(
        other.startswith(f"{name}/") or name.startswith(f"{other}/")
        for other, text in found.items()
        if text is not None
    )
