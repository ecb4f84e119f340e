"""Integrations that are killed, disturbed or attacked by what they run: nothing is half done."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from guard.core.errors import GitError, UsageError
from guard.git.plumbing import Git, at
from guard.git.repository import Repository, open_repository
from guard.sessions.integrating import journal
from guard.sessions.integrating.integrate import Wanted, integrate
from guard.sessions.integrating.landing import recover, undo
from guard.sessions.integrating.resolving import abort, go_on, resolve
from tests.kit import Repo
from tests.sessions.test_integrate import VERIFY, place, run, three, words
from tests.sessions.test_integrate_resolving import conflict, line

__all__ = ["place"]  # a fixture


WRITING = "worktree merge commit-tree update-ref read-tree write-tree unpack-objects".split()
_OBJECT = re.compile("/objects/[0-9a-f]{2}/")
KILLER = "setsid sleep 301.5 & sleep 302.5 & sleep 0.2; kill -9 $1; sleep 9\n"


def opened(repo: Repo) -> Repository:
    """The repository, as guard sees it."""
    return open_repository(at(str(repo.path)))


def killed(act: Callable[[], object], at_start: int, *, writing: bool = False) -> bool:
    """Do something in a process of its own that dies before its n-th git; tell whether it died.

    With `writing`, the n-th is of the gits that change something, and of the files that are put in
    place or moved.
    """
    child = os.fork()
    if not child:
        count = 0

        def counted(*args: object) -> None:
            nonlocal count
            word = str(args[1])
            if not writing or word in WRITING or os.path.isabs(word):
                count += not _OBJECT.search(word)
            if count == at_start:
                os.kill(os.getpid(), signal.SIGKILL)

        _before(Git, "start", counted)
        if writing:
            _before(os, "replace", counted)
            _before(os, "rename", counted)
        try:
            act()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def _before(owner: object, name: str, told: Callable[..., None]) -> None:
    """Have a function told of each call of another before that does anything."""
    real = getattr(owner, name)

    def call(*args: object, **more: object) -> object:
        told(*args)
        return real(*args, **more)

    setattr(owner, name, call)


def settled(repo: Repo, place: Path) -> None:
    """No trace is left of what was tried, and nobody's file is lost."""
    assert list(place.iterdir()) == []
    assert "refs/guard/integrate" not in repo.git("for-each-ref")
    assert repo.git("status", "--porcelain") == "?? mine.py"
    assert (repo.path / "mine.py").read_text() == "mine\n"


