"""Installs and removes guard's hooks: which hooks, as files or in git's configuration."""

import os
from collections.abc import Sequence
from contextlib import closing
from typing import NamedTuple

from guard.core.errors import GuardError, UsageError
from guard.core.names import shell_quote, show
from guard.git.objects import Objects
from guard.git.plumbing import at
from guard.git.repository import Repository, branch_of, open_repository
from guard.githooks.checkup import (
    Guard,
    Problem,
    back_to_own,
    examine,
    is_started_by_others,
    ways_of,
)
from guard.githooks.files import (
    Wish,
    Written,
    forget_judged,
    is_up_to_date,
    remove_hook,
    remove_setting,
    require_unedited,
    write_hook,
    write_setting,
)
from guard.githooks.places import (
    LEGACY,
    HookFile,
    HookPlace,
    HookPlaces,
    read_places,
)
from guard.githooks.program import Program, does_start, find_program
from guard.githooks.shims import DEFAULT, HOOKS, JUDGING
from guard.verdict.search import Search
from guard.verdict.trust import Trust, not_adopted, read_trust


class Installed(NamedTuple):
    """The result of an installation.

    `hooks` were to be installed, `written` are those that had to be written, `others` the usual
    hooks that start guard by somebody else's doing.
    """

    hooks: Sequence[str]
    written: Sequence[Written]
    program: Program
    others: Sequence[str]
    absent: str


def install(repository: Repository, asked: Sequence[str], kind: str) -> Installed:
    """Install the hooks asked for, or else the usual ones, and update those that guard has.

    `kind` is `files`, `config` or "" for what suits this git. Raises UsageError, GitError.
    """
    places = read_places(repository)
    kind = kind or _usual(places)
    hooks = _wanted(places, asked, kind)
    program = find_program([place.path for place in places.places])
    wish = Wish(program.path, absent_wanted(repository))
    if kind == "config" and not places.configures:
        message = f"git {places.version} does not run hooks from its configuration"
        raise UsageError(message, hint="guard install --as files")
    if kind == "files" and hooks:
        _require_own_folder(repository, places)
    require_unedited(places, hooks)
    written = _write(places, hooks, kind, wish)
    others = [hook for hook in DEFAULT if hook not in hooks and is_started_by_others(places, hook)]
    return Installed(hooks, written, program, others, wish.absent)


def problems_of(repository: Repository, installed: Installed) -> list[Problem]:
    """What keeps hooks that were installed from running, in some worktree at least."""
    guard = Guard(installed.absent, does_start, on_path=True)
    return [
        problem
        for problem in examine(read_places(repository), guard)
        if problem.what != "missing" and set(problem.hook.split()).intersection(installed.hooks)
    ]


def uninstall(repository: Repository, hooks: Sequence[str]) -> list[tuple[str, str, bool]]:
    """Remove the hooks given, or else all of guard's. Raises UsageError, GitError.

    Gives hook, changed path, and whether an older hook is back there.
    """
    places = read_places(repository)
    require_unedited(places, hooks or HOOKS)
    changed = []
    for hook in hooks or HOOKS:
        changed += [(hook, path, os.path.lexists(path)) for path in remove_hook(places, hook)]
        if places.in_common_config(hook):
            remove_setting(places, hook)
            changed.append((hook, places.config, False))
    if not hooks:
        forget_judged([open_repository(at(place.path)).git_dir for place in places.places])
    return changed


def judged_by(repository: Repository) -> Trust:
    """Give the base and the policy by which the hooks judge. Raises GuardError without a base."""
    with closing(Objects(repository.git)) as objects:
        trust = read_trust(Search(repository, objects, branch=branch_of(repository)))
    if not trust.adopted:
        raise not_adopted(trust.home)
    return trust


