"""What a start has made so far, to take it back if the rest fails."""

from contextlib import suppress
from typing import Self

from guard.core.errors import GuardError
from guard.git.linked import delete_branch, remove_worktree
from guard.git.repository import Repository


class Undone:
    """A worktree and a branch that go again if an error ends the block; no user's work is in it."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._path = self._branch = self._start = ""

    def made(self, path: str, branch: str, start: str) -> None:
        """Note that a worktree was made, and its branch at `start` unless that is ""."""
        self._path, self._branch, self._start = path, branch, start

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if not kind:
            return
        here = self._repository.top or self._repository.common_dir
        if self._path:
            with suppress(GuardError):
                remove_worktree(here, self._path)
        if self._start:
            with suppress(GuardError):
                delete_branch(here, self._branch, self._start)
