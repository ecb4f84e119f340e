"""`guard handoff`: draft, check and show what a session leaves behind."""

import json
import os
import sys
from collections.abc import Callable

import click

from guard.commands.handoff_draft import draft, require_session
from guard.commands.handoff_write import write
from guard.commands.options import contract_option, format_option, output_option, time_limit_option
from guard.core.codes import CLOSING, NO_CONTRACT
from guard.core.errors import GuardError, UsageError
from guard.core.files import open_file
from guard.git.plumbing import here
from guard.git.repository import open_repository
from guard.git.worktrees import way_to
from guard.handoffs.sections import template
from guard.handoffs.values import Given
from guard.reports.for_others import for_others
from guard.reports.json import render as json_report
from guard.reports.output import rendered, wants_colour, write_file
from guard.reports.text import body
from guard.rules.facts import Facts
from guard.rules.report import Report
from guard.sessions.closing.account import account, as_table, headline, in_short, markdown, message
from guard.sessions.closing.rerun import with_reruns
from guard.verdict.reading import Ask
from guard.verdict.session import read_session
from guard.verdict.verdict import failed, verdict_and_facts

_LARGEST = 1 << 20  # bytes of FILE that are read: enough to see that it is too large
_EXAMPLES = """\b
Examples:
  guard handoff draft            write the handoff of this session, or write it again
  guard handoff write --help     write, fill in, check and commit it in one go
  guard handoff check            is it there, whole, current and true?
  guard handoff show             what it says, and what guard knows of it
"""
_TEMPLATE_EXAMPLE = """\b
Example:
  guard handoff template > notes.md
"""
_CHECK_EXAMPLES = """\b
Examples:
  guard handoff check                                     as the files are now, committed or not
  guard handoff check --branch                            as it is committed
  guard handoff check --rerun                             run the contract's commands again
  guard handoff check - --base origin/main --head HEAD    a pull request's text on standard input

\b
Exit status: 0 it holds, 1 it does not, 2 guard could not judge.
"""
_SHOW_EXAMPLES = """\b
Examples:
  guard handoff show --base main --head web > message && git merge --no-ff -F message web
  guard handoff show --format markdown    for a pull request
  guard handoff show --branch --format json
"""


def _which(function: Callable[..., int]) -> Callable[..., int]:
    for wrap in (
        contract_option("The handoff of this contract."),
        click.option(
            "--head",
            metavar="REV",
            help="Look at the commits up to REV, without a working tree (for CI).",
        ),
        click.option(
            "--base",
            metavar="REV",
            help="Compare with this base, and trust its contract. Default: as guard.toml says.",
        ),
        click.option("--branch", is_flag=True, help="Look at what is committed."),
        click.argument("file", required=False, type=click.Path()),
    ):
        function = wrap(function)
    return function


@click.group("handoff", epilog=_EXAMPLES)
def command() -> None:
    """Draft, check and show what a session leaves behind.

    That is changed files, changed behavior, commands, risks and follow-up work.
    """


command.add_command(draft)
command.add_command(write)


@command.command("template", epilog=_TEMPLATE_EXAMPLE, short_help="Print an empty handoff.")
@contract_option("Whose handoff. Default: this branch's.", "name", default="")
def printing(name: str) -> None:
    """Print an empty handoff, with hints as comments. `guard handoff draft` fills one in."""
    click.echo(template(name or _own_name()), nl=False)


@command.command(
    "check", epilog=_CHECK_EXAMPLES, short_help="Is the handoff there, whole, current and true?"
)
@_which
@click.option(
    "--rerun",
    "again",
    is_flag=True,
    help="Run the contract's commands again on the tip, and judge by that instead of by receipts.",
)
@time_limit_option()
@format_option("How to write the report.")
@output_option()
@click.pass_context
def checking(
    context: click.Context,
    /,
    *,
    again: bool,
    limit: int | None,
    form: str,
    output: str | None,
    **_: object,
) -> int:
    """Judge a handoff: is it whole, true and current, and are its commands proved?

    FILE is Markdown from elsewhere, - standard input. Without it, the handoff in this worktree is
    compared with the files as they are, committed or not; with --branch or --head only what is
    committed counts.

    With --rerun the commands that the contract on the base requires are run again, in a temporary
    checkout of the tip.
    """
    ask = _ask(context, committed=again)
    try:
        if again:
            ask = with_reruns(here(), ask, limit=limit or 0, say=_say)
        report, facts = verdict_and_facts(here(), ask, only=(*CLOSING, NO_CONTRACT))
        report = report.seen_from(_way(ask, report))
    except GuardError as error:
        # A program must not mistake an older report in the file for this one.
        if form != "text" or output:
            _deliver(rendered(form, [failed(ask, error)], together=False), output)
        raise
    if form == "text" and os.environ.get("PRE_COMMIT"):  # the hook guard-handoff
        report = for_others(report)
    _report(report, facts, form, output)
    return report.exit_code


