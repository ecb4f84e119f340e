"""`guard install`: git's hooks for every worktree of this repository, beside whatever hooks there are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache

import click

from guard.core.errors import GuardError, UsageError
from guard.core.names import shell_quote, show
from guard.git.objects import Objects
from guard.git.plumbing import here
from guard.git.repository import Repository, open_repository
from guard.githooks.checkup import (
    JUDGING,
    Guard,
    back_to_own,
    examine,
    is_started_by_others,
    ways_of,
)
from guard.githooks.files import (
    Wish,
    Written,
    is_up_to_date,
    remove_hook,
    remove_setting,
    write_hook,
    write_setting,
)
from guard.githooks.places import (
    HookFile,
    Place,
    Places,
    file_of,
    foreign_folder,
    in_common_config,
    legacy_of,
    read_places,
)
from guard.githooks.program import Program, find_program
from guard.githooks.shims import DEFAULT, HOOKS
from guard.receipts.running import run_within, without_place
from guard.verdict.trust import Search, read_trust

_PATIENCE = 30.0  # seconds for a guard to say that it is there
_EPILOG = """\b
Examples:
  guard install                                the hooks that a session needs
  guard install --hook reference-transaction   one more: judges every way a branch can move
  guard install --hook pre-receive             on a server, in a bare repository
  guard doctor                                 see whether they all start
  guard uninstall                              take them away
"""


@click.command(epilog=_EPILOG)
@click.option(
    "--hook",
    "hooks",
    metavar="NAME",
    type=click.Choice(HOOKS),
    multiple=True,
    help="Set up this hook alone; may be repeated.",
)
@click.option(
    "--as",
    "kind",
    type=click.Choice(("files", "config")),
    help="Files, or git's configuration (the default from git 2.54 on).",
)
def command(*, hooks: tuple[str, ...], kind: str | None) -> int:
    """Have git start guard: before commits, merges and pushes, in every worktree of this repository.

    A hook that is there already goes on: it runs first, and comes back with `guard uninstall`. What is up to date, or starts guard by
    itself, is left alone, so this can be typed again at any time. What a hook does where guard itself is gone, guard.toml says:
    absent = "pass" or "block" under [hooks].

    Without --hook: pre-commit, pre-merge-commit, prepare-commit-msg, pre-push, post-checkout and post-rewrite.
    """
    repository = open_repository(here())
    places = read_places(repository)
    kind = kind or _usual(places)
    wanted = _wanted(places, hooks, kind)
    program = find_program([place.path for place in places.places], does_start)
    wish = Wish(program.path, absent_wanted(repository))
    written = (_configure if kind == "config" else _write_files)(repository, places, wanted, wish)
    _tell(written, wanted, program)
    others = [hook for hook in DEFAULT if hook not in wanted and is_started_by_others(places, hook)]
    if others:
        click.echo(
            f"guard: {', '.join(others)}: started by hooks and settings that are here already"
        )
    return _tell_troubles(repository, wanted, wish)


def absent_wanted(repository: Repository) -> str:
    """What the policy on the base wants of a hook where guard is gone; where no policy can be read, what none says."""
    objects = Objects(repository.git)
    try:
        return read_trust(Search(repository, objects)).policy.absent
    except GuardError:
        return "pass"
    finally:
        objects.close()


@cache
def does_start(program: str) -> bool:
    """Whether a recorded program is a guard that starts: one whose Python was upgraded may be there still, without its package."""
    line = f"{shell_quote(program)} hook --help"
    return (
        os.access(program, os.X_OK)
        and run_within(line, "/", without_place(os.environ), _PATIENCE).exit == 0
    )


def _usual(places: Places) -> str:
    """What is there already, if this git runs it; else the configuration, if this git runs hooks from it."""
    found = [
        way for place in places.places for hook in HOOKS for way in ways_of(places, place, hook)
    ]
    if "config" in found or not places.configures:
        return "config" if places.configures else "files"
    return "files" if {"file", "behind"} & set(found) else "config"


def _wanted(places: Places, hooks: Sequence[str], kind: str) -> list[str]:
    """The hooks to set up: those asked for, and those that are guard's already, to bring them up to date."""
    ours = {file.hook for files in places.files.values() for file in files if file.shim}
    ours |= {hook for hook in HOOKS if in_common_config(places, hook)}
    if not hooks and places.bare and not ours:
        raise UsageError(
            "this is a bare repository without worktrees, where nobody commits",
            hint="on a server: guard install --hook pre-receive (or --hook update, to refuse single refs)",
        )
    return [hook for hook in HOOKS if hook in (hooks or _left(places, kind)) or hook in ours]


def _left(places: Places, kind: str) -> list[str]:
    """The usual hooks that nobody else starts; none of those that only tell where `core.hooksPath` leaves no place for their files."""
    left = (
        [] if places.bare else [hook for hook in DEFAULT if not is_started_by_others(places, hook)]
    )
    shut = kind == "files" and any(place.hooks_path for place in places.places)
    return [] if shut and not set(left) & set(JUDGING) else left


