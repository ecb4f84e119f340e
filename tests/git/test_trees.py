"""Ids of trees: git's own, without a trace in the repository."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from guard.git.isolate import scratch
from guard.git.objects import Entry, Objects
from guard.git.plumbing import at
from guard.git.repository import open_repository
from guard.git.trees import (
    differing_paths,
    line_counts,
    store_tree_with,
    tree_on_disk,
    tree_without,
)
from tests.kit import Repo


def on_disk(repo: Repo, without: str = "", *, whole: bool = False) -> str:
    """The id of the working tree."""
    with scratch() as folder:
        return tree_on_disk(open_repository(at(str(repo.path))), folder, without, whole=whole).tree


def as_git_would(repo: Repo) -> str:
    """The tree that `git add -A` and a commit would make, from a copy of the repository."""
    copy = repo.path.parent / "copy"
    repo.run("cp", "-a", str(repo.path), str(copy))
    Repo(copy).git("add", "-A")
    return Repo(copy).git("write-tree")


def everything(repo: Repo) -> dict[str, bytes]:
    """Every file below the git directory, without times.

    git may freshen the time of an object, so that it is not pruned (git-gc(1)).
    """
    return {
        str(path): path.read_bytes() for path in (repo.path / ".git").rglob("*") if path.is_file()
    }


def clean(repo: Repo) -> None:
    """As it was committed."""


def edited(repo: Repo) -> None:
    """Staged, unstaged, deleted, added and ignored files, other modes and types."""
    repo.write(
        {
            ".gitignore": "*.o\n",
            "x.o": "",
            "src/new.py": "n\n",
            "ü \n.txt": "odd\n",
            "src/a.py": "edited\n",
        }
    )
    repo.git("add", "src/a.py")
    repo.write({"src/a.py": "edited again\n"})
    (repo.path / "docs/a.md").unlink()
    (repo.path / "README.md").chmod(0o755)
    os.symlink("src/a.py", repo.path / "link")


def hidden(repo: Repo) -> None:
    """Edits that git does not look for."""
    repo.git("update-index", "--assume-unchanged", "src/a.py")
    repo.write({"src/a.py": "edited\n"})


def in_conflict(repo: Repo) -> None:
    """In the middle of a conflicting merge."""
    repo.branch("other").commit({"src/a.py": "theirs\n"})
    repo.git("switch", "-q", "main")
    repo.commit({"src/a.py": "ours\n"})
    repo.git("merge", "-q", "other", ok=(1,))


def a_file_for_a_folder(repo: Repo) -> None:
    """A folder gave way to a file, and a file to a folder."""
    (repo.path / "docs/a.md").unlink()
    (repo.path / "docs").rmdir()
    (repo.path / "README.md").unlink()
    repo.write({"docs": "now a file\n", "README.md/x": "now a folder\n"})


@pytest.mark.parametrize("prepare", [clean, edited, in_conflict, a_file_for_a_folder])
@pytest.mark.parametrize("options", [(), ("--object-format=sha256",)], ids=["sha1", "sha256"])
def test_the_working_tree_is_named_as_git_would(
    tmp_path: Path, prepare: object, options: tuple[str, ...]
) -> None:
    """The id is git's once everything is added, and the repository stays as it was."""
    repo = Repo.init(tmp_path / "repo", *options)
    repo.commit({"README.md": "hello\n", "src/a.py": "a = 1\n", "docs/a.md": "a\n"})
    assert callable(prepare)
    prepare(repo)
    before = everything(repo)
    found = on_disk(repo), on_disk(repo, whole=True)
    assert everything(repo) == before
    assert found == (as_git_would(repo),) * 2


def test_what_git_does_not_look_for_is_seen(repo: Repo) -> None:
    """An edit behind `assume-unchanged` is part of the tree."""
    committed = on_disk(repo)
    hidden(repo)
    assert on_disk(repo) != committed


def test_a_repository_inside(repo: Repo) -> None:
    """A repository in the working tree counts by its commit, and not at all before it has one."""
    empty = Repo.init(repo.path / "inner")
    bare = on_disk(repo)
    empty.commit({"x": "x\n"})
    assert on_disk(repo) == as_git_would(repo) != bare


