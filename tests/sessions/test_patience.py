"""Folders that answer, and one that does not."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from guard.sessions.patience import Folders

if TYPE_CHECKING:
    import pytest

_PATIENCE = 1.5  # seconds


def test_who_waits_for_one_folder_keeps_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes wait for what does not answer; this one hears of the others, and can end."""
    real, here = os.stat, os.getpid()
    looks = list[str]()

    def stat(path: str) -> os.stat_result:
        looks.append(path)
        if path == "dead":
            time.sleep(8)
        return real(path)

    monkeypatch.setattr("guard.sessions.patience.os.stat", stat)
    began = time.monotonic()
    folders = Folders(["/", "dead", "/nowhere", "/tmp"])
    assert [folders.answers(number, 20) for number in (0, 2, 3)] == [True] * 3
    assert not folders.answers(1, _PATIENCE)
    assert time.monotonic() - began < 40
    assert (looks, os.getpid()) == ([], here)
