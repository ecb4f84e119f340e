"""What a new worktree still needs: ignored files of the main one, and the policy's commands.

A note says so from before git makes the worktree until nothing is left, so that the same command
takes up a start that was killed. Until the worktree is there, the note waits in the repository's
git folder, named after the path; then it lies in the worktree's own, and goes with it.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from guard.core.errors import GitError
from guard.core.files import read_head
from guard.core.lock import take_lock
from guard.core.names import show
from guard.core.writing import keep
from guard.git.locate import git_dir

_NOTE, _LOCK = "guard/preparing", "guard/preparing.lock"  # in a worktree's git folder
_WAITING = "guard/starting"  # a folder in the repository's
_LARGEST = 1 << 20


class Left(NamedTuple):
    """What is to be done: `copies` of ignored files, and the `commands` that have not `ended`."""

    copies: bool
    commands: bool
    ended: tuple[str, ...] = ()


def announce(common_dir: str, path: str, left: Left) -> None:
    """Note what the worktree `path`, which is about to be made, will need.

    Raises GitError if that cannot be written.
    """
    file = _waiting(common_dir, path)
    with suppress(FileNotFoundError):
        os.unlink(file)
    if left.copies or left.commands:
        _write(file, left)


def left_at(common_dir: str, path: str) -> Left | None:
    """Give what the worktree `path` still needs, None if that is nothing. Raises OSError."""
    file = os.path.join(git_dir(path), _NOTE)
    with suppress(FileNotFoundError):
        waiting = _waiting(common_dir, path)
        os.stat(waiting)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        os.replace(waiting, file)
    return _read(file)


def note_left(path: str, left: Left) -> None:
    """Note what the worktree `path` still needs; without anything the note goes.

    Raises GitError if that cannot be written.
    """
    file = os.path.join(git_dir(path), _NOTE)
    if left.copies or left.commands:
        _write(file, left)
        return
    with suppress(FileNotFoundError):
        os.unlink(file)


def commands_left(path: str, commands: Sequence[str]) -> list[str]:
    """Give those of the policy's `commands` that have not ended well in the worktree `path`."""
    left = _read(os.path.join(git_dir(path), _NOTE))
    if left is None or not left.commands:
        return []
    ended, found = list(left.ended), []
    for command in commands:
        if command in ended:
            ended.remove(command)
        else:
            found.append(command)
    return found


def note_ended(path: str, command: str) -> None:
    """Note that one of the policy's commands has ended well in the worktree `path`."""
    if left := _read(os.path.join(git_dir(path), _NOTE)):
        note_left(path, left._replace(ended=(*left.ended, command)))


def drop_commands(path: str) -> None:
    """Note that no command is left for the worktree `path`."""
    if left := _read(os.path.join(git_dir(path), _NOTE)):
        note_left(path, left._replace(commands=False))


@contextmanager
def preparing(path: str) -> Iterator[None]:
    """Be the only one who runs the commands of the worktree `path`.

    Raises GitError if another process does so.
    """
    try:
        lock = take_lock(os.path.join(git_dir(path), _LOCK))
    except BlockingIOError as error:
        message = f"another guard start is setting {show(path)} up"
        raise GitError(message, hint="wait for its end, then run this again") from error
    except OSError as error:
        message = f"{show(path)} cannot be set up: {error.strerror}"
        raise GitError(message, hint="make room, then run it again") from error
    try:
        yield
    finally:
        os.close(lock)


def _waiting(common_dir: str, path: str) -> str:
    name = hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:32]
    return os.path.join(common_dir, _WAITING, name)


def _write(file: str, left: Left) -> None:
    keep(file, json.dumps(left._asdict()).encode("utf-8", "backslashreplace"))


def _read(file: str) -> Left | None:
    """A note; one that cannot be read leaves nothing to do, as none does."""
    try:
        said = json.loads(read_head(file, _LARGEST))
        ended = tuple(map(str, said["ended"]))
        return Left(bool(said["copies"]), bool(said["commands"]), ended)
    except (ValueError, KeyError, TypeError):
        return None
