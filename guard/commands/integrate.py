"""`guard integrate`: a local merge queue for sessions that are done."""

import os
import shutil
import sys

import click

from guard.commands import integrate_shown as shown
from guard.commands.completion import branch_names, contract_names
from guard.commands.options import format_option
from guard.core.errors import UsageError
from guard.core.names import show
from guard.git.plumbing import here
from guard.git.repository import Repository, open_repository
from guard.receipts.receipt import Receipt
from guard.reports.output import wants_colour
from guard.sessions.closing.apart import told
from guard.sessions.integrating import journal
from guard.sessions.integrating.integrate import Wanted, integrate
from guard.sessions.integrating.landing import recover, undo

_EPILOG = """\b
Examples:
  guard integrate --check          which sessions could be integrated; changes nothing
  guard integrate                  those that are done, in the order that merges cleanly
  guard integrate web api          these two, in this order
  guard integrate --push           the base goes to its remote, too
  guard integrate --branch next    the result is the branch next, for a protected base
  guard integrate --undo           take the last one back

\b
Exit status: 0 all integrated, 1 something was left out or did not move, 2 could not judge.
"""


@click.command(epilog=_EPILOG)
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=contract_names)
@click.option("--check", is_flag=True, help="Only look: run no command, change nothing.")
@click.option("--all-or-nothing", "whole", is_flag=True, help="Unless all are in, nothing moves.")
@click.option(
    "--branch",
    "to",
    metavar="NAME",
    shell_complete=branch_names,
    help="Put the result on this branch; the base stays.",
)
@click.option("--push", is_flag=True, help="Push the base, or that branch, to the base's remote.")
@click.option("--undo", "back", is_flag=True, help="Take the last integration back.")
@click.option(
    "--time-limit",
    "limit",
    type=click.IntRange(min=1),
    metavar="SECONDS",
    help="For each command. Default: as guard.toml says.",
)
@format_option("How to write what became of each session.", ("text", "json"))
def command(
    names: tuple[str, ...],
    *,
    to: str | None,
    back: bool,
    limit: int | None,
    form: str,
    **flags: bool,
) -> int:
    """Bring sessions that are done onto the base, one on top of the other.

    For each session guard judges its contract and its handoff, merges it apart from the repository,
    makes shared files anew, and runs the commands of guard.toml and of the contracts, as the base
    has them, on the merged tree. A session that fails is left out, with the reason and whom it
    fails together with; the rest goes on. At the end the base moves once, to exactly what was
    verified, and a checkout of it moves along. Without NAME it is every session that is done.
    """
    repository = open_repository(here())
    if to == "":
        raise UsageError("--branch has an empty value", hint="guard integrate --branch NAME")
    if back:
        if names or to or any(flags.values()):
            raise UsageError("--undo goes alone", hint="guard integrate --undo")
        return _undone(repository)
    wanted = Wanted(names, to=to or "", limit=limit or 0, **flags)
    if wanted.check and (wanted.to or wanted.push):
        raise UsageError(
            "--check changes nothing, so --branch and --push do not go with it",
            hint="guard integrate --check",
        )
    result = integrate(repository, wanted, _tell)
    if form == "json":
        click.echo(shown.as_text(result), nl=False)
        return result.exit_code
    width = shutil.get_terminal_size((100, 24)).columns
    is_terminal = bool(sys.stdout and sys.stdout.isatty())
    colour = wants_colour(os.environ, terminal=is_terminal)
    for line in shown.lines(result, width=width, colour=colour):
        click.echo(line, color=True)
    return result.exit_code


def _tell(line: str, receipt: Receipt | None) -> None:
    for text in told(line, receipt, "runs"):
        click.echo(text, err=True)


def _undone(repository: Repository) -> int:
    with journal.alone(repository):
        for line in recover(repository):
            click.echo(f"note: {show(line)}")
        note = undo(repository)
    names = show(", ".join(note.names))
    if note.to:
        click.echo(f"removed the branch {show(note.to)}; {names} are as they were")
        return 0
    click.echo(f"{show(note.base)} is at {note.old[:12]} again, without {names}")
    return 0
