"""Options that several commands share."""

from collections.abc import Callable, Collection
from typing import Any

import click

from guard.commands.completion import contract_names
from guard.reports.output import FORMATS

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def contract_option(text: str, *names: str, default: str | None = None) -> Decorator:
    """`--contract NAME`, with the names of contracts for completion."""
    return click.option(
        "--contract",
        *names,
        default=default,
        metavar="NAME",
        shell_complete=contract_names,
        help=text,
    )


def format_option(text: str, forms: Collection[str] = FORMATS) -> Decorator:
    """`--format`, as `form`; the first of `forms` is the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(list(forms)),
        default=next(iter(forms)),
        show_default=True,
        help=text,
    )


def output_option(*names: str) -> Decorator:
    """`--output FILE`."""
    return click.option(
        "--output",
        *names,
        metavar="FILE",
        type=click.Path(),
        help="Write the report to FILE, and one line to standard output.",
    )


def report_option() -> Decorator:
    """Give the option `--report FORMAT=FILE`; `guard.reports.output.targets` reads its value."""
    formats = ", ".join(FORMATS)
    text = f"Also write the report to FILE as {formats}; - is standard output. Repeatable."
    return click.option("--report", "also", metavar="FORMAT=FILE", multiple=True, help=text)
