"""Worktrees as they are: with what is not committed, and without a trace of the reading."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from guard.git import trees
from guard.git.isolate import isolated
from guard.git.plumbing import Git, Process, at
from guard.git.repository import open_repository
from guard.git.snapshot import Copy
from guard.rules.between import Asked, Picture
from guard.sessions.between.comparing import compare_all
from tests.kit import Repo, team
from tests.sessions.made import untold


def seen(repo: Repo, asked: Asked | None = None) -> Picture:
    """What guard sees from this worktree."""
    return compare_all(at(str(repo.path)), asked or Asked(), untold)


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below a folder with its time and content."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "guard/answers" not in str(path):
            found[str(path)] = (path.stat().st_mtime_ns, path.read_bytes())
    return found


def test_nothing_is_touched(repo: Repo) -> None:
    """With every index locked by somebody else, all is read, and git's folder stays as it is."""
    team(repo)
    api, web = repo.worktree("api"), repo.worktree("web")
    api.write({"shared.txt": "api\n", "api/a.py": "mine\n"})
    web.write({"shared.txt": "web\n"})
    web.git("add", "-N", "shared.txt")
    for index in (repo.path / ".git").rglob("index"):
        index.with_name("index.lock").write_text("")
    before = everything(repo.path / ".git")
    (pair,) = seen(repo).pairs
    assert (pair.verdict, [place.conflict[:2] for place in pair.places]) == (
        "conflict",
        [("shared.txt", "add/add")],
    )
    assert everything(repo.path / ".git") == before


@pytest.mark.parametrize("seed", range(3))
def test_a_snapshot_is_what_git_would_commit(repo: Repo, seed: int, tmp_path: Path) -> None:
    """The tree is that of `git add --all` on another index: edits, removals, links, modes, new."""
    team(repo)
    work = repo.worktree("api")
    work.write({"api/a.py": f"{seed}\n" * 20, "new/deep/file": "new\n", ".gitignore": "*.log\n"})
    work.write({"x.log": "ignored\n", "staged": "one\n"})
    work.git("add", "staged")
    work.write({"staged": "two\n"})
    (work.path / "api/b.py").unlink()
    (work.path / "web/a.py").chmod(0o755)
    (work.path / "link").symlink_to("nowhere")
    work.git("update-index", "--assume-unchanged", "web/b.py")
    work.write({"web/b.py": "hidden edit\n"})
    index = tmp_path / "index"
    shutil.copy2(work.git("rev-parse", "--path-format=absolute", "--git-path", "index"), index)
    env = {"GIT_INDEX_FILE": str(index)}
    work.git("update-index", "--no-assume-unchanged", "web/b.py", env=env)
    work.git("add", "--all", env=env)
    expected = work.git("write-tree", env=env)
    with isolated(open_repository(at(str(work.path)))) as git:
        folder = os.path.join(git.directory, "here")
        os.mkdir(folder)
        repository = open_repository(at(str(work.path)))
        found = trees.snapshot(repository, folder, os.path.join(git.directory, "objects"))
    assert found == (expected, False)


def test_dirty_and_committed(repo: Repo) -> None:
    """`--committed` leaves out what the working tree has; a clean worktree is its tip."""
    team(repo)
    api, web = repo.worktree("api"), repo.worktree("web")
    api.write({"docs/a.py": "api\n"})
    web.write({"docs/a.py": "web\n"})
    assert [pair.verdict for pair in seen(repo).pairs] == ["conflict"]
    committed = seen(repo, Asked(committed=True))
    assert committed.pairs == ()
    assert [(party.name, party.dirty, party.changed) for party in committed.parties] == [
        ("api", False, 0),
        ("web", False, 0),
    ]
    api.commit(message="mine")
    assert {party.name: party.dirty for party in seen(repo).parties} == {"api": False, "web": True}
    assert [pair.verdict for pair in seen(repo).pairs] == ["conflict"]


def written_to(place: Repo, stop: threading.Event) -> Callable[[], None]:
    """Write without end, so that at each moment one of two files is edited; each write is whole."""
    beside = place.path.parent / f"{place.path.name}.new"

    def put(file: str, content: str) -> None:
        beside.write_text(content)
        beside.replace(place.path / file)

    def work() -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            new, old = ("a", "b") if turn % 2 else ("b", "a")
            put(f"docs/{new}.py", f"{place.path.name} {turn}\n")
            put(f"docs/{old}.py", f"docs {old}\n" * 20)

    return work


def test_worktrees_that_are_written_to_are_never_clean(repo: Repo) -> None:
    """Ten worktrees, five of them written to all the time: no lock, and no false *clean*.

    The others have edited both files, so whatever the state of one that is written to, it conflicts
    with them. A reading that sees one file before and the other after a write would not.
    """
    team(repo)
    busy = [repo.worktree(f"busy{number}") for number in range(5)]
    for number in range(5):
        name = f"calm{number}"
        repo.worktree(name).write({f"docs/{file}.py": f"{name}\n" for file in "ab"})
    for place in busy:
        place.write({"docs/b.py": "first\n"})
    stop = threading.Event()
    writers = [threading.Thread(target=written_to(place, stop)) for place in busy]
    for writer in writers:
        writer.start()
    try:
        pictures = [seen(repo) for _ in range(3)]
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    for picture in pictures:
        found = {(pair.a, pair.b): pair.verdict for pair in picture.pairs}
        verdicts = [found.get((f"busy{one}", f"calm{two}")) for one in range(5) for two in range(5)]
        assert set(verdicts) <= {"conflict", "undecided"}
        calm = {found[f"calm{one}", f"calm{one + 1}"] for one in range(4)}
        assert calm == {"conflict"}
    assert not list((repo.path / ".git").rglob("*.lock"))


