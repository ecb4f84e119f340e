"""Changing repositories: what the caller names happens, and errors say what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from guard.core.errors import GitError
from guard.git import linked, porcelain
from tests.git.conftest import ADA
from tests.kit import Repo


def test_a_new_repository_has_nothing_in_it_but_its_branch(tmp_path: Path) -> None:
    """A new repository has the branch that was asked for, and nothing from a template."""
    porcelain.create_repository(str(tmp_path / "new" / "shop"), "trunk")
    repo = Repo(tmp_path / "new" / "shop")

    assert repo.git("symbolic-ref", "HEAD") == "refs/heads/trunk"
    assert repo.git("status", "--porcelain") == ""
    assert not (repo.path / ".git" / "hooks").exists()
    assert not (repo.path / ".git" / "info").exists()


def test_an_empty_directory_is_good_enough(tmp_path: Path) -> None:
    """A directory without entries becomes the repository."""
    porcelain.create_repository(str(tmp_path))

    assert Repo(tmp_path).git("rev-parse", "--is-inside-work-tree") == "true"


def test_a_commit_holds_the_files_that_were_named_and_nothing_else(made: Repo) -> None:
    """Contents, paths and deletions are committed as given; other changes stay as they are."""
    made.write({"staged.txt": "s\n", "loose.txt": "l\n"}).git("add", "staged.txt")
    oid = porcelain.commit_files(
        str(made.path), {"a.txt": None, "neu/ü b.txt": "ü\r\n"}, "# not a comment\n\nbody\n\n", ADA
    )

    assert oid == made.git("rev-parse", "HEAD")
    people = made.git("show", "--no-patch", "--format=%an <%ae>, %cn <%ce>", oid)
    assert people == ", ".join(["Ada Lovelace <ada@shop.example>"] * 2)
    assert made.git("show", "--no-patch", "--format=%B", oid) == "# not a comment\n\nbody\n\n"
    words = ("-r", "-z", "--no-commit-id", "--no-renames", "--name-status")
    assert made.git("diff-tree", *words, oid) == "D\0a.txt\0A\0neu/ü b.txt\0"
    assert made.git("show", "HEAD:neu/ü b.txt") == "ü\r"
    assert made.git("status", "--porcelain") == "A  staged.txt\n?? loose.txt"


def test_names_are_names_and_not_patterns(made: Repo) -> None:
    """A file called `*.txt` or `:(top)x` is that file alone."""
    made.write({"a.txt": "changed\n"})
    porcelain.commit_files(
        str(made.path), {"*.txt": "star\n", ":(top)x": "colon\n", "-n": "dash\n"}, "odd", ADA
    )

    committed = made.git("show", "--format=", "--name-only", "HEAD").split("\n")
    assert committed == ["*.txt", "-n", ":(top)x"]
    assert made.git("status", "--porcelain") == " M a.txt"


def test_ignored_files_are_committed_when_they_are_named(made: Repo) -> None:
    """Naming a file is enough, whatever `.gitignore` says."""
    porcelain.commit_files(str(made.path), {".gitignore": "*.log\n", "x.log": "x\n"}, "log", ADA)

    assert made.git("ls-files") == ".gitignore\na.txt\ndocs/b.txt\nx.log"


def test_files_can_be_written_without_a_commit(made: Repo) -> None:
    """Writing changes the working tree and leaves index and history alone."""
    before = made.git("rev-parse", "HEAD")
    porcelain.write_files(str(made.path), {"a.txt": "A\n", "new/c.txt": "c\n", "docs/b.txt": None})

    assert made.git("status", "--porcelain", "-uall") == " M a.txt\n D docs/b.txt\n?? new/c.txt"
    assert made.git("rev-parse", "HEAD") == before


def test_branches_and_worktrees_start_where_they_are_told(made: Repo, tmp_path: Path) -> None:
    """A branch and a linked worktree start at the named commit; the main worktree stays."""
    first = made.git("rev-parse", "HEAD")
    porcelain.commit_files(str(made.path), {"a.txt": "2\n"}, "second", ADA)
    made.git("branch", "old", first)
    porcelain.create_worktree(str(made.path), str(tmp_path / "w 1"), "feat/one", "old")
    porcelain.create_worktree(str(tmp_path / "w 1"), str(tmp_path / "w2"), "feat/two", "main")
    linked = Repo(tmp_path / "w 1")

    assert made.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert linked.git("symbolic-ref", "HEAD") == "refs/heads/feat/one"
    assert (linked.path / "a.txt").read_text() == "a\n"
    branches = made.git("for-each-ref", "--format=%(refname:short):%(subject)").split("\n")
    assert branches == ["feat/one:start", "feat/two:second", "main:second", "old:start"]


def test_a_worktree_is_removed_and_its_branch_stays(made: Repo, tmp_path: Path) -> None:
    """Removing a clean worktree takes the directory and git's record of it, not the work."""
    porcelain.create_worktree(str(made.path), str(tmp_path / "w"), "feat")
    porcelain.commit_files(str(tmp_path / "w"), {"a.txt": "2\n"}, "work", ADA)
    linked.remove_worktree(str(made.path), str(tmp_path / "w"))

    assert not (tmp_path / "w").exists()
    assert made.git("worktree", "list", "--porcelain").count("worktree ") == 1
    assert made.git("log", "-1", "--format=%s", "feat") == "work"


