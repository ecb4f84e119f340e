"""The order is the largest set of sessions that git merges cleanly, one after another."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations, permutations

import pytest

from guard.rules.between import Asked, LeftOut, Order
from tests.kit import Repo
from tests.sessions.made import TEXT, base_files, commit, compared, edited, plain, stirred


def ordered(repo: Repo, base: str, heads: dict[str, str]) -> Order:
    """The order that guard gives."""
    order = compared(repo, base, heads, Asked(order=True)).order
    assert order
    return order


def merges_cleanly(repo: Repo, base: str, heads: list[str]) -> bool:
    """Whether git merges all of them, in this order."""
    current = base
    for head in heads:
        words = ("-c", "merge.directoryRenames=conflict", "merge-tree", "--write-tree")
        ran = repo.run("git", *words, current, head, ok=(0, 1))
        if ran.code:
            return False
        tree = ran.out.partition("\n")[0]
        current = repo.git("commit-tree", "-m", "x", "-p", current, "-p", head, tree)
    return True


def largest(repo: Repo, base: str, heads: dict[str, str]) -> int:
    """The size of the largest set of which no two conflict, by trying all in all orders."""
    clean = {
        pair: merges_cleanly(repo, base, [heads[one] for one in pair])
        for pair in combinations(heads, 2)
    }
    for size in range(len(heads), 0, -1):
        for names in combinations(heads, size):
            if all(clean[pair] for pair in combinations(names, 2)) and any(
                merges_cleanly(repo, base, [heads[name] for name in order])
                for order in permutations(names)
            ):
                return size
    return 0


@pytest.mark.parametrize("seed", [108, 119, 121, 145])
def test_the_branches_merge_as_listed(empty: Repo, seed: int) -> None:
    """Where the base has moved on, it is the branches themselves that are merged on it."""
    dice = random.Random(seed)
    files = base_files()
    root = commit(empty, files)
    heads = {f"s{number}": commit(empty, stirred(files, dice), root) for number in range(7)}
    base = commit(empty, stirred(files, dice), root)
    order = ordered(empty, base, heads)
    assert merges_cleanly(empty, base, [heads[name] for name in order.names])


@pytest.mark.parametrize("seed", range(8))
def test_no_larger_set_merges(empty: Repo, seed: int) -> None:
    """Against every set in every order: as large, it merges as listed, and few merges found it."""
    dice = random.Random(seed)
    files = base_files()
    root = commit(empty, files)
    heads = {f"s{number}": commit(empty, stirred(files, dice, 2), root) for number in range(4)}
    order = ordered(empty, root, heads)
    assert merges_cleanly(empty, root, [heads[name] for name in order.names])
    idle = {name for name, head in heads.items() if empty.git("diff", root, head) == ""}
    if order.exact:
        rest = {name: head for name, head in heads.items() if name not in idle}
        assert len(order.names) == largest(empty, root, rest)
    assert order.merges <= 3 * len(heads)


def test_a_conflict_that_only_three_show(empty: Repo) -> None:
    """Two move a folder's halves to different places, the third adds to it."""
    halves = plain(old__a=TEXT, old__b=edited(1), old__c=edited(2), old__d=edited(3))
    root = commit(empty, halves)
    one = {path.replace("old/a", "n1/a").replace("old/b", "n1/b"): e for path, e in halves.items()}
    two = {path.replace("old/c", "n2/c").replace("old/d", "n2/d"): e for path, e in halves.items()}
    heads = {
        "one": commit(empty, one, root),
        "two": commit(empty, two, root),
        "adds": commit(empty, {**halves, **plain(old__e=b"e\n")}, root),
    }
    picture = compared(empty, root, heads, Asked(order=True))
    assert picture.verdict == "clean"
    assert picture.order
    assert picture.order.exact
    size = largest(empty, root, heads)
    assert len(picture.order.names) == size
    if size < 3:
        (knot,) = picture.order.together
        assert set(knot.names) == set(heads)


def much(*numbers: int, by: bytes = b"!") -> bytes:
    """A long text, some of whose lines are others."""
    line = b"%d" + b"." * 20 + b"\n"
    return b"".join(by + line % at if at in numbers else line % at for at in range(100))


def test_who_moves_a_file_may_have_to_come_last(empty: Repo) -> None:
    """With the edits of any other before it, git does not know the moved file again."""
    root = commit(empty, plain(old=much()))
    heads = {
        "a": commit(empty, plain(new=much(*range(40), by=b"moved ")), root),
        "b": commit(empty, plain(old=much(*range(60, 70), by=b"edit ")), root),
        "c": commit(empty, plain(old=much(*range(80, 90), by=b"edit ")), root),
    }
    assert compared(empty, root, heads).verdict == "clean"
    stops = [each for each in permutations("abc") if not merged(empty, root, heads, each)]
    assert ("a", "b", "c") in stops
    assert ("c", "a", "b") in stops
    order = ordered(empty, root, heads)
    assert (order.names[-1], order.left_out, order.exact) == ("a", (), True)
    assert order.merges <= 9


def merged(repo: Repo, base: str, heads: dict[str, str], names: Sequence[str]) -> bool:
    """Whether they merge in this order."""
    return merges_cleanly(repo, base, [heads[name] for name in names])


def test_who_is_left_out_and_why(empty: Repo) -> None:
    """One session conflicts with two others: it is the one that waits."""
    root = commit(empty, plain(a=TEXT, b=TEXT))
    heads = {
        "a": commit(empty, plain(a=edited(3), b=TEXT), root),
        "b": commit(empty, plain(a=TEXT, b=edited(3)), root),
        "c": commit(empty, plain(a=edited(3, by=b"?"), b=edited(3, by=b"?")), root),
    }
    order = ordered(empty, root, heads)
    assert order[:3] == (("a", "b"), (LeftOut("c", ("a", "b")),), ())
    assert order.exact


def test_what_a_session_is_stacked_on_comes_first(empty: Repo) -> None:
    """By name the order would be the other way round."""
    root = commit(empty, plain(a=TEXT))
    below = commit(empty, plain(a=edited(3)), root)
    above = commit(empty, plain(a=edited(3, 4)), below)
    assert ordered(empty, root, {"z": below, "a": above}).names == ("z", "a")


def test_thirty_in_one_knot_are_ordered_all_the_same(empty: Repo) -> None:
    """Where not every choice can be looked at, the answer says so, and merges nevertheless."""
    root = commit(empty, plain(a=TEXT))
    heads = {
        f"s{number:02}": commit(empty, plain(a=edited(number, number + 1, by=b"%d" % number)), root)
        for number in range(30)
    }
    order = ordered(empty, root, heads)
    assert not order.exact
    assert merges_cleanly(empty, root, [heads[name] for name in order.names])
    assert len(order.names) >= 8
