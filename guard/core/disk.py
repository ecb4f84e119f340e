"""What a full or broken disk is to guard: no bug."""

import errno
import os

from guard.core.errors import GitError, GuardError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_ROOM = 1 << 24  # bytes: with less a file system may have refused what was to be written
# What the system and git say of a write that failed (strerror(3), git's wrapper.c and entry.c).
_NO_ROOM = (
    *(os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT)),
    *("Out of diskspace", "unable to write", "failed to write", "write error", "unable to create"),
)


class NoRoom(GitError):
    """The folder for temporary files is full."""


def no_room(error: BaseException) -> GuardError | None:
    """Give the error to tell if nothing can be written for want of room; None for any other."""
    if isinstance(error, OSError) and error.errno in _FULL:
        hint = "make room, and run the command again"
        where = f" {error.filename}" if error.filename else ""
        return GuardError(f"cannot write{where}: {error.strerror}", hint=hint)
    return None


def no_room_in(folder: str, error: GuardError | OSError) -> NoRoom | None:
    """Give the error to tell if `error` came of a full file system that a temporary `folder` is on.

    None for any other. git does not always say why it cannot write, and what it wrote may be gone
    again; so the file system is asked, too.
    """
    said = error.message if isinstance(error, GuardError) else os.strerror(error.errno or 0)
    if isinstance(error, NoRoom) or not any(words in said for words in _NO_ROOM):
        return None
    try:
        free = os.statvfs(folder)
    except OSError:
        return None
    is_full = free.f_bavail * free.f_frsize < _ROOM or (free.f_files and not free.f_favail)
    if not is_full and os.strerror(errno.EDQUOT) not in said:
        return None
    place, first = os.path.dirname(folder), said.partition("\n")[0]
    while os.path.basename(place).startswith("guard-"):  # one of guard's own in another
        place = os.path.dirname(place)
    return NoRoom(
        f"{place}, where temporary files go, is full: {first}",
        hint="make room there, or use another directory: export TMPDIR=DIRECTORY   # then again",
    )
