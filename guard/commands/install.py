"""`guard install`: git's hooks for all worktrees of this repository, beside other hooks."""

import click

from guard.core.names import show
from guard.git.plumbing import here
from guard.git.repository import open_repository
from guard.githooks.installing import Installed, install, problems_of
from guard.githooks.program import Program
from guard.githooks.shims import HOOKS

_EPILOG = """\b
Examples:
  guard install                                the hooks that a session needs
  guard install --hook reference-transaction   one more: judges every way a branch can move
  guard install --hook pre-receive             on a server, in a bare repository
  guard doctor                                 see whether they all start
  guard uninstall                              remove them
"""


@click.command(epilog=_EPILOG)
@click.option(
    "--hook",
    "hooks",
    metavar="NAME",
    type=click.Choice(HOOKS),
    multiple=True,
    help="Install this hook alone; may be repeated.",
)
@click.option(
    "--as",
    "kind",
    type=click.Choice(("files", "config")),
    help="Files, or git's configuration (the default from git 2.54 on).",
)
def command(*, hooks: tuple[str, ...], kind: str | None) -> int:
    """Make git start guard before commits, merges and pushes, in all worktrees of this repository.

    A hook that exists already runs first, and `guard uninstall` restores it. Hooks that are up to
    date, or that start guard by themselves, are left alone, so you can repeat this at any time.
    guard.toml decides what a hook does if guard itself is gone: absent = "pass" or "block" under
    [hooks].

    Without --hook: pre-commit, pre-merge-commit, prepare-commit-msg, pre-push, post-checkout and
    post-rewrite.
    """
    repository = open_repository(here())
    installed = install(repository, hooks, kind or "")
    _print(installed)
    problems = problems_of(repository, installed)
    for problem in problems:
        where = f" in {show(problem.worktree)}" if problem.worktree else ""
        click.echo(f"{problem.what}: {problem.hook}{where}: {problem.message}", err=True)
        click.echo(f"  next: {problem.next}", err=True)
    return 1 if problems else 0


def _print(installed: Installed) -> None:
    if installed.hooks and not installed.written:
        click.echo(f"guard: {', '.join(installed.hooks)}: set up already")
    for hook, where, other in installed.written:
        more = "; the hook that was there runs first" if other == "first" else ""
        if other not in ("", "first"):
            more = f"; {other}, which runs it first"
        click.echo(f"{hook}: {show(where)}{more}")
    if installed.hooks and not installed.program.path:
        _print_why_path(installed.program)
    if installed.others:
        names = ", ".join(installed.others)
        click.echo(f"guard: {names}: started already by other hooks and settings")


def _print_why_path(program: Program) -> None:
    why = "no permanent guard was found"
    if program.passing:
        why = f"{show(program.passing)} is not recorded: {show(program.why_not)}"
    next_ = "install guard outside of the worktrees (pipx does), then: guard install"
    click.echo(f"guard: hooks start the guard on PATH; {why}\n  next: {next_}", err=True)
