"""`guard uninstall`: removes guard's hooks and restores those that were there before."""

import click

from guard.core.names import show
from guard.git.plumbing import here
from guard.git.repository import open_repository
from guard.githooks.installing import uninstall
from guard.githooks.shims import HOOKS

_EPILOG = """\b
Examples:
  guard uninstall                     all of guard's hooks
  guard uninstall --hook pre-push     one of them
"""


@click.command(epilog=_EPILOG)
@click.option(
    "--hook",
    "hooks",
    metavar="NAME",
    type=click.Choice(HOOKS),
    multiple=True,
    help="Remove this hook alone; may be repeated.",
)
def command(*, hooks: tuple[str, ...]) -> int:
    """Remove guard's hooks, in this repository and all its worktrees.

    Only files that guard wrote are removed; guard recognises them by their first lines. A hook that
    was there before guard gets its place back. What hook managers start by their own settings
    (pre-commit, husky, lefthook) stays.
    """
    changed = uninstall(open_repository(here()), hooks)
    for hook, path, restored in changed:
        now = "is restored" if restored else "does not start guard any more"
        click.echo(f"{hook}: {show(path)} {now}")
    if not changed:
        click.echo("guard: there were no hooks of guard to remove")
    return 0
