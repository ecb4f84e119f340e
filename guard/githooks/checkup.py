"""What is wrong with the hooks, from what lies there: one trouble a line, each with what to type. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from guard import __version__
from guard.core.names import shell_quote, show
from guard.githooks.places import (
    HookFile,
    Place,
    Places,
    Setting,
    file_of,
    legacy_of,
    switched_off,
    values_of,
)
from guard.githooks.shims import DEFAULT, HOOKS, Shim, command_text, file_text, section
from guard.patterns import escape

JUDGING = (
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
)  # without these something gets past; the other hooks only tell
SERVING = ("pre-receive", "update")
_IDS = {
    "pre-commit": "check",
    "pre-merge-commit": "check",
    "pre-push": "push",
}  # of .pre-commit-hooks.yaml: guard-check, guard-push
_CHAINING = ("pre-commit", "prek")
# For a file that a team shares: who has no guard must be able to commit.
_IF_THERE = r'''"if command -v guard >/dev/null; then guard hook $hook \"\$@\"; else echo 'guard is not installed: not judged' >&2; fi"'''


class Trouble(NamedTuple):
    """One thing that is wrong. `what` is its kind, a word for programs; `hook` names hooks, `worktree` is "" where it is so in all."""

    what: str
    hook: str
    worktree: str
    message: str
    next: str


class Guard(NamedTuple):
    """What is known of guard itself: what guard.toml wants of a hook without guard, and which programs there are."""

    absent: str
    starts: Callable[[str], bool]
    on_path: bool


def examine(places: Places, guard: Guard) -> list[Trouble]:
    """Look at every hook in every worktree. The same trouble in all of them is told once, without a worktree."""
    found = [trouble for place in places.places for trouble in _at_place(places, place, guard)]
    each: dict[Trouble, int] = {}
    for trouble in found:
        key = trouble._replace(worktree="")
        each[key] = each.get(key, 0) + 1
    everywhere = {key for key, count in each.items() if count == len(places.places)}
    told = (
        trouble._replace(worktree="") if trouble._replace(worktree="") in everywhere else trouble
        for trouble in found
    )
    return list(dict.fromkeys(told))


def ways_of(places: Places, place: Place, hook: str) -> list[str]:
    """How guard is started for a hook in a worktree: `file`, `config`, `behind` a manager, `manager` (its own settings), `by hand`."""
    ways = []
    there = file_of(places, place.folder, hook)
    if there and there.executable:
        ways += _ways_of_file(places, place, there)
    if _configured(places, place, hook) == "runs":
        ways.append("config")
    return ways


def is_started_by_others(places: Places, hook: str) -> bool:
    """Whether hooks and settings of others start guard everywhere, and for all that there is to judge."""
    return all(
        {"by hand", "manager"} & set(ways_of(places, place, hook))
        and not _is_told_of_one(places, place, hook)
        for place in places.places
    )


def _is_told_of_one(places: Places, place: Place, hook: str) -> bool:
    """Whether a manager starts guard for one ref of a push alone, as pre-commit and prek do: then git's own hook is not one too many."""
    there = file_of(places, place.folder, hook)
    return hook == "pre-push" and there is not None and there.manager in _CHAINING


def _at_place(places: Places, place: Place, guard: Guard) -> Iterator[Trouble]:
    trouble = partial(_trouble, worktree=place.path)
    if place.inside:
        folder = "/" + escape(place.path.removeprefix(f"{place.inside}/")).removeprefix("/") + "/"
        next_ = f"echo {shell_quote(folder)} >> {shell_quote(place.inside + '/.gitignore')}"
        yield trouble(
            "exposed",
            "",
            f"this worktree lies inside {show(place.inside)}, which does not ignore it",
            next_,
        )
    wanted = SERVING if places.bare else JUDGING
    missing = [hook for hook in wanted if not ways_of(places, place, hook)]
    if places.bare and len(missing) < len(wanted):
        missing = []
    reasons = {
        hook: _why_missing(places, place, hook)
        for hook in HOOKS
        if hook in missing or _left_behind(places, place, hook)
    }
    plain = [hook for hook in missing if reasons[hook] is None]
    if plain:
        next_ = (
            back_to_own(place, places.own, plain) if place.hooks_path else _install(places, plain)
        )
        yield trouble(
            "missing", " ".join(plain), "guard is not started: there is no hook of guard's", next_
        )
    yield from _together([reason for reason in reasons.values() if reason])
    yield from _together(
        [trouble for hook in HOOKS for trouble in _of_hook(places, place, hook, guard)]
    )


def _together(troubles: list[Trouble]) -> Iterator[Trouble]:
    """What is said of several hooks in the same words is said once."""
    hooks: dict[Trouble, list[str]] = {}
    for trouble in troubles:
        hooks.setdefault(trouble._replace(hook=""), []).append(trouble.hook)
    for trouble, names in hooks.items():
        next_ = trouble.next or ("guard install" if set(names) & set(DEFAULT) else _named(names))
        yield trouble._replace(hook=" ".join(names), next=next_)


