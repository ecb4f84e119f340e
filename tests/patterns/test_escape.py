"""The pattern that stands for one path and no other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.patterns import PatternSet, escape
from tests.kit import Repo
from tests.patterns.oracle import Case, deciders

ODD = [
    "a.py",
    "src/a b/c.py",
    "a ",
    "a  ",
    " ",
    "a\\ ",
    "a\\",
    "a\t",
    "a\r",
    "!a",
    "#a",
    "*",
    "**",
    "a/**/b",
    "a*b?c[d]",
    "[!a]",
    "[",
    "]",
    "]-[",
    "\\*",
    "a\nb",
    "\n",
    "\n ",
    "caf\udce9",
    "caf\udce9\n",
    "日本/é.txt",
    "-a",
    ":!a",
    "~",
]

letters = st.one_of(
    st.sampled_from("ab*?[]\\ !#\n\r\t-^.\udce9"),
    st.characters(min_codepoint=1, exclude_characters="/", exclude_categories=["Cs"]),
)
names = st.text(letters, min_size=1)
paths = st.lists(names.filter(lambda name: name not in (".", "..")), min_size=1, max_size=3).map(
    "/".join
)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("a.py", "/a.py"),
        ("src/a b/c.py", "/src/a b/c.py"),
        ("a*b?c[d]\\", r"/a\*b\?c\[d]\\"),
        ("!a", "/!a"),
        ("a  ", r"/a \ "),
        ("pages/[slug].tsx", r"/pages/\[slug].tsx"),
    ],
)
def test_the_pattern_reads_like_the_path(path: str, pattern: str) -> None:
    """Only characters with a meaning in patterns are escaped."""
    assert escape(path) == pattern


@given(paths, paths)
def test_the_pattern_decides_exactly_the_path(path: str, other: str) -> None:
    """The escaped path decides the path itself and only what is below it."""
    patterns = PatternSet([escape(path)])
    assert patterns.decide(path)
    assert patterns.decide(f"{path}/below")
    for another in (
        other,
        f"a/{path}",
        f"{path}a",
        f"{path} ",
        path[1:],
        path[:-1],
        path.replace("\n", " "),
    ):
        assert (patterns.decide(another) is not None) == (
            another == path or another.startswith(f"{path}/")
        )


def test_git_reads_the_pattern_alike(empty: Repo) -> None:
    """git matches each escaped path with that path alone, among many odd ones."""
    answers = deciders(empty, [Case([escape(path)], ODD) for path in ODD])
    assert answers == [[0 if other == path else None for other in ODD] for path in ODD]