def _write_files(
    repository: Repository, places: Places, wanted: Sequence[str], wish: Wish
) -> list[Written]:
    if wanted:
        _require_own_folder(repository, places)
    written = []
    for hook in wanted:
        kept = _kept(places, hook, wish)
        if not _is_current(places, hook, kept, {"file", "behind"}):
            written.append(write_hook(places, hook, kept))
        if in_common_config(places, hook):
            remove_setting(places, _config(repository), hook)
    return written


def _kept(places: Places, hook: str, wish: Wish) -> Wish:
    """A recorded program that still starts is not given up for one that may be gone tomorrow."""
    recorded = (file.shim.program for file in _own_files(places, hook) if file.shim)
    return wish._replace(program=wish.program or next(filter(does_start, recorded), ""))


def _own_files(places: Places, hook: str) -> list[HookFile]:
    found = (
        file_of(places, places.own, hook),
        legacy_of(places, places.own, hook),
        file_of(places, places.kept, hook),
    )
    return [file for file in found if file and file.shim]


def _is_current(places: Places, hook: str, wish: Wish, ways: set[str]) -> bool:
    """Whether a hook is started in one of these ways, by what would be written now."""
    started = any(ways & set(ways_of(places, place, hook)) for place in places.places)
    return started and any(is_up_to_date(file, hook, wish) for file in _own_files(places, hook))


def _require_own_folder(repository: Repository, places: Places) -> None:
    """Raise UsageError where files in the repository's own folder would not run, or would run for others too."""
    place = next((one for one in places.places if one.path == repository.top), places.places[0])
    if place.hooks_path:
        message = f"core.hooksPath ({place.hooks_path.scope}) has git look for hooks in {show(place.folder)}, and in no other folder"
        raise UsageError(message, hint=_back(places, place))
    foreign = foreign_folder(places, repository.common_dir)
    if foreign:
        message = f"{show(places.own)} is a link to {show(foreign)}, outside of this repository: what is written there runs elsewhere too"
        raise UsageError(
            message, hint=f"rm {shell_quote(places.own)} && mkdir {shell_quote(places.own)}"
        )


def _back(places: Places, place: Place) -> str:
    missing = [hook for hook in JUDGING if not ways_of(places, place, hook)]
    if not missing:
        return "guard doctor   # here guard is started; it tells where it is not"
    command = back_to_own(place, places.own, missing)
    return command if "/.husky" in place.folder else f"{command}   # then: guard install"


def _configure(
    repository: Repository, places: Places, wanted: Sequence[str], wish: Wish
) -> list[Written]:
    """Set up sections of the common configuration, which every worktree reads, and take away files of guard's that did the same."""
    if not places.configures:
        raise UsageError(
            f"git {places.version} does not run hooks from its configuration",
            hint="guard install --as files",
        )
    written = []
    for hook in wanted:
        kept = _kept(places, hook, wish)
        if not _is_current(places, hook, kept, {"config"}):
            written.append(write_setting(places, _config(repository), hook, kept))
        if any(file.hook == hook and file.shim for file in places.files[places.own]):
            remove_hook(places, hook)
    return written


def _config(repository: Repository) -> str:
    return os.path.join(repository.common_dir, "config")


def _tell(written: Sequence[Written], wanted: Sequence[str], program: Program) -> None:
    if wanted and not written:
        click.echo(f"guard: {', '.join(wanted)}: set up already")
    for hook, where, other in written:
        more = {"": "", "first": "; the hook that was there runs first"}.get(
            other, f"; {other}, which runs it first"
        )
        click.echo(f"{hook}: {show(where)}{more}")
    if wanted and not program.path:
        why = (
            f"{show(program.passing)} is not recorded: {show(program.why_not)}"
            if program.passing
            else "no guard was found that lasts"
        )
        click.echo(f"guard: hooks start the guard on PATH; {why}", err=True)
        click.echo(
            "  next: install guard outside of the worktrees (pipx does), then: guard install",
            err=True,
        )


def _tell_troubles(repository: Repository, wanted: Sequence[str], wish: Wish) -> int:
    """Say at once what keeps one of these hooks from running somewhere."""
    guard = Guard(wish.absent, does_start, on_path=True)
    troubles = [
        trouble
        for trouble in examine(read_places(repository), guard)
        if set(trouble.hook.split()) & set(wanted)
    ]
    others = [trouble for trouble in troubles if trouble.what != "missing"]
    for trouble in others:
        place = f" in {show(trouble.worktree)}" if trouble.worktree else ""
        click.echo(
            f"{trouble.what}: {trouble.hook}{place}: {trouble.message}\n  next: {trouble.next}",
            err=True,
        )
    return 1 if others else 0
