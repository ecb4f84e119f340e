"""The time and memory of commands: whole processes, in turns, so that load hits all alike."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# A small process starts the command, because the record of memory begins with the parent's size
# (getrusage(2)). The kernel reports the largest of the command and the processes it waited for.
_LAUNCH = """
import os, sys
sink = os.open(os.devnull, os.O_RDWR)
actions = [(os.POSIX_SPAWN_DUP2, sink, 0), (os.POSIX_SPAWN_DUP2, sink, 1)]
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=actions)
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""
_RUSAGE_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes; getrusage(2) of each system


class Command(NamedTuple):
    """A command to be timed: program (absolute) and words, folder, environment, streams.

    `statuses` are the exit statuses that it may have.
    """

    argv: Sequence[str]
    folder: str
    env: Mapping[str, str]
    statuses: Sequence[int] = (0,)
    stdin: str = os.devnull
    stdout: str = os.devnull


class Sample(NamedTuple):
    """One run: elapsed seconds, and processor seconds with those of its children."""

    elapsed: float
    processor: float = 0


class Times(NamedTuple):
    """Seconds of several runs: number, median, quartiles, least, and median processor time."""

    rounds: int
    median: float
    low: float
    high: float
    least: float
    processor: float


class WrongEnding(Exception):
    """A command did not end as it must: whatever it took, it was not the work to be measured."""


def in_turns(commands: Mapping[str, Command], rounds: int, warm_ups: int) -> dict[str, Times]:
    """Time all commands in turns; give the times by name. Raises WrongEnding.

    The order differs each time: after a large program, which empties the processor's caches, a
    command takes a tenth longer.
    """
    return turns(
        {name: partial(run, command) for name, command in commands.items()}, rounds, warm_ups
    )


def turns(runs: Mapping[str, Callable[[], Sample]], rounds: int, warm_ups: int) -> dict[str, Times]:
    """The same for anything that gives a sample."""
    taken: dict[str, list[Sample]] = {name: [] for name in runs}
    order = list(runs)
    for turn in range(-warm_ups, rounds):
        order.sort(key=lambda name: sha256(f"{turn} {name}".encode()).digest())
        for name in order:
            sample = runs[name]()
            if turn >= 0:
                taken[name].append(sample)
    return {name: times(samples) for name, samples in taken.items()}


def times(samples: Sequence[Sample]) -> Times:
    """Sum up single runs."""
    elapsed = [sample.elapsed for sample in samples]
    low, median, high = (
        statistics.quantiles(elapsed, n=4, method="inclusive") if len(elapsed) > 1 else elapsed * 3
    )
    return Times(
        len(elapsed),
        median,
        low,
        high,
        min(elapsed),
        statistics.median(sample.processor for sample in samples),
    )


def run(command: Command) -> Sample:
    """Run a command once. Raises WrongEnding."""
    os.chdir(command.folder)
    with tempfile.TemporaryFile() as said:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, command.stdin, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, command.stdout, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
            (os.POSIX_SPAWN_DUP2, said.fileno(), 2),
        ]
        start = time.perf_counter()
        pid = os.posix_spawn(command.argv[0], list(command.argv), command.env, file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
        passed = time.perf_counter() - start
        if os.waitstatus_to_exitcode(status) not in command.statuses:
            said.seek(0)
            raise WrongEnding(
                _wrong(
                    command, os.waitstatus_to_exitcode(status), said.read().decode(errors="replace")
                )
            )
    return Sample(passed, usage.ru_utime + usage.ru_stime)


def which(env: Mapping[str, str], program: str) -> str:
    """Give the absolute path of a program on the PATH of `env`. Raises FileNotFoundError."""
    found = shutil.which(program, path=env["PATH"])
    if not found:
        raise FileNotFoundError(program)
    return found


def peak_memory(command: Command) -> int:
    """Run a command once; give the bytes of its largest process. Raises WrongEnding."""
    launch = [sys.executable, "-I", "-S", "-c", _LAUNCH, *command.argv]
    done = subprocess.run(
        launch, cwd=command.folder, env=command.env, capture_output=True, text=True, check=True
    )
    status, size = (int(word) for word in done.stdout.split())
    if status not in command.statuses:
        raise WrongEnding(_wrong(command, status, done.stderr))
    return size * _RUSAGE_UNIT


def _wrong(command: Command, status: int, said: str) -> str:
    line = " ".join(command.argv)
    expected = command.statuses
    return f"{line} in {command.folder}: exit status {status}, not one of {expected}\n{said}"
