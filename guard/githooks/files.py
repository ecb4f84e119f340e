"""Changing git's hooks: files that are whole or not there, a hook that was there before kept and given back, sections of the configuration.

Whenever this is cut short, every hook that was there still runs: a file is written under another name, what it replaces gets a second
name, and only then does one rename put the new file in its place (rename(2)). git reads the `event` of a section last of all.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from guard.core.errors import UsageError
from guard.core.files import TEMPORARY, write_whole
from guard.core.names import shell_quote
from guard.git import porcelain
from guard.githooks.places import HookFile, Places, file_of, legacy_of, previous_of
from guard.githooks.shims import PREVIOUS, command_text, file_text, parse_shim, section

_MANAGERS = (
    "pre-commit",
    "prek",
)  # they run what they find at NAME.legacy first, and give it back when they go


class Wish(NamedTuple):
    """What an installed hook is to do: the program that it starts first ("": the one on PATH) and what it does where there is none."""

    program: str
    absent: str


class Written(NamedTuple):
    """One hook that was set up: where, and what becomes of a hook that was there before (`first`, `behind NAME` or "")."""

    hook: str
    where: str
    other: str


def write_hook(places: Places, hook: str, wish: Wish) -> Written:
    """Put guard's file where git looks for it in the repository's own folder.

    Another hook there is kept and run first. Behind pre-commit and prek guard's file takes the place that they have for other hooks, so
    that both go on as before. Raises UsageError where nothing can be written.
    """
    folder = places.own
    there = file_of(places, folder, hook)
    text = file_text(hook, wish.program, wish.absent)
    behind = there is not None and there.shim is None and there.manager in _MANAGERS
    replaced = legacy_of(places, folder, hook) if behind else there
    target = os.path.join(folder, f"{hook}.legacy" if behind else hook)
    with_previous = replaced is not None and replaced.shim is None
    try:
        _make_folder(folder)
        _remove_leftovers(folder)
        if with_previous:
            _keep(target, os.path.join(folder, PREVIOUS), hook)
        _put(target, text)
        for file in places.files[folder]:
            if file.hook == hook and file.shim and file.path != target:
                os.unlink(file.path)  # what a hook manager put out of the way
    except OSError as error:
        raise _not_writable(folder, error) from error
    kept = "first" if with_previous or previous_of(places, hook) else ""
    return Written(hook, target, f"behind {there.manager}" if behind and there else kept)


def remove_hook(places: Places, hook: str) -> list[str]:
    """Take guard's files of a hook away and give back what was there before; give the paths that changed. Raises UsageError."""
    folder = places.own
    ours = [file for file in places.files[folder] if file.hook == hook and file.shim]
    previous = previous_of(places, hook)
    changed = []
    try:
        for file in ours:
            if previous and file.suffix in ("", ".legacy"):
                _restore(previous, file.path)
                previous = None
            else:
                os.unlink(file.path)
            changed.append(file.path)
        if previous:
            changed += _give_back(
                previous, file_of(places, folder, hook), os.path.join(folder, hook)
            )
    except OSError as error:
        raise _not_writable(folder, error) from error
    with suppress(OSError):  # there is none, or it holds others
        os.rmdir(os.path.join(folder, PREVIOUS))
    return changed


def _give_back(previous: HookFile, there: HookFile | None, target: str) -> list[str]:
    """Where somebody took guard's file away by hand, or a manager put its own there again: of two of the same, one is enough."""
    if not there:
        _restore(previous, target)
        return [target]
    if _content(previous.path) == _content(there.path):
        os.unlink(previous.path)
    return []


def write_setting(places: Places, config: str, hook: str, wish: Wish) -> Written:
    """Write a hook into the configuration file `config`, by which git 2.54 and newer run it in every worktree.

    Raises UsageError or GitError where nothing can be written.
    """
    try:
        _make_folder(os.path.dirname(places.kept))
        _make_folder(places.kept)
        _remove_leftovers(places.kept)
        _put(os.path.join(places.kept, hook), file_text(hook, wish.program, wish.absent))
    except OSError as error:
        raise _not_writable(places.kept, error) from error
    key = f"hook.{section(hook)}"
    porcelain.write_setting(config, f"{key}.command", command_text(hook))
    porcelain.write_setting(config, f"{key}.event", hook)
    return Written(hook, config, "")


def remove_setting(places: Places, config: str, hook: str) -> None:
    """Take the section of a hook out of the configuration file, and then the file that it started. Raises GitError."""
    porcelain.remove_section(config, f"hook.{section(hook)}")
    with suppress(OSError):
        os.unlink(os.path.join(places.kept, hook))
    for folder in (places.kept, os.path.dirname(places.kept)):
        with suppress(OSError):  # not empty: other hooks, or somebody else's
            os.rmdir(folder)


