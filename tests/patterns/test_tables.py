"""What single patterns and short lists decide, by hand; git confirms every row."""

from __future__ import annotations

import random

import pytest

from guard.patterns import Grant, PatternSet
from guard.patterns.vocabulary import MAX_HELD
from tests.kit import Repo
from tests.patterns.oracle import (
    Case,
    decider_at_the_top,
    deciders,
    differs_before_2_52,
    is_before_2_52,
)

LEAVE_ALONE = [
    ("docs", "docs.md"),
    ("docs", "a/mydocs"),
    ("docs/", "docs"),  # a trailing slash asks for a directory
    ("docs/", "a/docs"),
    ("/docs", "a/docs"),  # a leading slash anchors
    ("src/docs", "a/src/docs"),  # so does one in the middle
    ("*.md", "a/md"),
    ("*.md", "README.MD"),  # case counts
    ("/*.md", "docs/a.md"),
    ("src/*", "src"),
    ("src/*.py", "src/a/b.py"),  # a star stays between slashes
    ("src/*/a.py", "src/a.py"),
    ("src/**", "src"),
    ("src/**", "a/src/b"),
    ("src/**/", "src/a"),
    ("/**/", "a"),
    ("**/src/a", "src/b/a"),
    ("a/**/b", "ab"),
    ("a/**/b", "a/xb"),
    ("lit**/x", "lit/a/x"),  # two asterisks beside a name are one
    ("a/**b", "a/x/b"),
    (r"a/**\/b", "a/b"),  # an escaped slash: one directory at least
    ("a?b", "a/b"),
    ("a[/]b", "a/b"),  # a slash in brackets anchors and matches nothing
    ("a[!x]b", "a/b"),
    ("a[x/]b", "c/axb"),
    ("[!a]", "a"),
    ("[^a]", "a"),
    ("[c-a]", "b"),  # a range that runs backwards holds nothing
    ("[a-]", "b"),
    ("[]-a]", "b"),
    ("[[:alpha:]]", "é"),
    ("[[:space:]]", "\x0b"),  # to git a vertical tab is no space
    ("[[:upper:]]", "a"),
    ("e?.txt", "eð.txt"),  # one question mark is one byte
    ("[é]", "é"),
    (r"\*.md", "a.md"),
    (r"\#a", r"\#a"),
    ("a ", "a "),  # trailing spaces go
    ("a\t", "a"),  # tabs stay
    ("a\r", "a"),
    ("*/*", "a"),
    ("?*?", "a"),
]

MATCHED = [
    ("docs", "docs"),
    ("docs", "docs/a/b"),
    ("docs", "a/docs/b"),
    ("docs/", "docs/a"),
    ("docs/", "a/docs/b"),
    ("/docs", "docs/a"),
    ("src/docs", "src/docs/a"),
    ("*.md", "a/b.md"),
    ("*.md", ".md"),
    ("*.md", "a.md/b"),  # the directory is matched
    ("*", "a/b/c"),
    ("***", "a"),
    ("/*", "a/b"),
    ("src/*", "src/a/b"),
    ("src/*/a.py", "src/b/a.py"),
    ("src/**", "src/a/b"),
    ("src/**/", "src/a/b"),
    ("**/", "a/b"),
    ("/**/", "a/b"),
    ("**/src/a", "src/a"),
    ("**/src/a", "b/c/src/a"),
    ("/**/a", "a"),
    ("a/**/b", "a/b"),
    ("a/**/b", "a/x/y/b/z"),
    ("a/***/b", "a/x/y/b"),
    ("a/**/**/b", "a/b"),
    ("lit**/x", "literal/x"),
    ("a/**b", "a/xb"),
    (r"a/**\/b", "a/x/y/b"),
    (r"a\/b", "a/b"),
    ("*a*b*", "xaxbx"),
    ("*ab", "aab"),
    ("a*a", "aa"),
    ("[]]", "]"),
    ("[!]]", "a"),
    ("[]-a]", "^"),
    ("[a-]", "-"),
    ("x[--0]", "x."),
    (r"[\]]", "]"),
    (r"[\a-\c]", "b"),
    ("[[:]", "["),
    ("[[:a]", ":"),
    ("[[:alpha:]-z]", "-"),  # no range from a class
    ("[a-c-e]", "-"),  # nor from the end of a range
    ("[[:digit:][:upper:]]x", "1x"),
    ("[[:xdigit:]]", "f"),
    ("[[:punct:]]", "~"),
    ("[[:blank:]]", "\t"),
    ("[[:cntrl:]]", "\x7f"),
    ("e??.txt", "eð.txt"),
    ("[é][é]", "é"),  # two sets of two bytes each
    ("caf\udce9", "a/caf\udce9"),
    ("[\udc80-\udcff]", "\udce9"),
    (r"\*.md", "*.md"),
    (r"\#a", "#a"),
    (r"\!a", "!a"),
    (" #a", " #a"),
    ("a ", "a"),
    (r"a\ ", "a "),
    (r"a\  ", "a "),
    (r"a\\ ", "a\\"),
    ("a b", "a b/c"),
    ("a\t", "a\t"),
    ("a\r", "a\r"),
    ("?", "\n"),
    (":!a", ":!a"),
    ("-a", "-a"),
]

