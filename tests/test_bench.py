"""The measurements run from end to end; how long anything takes is not judged here."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
BOUNDED = {"× floor", "× pre-commit", "× 100 MB", "× faster than pathspec", "× faster than git", "× half as many"}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[dict[str, Any]]]:
    """The smallest run: what it prints, and its lines as JSON."""
    folder = tmp_path_factory.mktemp("bench")
    words = [sys.executable, "-m", "bench", "--smoke", "--work", str(folder / "work"), "--json", str(folder / "out.json")]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE_", "GIT_"))}
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads((folder / "out.json").read_text())["lines"]


def test_every_line_has_a_time(measured: tuple[str, list[dict[str, Any]]]) -> None:
    """Whatever was measured took some time, and its quartiles stand in order."""
    for line in measured[1]:
        taken = line["times"]
        assert 0 < taken["least"] <= taken["low"] <= taken["median"] <= taken["high"] < math.inf, line


def test_every_ratio_is_finite(measured: tuple[str, list[dict[str, Any]]]) -> None:
    """A line about guard is compared with something, and every bound is asked of something."""
    ratios = [ratio for line in measured[1] for ratio in line["ratios"]]
    assert all(0 < ratio["value"] < math.inf for ratio in ratios)
    assert {ratio["of"] for ratio in ratios if ratio["at_most"] or ratio["at_least"]} == BOUNDED


def test_guard_decides_as_git_does(measured: tuple[str, list[dict[str, Any]]]) -> None:
    """Of every mix of patterns, guard names for every path the pattern that git names."""
    told = [line["note"] for line in measured[1] if "other than git's" in line["note"] and line["what"].endswith(": guard")]
    assert len(told) == 6
    assert all("; 0 answers" in note for note in told), told


def test_the_table_has_every_line(measured: tuple[str, list[dict[str, Any]]]) -> None:
    """What is printed is Markdown with a row for each line, under a heading for each topic."""
    printed, lines = measured
    rows = printed.splitlines()
    for line in lines:
        assert f"**{line['topic']}**" in rows
        assert any(row.startswith(f"| {line['what']} |") for row in rows), line