def forget_judged(git_dirs: Sequence[str]) -> None:
    """Remove what the commit hooks noted in the worktrees' own folders; what else lies there stays."""
    for folder in git_dirs:
        place = os.path.join(folder, "guard")
        with suppress(OSError):
            os.unlink(os.path.join(place, "judged"))
        with suppress(OSError):
            os.rmdir(place)


def is_up_to_date(file: HookFile, hook: str, wish: Wish) -> bool:
    """Whether a hook file is to the letter what would be written now, and can be started."""
    return (
        file.executable
        and not file.link
        and file.text == file_text(hook, wish.program, wish.absent)
    )


def _keep(path: str, folder: str, hook: str) -> None:
    """Give a hook a second name, under which guard's file runs it; until guard's file is there, git runs it under its first.

    A relative link is made to lead where it led before: to another hook, which may be kept here too, now or later, or past this folder.
    """
    previous = os.path.join(folder, hook)
    _make_folder(folder)
    try:
        if os.path.islink(path):
            os.symlink(_inward(os.readlink(path), folder), previous)
        else:
            os.link(path, previous)
    except FileExistsError:
        _require_same(path, previous)
    except (
        OSError
    ):  # a file system without second names; where nothing may be written, the next line says so
        os.rename(path, previous)
    _lead_all(folder, f"../{hook}", hook)
    _lead_all(os.path.dirname(folder), hook, f"{PREVIOUS}/{hook}")


def _restore(previous: HookFile, path: str) -> None:
    """Give a hook its place back, and have the links to it lead there again."""
    folder = os.path.dirname(previous.path)
    if os.path.islink(previous.path):
        _put_link(path, _outward(os.readlink(previous.path), folder))
        os.unlink(previous.path)
    else:
        os.replace(previous.path, path)
    _lead_all(folder, previous.hook, f"../{previous.hook}")
    _lead_all(os.path.dirname(folder), f"{PREVIOUS}/{previous.hook}", previous.hook)


def _inward(target: str, folder: str) -> str:
    """Where a link leads that is moved into `folder`, which holds what guard runs first."""
    target = target.removeprefix(f"{PREVIOUS}/")
    if os.path.isabs(target):
        return target
    return (
        target
        if "/" not in target and os.path.lexists(os.path.join(folder, target))
        else f"../{target}"
    )


def _outward(target: str, folder: str) -> str:
    """Where the same link leads when it is moved back."""
    if "/" not in target and os.path.lexists(os.path.join(folder, target)):
        return f"{PREVIOUS}/{target}"
    return target.removeprefix("../")


def _lead_all(folder: str, old: str, new: str) -> None:
    """Have the links in a folder lead to `new` that led to `old`."""
    for name in os.listdir(folder):
        link = os.path.join(folder, name)
        if os.path.islink(link) and os.readlink(link) == old:
            _put_link(link, new)


def _put_link(path: str, target: str) -> None:
    temporary = _temporary(path)
    os.symlink(target, temporary)
    os.replace(temporary, path)


def _require_same(path: str, previous: str) -> None:
    """Raise UsageError where one hook is kept and another is to be.

    Not if it is the same (an installation was cut short, or a hook manager has written its file again) or guard's by now (another
    installation goes on beside this one).
    """
    if _content(path) == _content(previous) or parse_shim(_content(path)):
        return
    raise UsageError(
        f"{previous} is kept, and there is another hook at {path}",
        hint=f"look at both; if the older one is not needed: rm {shell_quote(previous)}",
    )


def _content(path: str) -> str:
    """What a hook holds, links followed."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError:
        return ""


def _put(target: str, text: str) -> None:
    write_whole(target, text.encode("utf-8", "surrogateescape"), mode=0o777)
    _share(target)


def _make_folder(path: str) -> None:
    if not os.path.isdir(path):
        with suppress(FileExistsError):  # another installation beside this one
            os.mkdir(path)
        _share(path)


def _share(path: str) -> None:
    """Whoever may look into the folder may start what lies there: a repository can be several people's (`core.sharedRepository`)."""
    folder, own = (os.stat(one).st_mode for one in (os.path.dirname(path), path))
    if folder & 0o055 & ~own:
        os.chmod(path, own | folder & 0o055)


def _temporary(target: str) -> str:
    return os.path.join(os.path.dirname(target), f"{TEMPORARY}{os.getpid()}-{os.urandom(4).hex()}")


def _remove_leftovers(folder: str) -> None:
    """What an installation left that was killed: nobody else's, by its name, and of a process that is no more."""
    for name in os.listdir(folder):
        process = name.removeprefix(TEMPORARY).partition("-")[0]
        if name.startswith(TEMPORARY) and not (process.isdigit() and _runs(int(process))):
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(folder, name))


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def _not_writable(folder: str, error: OSError) -> UsageError:
    return UsageError(
        f"the hooks in {folder} cannot be changed: {error.strerror}",
        hint=f"ls -ld {shell_quote(folder)}",
    )
