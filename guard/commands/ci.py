"""`guard ci`: the gate. Judges the change that a CI system was started for, by what stands on the base."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

import click

from guard.ci.gate import Chosen, ask_for, mended, require_no_rights, told_by, with_default
from guard.commands.check_reports import report_option, targets, write_reports
from guard.commands.completion import contract_names
from guard.core.errors import GuardError, Incomplete, UsageError
from guard.git.plumbing import here
from guard.reports.output import FORMATS, rendered, wants_colour
from guard.rules.findings import Report
from guard.sessions.closing.rerun import with_reruns
from guard.verdict.reading import Ask
from guard.verdict.verdict import failed, verdict

_EPILOG = """\b
Examples:
  guard ci                                          in a job of a CI system, or on this branch
  guard ci --fetch                                  fetch what a shallow clone lacks first
  guard ci --report sarif=guard.sarif --report junit=guard.xml
  guard ci --base origin/main --head HEAD           in a system that guard does not know
  guard ci --rerun                                  in a job of its own: run what the contract on the base requires

\b
Exit status: 0 kept, 1 broken, 2 could not judge.
"""


class Wanted(NamedTuple):
    """The options of one call; None where an option with a value is absent."""

    base: str | None
    head: str | None
    branch: str | None
    author: str | None
    contract: str | None
    pull_request: str | None
    fetch: bool
    again: bool
    form: str
    also: tuple[str, ...]


@click.command("ci", epilog=_EPILOG)
@click.option(
    "--base",
    metavar="REV",
    help="Compare with this base, and trust what stands there, whatever the CI system says.",
)
@click.option(
    "--head", metavar="REV", help="Judge the commits up to REV, whatever the CI system says."
)
@click.option(
    "--branch",
    metavar="NAME",
    help="The name of the branch that is judged; contracts claim branches by it.",
)
@click.option("--author", metavar="LOGIN", help="Who made the change; contracts with actors ask.")
@click.option(
    "--contract",
    metavar="NAME",
    shell_complete=contract_names,
    help="Judge by this contract, whichever claims the branch.",
)
@click.option(
    "--pull-request",
    metavar="FILE",
    type=click.Path(),
    help="Judge this pull request, as GitHub's API gives it (JSON).",
)
@click.option(
    "--fetch",
    is_flag=True,
    help="Fetch the base as it is now, and what a shallow or partial clone lacks.",
)
@click.option(
    "--rerun",
    "again",
    is_flag=True,
    help="Run the commands that the contract on the base requires, on the head.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="How to print the report.",
)
@report_option()
@click.pass_context
def command(context: click.Context, /, **_: object) -> int:
    """Judge a pull request, in CI.

    Finds out where it runs: GitHub Actions, GitLab CI/CD, Azure Pipelines, Bitbucket Pipelines, CircleCI, Buildkite, Jenkins, or a plain
    shell. Policy and contracts are read from the base, as objects; nothing of the head is checked out or run, but with --rerun. docs/ci/
    has a workflow for each system.
    """
    wanted = Wanted(**context.params)
    also = targets(wanted.also)
    try:
        report = _judged(wanted)
    except GuardError as error:
        report = failed(
            Ask("range", contract=wanted.contract or "", branch=wanted.branch or ""), error
        )
        if wanted.form != "text":
            _print(report, wanted.form)
        write_reports(
            also, [report]
        )  # a reader of files must not take an older report for this one
        raise
    _print(report, wanted.form)
    write_reports(also, [report], headed=wanted.form == "text")
    return report.exit_code


def _judged(wanted: Wanted) -> Report:
    chosen = _chosen(wanted)
    system, event = told_by(os.environ, chosen)
    git = with_default(here(), event)
    if wanted.again:
        require_no_rights(event)
    try:
        ask = ask_for(git, event, chosen)
        return verdict(git, with_reruns(git, ask, say=_say) if wanted.again else ask)
    except Incomplete as error:
        raise mended(git, error, system, fetched=wanted.fetch) from error


def _say(line: str) -> None:
    click.echo(line, err=True)


def _chosen(wanted: Wanted) -> Chosen:
    """What a person chose. An empty value is a variable of a script that was never set: to go on without it would judge something else."""
    words = {
        name: value
        for name, value in wanted._asdict().items()
        if name in Chosen._fields and isinstance(value, str)
    }
    for name, value in words.items():
        if not value:
            option = "--" + name.replace("_", "-")
            raise UsageError(
                f"{option} has an empty value",
                hint=f"leave it out or give it one: guard ci {option} VALUE",
            )
    return Chosen(**words, fetch=wanted.fetch)


def _print(report: Report, form: str) -> None:
    colour = wants_colour(os.environ, terminal=bool(sys.stdout and sys.stdout.isatty()))
    click.echo(rendered(form, [report], together=False, colour=colour), nl=False, color=True)
