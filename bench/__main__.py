"""`python -m bench`: measures guard beside its floor and its peers, and prints a table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from functools import partial
from typing import TYPE_CHECKING

from bench import (
    between,
    branch,
    commit,
    growth,
    integrate,
    life,
    live,
    matching,
    others,
    overlaps,
    scale,
    status,
)
from bench.installed import install
from bench.repositories import Workshop
from bench.sizes import FULL, QUICK, SMOKE
from bench.table import Line, markdown, plain, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WORK = os.path.join(
    tempfile.gettempdir(), "guard-bench"
)  # not in this repository: an edit there would concern both
TOPICS = {
    "commit": commit.lines,
    "live": live.lines,
    "life": life.lines,
    "branch": branch.lines,
    "matching": matching.lines,
    "overlaps": overlaps.lines,
    "between": between.lines,
    "status": status.lines,
    "integrate": integrate.lines,
    "growth": growth.lines,
}


def main(words: Sequence[str]) -> None:
    """Measure what `words` ask for; print Markdown, write JSON."""
    options = _options().parse_args(words)
    sizes = SMOKE if options.smoke else QUICK if options.quick else FULL
    workshop = Workshop(os.path.abspath(options.work))
    guard = install(workshop)
    topics: dict[str, Callable[..., list[Line]]] = {
        name: TOPICS[name] for name in options.only or TOPICS
    }
    if options.peers:
        topics["peers"] = others.lines
    if options.scale is not None:
        if not (options.only or options.smoke):
            topics = {}
        topics["scale"] = partial(scale.lines, heads=options.scale)
    lines: list[Line] = []
    start = time.monotonic()
    for name, measure in topics.items():
        _progress(f"{time.monotonic() - start:4.0f} s  {name}")
        measured = measure(workshop, guard, sizes)
        _tell(markdown(measured))
        lines += measured
    where = _where(workshop)
    _tell(f"{where}\n\n{summary(lines)}\n")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(
                {"where": where, "sizes": sizes._asdict(), "lines": plain(lines)}, file, indent=1
            )


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure guard beside its floor and its peers."
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a fifth of the files, fewer rounds: a minute instead of ten",
    )
    parser.add_argument(
        "--smoke",
        action="store_true",
        help="tiny: shows that everything runs; the figures mean nothing",
    )
    parser.add_argument(
        "--peers",
        action="store_true",
        help="also measure tools from the npm registry (needs npm and the network, once)",
    )
    parser.add_argument(
        "--scale",
        nargs="?",
        const="",
        metavar="GITDIR",
        help="10, 100 and 1,000 sessions at once, without the other topics; with the git directory "
        "of a clone that has refs/pull, its pull requests are the sessions",
    )
    parser.add_argument(
        "--only", action="append", choices=list(TOPICS), help="one topic; may be repeated"
    )
    parser.add_argument("--json", metavar="FILE", help="write all figures to FILE as well")
    parser.add_argument(
        "--work", metavar="FOLDER", default=WORK, help="where repositories are made and kept"
    )
    return parser


def _tell(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _progress(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")
    sys.stderr.flush()


def _where(workshop: Workshop) -> str:
    git = workshop.git(workshop.folder, "version")
    busy = f"load {os.getloadavg()[0]:.1f} at the end"
    system = f"{_machine()}, {os.cpu_count()} cores, {platform.system()}"
    return (
        f"{time.strftime('%Y-%m-%d')}, {system}, {git}, Python {platform.python_version()}, {busy}."
    )


def _machine() -> str:
    """The processor's name, where the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [
                line.partition(":")[2].strip() for line in file if line.startswith("model name")
            ]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(f"bench: {error}\n{error.stderr}")
