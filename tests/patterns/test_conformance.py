"""Suites of other projects, if there is a `shared/conformance` folder beside the checkout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guard.patterns import PatternError, PatternSet, whole
from tests.patterns.oracle import differs_before_2_52

SUITES = Path(__file__).parents[3] / "shared" / "conformance"

# The regular expressions of one suite, as patterns.
PROW = {
    "docs/.*": "/docs/",
    ".*OWNERS": "*OWNERS*",
    r".*\.sh": "*.sh*",
    "test/conformance/testdata/.*": "/test/conformance/testdata/",
}


def cases_of(file: str) -> list[dict[str, Any]]:
    """The cases of one file, none if it is missing."""
    path = SUITES / file
    loaded = json.loads(path.read_text("utf-8"))["cases"] if path.exists() else []
    assert isinstance(loaded, list)
    return loaded


def test_gitignore_suites() -> None:
    """A file path is matched exactly if git matches it, and `!` is an error.

    The verdicts are those of a git older than 2.52; if it is known to match more than later ones,
    the suite's own verdict counts.
    """
    for case in cases_of("gitignore_suites.json"):
        if any(line.startswith("!") for line in case["patterns"]):
            assert_negations_are_errors(case["patterns"])
            continue
        patterns = well_formed(case["patterns"])
        older = any(differs_before_2_52(pattern) for pattern in patterns)
        together = PatternSet(patterns)
        for row in case["paths"]:
            if "git" in row:
                expected = row["ignored"] if older else row["git"]
                assert (together.decide(row["path"]) is not None) == expected, (case, row)


def test_wildmatch() -> None:
    """`whole` matches as git's tests of wildmatch expect; a malformed pattern, only empty names."""
    for case in cases_of("wildmatch.json"):
        expected = case["expected"]["glob"]
        try:
            assert whole(case["pattern"], case["path"]) == expected, case
        except PatternError:
            assert not expected or not case["path"], case


def test_codeowners() -> None:
    """Patterns of CODEOWNERS own the same files, except for the kinds peculiar to GitHub.

    There a final `/*` does not reach below a directory, brackets are literal, a final `/**/` takes
    files, and `!` does nothing. A path with a slash at an end is no path of a file.
    """
    for case in cases_of("codeowners_patterns.json"):
        pattern = case["pattern"]
        if pattern.startswith("!"):
            assert_negations_are_errors([pattern])
        elif not pattern.endswith(("/*", "/**/")) and "[param]" not in pattern:
            owned = PatternSet([pattern])
            matches_some = any(owned.decide(path) for path in case.get("any_of", ()))
            assert matches_some == case.get("matches_some", False), case
            paths = case.get("paths", {})
            rows = {path: paths[path] for path in paths if path.strip("/") == path}
            assert {path: owned.decide(path) is not None for path in rows} == rows, case


def test_prow_blockades() -> None:
    """A path is blocked if a pattern of a blockade matches it and none of its exceptions."""
    for case in cases_of("prow_blockade.json"):
        blocked = {}
        for blockade in case["blockades"]:
            blocks = PatternSet([PROW[expression] for expression in blockade["block"]])
            exceptions = PatternSet(
                [PROW[expression] for expression in blockade.get("exception", [])]
            )
            paths = [
                path
                for path in case["changed"]
                if blocks.decide(path) and not exceptions.decide(path)
            ]
            if paths and ("branch" not in blockade or case["branch"].startswith("release-")):
                blocked[blockade["id"]] = paths
        assert blocked == case["expected_blocked"], case


def assert_negations_are_errors(lines: list[str]) -> None:
    """Every line that starts with `!` is a `PatternError`."""
    for line in lines:
        if line.startswith("!"):
            with pytest.raises(PatternError, match="re-includes nothing"):
                PatternSet([line])


def well_formed(lines: list[str]) -> list[str]:
    """The patterns that git reads in a `.gitignore`, without comments and malformed lines."""
    patterns = []
    for line in (line.removeprefix("\ufeff") for line in lines):
        try:
            PatternSet([line])
        except PatternError:
            continue
        patterns.append(line)
    return patterns
