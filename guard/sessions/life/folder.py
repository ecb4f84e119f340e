"""Where a session's worktree may be: a folder that is free, and that git ignores."""

import os
from collections.abc import Iterator, Sequence

from guard.contracts.draft import exactly
from guard.core.errors import GitError
from guard.core.files import read_head
from guard.core.names import show
from guard.core.writing import write_whole
from guard.git.locate import common_dir
from guard.git.plumbing import at
from guard.git.repository import Repository
from guard.git.worktrees import Worktree


def require_place(root: str, path: str, known: Worktree | None) -> None:
    """Raise GitError if the path leads over a link, or has something besides a worktree."""
    place = root
    for part in os.path.relpath(path, root).split("/"):
        place = os.path.join(place, part)
        if os.path.islink(place):
            raise GitError(
                f"{show(place)} is a symbolic link", hint="replace the link with a folder"
            )
    if known and known.missing:
        message = f"the folder of the worktree {show(path)} is not there"
        raise GitError(message, hint=f"{known.forget}   # if it is gone for good")
    is_free = not os.path.lexists(path) or (os.path.isdir(path) and not os.listdir(path))
    if not known and not is_free:
        message = f"{show(path)} exists and is not a worktree"
        raise GitError(message, hint="choose another name")


def worktree_at(path: str, known: Sequence[Worktree]) -> Worktree | None:
    """Give the worktree with this path; None if none of those `known` has it."""
    real = os.path.realpath(path)
    return next((one for one in known if one.real == real), None)


def hide(repository: Repository, path: str) -> None:
    """Let git ignore the folder of worktrees within the main one, without a tracked file.

    gitignore(5): `info/exclude`. A path elsewhere needs nothing, nor does a bare repository.
    """
    root = root_of(repository.top or repository.common_dir)
    below = os.path.relpath(path, root)
    is_tree = os.path.lexists(os.path.join(root, ".git")) and root != _beside(repository.common_dir)
    if below.startswith("..") or not is_tree:
        return
    git = at(root).moved(GIT_LITERAL_PATHSPECS="0")  # check-ignore refuses to work with it
    if git.run("check-ignore", "-q", "--no-index", "--", below + "/", ok=(0, 1)).code == 0:
        return
    exclude = os.path.join(repository.common_dir, "info", "exclude")
    os.makedirs(os.path.dirname(exclude), exist_ok=True)
    old = read_head(exclude, 1 << 20, follow=True).decode("utf-8", "surrogateescape")
    parent = os.path.dirname(below) or below
    line = exactly(parent) + "/\n"
    new = old + ("" if old.endswith("\n") or not old else "\n") + line
    write_whole(exclude, new.encode("utf-8", "surrogateescape"))


def root_of(top: str) -> str:
    """Give the top of the main worktree; of a bare repository, that of the outermost one around.

    A session that is started in another session's worktree would else lie in that. Outside of all
    worktrees it is the folder of a bare repository, or the one whose `.git` file leads there.
    """
    shared = common_dir(top)
    if os.path.basename(shared) == ".git":
        return os.path.dirname(shared)
    around = (place for place in _linked(shared) if top.startswith(os.path.join(place, "")))
    return min(around, key=len, default=top if shared else _beside(top))


def _beside(shared: str) -> str:
    """The folder around a bare repository if its `.git` file names that, else the repository.

    gitrepository-layout(5), "gitfile"; `git clone --bare URL .bare` is often set up so.
    """
    parent, head = os.path.dirname(shared), b"gitdir: "
    link = os.path.join(parent, ".git")
    said = read_head(link, 1 << 13) if os.path.isfile(link) else b""
    place = os.path.join(parent, os.fsdecode(said.removeprefix(head)).rstrip("\n"))
    is_this = said.startswith(head) and os.path.realpath(place) == os.path.realpath(shared)
    return parent if is_this else shared


def _linked(shared: str) -> Iterator[str]:
    """The tops of linked worktrees (gitrepository-layout(5), `worktrees/<id>/gitdir`)."""
    folder = os.path.join(shared, "worktrees")
    for one in os.listdir(folder) if os.path.isdir(folder) else ():
        link = os.fsdecode(read_head(os.path.join(folder, one, "gitdir"), 1 << 13)).rstrip("\n")
        if link:
            yield os.path.dirname(os.path.normpath(os.path.join(folder, one, link)))
