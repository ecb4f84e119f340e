"""`guard run`: a command, and the proof that it ran."""

import json
import sys
from collections.abc import Iterator, Sequence

import click

from guard.commands.options import format_option
from guard.core.errors import UsageError, text_of
from guard.core.names import show
from guard.git.isolate import scratch
from guard.git.plumbing import here
from guard.git.repository import Repository, open_repository
from guard.git.trees import tree_on_disk
from guard.receipts.receipt import Receipt
from guard.receipts.running import NotStarted
from guard.receipts.sealed import as_values
from guard.receipts.store import latest, open_store
from guard.sessions.closing.recording import record
from guard.verdict.session import read_session

_EPILOG = """\b
Examples:
  guard run -- pytest -q tests       run it, and record that it ran and on which tree
  guard run -- sh -c 'make && make test'
  guard run --list                   what ran here lately
  guard run --list --format json

\b
Exit status: the command's own, 128 + n if signal n ended it; 127 if there is no such command,
126 if it cannot be run; 2 if nothing could be recorded, and then nothing was run.
"""
_MOST = 20  # receipts that --list shows; as JSON all are given
_MOST_PATHS = 5  # changed paths that are named
_DONE = {"A": "added", "D": "deleted"}


@click.command("run", epilog=_EPILOG, context_settings={"allow_interspersed_args": False})
@click.option(
    "--list",
    "listing",
    is_flag=True,
    help="List what ran in this repository lately, the latest first.",
)
@format_option("How to write the list.", ("text", "json"))
@click.argument("argv", nargs=-1, type=click.UNPROCESSED, metavar="[--] COMMAND...")
def command(argv: tuple[str, ...], *, listing: bool, form: str) -> int:
    """Run COMMAND, and keep a receipt: what ran, how it ended, and on which tree.

    Input, output, signals and exit status are COMMAND's own. It runs in the current directory,
    without the variables that git sets for hooks. The receipt of a command that passed proves it in
    the handoff as long as the files, uncommitted ones included, stay the same.
    """
    if listing and argv:
        hint = "guard run --list, or: guard run -- COMMAND"
        raise UsageError("--list takes no command", hint=hint)
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
        click.echo("guard: the command ran, but no receipt was kept", err=True)
        click.echo(text_of(recorded.trouble), nl=False, err=True)
    if recorded.receipt and recorded.receipt.before != recorded.receipt.after:
        click.echo(_change(recorded.receipt), err=True)
    return recorded.exit


def _change(receipt: Receipt) -> str:
    changes = [
        f"{show(path)} {_DONE.get(letter, 'changed')}"
        for letter, path in receipt.changed[:_MOST_PATHS]
    ]
    if len(receipt.changed) > _MOST_PATHS:
        changes.append("…")
    first = f"guard: the command changed the working tree: {', '.join(changes)}"
    if receipt.altered:
        return (
            f"{first}\n  so it proves nothing about the tree that it started on;"
            " if you want the change, run it again"
        )
    return (
        f"{first}\n  its new files count as changes from now on, unless an ignore rule covers them"
    )


def _list(repository: Repository, form: str) -> int:
    store = open_store(repository)
    receipts = latest(store, _MOST if form == "text" else sys.maxsize)
    tree = ""
    with scratch() as folder:
        if repository.top:
            tree = tree_on_disk(repository, folder, read_session(repository).handoff).tree
    if form == "json":
        rows = [
            {"id": receipt.id, **as_values(receipt), "sound": receipt.sound} for receipt in receipts
        ]
        table = {"format": "guard-receipts-1", "tree": tree or None, "receipts": rows}
        click.echo(json.dumps(table, indent=1))
        return 0
    lines = "\n".join(_rows(receipts, tree))
    click.echo(lines or "nothing was recorded yet\nnext: guard run -- COMMAND")
    return 0


def _rows(receipts: Sequence[Receipt], tree: str) -> Iterator[str]:
    for receipt in receipts:
        when = receipt.started[:19].replace("T", " ") + "Z"
        result = f"exit {receipt.exit:<3}  {receipt.took:>9}  {_tree(receipt, tree):14}"
        where = f" (in {show(receipt.directory)})" if receipt.directory else ""
        yield f"{when}  {result}  {show(receipt.line)}{where}"


def _tree(receipt: Receipt, tree: str) -> str:
    if not receipt.sound:
        return "edited"
    if tree and receipt.before == tree:
        return "changed it" if receipt.altered else "this tree"
    return f"tree {receipt.before[:9]}"
