"""`guard check`: whether the contract is kept. What is not plain to `check_judge` is read here."""

import click

from guard.commands.check_judge import Wanted, run
from guard.commands.options import (
    completed,
    contract_option,
    format_option,
    output_option,
    report_option,
)

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
    return run(Wanted(**context.params))
