"""Where two sides meet is where git's own merge stops, in the lines of each side's file."""

from __future__ import annotations

import random

import pytest

from guard.rules.between import Lines
from tests.kit import Repo
from tests.sessions.made import TEXT, commit, compared, edited, plain


def stirred_lines(dice: random.Random, by: bytes) -> bytes:
    """The text with some lines replaced, deleted or doubled, all of them marked."""
    lines = TEXT.split(b"\n")[:-1]
    for _ in range(dice.randint(1, 4)):
        at, size = dice.randrange(len(lines)), dice.randint(0, 3)
        lines[at : at + size] = [
            by + b" %d" % dice.randrange(99) for _ in range(dice.randint(0, 3))
        ]
    return b"".join(line + b"\n" for line in lines)


def conflicts_of(repo: Repo, ours: bytes, theirs: bytes) -> list[tuple[list[str], list[str]]]:
    """Both sides of each conflict, as git writes them between its markers."""
    repo.write({"ours": ours, "base": TEXT, "theirs": theirs})
    words = ("merge-file", "-p", "--diff3", "ours", "base", "theirs")
    found: list[tuple[list[str], list[str]]] = []
    place: list[str] | None = None
    for line in repo.git(*words, ok=tuple(range(128))).split("\n"):
        if line.startswith("<<<<<<< "):
            found.append(([], []))
            place = found[-1][0]
        elif line.startswith("||||||| "):
            place = None
        elif line == "=======":
            place = found[-1][1]
        elif line.startswith(">>>>>>> "):
            place = None
        elif place is not None:
            place.append(line)
    return found


@pytest.mark.parametrize("seed", range(25))
def test_lines_are_where_git_stops(empty: Repo, seed: int) -> None:
    """Every line between git's markers is among the lines that guard names, on both sides."""
    dice = random.Random(seed)
    ours, theirs = stirred_lines(dice, b"ours"), stirred_lines(dice, b"theirs")
    root = commit(empty, plain(a=TEXT))
    heads = {"a": commit(empty, plain(a=ours), root), "b": commit(empty, plain(a=theirs), root)}
    pairs = compared(empty, root, heads).pairs
    named: tuple[list[str], list[str]] = ([], [])
    for pair in pairs:
        for place in pair.places:
            for lines in place.lines:
                _add(named[0], ours, lines.a)
                _add(named[1], theirs, lines.b)
    for side in (0, 1):
        between = [line for found in conflicts_of(empty, ours, theirs) for line in found[side]]
        marked = [line for line in between if line.startswith(("ours", "theirs"))]
        assert set(marked) <= set(named[side])


def _add(found: list[str], content: bytes, lines: tuple[int, int]) -> None:
    found += content.decode().split("\n")[lines[0] - 1 : lines[1]]


def test_lines_are_those_of_each_ones_own_file(empty: Repo) -> None:
    """Where the base has new lines above, a session's file does not have them."""
    root = commit(empty, plain(a=TEXT))
    base = commit(empty, plain(a=b"new\nnew\n" + TEXT), root)
    heads = {
        "old": commit(empty, plain(a=edited(20)), root),
        "new": commit(empty, plain(a=b"new\nnew\n" + edited(20, by=b"?")), base),
    }
    (pair,) = compared(empty, base, heads).pairs
    assert (pair.a, pair.b) == ("new", "old")
    assert pair.places[0].lines == (Lines((23, 23), (21, 21)),)


def test_lines_of_a_conflict_with_the_base(empty: Repo) -> None:
    """Side a is the base, side b the session."""
    root = commit(empty, plain(a=TEXT))
    base = commit(empty, plain(a=b"new\n" + edited(20, by=b"?")), root)
    (party,) = compared(empty, base, {"old": commit(empty, plain(a=edited(20)), root)}).parties
    assert party.places[0].lines == (Lines((22, 22), (21, 21)),)
