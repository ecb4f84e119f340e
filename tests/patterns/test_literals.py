"""The literal text of patterns: a shortcut that never leaves out a pattern that matches."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.patterns import PatternError, PatternSet
from guard.patterns.patternset import concerned, literal_of

PIECES = [
    "a",
    "b",
    "ab",
    "a.b",
    "é",
    "*",
    "**",
    "?",
    "[ab]",
    r"\*",
    r"\[",
    r"a\ ",
    "a b",
    "-",
    "B",
    "a*b",
    "**a",
    "[!a]b",
]
NAMES = ["a", "b", "ab", "a.b", "é", "a b", "a ", "*", "[", "-", "B", "axb", "\udcff", "a\nb"]
patterns = st.builds(
    lambda slash, parts, end: slash + "/".join(parts) + end,
    st.sampled_from(["", "", "/"]),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4),
    st.sampled_from(["", "", "/", " ", "/ "]),
)
paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [
        (b"/src/web/", (b"src/web/", b"src/web")),
        (b"src/web/*.ts", (b"src/web/", b"src/web")),
        (b"src/", (b"", b"src")),
        (b"*.lock", (b"", b".lock")),
        (b"package.json  ", (b"", b"package.json")),
        (b"**/gen/**", (b"", b"gen")),
        (b"a/b?c/long*", (b"a/b", b"c/long")),
        (b"a/b[cd]e", (b"a/b", b"a/b")),
        (rb"a\/b", (b"a", b"a")),
        (b"*", (b"", b"")),
    ],
)
def test_literal(pattern: bytes, literal: tuple[bytes, bytes]) -> None:
    """Matches of an anchored pattern have a fixed beginning, all matches a fixed piece."""
    assert literal_of(pattern) == literal


@given(st.lists(patterns, max_size=8), st.lists(paths, min_size=1, max_size=4))
def test_nothing_that_matches_is_left_out(some: list[str], there: list[str]) -> None:
    """A pattern that matches a path or a folder above it is among those that concern it."""
    left = set(concerned(some, there))
    for pattern in some:
        try:
            matches = any(PatternSet([pattern]).matching(path) for path in there)
        except PatternError:
            continue
        assert pattern in left or not matches


def test_most_are_left_out() -> None:
    """Nearly no pattern for other folders is left, and the rest decides as all patterns do."""
    made = random.Random(3)
    everything = [
        made.choice(["/p{0}/", "p{0}/src/*.py", "p{0}/**/x_?.py", "p{0}/a.md"]).format(number)
        for number in range(1000)
    ]
    there = ["p7/src/a.py", "p13/a.md"]
    some = list(concerned(everything, there))
    assert len(some) < 400 * 0.2
    for path in there:
        assert [grant.pattern for grant in PatternSet(some).matching(path)] == [
            grant.pattern for grant in PatternSet(everything).matching(path)
        ]


def test_no_patterns() -> None:
    """Without patterns, none concerns a path."""
    assert list(concerned([], ["a"])) == []
