"""Snapshots of the last look: what is as it was then is not read again.

In guard's folder of the common git directory are the objects of uncommitted work, as git would
commit it, and a file that says how each worktree looked. Both are bounded, and may go at any time.
"""

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress

from guard.core.files import read_head
from guard.core.writing import write_whole
from guard.git.glance import UNSEEN, Seen
from guard.git.isolate import borrow, lend
from guard.git.plumbing import Git
from guard.git.repository import Repository

_FOLDER = "guard/snapshots"
_KNOWN = "known.json"
_LARGEST = 1 << 24  # bytes of that file
_MOST = 1 << 26  # bytes of objects; more are thrown away after the look


class Remembered:
    """What is known of the last look; `git` writes objects where the next one finds them."""

    def __init__(self, folder: str, git: Git, known: Mapping[str, Seen]) -> None:
        self.git = git
        self._folder = folder
        self._before = dict(known)
        self._now: dict[str, Seen] = {}

    def of(self, worktree: str) -> Seen:
        """Give how a worktree looked, empty if it is not known."""
        return self._before.get(worktree, UNSEEN)

    def keep(self, worktree: str, seen: Seen) -> None:
        """Remember how a worktree looks now."""
        self._now[worktree] = seen

    def save(self) -> None:
        """Write what has changed; a full disk is no reason to fail."""
        with suppress(OSError):
            if _size(os.path.join(self._folder, "objects")) > _MOST:
                shutil.rmtree(self._folder)
            elif self._now != self._before:
                data = json.dumps({name: list(seen) for name, seen in self._now.items()})
                write_whole(os.path.join(self._folder, _KNOWN), data.encode())


def remembered(repository: Repository, apart: Git) -> Remembered | None:
    """Open what is remembered; the isolated git `apart` can read the objects from then on.

    None if nothing can be kept: the git directory may be another user's.
    """
    folder = os.path.join(repository.common_dir, _FOLDER)
    objects = os.path.join(folder, "objects")
    try:
        os.makedirs(objects, mode=0o700, exist_ok=True)
        os.chmod(folder, 0o700)
        if not os.path.exists(os.path.join(objects, "info", "alternates")):
            borrow(repository, objects)
        lend(objects, apart)
    except OSError:
        return None
    known: dict[str, Seen] = {}
    with suppress(ValueError, TypeError, AttributeError):
        read = json.loads(read_head(os.path.join(folder, _KNOWN), _LARGEST) or b"{}")
        known = {name: Seen(*map(str, values)) for name, values in read.items()}
    return Remembered(folder, Git(folder, apart.env, apart.settings), known)


def _size(folder: str) -> int:
    total = 0
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            total += sum(one.stat(follow_symlinks=False).st_size for one in os.scandir(entry.path))
    return total
