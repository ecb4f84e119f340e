"""`guard doctor`: whether git starts guard where it should, in every worktree."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence

import click

from guard import __version__
from guard.commands.install import absent_wanted, does_start
from guard.core.names import show
from guard.git.plumbing import here
from guard.git.repository import open_repository
from guard.githooks.checkup import Guard, Trouble, examine, ways_of
from guard.githooks.places import Places, read_places
from guard.githooks.shims import HOOKS

_EPILOG = """\b
Examples:
  guard doctor                  what is wrong, and what to type
  guard doctor --format json    the same for programs

\b
Exit status: 0 all is well, 1 something is wrong, 2 it could not be found out.
"""


@click.command(epilog=_EPILOG)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="How to write the answer.",
)
def command(*, form: str) -> int:
    """Look whether the hooks that start guard are there and run, in every worktree of this repository.

    It finds hooks that are missing, switched off, shadowed by core.hooksPath, replaced by another program, not executable, older than this
    guard or without a guard to start, and worktrees that lie inside another one which does not ignore them. It changes nothing.
    """
    repository = open_repository(here())
    places = read_places(repository)
    guard = Guard(absent_wanted(repository), does_start, on_path=shutil.which("guard") is not None)
    troubles = examine(places, guard)
    click.echo(_json(places, troubles) if form == "json" else _text(places, troubles), nl=False)
    return 1 if troubles else 0


def _text(places: Places, troubles: Sequence[Trouble]) -> str:
    count = (
        f"{len(troubles)} trouble{'' if len(troubles) == 1 else 's'}" if troubles else "all is well"
    )
    lines = [
        f"guard: {count} · hooks in {_plural(len(places.places))} · git {places.version}, guard {__version__}"
    ]
    for trouble in troubles:
        where = f" in {show(trouble.worktree)}" if trouble.worktree else ""
        hook = (
            f"{trouble.hook.replace(' ', ', ')}{where}: "
            if trouble.hook
            else f"{show(trouble.worktree)}: "
        )
        lines += [f"{trouble.what}: {hook}{trouble.message}", f"  next: {trouble.next}"]
    return "".join(f"{line}\n" for line in lines if line)


def _plural(count: int) -> str:
    return f"{count} worktree" if count == 1 else f"{count} worktrees"


def _json(places: Places, troubles: Sequence[Trouble]) -> str:
    answer = {
        "format": "guard-doctor-1",
        "well": not troubles,
        "guard": __version__,
        "git": places.version,
        "worktrees": [
            {
                "path": show(place.path),
                "hooks": {hook: ways for hook in HOOKS if (ways := ways_of(places, place, hook))},
            }
            for place in places.places
        ],
        "troubles": [
            {
                "what": trouble.what,
                "hooks": trouble.hook.split(),
                "worktree": show(trouble.worktree) or None,
                "message": trouble.message,
                "next": trouble.next,
            }
            for trouble in troubles
        ],
    }
    return json.dumps(answer, ensure_ascii=False, indent=2) + "\n"
