"""What a look keeps for the next one: nothing that has changed since, and never too much."""

from __future__ import annotations

import os
import time
from contextlib import closing
from pathlib import Path

import pytest

from guard.git.isolate import isolated
from guard.git.objects import Objects
from guard.git.plumbing import Git, at
from guard.git.repository import open_repository
from guard.rules.between import Party
from guard.sessions.between import remembered as module
from guard.sessions.between.parties import Looking, find_parties
from guard.sessions.patience import untold
from guard.verdict.search import Search
from guard.verdict.trust import read_trust
from tests.kit import Repo, team


def looked(repo: Repo, *, memory: bool = True) -> Party:
    """The session `api` as a look finds it, which remembers, or reads all anew."""
    repository = open_repository(at(str(repo.path)))
    with closing(Objects(repository.git)) as objects, isolated(repository) as apart:
        trust = read_trust(Search(repository, objects, head=""))
        looking = Looking(repository, apart, trust, committed=False, told=untold)
        kept = module.remembered(repository, apart) if memory else None
        found = find_parties(looking._replace(memory=kept))
        (party,) = [one for one in found if one.name == "api"]
        assert apart.run("cat-file", "-t", party.tree).text == "tree\n"
        if kept:
            kept.save()
    return party


@pytest.fixture
def place(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """The worktree of a session with an edit and a new file."""
    team(repo)
    made = repo.worktree("api").write({"api/a.py": "edit\n", "api/new.py": "new\n"})
    time.sleep(0.05)
    return made


def processes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The git commands that are started from now on."""
    started: list[str] = []
    start = Git.start

    def listening(git: Git, *words: str, **options: object) -> object:
        started.append(words[0])
        return start(git, *words, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Git, "start", listening)
    return started


def test_what_is_as_it_was_is_not_read_again(
    repo: Repo, place: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second look writes no tree; whatever is edited then is seen, of the same size, too."""
    first = looked(repo)
    started = processes(monkeypatch)
    assert looked(repo) == first
    assert "write-tree" not in started
    edits = [{"api/a.py": "edis\n"}, {"api/new.py": "wen\n"}, {"api/b.py": "x\n"}]
    for edit in edits:
        times = os.stat(place.path / "api/a.py")
        place.write(dict(edit))
        os.utime(place.path / "api/a.py", ns=(times.st_atime_ns, times.st_mtime_ns))
        time.sleep(0.05)
        assert looked(repo).tree == looked(repo, memory=False).tree != first.tree
    inner = Repo.init(place.path / "inner")
    for text in ("1", "2"):
        inner.commit({"a": text})
        time.sleep(0.05)
        assert looked(repo).tree == looked(repo, memory=False).tree
    place.commit()
    assert looked(repo).head == place.head()


def test_what_is_kept_may_go_at_any_time(repo: Repo, place: Repo) -> None:
    """Without the objects, with a broken list, or where nothing can be written, all is read."""
    first = looked(repo)
    folder = Path(open_repository(at(str(repo.path))).common_dir, "guard/snapshots")
    assert folder.stat().st_mode & 0o077 == 0
    for broken in (b"[]", b"{", b'{"x": [1]}', b"\xff"):
        (folder / "known.json").write_bytes(broken)
        assert looked(repo) == first
    repo.run("rm", "-rf", str(folder / "objects"))
    assert looked(repo) == first
    repo.run("rm", "-rf", str(folder))
    folder.write_text("in the way")
    assert looked(repo) == first


def test_it_is_bounded(repo: Repo, place: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the objects are more than that, they go after the look."""
    monkeypatch.setattr(module, "_MOST", 10)
    looked(repo)
    assert not Path(open_repository(at(str(repo.path))).common_dir, "guard/snapshots").exists()
