"""Where a path really is: in which worktree, and what git calls it there.

git is not asked: it would take a process per path, and knows no path that does not exist yet.
"""

from __future__ import annotations

import os

from guard.core.errors import GitError
from guard.core.files import read_head
from guard.core.names import HEADS, fold
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_GIT = ".git"
_LONGEST = 1 << 16  # bytes of one of git's small files


class Place(NamedTuple):
    """A path's place on the disk.

    `real` is the absolute path without links. `top` is the innermost folder above it with a `.git`
    ("" if there is none), and `path` the rest ("" for the top itself). `in_git` tells whether that
    is the `.git` or inside it. `around` are the other folders with a `.git`, from the inside out.
    """

    real: str
    top: str = ""
    path: str = ""
    in_git: bool = False
    around: tuple[str, ...] = ()

    def below(self, top: str) -> str:
        """The path from another folder above it."""
        return _below(self.real, top)


def locate(path: str, start: str, *, follow: bool = True) -> tuple[Place, ...]:
    """Find the place of `path`, which is absolute or starts at the folder `start`.

    With `follow`, a link stands for its target. `..` after a link gives two places: some programs
    shorten the path first and reach another file. A path that no file can have has no place.
    """
    try:
        named = os.path.join(start, os.path.expanduser(_encodable(path)))
        spellings = [named]
        if ".." in named.split("/"):
            spellings.append(os.path.normpath(named))
        places = [_place(_real(spelling, follow=follow)) for spelling in spellings]
        return tuple(dict.fromkeys(places))
    except ValueError:  # a NUL
        return ()


def top_of(folder: str) -> str:
    """The innermost folder from `folder` outwards with a `.git`; "" if there is none."""
    try:
        return next(_tops(os.path.realpath(_encodable(folder))), "")
    except ValueError:  # a NUL
        return ""


def own_top(start: str) -> str:
    """Give the top of the worktree around an agent's directory; "" if it is in none.

    Raises GitError if the directory does not exist.
    """
    if not os.path.isdir(start):
        message = f"the directory of the agent does not exist: {start}"
        raise GitError(message, hint="git worktree list")
    return top_of(start)


def holds(folder: str, path: str) -> bool:
    """Tell whether a path lies in a folder; both are absolute and without links."""
    return path.startswith(folder.rstrip("/") + "/")


def _encodable(path: str) -> str:
    """The path with U+FFFD for half of a surrogate pair, as JavaScript writes it."""
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        return path.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return path


def common_dir(top: str) -> str:
    """The git directory that worktrees share (gitrepository-layout(5)); "" if it is unreadable."""
    try:
        git = git_dir(top)
        shared = os.path.join(git, "commondir")
        if os.path.exists(shared):
            git = os.path.join(git, _first_line(shared))
        return os.path.realpath(git)
    except OSError:
        return ""


def requests_in(top: str) -> list[str]:
    """List the files of `requests_folder` for the worktree at `top`; none if it is unreadable."""
    try:
        return os.listdir(requests_folder(common_dir(top)))
    except OSError:
        return []


def requests_folder(common_dir: str) -> str:
    """Where the sessions of a clone leave what they ask for, a file each."""
    return os.path.join(common_dir, "guard", "requests")


def git_dir(top: str) -> str:
    """The worktree's own git directory, read from its `.git`. Raises OSError if that fails."""
    git = os.path.join(top, _GIT)
    if os.path.isdir(git):
        return git
    return os.path.join(top, _first_line(git).removeprefix("gitdir: "))


def head_of(top: str) -> str:
    """Give the branch that is checked out in the worktree at `top`; if detached, its commit."""
    return line_in(os.path.join(git_dir(top), "HEAD")).removeprefix(f"ref: {HEADS}")


def linked(common: str) -> Iterator[tuple[str, str]]:
    """Yield the git directory and the folder of each linked worktree; no folder is looked at."""
    for own in linked_dirs(common):
        folder = folder_of(own)
        if folder:
            yield own, folder


def worktree_in(folder: str, here: str) -> str:
    """Give a worktree of the repository of `here` that lies in a folder; "" if none does.

    `here` is the top of a worktree, and comes first; no other one's folder is looked at.
    """
    if holds(folder, here):
        return here
    shared = common_dir(here) if here and os.path.isdir(folder) else ""
    return next((one for _, one in linked(shared) if holds(folder, one)), "")


