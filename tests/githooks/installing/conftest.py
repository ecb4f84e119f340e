"""A session without hooks, and programs called guard."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit import Repo, grown


@pytest.fixture
def team(repo: Repo) -> Repo:
    """A session `api` that owns `src/`, on its branch."""
    return grown(repo, _team)


def _team(repo: Repo) -> None:
    repo.contract("api", owns=["src/"])
    repo.branch("api")


@pytest.fixture
def places_guard(
    team: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Path]:
    """Put a program called guard at a place, first on PATH, that says where it is."""

    def put(place: str) -> Path:
        path = (tmp_path / place).resolve() / "guard"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f'#!/bin/sh\n# guard.__main__\necho "started {place}" >&2\n'
            f'exec "{sys.executable}" -I -m guard "$@"\n'
        )
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{path.parent}:{os.environ['PATH']}")
        return path

    return put
