"""`guard check`: whether the contract is kept."""

import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

import click

from guard.commands.options import (
    completed,
    contract_option,
    format_option,
    output_option,
    report_option,
)
from guard.core.errors import GuardError, NotAdopted, UsageError
from guard.core.names import show
from guard.git.plumbing import here
from guard.reports.output import (
    rendered,
    targets,
    wants_colour,
    write_file,
    write_reports,
)
from guard.reports.text import headline, headline_all
from guard.rules.between import Beside, Picture
from guard.rules.facts import Facts
from guard.rules.findings import Failure
from guard.rules.report import Report
from guard.verdict.opening import Sources
from guard.verdict.reading import Ask
from guard.verdict.verdict import failed, verdict

_EPILOG = """\b
Examples:
  guard check                                       this worktree
  guard check --staged                              what the next commit holds
  guard check --branch --format json                what is committed, as JSON
  guard check --base origin/main --head HEAD        a pull request, in CI
  guard check --all                                 every worktree

\b
Exit status: 0 kept, 1 broken, 2 could not judge. --all: the highest.
"""


class Wanted(NamedTuple):
    """The options of one call; None where an option with a value is absent."""

    staged: bool
    branch: bool
    base: str | None
    head: str | None
    contract: str | None
    everywhere: bool
    form: str
    file: str | None
    quiet: bool
    also: tuple[str, ...]


@click.command(epilog=_EPILOG)
@click.option(
    "--staged", is_flag=True, help="Judge what the next commit holds: HEAD against the index."
)
@click.option(
    "--branch",
    is_flag=True,
    help="Judge what is committed: the merge base with the base against the branch's tip.",
)
@click.option(
    "--base",
    metavar="REV",
    shell_complete=completed("branch_names"),
    help="Compare with this base, and trust its policy and contracts. Default: as guard.toml says.",
)
@click.option(
    "--head",
    metavar="REV",
    shell_complete=completed("branch_names"),
    help="Judge the commits up to REV, without a working tree (for CI).",
)
@contract_option("Judge by this contract, whichever claims the branch.")
@click.option(
    "--all",
    "everywhere",
    is_flag=True,
    help="Judge every worktree of this repository by its own contract.",
)
@format_option("How to write the report.")
@output_option("file")
@report_option()
@click.option(
    "-q",
    "--quiet",
    is_flag=True,
    help="Print nothing if the contract is kept, one line if it is broken.",
)
@click.pass_context
def command(context: click.Context, /, **_: object) -> int:
    """Judge a change set against its contract.

    Without --staged, --branch or --head it judges the worktree: everything since the branch left
    the base, committed or not, untracked files included.
    """
    wanted = Wanted(**context.params)
    also = targets(wanted.also)
    reports, bugs = _judged(wanted)
    between = _between(wanted) if wanted.everywhere else None
    _deliver(reports, wanted, between)
    headed = wanted.form == "text" and not wanted.quiet and wanted.file in (None, "-")
    together = wanted.everywhere
    write_reports(also, reports, _say, together=together, headed=headed, between=between)
    _sum_up(reports, wanted, between)
    for bug in bugs:
        raise bug
    return max(_status(between), *(report.exit_code for report in reports))


def _between(wanted: Wanted) -> Picture | Failure | None:
    """What is between the sessions, of their tips with --branch; nobody compares indexes."""
    if wanted.staged:
        return None
    from guard.sessions.between.answers import untold
    from guard.sessions.between.comparing import Asked, compare_all

    asked = Asked(committed=wanted.branch, base=wanted.base or "")
    try:
        return compare_all(here(), asked, untold)
    except NotAdopted:  # each worktree says so
        return None
    except GuardError as error:
        return Failure(error.message, error.hint)


def _status(between: Picture | Failure | None) -> int:
    """A conflict between sessions is a warning: 0, unless the policy makes something an error."""
    if between is None:
        return 0
    if isinstance(between, Failure) or between.verdict == "undecided":
        return 2
    return int(between.is_raised)


