"""One at a time: what starts or removes sessions of a repository waits for its like."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from guard.core.errors import GitError
from guard.core.names import show
from guard.core.writing import open_lock

_PATIENCE, _PAUSE = 30.0, 0.05  # seconds


@contextmanager
def alone(common_dir: str) -> Iterator[None]:
    """Hold the lock of the repository with this git directory; it ends with the process (flock(2)).

    Raises GitError if another process keeps it for half a minute, or if it cannot be made.
    """
    path = os.path.join(common_dir, "guard", "sessions.lock")
    try:
        descriptor = open_lock(path)
    except OSError as error:
        message = f"{show(path)} cannot be made: {error.strerror}"
        raise GitError(message, hint="make room, or let guard write into git's folder") from error
    try:
        _wait(descriptor)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if time.monotonic() > until:
                raise GitError(
                    "another guard command is starting or finishing a session of this repository",
                    hint="wait for its end, then run this again",
                ) from error
            time.sleep(_PAUSE)
        else:
            return
