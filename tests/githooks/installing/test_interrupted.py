"""Installations that fail, are killed or run side by side: older hooks still run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from guard.git.plumbing import at
from guard.git.repository import open_repository
from guard.githooks import files as hookfiles
from guard.githooks.places import read_places
from guard.githooks.shims import DEFAULT
from tests.githooks.installing.hooks import FILES, hook, is_guarded, stray
from tests.kit import GUARD, UNMEASURED, Repo


def test_a_folder_that_cannot_be_written_to(team: Repo) -> None:
    """Where nothing can be written the error says so, and every hook that was there still runs."""
    shutil.rmtree(team.path / ".git/hooks")
    (team.path / ".git/hooks").write_text("no folder\n")
    ran = team.guard(*FILES)
    assert ran.code == 2
    assert "cannot be changed" in ran.err
    assert "hint: ls -ld " in ran.err


def test_a_full_disk(team: Repo) -> None:
    """A file that does not fit is not left half-written, and the older hook stays in its place."""
    hook(team, "pre-commit")
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300)); "
        "from guard.__main__ import main; sys.exit(main())"
    )
    ran = team.run(sys.executable, "-I", "-c", script, *FILES, ok=(2,), env=UNMEASURED)
    assert "File too large" in ran.err
    names = {path.name for path in (team.path / ".git/hooks").iterdir() if path.suffix != ".sample"}
    assert names == {"pre-commit", "guard-previous"}
    assert "mine" in stray(team).err
    assert team.guard("uninstall").code == 0
    assert team.guard(*FILES).code == 0
    assert is_guarded(team)


@pytest.mark.parametrize("step", ["link", "open", "replace"])
def test_killed_half_way(team: Repo, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Wherever an installation ends, older hooks run, commits pass, and the next completes it."""

    class KilledError(BaseException):
        """Stands for SIGKILL: no tidying up."""

    def killed(*_: object, **__: object) -> None:
        raise KilledError

    hook(team, "pre-commit")
    places = read_places(open_repository(at(str(team.path))))
    with monkeypatch.context() as patch:
        patch.setattr(os, step, killed)
        patch.setattr(
            hookfiles, "suppress", killed
        )  # nor does it remove the file that it had begun
        with pytest.raises(KilledError):
            hookfiles.write_hook(places, "pre-commit", hookfiles.Wish("", "pass"))
    ran = team.run("git", "commit", "-q", "--allow-empty", "-m", "x")
    assert "mine" in ran.err
    assert team.guard(*FILES).code == 0
    assert is_guarded(team)
    names = {path.name for path in (team.path / ".git/hooks").iterdir() if path.suffix != ".sample"}
    assert {name for name in names if not name.startswith(f".guard-new-{os.getpid()}-")} == {
        *DEFAULT,
        "guard-previous",
    }


def test_what_a_dead_installation_left_is_swept_up(team: Repo) -> None:
    """The next installation removes files of a killed one, but not of one that is running."""
    dead = subprocess.Popen([sys.executable, "-I", "-c", ""], env={**os.environ, **UNMEASURED})
    dead.wait()
    for process in (dead.pid, os.getpid()):
        hook(team, f".guard-new-{process}-0011")
    assert team.guard(*FILES).code == 0
    assert [path.name for path in (team.path / ".git/hooks").glob(".guard-new-[0-9]*")] == [
        f".guard-new-{os.getpid()}-0011"
    ]


def test_two_installations_at_once(team: Repo) -> None:
    """Started side by side from two worktrees, both end well and leave one set of hooks."""
    linked = team.worktree("linked", "worktree-api", "main")
    hook(team, "pre-commit")
    running = [
        subprocess.Popen([*GUARD, *FILES], cwd=place.path, stdout=subprocess.DEVNULL)
        for place in (team, linked) * 3
    ]
    assert [process.wait() for process in running] == [0] * 6
    assert "mine" in stray(team).err
    assert is_guarded(linked)
    assert "mine" in (team.path / ".git/hooks/guard-previous/pre-commit").read_text()
