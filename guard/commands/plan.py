"""`guard plan FILE`: whether work is split well, before anybody starts."""

import click

from guard.commands.options import format_option
from guard.core.names import shell_quote
from guard.git.plumbing import here
from guard.git.repository import open_repository
from guard.reports.plain import as_json
from guard.reports.planned import as_values, headline, stopping, telling
from guard.sessions.life.planning import examine, read_plan

_EPILOG = """\b
Examples:
  guard plan plan.toml           a table for each session: [web], and below it goal and owns
  guard plan .guard/contracts    the contract files of a folder
  guard start --plan plan.toml   starts them all

\b
Exit status: 0 nothing found, 1 something found, 2 could not judge all of it.
"""
_STATUS = {"clear": 0, "found": 1, "undecided": 2}


@click.command(epilog=_EPILOG)
@click.argument("path", metavar="FILE", type=click.Path())
@format_option("How to write it.", ("text", "json"))
def command(path: str, *, form: str) -> int:
    """Say what several sessions would meet, before any of them starts; nothing is made.

    That is: paths that two of them own, or that an open session owns; shared groups that they touch
    and nobody merges; more sessions than the policy wants; and files that mostly change together in
    the last 500 commits, but are given to two sessions.
    """
    planned = read_plan(path)
    plan = examine(open_repository(here()), planned)
    if form == "json":
        click.echo(as_json(as_values(plan)), nl=False)
        return _STATUS[plan.verdict]
    click.echo(headline(plan))
    stops = stopping(plan)
    found = [*stops, *telling(plan)]
    for line in found or ["nothing stands in the way"]:
        click.echo(line)
    go_on = f"guard start --plan {shell_quote(path)}"
    again = f"guard plan {shell_quote(path)}   # after the change"
    if found and not stops:
        again += f"; or all the same: {go_on}"
    click.echo(f"next: {again if found else go_on}")
    return _STATUS[plan.verdict]
