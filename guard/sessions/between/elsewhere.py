"""What is changed in the other worktrees: git is asked early, and looks while Python loads."""

import os
from collections.abc import Sequence
from typing import NamedTuple

from guard.git.disks import BESIDE, Disks
from guard.git.filters import switched_off, without_filters
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


class Early(NamedTuple):
    """A repository that is open, and what was asked about its worktrees."""

    opening: Opening
    elsewhere: Elsewhere

    def end(self) -> None:
        """Let every process end."""
        if self.opening.asked:
            self.opening.asked.end()
        for _, process in self.elsewhere.asked:
            process.answer()


def look_early(opening: Opening) -> Early:
    """Ask about the worktrees of the repository that is being opened.

    Every process has to be waited for. Raises GuardError if git cannot read the repository.
    """
    opening.ask_working_tree()
    filters = opening.asked.filters if opening.asked else None
    return Early(opening, _ask_elsewhere(opening.repository(), filters))


def _ask_elsewhere(repository: Repository, filters: Sequence[str] | None) -> Elsewhere:
    """Start asking each other worktree what is changed there; `filters` None: they are unknown."""
    if not repository.has_linked_worktrees:
        return Elsewhere([], [])
    git = repository.git
    off = without_filters(git) if filters is None else switched_off(git, filters)
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
