"""The text of an error, or of a bug ready to paste, when guard ends without a verdict."""

import os
import select
import sys
import traceback

from guard import __version__
from guard.core.disk import no_room
from guard.core.errors import GuardError, text_of
from guard.core.names import show
from guard.git.plumbing import here

_BUG = (
    "guard: this is a bug in guard, not in your work; no verdict was reached\n"
    "  hint: report it to the project that `pip show worktree-guard` names, with all of the text "
    "below; it contains your paths and names\n"
)


def error_text(error: Exception) -> str:
    """Give `guard: MESSAGE` with the hint below, for an error that is no bug; else ""."""
    if isinstance(error, GuardError):
        return text_of(error)
    full = no_room(error)
    return text_of(full) if full else ""


def bug_report(error: Exception, words: list[str]) -> str:
    """Give a report of a bug, with command, versions and traceback, safe for any terminal."""
    system = os.uname()
    facts = [
        f"guard {__version__}",
        f"Python {sys.version.split()[0]}",
        _git(),
        f"{system.sysname} {system.release} {system.machine}",
    ]
    command = " ".join(ascii(word) for word in ["guard", *words])
    trace = "".join(traceback.format_exception(error)).rstrip("\n").split("\n")
    lines = [_BUG, " · ".join(map(show, facts)), command, *map(show, trace)]
    return "\n".join(lines) + "\n"


def is_unread(error: Exception) -> bool:
    """Tell whether an output broke because its reader went away, as poll(2) says of a pipe."""
    if not isinstance(error, BrokenPipeError):
        return False
    poll = select.poll()
    for descriptor in (1, 2):
        poll.register(descriptor, 0)
    return bool(poll.poll(0))


def _git() -> str:
    try:
        return here().run("version").out.decode("utf-8", "surrogateescape").strip()
    except (GuardError, OSError):
        return "git: none that runs"