def _trouble(what: str, hook: str, message: str, next_: str, *, worktree: str = "") -> Trouble:
    return Trouble(what, hook, worktree, message, next_)


def _install(places: Places, hooks: list[str]) -> str:
    return (
        "guard install --hook pre-receive"
        if places.bare
        else "guard install"
        if set(hooks) <= set(DEFAULT)
        else _named(hooks)
    )


def _named(hooks: list[str]) -> str:
    return " ".join(("guard install", *(f"--hook {hook}" for hook in hooks)))


def _ways_of_file(places: Places, place: Place, there: HookFile) -> list[str]:
    if there.shim:
        return ["file"]
    legacy = legacy_of(places, place.folder, there.hook)
    behind = there.manager in _CHAINING and legacy and legacy.shim and legacy.executable
    ways = ["behind"] if behind else []
    if there.manager and _in_framework(place, there.hook):
        return [*ways, "manager"]
    return ["by hand"] if _starts_guard(there.text, there.hook) else ways


def _in_framework(place: Place, hook: str) -> bool:
    kind = _IDS.get(hook)
    return bool(
        kind
        and re.search(
            rf"^[^#\n]*\bguard-{kind}\b|^[^#\n]*\bguard hook {hook}\b",
            place.framework,
            re.MULTILINE,
        )
    )


def _starts_guard(text: str, hook: str) -> bool:
    """Whether a hook that somebody else wrote starts guard on a line of its own."""
    return bool(re.search(rf"^[^#\n]*\bguard['\"]? hook {hook}\b", text, re.MULTILINE))


def _configured(places: Places, place: Place, hook: str) -> str:
    """What git's configuration does about a hook: `runs`, `off`, `replaced` (another command), `too old` (this git), `gone` or ""."""
    name = section(hook)
    events: list[str] = []
    for event in values_of(place, f"{name}.event"):
        events = (
            [*events, event.value] if event.value else []
        )  # an empty value forgets those before it (git-config(1))
    if hook not in events:
        return ""
    if [setting.value for setting in values_of(place, f"{name}.command")][-1:] != [
        command_text(hook)
    ]:
        return "replaced"
    if switched_off(place, name) or switched_off(place, hook):
        return "off"
    if not places.configures:
        return "too old"
    file = file_of(places, places.kept, hook)
    return "runs" if file and file.executable else "gone"


def _left_behind(places: Places, place: Place, hook: str) -> bool:
    """Whether guard was set up for a hook that nothing starts now."""
    ours = any(
        file.shim
        for folder in (places.own, place.folder)
        for file in places.files.get(folder, ())
        if file.hook == hook
    )
    return not ways_of(places, place, hook) and (ours or bool(_configured(places, place, hook)))


def _why_missing(places: Places, place: Place, hook: str) -> Trouble | None:
    """Why a hook that was set up does not start; None where it never was."""
    trouble = partial(_trouble, hook=hook, worktree=place.path)
    configured = _configured(places, place, hook)
    if configured == "off":
        off = switched_off(place, section(hook)) or switched_off(place, hook)
        return (
            trouble("switched-off", message=f"{off.key} is false", next_=_unset(place, off))
            if off
            else None
        )
    if configured == "replaced":
        return _replaced(place, hook)
    if configured == "too old":
        message = (
            f"it stands in git's configuration, which git {places.version} does not run hooks from"
        )
        return trouble("git-too-old", message=message, next_="guard install --as files")
    if configured == "gone":
        path = f"{places.kept}/{hook}"
        return trouble(
            "gone",
            message=f"{show(path)}, which git's configuration starts, is not there",
            next_=_named([hook]),
        )
    return _why_no_file(places, place, hook)


def _replaced(place: Place, hook: str) -> Trouble:
    """The configuration starts something else: mended where the other command stands."""
    key = f"hook.{section(hook)}.command"
    last = values_of(place, f"{section(hook)}.command")[-1:]
    next_ = (
        _unset(place, last[0])
        if last and last[0].scope != "local"
        else f"git config --unset-all {key}; {_named([hook])}"
    )
    return Trouble("hijacked", hook, place.path, f"{key} is not guard's", next_)


def _unset(place: Place, setting: Setting) -> str:
    where = f" -C {shell_quote(place.path)}" if setting.scope == "worktree" else ""
    return f"git{where} config --{setting.scope} --unset-all {setting.key}"


