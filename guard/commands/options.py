"""Options that several commands share."""

from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from typing import Any

import click

from guard.contracts.checks import mistakes_in
from guard.contracts.complaints import name_complaint
from guard.contracts.contract_keys import CONTRACT
from guard.contracts.mistakes import word_lines
from guard.core.errors import UsageError
from guard.reports.output import FORMATS

Values = dict[str, str | list[str] | bool]

_SINGULAR = {"branches": "branch", "actors": "actor"}
_OPTIONS = {key: f"--{_SINGULAR.get(key, key)}" for key in CONTRACT.keys}

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
Completer = Callable[[click.Context, click.Parameter, str], list[str]]


def completed(words: str) -> Completer:
    """Complete a word as the function `words` of `commands/completion.py` does.

    That module is loaded for a shell that asks, and for nobody else.
    """

    def complete(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
        completion = import_module("guard.commands.completion")
        found: list[str] = getattr(completion, words)(context, parameter, begun)
        return found

    return complete


def contract_option(text: str, *names: str, default: str | None = None) -> Decorator:
    """`--contract NAME`, with the names of contracts for completion."""
    return click.option(
        "--contract",
        *names,
        default=default,
        metavar="NAME",
        shell_complete=completed("contract_names"),
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


def remote_option(text: str) -> Decorator:
    """`--remote NAME`, "" without it. An empty value, usually an unset variable, is refused."""

    def required(ctx: click.Context, _: click.Parameter, value: str | None) -> str:
        if value == "":
            hint = f"{ctx.command_path} --remote origin"
            raise UsageError("--remote has an empty value", hint=hint)
        return value or ""

    return click.option("--remote", metavar="NAME", callback=required, help=text)


def time_limit_option() -> Decorator:
    """`--time-limit SECONDS`, as `limit`; 0 without it."""
    return click.option(
        "--time-limit",
        "limit",
        type=click.IntRange(min=1),
        metavar="SECONDS",
        help="For each command. Default: as guard.toml says.",
    )


def report_option() -> Decorator:
    """Give the option `--report FORMAT=FILE`; `guard.reports.output.targets` reads its value."""
    formats = ", ".join(FORMATS)
    text = f"Also write the report to FILE as {formats}; - is standard output. Repeatable."
    return click.option("--report", "also", metavar="FORMAT=FILE", multiple=True, help=text)


def given(options: Mapping[str, str | tuple[str, ...] | bool]) -> Values:
    """Give the values of a contract that the options say, by key."""
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in options.items()
        if value
    }


def require_sound(command: str, name: str, values: Values) -> None:
    """Raise UsageError if the options of `guard COMMAND` make no contract."""
    example = f'for example: guard {command} web --goal "Make the pages faster." --owns web/'
    complaint = name_complaint(name)
    if complaint:
        raise UsageError(f"NAME {complaint.problem}; expected {complaint.expected}", hint=example)
    if not values.get("owns") and not values.get("merges"):
        raise UsageError(
            "nothing is owned: --owns PATTERN (or --merges GROUP) is missing", hint=example
        )
    for key, value in values.items():
        words = "" if isinstance(value, bool) else "".join(value)
        if any("\ud800" <= char <= "\udfff" for char in words):
            raise UsageError(
                f"{_OPTIONS[key]} is not UTF-8, as TOML must be",
                hint="write ? for each byte of a name that is not UTF-8",
            )
    mistakes = mistakes_in(CONTRACT, values)
    if mistakes:
        lines = word_lines(mistakes, _OPTIONS)
        raise UsageError("\n".join(lines), hint=f"guard {command} --help")
