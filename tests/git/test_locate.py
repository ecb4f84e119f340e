"""Where a path really is, and how this system spells it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from guard.git.locate import (
    Place,
    common_dir,
    folder_of,
    git_dir,
    linked,
    locate,
    posix_path,
    seems_adopted,
    top_of,
)
from tests.kit import Repo


def places(path: str, start: Path, *, follow: bool = True) -> list[str]:
    """Give what git would call a path in the innermost repository around it."""
    return [place.path for place in locate(path, str(start), follow=follow)]


def test_a_place_is_told_by_the_innermost_repository(repo: Repo) -> None:
    """A path has a top, a path below it and outer repositories; the path of the top is empty."""
    inner = Repo.init(repo.path / "vendor/lib")
    [place] = locate("vendor/lib/x/y", str(repo.path))
    assert place == Place(f"{inner.path}/x/y", str(inner.path), "x/y", around=(str(repo.path),))
    assert place.below(str(repo.path)) == "vendor/lib/x/y"
    assert places(".", repo.path) == [""]
    assert locate("/nowhere/x", "/") == (Place("/nowhere/x"),)


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    """A name with a NUL has no place; half of a surrogate pair becomes JavaScript's U+FFFD."""
    assert locate("a\0b", str(tmp_path)) == ()
    assert [place.real for place in locate("a\ud800b\U0001f600", str(tmp_path))] == [
        f"{tmp_path}/a\ufffdb\U0001f600"
    ]


def test_a_link_stands_for_what_is_behind_it_or_for_itself(repo: Repo) -> None:
    """A write through a link changes its target; deleting it deletes the link."""
    (repo.path / "link").symlink_to("src/a.py")
    (repo.path / "folder").symlink_to("src")
    assert places("link", repo.path) == ["src/a.py"]
    assert places("link", repo.path, follow=False) == ["link"]
    assert places("folder/", repo.path, follow=False) == ["folder"]
    assert places("folder/a.py", repo.path, follow=False) == ["src/a.py"]


def test_both_meanings_of_dots_behind_a_link(repo: Repo) -> None:
    """`x/..` is the folder of x by its letters, and the folder of x's target for the system."""
    repo.write({"deep/er/x": "x"})
    (repo.path / "src/link").symlink_to("../deep/er")
    assert places("src/link/../new", repo.path) == ["deep/new", "src/new"]
    assert places("src/../docs/a.md", repo.path) == ["docs/a.md"]


def test_a_home_directory(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tilde in front is the home directory, as agents expand it."""
    monkeypatch.setenv("HOME", str(repo.path))
    assert places("~/src/a.py", Path("/")) == ["src/a.py"]
    assert places("a~/b", repo.path) == ["a~/b"]


def test_gits_own_folder(repo: Repo) -> None:
    """What is below `.git` is git's, in any case of letters; a longer name is not."""
    inside, outside = (".git", ".git/x/y", ".GIT/x"), ("src/.gitkeep", ".github/x")
    for path in (*inside, *outside):
        [place] = locate(path, str(repo.path))
        assert place.in_git == (path in inside), path


def test_the_folder_of_a_linked_worktree(repo: Repo) -> None:
    """The folder is where git's file points, from that file if the path is relative, gone or not.

    git writes relative paths with `worktree.useRelativePaths` (git-config(1)).
    """
    one, other = repo.worktree("one"), repo.worktree("other")
    shared = str(repo.path / ".git")
    folders = {git_dir(str(place.path)): str(place.path) for place in (one, other)}
    own = Path(git_dir(str(other.path)))
    (own / "gitdir").write_text(os.path.relpath(other.path / ".git", own) + "\n")
    other.path.rename(repo.path / "away")
    (repo.path / ".git/worktrees/no-worktree").mkdir()
    assert dict(linked(shared)) == folders
    assert folder_of(shared) == ""
    assert list(linked("")) == []


def test_the_top_around_a_folder(repo: Repo, tmp_path: Path) -> None:
    """The top is the innermost folder with any `.git`, also above a folder that does not exist."""
    linked = repo.worktree("linked")
    assert top_of(str(repo.path / "src")) == str(repo.path)
    assert top_of(str(linked.path / "none/x")) == str(linked.path)
    assert top_of(str(tmp_path)) == ""
    assert top_of(str(repo.path / ".git/hooks")) == str(repo.path)
    assert top_of(str(repo.path / "\ud83d/x")) == str(repo.path)
    assert top_of(str(repo.path / "a\0b")) == ""


def test_the_git_directories_of_a_worktree(repo: Repo, tmp_path: Path) -> None:
    """They are git's, for a main worktree, a linked one and one with a separate git directory."""
    linked = repo.worktree("linked")
    apart = Repo.init(tmp_path / "apart", f"--separate-git-dir={tmp_path}/store")
    relative = Repo.init(tmp_path / "relative", f"--separate-git-dir={tmp_path}/stored")
    (relative.path / ".git").write_text("gitdir: ../stored\n")
    for one in (repo, linked, apart, relative):
        own = one.git("rev-parse", "--absolute-git-dir")
        common = one.git("rev-parse", "--path-format=absolute", "--git-common-dir")
        assert os.path.realpath(git_dir(str(one.path))) == own
        assert common_dir(str(one.path)) == os.path.realpath(common)
    (linked.path / ".git").write_text("gitdir: /nowhere\n")
    assert common_dir(str(linked.path)) == "/nowhere"
    assert common_dir("/nowhere") == ""


def test_what_looks_like_guard(repo: Repo, tmp_path: Path) -> None:
    """A policy or a folder of contracts, even a broken link, means that guard is adopted."""
    assert seems_adopted(str(repo.path))
    assert not seems_adopted(str(tmp_path))
    assert not seems_adopted("")
    (tmp_path / ".guard").symlink_to("nowhere")
    assert seems_adopted(str(tmp_path))


@pytest.mark.parametrize(
    ("path", "start", "mounted", "expected"),
    [
        ("src/a.py", "", "", "src/a.py"),
        ("/work/a b", "", "", "/work/a b"),
        ("a\\b", "/work", "", "a\\b"),
        ("C:", "", "", "C:"),
        ("C:\\app\\a.py", "", "", "C:\\app\\a.py"),
        ("Cc:/app", "", "/mnt/c", "Cc:/app"),
        ("1:/app", "", "/mnt/1", "1:/app"),
        ("C:app", "", "/mnt/c", "C:app"),
        ("C:\\app\\a.py", "", "/mnt/c", "/mnt/c/app/a.py"),
        ("/C:/app/a.py", "", "/mnt/c", "/mnt/c/app/a.py"),
        ("d:/app", "", "/d", "/d/app"),
        ("src\\a.py", "C:\\app", "/mnt/c", "src/a.py"),
        ("src\\a.py", "/C:/app", "/mnt/c", "src/a.py"),
        ("file:///work/a%20b", "", "", "/work/a b"),
        ("file://localhost/work/%C3%A4%25", "", "", "/work/ä%"),
        ("FILE:///C:/app", "", "/mnt/c", "/mnt/c/app"),
        ("file:///work/%zz%", "", "", "/work/%zz%"),
        ("file:///work/%ff", "", "", "/work/\udcff"),
    ],
)
def test_paths_of_other_systems(
    monkeypatch: pytest.MonkeyPatch, path: str, start: str, mounted: str, expected: str
) -> None:
    """A URI, and a drive that WSL or MSYS2 mounts, becomes a plain path; other names stay."""
    monkeypatch.setattr(os.path, "isdir", lambda folder: folder == mounted)
    assert posix_path(path, start) == expected
