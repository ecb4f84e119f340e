"""What removing a worktree would lose, whatever the configuration hides."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from guard.sessions.life.losses import losses, told
from tests.kit import Repo, linked_session


@pytest.fixture
def tree(repo: Repo) -> Repo:
    """A linked worktree without work of its own, in a repository that ignores much."""
    ignored = "node_modules/\n.venv/\n__pycache__/\ncache/\n*.local\nvendor/\n/inner/\n"
    repo.commit({".gitignore": ignored, "src/b.py": "b\n"})
    return linked_session(repo)


def lost(tree: Repo) -> list[tuple[str, str]]:
    """What would be lost: the kinds, and the names."""
    return [(one.kind, one.name) for one in losses(str(tree.path))]


def test_nothing_is_lost_of_a_fresh_worktree(tree: Repo) -> None:
    """What the branch has, or a tool makes anew, is no loss."""
    tree.commit({"src/a.py": "committed\n"})
    tag = "Signature: 8a477f597d28d172789f06886806bc55\n"
    tree.write(
        {
            "node_modules/x/y.js": "x",
            "src/__pycache__/a.pyc": "x",
            ".venv/bin/z": "x",
            "cache/CACHEDIR.TAG": tag,
            "cache/deep/down/file": "x",
        }
    )
    assert lost(tree) == []


@pytest.mark.parametrize(
    ("files", "kind", "name"),
    [
        ({"src/a.py": "changed\n"}, "modified", "src/a.py"),
        ({"src/new.py": "new\n"}, "untracked", "src/new.py"),
        ({"deep/er/new": "new\n"}, "untracked", "deep/er/new"),
        ({"my.local": "x\n"}, "ignored, and nowhere else", "my.local"),
        ({"cache/data": "x\n"}, "ignored, and nowhere else", "cache/data"),
        ({"cache/CACHEDIR.TAG": "no signature"}, "ignored, and nowhere else", "cache/CACHEDIR.TAG"),
    ],
)
@pytest.mark.parametrize("config", ["", "status.showUntrackedFiles=no", "core.ignoreStat=true"])
def test_files(
    tree: Repo, files: dict[str, str | bytes], kind: str, name: str, config: str
) -> None:
    """A file that is changed, untracked or ignored is told, whatever git status would show."""
    if config:
        tree.git("config", *config.split("="))
    tree.write(files)
    assert lost(tree) == [(kind, name)]


def test_only_what_is_nowhere_else(repo: Repo, tree: Repo) -> None:
    """An ignored file that the main worktree has, too, is no loss until it is changed."""
    repo.write({"my.local": "x\n"})
    tree.write({"my.local": "x\n"})
    assert lost(tree) == []
    tree.write({"my.local": "y\n"})
    os.utime(tree.path / "my.local", (1, 1))
    os.utime(repo.path / "my.local", (1, 1))
    assert lost(tree) == [("ignored, and nowhere else", "my.local")]


@pytest.mark.parametrize("how", ["folder", "file", "mount"])
def test_what_the_main_worktree_has_from_this_one(repo: Repo, tree: Repo, how: str) -> None:
    """A link to the worktree, or a mount of its folder, is no second copy."""
    tree.write({"vendor/x/my.local": "x\n"})
    place = repo.path / "vendor/x"
    place.parent.mkdir()
    if how == "folder":
        place.symlink_to(tree.path / "vendor/x")
    else:
        place.mkdir()
    if how == "file":
        (place / "my.local").symlink_to(tree.path / "vendor/x/my.local")
    if how == "mount":
        words = ("mount", "--bind", str(tree.path / "vendor/x"), str(place))
        if subprocess.run(words, capture_output=True, check=False).returncode:
            pytest.skip("nothing can be mounted here")
    try:
        assert lost(tree) == [("ignored, and nowhere else", "vendor/x/my.local")]
    finally:
        subprocess.run(["umount", str(place)], capture_output=True, check=False)


def test_a_worktree_of_a_bare_repository_has_no_main_one(repo: Repo, tmp_path: Path) -> None:
    """There is nothing to compare an ignored file with but itself, which is no copy."""
    repo.commit({".gitignore": "*.local\n"})
    bare = tmp_path / "bare.git"
    repo.git("clone", "-q", "--bare", str(repo.path), str(bare))
    repo.git("worktree", "add", "-q", str(tmp_path / "tree"), "-b", "x", cwd=bare)
    tree = Repo(tmp_path / "tree").write({"my.local": "x\n"})
    assert lost(tree) == [("ignored, and nowhere else", "my.local")]


@pytest.mark.parametrize("bit", ["assume-unchanged", "skip-worktree"])
def test_edits_that_git_was_told_not_to_see(tree: Repo, bit: str) -> None:
    """An edit behind a bit of the index is told; the bit alone, and a file left out, are none."""
    tree.git("update-index", f"--{bit}", "src/a.py", "src/b.py")
    assert lost(tree) == []
    (tree.path / "src/b.py").unlink()
    tree.write({"src/a.py": "changed\n"})
    assert lost(tree) == [("modified, which git was told not to look at", "src/a.py")]


@pytest.mark.parametrize("bit", ["assume-unchanged", "skip-worktree"])
def test_a_mode_that_git_was_told_not_to_see(tree: Repo, bit: str) -> None:
    """A file that was made executable, or a link, differs although its content is the same."""
    tree.git("update-index", f"--{bit}", "src/a.py", "src/b.py")
    (tree.path / "src/a.py").chmod(0o755)
    text = (tree.path / "src/b.py").read_text()
    (tree.path / "src/b.py").unlink()
    (tree.path / "src/b.py").symlink_to(text)
    kind = "modified, which git was told not to look at"
    assert lost(tree) == [(kind, "src/a.py"), (kind, "src/b.py")]


def test_the_command_shows_what_would_be_lost(tree: Repo) -> None:
    """The command that is printed runs as it is, and names what `git status` does not show."""

    def shown() -> str:
        look = told(str(tree.path), losses(str(tree.path))).split("look: ")[1]
        return tree.run("sh", "-c", look, ok=(0, 1)).out

    tree.write({"src/a.py": "mine\n"}).git("stash", "push", "-m", "later")
    assert "+mine" in shown()
    tree.git("stash", "drop")
    odd = "src/it's $HOME.py"
    tree.commit({odd: "before\n"})
    tree.git("update-index", "--assume-unchanged", odd)
    tree.write({odd: "after\n"})
    assert "> after" in shown()
    tree.git("update-index", "--no-assume-unchanged", odd)
    tree.git("checkout", "-q", "--detach", "-f")
    tree.commit({"src/c.py": "lonely\n"})
    assert "+lonely" in shown()
    tree.git("checkout", "-q", "feature")
    Repo.init(tree.path / "inner repo").write({"x": "x\n"})
    assert "x" in shown().split()
    shutil.rmtree(tree.path / "inner repo")
    with subprocess.Popen(["sleep", "60"], cwd=tree.path / "src") as process:
        assert "sleep" in shown() or not os.path.isdir("/proc/self")
        process.kill()


def test_a_staged_change_that_the_file_has_no_more(tree: Repo) -> None:
    """Content that only the index has is told."""
    tree.write({"src/a.py": "staged\n"}).git("add", "src/a.py")
    tree.write({"src/a.py": "a = 1\n"})
    assert lost(tree) == [("modified", "src/a.py")]


@pytest.mark.parametrize("place", ["vendor/lib", "inner", "node_modules/dep", "plain"])
def test_repositories_inside(tree: Repo, place: str) -> None:
    """A repository inside is told, ignored or not, with commits or without."""
    Repo.init(tree.path / place)
    assert ("a repository or worktree inside", place) in lost(tree)
    Repo(tree.path / place).commit({"x": "x\n"})
    assert ("a repository or worktree inside", place) in lost(tree)


def test_a_worktree_inside(repo: Repo, tree: Repo) -> None:
    """Another worktree inside would go, too, with whatever it holds."""
    repo.git("worktree", "add", "-q", str(tree.path / "inner"), "-b", "inner")
    assert lost(tree) == [("a repository or worktree inside", "inner")]


def test_commits_on_no_branch(tree: Repo) -> None:
    """A detached HEAD, and a ref of this worktree alone, may have commits that no other ref has."""
    tree.git("checkout", "-q", "--detach")
    assert lost(tree) == []
    commit = tree.commit({"src/b.py": "c\n"})
    assert lost(tree) == [("on no branch", commit[:12])]
    tree.git("update-ref", "refs/worktree/mine", commit)
    tree.git("checkout", "-q", "feature")
    assert lost(tree) == [("on no branch", commit[:12])]
    tree.git("tag", "kept", commit)
    assert lost(tree) == []


def test_a_stash_of_the_branch(repo: Repo, tree: Repo) -> None:
    """Work that was stashed on the branch is told, another branch's is not."""
    repo.write({"src/a.py": "main\n"}).git("stash")
    assert lost(tree) == []
    tree.write({"src/a.py": "mine\n"}).git("stash", "push", "-m", "later")
    assert lost(tree) == [("a stash of its branch", "stash@{0}")]


