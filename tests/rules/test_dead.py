"""CON004: patterns that match nothing."""

from __future__ import annotations

import pytest

from guard.core.codes import Severity
from guard.rules.findings import Decision
from tests.rules.made import ask, contract, facts, named, policy, severity, why_not

DEAD_PATTERN = named("dead-pattern")


def tracked(*paths: str) -> bytes:
    """A listing of the base."""
    return b"".join(sorted(path.encode("utf-8", "surrogateescape") + b"\0" for path in paths))


def dead(patterns: list[str], *paths: str, changed: tuple[str, ...] = ()) -> list[str]:
    """The patterns of `owns` that are reported dead."""
    about = facts(contract(owns=patterns), *changed, tracked=tracked(*paths))
    return [
        violation.decided_by.pattern
        for violation in ask(DEAD_PATTERN, about)
        if violation.decided_by
    ]


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/src/", "src/a"),
        ("src/", "lib/src/a"),
        ("*.md", "docs/a.md"),
        ("a/**/b", "a/b"),
        ("a/**", "a/b"),
        ("**/b", "b"),
        ("*", "x"),
        ("?", "x"),
        ("[ab]", "b"),
        (r"\*x", "*x"),
        ("x ", "x"),
        ("/docs", "docs/a"),
        ("content", "a/content/b"),
        ("b", "ab\0b".split("\0")[1]),
        pytest.param("ü?", "ü\udcff", id="not UTF-8"),
    ],
)
def test_live_patterns_pass(pattern: str, path: str) -> None:
    """A pattern that matches one tracked or changed file is alive."""
    assert dead([pattern], path, "zzz") == []
    assert dead([pattern], changed=(path,)) == []


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/src/", "src"),
        ("/src", "a/src"),
        ("*.md", "md"),
        ("a/*/b", "a/b"),
        ("content/", "content.md"),
        ("[ab]", "ab"),
        ("**/b/", "b"),
    ],
)
def test_dead_patterns_are_reported(pattern: str, path: str) -> None:
    """A pattern that matches no file is reported, though its text is in the tree."""
    assert dead([pattern], path) == [pattern]
    assert dead([pattern]) == [pattern]


def test_where_a_dead_pattern_stands() -> None:
    """Patterns of owns, forbids and waivers and names in merges are reported with their lines."""
    own = contract(
        owns=["/gone/", "/src/"],
        forbids=["/also/"],
        merges=["routes", "rooutes"],
        waive=[{"rule": "SHR001", "paths": ["/src/a", "/no"], "why": "x"}],
    )
    about = facts(
        own, tracked=tracked("src/a"), policy=policy('[shared.routes]\nwhy = "x"\npaths = ["/r"]\n')
    )
    found = ask(DEAD_PATTERN, about)
    places = {'"rooutes"': "rooutes", '"/gone/"': "/gone/", '"/also/"': "/also/", '"/no"': "/no"}
    lines = own.text.splitlines()
    wanted = [
        Decision(own.file, 1 + next(n for n, line in enumerate(lines) if text in line), pattern)
        for text, pattern in places.items()
    ]
    assert [violation.decided_by for violation in found] == wanted
    assert all(
        violation.path == own.file
        and violation.decided_by
        and violation.line == violation.decided_by.line
        for violation in found
    )
    assert found[0].message == "no shared group of guard.toml has the name rooutes"
    assert found[3].message == "/no in waive matches no file, neither on main nor changed here"
    assert severity(DEAD_PATTERN, facts(contract(owns=["/x"]))) == Severity.WARNING


def test_when_it_is_not_asked() -> None:
    """Before a commit, on the base and without a contract, nobody can tell."""
    assert why_not(DEAD_PATTERN, facts(contract(), scope="staged")) == "scope is staged"
    assert why_not(DEAD_PATTERN, facts(None)) == "no contract"
    assert ask(DEAD_PATTERN, facts(None)) == []
    assert why_not(DEAD_PATTERN, facts(None, on_base=True)) == "the base itself is checked out"
