"""A disk that answers, and one that does not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from guard.git.plumbing import here
from guard.git.repository import open_repository
from guard.sessions.patience import Disks

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.kit import Repo


def test_a_disk_that_hangs(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git waits for it, a while; who is on the repository's own disk is not asked."""
    monkeypatch.chdir(repo.path)
    repository, away = open_repository(here()), tmp_path / "away"
    slow = tmp_path / "bin"
    slow.mkdir()
    (slow / "git").write_text("#!/bin/sh\nexec sleep 20\n")
    (slow / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(slow), prepend=":")
    monkeypatch.setattr("guard.sessions.patience.all_mounts", lambda: ["/", str(away)])
    disks, began = Disks(repository), time.monotonic()
    assert disks.answers(str(tmp_path / "away from it"))
    assert not disks.answers(str(away / "w"), 0.5)
    assert time.monotonic() - began < 15
    monkeypatch.undo()
    assert disks.answers(str(away / "w"))
