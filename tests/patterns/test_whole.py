"""One pattern against a whole name, as for branches."""

from __future__ import annotations

import pytest

from guard.patterns import PatternError, whole
from tests.kit import Repo

LEAVE_ALONE = [
    ("feat", "feat/a"),  # nothing below
    ("a", "feat/a"),  # no other depth
    ("feat/*", "feat/a/b"),
    ("feat/*", "feat"),
    ("*", "feat/a"),
    ("feat/**", "feat"),
    ("feat**", "feat/a"),
    ("**/a", "b/xa"),
    ("feat/?", "feat/ab"),
    ("feat?a", "feat/a"),
    ("feat[/]a", "feat/a"),
    ("Feat/a", "feat/a"),
]

MATCHED = [
    ("main", "main"),
    ("feat/a", "feat/a"),
    ("feat/locale-*", "feat/locale-1"),
    ("*/a", "feat/a"),
    ("feat/**", "feat/a/b"),
    ("**", "a/b/c"),
    ("**/a", "a"),
    ("**/a", "b/c/a"),
    ("a/**/b", "a/b"),
    ("a/**/b", "a/x/y/b"),
    ("v[0-9].?", "v1.x"),
    ("#1", "#1"),
    (r"\!a", "!a"),
    ("a[!b]", "ac"),
    ("caf?", "caf\udce9"),
]


@pytest.mark.parametrize(("pattern", "name"), LEAVE_ALONE)
def test_a_name_is_left_alone(pattern: str, name: str) -> None:
    """A pattern that reaches only a part of the name does not match."""
    assert not whole(pattern, name)


@pytest.mark.parametrize(("pattern", "name"), MATCHED)
def test_a_name_is_matched(pattern: str, name: str) -> None:
    """A pattern that reaches from end to end matches."""
    assert whole(pattern, name)


@pytest.mark.parametrize(
    ("pattern", "position"),
    [
        ("", 0),
        ("!a", 0),
        ("feat/", 5),
        ("/feat", 0),
        ("a//b", 2),
        ("feat/[a", 5),
        ("feat\\", 4),
        ("a\nb", 1),
        ("a[[:b:]]", 2),
        ("..", 0),
    ],
)
def test_a_pattern_that_matches_no_name_is_an_error(pattern: str, position: int) -> None:
    """A pattern that can match no branch is an error with its position."""
    with pytest.raises(PatternError) as raised:
        whole(pattern, "feat/a")
    assert raised.value.position == position
    assert raised.value.hint


def test_git_selects_the_same_branches(empty: Repo) -> None:
    """`whole` matches the branches that `git for-each-ref` gives for the pattern."""
    names = [
        "main",
        "feat/a",
        "feat/ab",
        "feat/locale-1",
        "feat/x/y",
        "b/c/a",
        "v1.x",
        "#1",
        "ac",
        "a",
    ]
    empty.commit()
    for name in names[1:]:
        empty.git("branch", name)
    for pattern in sorted(
        {pattern for pattern, _ in LEAVE_ALONE + MATCHED if set(pattern) & set("*?[")}
    ):
        given = empty.git(
            "for-each-ref", "--format=%(refname:strip=2)", f"refs/heads/{pattern}"
        ).splitlines()
        assert sorted(given) == sorted(name for name in names if whole(pattern, name)), pattern
