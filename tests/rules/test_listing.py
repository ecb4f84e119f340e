"""Whether a pattern matches any of very many paths: the shortcut and the matcher agree."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from guard.patterns import PatternError, PatternSet
from guard.rules.dead import listing_of, unmatched
from tests.growth import require_proportion

MANY = [f"src/{number:03}.py" for number in range(500)]


def test_a_listing_is_in_the_order_of_its_bytes() -> None:
    """Paths come in the order in which git lists a tree, whatever order they are given in."""
    assert listing_of(["b", "a/b", "a-b", "\udcff", "é"]) == b"a-b\0a/b\0b\0\xc3\xa9\0\xff\0"


@pytest.mark.parametrize(
    "pattern",
    ["src/**/x/", "src/*/*", "/src/5*", "*9*/*.py", "[s]rc/x", "/src/**/[5-9]??.py", "src"],
)
def test_text_that_is_everywhere(pattern: str) -> None:
    """If the text is in too many places to look at each, all paths are matched."""
    alive = any(PatternSet([pattern]).decide(path) for path in MANY)
    assert unmatched((pattern,), (listing_of(MANY),)) == (set() if alive else {pattern})


def test_several_listings() -> None:
    """A pattern that matches in any listing is alive; two unsure ones are distinguished."""
    listings = (listing_of(MANY), listing_of(["x/a"]), b"")
    assert unmatched(("x/", "src/**/y", "src/*9.py", "z"), listings) == {"src/**/y", "z"}


@pytest.mark.parametrize("seed", range(4))
def test_the_shortcut_agrees_with_the_matcher(seed: int) -> None:
    """On made-up trees and patterns the answer is that of matching every path."""
    made = random.Random(seed)
    names = ["a", "b", "ab", "a.b", "é", "a b", "[a]", "a ", "\udcff", "-", "B"]
    parts = [
        "a",
        "b",
        "ab",
        "*",
        "?",
        "**",
        "a*",
        "*b",
        "[ab]",
        r"\[a]",
        "é",
        "a?b",
        r"a\ b",
        "[!a]",
        "a b",
        "-",
    ]
    for _ in range(500):
        paths = [
            "/".join(made.choices(names, k=made.randint(1, 3)))
            for _ in range(made.choice([1, 5, 120]))
        ]
        text = "/".join(made.choices(parts, k=made.randint(1, 3)))
        pattern = made.choice(["", "", "/"]) + text + made.choice(["", "/", " ", "/ ", r"\ "])
        try:
            alive = any(PatternSet([pattern]).decide(path) for path in paths)
        except PatternError:
            continue
        half = len(paths) // 2
        listings = (listing_of(paths[:half]), listing_of(paths[half:]))
        assert unmatched((pattern,), listings) == (set() if alive else {pattern}), (pattern, paths)


def test_a_large_tree_is_not_walked() -> None:
    """Two hundred patterns that match nothing among 100,000 paths are found dead."""
    paths = [f"src/p{number % 997}/d{number % 13}/f{number}.py" for number in range(100_000)]
    patterns = tuple(f"/pkg{number}/lib/**/x_?.py" for number in range(200))
    assert unmatched(patterns, (listing_of(paths),)) == set(patterns)

    def asked(size: int) -> Callable[[], object]:
        listing = listing_of(paths[:size])
        return lambda: unmatched(patterns, (listing,))

    require_proportion(asked, 100_000)
