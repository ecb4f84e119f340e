"""The quick snapshot: the same trees as the thorough one, or none."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from guard.git.glance import UNSEEN, Glanced, Seen, entries_in, glance
from guard.git.isolate import isolated
from guard.git.plumbing import Git, at
from guard.git.repository import Repository, open_repository
from guard.git.snapshot import on_copy
from guard.git.trees import snapshot
from guard.git.worktrees import worktrees, worktrees_in_files
from tests.kit import Repo

OLD = 1_600_000_000


def both(repo: Repo) -> tuple[Glanced | None, str]:
    """What the quick look gives, and the tree of the thorough one."""
    repository = open_repository(at(str(repo.path)))
    with isolated(repository) as apart:
        store = os.path.join(apart.directory, "objects")
        places = [os.path.join(apart.directory, name) for name in ("quick", "thorough")]
        os.mkdir(places[1])
        quick = glance(repository, [], places[0], store)
        tree = snapshot(repository, places[1], store).tree
    head = repo.git("rev-parse", "HEAD^{tree}")
    if quick and quick.tree == "HEAD":
        quick = quick._replace(tree=head)
    return quick, tree


def conflicted(repo: Repo) -> None:
    """A merge that stopped."""
    repo.git("switch", "-q", "-c", "other")
    repo.commit({"src/a.py": "theirs\n"})
    repo.git("switch", "-q", "main")
    repo.commit({"src/a.py": "ours\n"})
    repo.git("merge", "-q", "other", ok=(1,))


def folder_for_a_file(repo: Repo) -> None:
    """A folder where a file was."""
    repo.run("rm", "src/a.py")
    repo.write({"src/a.py/b": "in it\n"})


EDITS: dict[str, Callable[[Repo], object]] = {
    "nothing": lambda repo: None,
    "an edit": lambda repo: repo.write({"src/a.py": "x\n"}),
    "an edit of the same size": lambda repo: repo.write({"src/a.py": "a = 2\n"}),
    "a deletion": lambda repo: repo.run("rm", "docs/a.md"),
    "a deleted folder": lambda repo: repo.run("rm", "-r", "docs"),
    "a new file in a new folder": lambda repo: repo.write({"new/\u202e/\t.py": "x\n"}),
    "something staged": lambda repo: (repo.write({"src/a.py": "x"}), repo.git("add", "-A")),
    "staged, then edited": lambda repo: (
        repo.write({"src/a.py": "x"}),
        repo.git("add", "-A"),
        repo.write({"src/a.py": "y"}),
    ),
    "staged, then taken back on the disk": lambda repo: (
        repo.write({"src/a.py": "x"}),
        repo.git("add", "-A"),
        repo.write({"src/a.py": "a = 1\n"}),
    ),
    "a mode": lambda repo: (repo.path / "src/a.py").chmod(0o755),
    "a link": lambda repo: repo.run("ln", "-sf", "/etc/passwd", "src/a.py"),
    "a folder for a file": folder_for_a_file,
    "a rename": lambda repo: repo.git("mv", "src/a.py", "src/b.py"),
    "a conflict": conflicted,
    "an ignored file": lambda repo: repo.write({".gitignore": "*.log\n", "a.log": "x"}),
    "an inner repository": lambda repo: Repo.init(repo.path / "inner").commit({"a": "x"}),
}


@pytest.mark.parametrize("edit", EDITS)
def test_the_same_tree(repo: Repo, edit: str) -> None:
    """Whatever was done, both ways of reading a working tree agree."""
    EDITS[edit](repo)
    time.sleep(0.05)
    quick, tree = both(repo)
    assert quick is not None
    assert (quick.head, quick.tree) == (repo.head(), tree)
    listed = repo.git("status", "-z", "-uall", "--no-renames").split("\0")[:-1]
    is_clean = tree == repo.git("rev-parse", "HEAD^{tree}")
    assert quick.edited in ((0, len(listed)) if is_clean else (len(listed),))


def test_what_was_written_a_moment_ago_is_no_state_yet(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that may have been written while git looked gives no tree, clean or not."""
    monkeypatch.setattr("guard.git.glance.GRAIN", 60 * 10**9)  # the machine may be slow
    repo.write({"src/a.py": "x\n"})
    quick, _ = both(repo)
    assert quick is not None
    assert quick.tree == ""


@pytest.mark.parametrize("edit", ["nothing", "an edit"])
def test_what_was_undone_while_git_looked_makes_no_tree(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, edit: str
) -> None:
    """A file that is as committed now, or gone, may have been all that differed a moment ago."""
    new, docs = repo.path / "new", repo.path / "docs"

    def moved_and_back() -> None:
        docs.rename(repo.path / "away")
        (repo.path / "away").rename(docs)

    undone: dict[str, Callable[[], object]] = {
        "nothing": lambda: None,
        "a file": lambda: (docs / "a.md").write_bytes((docs / "a.md").read_bytes()),
        "a new file": new.unlink,
        "a folder": moved_and_back,
    }
    found = {}
    for what, undo in undone.items():
        EDITS[edit](repo)
        new.write_text("new\n" if what == "a new file" else "")
        time.sleep(0.05)

        def begun(
            place: Repository,
            folder: str,
            filters: Sequence[str],
            *,
            copy: bool,
            undo: Callable[[], object] = undo,
        ) -> Git:
            undo()
            return on_copy(place, folder, filters, copy=copy)

        monkeypatch.setattr("guard.git.glance.on_copy", begun)
        quick, _ = both(repo)
        assert quick is not None
        found[what] = quick.tree == ""
    assert found == {what: what != "nothing" for what in undone}


