"""A worktree's live note: which of its paths are not committed, for whoever edits beside it."""

import os
from contextlib import closing, suppress

from guard.core.errors import GuardError
from guard.git.live_notes import note
from guard.git.locate import common_dir, git_dir
from guard.git.objects import Entry, Objects
from guard.git.plumbing import at
from guard.rules.facts import Facts


def note_worktree(top: str, facts: Facts) -> list[str]:
    """Write the note of the worktree at `top` anew, from the facts about what is on its disk.

    Gives the uncommitted paths; none if there is nobody to read the note.
    """
    with suppress(GuardError, OSError):
        if os.path.isdir(os.path.join(common_dir(top), "worktrees")):
            with closing(Objects(at(top))) as objects:
                return note_uncommitted(top, facts, objects)
    return []


def note_uncommitted(top: str, facts: Facts, objects: Objects) -> list[str]:
    """Do what `note_worktree` does, with the open `objects`, and whoever reads it.

    Raises GuardError if git cannot read what is committed, OSError if nothing can be written.
    """
    head = objects.info("HEAD^{tree}")
    paths = [
        change.path
        for change in facts.changes
        if not head or _state(objects.look_up(head.oid, change.path)) != change.new
    ]
    note(git_dir(top), paths, afresh=True)
    return paths


def _state(entry: Entry | None) -> tuple[str, str] | None:
    return entry.state if entry else None
