"""A file of the working tree that is read, changed and put back whole or not at all, if nobody else has changed it meanwhile."""

from __future__ import annotations

import os
import stat

from guard.core.errors import UsageError
from guard.core.files import replace_file, write_new
from guard.core.names import shell_quote


def read_text(top: str, file: str) -> str | None:
    """Give the text of the regular file `file` below `top`, bytes that are not UTF-8 as lone surrogates; None where there is no file.

    Raises UsageError for anything else, and where a link leads to it: what is behind a link is somebody else's.
    """
    try:
        _require_no_links(top, file)
        if not stat.S_ISREG(os.lstat(os.path.join(top, file)).st_mode):
            raise UsageError(f"{file} is not a regular file", hint=f"ls -l {shell_quote(file)}")
        with open(os.path.join(top, file), encoding="utf-8", errors="surrogateescape", newline="") as opened:
            return opened.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}", hint=f"ls -l {shell_quote(file)}") from error


def put_text(top: str, file: str, old: str | None, new: str, again: str) -> None:
    """Put `new` in the place of `old`, which `read_text` gave. Folders are made where they are missing.

    Raises UsageError, with the hint `again`, where the file is no longer what was read, and where it cannot be written.
    """
    try:
        if old is None:
            write_new(top, file, new)
        else:
            _require_same(top, file, old, again)
            replace_file(top, file, new)
    except FileExistsError as error:
        raise UsageError(f"{file} has appeared meanwhile and is not overwritten", hint=again) from error
    finally:
        _drop_empty(top, os.path.dirname(file))


def remove_file(top: str, file: str, old: str, again: str) -> None:
    """Take a file away whose text is `old`, and the folders that are empty then.

    Raises UsageError, with the hint `again`, where the file is no longer what was read, and where it cannot be removed.
    """
    _require_same(top, file, old, again)
    try:
        os.unlink(os.path.join(top, file))
    except OSError as error:
        raise UsageError(f"cannot remove {file}: {error.strerror}", hint=f"ls -ld {shell_quote(os.path.dirname(file) or '.')}") from error
    _drop_empty(top, os.path.dirname(file))


def _require_no_links(top: str, file: str) -> None:
    folder = os.path.dirname(file)
    while folder:
        if os.path.islink(os.path.join(top, folder)):
            raise UsageError(f"{folder} is a symbolic link", hint=f"ls -ld {shell_quote(folder)}")
        folder = os.path.dirname(folder)


def _require_same(top: str, file: str, old: str, again: str) -> None:
    if read_text(top, file) != old:
        raise UsageError(f"{file} has changed meanwhile and is left alone", hint=again)


def _drop_empty(top: str, folder: str) -> None:
    """Remove folders below `top` as long as they are empty, from the inside out."""
    while folder:
        try:
            os.rmdir(os.path.join(top, folder))
        except OSError:
            return
        folder = os.path.dirname(folder)
