"""git's first answers: asked for before anything else is loaded, so that git works on the other core while Python imports the rest."""

from __future__ import annotations

from guard.git.objects import Objects
from guard.git.repository import open_repository, questions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.git.plumbing import Git, Process
    from guard.git.repository import Repository

_MEANWHILE = (
    "guard.contracts.parse",
    "guard.verdict.reading",
)  # to load each of them takes about as long as git's answer


class Opening:
    """What every verdict begins with: where we are, what reads objects and, if asked, what is staged."""

    def __init__(self, git: Git, *, staged: bool) -> None:
        self.staged = _staged(git) if staged else None
        self._place = None if staged else questions(git)
        self._git = git
        self._objects: Objects | None = None

    def load(self) -> None:
        """Load what judges, and start one of git's processes after the other meanwhile.

        On two processors there is room beside Python for one of them: a second one takes its place, and a commit waits 1 ms longer.
        """
        for module in _MEANWHILE:
            __import__(module)
            self._go_on()

    def _go_on(self) -> None:
        if self._place is None:
            self._place = questions(self._git)
        else:
            self._open()

    def _open(self) -> Objects:
        if self._objects is None:
            self._objects = Objects(self._git)
        return self._objects

    @property
    def objects(self) -> Objects:
        """The open `cat-file`, started when it is first asked for."""
        return self._open()

    def repository(self) -> Repository:
        """The repository. Raises GitError where there is none or git does not trust it."""
        return open_repository(self._git, self._place)

    def close(self) -> None:
        """Let the processes end."""
        if self._objects:
            self._objects.close()


def _staged(git: Git) -> Process:
    from guard.git.compare import (
        diff_index,  # an agent that is about to write has nothing to compare
    )

    return diff_index(git, "HEAD")