def absent_wanted(repository: Repository) -> str:
    """Read `[hooks] absent` of the policy on the base; the default if it cannot be read."""
    with closing(Objects(repository.git)) as objects:
        try:
            return read_trust(Search(repository, objects, head="")).policy.absent
        except GuardError:
            return "pass"


def _usual(places: HookPlaces) -> str:
    """The kind that guard uses already, else the configuration, if this git runs hooks of it."""
    if not places.configures:
        return "files"
    found = {
        way for place in places.places for hook in HOOKS for way in ways_of(places, place, hook)
    }
    return "files" if "config" not in found and found & {"file", "behind"} else "config"


def _wanted(places: HookPlaces, asked: Sequence[str], kind: str) -> list[str]:
    ours = {file.hook for files in places.files.values() for file in files if file.shim}
    ours |= {hook for hook in HOOKS if places.in_common_config(hook)}
    if not asked and places.bare and not ours:
        raise UsageError(
            "this is a bare repository without worktrees, where nobody commits",
            hint="on a server: guard install --hook pre-receive"
            " (or --hook update, to refuse single refs)",
        )
    ours.update(asked or _not_started(places, kind))
    return [hook for hook in HOOKS if hook in ours]


def _not_started(places: HookPlaces, kind: str) -> list[str]:
    """The usual hooks that nobody else starts.

    Hooks that only report are left out if `core.hooksPath` leaves no place for their files.
    """
    if places.bare:
        return []
    left = [hook for hook in DEFAULT if not is_started_by_others(places, hook)]
    shut = kind == "files" and any(place.hooks_path for place in places.places)
    return [] if shut and not set(left).intersection(JUDGING) else left


def _write(places: HookPlaces, hooks: Sequence[str], kind: str, wish: Wish) -> list[Written]:
    written = []
    for hook in hooks:
        # A recorded program that still starts is better than none that lasts.
        recorded = (file.shim.program for file in _own_files(places, hook) if file.shim)
        kept = wish._replace(program=wish.program or next(filter(does_start, recorded), ""))
        if not _is_current(places, hook, kind, kept):
            write = write_setting if kind == "config" else write_hook
            written.append(write(places, hook, kept))
        if kind == "config" and places.shims(places.own, hook):
            remove_hook(places, hook)
        if kind == "files" and places.in_common_config(hook):
            remove_setting(places, hook)
    return written


def _own_files(places: HookPlaces, hook: str) -> list[HookFile]:
    files = [file for file in places.shims(places.own, hook) if file.suffix in ("", LEGACY)]
    return files + [file for file in places.shims(places.kept, hook) if not file.suffix]


def _is_current(places: HookPlaces, hook: str, kind: str, wish: Wish) -> bool:
    ways = {"config"} if kind == "config" else {"file", "behind"}
    started = any(ways & set(ways_of(places, place, hook)) for place in places.places)
    return started and any(is_up_to_date(file, hook, wish) for file in _own_files(places, hook))


def _require_own_folder(repository: Repository, places: HookPlaces) -> None:
    tops = [place for place in places.places if place.path == repository.top]
    place = tops[0] if tops else places.places[0]
    if place.hooks_path:
        folder = show(place.folder)
        scope = place.hooks_path.scope
        message = f"core.hooksPath ({scope}) makes git look for hooks only in {folder}"
        raise UsageError(message, hint=_way_back(places, place))
    if places.foreign:
        message = (
            f"{show(places.own)} is a link to {show(places.foreign)}, outside of this repository: "
            "hooks written there run elsewhere too"
        )
        own = shell_quote(places.own)
        raise UsageError(message, hint=f"rm {own} && mkdir {own}")


def _way_back(places: HookPlaces, place: HookPlace) -> str:
    missing = [hook for hook in JUDGING if not ways_of(places, place, hook)]
    if not missing:
        return "guard doctor   # guard runs here; this shows where it does not"
    command = back_to_own(place, places.own, missing)
    return command if "/.husky" in place.folder else f"{command}   # then: guard install"
