"""The worktrees of a repository, as git lists them."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from guard.core.files import read_head
from guard.core.names import HEADS, branch_in, is_object_id, shell_quote
from guard.git.plumbing import Git, at
from guard.git.repository import Repository, open_repository

_NO_REF = "ref: refs/heads/.invalid"  # where refs are in tables (reftable), HEAD is there, too
_LONGEST = 1 << 16  # bytes of one of git's small files

# git's files while an operation goes on (git-worktree(1), "DETAILS"; wt-status.c).
OPERATIONS = {
    "rebase-merge": "rebase",
    "rebase-apply": "rebase or git am",
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "BISECT_LOG": "bisection",
    "sequencer": "cherry-pick or revert of several commits",
}


def operation_in(git_dir: str) -> str:
    """Give the operation that goes on in the worktree with this git directory; "" for none."""
    for name, what in OPERATIONS.items():
        if os.path.lexists(os.path.join(git_dir, name)):
            return what
    return ""


class Worktree(NamedTuple):
    """A worktree; `branch` is "" if HEAD is detached, `missing` tells that its folder is.

    `head` is the commit that is checked out, "" before the first one.
    """

    path: str
    branch: str
    bare: bool
    missing: bool
    locked: bool = False
    head: str = ""

    @property
    def forget(self) -> str:
        """The command for a folder that is gone for good: git forgets this worktree and no other.

        `git worktree prune` forgets every worktree whose folder is away, on a disk for instance.
        """
        path = shell_quote(self.path)
        unlock = f"git worktree unlock {path} && " if self.locked else ""
        return f"{unlock}git worktree remove {path}"


def worktrees(git: Git) -> list[Worktree]:
    """All worktrees, the main one first (git-worktree(1), "PORCELAIN FORMAT", with `-z`)."""
    found = []
    for record in git.run("worktree", "list", "--porcelain", "-z").text.split("\0\0"):
        if record:
            said = dict(line.partition(" ")[::2] for line in record.split("\0"))
            path, bare = said["worktree"], "bare" in said
            branch = said.get("branch", "").removeprefix(HEADS)
            missing = not bare and not os.path.isdir(path)
            head = said.get("HEAD", "")
            head = head if head.strip("0") else ""
            found.append(Worktree(path, branch, bare, missing, "locked" in said, head))
    return found


def places(ours: Repository) -> list[Worktree]:
    """Give the worktrees with files; `ours` is the one that guard was started in.

    For a submodule, and a repository made with `--separate-git-dir`, git lists the git directory as
    the main worktree; its files are elsewhere.
    """
    main, *linked = worktrees(ours.git)
    if not main.bare and not os.path.lexists(os.path.join(main.path, ".git")):
        if ours.git_dir != ours.common_dir:
            ours = open_repository(at(main.path))
        main = main._replace(path=ours.top or main.path)
    return [worktree for worktree in (main, *linked) if not worktree.bare]


def places_unseen(ours: Repository) -> list[Worktree]:
    """Give what `places` does without looking into any folder, where that is possible.

    Then it is not known which are missing.
    """
    return worktrees_in_files(ours) or places(ours)


def worktrees_in_files(repository: Repository, *, with_heads: bool = True) -> list[Worktree] | None:
    """Give the worktrees with files by git's own files alone (gitrepository-layout(5)).

    None of their folders is looked at, as `worktrees` does: one may lie on a disk that does not
    answer. So `missing` is not known, and false. Without heads, the `head` of a branch is "", and
    no process is started. None where git has to be asked: if HEAD is not in a file, or the main
    worktree is not beside its `.git`.
    """
    common = repository.common_dir
    config = read_head(os.path.join(common, "config"), _LONGEST).lower()
    told_otherwise = (b"worktreeconfig", b"bare = true", b"bare=true", b"core.bare", b"worktree =")
    main = os.path.dirname(common)
    if os.path.basename(common) != ".git" or any(word in config for word in told_otherwise):
        return None
    tips = dict(_tips(repository.git)) if with_heads else {}
    found = [_in_file(common, main, tips, is_main=True)]
    for name in _listed(os.path.join(common, "worktrees")):
        own = os.path.join(common, "worktrees", name)
        pointer = _line(os.path.join(own, "gitdir"))
        if pointer:
            folder = os.path.dirname(os.path.normpath(os.path.join(own, pointer)))
            found.append(_in_file(own, folder, tips))
    known = [one for one in found if one]
    return known if len(known) == len(found) else None


def _in_file(
    own: str, folder: str, tips: Mapping[str, str], *, is_main: bool = False
) -> Worktree | None:
    head = _line(os.path.join(own, "HEAD"))
    locked = not is_main and os.path.lexists(os.path.join(own, "locked"))
    if is_object_id(head):
        return Worktree(folder, "", bare=False, missing=False, locked=locked, head=head)
    ref = head.removeprefix("ref: ")
    branch = branch_in(ref)
    if head in (_NO_REF, ref) or not branch:
        return None
    return Worktree(
        folder, branch, bare=False, missing=False, locked=locked, head=tips.get(ref, "")
    )


def _tips(git: Git) -> list[tuple[str, str]]:
    listed = git.run("for-each-ref", "--format=%(refname) %(objectname)", HEADS).text
    lines = (line.rpartition(" ") for line in listed.split("\n")[:-1])
    return [(ref, oid) for ref, _, oid in lines]


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _line(file: str) -> str:
    return read_head(file, _LONGEST).decode("utf-8", "surrogateescape").rstrip("\n")
