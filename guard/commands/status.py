"""`guard status`: who works here, who needs somebody, who is ready, who must talk to whom."""

import os
import shutil
import sys

import click

from guard.commands.options import format_option, output_option
from guard.core.errors import UsageError
from guard.core.names import show
from guard.git.plumbing import here
from guard.reports import status as text
from guard.reports import status_json
from guard.reports.output import wants_colour, write_file
from guard.rules.board import Board
from guard.sessions.status import look

_EPILOG = """\b
Examples:
  guard status                    a line for each session, those that need somebody first
  guard status --format json | jq '.sessions[] | select(.state == "ready") | .next'
  guard status --html status.html a page with hunks, merge order and handoffs, for a browser
  guard status --exit-code        for scripts

\b
Exit status: 0 whatever it shows. --exit-code: 1 a session is blocked or two conflict, 2 not all
could be judged.
"""


@click.command(epilog=_EPILOG)
@click.option(
    "--exit-code", "judged", is_flag=True, help="Say with the exit status whether all is well."
)
@click.option(
    "--html",
    "page",
    metavar="FILE",
    type=click.Path(),
    help="Write all of it, and more, as a page to FILE; - is standard output.",
)
@format_option("How to write it.", ("text", "json"))
@output_option("file")
def command(*, judged: bool, page: str | None, form: str, file: str | None) -> int:
    """Show all sessions on one screen: who needs somebody, who is ready, who meets whom.

    A session is a worktree as it is now, untracked files included, or a branch that an open
    contract claims. Each has its state, the files that it changes in and out of its contract, with
    whom it conflicts, and the command that it needs next. Nothing is changed.
    """
    if page is not None:
        if file or form != "text":
            hint = "guard status --html FILE"
            raise UsageError("--html takes neither --format nor --output", hint=hint)
        board = _write_page(page)
        return board.exit_code if judged else 0
    width = shutil.get_terminal_size((100, 24)).columns
    is_terminal = not file and bool(sys.stdout and sys.stdout.isatty())
    colour = not file and wants_colour(os.environ, terminal=is_terminal)
    board = look(here())
    if form == "json":
        written = status_json.render(board)
    else:
        written = text.render(board, width=width, colour=colour)
    if file and file != "-":
        write_file(file, written)
        click.echo(f"{text.headline(board)} · report in {show(file)}")
    else:
        click.echo(written, nl=False, color=True)
    return board.exit_code if judged else 0


def _write_page(file: str) -> Board:
    """Look at everything, and write a page about it."""
    from guard.reports.page import render  # 20 ms that a screen does without
    from guard.sessions.detail import look_closely

    detail = look_closely(here())
    written = render(detail)
    if file == "-":
        click.echo(written, nl=False, color=True)
    else:
        write_file(file, written)
        click.echo(f"{text.headline(detail.board)} · page in {show(file)}")
    return detail.board
