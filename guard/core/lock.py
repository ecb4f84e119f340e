"""Locks between processes: a file that at most one of them has locked (flock(2))."""

import fcntl
import os
import time

_PAUSE = 0.05  # seconds


def take_lock(path: str, patience: float = 0) -> int:
    """Take the lock of a file, made with its folder if need be; give the file's descriptor.

    The lock ends when that is closed, at the latest with the process. No link is followed, and no
    child process has it. Raises BlockingIOError if another process keeps the lock for `patience`
    seconds, another OSError if the file cannot be made or locked.
    """
    os.makedirs(os.path.dirname(path), exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    try:
        _wait(descriptor, time.monotonic() + patience)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _wait(descriptor: int, until: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise
        else:
            return
        time.sleep(_PAUSE)