def _judged(wanted: Wanted) -> tuple[Sequence[Report], Sequence[BaseException]]:
    ask = Ask()
    try:
        ask = _ask(wanted)
        if wanted.everywhere:
            from guard.sessions.all_worktrees import judge_all

            return judge_all(ask)
        if ask.head:
            return [_from_here(verdict(here(), ask))], []
        if ask.scope == "worktree":
            ask = ask._replace(beside=_beside)
        return [verdict(here(), ask)], []
    except GuardError as error:
        report = failed(ask, error)
        # readers of a file must not take an older report for this one
        if wanted.form != "text" or wanted.file:
            _deliver([report], wanted)
        write_reports(targets(wanted.also), [report], _say)
        raise


def _from_here(report: Report) -> Report:
    """What is to be done on another branch is done where that is checked out."""
    if not report.findings and not report.notes:
        return report
    from guard.git.repository import open_repository
    from guard.git.worktrees import way_to

    return report.seen_from(way_to(open_repository(here()), report.branch))


def _beside(sources: Sources, facts: Facts) -> Beside:
    """What lies around; whoever works alone does not wait for a comparison."""
    from guard.sessions.between.company import has_company, open_sessions  # git works meanwhile

    if not has_company(sources, facts):
        return Beside(open_sessions(sources), pairs=())
    from guard.sessions.between.beside import around_and_between

    return around_and_between(sources, facts)


def _ask(wanted: Wanted) -> Ask:
    _require_values(wanted)
    scopes = {}
    if wanted.staged:
        scopes["--staged"] = "staged"
    if wanted.branch:
        scopes["--branch"] = "branch"
    if wanted.head is not None:
        scopes["--head"] = "range"
    if len(scopes) > 1:
        raise UsageError(
            f"{' and '.join(scopes)} do not go together",
            hint="choose one: guard check --staged, guard check --branch, "
            "or guard check --base main --head REV",
        )
    if wanted.everywhere and (wanted.head or wanted.contract):
        alone = "--head" if wanted.head else "--contract"
        raise UsageError(
            f"--all judges every worktree by its own contract, so {alone} does not go with it",
            hint="--all goes with --staged, --branch and --base; "
            "for example: guard check --all --branch",
        )
    if wanted.quiet and wanted.form != "text" and not wanted.file:
        hint = f"name a file: guard check --quiet --format {wanted.form} --output FILE"
        raise UsageError(f"--quiet and --format {wanted.form} do not go together", hint=hint)
    return Ask(
        next(iter(scopes.values()), "worktree"),
        base=wanted.base or "",
        head=wanted.head or "",
        contract=wanted.contract or "",
    )


def _require_values(wanted: Wanted) -> None:
    """An empty value is usually an unset variable; ignoring it would judge the wrong thing."""
    for option, value in (
        ("--base", wanted.base),
        ("--head", wanted.head),
        ("--contract", wanted.contract),
        ("--output", wanted.file),
    ):
        if value == "":
            hint = f"leave it out or give it a value: guard check {option} VALUE"
            raise UsageError(f"{option} has an empty value", hint=hint)


def _deliver(
    reports: Sequence[Report], wanted: Wanted, between: Picture | Failure | None = None
) -> None:
    file = "" if wanted.file == "-" else wanted.file
    is_terminal = bool(sys.stdout and sys.stdout.isatty())
    colour = not file and wants_colour(os.environ, terminal=is_terminal)
    together = wanted.everywhere
    text = rendered(wanted.form, reports, together=together, colour=colour, between=between)
    if file:
        write_file(file, text)
    elif not wanted.quiet:
        _say(text)


def _say(text: str) -> None:
    click.echo(text, nl=False, color=True)


def _sum_up(
    reports: Sequence[Report], wanted: Wanted, between: Picture | Failure | None = None
) -> None:
    fine = not _status(between) and all(report.verdict == "kept" for report in reports)
    if wanted.quiet and fine:
        return
    elsewhere = wanted.file not in (None, "-")
    if wanted.quiet or elsewhere:
        line = headline_all(reports) if wanted.everywhere else headline(reports[0])
        click.echo(f"{line} · report in {show(wanted.file or '')}" if elsewhere else line)
    if _status(between) and (wanted.quiet or elsewhere or wanted.form not in ("text", "json")):
        told = rendered("text", [], together=True, between=between).partition("\n\n")[2]
        click.echo(told.partition("\n")[0], err=True)
