"""git's first answers, asked for before anything else is loaded: while Python imports the rest, git works on the other core."""

from __future__ import annotations

from guard.objects import Objects
from guard.reading.compare import diff_index
from guard.repository import open_repository, questions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.plumbing import Git
    from guard.repository import Repository


class Opening:
    """What every verdict begins with, started at once: where we are, and, if asked, what is staged and, `ahead`, what reads objects."""

    def __init__(self, git: Git, *, staged: bool, ahead: bool = False) -> None:
        self.staged = diff_index(git, "HEAD") if staged else None
        self._place = questions(git)
        self._git = git
        self._objects: Objects | None = Objects(git) if ahead else None

    @property
    def objects(self) -> Objects:
        """The open `cat-file`, started when it is first asked for."""
        if self._objects is None:
            self._objects = Objects(self._git)
        return self._objects

    def repository(self) -> Repository:
        """The repository. Raises GitError where there is none or git does not trust it."""
        return open_repository(self._git, self._place)

    def close(self) -> None:
        """Let the processes end."""
        if self._objects:
            self._objects.close()