@pytest.mark.parametrize(
    "files", [{"a.txt": "unsaved\n"}, {"new.txt": "new\n"}], ids=["modified", "untracked"]
)
def test_a_worktree_with_work_in_it_is_not_removed(
    made: Repo, tmp_path: Path, files: dict[str, str | None]
) -> None:
    """Work that is in no commit is never thrown away; the error says where to look."""
    porcelain.create_worktree(str(made.path), str(tmp_path / "w"), "feat")
    porcelain.write_files(str(tmp_path / "w"), files)

    with pytest.raises(GitError, match="contains modified or untracked files") as caught:
        linked.remove_worktree(str(made.path), str(tmp_path / "w"))
    assert caught.value.hint == f"git -C {tmp_path}/w status"
    assert all((tmp_path / "w" / name).read_text() == text for name, text in files.items())


REFUSED: list[tuple[str, Callable[[str], object], str, str]] = [
    (
        "branch there",
        lambda at: porcelain.create_worktree(at, f"{at}-w", "main"),
        "git worktree: fatal: a branch named 'main'",
        "git -C {} worktree list",
    ),
    (
        "no commit-ish",
        lambda at: porcelain.create_worktree(at, f"{at}-w", "w", "gone"),
        "git worktree: fatal: ",
        "git -C {} worktree list",
    ),
    (
        "path is taken",
        lambda at: porcelain.create_worktree(at, at, "w"),
        "already exists",
        "git -C {} worktree list",
    ),
    (
        "nothing to do",
        lambda at: porcelain.commit_files(at, {"a.txt": "a\n"}, "same", ADA),
        "nothing to commit",
        "git -C {} status",
    ),
    (
        "repository there",
        porcelain.create_repository,
        "is not an empty directory",
        "name a directory that is empty",
    ),
    (
        "file there",
        lambda at: porcelain.create_repository(f"{at}/a.txt"),
        "is not an empty directory",
        "name a directory that is empty",
    ),
    (
        "below a file",
        lambda at: porcelain.create_repository(f"{at}/a.txt/b"),
        "cannot be written: Not a directory",
        "ls -ld {}/a.txt",
    ),
    (
        "bad branch",
        lambda at: porcelain.create_repository(f"{at}-b", "bad..name"),
        "git init: fatal: invalid initial",
        "ls -ld {}-b",
    ),
    (
        "deleting nothing",
        lambda at: porcelain.write_files(at, {"gone": None}),
        "cannot be written: No such file",
        "ls -ld {}",
    ),
    (
        "no worktree",
        lambda at: linked.remove_worktree(at, f"{at}-none"),
        "is not a working tree",
        "git -C {}-none status",
    ),
]


def test_no_branch_follows_a_remote_one(made: Repo, tmp_path: Path) -> None:
    """Starting from a remote-tracking branch sets no upstream."""
    made.git("remote", "add", "origin", str(tmp_path / "nowhere"))
    made.git("update-ref", "refs/remotes/origin/main", "main")
    porcelain.create_worktree(str(made.path), str(tmp_path / "w"), "one", "origin/main")

    branches = made.git("for-each-ref", "--format=%(refname:short)%(upstream)", "refs/heads")
    assert branches.split("\n") == ["main", "one"]


@pytest.mark.parametrize(
    ("act", "message", "hint"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED]
)
def test_errors_say_what_git_said_and_what_to_type(
    made: Repo, act: Callable[[str], object], message: str, hint: str
) -> None:
    """A refusal arrives as an error with git's or the system's words and a hint."""
    with pytest.raises(GitError) as caught:
        act(str(made.path))
    assert message in caught.value.message
    assert caught.value.hint.startswith(hint.format(made.path))


