"""Hears when anything changes that a status shows. Needs watchfiles, from the extra `watch`.

Folders are watched one by one: those of tracked files and of files that could be, and those of
git's that say what is checked out, committed or going on. What git ignores (dependencies, build
products) is not, so that nothing wakes up for it and no limit of the system is spent on it.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress

from watchfiles import Change, watch

from guard.core.errors import GuardError
from guard.core.writing import TEMPORARY
from guard.git.locate import git_dir
from guard.git.plumbing import at, records
from guard.git.repository import Repository
from guard.git.worktrees import places_at_hand
from guard.sessions.between.kept import FILE

_STEP = 200  # milliseconds in which further changes are waited for
_OWN = (FILE, "snapshots")  # what guard keeps of its answers


def folders_of(repository: Repository) -> list[str]:
    """List the folders in which a change may concern a status."""
    found = dict.fromkeys(_git_folders(repository.common_dir))
    for one in places_at_hand(repository):
        if one.missing:  # or on a disk that does not answer: this thread would wait for ever
            continue
        with suppress(OSError):
            own = git_dir(one.path)
            found.update(dict.fromkeys((own, os.path.join(own, "guard"))))
        with suppress(GuardError):
            words = ("ls-files", "-z", "-c", "-o", "--exclude-standard")
            listed = at(one.path).run(*words, ok=(0, 128)).out
            found.update(dict.fromkeys(_folders(one.path, records(listed))))
    return [one for one in found if os.path.isdir(one) and os.access(one, os.R_OK)]


def changes_in(folders: Sequence[str]) -> Iterator[bool]:
    """Wait for changes in the folders; yield each time whether folders came or went.

    Then others are to be watched. Once it yields without a change, for what happened before all
    folders were watched. Raises FileNotFoundError if a folder has gone meanwhile, and OSError where
    the system watches no more (inotify(7), `max_user_watches`): watchfiles says nothing of that if
    it is to ignore folders that may not be read.
    """
    is_told, known = False, set(folders)
    for changes in watch(
        *folders,
        watch_filter=_concerns,
        step=_STEP,
        recursive=False,
        yield_on_timeout=True,
        raise_interrupt=False,
    ):
        if changes:
            yield any(path in known or os.path.isdir(path) for _, path in changes)
        elif not is_told:
            is_told = True
            yield False


def _git_folders(common: str) -> Iterator[str]:
    yield common
    yield os.path.join(common, "worktrees")
    yield from (os.path.join(common, "guard"), os.path.join(common, "guard", "receipts"))
    for folder, _, _ in os.walk(os.path.join(common, "refs")):
        yield folder


def _folders(top: str, paths: Sequence[str]) -> Iterator[str]:
    seen = set()
    yield top
    for path in paths:
        folder = os.path.dirname(path)
        while folder and folder not in seen:
            seen.add(folder)
            yield os.path.join(top, folder)
            folder = os.path.dirname(folder)


def _concerns(change: Change, path: str) -> bool:
    """Whether a change may be seen in a status: locks come and go, and guard writes notes."""
    name = os.path.basename(path)
    return not (name.endswith(".lock") or name.startswith(TEMPORARY) or name in _OWN)
