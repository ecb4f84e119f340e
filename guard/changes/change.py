"""One changed path, as in git's raw diff format, and the folders above paths."""

from __future__ import annotations

from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

ABSENT = "000000"
SYMLINK = "120000"
GITLINK = "160000"


class Change(NamedTuple):
    """A path that differs between two states. A rename is a `D` and an `A`.

    `status` is git's letter: `A` added, `D` deleted, `M` content or mode, `T` type. Modes are octal
    text as in `git ls-tree`, `ABSENT` without a file; object ids are hexadecimal, all zeros if git
    has not hashed the file. `path` is decoded from UTF-8 with `surrogateescape`.
    """

    status: str
    path: str
    old_mode: str
    new_mode: str
    old_oid: str
    new_oid: str

    @property
    def has_gitlink(self) -> bool:
        """Whether a submodule is here, before the change or after it."""
        return GITLINK in (self.old_mode, self.new_mode)

    @property
    def spelled(self) -> str:
        """The path as patterns see it: a submodule is a directory (dir.c, `resolve_dtype`)."""
        return self.path + "/" if self.has_gitlink else self.path

    @property
    def old(self) -> tuple[str, str]:
        """Mode and object id before the change."""
        return self.old_mode, self.old_oid

    @property
    def new(self) -> tuple[str, str]:
        """Mode and object id after the change."""
        return self.new_mode, self.new_oid


def folders_above(paths: Iterable[str]) -> set[str]:
    """Give every folder above any of `paths`: "" for the top, others with a slash at the end."""
    found = {""}
    for path in paths:
        end = path.rfind("/")
        while end >= 0 and path[: end + 1] not in found:
            found.add(path[: end + 1])
            end = path.rfind("/", 0, end)
    return found
