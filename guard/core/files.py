"""Files of the working tree: written whole or not at all, and never through a symbolic link, which may come from the branch."""

from __future__ import annotations

import contextlib
import os
import stat

from guard.core.errors import UsageError
from guard.core.names import shell_quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def write_new(top: str, file: str, text: str) -> None:
    """Write a new file at the path `file` below `top`, folders on the way made as they are needed, as UTF-8 (lone surrogates as bytes).

    Raises FileExistsError where there is anything of that name, UsageError where a folder on the way is none or nothing can be written.
    """
    with _folder_of(top, file) as (folder, name):
        temporary = _written(folder, name, text)
        try:
            os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)  # link(2) fails where the new name exists
        finally:
            os.unlink(temporary, dir_fd=folder)


def replace_file(top: str, file: str, text: str) -> None:
    """Write the file at the path `file` below `top` anew, or for the first time; whoever could not read the old one cannot read this.

    Raises UsageError where something else than a file stands there, a folder on the way is none, or nothing can be written.
    """
    with _folder_of(top, file) as (folder, name):
        mode = None
        with contextlib.suppress(FileNotFoundError):
            old = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if not stat.S_ISREG(old.st_mode):
                raise UsageError(f"{file} is not a regular file", hint="move it away; nothing but a file is ever replaced")
            mode = stat.S_IMODE(old.st_mode)
        temporary = _written(folder, name, text, mode)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)


@contextlib.contextmanager
def _folder_of(top: str, file: str) -> Iterator[tuple[int, str]]:
    """Open the folder of a file, made where it is missing, without following a link on the way; give it and the file's name."""
    *folders, name = file.split("/")
    here = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in folders:
            below = _entered(here, part, file)
            os.close(here)
            here = below
        yield here, name
    except FileExistsError:
        raise
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}", hint=f"ls -ld {shell_quote(os.path.dirname(file) or '.')}") from error
    finally:
        os.close(here)


def _entered(above: int, part: str, file: str) -> int:
    try:
        with contextlib.suppress(FileExistsError):
            os.mkdir(part, dir_fd=above)
        return os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
    except OSError as error:
        hint = f"replace {part} by a folder; a link would not do"
        raise UsageError(f"{part} in {os.path.dirname(file)} is no folder: {error.strerror}", hint=hint) from error


def _written(folder: int, name: str, text: str, mode: int | None = None) -> str:
    """Write a text under a name of its own, with that mode or the usual one; give the name."""
    temporary = f".{name}.{os.getpid()}.{os.urandom(4).hex()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666 if mode is None else 0o600, dir_fd=folder)
    try:
        with open(descriptor, "w", encoding="utf-8", errors="surrogateescape", newline="") as new:
            if mode is not None:
                os.chmod(new.fileno(), mode)
            new.write(text)
    except BaseException:
        os.unlink(temporary, dir_fd=folder)
        raise
    return temporary
