"""What is changed in the other worktrees: git is asked early, and looks while Python loads."""

import os
from typing import NamedTuple

from guard.git.disks import BESIDE, Disks
from guard.git.filters import without_filters
from guard.git.locate import top_of
from guard.git.plumbing import Process, at
from guard.git.repository import Repository
from guard.git.worktrees import Worktree, places, worktrees_in_files
from guard.verdict.opening import Opening

# git-status(1): whatever the configuration says, a path for each record, after two letters.
_QUICK = (
    "--porcelain",
    "-z",
    "--untracked-files=all",
    "--no-renames",
    "--ignore-submodules=dirty",
)


class Elsewhere(NamedTuple):
    """The `worktrees` with files, none if there is only one, and `git status` in each other one."""

    worktrees: list[Worktree]
    asked: list[tuple[Worktree, Process]]

    def end(self) -> None:
        """Wait for every process."""
        for _, process in self.asked:
            process.answer()


class Early(NamedTuple):
    """A repository that is open, and what was asked about its other worktrees."""

    opening: Opening
    elsewhere: Elsewhere


def look_early(start: str) -> Early | None:
    """Open the repository around the directory `start` and ask; None if there is no repository.

    Every process has to be waited for. Raises GuardError if git cannot read the repository.
    """
    top = top_of(start) if os.path.isdir(start) else ""
    if not top:
        return None
    opening = Opening(at(top), staged=False)
    return Early(opening, ask_elsewhere(opening.repository()))


def ask_elsewhere(repository: Repository) -> Elsewhere:
    """Start asking each other worktree of the `repository` what is changed there."""
    if not repository.has_linked_worktrees:
        return Elsewhere([], [])
    off = without_filters(repository.git)
    found = worktrees_in_files(repository, with_heads=False)
    if found is None:
        found = places(repository)
    disks = Disks(repository.common_dir)
    listed = [one._replace(missing=not disks.has(one.path, BESIDE)) for one in found]
    asked = [
        (one, at(one.path).moved(**off).start("status", *_QUICK))
        for one in listed
        if not one.missing and one.real != os.path.realpath(repository.top)
    ]
    return Elsewhere(listed, asked)
