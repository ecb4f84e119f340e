"""Where a path that somebody names really lies: in which worktree, and what git calls it there, whatever the links, `..` and letters' case.

git itself is not asked: it would take a process a path, and it does not answer for paths that do not exist yet.
"""

from __future__ import annotations

import os

from guard.core.names import fold
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_GIT = ".git"


class Place(NamedTuple):
    """A path's place on the disk.

    `real` is the absolute path without links; `top` is the innermost folder around it that has a `.git`, "" where there is none, and
    `path` what follows, "" for the top itself; `in_git` tells that it is the `.git` there, or inside of it. `around` are further such
    folders, from the inside out.
    """

    real: str
    top: str = ""
    path: str = ""
    in_git: bool = False
    around: tuple[str, ...] = ()

    def below(self, top: str) -> str:
        """The path from another folder that is around it."""
        return self.real[len(top.rstrip("/")) + 1 :]


def locate(path: str, start: str, *, follow: bool = True) -> tuple[Place, ...]:
    """Find the place of `path`, absolute or from the folder `start`; with `follow` a link stands for what it leads to.

    Where `..` stands behind a link there are two: a program that shortens the path first, and one that leaves it to the system, reach
    different files. Half of a surrogate pair stands for U+FFFD, which JavaScript writes for it. None for a path that no file can have.
    """
    try:
        named = os.path.join(start, os.path.expanduser(_encodable(path)))
        spellings = (named, os.path.normpath(named)) if ".." in named.split("/") else (named,)
        return tuple(
            dict.fromkeys(_place(_real(spelling, follow=follow)) for spelling in spellings)
        )
    except ValueError:  # a NUL
        return ()


def _encodable(path: str) -> str:
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        return path.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return path


def top_of(folder: str) -> str:
    """The innermost folder from `folder` outwards that has a `.git`; "" where there is none."""
    return next(_tops(os.path.realpath(folder)), "")


def common_dir(top: str) -> str:
    """The git directory that a worktree shares with its siblings, told by its own notes of where that is (gitrepository-layout(5)).

    "" where they cannot be read.
    """
    try:
        git = git_dir(top)
        shared = os.path.join(git, "commondir")
        return os.path.realpath(
            os.path.join(git, _first_line(shared)) if os.path.exists(shared) else git
        )
    except OSError:
        return ""


def git_dir(top: str) -> str:
    """The worktree's own git directory, told by its `.git`. Raises OSError where that cannot be read."""
    git = os.path.join(top, _GIT)
    return (
        git if os.path.isdir(git) else os.path.join(top, _first_line(git).removeprefix("gitdir: "))
    )


def seems_adopted(top: str) -> bool:
    """Whether guard seems to be adopted in a worktree, told from its files: for when git does not answer."""
    return top != "" and any(
        os.path.lexists(os.path.join(top, name)) for name in ("guard.toml", ".guard")
    )


def _first_line(path: str) -> str:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.readline(1 << 12).rstrip("\n")


def posix_path(path: str, start: str = "") -> str:
    r"""Give `path` as this system has it: a file URI or a Windows path, where its drive is mounted here, becomes a plain path.

    `start` is the directory that the path may be relative to. `C:\a` and `/C:/a` (Cursor's roots) are `/mnt/c/a` under the Windows
    Subsystem for Linux and `/c/a` under MSYS2; a backslash is a letter like any other unless one of the two is a Windows path.
    """
    if path.lower().startswith("file://"):
        path = _decoded(path[7:].removeprefix("localhost"))
    bare = path[1:] if _has_drive(path[1:]) and path.startswith("/") else path
    if not _has_drive(bare):
        return path.replace("\\", "/") if _has_drive(start.lstrip("/")) else path
    drive, rest = bare[0].lower(), bare[2:].replace("\\", "/")
    mounted = next((root for root in (f"/mnt/{drive}", f"/{drive}") if os.path.isdir(root)), "")
    return mounted + rest if mounted else path  # a name like any other here


def _has_drive(path: str) -> bool:
    return (
        path[1:2] == ":"
        and path[:1].isascii()
        and path[:1].isalpha()
        and path[2:3] in ("", "/", "\\")
    )


def _decoded(uri: str) -> str:
    """A URI's path without its percent signs (RFC 3986, 2.1)."""
    head, *parts = uri.split("%")
    try:
        raw = b"".join(
            bytes.fromhex(part[:2]) + part[2:].encode("utf-8", "surrogateescape") for part in parts
        )
    except ValueError:
        return uri
    return head + raw.decode("utf-8", "surrogateescape")


def _real(path: str, *, follow: bool) -> str:
    folder, name = os.path.split(path.rstrip("/"))
    if follow or name in ("", ".", ".."):  # these are no names of links
        return os.path.realpath(path)
    return os.path.join(os.path.realpath(folder), name)


def _place(real: str) -> Place:
    tops = tuple(_tops(real))
    if not tops:
        return Place(real)
    top, *around = tops
    if _ignores_case(top):
        real = os.path.join(top, *_spelled_as_stored(top, real[len(top.rstrip("/")) + 1 :]))
    place = Place(real, top, around=tuple(around))
    path = place.below(top)
    return place._replace(
        path=path, in_git=path.split("/", 1)[0].lower() == _GIT
    )  # git tracks no other spelling, either


def _tops(real: str) -> Iterator[str]:
    """The folders around `real` that have a `.git`, itself included if it is no link, from the inside out."""
    folder = os.path.dirname(real) if os.path.islink(real) else real
    while True:
        if os.path.basename(folder).lower() != _GIT and os.path.lexists(os.path.join(folder, _GIT)):
            yield folder
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above


def _ignores_case(top: str) -> bool:
    """Whether `.GIT` is the same file as `.git` there, as on macOS and Windows."""
    try:
        return os.path.samestat(
            os.lstat(os.path.join(top, ".GIT")), os.lstat(os.path.join(top, _GIT))
        )
    except OSError:
        return False


def _spelled_as_stored(top: str, path: str) -> Iterator[str]:
    """The parts of `path` as the file system spells those that exist: `SRC/A.py` may be `src/a.py`, by case or by Unicode form."""
    folder = top
    for name in path.split("/"):
        try:
            names = os.listdir(folder)
        except OSError:
            names = []
        stored = (
            name
            if name in names
            else next((other for other in names if fold(other) == fold(name)), name)
        )
        yield stored
        folder = os.path.join(folder, stored)
