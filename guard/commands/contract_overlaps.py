"""`guard contract overlaps`: which two contracts can own the same path."""

import os
import shutil
import sys
import time

import click

from guard.commands.options import format_option, remote_option
from guard.git.plumbing import here
from guard.git.repository import open_repository
from guard.reports.output import wants_colour
from guard.reports.overlaps import as_text, as_values, exit_code
from guard.reports.plain import as_json
from guard.sessions.between.overlaps import compare_contracts

_EPILOG = """\b
Examples:
  guard contract overlaps
  guard contract overlaps --remote origin   # git fetch first
  guard contract overlaps --format json

\b
Exit status: 0 no two overlap, 1 some do, 2 some could not be compared.
"""


@click.command("overlaps", epilog=_EPILOG, short_help="Prove which two contracts can collide.")
@remote_option("Also compare contracts that only branches of this remote have, as last fetched.")
@format_option("How to write the output.", ("text", "json"))
def overlaps(remote: str, form: str) -> int:
    """Prove for every two open contracts that they own no common path, or show one.

    Every path that git can have counts, whether it exists yet or not. Contracts of standing and of
    integrated sessions take no paths and are left out.
    """
    compared = compare_contracts(open_repository(here()), remote)
    if form == "json":
        click.echo(as_json(as_values(compared)), nl=False)
        return exit_code(compared)
    is_terminal = bool(sys.stdout and sys.stdout.isatty())
    colour = wants_colour(os.environ, terminal=is_terminal)
    width = shutil.get_terminal_size((100, 24)).columns
    click.echo(as_text(compared, width, time.time(), colour=colour), nl=False, color=True)
    return exit_code(compared)
