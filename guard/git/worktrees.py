"""The worktrees of a repository, as git lists them."""

import os
from typing import NamedTuple

from guard.core.names import HEADS, shell_quote
from guard.git.plumbing import Git

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
