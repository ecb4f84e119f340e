"""The measurements run from end to end; how long anything takes is not judged here."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BOUNDED = {
    "× floor",
    "× pre-commit",
    "× the hook",
    "× 100 MB",
    "× faster than pathspec",
    "× faster than git",
    "× half as many",
    "× 0.5 ms",
    "× 150 ms",
    "× git worktree add",
    "× 0.5 s",
    "× 0.3 s",
    "× 50 ms",
    "× one merge-tree",
    "× one merge-tree, again",
    "× faster than single merges",
    "× git status everywhere",
    "× git status, later",
    "× git status, racy",
}


def test_everything_is_measured(tmp_path: Path) -> None:
    """The smallest run times every row, checks the bounds, agrees with git and prints the table."""
    printed, lines = smallest_run(tmp_path)
    times = [line["times"] for line in lines]
    ratios = [ratio for line in lines for ratio in line["ratios"]]
    agreed = [line["note"] for line in lines if line["what"].endswith(": guard")]
    assert all(
        0 < taken["least"] <= taken["low"] <= taken["median"] <= taken["high"] < math.inf
        for taken in times
    ), times
    assert all(0 < ratio["value"] < math.inf for ratio in ratios), ratios
    assert {ratio["of"] for ratio in ratios if ratio["at_most"] or ratio["at_least"]} == BOUNDED
    assert [note.partition("; ")[2] for note in agreed] == ["0 answers other than git's"] * 6
    assert {f"**{line['topic']}**" for line in lines} <= set(printed)
    assert [
        line["what"]
        for line in lines
        if not any(row.startswith(f"| {line['what']} |") for row in printed)
    ] == []


def smallest_run(folder: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """Run it; give the lines that it prints and those that it writes as JSON."""
    words = [
        sys.executable,
        "-m",
        "bench",
        "--smoke",
        "--scale",
        "--work",
        str(folder / "work"),
        "--json",
        str(folder / "out.json"),
    ]
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COVERAGE_", "GIT_"))
    }
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines(), json.loads((folder / "out.json").read_text())["lines"]
