"""Which guard the hooks start: a program that outlives every worktree, or else the one on PATH."""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import guard
from guard.core.files import read_head
from guard.core.names import shell_quote
from guard.git.environment import without_place
from guard.receipts.running import run_within

_PATIENCE = 30.0  # seconds for a guard to print its help
# Temporary environments of other programs: uvx, pipx run, pre-commit.
_PASSING = ("/uv/archive-v", "/pipx/.cache/", "/.cache/pipx/", "/.cache/pre-commit/")


class Program(NamedTuple):
    """The absolute path of a guard that will last.

    Without one `path` is "", `passing` is a guard that will not last, and `why_not` says why.
    """

    path: str
    passing: str = ""
    why_not: str = ""


def find_program(worktrees: Sequence[str]) -> Program:
    """Find a guard outside of `worktrees` that starts.

    The one on PATH comes first, since its name outlives an upgrade, then the one that is running.
    """
    trees = [os.path.realpath(tree) for tree in worktrees]
    passing = Program("")
    for path in filter(does_start, _candidates()):
        why_not = _why_not(path, trees)
        if not why_not:
            return Program(path)
        passing = passing if passing.passing else Program("", path, why_not)
    return passing


@cache
def does_start(program: str) -> bool:
    """Whether a program is a guard that starts: after an upgrade of Python its package may lack."""
    if not os.access(program, os.X_OK):
        return False
    line = f"{shell_quote(program)} hook --help"
    return run_within(line, "/", without_place(os.environ), _PATIENCE).exit == 0


def _candidates() -> Iterator[str]:
    own = os.path.join(os.path.dirname(sys.executable), "guard")
    found = (shutil.which("guard") or "", own, os.path.abspath(sys.argv[0]))
    for path in dict.fromkeys(found):
        if os.path.isabs(path) and _is_guard(path):
            yield path


def _is_guard(path: str) -> bool:
    """pip, pipx and uv name guard's module in its program."""
    return os.access(path, os.X_OK) and b"guard.__main__" in read_head(path, 4096, follow=True)


def _why_not(path: str, worktrees: Sequence[str]) -> str:
    real = os.path.realpath(path)
    parts = [real, os.path.abspath(path)]
    if os.path.dirname(real) == os.path.realpath(os.path.dirname(sys.executable)):
        parts.append(os.path.realpath(os.path.dirname(guard.__file__)))
    for tree in worktrees:
        if any(part.startswith(tree + os.sep) for part in parts):
            return f"it lies in the worktree {tree}, and would be gone with it"
    if any(part in real for part in _PASSING):
        return "it lies in a cache, and would be gone with it"
    return ""
