"""`guard integrate`: three sessions without commands, beside the same merges by hand."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from bench.layout import packages
from bench.measure import Command, Sample, run, turns, which
from bench.table import Line, Ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.installed import Installed
    from bench.repositories import Workshop
    from bench.sizes import Sizes

_SESSIONS = ("api", "docs", "web")
_EACH = 20  # files that a session changes
_BOUND = 0.3  # seconds
_START = "refs/bench/start"


def lines(workshop: Workshop, guard: Installed, sizes: Sizes) -> list[Line]:
    """Measure guard, which is taken back each time, and git's three merges."""
    files = min(sizes.files, 5_000)
    folder = workshop.made(f"integrate-{files}", files, partial(_build, workshop, files))
    workshop.git(folder, "reset", "-q", "--hard", _START)  # an earlier run may have been stopped

    def integrated(*options: str) -> Sample:
        sample = run(Command([guard.guard, "integrate", *options], folder, workshop.env))
        if not options:
            workshop.run(folder, guard.guard, "integrate", "--undo")
        return sample

    def by_hand() -> Sample:
        git, began, busy = which(workshop.env, "git"), time.perf_counter(), 0.0
        for name in _SESSIONS:
            words = [git, "merge", "-q", "--no-ff", "--no-edit", name]
            busy += run(Command(words, folder, workshop.env)).processor
        sample = Sample(time.perf_counter() - began, busy)
        workshop.git(folder, "reset", "-q", "--hard", _START)
        return sample

    runs: dict[str, Callable[[], Sample]] = {
        "moved": integrated,
        "checked": partial(integrated, "--check"),
        "by hand": by_hand,
    }
    taken = turns(runs, sizes.check_rounds, sizes.warm_ups)
    what = f"three sessions of {_EACH} files each, {files:,} files"
    moved = taken["moved"]
    return [
        Line("integrate", what, moved, [Ratio(moved.median / _BOUND, "× 0.3 s", at_most=1)]),
        Line("integrate", f"{what}, --check", taken["checked"]),
        Line("integrate", "git merge, three times", taken["by hand"]),
    ]


def _build(workshop: Workshop, files: int, folder: str) -> None:
    workshop.git(folder, "init", "-q", "-b", "main")
    paths = sorted(path for package in packages(files) for path in package.paths)
    own = {name: paths[at * _EACH : (at + 1) * _EACH] for at, name in enumerate(_SESSIONS)}
    base = {path: f"{path}\n" * 60 for path in paths}
    base["guard.toml"] = 'base = "main"\n[handoff]\nrequired = false\n'
    for name, owned in own.items():
        owns = ", ".join(f'"/{path}"' for path in owned)
        text = f'goal = "Change {name}."\nowns = [{owns}]\n'
        base[f".guard/contracts/{name}.toml"] = text
    history = _commit("main", base, "")
    for name, owned in own.items():
        history += _commit(name, {path: f"{name}\n" + base[path] for path in owned}, "main")
    workshop.git(folder, "fast-import", "--quiet", stdin=history.encode())
    workshop.git(folder, "reset", "-q", "--hard")
    workshop.git(folder, "update-ref", _START, "main")


def _commit(branch: str, files: dict[str, str], start: str) -> str:
    parts = [f"commit refs/heads/{branch}\ncommitter x <x@example.com> 1767323045 +0000\n"]
    parts.append("data 1\nx\n")
    if start:
        parts.append(f"from refs/heads/{start}\n")
    for path, text in files.items():
        parts.append(f"M 100644 inline {path}\ndata {len(text.encode())}\n{text}\n")
    return "".join(parts)
