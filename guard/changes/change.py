"""One changed path, as git's raw records tell it."""

from __future__ import annotations

from guard.core.values import NamedTuple

ABSENT = "000000"
SYMLINK = "120000"
GITLINK = "160000"


class Change(NamedTuple):
    """What happened to one path between two states. A rename is two changes: `D` at the old path, `A` at the new one.

    `status` is git's letter: `A` added, `D` deleted, `M` content or mode, `T` type. Modes are octal text as in `git ls-tree` (`000000`:
    absent); object ids are hexadecimal, all zeros where git has not hashed the working tree's file. `path` is decoded from UTF-8 with
    `surrogateescape`.
    """

    status: str
    path: str
    old_mode: str
    new_mode: str
    old_oid: str
    new_oid: str