def test_another_worktree_inside_is_not_part_of_it(repo: Repo) -> None:
    """A worktree of the same repository inside this one is not part of it."""
    before = on_disk(repo)
    repo.git("worktree", "add", "-q", "-b", "x", "inside")
    assert on_disk(repo) == before


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "src/a.py",
        "docs/a.md",
        ".guard/handoffs/web.md",
        "nowhere",
        "src",
        "README.md/x",
        "src/nowhere",
    ],
)
@pytest.mark.parametrize("options", [(), ("--object-format=sha256",)], ids=["sha1", "sha256"])
def test_a_tree_without_one_file(tmp_path: Path, path: str, options: tuple[str, ...]) -> None:
    """The tree without a file is git's once the file is removed; empty folders are gone."""
    repo = Repo.init(tmp_path / "repo", *options)
    files: dict[str, str | bytes] = {
        "README.md": "hello\n",
        "src/a.py": "a = 1\n",
        "src/b/c.py": "x\n",
        "docs/a.md": "a\n",
        ".guard/handoffs/web.md": "# done\n",
        "src.py": "s\n",
    }
    repo.commit(files)
    repository = open_repository(at(str(repo.path)))
    objects = Objects(repository.git)
    found = tree_without(
        objects, repo.git("rev-parse", "HEAD^{tree}"), path, repository.object_format
    )
    objects.close()
    assert on_disk(repo, path if path in files else "") == found
    if path in files:
        repo.git("rm", "-q", "--cached", "--", path)
        assert found == repo.git("write-tree")


FILES = {"a": "a\n", "b/c": "c\n", "b/d/e": "e\n", "b.x": "x\n"}


@pytest.mark.parametrize(
    "changed",
    [
        {"a": "", "a/b": "100644", "a/c/d": "100755"},
        {"a/b": "120000"},
        {"a/b": "", "a/b/c": ""},
        {"b": "", "none": "", "none/x": ""},
        {"b": "100644"},
        {"b": "160000", "b/c": "", "b/d/e": ""},
        {"b/c": "", "b/d/e": ""},
        {"b/d/e": "", "b/d": "100755", "b/d.x": "100644"},
        {"b/d/e": "", "new/\N{SNOWMAN} f": "100644"},
    ],
    ids=lambda changed: ",".join(f"{path}={mode}" for path, mode in changed.items()),
)
def test_a_tree_with_other_files(repo: Repo, changed: dict[str, str]) -> None:
    """The tree with files written ("": removed) is git's: also where file and folder change."""
    repo.git("rm", "-rqf", ".")
    repo.commit({**FILES})
    root, oid = (repo.git("rev-parse", f"HEAD{what}") for what in ("^{tree}", ":a"))
    head = repo.git("rev-parse", "HEAD")
    oids = {path: head if mode == "160000" else oid for path, mode in changed.items()}
    for path, mode in changed.items():
        how = ("--cacheinfo", f"{mode},{oids[path]},{path}") if mode else ("--force-remove", path)
        repo.git("update-index", "--add", "--replace", *how)
    files = {path: Entry(mode, oids[path]) if mode else None for path, mode in changed.items()}
    with closing(Objects(open_repository(at(str(repo.path))).git)) as objects:
        found = store_tree_with(at(str(repo.path)), objects, root, files, "sha1")
    assert found == repo.git("write-tree")


def test_the_last_file_leaves_the_empty_tree(empty: Repo) -> None:
    """A tree without its only file is git's empty tree."""
    empty.commit({"a/b": "x"})
    repository = open_repository(at(str(empty.path)))
    objects = Objects(repository.git)
    root = empty.git("rev-parse", "HEAD^{tree}")
    assert tree_without(objects, root, "a/b", "sha1") == repository.empty_tree
    objects.close()


def test_what_differs_and_how_much(repo: Repo) -> None:
    """Paths and line counts are git's, with odd names, binary files and uncommitted work."""
    base = repo.git("rev-parse", "HEAD")
    repo.write({"src/a.py": "a = 1\nb = 2\n", "x\ty": "1\n2\n", "bin": b"\0\1"})
    (repo.path / "docs/a.md").unlink()
    with scratch() as folder:
        written = tree_on_disk(open_repository(at(str(repo.path))), folder, whole=True)
        assert sorted(differing_paths(written.git, base, written.tree)) == [
            ("A", "bin"),
            ("A", "x\ty"),
            ("D", "docs/a.md"),
            ("M", "src/a.py"),
        ]
        assert line_counts(written.git, base, written.tree) == {
            "bin": None,
            "x\ty": (2, 0),
            "docs/a.md": (0, 1),
            "src/a.py": (1, 0),
        }


def test_lfs_pointers_are_kept_with_the_rest(repo: Repo) -> None:
    """The tree has the pointer of a Git LFS file, also if contents are stored for a comparison."""
    repo.commit({".gitattributes": "*.bin filter=lfs\n"})
    repo.git("config", "filter.lfs.clean", "false")
    repo.write({"x.bin": "content\n"})
    assert on_disk(repo) == on_disk(repo, whole=True)
    with scratch() as folder:
        written = tree_on_disk(open_repository(at(str(repo.path))), folder, whole=True)
        blob = written.git.run("cat-file", "blob", f"{written.tree}:x.bin")
        assert b"git-lfs.github.com" in blob.out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_cannot_be_read_is_an_error(repo: Repo) -> None:
    """A file that cannot be read makes no tree: a wrong id would prove a run that never was."""
    repo.write({"secret": "x"})
    (repo.path / "secret").chmod(0)
    assert repo.guard("run", "--", "true").code == 2
