"""A disk that answers, and one that does not."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import pytest

from guard.commands.cli import run
from guard.core.errors import GitError
from guard.git.disks import Disks
from guard.git.plumbing import at, here
from guard.git.repository import open_repository
from guard.git.worktrees import require_answering, worktrees
from tests.kit import team

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit import Repo

GIT = shutil.which("git")


def test_a_disk_that_hangs(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git waits for it, a while; who is on the repository's own disk is not asked."""
    monkeypatch.chdir(repo.path)
    repository, away = open_repository(here()), tmp_path / "away"
    slow = tmp_path / "bin"
    slow.mkdir()
    (slow / "git").write_text("#!/bin/sh\nexec sleep 20\n")
    (slow / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(slow), prepend=":")
    monkeypatch.setattr("guard.git.disks.all_mounts", lambda: ["/", str(away)])
    monkeypatch.setattr("guard.git.disks._SILENT", {})
    disks, began = Disks(repository.common_dir), time.monotonic()
    assert disks.answers(str(tmp_path / "away from it"))
    assert not disks.answers(str(away / "w"), 0.5)
    assert time.monotonic() - began < 15
    monkeypatch.undo()
    monkeypatch.setattr("guard.git.disks._SILENT", {})
    assert disks.answers(str(away / "w"))


def test_a_look_in_passing(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who checks or briefs one worktree waits a moment for the dead disk of another, no more."""
    team(repo)
    api = repo.worktree("api")
    api.write({"api/a.py": "new\n"})
    repo.git("worktree", "add", "-q", "-b", "web", str(tmp_path / "away/web"))
    slow = f'#!/bin/sh\ncase $* in *away*) exec sleep 20;; esac\nexec {GIT} "$@"\n'
    repo.write({"../bin/git": slow})
    (repo.path / "../bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{repo.path.parent}/bin", prepend=":")
    monkeypatch.setattr("guard.git.disks.all_mounts", lambda: ["/", str(tmp_path / "away")])
    monkeypatch.setattr("guard.git.disks.ANSWERS", 20)
    monkeypatch.chdir(api.path)
    for words, said in ((["check"], "web could not be read"), (["brief"], "api")):
        monkeypatch.setattr("guard.git.disks._SILENT", {})
        began = time.monotonic()
        assert run(words) == 0
        assert said in capsys.readouterr().out
        assert time.monotonic() - began < 8, words


def test_worktrees_beside_a_dead_one(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where git would hang, all are listed as git lists them; whose disk is dead is missing."""
    repo.worktree("api")
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "away/dead"))
    git = at(str(repo.path))
    known = worktrees(git)
    slow = f'#!/bin/sh\ncase $* in *worktree*list*|*away*) exec sleep 20;; esac\nexec {GIT} "$@"\n'
    repo.write({"../bin/git": slow})
    (repo.path / "../bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{repo.path.parent}/bin", prepend=":")
    monkeypatch.setattr("guard.git.disks.all_mounts", lambda: ["/", str(tmp_path / "away")])
    monkeypatch.setattr("guard.git.disks._SILENT", {})
    monkeypatch.setattr("guard.git.disks.ANSWERS", 0.3)
    began = time.monotonic()
    dead = [one._replace(missing=not one.branch, silent=not one.branch) for one in known]
    assert worktrees(at(str(repo.path))) == dead
    assert worktrees(open_repository(at(str(tmp_path / "api"))).git) == dead
    assert time.monotonic() - began < 15
    with pytest.raises(GitError, match="git adds no worktree while the disk of"):
        require_answering(dead)
    repo.git("config", "extensions.worktreeConfig", "true")
    with pytest.raises(GitError, match=f"the worktree {tmp_path}/away/dead does not answer"):
        worktrees(at(str(repo.path)))
