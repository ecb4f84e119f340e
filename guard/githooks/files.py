"""Writes and removes git's hooks: whole or not at all, keeping a hook that was there before.

Whenever this is interrupted, every older hook still runs: a file is written under another name,
the hook that it replaces gets a second name, and only then does one rename put the new file in its
place (rename(2)). The `event` of a section of the configuration is written last.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from guard.core.errors import UsageError
from guard.core.files import open_file
from guard.core.names import shell_quote
from guard.core.writing import TEMPORARY, write_whole
from guard.git import porcelain
from guard.githooks.places import LEGACY, HookFile, HookPlaces
from guard.githooks.shims import PREVIOUS, command_text, file_text, parse_shim, section

# They run NAME.legacy first, and restore it when they are uninstalled.
_MANAGERS = ("pre-commit", "prek")
_LEFTOVER = re.compile(rf"{re.escape(TEMPORARY)}(\d+)-[0-9a-f]+")  # as `write_whole` names them


class Wish(NamedTuple):
    """What a hook is to start first ("": the guard on PATH), and what it does without guard."""

    program: str
    absent: str


class Written(NamedTuple):
    """An installed hook: where it is, and what runs an older one (`first`, `behind NAME` or "")."""

    hook: str
    where: str
    other: str


def require_unedited(places: HookPlaces, hooks: Sequence[str]) -> None:
    """Raise UsageError if a file of guard's that git starts has lines that guard did not write."""
    for hook in hooks:
        for file in (*places.shims(places.own, hook), *places.shims(places.kept, hook)):
            if file.edited and file.suffix in ("", LEGACY):
                raise UsageError(
                    f"{file.path} was edited since `guard install` wrote it; nothing was changed",
                    hint=f"{file.set_aside}   # keeps the edits; then try again",
                )


def write_hook(places: HookPlaces, hook: str, wish: Wish) -> Written:
    """Write guard's file to git's own folder of hooks.

    An older hook is kept and run first. pre-commit and prek stay in front: guard's file takes the
    place of the hook that they run first. Raises UsageError if nothing can be written.
    """
    folder = places.own
    there = places.file(folder, hook)
    behind = there.manager if there and not there.shim and there.manager in _MANAGERS else ""
    replaced = places.file(folder, hook, LEGACY) if behind else there
    target = os.path.join(folder, hook + LEGACY if behind else hook)
    with_previous = replaced is not None and replaced.shim is None
    with _writing(folder):
        _make_folder(folder)
        _remove_leftovers(folder)
        if with_previous:
            _keep(target, os.path.join(folder, PREVIOUS), hook)
        _put(target, hook, wish)
        for file in places.shims(folder, hook):
            if file.path != target and not file.edited:
                os.unlink(file.path)  # a hook manager moved it out of the way
    kept = "first" if with_previous or places.previous(hook) else ""
    return Written(hook, target, f"behind {behind}" if behind else kept)


def remove_hook(places: HookPlaces, hook: str) -> list[str]:
    """Remove guard's files of a hook and restore the older one; give the paths that changed.

    Raises UsageError if the files cannot be removed.
    """
    folder = places.own
    previous = places.previous(hook)
    changed = []
    with _writing(folder):
        for file in places.shims(folder, hook):
            if file.edited:
                continue
            if previous and file.suffix in ("", LEGACY):
                _restore(previous, file.path)
                previous = None
            else:
                os.unlink(file.path)
            changed.append(file.path)
        if previous:
            target = os.path.join(folder, hook)
            changed += _give_back(previous, places.file(folder, hook), target)
    with suppress(OSError):  # there is none, or it holds others
        os.rmdir(os.path.join(folder, PREVIOUS))
    return changed


def _give_back(previous: HookFile, there: HookFile | None, target: str) -> list[str]:
    """A manager may have rewritten its own hook: restore only what is not there."""
    if not there:
        _restore(previous, target)
        return [target]
    if _content(previous.path) == _content(there.path):
        os.unlink(previous.path)
    return []


def write_setting(places: HookPlaces, hook: str, wish: Wish) -> Written:
    """Write a hook to the configuration, where git 2.54 and newer run it in every worktree.

    Raises UsageError or GitError if nothing can be written.
    """
    with _writing(places.kept):
        _make_folder(os.path.dirname(places.kept))
        _make_folder(places.kept)
        _remove_leftovers(places.kept)
        _put(os.path.join(places.kept, hook), hook, wish)
    key = f"hook.{section(hook)}"
    porcelain.write_setting(places.config, f"{key}.command", command_text(hook))
    porcelain.write_setting(places.config, f"{key}.event", hook)
    return Written(hook, places.config, "")


