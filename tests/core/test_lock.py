"""A lock that at most one process holds."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Timer

import pytest

from guard.core.lock import take_lock


def test_one_at_a_time(tmp_path: Path) -> None:
    """Who comes second hears so at once, or gets the lock once it is free; a link is not taken."""
    path = str(tmp_path / "new/lock")
    first = take_lock(path)
    with pytest.raises(BlockingIOError):
        take_lock(path)
    Timer(0.1, os.close, [first]).start()
    os.close(take_lock(path, 30))
    os.symlink("lock", tmp_path / "new/link")
    with pytest.raises(OSError, match="symbolic"):
        take_lock(str(tmp_path / "new/link"))
