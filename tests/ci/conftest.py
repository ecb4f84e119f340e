"""A host with two contracts on `main`, and no CI system in the environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from guard.ci.systems import SYSTEMS
from tests.ci.host import Host


@pytest.fixture(autouse=True)
def plain_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where these tests themselves run in CI, its variables are not theirs."""
    for name in list(os.environ):
        if name.startswith(("GITHUB_", "CI_", "GITLAB_")) or name in {
            system.mark for system in SYSTEMS
        }:
            monkeypatch.delenv(name)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """`api` owns `api/`, `web` owns `web/` and merges the package metadata; both are on `main`."""
    return Host(tmp_path)
