"""Where a session's worktree may be: a folder that is free, and that git ignores."""

import os
from collections.abc import Iterator, Sequence

from guard.contracts.draft import exactly
from guard.core.errors import GitError
from guard.core.files import read_head
from guard.core.names import show
from guard.core.writing import write_whole
from guard.git.locate import common_dir, holds, locate
from guard.git.plumbing import at
from guard.git.repository import Repository
from guard.git.worktrees import Worktree, worktrees


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
    if below.startswith(".."):
        return
    git = at(root).moved(GIT_LITERAL_PATHSPECS="0")  # check-ignore refuses to work with it
    asked = git.run("check-ignore", "-q", "--no-index", "--", below + "/", ok=(0, 1, 128))
    if asked.code != 1:  # it is ignored, or there is no work tree
        return
    exclude = os.path.join(repository.common_dir, "info", "exclude")
    os.makedirs(os.path.dirname(exclude), exist_ok=True)
    old = read_head(exclude, 1 << 20, follow=True).decode("utf-8", "surrogateescape")
    parent = os.path.dirname(below) or below
    line = exactly(parent) + "/\n"
    new = old + ("" if old.endswith("\n") or not old else "\n") + line
    write_whole(exclude, new.encode("utf-8", "surrogateescape"))


def root_of(top: str) -> str:
    """Give the folder in which those of sessions lie: the same in each worktree of a repository.

    That is the one around `.git`, whether that is a folder or leads to a bare repository; without
    such a one the outermost worktree around `top`, and outside of all the bare repository itself.
    """
    shared = common_dir(top) or top
    beside = os.path.dirname(shared) if os.path.basename(shared) == ".git" else _beside(shared)
    if beside != shared or holds(shared, top):
        return beside
    return next(_outwards(top, shared), top)


def main_tree(top: str) -> str:
    """Give the worktree that has the files which git ignores: the main one, as `top` sees it.

    For a bare repository it is the outermost one around `top`; "" outside of all.
    """
    root = root_of(top)
    if not worktrees(at(top))[0].bare:
        return root
    beside = (root, common_dir(top) or top)
    return next((one for one in _outwards(top, beside[1]) if one not in beside), "")


def _outwards(top: str, shared: str) -> Iterator[str]:
    """The folders around `top` that have a `.git` of the same repository, the outermost first."""
    place = locate(top, top)[0]
    for one in (*reversed(place.around), place.top):
        if one and common_dir(one) == shared:
            yield one


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