@pytest.mark.parametrize("bit", ["--assume-unchanged", "--skip-worktree"])
def test_an_index_that_hides_edits_needs_a_closer_look(repo: Repo, bit: str) -> None:
    """Bits that keep git from looking are seen, in an index of any version."""
    index = repo.path / ".git/index"
    assert not entries_in(index.read_bytes(), "sha1").hides
    repo.git("update-index", bit, "src/a.py")
    assert entries_in(index.read_bytes(), "sha1").hides
    repo.git("update-index", bit.replace("--", "--no-"), "src/a.py")
    repo.git("update-index", "--index-version", "4")
    assert entries_in(index.read_bytes(), "sha1").hides
    assert entries_in(b"DIRC\0\0\0\2\0\0\xff\xff", "sha1").hides


@pytest.mark.parametrize("how", EDITS)
def test_what_git_doubts_is_read_once(repo: Repo, how: str) -> None:
    """git notes what it has read in a copy of the index."""
    index, copy = repo.path / ".git/index", repo.path / ".git/guard/index"
    EDITS[how](repo)
    os.utime(index, (OLD, OLD))  # each file is younger
    before = index.read_bytes()
    seen = _agrees(repo, UNSEEN)
    assert (index.read_bytes(), copy.exists()) == (before, True)
    assert copy.stat().st_mtime > (repo.path / "README.md").stat().st_mtime  # git wrote it anew
    repo.write({"README.md": "later\n"})
    _agrees(repo, seen)
    assert copy.exists()


def test_an_edit_within_the_second_of_the_index_is_seen(repo: Repo) -> None:
    """Of the same size, too, and later: the copy is doubted as the index is."""
    _next_second()
    repo.commit({"src/a.py": "a = 3\n"})
    repo.write({"src/a.py": "a = 4\n"})
    _next_second()
    assert _agrees(repo, UNSEEN).tree


def _next_second() -> None:
    time.sleep(1 - time.time() % 1)


def test_the_copy_is_that_of_the_index_as_it_is(repo: Repo) -> None:
    """What git has noted in it serves as long as nobody writes the index."""
    index, copy = repo.path / ".git/index", repo.path / ".git/guard/index"
    os.utime(index, (OLD, OLD))
    seen = _agrees(repo, UNSEEN)
    noted = copy.read_bytes()
    seen = _agrees(repo, seen)
    assert copy.read_bytes() == noted
    repo.write({"new.py": "n = 1\n"})
    repo.git("add", "new.py")
    _agrees(repo, seen)
    assert b"new.py" in copy.read_bytes()


def test_a_copy_that_cannot_be_kept_is_none(repo: Repo) -> None:
    """Each look makes its own then."""
    repo.write({".git/guard": "no folder\n", "src/a.py": "a = 5\n"})
    _agrees(repo, _agrees(repo, UNSEEN))


def _agrees(repo: Repo, last: Seen) -> Seen:
    """Look quickly, as after the `last` look; the tree is that of the thorough look."""
    time.sleep(0.05)
    _, tree = both(repo)
    repository = open_repository(at(str(repo.path)))
    with isolated(repository) as apart:
        folder, store = (os.path.join(apart.directory, name) for name in ("quick", "objects"))
        quick = glance(repository, [], folder, store, last, heals=True)
    assert quick is not None
    found = repo.git("rev-parse", "HEAD^{tree}") if quick.tree == "HEAD" else quick.tree
    assert found == tree
    return quick.seen


def test_worktrees_without_looking_at_them(repo: Repo, tmp_path: Path) -> None:
    """git's own files tell the same as git: linked, detached, locked, missing, unborn."""
    repo.git("branch", "a/b")
    repo.git("worktree", "add", "-q", str(tmp_path / "one"), "a/b")
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "two\u05d0"))
    repo.git("worktree", "add", "-q", "--lock", "-b", "c", str(tmp_path / "three"))
    repo.git("worktree", "add", "-q", "-b", "d", str(tmp_path / "gone"))
    repo.run("rm", "-r", str(tmp_path / "gone"))
    for place in (repo.path, tmp_path / "one"):
        repository = open_repository(at(str(place)))
        told = [one._replace(missing=False) for one in worktrees(repository.git)]
        found = worktrees_in_files(repository)
        assert found is not None
        assert sorted(found) == sorted(told)
    repo.git("config", "core.worktree", str(repo.path))
    assert worktrees_in_files(open_repository(at(str(repo.path)))) is None
