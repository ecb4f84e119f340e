"""`guard sessions`: a line for each session, for people and for scripts."""

from collections.abc import Iterator, Sequence

import click

from guard.commands.options import format_option
from guard.core.data import json_text
from guard.core.names import show
from guard.git.plumbing import here
from guard.git.repository import open_repository
from guard.reports.plain import as_json, utc
from guard.sessions.listing import Session, list_sessions

_EPILOG = """\b
Examples:
  guard sessions                                       name, state, branch and worktree of each
  guard sessions | awk '$2 == "integrated" {print $1}' those that can be finished
  guard sessions --format json
"""


@click.command(epilog=_EPILOG)
@format_option("How to write it.", ("text", "json"))
def command(*, form: str) -> None:
    """List the sessions of this repository: name, state, branch and worktree, a line each.

    A dash stands for what a session does not have. The states are working, integrated (the base has
    all of it), not-started (no branch and no worktree), standing, no-contract, missing (the folder
    of its worktree is not there) and error. No worktree is looked into: that is what guard
    conflicts does.
    """
    found = list_sessions(open_repository(here()))
    if form == "json":
        values = {"format": "guard-sessions-1", "sessions": [_values(one) for one in found]}
        click.echo(as_json(values), nl=False)
        return
    for line in _lines(found):
        click.echo(line)


def _lines(found: Sequence[Session]) -> Iterator[str]:
    rows = [
        [show(text) or "-" for text in (one.name, one.state, one.branch, one.worktree)]
        for one in found
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    for *cells, place in rows:
        padded = (f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True))
        yield "  ".join((*padded, place))


def _values(one: Session) -> dict[str, object]:
    return {
        "name": json_text(one.name),
        "state": one.state,
        "contract": one.contract or None,
        "branch": json_text(one.branch) or None,
        "worktree": json_text(one.worktree) or None,
        "head": one.head or None,
        "active": utc(one.active),
        "locked": one.locked,
        "why": json_text(one.why) or None,
    }