def test_a_file_that_is_written_meanwhile_makes_a_snapshot_torn(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each kind of write after the reading is noticed; without one, nothing is."""
    team(repo)
    work = repo.worktree("api")
    work.write({"api/a.py": "edited\n", "new": "new\n"})
    writes: dict[str, Callable[[], object]] = {
        "nothing": lambda: None,
        "clean file": lambda: (work.path / "api/b.py").write_text("x\n"),
        "edited file": lambda: (work.path / "api/a.py").write_text("EDITED\n"),
        "untracked file": lambda: (work.path / "new").write_text("NEW\n"),
        "one more": lambda: (work.path / "newer").write_text("x\n"),
        "gone": (work.path / "api/c.py").unlink,
    }
    take = trees.take_untracked
    torn = {}
    for name, write in writes.items():

        def taken(copy: Copy, write: Callable[[], object] = write) -> object:
            added = take(copy)
            write()
            return added

        monkeypatch.setattr(trees, "take_untracked", taken)
        repository = open_repository(at(str(work.path)))
        with isolated(repository) as git:
            folder = os.path.join(git.directory, "here")
            os.mkdir(folder)
            store = os.path.join(git.directory, "objects")
            torn[name] = trees.snapshot(repository, folder, store).torn
    assert torn == {name: name != "nothing" for name in writes}


def test_a_file_that_is_always_elsewhere_is_not_overlooked(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new file that goes where git has looked already, each time, leaves no worktree clean."""
    team(repo)
    work = repo.worktree("api")
    work.write({"docs/new": "new\n"})
    work.git("update-index", "--assume-unchanged", "api/a.py")  # it takes a thorough look
    start = Git.start

    def started(
        git: Git, *args: str, stdin: bytes | int = b"", piped: bool = False, most: int = 1 << 40
    ) -> Process:
        away = work.path.parent / "away"
        if is_listing := args[:1] == ("ls-files",) and "--others" in args:
            (work.path / "docs/new").rename(away)
        process = start(git, *args, stdin=stdin, piped=piped, most=most)
        if is_listing:
            process.answer()
            away.rename(work.path / "docs/new")
        return process

    monkeypatch.setattr(Git, "start", started)
    (party,) = seen(repo).parties
    assert (party.state, party.dirty) == ("unstable", False)


def test_a_file_that_vanishes_is_no_error(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new file that is gone when git is to read it makes guard look once more."""
    team(repo)
    work = repo.worktree("api")
    work.write({"new": "new\n"})
    work.git("update-index", "--assume-unchanged", "api/a.py")  # it takes a thorough look
    take = trees.take_untracked

    def taken(copy: Copy) -> list[str]:
        (work.path / "new").unlink(missing_ok=True)
        return take(copy)

    monkeypatch.setattr(trees, "take_untracked", taken)
    (party,) = seen(repo).parties
    assert (party.state, party.dirty) == ("working", False)


def test_one_that_cannot_be_read_hides_no_other(repo: Repo) -> None:
    """A broken worktree is undecided with everybody; a missing one is compared as committed."""
    team(repo)
    api, web, gone = repo.worktree("api"), repo.worktree("web"), repo.worktree("gone")
    broken = repo.worktree("broken")
    for place in (api, web, gone):
        place.commit({"docs/a.py": f"{place.path.name}\n"})
    shutil.rmtree(gone.path)
    (broken.path / ".git").unlink()
    picture = seen(repo)
    state = {party.name: party.state for party in picture.parties}
    assert state == {"api": "working", "web": "working", "gone": "working", "broken": "error"}
    verdicts = {(pair.a, pair.b): pair.verdict for pair in picture.pairs}
    assert verdicts == {
        ("api", "gone"): "conflict",
        ("api", "web"): "conflict",
        ("gone", "web"): "conflict",
        ("api", "broken"): "undecided",
        ("broken", "gone"): "undecided",
        ("broken", "web"): "undecided",
    }
    assert picture.verdict == "undecided"


def test_who_takes_part(repo: Repo) -> None:
    """Detached and nested worktrees, branches of contracts, and the base's own uncommitted work."""
    team(repo)
    nested = Repo(repo.path / "inner" / "tree")
    repo.git("worktree", "add", "-q", "-b", "feat/api", str(nested.path))
    loose = Repo(repo.path.parent / "loose")
    repo.git("worktree", "add", "-q", "--detach", str(loose.path))
    repo.git("branch", "web")
    repo.git("branch", "nobody")
    repo.write({"docs/a.py": "on the base\n"})
    loose.write({"docs/a.py": "loose\n"})
    nested.write({"docs/b.py": "nested\n"})
    parties = {party.name: (party.branch, party.dirty) for party in seen(repo).parties}
    assert parties == {
        "api": ("feat/api", True),
        "loose": ("", True),
        "main": ("main", True),
        "web": ("web", False),
    }
    assert [(pair.a, pair.b) for pair in seen(repo).pairs] == [("loose", "main")]
