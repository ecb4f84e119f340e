"""What `guard status` shows, and its plain words; `status.py` has all of them for Click."""

import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import closing
from importlib import import_module
from typing import NamedTuple

from guard.commands.plain import read, say
from guard.core.errors import UsageError
from guard.core.names import show
from guard.git.objects import Objects
from guard.git.plumbing import here
from guard.git.repository import open_repository
from guard.reports import status as text
from guard.reports.output import wants_colour, write_file
from guard.rules.between import Asked
from guard.rules.board import Board
from guard.sessions.scene import PATIENCE, set_scene

FLAGS = {"--exit-code": "judged", "--watch": "watch"}
VALUES = {"--html": "target", "--format": "form", "--output": "file"}


class Wanted(NamedTuple):
    """The options of one call; None where an option with a value is absent."""

    watch: bool = False
    patience: float = PATIENCE
    judged: bool = False
    target: str | None = None
    remote: str = ""
    form: str = "text"
    file: str | None = None


def plain(words: Sequence[str]) -> Wanted | None:
    """Read the words after `guard status`, as Click would; None if they are not plain."""
    found = read(words, FLAGS, VALUES)
    if found is None or found.get("form", "text") not in ("text", "json"):
        return None
    return Wanted(**found)


def run(wanted: Wanted) -> int:
    """Show all sessions and give the exit status. Raises GuardError where there is no base."""
    watch, patience, judged, target, remote, form, file = wanted
    is_terminal = not file and bool(sys.stdout and sys.stdout.isatty())
    colour = not file and wants_colour(os.environ, terminal=is_terminal)
    if watch:
        if judged or target is not None or file or form != "text" or remote:
            raise UsageError("--watch shows a screen and nothing else", hint="guard status --watch")
        return _watch(patience, colour=colour)
    if target is not None:
        if file or form != "text" or remote:
            hint = "guard status --html ~/all.html"
            message = "--html takes neither --format nor --output nor --remote"
            raise UsageError(message, hint=hint)
        module = import_module("guard.commands.status_page")
        shown: Board = module.write_page(here(), target, patience)
        return shown.exit_code if judged else 0
    width, height = shutil.get_terminal_size((100, 24))
    early = _Early(width, height, colour=colour)
    redraws = is_terminal and form == "text" and os.environ.get("TERM") != "dumb"
    seen = early.seen if redraws else None
    repository = open_repository(here())
    with closing(Objects(repository.git)) as objects:
        scene = set_scene(repository, objects)
        if seen:
            seen(scene.board(scene.named()))
        rest = import_module("guard.sessions.status")  # the names are there before it is loaded
        board: Board = rest.whole(scene, objects, seen, patience, Asked(remote=remote))
    early.clear()
    if form == "json":
        written = import_module("guard.reports.status_json").render(board)
    else:
        most = height if is_terminal else 0
        written = text.render(board, width=width, colour=colour, height=most)
    if file and file != "-":
        write_file(file, written)
        say(f"{text.headline(board)} · report in {show(file)}\n")
    else:
        say(written)
    return board.exit_code if judged else 0


class _Early:
    """Shows on a terminal what is known before all is; it is cleared for what comes."""

    def __init__(self, width: int, height: int, *, colour: bool) -> None:
        self._width = width
        self._most = height - 2
        self._colour = colour
        self._lines = 0

    def seen(self, board: Board) -> None:
        """Show the table, as far as it fits the terminal."""
        lines = text.names(board, width=self._width, most=self._most, colour=self._colour)
        self.clear()
        say("\n".join([*lines, ""]))
        self._lines = len(lines)

    def clear(self) -> None:
        """Take away what was shown (ECMA-48: CUU, CHA, ED)."""
        if self._lines:
            say(f"\x1b[{self._lines}A\x1b[G\x1b[J")
        self._lines = 0


def _watch(patience: float, *, colour: bool) -> int:
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout and sys.stdout.isatty()):
        raise UsageError("--watch needs a terminal", hint="guard status")
    try:
        module = import_module("guard.commands.status_watch")  # its libraries are an extra
    except ImportError as error:
        raise UsageError(
            f"--watch needs {error.name}, which is not installed",
            hint="pip install 'worktree-guard[watch]'",
        ) from error
    status: int = module.watch(here(), patience, colour=colour)
    return status
