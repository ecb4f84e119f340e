"""`guard run`: a command, and the proof that it ran."""

from __future__ import annotations

import json
import sys

import click

from guard.commands.run_text import listed, said
from guard.core.errors import UsageError
from guard.git.isolate import scratch
from guard.git.plumbing import here
from guard.git.repository import Repository, open_repository
from guard.git.trees import tree_on_disk
from guard.receipts.receipt import as_values
from guard.receipts.running import NotStarted
from guard.receipts.store import latest, open_store
from guard.reports.endings import text_of
from guard.sessions.closing.recording import record
from guard.verdict.contract import read_session

_EPILOG = """\b
Examples:
  guard run -- pytest -q tests       run it, and record that it ran and on which tree
  guard run -- sh -c 'make && make test'
  guard run --list                   what ran here lately
  guard run --list --format json

\b
Exit status: the command's own, 128 + n if signal n ended it; 127 if there is no such command, 126 if it cannot be run;
2 if nothing could be recorded, and then nothing was run.
"""
_MOST = 20  # receipts that --list shows; as JSON all are given


@click.command("run", epilog=_EPILOG, context_settings={"allow_interspersed_args": False})
@click.option(
    "--list",
    "listing",
    is_flag=True,
    help="List what ran in this repository lately, the latest first.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write the list.",
)
@click.argument("argv", nargs=-1, type=click.UNPROCESSED, metavar="[--] COMMAND...")
def command(argv: tuple[str, ...], *, listing: bool, form: str) -> int:
    """Run COMMAND, and keep a receipt: what ran, how it ended, and on which tree.

    Input, output, signals and exit status are COMMAND's own. It runs in the current directory, without what git tells its hooks. A
    receipt of a command that passed proves it in the handoff for as long as the files are the same; uncommitted ones count.
    """
    if listing and argv:
        raise UsageError(
            "--list takes no command", hint="guard run --list, or: guard run -- COMMAND"
        )
    repository = open_repository(here())
    if listing:
        return _list(repository, form)
    if not argv:
        raise UsageError("there is no command to run", hint="for example: guard run -- make test")
    return _run(repository, argv)


def _run(repository: Repository, argv: tuple[str, ...]) -> int:
    try:
        recorded = record(repository, argv)
    except NotStarted as error:
        click.echo(text_of(error), nl=False, err=True)
        return error.code
    if recorded.trouble:
        click.echo(
            "guard: the command ran, and no receipt of it was kept\n" + text_of(recorded.trouble),
            nl=False,
            err=True,
        )
    for line in said(recorded.receipt) if recorded.receipt else ():
        click.echo(line, err=True)
    return recorded.exit


def _list(repository: Repository, form: str) -> int:
    store = open_store(repository)
    receipts = latest(store, _MOST if form == "text" else sys.maxsize)
    with scratch() as folder:
        tree = (
            tree_on_disk(repository, folder, read_session(repository).handoff).tree
            if repository.top
            else ""
        )
    if form == "json":
        told = [
            {"id": receipt.id, **as_values(receipt), "sound": receipt.sound} for receipt in receipts
        ]
        click.echo(
            json.dumps(
                {"format": "guard-receipts-1", "tree": tree or None, "receipts": told}, indent=1
            )
        )
        return 0
    click.echo(
        "\n".join(listed(receipts, tree)) or "nothing was recorded yet\nnext: guard run -- COMMAND"
    )
    return 0