DECIDED = [
    (["*.md"], "a.py", None),
    ([], "a", None),
    (["*.md", "docs/"], "docs/a.md", 1),  # the directory stands above the file
    (["docs/", "*.md"], "docs/a.md", 0),
    (["a", "b"], "a/b", 0),
    (["b", "a"], "a/b", 1),
    (["*", "a", "b"], "a/b", 1),  # at one level the last one decides
    (["a/", "a"], "a/b", 1),
    (["a", "a/"], "a/b", 1),
    (["a", "a/"], "a", 0),
    (["*.py", "*.py"], "x.py", 1),
    (["/a/b/c", "a/b", "/a/b/"], "a/b/c", 2),
    (["**/c", "a/**"], "a/b/c", 1),
    (["a/**/", "a/*"], "a/b", 1),
    (["a/*", "a/**/"], "a/b/c", 1),
]


@pytest.mark.parametrize(("pattern", "path"), LEAVE_ALONE)
def test_a_path_is_left_alone(pattern: str, path: str) -> None:
    """A pattern does not decide a path that it does not match."""
    assert PatternSet([pattern]).decide(path) is None


@pytest.mark.parametrize(("pattern", "path"), MATCHED)
def test_a_path_is_matched(pattern: str, path: str) -> None:
    """A pattern decides what it matches, and everything below a directory that it matches."""
    assert PatternSet([pattern]).decide(path) == Grant(pattern, 0)


@pytest.mark.parametrize(("patterns", "path", "index"), DECIDED)
def test_the_topmost_directory_decides_and_there_the_last_pattern(
    patterns: list[str], path: str, index: int | None
) -> None:
    """Of several patterns, the last one that matches the topmost matched directory is named."""
    assert PatternSet(patterns).decide(path) == (
        None if index is None else Grant(patterns[index], index)
    )


def test_git_agrees_with_the_rows_about_one_pattern(empty: Repo) -> None:
    """git gives the answer of every row, unless an older git is known to match more."""
    rows = [(pattern, path, None) for pattern, path in LEAVE_ALONE] + [
        (pattern, path, 0) for pattern, path in MATCHED
    ]
    answers = deciders(empty, [Case([pattern], [path]) for pattern, path, _ in rows])
    older = is_before_2_52(empty)
    for (pattern, path, expected), (answer,) in zip(rows, answers, strict=True):
        if older and differs_before_2_52(pattern):
            assert answer == 0, (pattern, path)
        else:
            assert answer == expected, (pattern, path)


def test_no_path_is_too_odd_to_ask_about() -> None:
    """Half of a surrogate pair, which no path of git has, is some bytes like any other."""
    assert PatternSet(["a", "[!a]*"]).decide("\ud800") == Grant("[!a]*", 1)


