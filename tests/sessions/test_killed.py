"""Starts and finishes that are killed at every step: the same command again ends what they began.

`tests/forks.py` says what an act is: a process that guard starts, a file that it makes, renames,
links or removes, a lock that it takes.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.forks import DIES
from tests.kit import POLICY, Repo, team

PLACE = ".claude/worktrees"
STARTING = ".git/guard/starting/[0-9a-f]*"


def points(repo: Repo, *words: str, reads: int = 1) -> Iterator[int]:
    """Kill guard before each act; the repository is as at first each time, in its place.

    Until the act `reads` it mostly reads, and every fourth is enough.
    """
    kept = repo.path.with_name("kept")
    repo.path.rename(kept)
    for number in (*range(1, reads, 4), *range(reads, 500)):
        subprocess.run(["cp", "-a", str(kept), str(repo.path)], check=True)
        ran = repo.guard(*words, env={DIES: str(number)})
        if ran.code != -signal.SIGKILL:
            return
        yield number
        shutil.rmtree(repo.path)


def at(repo: Repo, name: str) -> Repo:
    """The worktree of a session."""
    return Repo(repo.path / PLACE / name)


@pytest.fixture
def main(repo: Repo) -> Repo:
    """A repository whose sessions bring ignored files along and are set up by two commands."""
    files: dict[str, str | bytes] = {".gitignore": "*.env\n*.pyc\n", ".worktreeinclude": "*.env\n"}
    runs = [f"echo {word} >> set-up.pyc" for word in ("one", "two")]
    team(repo, policy=POLICY + f"[start]\nrun = {runs}\n").commit(files, "include")
    return repo.write({"a.env": "A\n" * 99, "deep/b.env": "B\n", "docs/mine.py": "mine\n"})


def test_start_killed_at_every_step(main: Repo) -> None:
    """The same words again make all of it: contract, branch, worktree, copies and set-up."""
    words, count = ("start", "docs", "--owns", "/docs/", "--no-fetch"), 0
    for number in points(main, *words, reads=60):
        count += 1
        again = main.guard(*words)
        assert again.code == 0, (number, again)
        session = at(main, "docs")
        assert session.git("status", "--porcelain", "--branch") == "## worktree-docs", number
        assert (session.path / "a.env").read_text() == "A\n" * 99, number
        assert (session.path / "deep/b.env").read_text() == "B\n", number
        log = (session.path / "set-up.pyc").read_text().split()
        assert (sorted({*log}), len(log) <= 3) == (["one", "two"], True), (number, log)
        assert main.git("status", "--porcelain") == "?? docs/mine.py"
        assert main.git("log", "--format=%s", "--grep=contract docs", "main") == "contract docs"
        notes = [*main.path.glob(".git/worktrees/*/guard/preparing"), *main.path.glob(STARTING)]
        assert notes == [], number
    assert count > 50


def test_finish_killed_at_every_step(main: Repo) -> None:
    """The same words again remove and close what is left; undo brings all of it back."""
    assert main.guard("start", "web").code == 0
    tip = at(main, "web").commit({"web/new.py": "new\n"})
    main.git("merge", "-q", "--no-ff", "--no-edit", "worktree-web")
    count = 0
    for number in points(main, "finish", "web"):
        count += 1
        again = main.guard("finish", "web")
        ended = again.code == 2 and "there is no session web" in again.err
        assert again.code == 0 or ended, (number, again)
        session = at(main, "web")
        assert not session.path.exists(), number
        assert main.git("branch", "--format=%(refname:short)") == "main", number
        assert "web" not in main.git("ls-tree", "-r", "--name-only", "main", ".guard"), number
        assert main.git("status", "--porcelain") == "?? docs/mine.py", number
        assert list(main.path.glob(".git/guard/unclosed/[!.]*")) == [], number
        if number < 30:  # it did nothing
            continue
        assert main.guard("finish", "--undo", "web").code == 0
        assert (session.path / "set-up.pyc").read_text() == "one\ntwo\n", number
        assert session.git("rev-parse", "HEAD") == tip
        assert session.git("status", "--porcelain", "--branch") == "## worktree-web"
        assert "web" in main.git("ls-tree", "-r", "--name-only", "main", ".guard"), number
    assert count > 50
