"""`guard conflicts`: which sessions would collide, with the base and with each other."""

import os
import shutil
import sys
import time
from threading import Timer
from typing import Self

import click

from guard.commands.options import format_option, output_option, remote_option
from guard.core.names import show
from guard.git.plumbing import here
from guard.reports import conflicts as text
from guard.reports import conflicts_json
from guard.reports.output import wants_colour, write_file
from guard.rules.between import Asked, Picture
from guard.sessions.between.comparing import compare_all

_EPILOG = """\b
Examples:
  guard conflicts                    every session with the base and with every other, as they are
  guard conflicts --committed        the tips of their branches alone
  guard conflicts --diff             also what both sides did there, and what for
  guard conflicts --order            also who can be integrated, in which order
  guard conflicts --remote origin    also branches that others have pushed (git fetch first)
  guard conflicts --format json

\b
Exit status: 0 no conflicts, 1 conflicts, 2 could not judge all of it.
"""
_PATIENCE = 1  # seconds before progress is told
_EVERY = 0.2  # seconds between two lines of it


@click.command(epilog=_EPILOG)
@click.option(
    "--committed",
    is_flag=True,
    help="Compare the tips of the branches; leave out what is not committed.",
)
@click.option("--diff", "patches", is_flag=True, help="Show the hunks of both sides.")
@click.option(
    "--order",
    is_flag=True,
    help="Find the largest set of sessions that merges cleanly one after another.",
)
@remote_option(
    "Also compare the branches of this remote, as last fetched, that open contracts claim."
)
@format_option("How to write it.", ("text", "json"))
@output_option("file")
def command(
    *,
    committed: bool,
    patches: bool,
    order: bool,
    remote: str,
    form: str,
    file: str | None,
) -> int:
    """Say which sessions would conflict, with the base and with each other.

    A session is a worktree as it is now, untracked files included, or a branch that an open
    contract claims. git's own merge decides about every pair that could meet; nothing is changed,
    and merge drivers are not run.
    """
    with _Progress() as progress:
        asked = Asked(committed, patches, order, remote=remote)
        picture = compare_all(here(), asked, progress.told)
    if form == "json":
        written = conflicts_json.render(picture)
    else:
        is_terminal = not file and bool(sys.stdout and sys.stdout.isatty())
        width = shutil.get_terminal_size((100, 24)).columns
        colour = not file and wants_colour(os.environ, terminal=is_terminal)
        written = text.render(picture, width=width, colour=colour)
    if file and file != "-":
        write_file(file, written)
        click.echo(f"{text.headline(picture)} · report in {show(file)}")
    else:
        click.echo(written, nl=False, color=True)
    return _status(picture)


def _status(picture: Picture) -> int:
    """What the policy makes an error counts, too."""
    if picture.verdict == "undecided":
        return 2
    return int(picture.verdict == "conflict" or picture.is_raised)


class _Progress:
    """Tells on a terminal what takes longer than a second, in one line that is cleared."""

    def __init__(self) -> None:
        self._text = ""
        self._next = 0.0
        self._timer = Timer(_PATIENCE, self._start)
        if sys.stderr and sys.stderr.isatty():
            self._timer.daemon = True
            self._timer.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._timer.is_alive():  # it may be telling just now
            self._timer.join()
        if self._next:
            click.echo("\r\x1b[K", nl=False, err=True, color=True)

    def told(self, what: str, done: int, total: int) -> None:
        """Hear what is being done, how much of it and of how much."""
        count = f" {done:,} of {total:,}" if total else ""
        self._text = f"{what}{count}"
        if self._next and time.monotonic() > self._next:
            self._start()

    def _start(self) -> None:
        self._next = time.monotonic() + _EVERY
        click.echo(f"\r\x1b[Kguard: {self._text} …", nl=False, err=True, color=True)
