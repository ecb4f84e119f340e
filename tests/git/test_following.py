"""A checkout that follows its branch, or stays as it was: git breaks off half-way."""

from __future__ import annotations

import os
import resource
import signal

import pytest

from guard.core.errors import GitError
from guard.git.landing import Branch, land
from guard.git.plumbing import Git, Process, at
from guard.git.repository import open_repository
from tests.kit import Repo

OLD: dict[str, str | bytes] = {"a/one.txt": "1\n", "b/two.txt": "2\n", "c/gone.txt": "3\n"}
NEW: dict[str, str | bytes] = {
    "a/one.txt": "one\n",
    "a/new/x.txt": "x\n",
    "b/two.txt": "two\n",
    "z.txt": "z" * 60_000,
}


def coming(repo: Repo) -> str:
    """A commit that changes, adds and removes files; the checkout is at the one before it."""
    repo.commit(OLD)
    repo.git("switch", "-q", "-c", "next")
    (repo.path / "c/gone.txt").unlink()
    tip = repo.commit(NEW)
    repo.git("switch", "-q", "main")
    repo.write({"b/mine.txt": "mine\n"})
    return tip


def lands(repo: Repo, tip: str, room: int = 0) -> bool:
    """Whether main moves, in a process whose files may have `room` bytes."""
    child = os.fork()
    if not child:
        code = 1
        try:
            if room:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
            repository = open_repository(at(str(repo.path)))
            code = not land(repository, Branch("main"), tip, repo.head())
        except GitError:
            code = 2
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("how", ["no-room", "locked"])
def test_what_git_leaves_half_done_is_taken_back(repo: Repo, how: str) -> None:
    """Where a file cannot grow, and where the branch cannot be written after the files are."""
    tip = coming(repo)
    head = repo.head()
    lock = repo.path / ".git/refs/heads/main.lock"
    if how == "locked":
        lock.touch()
    assert not lands(repo, tip, room=30_000 if how == "no-room" else 0)
    assert (repo.head(), repo.git("status", "--porcelain")) == (head, "?? b/mine.txt")
    assert not (repo.path / "a/new").exists()
    lock.unlink(missing_ok=True)
    assert lands(repo, tip)
    assert (repo.head(), repo.git("status", "--porcelain")) == (tip, "?? b/mine.txt")


@pytest.mark.parametrize("path", ["a/one.txt", "a/new/x.txt"])
def test_what_somebody_wrote_meanwhile_stays(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """git refuses to move then, and guard takes nothing for half done."""
    tip, start = coming(repo), Git.start

    def meanwhile(git: Git, *words: str, stdin: bytes | int = b"", piped: bool = False) -> Process:
        if "--ff-only" in words:
            repo.write({path: "edit\n"})
        return start(git, *words, stdin=stdin, piped=piped)

    monkeypatch.setattr(Git, "start", meanwhile)
    with pytest.raises(GitError, match="changes in the way"):
        land(open_repository(at(str(repo.path))), Branch("main"), tip, repo.head())
    assert (repo.path / path).read_text() == "edit\n"
    assert len(repo.git("status", "--porcelain", "-uall").splitlines()) == 2