def remove_setting(places: HookPlaces, hook: str) -> None:
    """Remove a hook's section of the configuration, then its file. Raises GitError."""
    porcelain.remove_section(places.config, f"hook.{section(hook)}")
    with suppress(OSError):
        os.unlink(os.path.join(places.kept, hook))
    for folder in (places.kept, os.path.dirname(places.kept)):
        with suppress(OSError):  # not empty
            os.rmdir(folder)


def forget_judged(git_dirs: Sequence[str]) -> None:
    """Remove the note that the commit hooks leave in the git directory of each worktree."""
    for folder in git_dirs:
        place = os.path.join(folder, "guard")
        with suppress(OSError):
            os.unlink(os.path.join(place, "judged"))
        with suppress(OSError):
            os.rmdir(place)


def is_up_to_date(file: HookFile, hook: str, wish: Wish) -> bool:
    """Whether a hook file can be executed and has the text that would be written now."""
    current = file.text == file_text(hook, wish.program, wish.absent)
    return file.executable and not file.link and current


def _keep(path: str, folder: str, hook: str) -> None:
    """Give a hook a second name, by which guard's file runs it; until then git runs the first.

    A relative link keeps its target: another hook, which may be kept too, or a file elsewhere.
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
    except OSError:  # no hard links here; if the folder is not writable, neither is this
        os.rename(path, previous)
    _lead_all(folder, f"../{hook}", hook)
    _lead_all(os.path.dirname(folder), hook, f"{PREVIOUS}/{hook}")


def _restore(previous: HookFile, path: str) -> None:
    folder = os.path.dirname(previous.path)
    if os.path.islink(previous.path):
        _put_link(path, _outward(os.readlink(previous.path), folder))
        os.unlink(previous.path)
    else:
        os.replace(previous.path, path)
    _lead_all(folder, previous.hook, f"../{previous.hook}")
    _lead_all(os.path.dirname(folder), f"{PREVIOUS}/{previous.hook}", previous.hook)


def _inward(target: str, folder: str) -> str:
    """The target of a link that moves into the folder of older hooks."""
    target = target.removeprefix(f"{PREVIOUS}/")
    if os.path.isabs(target):
        return target
    is_kept = "/" not in target and os.path.lexists(os.path.join(folder, target))
    return target if is_kept else f"../{target}"


def _outward(target: str, folder: str) -> str:
    if "/" not in target and os.path.lexists(os.path.join(folder, target)):
        return f"{PREVIOUS}/{target}"
    return target.removeprefix("../")


def _lead_all(folder: str, old: str, new: str) -> None:
    for name in os.listdir(folder):
        link = os.path.join(folder, name)
        if os.path.islink(link) and os.readlink(link) == old:
            _put_link(link, new)


def _put_link(path: str, target: str) -> None:
    name = f"{TEMPORARY}{os.getpid()}-{os.urandom(4).hex()}"
    temporary = os.path.join(os.path.dirname(path), name)
    os.symlink(target, temporary)
    os.replace(temporary, path)


def _require_same(path: str, previous: str) -> None:
    """Raise UsageError if a hook is to be kept and another one is kept already.

    Not if both are the same (an installation was interrupted, or a hook manager rewrote its file),
    or if the hook is guard's by now (another installation runs beside this one).
    """
    content = _content(path)
    if content == _content(previous) or parse_shim(content):
        return
    raise UsageError(
        f"{previous} is kept, and there is another hook at {path}",
        hint=f"look at both; if the older one is not needed: rm {shell_quote(previous)}",
    )


def _content(path: str) -> str:
    try:
        with open_file(path, follow=True) as file:
            return file.read().decode("utf-8", "surrogateescape")
    except OSError:
        return ""


def _put(target: str, hook: str, wish: Wish) -> None:
    text = file_text(hook, wish.program, wish.absent)
    write_whole(target, text.encode("utf-8", "surrogateescape"), mode=0o777, finish=_share)


def _make_folder(path: str) -> None:
    if not os.path.isdir(path):
        with suppress(FileExistsError):  # another installation beside this one
            os.mkdir(path)
        _share(path)


def _share(path: str) -> None:
    """Let those who may read the folder start the file (`core.sharedRepository`)."""
    folder, own = (os.stat(name).st_mode for name in (os.path.dirname(path), path))
    if folder & 0o055 & ~own:
        os.chmod(path, own | folder & 0o055)


def _remove_leftovers(folder: str) -> None:
    for name in os.listdir(folder):
        match = _LEFTOVER.fullmatch(name)
        if match and not _runs(int(match[1])):
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(folder, name))


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        pass
    return True


@contextmanager
def _writing(folder: str) -> Iterator[None]:
    """Raise UsageError for an OSError."""
    try:
        yield
    except OSError as error:
        message = f"the hooks in {folder} cannot be changed: {error.strerror}"
        raise UsageError(message, hint=f"ls -ld {shell_quote(folder)}") from error