@command.command(
    "show", epilog=_SHOW_EXAMPLES, short_help="Show what it says, and what guard knows of it."
)
@_which
@format_option("For a merge, a pull request or a program.", ("message", "markdown", "json"))
@click.pass_context
def showing(context: click.Context, /, *, form: str, **_: object) -> int:
    """Show a handoff with what guard knows of its claims.

    Use it as the message of the merge, as the text of a pull request (it can be judged again, for a
    comment in it tells which change it is about), or in another program.
    """
    ask = _ask(context)
    report, facts = verdict_and_facts(here(), ask, only=CLOSING)
    require_session(facts)
    about = account(facts, report)
    if form == "json":
        click.echo(json.dumps(as_table(about), indent=1))
        return 0
    if about.handoff is None:
        why = report.findings[0].message if report.findings else "there is no handoff"
        way = _way(ask, report)
        raise UsageError(why, hint=f"{way and f'{way} && '}guard handoff draft")
    click.echo(markdown(about) if form == "markdown" else message(about), nl=False)
    return 0


def _way(ask: Ask, report: Report) -> str:
    """Give what leads to the branch that was judged, if that is another one."""
    return way_to(open_repository(here()), report.branch) if ask.head else ""


def _say(line: str) -> None:
    click.echo(line, err=True)


def _own_name() -> str:
    try:
        return read_session(open_repository(here())).name or "NAME"
    except GuardError:  # a template needs no repository
        return "NAME"


def _ask(context: click.Context, *, committed: bool = False) -> Ask:
    """Raises UsageError for options that do not go together."""
    file, branch, base, head, contract = (
        context.params[name] for name in ("file", "branch", "base", "head", "contract")
    )
    for option, value in (
        ("--base", base),
        ("--head", head),
        ("--contract", contract),
        ("FILE", file),
    ):
        if value == "":
            hint = "leave it out or give it a value: guard handoff check --help"
            raise UsageError(f"{option} has an empty value", hint=hint)
    if branch and head is not None:
        hint = "choose one: guard handoff check --branch"
        raise UsageError("--branch and --head do not go together", hint=hint)
    scope = "branch" if branch or committed else "worktree"
    return Ask(
        scope if head is None else "range",
        base=base or "",
        head=head or "",
        contract=contract or "",
        closing=True,
        given=Given(_text_of(file), _path_of(file)) if file else None,
    )


def _text_of(file: str) -> bytes:
    """Raises UsageError if FILE is unreadable or a link."""
    if file == "-":
        return sys.stdin.buffer.read(_LARGEST)
    try:
        with open_file(file) as stream:
            return stream.read(_LARGEST)
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror}",
            hint="name a file, not a link, or - for standard input",
        ) from error


def _path_of(file: str) -> str:
    """The path of FILE in the repository, "" outside of it."""
    top = open_repository(here()).top if file != "-" else ""
    path = os.path.relpath(os.path.realpath(file), os.path.realpath(top)) if top else ""
    return "" if path.startswith("..") else path


def _report(report: Report, facts: Facts, form: str, output: str | None) -> None:
    about = account(facts, report)
    first = headline(about)
    to_file = output not in (None, "-")
    if form == "text":
        colour = not to_file and wants_colour(os.environ, terminal=sys.stdout.isatty())
        text = body(report, report.command("guard handoff check --format json"), colour=colour)
        text = "\n".join([*first, text])
    elif form == "json":
        text = json_report(report, {"handoff": in_short(about)})
    else:
        text = rendered(form, [report], together=False)
    _deliver(text, output)
    if to_file:
        click.echo(first[0])


def _deliver(text: str, output: str | None) -> None:
    if output not in (None, "-"):
        write_file(output or "", text)
    else:
        click.echo(text, nl=False, color=True)
