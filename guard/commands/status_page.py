"""`guard status --html`: all of it as a page, in a file or on standard output."""

import click

from guard.core.names import show
from guard.git.plumbing import Git
from guard.reports.output import write_file
from guard.reports.page import render
from guard.reports.status import headline
from guard.rules.board import Board
from guard.sessions.detail import look_closely


def write_page(git: Git, file: str, patience: float) -> Board:
    """Look at everything, write a page about it, and give what was seen.

    Raises GuardError if it cannot be seen or written.
    """
    detail = look_closely(git, patience)
    written = render(detail)
    if file == "-":
        click.echo(written, nl=False, color=True)
    else:
        write_file(file, written, "--html ~/all.html")
        click.echo(f"{headline(detail.board)} · page in {show(file)}")
    return detail.board
