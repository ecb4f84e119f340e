"""How long a command takes, and how much memory: whole processes, in turns, so that a busy moment hits all of them alike."""

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

# A process starts its record of memory with what the one that started it has, so a small one does it, not this one (getrusage(2)). The
# kernel gives the largest process among the command and all that it waited for.
_LAUNCH = """
import os, sys
sink = os.open(os.devnull, os.O_RDWR)
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, sink, 0), (os.POSIX_SPAWN_DUP2, sink, 1)])
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""
_RUSAGE_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes; getrusage(2) of each system


class Command(NamedTuple):
    """A command line to be timed: absolute program and words, where it starts, its whole environment, how it may end, and its streams."""

    argv: Sequence[str]
    folder: str
    env: Mapping[str, str]
    statuses: Sequence[int] = (0,)
    stdin: str = os.devnull
    stdout: str = os.devnull


class Sample(NamedTuple):
    """What one run took: seconds from start to end, and seconds of processors, the run's children included."""

    elapsed: float
    processor: float = 0


class Times(NamedTuple):
    """Seconds of several runs: how many, their median, quartiles and least, and the median of what they took of processors."""

    rounds: int
    median: float
    low: float
    high: float
    least: float
    processor: float


class WrongEnding(Exception):
    """A command did not end as it must: whatever it took, it was not the work to be measured."""


def in_turns(commands: Mapping[str, Command], rounds: int, warm_ups: int) -> dict[str, Times]:
    """Time all commands one after the other, each time in another order; give the times by name. Raises WrongEnding.

    What ran before leaves the processor's caches to a command: after a large program one that is just as fast takes a tenth longer.
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
    """Give the absolute path of a program on the PATH of `env`, as a shell would find it. Raises FileNotFoundError."""
    found = shutil.which(program, path=env["PATH"])
    if not found:
        raise FileNotFoundError(program)
    return found


def peak_memory(command: Command) -> int:
    """Run a command once; give the most bytes that any one process of it held at a time. Raises WrongEnding."""
    launch = [sys.executable, "-I", "-S", "-c", _LAUNCH, *command.argv]
    done = subprocess.run(
        launch, cwd=command.folder, env=command.env, capture_output=True, text=True, check=True
    )
    status, size = (int(word) for word in done.stdout.split())
    if status not in command.statuses:
        raise WrongEnding(_wrong(command, status, done.stderr))
    return size * _RUSAGE_UNIT


def _wrong(command: Command, status: int, said: str) -> str:
    return f"{' '.join(command.argv)} in {command.folder}: exit status {status}, not one of {command.statuses}\n{said}"
