"""Where guard keeps its notes on agents' conversations, what each is bound to, and its turns. Hot.

The whole of a note is the agents' matter. It is JSON that begins with the contract, and is not
parsed here: this runs on every edit.
"""

from __future__ import annotations

import os

from guard.core.files import read_head
from guard.core.names import ALPHANUMERICS
from guard.git.locate import git_dir

WAITING = "guard/waiting"  # in a worktree's git directory: an agent's turn has ended; it is empty
_BOUND = b'{"contract": "'  # how a note begins
_LETTERS = ALPHANUMERICS | frozenset("-_")


def note_file(git_dir: str, conversation: str) -> str:
    """Give the file of guard's note on a conversation in the worktree with this git directory."""
    name = "".join(char for char in conversation if char in _LETTERS)[:100] or "unnamed"
    return os.path.join(git_dir, "guard", "sessions", f"{name}.json")


def bound_by(top: str, conversation: str) -> str:
    """Give the contract under which a conversation began in the worktree at `top`; "" if unknown.

    It stays bound to it, whatever branch is checked out.
    """
    try:
        return bound_in(git_dir(top), conversation) if top else ""
    except OSError:
        return ""


def bound_in(own: str, conversation: str) -> str:
    """Give what `bound_by` does, by the worktree's git directory `own`."""
    note = read_head(note_file(own, conversation), 200)
    return note[len(_BOUND) :].partition(b'"')[0].decode() if note.startswith(_BOUND) else ""


def note_turn(git_dir: str, *, ended: bool) -> None:
    """Note in the worktree with this git directory that an agent's turn ended, or goes on.

    Where guard has not noted anything yet, it may not be adopted: there it does not.
    """
    file = f"{git_dir}/{WAITING}"
    try:
        if ended:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK
            os.close(os.open(file, flags | os.O_CLOEXEC, 0o666))
        else:
            os.unlink(file)
    except OSError:  # there is none, or none can be made: a status says less
        return
