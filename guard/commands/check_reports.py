"""`--report FORMAT=FILE`, as often as one likes: further reports beside the one that is printed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

import click

from guard.core.errors import UsageError
from guard.reports.output import FORMATS, rendered, write_file
from guard.rules.findings import Report


class Target(NamedTuple):
    """A format, and the file that gets it; `-` is standard output."""

    form: str
    file: str


def report_option() -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give the option for a command; its value is what `targets` reads."""
    metavar = "FORMAT=FILE"
    text = (
        f"Also write the report to FILE as {', '.join(FORMATS)}; - is standard output. Repeatable."
    )
    return click.option("--report", "also", metavar=metavar, multiple=True, help=text)


def targets(words: Sequence[str]) -> list[Target]:
    """Read the values of `--report`. Raises UsageError for an unknown format, no file, or one file twice."""
    found: list[Target] = []
    for word in words:
        form, _, file = word.partition("=")
        if form not in FORMATS or not file:
            raise UsageError(
                f"--report {word!r} is not FORMAT=FILE",
                hint=f"write for example --report sarif=guard.sarif; FORMAT is {_forms()}",
            )
        if file != "-" and any(
            os.path.abspath(file) == os.path.abspath(other.file)
            for other in found
            if other.file != "-"
        ):
            raise UsageError(
                f"--report names {file} twice", hint="name another file for one of them"
            )
        found.append(Target(form, file))
    return found


def write_reports(
    wanted: Sequence[Target],
    reports: Sequence[Report],
    *,
    together: bool = False,
    headed: bool = False,
) -> None:
    """Write each report, whole or not at all; `headed` tells that standard output has the text already.

    Raises UsageError where one cannot be written; the others are written all the same.
    """
    failures: list[UsageError] = []
    for target in wanted:
        text = rendered(
            target.form, reports, together=together, headed=headed and target.file == "-"
        )
        if target.file == "-":
            click.echo(text, nl=False, color=True)
            continue
        try:
            _require_no_link(target.file)
            write_file(target.file, text)
        except UsageError as error:
            failures.append(error)
    for failure in failures:
        raise failure


def _forms() -> str:
    return ", ".join(FORMATS[:-1]) + f" or {FORMATS[-1]}"


def _require_no_link(file: str) -> None:
    """Refuse a relative path through a symbolic link: in a checkout the link may be the branch's, and lead anywhere."""
    folder = "" if os.path.isabs(file) else os.path.dirname(file)
    while folder:
        if os.path.islink(folder):
            raise UsageError(
                f"--report {file} leads through the symbolic link {folder}",
                hint="name the folder itself, from / on",
            )
        folder = os.path.dirname(folder)
