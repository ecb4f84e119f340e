"""Commits that no hook of guard's has seen: made with other hooks, or past them all.

Where git runs guard's pre-commit hook, its shell leaves a file in the worktree's git directory
(githooks/hook.sh). A commit in HEAD's log that came without it was made past the hook.
"""

import os
from typing import NamedTuple

from guard.core.files import read_head
from guard.git.locate import common_dir, git_dir

_TAIL = 1 << 16  # bytes of a log: hundreds of entries
_HOOK = b"# guard's hook pre-commit, "


class Trace(NamedTuple):
    """What HEAD's log ended with, and when the hook last judged (nanoseconds; 0: never)."""

    tip: str
    judged: int


def trace_of(top: str) -> Trace:
    """Look at the worktree at `top`."""
    own = git_dir(top)
    entries = _entries(own)
    try:
        judged = os.stat(os.path.join(own, "guard", "judged")).st_mtime_ns
    except OSError:
        judged = 0
    return Trace(entries[-1][0] if entries else "", judged)


def unseen_since(top: str, before: Trace) -> list[tuple[str, str]]:
    """Give the commits, each with its subject, that were made past the hook since `before`.

    None if the hook is not installed, or has judged since: the two may belong together.
    """
    now = trace_of(top)
    if not before.tip or now.tip == before.tip or now.judged != before.judged:
        return []
    if not _is_installed(common_dir(top)):
        return []
    entries = _entries(git_dir(top))
    known = [at for at, (commit, *_) in enumerate(entries) if commit == before.tip]
    new = entries[known[-1] + 1 :] if known else []
    return [
        (commit, subject)
        for commit, what, subject in new
        if what == "commit" or what.startswith("commit (amend)")
    ]


def _entries(git: str) -> list[tuple[str, str, str]]:
    """New commit, kind of action and subject of each entry (git-reflog(1)), oldest first."""
    try:
        with open(os.path.join(git, "logs", "HEAD"), "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines[1:] if size > _TAIL else lines:
        ids, _, message = line.partition("\t")
        what, _, subject = message.partition(": ")
        words = ids.split(" ")
        if len(words) > 2:
            found.append((words[1], what, subject))
    return found


def _is_installed(shared: str) -> bool:
    places = ("hooks/pre-commit", "guard/hooks/pre-commit")
    return any(_HOOK in read_head(os.path.join(shared, place), 1 << 10) for place in places)
