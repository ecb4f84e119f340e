"""Hooks of others, and whether git starts guard beside them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tests.kit import Ran, Repo

MINE = '#!/bin/sh\necho mine "$@"; cat; exit ${MY_STATUS:-0}\n'
FILES = ("install", "--as", "files")


def tree(folder: Path) -> dict[str, tuple[str, int, str]]:
    """Every file below a folder: where a link leads or what it holds, and its mode."""
    found = {}
    for top, _, names in os.walk(folder):
        for name in names:
            path = Path(top) / name
            text = (
                os.readlink(path) if path.is_symlink() else path.read_text(errors="surrogateescape")
            )
            found[str(path.relative_to(folder))] = (
                text,
                stat.S_IMODE(path.lstat().st_mode),
                "link" if path.is_symlink() else "file",
            )
    return found


def hook(repo: Repo, name: str, text: str = MINE, mode: int = 0o755) -> Path:
    """Write a hook of somebody else's."""
    path = repo.path / ".git/hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def stray(repo: Repo) -> Ran:
    """Try to commit what the contract does not allow."""
    repo.write({"docs/a.md": f"stray {os.urandom(4).hex()}\n"})
    ran = repo.run("git", "commit", "-qam", "stray", ok=())
    repo.git("reset", "-q", "--hard")
    return ran


def is_guarded(repo: Repo) -> bool:
    """Whether git starts guard before a commit here, and lets good work through."""
    stopped = "docs/a.md: OWN001" in stray(repo).err
    repo.git("commit", "-q", "--allow-empty", "-m", "good")
    return stopped
