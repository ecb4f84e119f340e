"""What guard says when it ends without a verdict: the text of an error, or of a bug, ready to paste. Loaded only then."""

from __future__ import annotations

import errno
import os
import select
import sys
import traceback

from guard import __version__
from guard.core.errors import GuardError
from guard.core.names import show
from guard.git.plumbing import here

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_BUG = """\
guard: this is a bug in guard, not in your work; no verdict was reached
  hint: report it to the project that `pip show worktree-guard` names, with all of the text below; it shows paths and names of yours
"""


def told(error: Exception) -> str:
    """Give the text that explains an error which is not a bug, "" if it is one: `guard: MESSAGE`, and the hint on a line of its own."""
    if isinstance(error, GuardError):
        return text_of(error)
    if isinstance(error, OSError) and error.errno in _FULL:
        return text_of(
            GuardError(
                f"cannot write: {error.strerror}", hint="make room, and run the command again"
            )
        )
    return ""


def text_of(error: GuardError) -> str:
    """Give `guard: MESSAGE`, further lines of the message indented, and `  hint: …`; ends with a newline, safe for any terminal."""
    first, *others = error.message.split("\n")
    lines = [
        f"guard: {show(first)}",
        *(f"  {show(line.strip())}" for line in others if line.strip()),
    ]
    if error.hint:
        lines.append(f"  hint: {show(error.hint)}")
    return "\n".join(lines) + "\n"


def bug(error: Exception, words: list[str]) -> str:
    """Give a report of a bug, ready to paste: what ran, on what, and where it broke. Safe for any terminal."""
    facts = [
        f"guard {__version__}",
        f"Python {sys.version.split()[0]}",
        _git(),
        " ".join(os.uname()[:3:2]) + f" {os.uname().machine}",
    ]
    called = " ".join(ascii(word) for word in ["guard", *words])
    lines = "".join(traceback.format_exception(error)).rstrip("\n").split("\n")
    return (
        "\n".join(
            [
                _BUG,
                " · ".join(show(fact) for fact in facts),
                called,
                *(show(line) for line in lines),
            ]
        )
        + "\n"
    )


def is_unread(error: Exception) -> bool:
    """Whether an output broke because its reader went away: poll(2) says so of the writing end of a pipe."""
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
