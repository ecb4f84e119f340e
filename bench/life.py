"""A session's life: `guard start` beside `git worktree add`, and the start of a conversation."""

from __future__ import annotations

import json
import os
import time
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from bench.layout import content, packages
from bench.measure import Sample, turns
from bench.table import Line, Ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.installed import Installed
    from bench.repositories import Workshop
    from bench.sizes import Sizes

_FILES = 5_000
_SESSIONS = 3  # at work, with uncommitted changes
_OVER_GIT = 1.5
_BOUND = 0.150  # seconds
_numbers = count()


def lines(workshop: Workshop, guard: Installed, sizes: Sizes) -> list[Line]:
    """Measure both in one repository, in turns."""
    files = min(sizes.files, _FILES)
    build = partial(_build, workshop, guard, files)
    folder = workshop.made(f"life-{files}", (files, _SESSIONS), build)
    measured: dict[str, Callable[[], Sample]] = {
        "git": partial(_add, workshop, folder),
        "start": partial(_start, workshop, guard, folder),
        "conversation": partial(_begin, workshop, guard, folder),
    }
    taken = turns(measured, sizes.rounds, sizes.warm_ups)
    what, git = f"{files:,} files, {_SESSIONS} sessions at work", taken["git"]
    over = Ratio(taken["start"].median / git.median, "× git worktree add", at_most=_OVER_GIT)
    begun = Ratio(taken["conversation"].median / _BOUND, "× 150 ms", at_most=1)
    return [
        Line("`git worktree add`", what, git),
        Line("`guard start NAME --owns PATTERN`", what, taken["start"], [over]),
        Line("`guard agent claude`, a conversation starts", what, taken["conversation"], [begun]),
    ]


def _timed(run: Callable[[], object]) -> Sample:
    before, start = os.times(), time.perf_counter()
    run()
    taken, after = time.perf_counter() - start, os.times()
    busy = after.children_user + after.children_system
    return Sample(taken, busy - before.children_user - before.children_system)


def _add(workshop: Workshop, folder: str) -> Sample:
    name = f"plain-{next(_numbers)}"
    path = os.path.join(os.path.dirname(folder), name)
    sample = _timed(partial(workshop.git, folder, "worktree", "add", "-q", "-b", name, path))
    workshop.git(folder, "worktree", "remove", "--force", path)
    workshop.git(folder, "branch", "-q", "-D", name)
    return sample


def _start(workshop: Workshop, guard: Installed, folder: str) -> Sample:
    name = f"started-{next(_numbers)}"
    words = ("start", name, "--owns", f"/{name}/", "--no-fetch")
    sample = _timed(partial(workshop.run, folder, guard.guard, *words))
    workshop.run(folder, guard.guard, "finish", name)
    workshop.run(folder, guard.guard, "finish", "--empty-trash")
    return sample


def _begin(workshop: Workshop, guard: Installed, folder: str) -> Sample:
    place = os.path.join(folder, ".claude/worktrees/session-0")
    said = {"hook_event_name": "SessionStart", "session_id": f"{next(_numbers)}", "cwd": place}
    stdin = json.dumps(said).encode()
    return _timed(partial(workshop.run, place, guard.guard, "agent", "claude", stdin=stdin))


def _build(workshop: Workshop, guard: Installed, files: int, folder: str) -> None:
    workshop.git(folder, "init", "-q", "-b", "main")
    paths = sorted(path for package in packages(files) for path in package.paths)
    texts = {path: content(path) for path in paths}
    for path, data in {**texts, "guard.toml": b'base = "main"\nsessions = 100\n'}.items():
        _write(os.path.join(folder, path), data)
    workshop.git(folder, "add", "-A")
    workshop.git(folder, "commit", "-q", "-m", "start")
    part = len(paths) // _SESSIONS
    for number in range(_SESSIONS):
        own = paths[number * part]
        name, where = f"session-{number}", os.path.dirname(own)
        workshop.run(folder, guard.guard, "start", name, "--owns", f"/{own}", "--no-fetch")
        place = os.path.join(folder, ".claude/worktrees", name)
        _write(os.path.join(place, own), b"changed\n")
        _write(os.path.join(place, where, f"new-{number}"), b"new\n")


def _write(path: str, data: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
