"""Which folders answer: a worktree may lie on a disk that does not.

Not even SIGKILL always ends who waits for such a disk: guard would print everything and stay. So
git is asked which folders answer, and nothing of guard's touches one before. Where git waits, it is
killed, and nobody waits for its end.
"""

import os
import time

from guard.core.mounts import all_mounts, mount_of
from guard.git.plumbing import at

ANSWERS = 10.0  # seconds for a disk to say whether a folder is there
BESIDE = 1.0  # the same, where a session looks at others in passing
_PAUSE = 0.01  # seconds
_AGAIN = 60.0  # seconds after which a silent disk is asked again
_SILENT: dict[str, float] = {}  # mount → when it did not answer


class Disks:
    """Tells whether folders answer; those on the same mount as the repository do.

    `own` is the repository's common git directory. Elsewhere a git is asked to go there, which may
    hang in this one's place; one that did not answer is not asked again for a minute.
    """

    def __init__(self, own: str) -> None:
        self._mounts = all_mounts()
        self._own = mount_of(own, self._mounts)

    @property
    def are_told(self) -> bool:
        """Whether the system tells what is mounted where; else each folder has to be asked."""
        return bool(self._own)

    def is_near(self, folder: str) -> bool:
        """Whether a folder lies on the repository's own mount, as far as the system tells."""
        return bool(self._own) and mount_of(folder, self._mounts) == self._own

    def has(self, folder: str, patience: float = ANSWERS) -> bool:
        """Whether a folder is there, as far as its disk answers; a table of mounts is needed."""
        is_safe = not self.are_told or self.answers(folder, patience)
        return is_safe and os.path.isdir(folder)

    def answers(self, folder: str, patience: float = ANSWERS) -> bool:
        """Wait until a folder can be gone to, or is known not to be there.

        False after `patience` seconds, or `ANSWERS`.
        """
        if self.is_near(folder):
            return True
        mount = mount_of(folder, self._mounts)
        if time.monotonic() - _SILENT.get(mount, -_AGAIN) < _AGAIN:
            return False
        process, until = at(folder).start("--version"), time.monotonic() + min(patience, ANSWERS)
        while not process.ended():
            if time.monotonic() > until:
                process.stop()
                if self.are_told:
                    _SILENT[mount] = time.monotonic()
                return False
            time.sleep(_PAUSE)
        process.answer()
        return True
