"""A repository that porcelain made."""

from __future__ import annotations

from pathlib import Path

import pytest

from guard.git import porcelain
from tests.kit import Repo

ADA = porcelain.Person("Ada Lovelace", "ada@shop.example")


@pytest.fixture
def made(tmp_path: Path) -> Repo:
    """A repository that porcelain made, with one commit on `main`."""
    porcelain.create_repository(str(tmp_path / "shop"))
    porcelain.commit_files(
        str(tmp_path / "shop"), {"a.txt": "a\n", "docs/b.txt": "b\n"}, "start", ADA
    )
    return Repo(tmp_path / "shop")
