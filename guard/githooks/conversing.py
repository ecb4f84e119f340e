"""What a coding agent that commits or pushes is told besides the verdict, by its conversation.

It is told the way back to its contract's branch, and named if its hooks did not start guard. Claude
Code, Gemini CLI and Copilot read a worktree's settings only where they are started, so below its
top they ask nobody, and say nothing.
"""

import glob
import os
import sys

from guard.changes.starts_guard import AGENTS
from guard.core.files import read_head
from guard.git.conversations import bound_by, note_file
from guard.git.locate import common_dir, linked_dirs, top_of
from guard.githooks import CONVERSATIONS
from guard.sessions.way_back import way_back

_LARGEST = 1 << 20


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


def tell_way_back() -> None:
    """Print the way back if a conversation is not on its contract's branch; never fails."""
    top = top_of(os.getcwd())
    for variable in CONVERSATIONS:
        conversation = os.environ.get(variable, "")
        bound = bound_by(top, conversation) if conversation else ""
        if bound and (told := way_back(top, bound)):
            print(told.replace("\n", "\n  "), file=sys.stderr)


def _starts_guard(agent: str, top: str) -> bool:
    wanted = f"guard agent {agent}".encode()
    folders = (top, os.path.dirname(common_dir(top)))
    files = [os.path.join(folder, file) for folder in folders for file in AGENTS[agent][1:]]
    found = [path for file in files for path in glob.glob(file)]
    return any(wanted in read_head(path, _LARGEST) for path in found)


def _is_noted(conversation: str, top: str) -> bool:
    """Whether guard has answered it in any worktree: each answer at a start leaves a note."""
    shared = common_dir(top)
    places = (shared, *linked_dirs(shared))
    return any(os.path.lexists(note_file(place, conversation)) for place in places)
