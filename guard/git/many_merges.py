"""git's merge of very many pairs: one process for all, however some of them end."""

import os
from collections.abc import Sequence
from threading import Timer

from guard.core.errors import GitError
from guard.git.failure import complaint, git_version
from guard.git.merge import OPTIONS, Merge, MergeError, complete
from guard.git.plumbing import Answer, Git, program

_USAGE = 129  # git's exit status for an unknown option (parse-options.c)
_KILLED = 9
_PATIENCE = 60  # seconds for a process, and one more for each of its pairs


def merge_all(git: Git, pairs: Sequence[tuple[str, str]]) -> list[Merge | MergeError]:
    """Merge every pair of commits in one process; a pair that git cannot merge is an error.

    Where the process dies or takes too long, its answers count as far as they are complete, and the
    rest is asked again in two halves: git writes late, so nobody knows at which pair it died.
    Raises GitError if git is older than 2.39.
    """
    stdin = "".join(" ".join(pair) + "\n" for pair in pairs).encode()
    process = git.start("merge-tree", *OPTIONS, "--stdin", stdin=stdin)
    timer = Timer(_PATIENCE + len(pairs), process.stop)
    timer.start()
    try:
        answer = process.answer()
    finally:
        timer.cancel()
    if answer.code == _USAGE:
        _require_many()
    found: list[Merge | MergeError] = []
    found += complete(answer.out)
    if answer.code == 0 and len(found) == len(pairs):
        return found
    rest = pairs[len(found) :]
    if len(rest) > 1:
        half = (len(rest) + 1) // 2
        return [*found, *merge_all(git, rest[:half]), *merge_all(git, rest[half:])]
    return [*found, *(MergeError(*pair, _why(answer)) for pair in rest)]


def _why(answer: Answer) -> str:
    if answer.code == -_KILLED:
        return f"it takes longer than {_PATIENCE} seconds"
    if answer.code < 0:
        return f"git crashed (signal {-answer.code})"
    return complaint(answer).partition("\n")[0]


def _require_many() -> None:
    version = git_version()
    raise GitError(
        f"git {version} cannot merge many pairs at once (git merge-tree --stdin)",
        hint="install git 2.39 or newer",
    )


def git_stamp() -> str:
    """Give a text that is another when another git is installed, without starting it."""
    path = os.path.realpath(program(os.environ.get("PATH", os.defpath)))
    found = os.stat(path)
    return f"{path} {found.st_size} {found.st_mtime_ns}"
