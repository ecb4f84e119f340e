"""`guard integrate`: a local merge queue for sessions that are done."""

import os
import shutil
import sys
from collections.abc import Sequence

import click

from guard.commands import integrate_shown as shown
from guard.commands.options import completed, format_option, time_limit_option
from guard.core.errors import UsageError
from guard.core.names import shell_quote, show
from guard.git.plumbing import here
from guard.git.repository import Repository, open_repository
from guard.receipts.receipt import Receipt
from guard.reports.output import wants_colour
from guard.sessions.closing.apart import told
from guard.sessions.integrating import journal
from guard.sessions.integrating.integrate import Wanted, integrate
from guard.sessions.integrating.landing import recover, undo
from guard.sessions.integrating.resolving import abort, go_on, resolve

# What else it does: the least and the most names that it takes, and an example.
_VERBS = {
    "undo": (0, 0, "--undo"),
    "resolve": (1, 1, "--resolve NAME"),
    "go_on": (0, 1, "--continue [NAME]"),
    "abort": (0, 1, "--abort [NAME]"),
}
_EPILOG = """\b
Examples:
  guard integrate --check          which sessions could be integrated; changes nothing
  guard integrate                  those that are done, in the order that merges cleanly
  guard integrate web api          these two, in this order
  guard integrate --push           the base goes to its remote, too
  guard integrate --branch next    the result is the branch next, for a protected base
  guard integrate --undo           take the last one back
  guard integrate --resolve web    a worktree with the conflict of web, to be resolved
  guard integrate --continue       take the resolution, verify it, and move the base

\b
Exit status: 0 all integrated, 1 something was left out or did not move, 2 could not judge.
"""


@click.command(epilog=_EPILOG)
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=completed("session_names"))
@click.option("--check", is_flag=True, help="Only look: run no command, change nothing.")
@click.option("--all-or-nothing", "whole", is_flag=True, help="Unless all are in, nothing moves.")
@click.option(
    "--branch",
    "to",
    metavar="NAME",
    shell_complete=completed("branch_names"),
    help="Put the result on this branch; the base stays.",
)
@click.option("--push", is_flag=True, help="Push the base, or that branch, to the base's remote.")
@click.option("--undo", "undo", is_flag=True, help="Take the last integration back.")
@click.option(
    "--resolve", "resolve", is_flag=True, help="Open a worktree for the conflict of NAME."
)
@click.option("--continue", "go_on", is_flag=True, help="Take what was resolved there.")
@click.option("--abort", "abort", is_flag=True, help="Give that up, and remove the worktree.")
@time_limit_option()
@format_option("How to write what became of each session.", ("text", "json"))
def command(
    names: tuple[str, ...],
    *,
    to: str | None,
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
    verbs = [name for name in _VERBS if flags.pop(name)]
    wanted = Wanted(names, to=to or "", limit=limit or 0, **flags)
    verb = _fitting(wanted, verbs, form)
    width = shutil.get_terminal_size((100, 24)).columns
    if verb == "undo":
        return _undone(repository)
    if verb == "resolve":
        return _opened(repository, names[0], width)
    if verb == "abort":
        return _given_up(repository, *names)
    if verb:
        result = go_on(repository, names[0] if names else "", wanted, _tell, _say)
    else:
        result = integrate(repository, wanted, _tell, _say)
    if form == "json":
        click.echo(shown.as_text(result), nl=False)
        return result.exit_code
    is_terminal = bool(sys.stdout and sys.stdout.isatty())
    colour = wants_colour(os.environ, terminal=is_terminal)
    for line in shown.lines(result, width=width, colour=colour):
        click.echo(line, color=True)
    _tell_of_trash()
    return result.exit_code


def _fitting(wanted: Wanted, verbs: Sequence[str], form: str) -> str:
    """Give the only one of `verbs`, "" for none. Raises UsageError if options do not fit."""
    if not verbs:
        if wanted.check and (wanted.to or wanted.push):
            raise UsageError(
                "--check changes nothing, so --branch and --push do not go with it",
                hint="guard integrate --check",
            )
        return ""
    verb, (least, most, example) = verbs[0], _VERBS[verbs[0]]
    others = (wanted.to, wanted.push, wanted.limit, form != "text")
    others = (wanted.check, wanted.whole, *(others if verb != "go_on" else ()))
    if len(verbs) > 1 or any(others):
        raise UsageError(f"{example.split()[0]} goes alone", hint=f"guard integrate {example}")
    if not least <= len(wanted.names) <= most:
        count = "one name" if most else "no name"
        raise UsageError(f"{example.split()[0]} takes {count}", hint=f"guard integrate {example}")
    return verb


def _opened(repository: Repository, name: str, width: int) -> int:
    opened = resolve(repository, name, _say)
    place = opened.place
    click.echo(f"{show(place.name)} is being merged in {show(place.path)}")
    for line in shown.conflict(opened.outcome, width):
        click.echo(line)
    for path in opened.solved:
        click.echo(f"  {show(path)} is solved as it was before (git rerere); look at it")
    click.echo(f"next: cd {shell_quote(place.path)}   # resolve, and git add what you resolved")
    click.echo("then: guard integrate --continue   # or --abort")
    return 0


def _given_up(repository: Repository, name: str = "") -> int:
    place, step = abort(repository, name)
    click.echo(f"gave up the merge of {show(place.name)}; nothing else has changed")
    click.echo(f"next: {step}   # if that was a mistake")
    _tell_of_trash()
    return 0


def _tell_of_trash() -> None:
    if f"{os.sep}guard{os.sep}trash{os.sep}" in os.getcwd():
        click.echo("you are in a folder that is in the trash now: cd ..")


def _tell(name: str, line: str, receipt: Receipt | None) -> None:
    for text in told(line, receipt, f"{show(name)} runs"):
        click.echo(text, err=True)


def _say(text: str) -> None:
    click.echo(f"guard: {show(text)}", err=True)


def _undone(repository: Repository) -> int:
    with journal.alone(repository, "--undo"):
        for line in recover(repository):
            click.echo(f"note: {show(line)}")
        note = undo(repository)
    names = show(", ".join(note.names))
    if note.to:
        click.echo(f"removed the branch {show(note.to)}; {names} are as they were")
        return 0
    click.echo(f"{show(note.base)} is at {note.old[:12]} again, without {names}")
    return 0