@pytest.mark.parametrize("path", ["", ".", "..", "../x", "/x", "a/../../x", "link/x", "linked.txt"])
def test_paths_that_lead_out_of_the_working_tree_are_refused(
    made: Repo, tmp_path: Path, path: str
) -> None:
    """Nothing is written when one path leads elsewhere, by dots or through a symbolic link."""
    (tmp_path / "outside.txt").write_text("mine\n")
    (made.path / "link").symlink_to(tmp_path)
    (made.path / "linked.txt").symlink_to(tmp_path / "outside.txt")

    with pytest.raises(GitError, match="leads out of"):
        porcelain.write_files(str(made.path), {"first.txt": "x\n", path: "x\n"})
    assert not (made.path / "first.txt").exists()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["outside.txt", "shop"]
    assert (tmp_path / "outside.txt").read_text() == "mine\n"


def test_dollar_signs_and_tildes_in_a_path_are_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory called `$HOME` or `~` is that directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("$HOME", "~", "-x"):
        porcelain.create_repository(name)
        porcelain.commit_files(name, {"a": "a\n"}, "start", ADA)
        assert Repo(tmp_path / name).git("log", "--format=%s") == "start"


IMPORT = """
import os, guard.core.errors
try:
    import guard.git.porcelain
    {then}
except guard.core.errors.GitError as error:
    print(error.message, error.hint, sep=" | ")
"""


@pytest.mark.parametrize(
    ("path", "then", "message"),
    [
        ("/nonexistent", "print('imported')", "Bad git executable. | install git"),
        (
            None,
            "os.environ['PATH'] = '/-'; guard.git.porcelain.write_setting('c', 'a.b', '1')",
            "git cannot be started | install git",
        ),
    ],
    ids=["from the start", "later"],
)
def test_a_missing_git_is_an_error_with_a_hint(
    tmp_path: Path, path: str | None, then: str, message: str
) -> None:
    """Without git there is no traceback, whenever it went missing."""
    env = {**os.environ, **({"PATH": path} if path else {})}
    program = [sys.executable, "-c", IMPORT.format(then=then)]
    done = subprocess.run(
        program, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )

    assert message in done.stdout, done.stderr


def test_a_checkout_for_a_user_is_the_users_own(
    made: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`add_worktree` uses the user's configuration and hooks, but not the variables of a hook."""
    config = tmp_path / "config"
    config.write_text("[core]\n\tautocrlf = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    hook = made.path / ".git/hooks/post-checkout"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\ntouch ran\n")
    hook.chmod(0o755)
    porcelain.create_worktree(str(made.path), str(tmp_path / "sealed"), "sealed")
    linked.add_worktree(str(made.path), str(tmp_path / "own"), "own", "main")
    assert (tmp_path / "sealed/a.txt").read_bytes() == b"a\n"
    assert not (tmp_path / "sealed/ran").exists()
    assert (tmp_path / "own/a.txt").read_bytes() == b"a\r\n"
    assert (tmp_path / "own/ran").exists()
    assert os.environ["GIT_DIR"] == "/nowhere"


def test_an_existing_branch_is_checked_out(made: Repo, tmp_path: Path) -> None:
    """An existing branch is checked out in a new worktree, unless another one has it."""
    made.git("branch", "topic")
    linked.add_worktree(str(made.path), str(tmp_path / "topic"), "topic")
    assert Repo(tmp_path / "topic").git("symbolic-ref", "--short", "HEAD") == "topic"
    with pytest.raises(GitError, match=r"git worktree: .*topic"):
        linked.add_worktree(str(made.path), str(tmp_path / "again"), "topic")


def test_a_branch_is_deleted_where_it_was_seen(made: Repo) -> None:
    """A branch that has moved since, is checked out or does not exist stays as it is."""
    tip = made.git("rev-parse", "HEAD")
    made.git("branch", "topic")
    with pytest.raises(GitError, match="branch topic has moved"):
        linked.delete_branch(str(made.path), "topic", "0" * 40)
    with pytest.raises(GitError, match="git branch: "):
        linked.delete_branch(str(made.path), "main", tip)
    with pytest.raises(GitError, match="git rev-parse: "):
        linked.delete_branch(str(made.path), "none", tip)
    linked.delete_branch(str(made.path), "topic", tip)
    assert made.git("for-each-ref", "--format=%(refname)", "refs/heads") == "refs/heads/main"
