"""What guard remembers of an agent's conversation between two of its hooks.

One small file a conversation, below the worktree's git directory, where git ignores files that it
does not know (gitrepository-layout(5)). If it cannot be read or written, nothing is remembered.
"""

import contextlib
import json
import os
from typing import NamedTuple

from guard.core.files import read_head
from guard.core.names import ALPHANUMERICS
from guard.core.writing import write_whole

_KEPT = 20  # conversations of one worktree
_LARGEST = 1 << 20
_LETTERS = ALPHANUMERICS | frozenset("-_")


class Note(NamedTuple):
    """`told` are the findings that the agent knows of, as text.

    `total` counts how often it was asked to go on while HEAD was `head`, `asked` how often of these
    for the same `missing` things.
    """

    told: frozenset[str] = frozenset()
    head: str = ""
    asked: int = 0
    missing: frozenset[str] = frozenset()
    total: int = 0


def read_note(git_dir: str, conversation: str) -> Note:
    """Read the note on a conversation in a worktree, given its git directory; empty: none."""
    try:
        found = json.loads(read_head(_file(git_dir, conversation), _LARGEST))
        told, missing = (frozenset(map(str, found[name])) for name in ("told", "missing"))
        return Note(told, str(found["head"]), int(found["asked"]), missing, int(found["total"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Note()


def write_note(git_dir: str, conversation: str, note: Note) -> bool:
    """Write `note`; tell whether that was possible. The notes on old conversations are removed."""
    path = _file(git_dir, conversation)
    counts = {"head": note.head, "asked": note.asked, "total": note.total}
    text = json.dumps({"told": sorted(note.told), "missing": sorted(note.missing), **counts})
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_whole(path, text.encode("utf-8", "backslashreplace"))
    except OSError:
        return False
    _remove_old(os.path.dirname(path))
    return True


def _file(git_dir: str, conversation: str) -> str:
    name = "".join(char for char in conversation if char in _LETTERS)[:100] or "unnamed"
    return os.path.join(git_dir, "guard", "sessions", f"{name}.json")


def _remove_old(folder: str) -> None:
    with contextlib.suppress(OSError):
        files = [entry for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]
        files.sort(key=lambda entry: entry.stat().st_mtime_ns)
        for entry in files[:-_KEPT]:
            os.unlink(entry.path)
