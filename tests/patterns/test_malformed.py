"""Patterns that can never match: the error, its position, and git's agreement."""

from __future__ import annotations

import pytest

from guard.core.errors import GuardError
from guard.patterns import PatternError, PatternSet
from tests.kit import Repo
from tests.patterns.oracle import Case, deciders, differs_before_2_52, is_before_2_52

ODD_BUT_FINE = [
    "[c-a]",  # holds nothing, and says so
    "[/]",
    "a[/]b",
    "***",
    "a**",
    "**a**",
    "/**/**/",
    r"\.",
    r"a/\../b",
    "...",
    "[.]",
    "]",
    "[]]",
    "[[:]",
    "-",
    "a]b",
    "\\\\",
    r"\ ",
    "\t",
    "\r",
    "\x01",
    "\udcff",
    "\ufeffa",
    ".git/",
    " a",
    "a !",
    "a#",
    r"\[",
    r"[\]]",
    "a" * 4096,
]

MALFORMED = [
    ("", 0, "it is empty"),
    (" ", 0, "it is blank"),
    ("   ", 0, "it is blank"),
    ("#", 0, "it is a comment"),
    ("#a", 0, "it is a comment"),
    ("!a", 0, "`!` re-includes nothing"),
    ("!", 0, "`!` re-includes nothing"),
    ("/", 0, "a slash has no name"),
    ("//", 1, "a slash has no name"),
    ("//a", 1, "a slash has no name"),
    ("a//", 2, "a slash has no name"),
    ("a//b", 2, "a slash has no name"),
    ("é/日//b", 4, "a slash has no name"),
    ("**//a", 3, "a slash has no name"),
    ("a/**//b", 5, "a slash has no name"),
    (r"a/**\//b", 6, "a slash has no name"),
    (r"\/a", 0, "a slash has no name"),
    (r"/\/a", 1, "a slash has no name"),
    (r"a\//", 3, "a slash has no name"),
    (".", 0, "no path has a component `.`"),
    ("./a", 0, "no path has a component `.`"),
    ("/./a", 1, "no path has a component `.`"),
    ("../a", 0, "no path has a component `..`"),
    ("a/..", 2, "no path has a component `..`"),
    ("*/./[a]", 2, "no path has a component `.`"),
    ("a\\", 1, "a backslash at the end"),
    ("\\", 0, "a backslash at the end"),
    ("b\\/", 1, "a backslash at the end"),
    ("a/**\\/", 4, "a backslash at the end"),
    ("a \\", 2, "a backslash at the end"),
    ("[", 0, "a bracket has no end"),
    ("a[", 1, "a bracket has no end"),
    ("a[]", 1, "a bracket has no end"),
    ("a[!]b", 1, "a bracket has no end"),
    ("ab[a-", 2, "a bracket has no end"),
    ("[a/", 0, "a bracket has no end"),
    ("[a\\", 0, "a bracket has no end"),
    (r"[a\]", 0, "a bracket has no end"),
    ("[a-\\", 0, "a bracket has no end"),
    ("[[:alpha:]", 0, "a bracket has no end"),
    ("[[:alpha:", 0, "a bracket has no end"),
    ("é[", 1, "a bracket has no end"),
    ("x[[:word:]]", 2, "there is no class [:word:]"),
    ("[a[:ALPHA:]]", 2, "there is no class [:ALPHA:]"),
    ("[[::]]", 1, "there is no class [::]"),
    ("[[:\udcff:]]", 1, "there is no class [:\\xff:]"),
    ("a\nb", 1, "a newline ends a pattern"),
    ("é\0b\n", 1, "a NUL ends a pattern"),
    ("\ud800/a", 0, "half of a surrogate pair"),
    ("é\udcff\ud800", 2, "half of a surrogate pair"),
    ("a" + "😀" * 1024, 1025, "it is longer than 4,096 bytes"),
    ("é" * 2048 + "a", 2048, "it is longer than 4,096 bytes"),
]

PATHS = [*r"a b a/b a/a/b b/a a/b/a é é/日/b é/b [ a[ a[] \ a\ b\/a # #a !a - : x/x[".split(), " "]


@pytest.mark.parametrize("pattern", ODD_BUT_FINE)
def test_what_can_match_by_its_syntax_compiles(pattern: str) -> None:
    """An odd pattern is no mistake, even if it happens to match nothing."""
    assert PatternSet([pattern]).decide("no/such/path") is None or "*" in pattern


@pytest.mark.parametrize(("pattern", "position", "reason"), MALFORMED)
def test_a_malformed_pattern_is_an_error_with_its_position(
    pattern: str, position: int, reason: str
) -> None:
    """The error has the pattern, the character of the mistake, the reason and a remedy."""
    with pytest.raises(PatternError) as raised:
        PatternSet(["fine", pattern])
    error = raised.value
    assert isinstance(error, GuardError)
    assert (error.pattern, error.position) == (pattern, position)
    assert error.reason.startswith(reason)
    assert error.hint
    assert len(error.message) < 200
    assert error.message.isprintable()


def test_git_never_matches_a_malformed_pattern(empty: Repo) -> None:
    """A malformed pattern decides nothing in git, unless an older git is known to differ."""
    rows = [
        pattern
        for pattern, _, _ in MALFORMED
        if not set(pattern) & {"\n", "\0", "\ud800"} and not pattern.startswith("!")
    ]
    older = is_before_2_52(empty)
    answers = deciders(empty, [Case(["b", pattern], PATHS) for pattern in rows])
    expected = [0 if "b" in path.split("/") else None for path in PATHS]
    assert [
        row
        for row, answer in zip(rows, answers, strict=True)
        if answer != expected and not (older and differs_before_2_52(row))
    ] == []


def test_the_hints_say_what_to_write() -> None:
    """For the two commonest mistakes the hint says what to write."""
    with pytest.raises(PatternError) as comment:
        PatternSet(["#a"])
    with pytest.raises(PatternError) as negation:
        PatternSet(["!src/a"])
    assert r"\#" in comment.value.hint
    assert "`forbids`" in negation.value.hint
