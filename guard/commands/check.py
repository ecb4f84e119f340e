"""`guard check`: whether the contract is kept."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

import click

from guard.commands.check_reports import report_option, targets, write_reports
from guard.commands.completion import contract_names
from guard.core.errors import GitError, GuardError, UsageError
from guard.core.names import show
from guard.git.plumbing import Worktree, at, here, worktrees
from guard.git.repository import open_repository
from guard.reports.output import FORMATS, rendered, wants_colour, write_file
from guard.reports.text import headline, headline_all
from guard.rules.findings import Report
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
Exit status: 0 kept, 1 broken, 2 could not judge. Of --all the highest.
"""
_ORDER = ("broken", "error", "kept")
_STRETCH = 2  # threads a core: half of the time goes to waiting for git


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


class Judged(NamedTuple):
    """What came of a call: the reports, and bugs that kept a worktree from being judged, to be raised when all else is told."""

    reports: Sequence[Report]
    bugs: Sequence[BaseException] = ()


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
    help="Compare with this base, and trust what stands there. Default: as guard.toml says.",
)
@click.option(
    "--head", metavar="REV", help="Judge the commits up to REV, without a working tree (for CI)."
)
@click.option(
    "--contract",
    metavar="NAME",
    shell_complete=contract_names,
    help="Judge by this contract, whichever claims the branch.",
)
@click.option(
    "--all",
    "everywhere",
    is_flag=True,
    help="Judge every worktree of this repository by its own contract.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="How to write the report.",
)
@click.option(
    "--output",
    "file",
    metavar="FILE",
    type=click.Path(),
    help="Write the report to FILE, and one line to standard output.",
)
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

    Without --staged, --branch or --head it judges the worktree: everything since the branch left the base, committed or not,
    untracked files included.
    """
    wanted = Wanted(**context.params)
    also = targets(wanted.also)
    judged = _judged(wanted)
    _deliver(judged.reports, wanted)
    headed = wanted.form == "text" and not wanted.quiet and wanted.file in (None, "-")
    write_reports(also, judged.reports, together=wanted.everywhere, headed=headed)
    _sum_up(judged.reports, wanted)
    for bug in judged.bugs:
        raise bug
    return max(report.exit_code for report in judged.reports)


def _judged(wanted: Wanted) -> Judged:
    ask = Ask()
    try:
        ask = _ask(wanted)
        return _every_worktree(ask) if wanted.everywhere else Judged([verdict(here(), ask)])
    except GuardError as error:
        report = failed(ask, error)
        if (
            wanted.form != "text" or wanted.file
        ):  # a reader of files must not take an older report for this one
            _deliver([report], wanted)
        write_reports(targets(wanted.also), [report])
        raise


def _ask(wanted: Wanted) -> Ask:
    """What the options ask for. Raises UsageError where they do not go together."""
    _require_values(wanted)
    chosen = {
        "--staged": wanted.staged,
        "--branch": wanted.branch,
        "--head": wanted.head is not None,
    }
    scopes = [option for option, given in chosen.items() if given]
    if len(scopes) > 1:
        hint = "choose one: guard check --staged, guard check --branch, or guard check --base main --head REV"
        raise UsageError(f"{' and '.join(scopes)} do not go together", hint=hint)
    alone = [
        option
        for option, given in (("--head", wanted.head), ("--contract", wanted.contract))
        if given
    ]
    if wanted.everywhere and alone:
        hint = (
            "--all goes with --staged, --branch and --base; for example: guard check --all --branch"
        )
        raise UsageError(
            f"--all judges every worktree by its own contract, so {alone[0]} does not go with it",
            hint=hint,
        )
    if wanted.quiet and wanted.form != "text" and not wanted.file:
        hint = f"name a file: guard check --quiet --format {wanted.form} --output FILE"
        raise UsageError(f"--quiet and --format {wanted.form} do not go together", hint=hint)
    scope = (
        {"--staged": "staged", "--branch": "branch", "--head": "range"}[scopes[0]]
        if scopes
        else "worktree"
    )
    return Ask(
        scope, base=wanted.base or "", head=wanted.head or "", contract=wanted.contract or ""
    )


def _require_values(wanted: Wanted) -> None:
    """An empty value is a variable of a script that was never set: to go on without it would judge something else."""
    for option, value in (
        ("--base", wanted.base),
        ("--head", wanted.head),
        ("--contract", wanted.contract),
        ("--output", wanted.file),
    ):
        if value == "":
            raise UsageError(
                f"{option} has an empty value",
                hint=f"leave it out or give it one: guard check {option} VALUE",
            )


def _every_worktree(ask: Ask) -> Judged:
    """Judge all worktrees that have files, side by side; the worst verdict comes first. Raises GitError where there is none."""
    from concurrent.futures import ThreadPoolExecutor, wait

    places = _places()
    if not places:
        raise GitError(
            "this repository has no worktree",
            hint="git worktree add ../NAME BRANCH, or: guard check --base main --head BRANCH",
        )
    pool = ThreadPoolExecutor(_STRETCH * (os.cpu_count() or 1))
    try:
        jobs = [pool.submit(_report, ask, worktree) for worktree in places]
        wait(jobs)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    outcomes = [
        (worktree, job, job.exception()) for worktree, job in zip(places, jobs, strict=True)
    ]
    bugs = [bug for _, _, bug in outcomes if bug]
    reports = [
        _crashed(ask, worktree, bug) if bug else job.result() for worktree, job, bug in outcomes
    ]
    return Judged(sorted(reports, key=lambda report: _ORDER.index(report.verdict)), bugs)


def _places() -> list[Worktree]:
    """The worktrees with files. Of a submodule, and of a repository made with `--separate-git-dir`, git lists the git directory instead."""
    main, *linked = worktrees(here())
    if not main.bare and not os.path.lexists(os.path.join(main.path, ".git")):
        ours = open_repository(here())
        main = main._replace(
            path=(ours if ours.git_dir == ours.common_dir else open_repository(at(main.path))).top
            or main.path
        )
    return [worktree for worktree in (main, *linked) if not worktree.bare]


def _report(ask: Ask, worktree: Worktree) -> Report:
    """Judge one of several worktrees; an error becomes a report, so that it does not hide the others."""
    try:
        if worktree.missing:
            raise GitError("the folder of this worktree is gone", hint="git worktree prune")
        report = verdict(at(worktree.path), ask)
        if os.path.realpath(report.worktree) != os.path.realpath(
            worktree.path
        ):  # its `.git` is gone, and git found another one above it
            raise GitError(
                f"this folder is no worktree any more: git finds {report.worktree} from here",
                hint="git worktree repair",
            )
    except GuardError as error:
        return failed(ask._replace(branch=worktree.branch), error, worktree.path)
    return report._replace(worktree=worktree.path)


def _crashed(ask: Ask, worktree: Worktree, bug: BaseException) -> Report:
    error = GuardError(
        f"a bug in guard: {type(bug).__name__}", hint="the report below the verdicts says more"
    )
    return failed(ask._replace(branch=worktree.branch), error, worktree.path)


def _deliver(reports: Sequence[Report], wanted: Wanted) -> None:
    """Write the whole report where it was asked for."""
    file = "" if wanted.file == "-" else wanted.file
    colour = not file and wants_colour(
        os.environ, terminal=bool(sys.stdout and sys.stdout.isatty())
    )
    text = rendered(wanted.form, reports, together=wanted.everywhere, colour=colour)
    if file:
        write_file(file, text)
    elif not wanted.quiet:
        click.echo(text, nl=False, color=True)


def _sum_up(reports: Sequence[Report], wanted: Wanted) -> None:
    """Say the verdict in one line where the report itself was not printed."""
    elsewhere = wanted.file not in (None, "-")
    if wanted.quiet and all(report.verdict == "kept" for report in reports):
        return
    if wanted.quiet or elsewhere:
        line = headline_all(reports) if wanted.everywhere else headline(reports[0])
        click.echo(f"{line} · report in {show(wanted.file or '')}" if elsewhere else line)
