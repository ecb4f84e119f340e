"""What guard remembers of an agent's conversation between two of its hooks.

One small file a conversation, below the worktree's git directory, where git ignores files that it
does not know (gitrepository-layout(5)). If it cannot be read or written, nothing is remembered.
"""

import contextlib
import json
import os
from typing import NamedTuple

from guard.core.files import read_head
from guard.core.writing import write_whole
from guard.git.conversations import note_file
from guard.git.locate import common_dir, folder_of, linked_dirs, top_of

_KEPT = 20  # conversations of one worktree
_LARGEST = 1 << 20
_LISTS = ("told", "missing", "refused", "siblings")


class Note(NamedTuple):
    """`contract` is the one that the conversation began under, "" for none.

    `told` are the findings that the agent knows of, as text; `siblings` are those about siblings.
    `refused` are the findings, as text, for which every write was refused. `total` counts how often
    the agent was asked to go on while HEAD was `head`, `asked` how often of these for the same
    `missing` things. `tip` and `judged` are what `unseen.Trace` found at the last look.
    """

    contract: str = ""
    told: frozenset[str] = frozenset()
    head: str = ""
    asked: int = 0
    missing: frozenset[str] = frozenset()
    total: int = 0
    tip: str = ""
    judged: int = 0
    refused: frozenset[str] = frozenset()
    siblings: frozenset[str] = frozenset()


def read_note(git_dir: str, conversation: str) -> Note:
    """Read the note on a conversation in a worktree, given its git directory; empty: none."""
    try:
        found = json.loads(read_head(note_file(git_dir, conversation), _LARGEST))
        told, missing, refused, siblings = (
            frozenset(map(str, found.get(name, ()))) for name in _LISTS
        )
        asked, total, judged = (int(found.get(name, 0)) for name in ("asked", "total", "judged"))
        contract, head, tip = (str(found.get(name, "")) for name in ("contract", "head", "tip"))
        return Note(contract, told, head, asked, missing, total, tip, judged, refused, siblings)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Note()


def write_note(git_dir: str, conversation: str, note: Note) -> bool:
    """Write `note`; tell whether that was possible. The notes on old conversations are removed."""
    path = note_file(git_dir, conversation)
    lists = {name: sorted(getattr(note, name)) for name in _LISTS}
    text = json.dumps({**note._asdict(), **lists})  # `bound_by` relies on the order
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_whole(path, text.encode("utf-8", "backslashreplace"))
    except OSError:
        return False
    _remove_old(os.path.dirname(path))
    return True


def where_noted(folder: str, conversation: str) -> str:
    """Give the worktree that a conversation works in, in the repository around `folder`.

    It is "" if unknown. That is where guard's newest note on it is: Claude Code names the main
    worktree when it asks for a new one (EnterWorktree), whatever worktree it works in.
    """
    top = top_of(folder)
    if not top or not conversation:
        return ""
    shared = common_dir(top)
    found: list[tuple[int, str]] = []
    for own in (shared, *linked_dirs(shared)):
        with contextlib.suppress(OSError):
            age = os.stat(note_file(own, conversation)).st_mtime_ns
            found.append((age, folder_of(own) or os.path.dirname(own)))
    return max(found, default=(0, ""))[1]


def _remove_old(folder: str) -> None:
    with contextlib.suppress(OSError):
        files = [entry for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]
        files.sort(key=lambda entry: entry.stat().st_mtime_ns)
        for entry in files[:-_KEPT]:
            os.unlink(entry.path)
