"""One integration at a time, and what is known of the last one: also of one that was killed.

The lock ends with the process that holds it. The note is in guard's folder of git's directory.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from guard.core.errors import GitError
from guard.core.files import read_head
from guard.core.lock import take_lock
from guard.core.names import shell_quote, show
from guard.core.writing import write_whole
from guard.git.isolate import gathered
from guard.git.repository import Repository

PHASES = ("trying", "landing", "landed", "undoing")
_LARGEST = 1 << 20
_TEXTS = ("phase", "base", "old", "new", "folder", "to", "remote", "there", "when")


class Note(NamedTuple):
    """How far an integration is.

    While it is *trying*, only the temporary `folder` is there, which is removed soon after. From
    *landing* on, the commit `new` is verified, and the branch `base` is to move to it from `old`,
    or the branch `to` is to be made; `remote` gets it first if it is named, where the branch was at
    `there`. `names` are the sessions.
    """

    phase: str
    base: str = ""
    old: str = ""
    new: str = ""
    folder: str = ""
    to: str = ""
    remote: str = ""
    there: str = ""
    when: str = ""
    names: tuple[str, ...] = ()


@contextmanager
def alone(repository: Repository, what: str) -> Iterator[None]:
    """Be the only integration of the repository; `what` it is about is told to others.

    Raises GitError, with who else is at work since when and on what, if not so.
    """
    path = _path(repository, "integrate.lock")
    try:
        lock = take_lock(path)
    except BlockingIOError as error:
        raise GitError(
            f"another guard integrate is at work here: {_owner(path)}",
            hint="wait for its end, then run this again; to look only: guard integrate --check",
        ) from error
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        said = f"process {os.getpid()} on {os.uname().nodename}, since {now()}: {what}"
        os.ftruncate(lock, 0)
        os.pwrite(lock, said.encode("utf-8", "surrogateescape"), 0)
        yield
    finally:
        os.close(lock)


@contextmanager
def trying(repository: Repository, *, noted: bool = True) -> Iterator[Note]:
    """Note what is being tried, and in which temporary folder, from before that is made.

    It is noted until that is removed, so a killed run leaves none that is not known; who only looks
    is not `noted`. If nothing lands, the integration before it is still the last. Raises GitError
    if it cannot be noted.
    """
    last, begun = read(repository), now()

    def tell(folder: str) -> None:
        if noted:
            write(repository, Note("trying", folder=folder, when=begun))

    try:
        with gathered(tell) as folder:
            yield Note("trying", folder=folder, when=begun)
    finally:
        latest = read(repository)
        if noted and latest and latest.phase == "trying":
            forget(repository)
            with suppress(GitError):
                if last:
                    write(repository, last)


def _owner(path: str) -> str:
    said = read_head(path, 1 << 10).decode("utf-8", "replace").strip()
    return show(said) or "it has just started"


def read(repository: Repository) -> Note | None:
    """Give the note of the last integration; None if there is none, or it cannot be read."""
    try:
        said = json.loads(read_head(_path(repository, "integrate.json"), _LARGEST) or b"{}")
        texts = {key: str(said[key]) for key in _TEXTS}
        note = Note(names=tuple(map(str, said["names"])), **texts)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return note if note.phase in PHASES else None


def write(repository: Repository, note: Note) -> Note:
    """Keep a note; give it. Raises GitError if it cannot be written."""
    path = _path(repository, "integrate.json")
    try:
        write_whole(path, json.dumps(note._asdict()).encode())
    except OSError as error:
        raise _unwritable(path, error) from error
    return note


def forget(repository: Repository) -> None:
    """Remove the note."""
    with suppress(FileNotFoundError):
        os.unlink(_path(repository, "integrate.json"))


def now() -> str:
    """Give the time as people read it, in UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())


def _path(repository: Repository, name: str) -> str:
    return os.path.join(repository.common_dir, "guard", name)


def _unwritable(path: str, error: OSError) -> GitError:
    message = f"{show(path)} cannot be written: {error.strerror}"
    return GitError(message, hint=f"make room, or: ls -ld {shell_quote(os.path.dirname(path))}")
