"""`guard ci`: the gate. Judges the change that a CI system runs for, by the policy on its base."""

import os
import sys
from collections.abc import Mapping

import click

from guard.ci.event import Event
from guard.ci.gate import Chosen, judged, require_no_rights
from guard.ci.siblings import Siblings
from guard.commands.options import contract_option, format_option, report_option
from guard.core.errors import GuardError, UsageError
from guard.git.plumbing import Git, here
from guard.git.repository import open_repository
from guard.git.worktrees import way_to
from guard.reports.between import as_text
from guard.reports.output import rendered, targets, wants_colour, write_reports
from guard.rules.between import Picture
from guard.rules.findings import Failure
from guard.rules.report import Report
from guard.sessions.closing.rerun import with_reruns
from guard.verdict.reading import Ask
from guard.verdict.verdict import failed

_EPILOG = """\b
Examples:
  guard ci                                          in a job of a CI system, or on this branch
  guard ci --fetch                                  fetch what a shallow clone lacks first
  guard ci --report sarif=guard.sarif --report junit=guard.xml
  guard ci --base origin/main --head HEAD           in a system that guard does not know
  guard ci --siblings --fetch                       also other open branches: who meets whom
  guard ci --rerun                                  in a job of its own: run required commands

\b
Exit status: 0 kept, 1 broken, 2 could not judge.
"""


@click.command("ci", epilog=_EPILOG)
@click.option(
    "--base",
    metavar="REV",
    help="Compare with this base and trust its policy, whatever the CI system says.",
)
@click.option(
    "--head", metavar="REV", help="Judge the commits up to REV, whatever the CI system says."
)
@click.option(
    "--branch",
    metavar="NAME",
    help="The name of the branch to judge; contracts claim branches by it.",
)
@click.option(
    "--author", metavar="LOGIN", help="Who made the change; contracts with actors ask for it."
)
@contract_option("Judge by this contract, whichever claims the branch.")
@click.option(
    "--pull-request",
    metavar="FILE",
    type=click.Path(),
    help="Judge this pull request, as GitHub's API gives it (JSON).",
)
@click.option(
    "--fetch",
    is_flag=True,
    help="Fetch the current base, and what a shallow or partial clone lacks.",
)
@click.option(
    "--rerun",
    "again",
    is_flag=True,
    help="Run on the head what the contract on the base requires.",
)
@click.option(
    "--siblings",
    is_flag=True,
    help="Tell where the change meets other open branches of origin that contracts claim.",
)
@format_option("How to print the report.")
@report_option()
def command(
    *,
    fetch: bool,
    again: bool,
    siblings: bool,
    form: str,
    also: tuple[str, ...],
    **words: str | None,
) -> int:
    """Judge a pull request, in CI.

    Detects GitHub Actions, GitLab CI/CD, Azure Pipelines, Bitbucket Pipelines, CircleCI, Buildkite,
    Jenkins, or a plain shell. Policy and contracts are read from the base, as git objects; nothing
    of the head is checked out, or run without --rerun. docs/ci/ has a workflow for each system.
    """
    files = targets(also)
    others = Siblings(fetches=fetch) if siblings else None
    try:
        report = _judged(_chosen(words, fetch=fetch), others, again=again)
    except GuardError as error:
        ask = Ask("range", contract=words["contract"] or "", branch=words["branch"] or "")
        report = failed(ask, error)
        if form != "text":
            _print(report, form)
        # readers of a file must not take an older report for this one
        write_reports(files, [report], _say)
        raise
    between = others.found if others else None
    _print(report, form, between)
    headed = form == "text"
    if isinstance(between, Failure) and not headed:  # some formats have no place for it
        _tell(as_text(between, colour=False).rstrip("\n"))
    write_reports(files, [report], _say, headed=headed, others=True, between=between)
    return max(report.exit_code, 2 * bool(others and others.is_wrong))


def _judged(chosen: Chosen, others: Siblings | None, *, again: bool) -> Report:
    def completed(git: Git, event: Event, ask: Ask) -> Ask:
        if again:
            require_no_rights(event)
            ask = with_reruns(git, ask, say=_tell)
        return others.asked(git, event, ask) if others else ask

    report = judged(here(), os.environ, chosen, completed)
    if os.environ.get("CI") or not report.findings:
        return report
    return report.seen_from(way_to(open_repository(here()), report.branch))


def _chosen(words: Mapping[str, str | None], *, fetch: bool) -> Chosen:
    """Refuse empty values, usually unset shell variables: ignoring them judges wrongly."""
    for name, value in words.items():
        if value == "":
            option = "--" + name.replace("_", "-")
            hint = f"leave it out or give it a value: guard ci {option} VALUE"
            raise UsageError(f"{option} has an empty value", hint=hint)
    return Chosen(**{name: value or "" for name, value in words.items()}, fetch=fetch)


def _print(report: Report, form: str, between: Picture | Failure | None = None) -> None:
    colour = wants_colour(os.environ, terminal=bool(sys.stdout and sys.stdout.isatty()))
    text = rendered(form, [report], together=False, colour=colour, others=True, between=between)
    _say(text)


def _say(text: str) -> None:
    click.echo(text, nl=False, color=True)


def _tell(line: str) -> None:
    click.echo(line, err=True)
