"""How much is measured: all of it, a quick look, or just enough to see that everything runs."""

from __future__ import annotations

from typing import NamedTuple


class Sizes(NamedTuple):
    """Numbers of files, patterns, changed paths and rounds.

    `small` and `files` are the sizes of the two repositories. `sample` is the number of paths for
    pathspec where all would take too long. `rounds` are for commands as short as a commit,
    `check_rounds` for longer ones, `long_rounds` for half a minute; `warm_ups` are not counted.
    `fleets` are numbers of sessions at once.
    """

    small: int = 200
    files: int = 100_000
    patterns: int = 1000
    sample: int = 5_000
    changed: int = 10_000
    findings: int = 1_000
    moved: int = 200
    rounds: int = 31
    check_rounds: int = 15
    long_rounds: int = 3
    warm_ups: int = 2
    fleets: tuple[int, ...] = (10, 100, 1_000)


FULL = Sizes()
QUICK = Sizes(
    files=20_000,
    sample=1_000,
    changed=2_000,
    findings=200,
    moved=40,
    rounds=9,
    check_rounds=5,
    long_rounds=1,
    fleets=(10, 100),
)
SMOKE = Sizes(
    small=200,
    files=1_000,
    patterns=40,
    sample=100,
    changed=100,
    findings=20,
    moved=5,
    rounds=1,
    check_rounds=1,
    long_rounds=1,
    warm_ups=0,
    fleets=(4,),
)
