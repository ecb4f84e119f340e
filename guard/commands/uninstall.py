"""`guard uninstall`: guard's hooks go, and what was there before comes back."""

from __future__ import annotations

import os

import click

from guard.core.names import show
from guard.git.plumbing import at, here
from guard.git.repository import open_repository
from guard.githooks.files import forget_judged, remove_hook, remove_setting
from guard.githooks.places import in_common_config, read_places
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
    help="Take away this hook alone; may be repeated.",
)
def command(*, hooks: tuple[str, ...]) -> int:
    """Take guard's hooks away, in this repository and all its worktrees.

    Only what guard wrote itself goes, known by its first lines. A hook that was there before guard is given its place back. What hook
    managers start by their own settings (pre-commit, husky, lefthook) is theirs and stays.
    """
    repository = open_repository(here())
    places = read_places(repository)
    config = os.path.join(repository.common_dir, "config")
    changed = []
    for hook in hooks or HOOKS:
        changed += [(hook, path) for path in remove_hook(places, hook)]
        if in_common_config(places, hook):
            remove_setting(places, config, hook)
            changed.append((hook, config))
    for hook, path in changed:
        restored = os.path.lexists(path) and path != config
        click.echo(
            f"{hook}: {show(path)} {'is again what it was' if restored else 'does not start guard any more'}"
        )
    if not changed:
        click.echo("guard: there was nothing of guard's to take away")
    if not hooks:
        forget_judged([open_repository(at(place.path)).git_dir for place in places.places])
    return 0
