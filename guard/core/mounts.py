"""What is mounted where: it lies in a folder, but is somewhere else, and others may use it."""

import os
import re
from collections.abc import Iterable, Iterator

from guard.core.names import shell_quote

_TABLE = "/proc/self/mountinfo"
_ESCAPED = re.compile(rb"\\([0-7]{3})")


def mounts_below(folder: str) -> list[str]:
    """Give the mount points inside a folder, and folders in it that are of another file system.

    Where the system has a table of mounts (proc(5), `/proc/PID/mountinfo`), those are found, too,
    that show a folder of the same file system. Raises OSError if a folder cannot be looked at.
    """
    real = os.path.realpath(folder)
    inside = {one for one in all_mounts() if one.startswith(real.rstrip("/") + "/")}
    return sorted(inside | {*_of_another_device(real)})


def all_mounts() -> list[str]:
    """Give all mount points; none where the system has no table of mounts."""
    try:
        with open(_TABLE, "rb") as file:
            return mount_points(file.read())
    except OSError:
        return []


def mount_of(path: str, mounts: Iterable[str]) -> str:
    """Give the one of the `mounts` that an absolute path without links lies on; "" for none.

    No folder is looked at.
    """
    above = (one for one in mounts if f"{path}/".startswith(one.rstrip("/") + "/"))
    return max(above, key=len, default="")


def mount_points(table: bytes) -> list[str]:
    r"""Give the mount points of a table of mounts: the fifth field, with `\\040` for a space."""
    fields = (line.split(b" ") for line in table.split(b"\n"))
    return [os.fsdecode(_ESCAPED.sub(_plain, one[4])) for one in fields if len(one) > 5]


def umount(places: list[str]) -> str:
    """Give the command that lets go of mounts: what is mounted in another one comes first."""
    return " && ".join(f"umount {shell_quote(one)}" for one in sorted(places, reverse=True))


def _plain(escaped: re.Match[bytes]) -> bytes:
    return bytes([int(escaped[1], 8) & 255])


def _of_another_device(top: str) -> Iterator[str]:
    device, left = os.lstat(top).st_dev, [top]
    while left:
        with os.scandir(left.pop()) as listed:
            folders = [one.path for one in listed if one.is_dir(follow_symlinks=False)]
        for folder in folders:
            if os.lstat(folder).st_dev == device:
                left.append(folder)
            else:
                yield folder
