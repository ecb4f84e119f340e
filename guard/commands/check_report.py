"""What `guard check` says: the report, its files, and one line where nobody sees the report."""

import os
import sys
from collections.abc import Sequence

from guard.commands.check_judge import Wanted
from guard.commands.plain import say
from guard.core.errors import GuardError
from guard.core.names import show
from guard.reports.output import rendered, targets, wants_colour, write_file, write_reports
from guard.reports.text import headline, headline_all
from guard.rules.between import Picture
from guard.rules.findings import Failure
from guard.rules.report import Report
from guard.verdict.reading import Ask
from guard.verdict.verdict import failed


def say_all(
    wanted: Wanted, reports: Sequence[Report], between: Picture | Failure | None = None
) -> None:
    """Write the reports, and what is `between` the sessions, as is `wanted`.

    Raises UsageError if a file cannot be written.
    """
    _deliver(reports, wanted, between)
    headed = wanted.form == "text" and not wanted.quiet and wanted.file in (None, "-")
    together = wanted.everywhere
    also = targets(wanted.also)
    write_reports(also, reports, say, together=together, headed=headed, between=between)
    _sum_up(reports, wanted, between)


def say_failure(wanted: Wanted, ask: Ask, error: GuardError) -> None:
    """Write that there is no verdict to the files: nobody must take an older report for this."""
    report = failed(ask, error)
    if wanted.form != "text" or wanted.file:
        _deliver([report], wanted)
    write_reports(targets(wanted.also), [report], say)


def status_between(between: Picture | Failure | None) -> int:
    """A conflict between sessions is a warning: 0, unless the policy makes something an error."""
    if between is None:
        return 0
    if isinstance(between, Failure) or between.verdict == "undecided":
        return 2
    return int(between.is_raised)


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
        say(text)


def _sum_up(
    reports: Sequence[Report], wanted: Wanted, between: Picture | Failure | None = None
) -> None:
    fine = not status_between(between) and all(report.verdict == "kept" for report in reports)
    if wanted.quiet and fine:
        return
    elsewhere = wanted.file not in (None, "-")
    if wanted.quiet or elsewhere:
        line = headline_all(reports) if wanted.everywhere else headline(reports[0])
        say(f"{line} · report in {show(wanted.file or '')}\n" if elsewhere else f"{line}\n")
    if status_between(between) and (
        wanted.quiet or elsewhere or wanted.form not in ("text", "json")
    ):
        told = rendered("text", [], together=True, between=between).partition("\n\n")[2]
        print(told.partition("\n")[0], file=sys.stderr)
