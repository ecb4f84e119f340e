"""Where receipts are kept: shared, whole, and no more of them than can be looked through."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from guard.core.errors import GitError
from guard.git.plumbing import at
from guard.git.repository import open_repository
from guard.receipts import store as receipts
from guard.receipts.sealed import command_key
from guard.receipts.store import Store, found, keep, latest, make_store, open_store
from tests.kit import GUARD, Repo
from tests.receipts.test_receipt import receipt


def store_of(repo: Repo) -> Store:
    """The store of a repository."""
    return make_store(open_repository(at(str(repo.path))))


def names(repo: Repo) -> list[str]:
    """All files of the store."""
    return sorted(path.name for path in (repo.path / ".git/guard/receipts").iterdir())


def test_nothing_recorded_yet(repo: Repo) -> None:
    """A repository without receipts has no store, and asking makes none."""
    assert open_store(open_repository(at(str(repo.path)))) is None
    assert latest(None, 9) == []
    assert found(None, ["make test"]) == {"make test": ()}
    assert not (repo.path / ".git/guard").exists()


def test_what_is_kept_is_found(repo: Repo) -> None:
    """Receipts are found by command line, the oldest first, and listed the newest first."""
    store = store_of(repo)
    one = receipt(command=command_key(("make", "test"), store.key))
    two = one._replace(started="2026-01-02T03:04:06.000000Z", exit=1)
    other = one._replace(argv=("ls",), command=command_key(("ls",), store.key))
    ids = [keep(store, made) for made in (two, other, one)]
    assert [made.exit for made in found(store, ["make  test"])["make  test"]] == [0, 1]
    assert found(store, ["make", "nonsense ("]) == {"make": (), "nonsense (": ()}
    assert [made.id for made in latest(store, 1)] == [ids[0]]
    assert len(latest(store, 9)) == 3


def test_all_worktrees_share_one_store(repo: Repo) -> None:
    """A receipt that one worktree keeps the other ones see, also after git has tidied up."""
    other = repo.worktree("other")
    other.guard("run", "--", "true")
    repo.git("gc", "-q", "--prune=now")
    repo.git("worktree", "remove", "--force", str(other.path))
    repo.git("worktree", "prune")
    assert len(repo.guard("run", "--list", "--format", "json").report["receipts"]) == 1


def test_for_the_owners_eyes(repo: Repo) -> None:
    """Nobody else can read the store, its key or a receipt: output may be secret."""
    store = store_of(repo)
    keep(store, receipt())
    modes = {
        path.stat().st_mode & 0o077 for path in [Path(store.folder), *Path(store.folder).iterdir()]
    }
    assert modes == {0}


def test_many_at_once(repo: Repo) -> None:
    """Forty commands that end at once leave forty sound receipts under one key."""
    running = [
        subprocess.Popen([*GUARD, "run", "--", "sh", "-c", f"exit {number % 3}"], cwd=repo.path)
        for number in range(40)
    ]
    codes = [process.wait() for process in running]
    assert codes == [number % 3 for number in range(40)]
    kept = repo.guard("run", "--list", "--format", "json").report["receipts"]
    assert (len(kept), all(one["sound"] for one in kept)) == (40, True)
    assert [name for name in names(repo) if not name.endswith(".json")] == [".key"]


def test_only_the_latest_are_kept(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit the oldest go, and what was never finished goes after a day."""
    monkeypatch.setattr(receipts, "MOST", 3)
    monkeypatch.setattr(receipts, "_SPARE", 2)
    store = store_of(repo)
    folder = Path(store.folder)
    for name, age in ((".guard-new-1-old", 100_000), (".guard-new-2-young", 10)):
        (folder / name).write_text("{")
        os.utime(folder / name, (time.time() - age,) * 2)
    for second in range(6):
        keep(store, receipt(started=f"2026-01-02T03:04:0{second}.000000Z"))
    assert [made.started[18] for made in latest(store, 9)] == ["5", "4", "3"]
    assert [name for name in names(repo) if name.startswith(".")] == [".guard-new-2-young", ".key"]


def test_what_is_no_receipt_is_passed_over(repo: Repo) -> None:
    """Links, folders, broken and foreign files in the store are nobody's receipts."""
    store = store_of(repo)
    keep(store, receipt())
    folder = Path(store.folder)
    (folder / "20260101T000000Z-a-b.json").write_text("{")
    (folder / "20260101T000001Z-a-b.json").symlink_to(folder / ".key")
    (folder / "20260101T000002Z-a-b.json").mkdir()
    (folder / "zz.json").write_bytes(b"\0" * 10)
    assert len(latest(store, 99)) == 1


@pytest.mark.parametrize("spoiled", ["guard", "guard/receipts", "guard/receipts/.key"])
def test_a_store_that_cannot_be_used_is_an_error(repo: Repo, spoiled: str) -> None:
    """Where something else stands in its place, nothing is recorded, and nothing is run."""
    path = repo.path / ".git" / spoiled
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir() if spoiled.endswith(".key") else path.write_text("")
    ran = repo.guard("run", "--", "touch", "ran")
    assert (ran.code, ran.out) == (2, "")
    assert "receipts cannot be kept" in ran.err
    assert not (repo.path / "ran").exists()
    with pytest.raises(GitError):
        open_store(open_repository(at(str(repo.path))))


def test_writing_fails_late(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A receipt that cannot be written is an error with a hint."""
    store = store_of(repo)
    monkeypatch.setattr(receipts, "_write", full)
    with pytest.raises(GitError, match="No space"):
        keep(store, receipt())


def full(*_: object) -> None:
    """What a full disk says."""
    raise OSError(28, "No space left on device")
