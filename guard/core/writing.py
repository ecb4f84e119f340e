"""Writes of guard's own files: whole or not at all, and never through a link."""

import os
import stat
from collections.abc import Callable
from contextlib import suppress

from guard.core.errors import GitError, UsageError
from guard.core.files import look_at_folder, read_text
from guard.core.names import show

TEMPORARY = ".guard-new-"  # begins the name of a file that is still being written


def write_whole(
    path: str,
    data: bytes | bytearray,
    *,
    folder: int | None = None,
    mode: int | None = None,
    new: bool = False,
    finish: Callable[[str], None] | None = None,
) -> None:
    """Write a file so that readers see the old content or all of the new one.

    `path` may start at the directory descriptor `folder`. `mode` is less the umask; without it a
    regular file keeps its permissions and a new one gets the usual ones. With `new`, raises
    FileExistsError if the path exists; otherwise a symbolic link is replaced, not followed.
    `finish` gets the path of the complete file before it takes its place. Raises OSError, and
    changes nothing, if the file cannot be written.
    """
    kept = None if mode is not None or new else _permissions(path, folder)
    name = f"{TEMPORARY}{os.getpid()}-{os.urandom(4).hex()}"
    temporary = os.path.join(os.path.dirname(path), name)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    if mode is None:
        mode = 0o666 if kept is None else 0o600
    descriptor = os.open(temporary, flags, mode, dir_fd=folder)
    try:
        with open(descriptor, "wb") as file:
            if kept is not None:
                os.fchmod(descriptor, kept)
            file.write(data)
        if finish:
            finish(temporary)
        if new:
            # Unlike a rename, this fails if the path exists.
            os.link(temporary, path, src_dir_fd=folder, dst_dir_fd=folder)
        else:
            os.replace(temporary, path, src_dir_fd=folder, dst_dir_fd=folder)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)


def write_new(top: str, file: str, text: str) -> None:
    """Write a new file below `top` as UTF-8, lone surrogates as bytes; folders are made.

    Raises FileExistsError if the path exists, UsageError if the file cannot be written.
    """
    _write(top, file, text, new=True)


def replace_file(top: str, file: str, text: str) -> None:
    """Write a file below `top`; an old one is replaced and passes on its permissions.

    Raises UsageError if something other than a file is there or the file cannot be written.
    """
    _write(top, file, text, new=False)


def put_text(top: str, file: str, old: str | None, new: str, again: str) -> None:
    """Write `new` in place of `old`, which `read_text` gave; folders are made.

    Raises UsageError if the file cannot be written or, with the hint `again`, is another by now.
    """
    try:
        if old is None:
            write_new(top, file, new)
        else:
            _require_same(top, file, old, again)
            replace_file(top, file, new)
    except FileExistsError as error:
        message = f"{file} has appeared meanwhile and is not overwritten"
        raise UsageError(message, hint=again) from error
    finally:
        _remove_empty_folders(top, os.path.dirname(file))


def remove_file(top: str, file: str, old: str, again: str) -> None:
    """Remove a file whose text is `old`, and the folders that are empty then.

    Raises UsageError if the file cannot be removed or, with the hint `again`, is another by now.
    """
    _require_same(top, file, old, again)
    try:
        os.unlink(os.path.join(top, file))
    except OSError as error:
        message = f"cannot remove {file}: {error.strerror}"
        raise UsageError(message, hint=look_at_folder(file)) from error
    _remove_empty_folders(top, os.path.dirname(file))


def _permissions(path: str, folder: int | None) -> int | None:
    try:
        mode = os.stat(path, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None
    return stat.S_IMODE(mode) if stat.S_ISREG(mode) else None


def _write(top: str, file: str, text: str, *, new: bool) -> None:
    *folders, name = file.split("/")
    here = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in folders:
            below = _entered(here, part, file)
            os.close(here)
            here = below
        if not new:
            _require_replaceable(here, name, file)
        write_whole(name, text.encode("utf-8", "surrogateescape"), folder=here, new=new)
    except FileExistsError:
        raise
    except OSError as error:
        message = f"cannot write {file}: {error.strerror}"
        raise UsageError(message, hint=look_at_folder(file)) from error
    finally:
        os.close(here)


def _entered(above: int, part: str, file: str) -> int:
    try:
        with suppress(FileExistsError):
            os.mkdir(part, dir_fd=above)
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(part, flags, dir_fd=above)
    except OSError as error:
        message = f"{part} in {os.path.dirname(file)} is not a folder: {error.strerror}"
        hint = f"replace {part} with a folder, not a link"
        raise UsageError(message, hint=hint) from error


def _require_replaceable(folder: int, name: str, file: str) -> None:
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        hint = "move it away; guard replaces only files"
        raise UsageError(f"{file} is not a regular file", hint=hint)


def _require_same(top: str, file: str, old: str, again: str) -> None:
    if read_text(top, file) != old:
        raise UsageError(f"{file} has changed meanwhile and is left alone", hint=again)


def _remove_empty_folders(top: str, folder: str) -> None:
    while folder:
        try:
            os.rmdir(os.path.join(top, folder))
        except OSError:
            return
        folder = os.path.dirname(folder)


def keep(path: str, data: bytes, hint: str = "make room, then run it again") -> None:
    """Write a file of guard's own into git's folder, made with its folder if need be.

    Raises GitError, with the `hint`, if it cannot be written.
    """
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_whole(path, data)
    except OSError as error:
        message = f"{show(path)} cannot be written: {error.strerror}"
        raise GitError(message, hint=hint) from error
