"""Names a coding agent whose hooks did not start guard in the conversation that commits or pushes.

Claude Code, Gemini CLI and Copilot read a worktree's settings only where they are started, so below
its top they ask nobody, and say nothing.
"""

import glob
import os
import sys

from guard.changes.starts_guard import AGENTS
from guard.core.files import read_head
from guard.core.names import ALPHANUMERICS
from guard.git.locate import common_dir, linked_dirs, top_of
from guard.githooks import CONVERSATIONS

_LARGEST = 1 << 20
_LETTERS = ALPHANUMERICS | frozenset("-_")


def tell_unasked() -> None:
    """Print which agent did not ask guard although its settings here start it; never fails."""
    top = top_of(os.getcwd())
    for variable, agent in CONVERSATIONS.items():
        conversation = os.environ.get(variable, "")
        if conversation and _starts_guard(agent, top) and not _is_noted(conversation, top):
            name = AGENTS[agent][0]
            print(
                f"guard: {name} did not ask guard in this session: what it wrote was not judged "
                f"before\n  next: guard agent selftest {agent}   # tells where it must be started",
                file=sys.stderr,
            )


def _starts_guard(agent: str, top: str) -> bool:
    wanted = f"guard agent {agent}".encode()
    folders = (top, os.path.dirname(common_dir(top)))
    files = [os.path.join(folder, file) for folder in folders for file in AGENTS[agent][1:]]
    found = [path for file in files for path in glob.glob(file)]
    return any(wanted in read_head(path, _LARGEST) for path in found)


def _is_noted(conversation: str, top: str) -> bool:
    """Whether guard has answered it in any worktree: each answer at a start leaves a note."""
    name = "".join(char for char in conversation if char in _LETTERS)
    shared = common_dir(top)
    places = (shared, *linked_dirs(shared))
    notes = (os.path.join(place, "guard", "sessions", f"{name}.json") for place in places)
    return any(os.path.lexists(note) for note in notes)