def _why_no_file(places: Places, place: Place, hook: str) -> Trouble | None:
    trouble = partial(_trouble, hook=hook, worktree=place.path)
    own, there = file_of(places, places.own, hook), file_of(places, place.folder, hook)
    if place.hooks_path and ((own and own.shim) or not place.there):
        gone = "" if place.there else ", which is not there"
        message = (
            f"core.hooksPath ({place.hooks_path.scope}) has git look in {show(place.folder)}{gone}"
        )
        return trouble("shadowed", message=message, next_=back_to_own(place, places.own))
    if there and there.shim is None and there.manager in _CHAINING and _in_framework(place, hook):
        return trouble(
            "not-executable",
            message=f"{show(there.path)} cannot be executed",
            next_=_executable(there),
        )
    if there is None and _in_framework(place, hook):
        message = f"the settings of pre-commit name guard, and pre-commit has set up no {hook} hook (default_install_hook_types)"
        return trouble(
            "not-in-pre-commit", message=message, next_=f"pre-commit install --hook-type {hook}"
        )
    if there and there.shim and not there.executable:
        return trouble(
            "not-executable",
            message=f"{show(there.path)} cannot be executed, so git passes it over",
            next_=_executable(there),
        )
    legacy = legacy_of(places, place.folder, hook)
    if legacy and legacy.shim and not legacy.executable:
        return trouble(
            "not-executable",
            message=f"{show(legacy.path)} cannot be executed",
            next_=_executable(legacy),
        )
    if there and any(file.shim for file in places.files.get(place.folder, ()) if file.hook == hook):
        who = there.manager or "another hook"
        return trouble(
            "hijacked",
            message=f"{who} has taken guard's place and does not run it",
            next_=_after(there, hook),
        )
    return None


def _executable(file: HookFile) -> str:
    return f"chmod +x {shell_quote(file.path)}"


def _after(there: HookFile, hook: str) -> str:
    """What to do where another hook stands in front: lefthook writes its files again and again, so guard belongs into its settings."""
    if there.manager == "lefthook":
        stdin = ", use_stdin: true" if hook == "pre-push" else ""
        run = f'"if command -v guard >/dev/null; then guard hook {hook} {{0}}; fi"'
        return f"in lefthook.yml, below {hook}: {{jobs: [{{run: {run}{stdin}}}]}}, then: lefthook install"
    return _named([hook])


def back_to_own(place: Place, own: str, hooks: Sequence[str] = JUDGING) -> str:
    """The command that has git run guard in spite of `core.hooksPath`, by where that is set; husky's folder is the team's own choice.

    Hooks of another folder go on: they are linked to where guard will run them first.
    """
    scope = place.hooks_path.scope if place.hooks_path else ""
    if "/.husky" in place.folder:
        if not place.there:
            return f"cd {shell_quote(place.path)} && npx husky"
        return f"for hook in {' '.join(hooks)}; do echo {_IF_THERE} >> .husky/$hook; done"
    if scope == "command":
        return "unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS"
    if place.hooks_path and scope == "worktree":
        return _unset(place, place.hooks_path._replace(key="core.hooksPath"))
    command = (
        "--unset-all core.hooksPath" if scope == "local" else f"core.hooksPath {shell_quote(own)}"
    )
    return f"{_linked(place, own)}git config --local {command}"


def _linked(place: Place, own: str) -> str:
    """The command that links what the folder holds into git's own, "" where it is not there or will go with a linked worktree."""
    passing = place.folder.startswith(f"{place.path}/") and not own.startswith(f"{place.path}/")
    if passing or not place.there:
        return ""
    own, folder = shell_quote(own), shell_quote(place.folder)
    return f"mkdir -p {own}; find {folder} -mindepth 1 -maxdepth 1 -exec ln -s {{}} {own} \\;; "


def _of_hook(places: Places, place: Place, hook: str, guard: Guard) -> Iterator[Trouble]:
    """What is wrong with a hook that starts."""
    trouble = partial(_trouble, hook=hook, worktree=place.path)
    ways = ways_of(places, place, hook)
    if len(ways) > (2 if "manager" in ways and _is_told_of_one(places, place, hook) else 1):
        next_ = (
            "guard install" if set(ways) <= {"file", "config"} else f"guard uninstall --hook {hook}"
        )
        yield trouble("twice", message=f"guard is started twice ({', '.join(ways)})", next_=next_)
    for shim, text in _shims(places, place, hook, ways):
        there = bool(shim.program) and guard.starts(shim.program)
        if not there and (shim.program or not guard.on_path):
            then = (
                "the guard on PATH is started in its place"
                if guard.on_path
                else "there is no guard on PATH either"
            )
            message = f"{show(shim.program) or 'guard'} does not start any more, and {then}"
            yield trouble("program-gone", message=message, next_="")
        elif text != file_text(hook, shim.program, guard.absent):
            yield trouble("stale", message=f"its file {_what_differs(shim, guard)}", next_="")


def _shims(places: Places, place: Place, hook: str, ways: list[str]) -> Iterator[tuple[Shim, str]]:
    """Guard's own files that are started: what each says of itself, and its text."""
    file = file_of(places, place.folder, hook, ".legacy" if "behind" in ways else "")
    if file and file.shim and {"file", "behind"} & set(ways):
        yield file.shim, file.text
    kept = file_of(places, places.kept, hook)
    if "config" in ways and kept and kept.shim:
        yield kept.shim, kept.text


def _what_differs(shim: Shim, guard: Guard) -> str:
    if shim.version != __version__:
        return f"is from guard {show(shim.version)}, and this is guard {__version__}"
    if shim.absent != guard.absent:
        return f"has `absent={show(shim.absent)}`, and guard.toml has {guard.absent}"
    return "was edited since guard install wrote it"