def running(word: str) -> list[str]:
    """The processes whose command line has a word."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if word.encode() in file.read_bytes().split(b"\0"):
                found.append(file.parent.name)
    return found


def test_killed_at_every_step(repo: Repo, place: Path, tmp_path: Path) -> None:
    """The base is where it was or where it should be; the next run says what became of it.

    In the end the base has the session once.
    """
    three(repo, '[integrate]\nfiles = "go"\n').write({"mine.py": "mine\n"})
    old, points = repo.head(), 0
    for step in range(1, 200):
        if step < 5 and step % 2:  # until then guard only reads
            continue
        copy = Repo(tmp_path / f"copy{step}")
        shutil.copytree(repo.path, copy.path)
        if not killed(partial(integrate, opened(copy), Wanted(("api",)), print, print), step):
            break
        points += 1
        has_moved = copy.git("rev-parse", "main") != old
        result = run(copy, "api")
        settled(copy, place)
        is_there = bool(result.before) and not result.new
        assert words(result)["api"] == ("empty" if is_there or has_moved else "integrated")
        subjects = copy.git("log", "--first-parent", "--format=%s", f"{old}..main")
        assert subjects == "close api\napi: Test", step
        shutil.rmtree(copy.path)
    assert points > 30


REFUSED: dict[str, Callable[[Repository, Callable[[str], None]], object]] = {
    "integrate": lambda repository, say: integrate(repository, Wanted(("nobody",)), print, say),
    "resolve": lambda repository, say: resolve(repository, "api", say),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_became_of_a_killed_run_is_said_where_nothing_is_done(repo: Repo, what: str) -> None:
    """Also by a command that is refused: no later one will say it."""
    repository, said = opened(three(repo)), list[str]()
    with journal.alone(repository, "a test"):
        journal.write(repository, journal.Note("trying", when="noon"))
    with pytest.raises(UsageError):
        REFUSED[what](repository, said.append)
    assert said == ["the integration of noon was interrupted before anything moved; cleaned up"]


def test_undo_killed_at_every_step(repo: Repo, place: Path, tmp_path: Path) -> None:
    """The next command brings it to its end, or it is asked for again."""
    three(repo).write({"mine.py": "mine\n"})
    old = repo.head()
    new = run(repo, "api").new
    points = 0
    for step in range(1, 200):
        copy = Repo(tmp_path / f"copy{step}")
        shutil.copytree(repo.path, copy.path)
        if not killed(partial(undo, opened(copy)), step):
            break
        points += 1
        assert copy.git("rev-parse", "main") in (old, new)
        if not recover(opened(copy)):
            undo(opened(copy))
        assert copy.git("rev-parse", "main") == old
        settled(copy, place)
        shutil.rmtree(copy.path)
    assert points > 8


def prepared(repo: Repo, what: str) -> str:
    """A conflict that is there, opened, or resolved; give the tip of the base."""
    conflict(repo).write({"mine.py": "mine\n"})
    if what != "resolve":
        there = Repo(Path(resolve(opened(repo), "docs", print).place.path))
        there.write({"docs/a.py": line("both")}).git("add", "-A")
    return repo.git("rev-parse", "main")


ACTS: dict[str, Callable[[Repository], object]] = {
    "resolve": lambda repository: resolve(repository, "docs", print),
    "continue": lambda repository: go_on(repository, "docs", Wanted(), print, print),
    "abort": lambda repository: abort(repository, "docs"),
}


@pytest.mark.parametrize("what", ACTS)
def test_a_resolution_killed_at_every_write(repo: Repo, place: Path, what: str) -> None:
    """The same words again, or the next integration, bring it to its end, and once."""
    old, points = prepared(repo, what), 0
    whole = Path(shutil.copytree(repo.path, repo.path.with_name("whole")))
    for step in range(1, 100):
        shutil.rmtree(repo.path)
        shutil.copytree(whole, repo.path)
        if not killed(partial(ACTS[what], opened(repo)), step, writing=True):
            break
        points += 1
        folder = repo.path / ".claude/worktrees/integrate-docs"
        has_moved = repo.git("rev-parse", "main") != old
        assert what == "continue" or not has_moved
        before = run(repo, "web", wanted=Wanted(check=True)).before
        with suppress(UsageError):  # it was brought to its end already
            ACTS[what](opened(repo))
        if what == "resolve":
            assert Repo(folder).git("rev-parse", "MERGE_HEAD") == repo.git("rev-parse", "docs")
            abort(opened(repo), "docs")
        assert folder.exists() is False, (step, before)
        assert len(repo.git("worktree", "list").splitlines()) == 1
        settled(repo, place)
        brought = repo.git("log", "--first-parent", "--format=%s", f"{old}..main")
        assert brought == ("docs: Write the manual" if what == "continue" else ""), (step, brought)
    assert points > {"resolve": 3, "continue": 9, "abort": 3}[what]


@pytest.mark.parametrize("room", [0, 150, 400, 40_000])
def test_a_full_disk(repo: Repo, place: Path, room: int) -> None:
    """Where files cannot grow, nothing moves; with room again, all is as if nothing was."""
    three(repo).write({"mine.py": "mine\n"})
    old = repo.head()
    child = os.fork()
    if not child:
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
            integrate(opened(repo), Wanted(), print, print)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert repo.git("rev-parse", "main") == old or room > 400
    run(repo)
    settled(repo, place)
    repo.git("fsck", "--strict")
    assert repo.git("log", "--first-parent", "--format=%s", f"{old}..main").count("\n") == 2


def test_a_base_that_moves_meanwhile(repo: Repo) -> None:
    """Nothing of the result is anywhere, and the next run takes the new base."""
    three(repo, VERIFY, **{"check.sh": "true\n"})

    def meanwhile(_: str, _command: str, receipt: object) -> None:
        if receipt is None:
            repo.commit({"README.md": f"{repo.head()}\n"}, "meanwhile")

    result = integrate(opened(repo), Wanted(("api",)), meanwhile, print)
    assert (result.end, result.exit_code) == ("overtaken", 1)
    assert words(result) == {"api": "ready"}
    assert repo.git("log", "-1", "--format=%s") == "meanwhile"
    assert repo.git("branch", "--list", "integrated*") == ""
    assert run(repo, "api").end == "moved"


def test_two_at_once(repo: Repo) -> None:
    """The second says who is at work, and changes nothing; looking is possible."""
    three(repo)
    with journal.alone(opened(repo), "api, web"):
        with pytest.raises(GitError, match=f"at work here: process {os.getpid()} on .*: api, web$"):
            run(repo)
        assert set(words(run(repo, wanted=Wanted(check=True))).values()) == {"ready"}
    assert run(repo).end == "moved"


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="Linux shows environments")
def test_what_verify_does_to_guard(repo: Repo, place: Path) -> None:
    """It kills guard, hides processes, never ends, changes the tree, or destroys it."""
    three(repo, VERIFY.replace("check.sh", "check.sh $PPID"), **{"check.sh": KILLER})
    head = repo.head()
    assert repo.guard("integrate", "api").code == -signal.SIGKILL
    until = time.monotonic() + 5
    while running("302.5") and time.monotonic() < until:
        time.sleep(0.02)
    assert (repo.head(), running("302.5")) == (head, [])
    assert "brings it to its end" in run(repo, "docs", wanted=Wanted(check=True)).before[0]
    assert running("301.5") != []
    scripts = {
        "setsid sleep 301.5 & sleep 302.5\n": "failed",
        "setsid env -i sleep 301.5 >&- 2>&- &\n": "integrated",
        "echo >> api/a.py\n": "altered",
        "rm -rf .git * .guard; exit 0\n": "unjudged",
        "git update-ref refs/heads/main HEAD~1; git gc -q --prune=now\n": "integrated",
    }
    for script, word in scripts.items():
        repo.commit({"check.sh": script})
        head = repo.head()
        result = run(repo, "api", wanted=Wanted(limit=1))
        assert words(result) == {"api": word}, script
        assert running("301.5") == running("302.5") == []
        assert (repo.head() == head) == (word != "integrated")
        if result.new:
            undo(opened(repo))
    assert list(place.iterdir()) == []
