"""A full disk is no bug."""

from __future__ import annotations

import errno
import os

import pytest

from guard.core.disk import no_room


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told(number: int) -> None:
    """The error has the system's words and what to do; any other error is none of this kind."""
    told = no_room(OSError(number, os.strerror(number)))
    assert told
    assert os.strerror(number) in told.message
    assert "make room" in told.hint
    assert no_room(OSError(errno.ENOENT, "x")) is None
    assert no_room(ValueError()) is None