def test_an_operation_in_progress(repo: Repo, tree: Repo) -> None:
    """A merge that waits for its commit is told, although no file differs."""
    repo.commit({"src/b.py": "on main\n"})
    tree.commit({"src/a.py": "here\n"})
    tree.git("merge", "-q", "--no-commit", "-s", "ours", "main")
    assert lost(tree) == [("in progress", "merge")]


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="only /proc tells")
def test_a_process_at_work(tree: Repo) -> None:
    """A process that works inside is told until it ends; the one that asks is not."""
    sleep = [sys.executable, "-c", "print(flush=True); input()"]
    folder = tree.path / "src"
    with subprocess.Popen(sleep, cwd=folder, stdin=-1, stdout=-1) as process:
        assert process.stdout
        process.stdout.readline()
        ((kind, name),) = lost(tree)
        assert (kind, name.split()[-1]) == ("a process at work inside", str(process.pid))
        process.communicate(b"\n")
    assert lost(tree) == []


def test_many_folders_deep(tree: Repo) -> None:
    """However deep an ignored file lies, it is found."""
    place = "cache/" + "a/" * 1_200
    tree.write({"cache/x": "x"})
    here = os.open(tree.path / "cache", os.O_RDONLY)
    for _ in range(1_200):
        os.mkdir("a", dir_fd=here)
        inner = os.open("a", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    assert ("ignored, and nowhere else", f"{place}file") in lost(tree)
    tree.run("rm", "-rf", "cache")  # too deep for Python's own
