"""Which guard the hooks start: a program that outlives every worktree, or none, and then the one on PATH."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import guard

# Environments that other programs make for a while: uvx, pipx run, pre-commit.
_PASSING = ("/uv/archive-v", "/pipx/.cache/", "/.cache/pipx/", "/.cache/pre-commit/")


class Program(NamedTuple):
    """The absolute path of a guard that lasts; "" where there is none, with a `passing` one and the reason why it will not last."""

    path: str
    passing: str = ""
    why_not: str = ""


def find_program(worktrees: Sequence[str], starts: Callable[[str], bool]) -> Program:
    """Find guard outside of `worktrees`: the one on PATH first, whose name outlives an upgrade, then the one that runs now.

    `starts` tells of a program whether it does; one that an upgrade of Python has broken may still be found on PATH.
    """
    passing = Program("")
    for path in filter(starts, _candidates()):
        why_not = _why_not(path, [os.path.realpath(tree) for tree in worktrees])
        if not why_not:
            return Program(path)
        passing = passing if passing.passing else Program("", path, why_not)
    return passing


def _candidates() -> Iterator[str]:
    found = shutil.which("guard")
    own = os.path.join(os.path.dirname(sys.executable), "guard")
    for path in dict.fromkeys((found or "", own, os.path.abspath(sys.argv[0]))):
        if os.path.isabs(path) and _is_guard(path):
            yield path


def _is_guard(path: str) -> bool:
    """Whether a program is this guard and not another one of the name, which is told by what pip, pipx and uv write into it."""
    try:
        with open(path, "rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    return os.access(path, os.X_OK) and b"guard.__main__" in head


def _why_not(path: str, worktrees: Sequence[str]) -> str:
    """The reason why a program may be gone tomorrow, or ""."""
    real = os.path.realpath(path)
    same = os.path.dirname(real) == os.path.realpath(os.path.dirname(sys.executable))
    parts = [
        real,
        os.path.abspath(path),
        *([os.path.realpath(os.path.dirname(guard.__file__))] if same else ()),
    ]
    for tree in worktrees:
        if any(part.startswith(tree + os.sep) for part in parts):
            return f"it lies in the worktree {tree}, and would be gone with it"
    return (
        "it lies in a cache, and would be gone with it"
        if any(part in real for part in _PASSING)
        else ""
    )
