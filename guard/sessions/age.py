"""When something last happened in a session, and whether that is too long ago."""

import os
from contextlib import suppress

from guard.core.files import open_file
from guard.core.names import ref_of
from guard.git.locate import git_dir
from guard.git.repository import Repository

_DAY = 24 * 60 * 60
_TAIL = 1 << 14  # bytes: at least the last line of a log


def last_activity(repository: Repository, branch: str, worktree: str, active: int) -> int:
    """Give the time (seconds since the epoch) of the last thing that happened in a session.

    `active` is that of its last commit, or of its last uncommitted write, as `Party` has it. Later
    counts what the logs of its branch and of its worktree's HEAD say (git-reflog(1)): the branch of
    a session that has just begun is at a commit that may be old. 0 if nothing is known.
    """
    logs = []
    if branch:
        logs.append(os.path.join(repository.common_dir, "logs", ref_of(branch)))
    if worktree:
        with suppress(OSError):  # the folder may be gone
            logs.append(os.path.join(git_dir(worktree), "logs", "HEAD"))
    return max([active, *map(_latest, logs)])


def is_stale(active: int, days: int, now: float) -> bool:
    """Tell whether a session's last activity is more than `days` ago; unknown is not stale.

    `days` is the policy's `stale`, `now` the time.
    """
    return 0 < active < now - days * _DAY


def _latest(log: str) -> int:
    """The time of a log's last line: OLD NEW NAME <EMAIL> TIME ZONE, a tab, the message."""
    try:
        with open_file(log) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            lines = file.read(_TAIL).splitlines()
    except OSError:
        return 0
    who, _, _ = lines[-1].partition(b"\t") if lines else (b"", b"", b"")
    words = who.rsplit(b" ", 2)
    return int(words[1]) if len(words) == 3 and words[1].isdigit() else 0
