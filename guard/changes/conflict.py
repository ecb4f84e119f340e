"""A place where a merge would stop."""

from typing import NamedTuple

# Kinds that git has no word for. CARRIED: only the merge changes the path, since one side moved
# the file that the other changed. UNKNOWN: git stopped without naming a path.
CARRIED, UNKNOWN = "moved", "unknown"


class Conflict(NamedTuple):
    """A conflict: the path as a side has it, the kind, and the other paths involved.

    `changed_by` is the side, 1 or 2, that changed the file where the other deleted it; 0 for
    every other kind. `driver` names the user's own merge driver, which may resolve the conflict;
    "" if git itself merges the file. `gitlink`: the path is a submodule.
    """

    path: str
    kind: str
    others: tuple[str, ...] = ()
    changed_by: int = 0
    driver: str = ""
    gitlink: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths involved."""
        return (self.path, *self.others)
