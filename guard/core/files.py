"""Reads of single files that follow no link and wait for nobody."""

from __future__ import annotations

import os
import stat

from guard.core.errors import UsageError
from guard.core.names import shell_quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO


class NotAFile(OSError):
    """The path leads to something other than a regular file; `strerror` says to what."""


def open_file(path: str, *, follow: bool = False) -> BinaryIO:
    """Open a regular file for reading, without waiting for the writer of a pipe.

    Raises NotAFile for a folder, a pipe, a device and, unless `follow`, a symbolic link (open(2),
    O_NOFOLLOW), and OSError if the file cannot be opened.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags if follow else flags | os.O_NOFOLLOW)
    except OSError as error:
        if not follow and os.path.islink(path):
            raise NotAFile(0, "is not a regular file") from error
        raise
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return open(descriptor, "rb")
    os.close(descriptor)
    raise NotAFile(0, "is a folder" if stat.S_ISDIR(mode) else "is not a regular file")


def read_head(path: str, limit: int, *, follow: bool = False) -> bytes:
    """Read the first `limit` bytes of a regular file; b"" if there is none that can be read."""
    try:
        with open_file(path, follow=follow) as file:
            return file.read(limit)
    except OSError:
        return b""


def look_at_folder(path: str) -> str:
    """Give the command that shows the folder of `path`, for a hint."""
    return f"ls -ld {shell_quote(os.path.dirname(path) or '.')}"


def read_text(top: str, file: str) -> str | None:
    """Read the regular file `file` below `top`, bytes that are not UTF-8 as lone surrogates.

    Gives None if there is no file. Raises UsageError for anything else, also behind a symbolic
    link: such a file belongs to somebody else.
    """
    try:
        folder = os.path.dirname(file)
        while folder:
            if os.path.islink(os.path.join(top, folder)):
                hint = f"ls -ld {shell_quote(folder)}"
                raise UsageError(f"{folder} is a symbolic link", hint=hint)
            folder = os.path.dirname(folder)
        with open_file(os.path.join(top, file)) as opened:
            return opened.read().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        message = f"cannot read {file}: {error.strerror}"
        if isinstance(error, NotAFile):
            message = f"{file} is not a regular file"
        raise UsageError(message, hint=f"ls -l {shell_quote(file)}") from error