def tops_beside(here: str) -> list[str]:
    """Give the tops of all worktrees of the repository of `here`, the top of one; it is the first.

    The main one is known where its git directory is its `.git`.
    """
    common = common_dir(here)
    main = [os.path.dirname(common)] if os.path.basename(common) == _GIT else []
    return list(dict.fromkeys([here, *main, *(folder for _, folder in linked(common))]))


def linked_dirs(common: str) -> list[str]:
    """The git directories of the linked worktrees (gitrepository-layout(5), `worktrees`)."""
    if not common:  # `common_dir` could not read it
        return []
    folder = os.path.join(common, "worktrees")
    try:
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    except OSError:
        return []


def folder_of(own: str) -> str:
    """The folder, which may be gone, of the linked worktree with the git directory `own`.

    "" if that is no linked worktree's (gitrepository-layout(5), `worktrees/<id>/gitdir`).
    """
    pointer = line_in(os.path.join(own, "gitdir"))
    if not pointer:
        return ""
    return os.path.dirname(os.path.normpath(os.path.join(own, pointer)))


def line_in(file: str) -> str:
    """The text of one of git's small files, which has one line; "" if it cannot be read."""
    return read_head(file, _LONGEST).decode("utf-8", "surrogateescape").rstrip("\n")


def seems_adopted(top: str) -> bool:
    """Whether a worktree has guard's files; for when git does not answer."""
    names = ("guard.toml", ".guard")
    return top != "" and any(os.path.lexists(os.path.join(top, name)) for name in names)


def _first_line(path: str) -> str:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.readline(1 << 12).rstrip("\n")


def posix_path(path: str, start: str = "") -> str:
    r"""Turn a file URI, or a Windows path whose drive is mounted here, into a plain path.

    `start` is the directory that the path may be relative to. `C:\a` and `/C:/a` (Cursor's roots)
    are `/mnt/c/a` in the Windows Subsystem for Linux and `/c/a` in MSYS2. A backslash is an
    ordinary character unless one of the two is a Windows path.
    """
    if path.lower().startswith("file://"):
        path = _decoded(path[7:].removeprefix("localhost"))
    bare = path[1:] if path.startswith("/") and _has_drive(path[1:]) else path
    if not _has_drive(bare):
        return path.replace("\\", "/") if _has_drive(start.lstrip("/")) else path
    drive, rest = bare[0].lower(), bare[2:].replace("\\", "/")
    for root in (f"/mnt/{drive}", f"/{drive}"):
        if os.path.isdir(root):
            return root + rest
    return path


def _has_drive(path: str) -> bool:
    letter, colon, separator = path[:1], path[1:2], path[2:3]
    return letter.isascii() and letter.isalpha() and colon == ":" and separator in ("", "/", "\\")


def _decoded(uri: str) -> str:
    """A URI's path without percent-encoding (RFC 3986, 2.1)."""
    head, *parts = uri.split("%")
    raw = b""
    try:
        for part in parts:
            raw += bytes.fromhex(part[:2]) + part[2:].encode("utf-8", "surrogateescape")
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
        real = os.path.join(top, *_spelled_as_stored(top, _below(real, top)))
    path = _below(real, top)
    # git tracks no other spelling of `.git`, either.
    in_git = path.partition("/")[0].lower() == _GIT
    return Place(real, top, path, in_git, tuple(around))


def _below(real: str, top: str) -> str:
    return real[len(top.rstrip("/")) + 1 :]


def _tops(real: str) -> Iterator[str]:
    """The folders with a `.git` from `real` (if it is no link) outwards."""
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
    upper, lower = os.path.join(top, ".GIT"), os.path.join(top, _GIT)
    try:
        return os.path.samestat(os.lstat(upper), os.lstat(lower))
    except OSError:
        return False


def _spelled_as_stored(top: str, path: str) -> Iterator[str]:
    """The parts of `path`; those that exist as the file system spells them (case, Unicode form)."""
    folder = top
    for name in path.split("/"):
        try:
            names = os.listdir(folder)
        except OSError:
            names = []
        stored = name
        if name not in names:
            stored = next((other for other in names if fold(other) == fold(name)), name)
        yield stored
        folder = os.path.join(folder, stored)
