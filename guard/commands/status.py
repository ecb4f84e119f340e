"""`guard status`: who works here, who needs somebody, who is ready, who must talk to whom."""

import os
import shutil
import sys
from contextlib import closing
from importlib import import_module

import click

from guard.commands.options import format_option, output_option, remote_option
from guard.core.errors import UsageError
from guard.core.names import show
from guard.git.objects import Objects
from guard.git.plumbing import here
from guard.git.repository import open_repository
from guard.reports import status as text
from guard.reports.output import wants_colour, write_file
from guard.rules.board import Board
from guard.sessions.scene import PATIENCE, set_scene

_EPILOG = """\b
Examples:
  guard status                    a line for each session, those that need somebody first
  guard status --watch            the same, drawn anew when something changes
  guard status --format json | jq '.sessions[] | select(.state == "ready") | .next'
  guard status --html ~/all.html  a page with hunks, merge order and handoffs, for a browser
  guard status --remote origin    also branches that others have pushed (git fetch first)
  guard status --exit-code        for scripts

\b
Exit status: 0 whatever it shows. --exit-code: 1 a session is blocked or two conflict, 2 not all
could be judged.
"""


@click.command(epilog=_EPILOG)
@click.option(
    "--watch",
    is_flag=True,
    help="Stay, and show what changes; needs the extra: pip install 'worktree-guard[watch]'.",
)
@click.option(
    "--patience",
    type=click.FloatRange(0.1, 3600),
    default=PATIENCE,
    show_default=True,
    metavar="SECONDS",
    help="Give a worktree up that does not answer for so long, as on a disk that is away.",
)
@click.option(
    "--exit-code", "judged", is_flag=True, help="Say with the exit status whether all is well."
)
@click.option(
    "--html",
    "target",
    metavar="FILE",
    type=click.Path(),
    help="Write all of it, and more, as a page to FILE; - is standard output.",
)
@remote_option("Also show the branches of this remote, as last fetched, that open contracts claim.")
@format_option("How to write it.", ("text", "json"))
@output_option("file")
def command(
    *,
    watch: bool,
    patience: float,
    judged: bool,
    target: str | None,
    remote: str,
    form: str,
    file: str | None,
) -> int:
    """Show all sessions on one screen: who needs somebody, who is ready, who meets whom.

    A session is a worktree as it is now, untracked files included, or a branch that an open
    contract claims. Each has its state, the files that it changes in and out of its contract, with
    whom it conflicts, and the command that it needs next. Nothing is changed.
    """
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
        asked = rest.Asked(remote=remote)
        board: Board = rest.whole(scene, objects, seen, patience, asked)
    early.clear()
    if form == "json":
        written = import_module("guard.reports.status_json").render(board)
    else:
        most = height if is_terminal else 0
        written = text.render(board, width=width, colour=colour, height=most)
    if file and file != "-":
        write_file(file, written)
        click.echo(f"{text.headline(board)} · report in {show(file)}")
    else:
        click.echo(written, nl=False, color=True)
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
        click.echo("\n".join(lines), color=True)
        self._lines = len(lines)

    def clear(self) -> None:
        """Take away what was shown (ECMA-48: CUU, CHA, ED)."""
        if self._lines:
            click.echo(f"\x1b[{self._lines}A\x1b[G\x1b[J", nl=False, color=True)
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
