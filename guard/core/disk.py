"""What a full or broken disk is to guard: no bug."""

import errno

from guard.core.errors import GuardError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def no_room(error: BaseException) -> GuardError | None:
    """Give the error to tell if nothing can be written for want of room; None for any other."""
    if isinstance(error, OSError) and error.errno in _FULL:
        hint = "make room, and run the command again"
        return GuardError(f"cannot write: {error.strerror}", hint=hint)
    return None