@pytest.mark.parametrize(("patterns", "path", "index"), DECIDED)
def test_git_agrees_with_the_rows_about_lists(
    empty: Repo, patterns: list[str], path: str, index: int | None
) -> None:
    """For a list at the top of a repository git names the same pattern."""
    assert decider_at_the_top(empty, Case(patterns, [path])) == [index]


@pytest.mark.parametrize(
    ("patterns", "path", "indices"),
    [
        (["*.md"], "a.py", []),
        (["docs/"], "docs", []),
        (["*.md", "docs/", "x", "a.md", "/docs/*"], "docs/a.md", [0, 1, 3, 4]),
        (["c", "b", "a"], "a/b/c", [0, 1, 2]),  # also below a directory that is decided
        (["a/**/c", "a/c", "**"], "a/b/c/d", [0, 2]),
        (["a", "a"], "a/a", [0, 1]),
        (["a/"], "a/a", [0]),
    ],
)
def test_matching_names_every_pattern_in_order(
    patterns: list[str], path: str, indices: list[int]
) -> None:
    """`matching` gives the patterns that match the path or a directory above it, in order."""
    assert PatternSet(patterns).matching(path) == tuple(
        Grant(patterns[index], index) for index in indices
    )


@pytest.mark.parametrize(
    ("patterns", "paths", "indices"),
    [
        (["a", "b"], ["a", "b"], []),
        (["a", "b"], [], [0, 1]),
        ([], ["a"], []),
        (["docs/", "*.md", "x/"], ["docs/a.md", "x"], [2]),
        (["a", "/a/b/*", "c"], ["a/b/c/d"], []),
        (["a", "a"], ["b"], [0, 1]),
    ],
)
def test_unmatched_names_the_patterns_without_a_path(
    patterns: list[str], paths: list[str], indices: list[int]
) -> None:
    """`unmatched` gives the patterns that match none of the paths, in the order of the list."""
    assert PatternSet(patterns).unmatched(paths) == tuple(
        Grant(patterns[index], index) for index in indices
    )


def test_unmatched_reads_no_further_than_it_must() -> None:
    """Once every pattern has matched, the other paths are not read."""
    paths = iter(["a/x", "b", "c"])
    assert PatternSet(["a", "b"]).unmatched(paths) == ()
    assert list(paths) == ["c"]


@pytest.mark.parametrize("held", [0, 2_000, MAX_HELD])
@pytest.mark.parametrize("seed", range(20))
def test_many_paths_at_once_are_answered_as_one_by_one(
    seed: int, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of paths gets the answers of its paths, in its order, whatever was asked before.

    That also holds if little is kept.
    """
    monkeypatch.setattr("guard.patterns.patternset.MAX_HELD", held)
    chosen = random.Random(seed)
    names = ["a", "b", "A.py", "b.py", "c.lock", "x.test.py", "é", ""]
    wild = [*names[:-1], "*", "**", "*.py", "?", "[ab]", "*.test.*", "b*"]
    patterns = []
    for _ in range(chosen.choice((1, 5, 60))):
        text = "/".join(chosen.choice(wild) for _ in range(chosen.randint(1, 3)))
        patterns.append(chosen.choice(("", "/", "**/")) + text + chosen.choice(("", "/")))
    paths = [
        "/".join(chosen.choice(names[:-1]) for _ in range(chosen.randint(1, 4)))
        + chosen.choice(("", "", "", "/"))
        for _ in range(400)
    ]
    at_once = PatternSet(patterns)
    expected = [
        sum(1 << grant.index for grant in PatternSet(patterns).matching(path)) for path in paths
    ]
    assert at_once.all_bits(paths) == expected
    assert [at_once.bits(path) for path in paths] == expected
    assert at_once.all_bits(paths[:3]) == expected[:3]
    assert at_once.all_bits([]) == []
