"""One at a time: what starts or removes sessions of a repository waits for its like."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from guard.core.errors import GitError
from guard.core.lock import take_lock
from guard.core.names import show

_PATIENCE = 30.0  # seconds


@contextmanager
def alone(common_dir: str) -> Iterator[None]:
    """Hold the lock of the repository with this git directory; it ends with the process.

    Raises GitError if another process keeps it for half a minute, or if it cannot be made.
    """
    path = os.path.join(common_dir, "guard", "sessions.lock")
    try:
        lock = take_lock(path, _PATIENCE)
    except BlockingIOError as error:
        raise GitError(
            "another guard command is starting or finishing a session of this repository",
            hint="wait for its end, then run this again",
        ) from error
    except OSError as error:
        message = f"{show(path)} cannot be made: {error.strerror}"
        raise GitError(message, hint="make room, or let guard write into git's folder") from error
    try:
        yield
    finally:
        os.close(lock)
