"""`guard install` and `uninstall`: from anywhere, for every worktree, and back again."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from guard.githooks.shims import DEFAULT, file_text
from tests.githooks.installing.hooks import FILES, MINE, hook, is_guarded, tree
from tests.kit import Repo


def test_install_and_uninstall_leave_no_trace(team: Repo) -> None:
    """After `uninstall` hooks and configuration are what they were, to the last mode."""
    hook(team, "pre-commit")
    hook(team, "pre-push", mode=0o644)
    (team.path / ".git/hooks/post-checkout").symlink_to("pre-commit")
    before = tree(team.path / ".git/hooks"), (team.path / ".git/config").read_text()
    assert team.guard(*FILES).code == 0
    assert is_guarded(team)
    ran = team.guard("uninstall")
    assert ran.code == 0
    assert "pre-commit: " in ran.out
    assert (tree(team.path / ".git/hooks"), (team.path / ".git/config").read_text()) == before
    assert not (team.path / ".git/guard").exists()
    assert team.guard("uninstall").out == "guard: there were no hooks of guard to remove\n"


def test_twice_is_once(team: Repo) -> None:
    """Installing again changes no byte, writes nothing, and says so."""
    hook(team, "pre-commit")
    assert team.guard(*FILES).code == 0
    before = tree(team.path / ".git/hooks")
    inode = os.stat(team.path / ".git/hooks/pre-commit").st_ino
    ran = team.guard("install")
    assert ran == (0, f"guard: {', '.join(DEFAULT)}: set up already\n", "")
    assert (
        tree(team.path / ".git/hooks"),
        os.stat(team.path / ".git/hooks/pre-commit").st_ino,
    ) == (before, inode)


@pytest.mark.parametrize("place", ["subdirectory", "linked worktree", "inside .git"])
def test_from_anywhere(team: Repo, place: str) -> None:
    """Wherever it is typed, the hooks are written to the one shared folder, and run everywhere."""
    linked = team.worktree("linked", "worktree-api", "main")
    where = {
        "subdirectory": team.path / "src",
        "linked worktree": linked.path,
        "inside .git": team.path / ".git",
    }[place]
    assert team.guard(*FILES, cwd=where).code == 0
    assert is_guarded(team)
    assert is_guarded(linked)
    assert not (team.path / ".git/worktrees/linked/hooks").exists()
    assert team.guard("doctor", cwd=where).code == 0
    assert team.guard("uninstall", cwd=where).code == 0
    assert not is_guarded(linked)


def test_a_bare_repository_with_worktrees(team: Repo, tmp_path: Path) -> None:
    """The hooks of a bare repository run in the worktrees that hang from it."""
    team.git("clone", "-q", "--bare", str(team.path), str(tmp_path / "hub.git"))
    hub = Repo(tmp_path / "hub.git")
    hub.git("worktree", "add", "-q", str(tmp_path / "api"), "api")
    session = Repo(tmp_path / "api")
    assert session.guard(*FILES).code == 0
    assert is_guarded(session)
    assert hub.guard("doctor").code == 0


def test_a_bare_repository_alone(team: Repo, tmp_path: Path) -> None:
    """Where nobody commits, a server's hook must be asked for by name."""
    bare = Repo.init(tmp_path / "server.git", "--bare")
    ran = bare.guard("install")
    assert ran.code == 2
    assert "guard install --hook pre-receive" in ran.err
    assert bare.guard(*FILES, "--hook", "pre-receive").code == 0
    assert {path.name for path in (bare.path / "hooks").iterdir() if path.suffix != ".sample"} == {
        "pre-receive"
    }
    assert bare.guard("doctor").code == 0


def test_no_folder_of_hooks(team: Repo) -> None:
    """A repository made without a template gets its folder."""
    shutil.rmtree(team.path / ".git/hooks")
    assert team.guard(*FILES).code == 0
    assert is_guarded(team)


def test_a_submodule_and_a_separate_git_directory(team: Repo, tmp_path: Path) -> None:
    """Where the git directory lies elsewhere, git's own answer says where hooks go."""
    team.git(
        "clone",
        "-q",
        "--separate-git-dir",
        str(tmp_path / "elsewhere"),
        str(team.path),
        str(tmp_path / "clone"),
    )
    clone = Repo(tmp_path / "clone")
    assert clone.guard(*FILES).code == 0
    assert is_guarded(clone)
    assert clone.guard("doctor").code == 0


def test_one_hook_alone(team: Repo) -> None:
    """`--hook` installs and removes one hook; a later install updates an optional one."""
    assert team.guard(*FILES, "--hook", "reference-transaction").code == 0
    names = {path.name for path in (team.path / ".git/hooks").iterdir() if path.suffix != ".sample"}
    assert names == {"reference-transaction"}
    path = team.path / ".git/hooks/reference-transaction"
    path.write_text(path.read_text().replace("absent=pass", "absent=block"))
    assert team.guard(*FILES).code == 0
    assert "absent=pass" in path.read_text()
    assert team.guard("uninstall", "--hook", "pre-push").code == 0
    assert not (team.path / ".git/hooks/pre-push").exists()
    assert is_guarded(team)
    assert team.guard("install", "--hook", "commit-msg").code == 2


@pytest.mark.parametrize("kind", ["--shared=all", ""])
def test_a_repository_of_several_people(tmp_path: Path, kind: str) -> None:
    """In a shared repository all can start hooks installed under a strict umask; elsewhere not."""
    repo = Repo.init(tmp_path / "repo.git", "--bare", *([kind] if kind else []))
    (repo.path / "hooks/update").write_text(MINE)
    (repo.path / "hooks/update").chmod(0o755)
    if not kind:
        (repo.path / "hooks").chmod(0o700)
    argv = [sys.executable, "-I", "-m", "guard", "install", "--as", "files", "--hook", "update"]
    repo.run("sh", "-c", 'umask 077 && exec "$@"', "sh", *argv)
    for name in ("hooks", "hooks/update", "hooks/guard-previous"):
        assert (repo.path / name).stat().st_mode & 0o055 == (0o055 if kind else 0), name


def test_the_policy_is_written_into_the_hooks(team: Repo) -> None:
    """`[hooks] absent` on the base, not on a branch, reaches the hooks by the next installation."""
    team.write({"guard.toml": "[hooks]\nabsent = 'block'\n"}).git("add", "-A")
    team.git("commit", "-qm", "policy")
    assert team.guard(*FILES).code == 0
    assert "absent=pass" in (team.path / ".git/hooks/pre-commit").read_text()
    team.git("update-ref", "refs/heads/main", "api")
    assert "stale" in team.guard("doctor").out
    assert team.guard(*FILES).code == 0
    assert "absent=block" in (team.path / ".git/hooks/pre-commit").read_text()
    assert team.guard("doctor").code == 0


def test_as_a_template(team: Repo, tmp_path: Path) -> None:
    """hooks/ as git's template guards new clones of adopted repositories and harms no others."""
    template = tmp_path / "template/hooks"
    template.mkdir(parents=True)
    for name in DEFAULT:
        path = template / name
        path.write_text(file_text(name, "", "pass"))
        path.chmod(0o755)
    team.git("switch", "-q", "main")
    team.git(
        "clone", "-q", "--template", str(template.parent), str(team.path), str(tmp_path / "clone")
    )
    clone = Repo(tmp_path / "clone")
    env = {"PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"}
    clone.branch("api").write({"docs/a.md": "x\n"}).git("add", "-A")
    assert "docs/a.md: OWN001" in clone.run("git", "commit", "-qm", "x", ok=(1,), env=env).err
    assert clone.guard("install").code == 0
    assert clone.guard("doctor").code == 0
    other = Repo.init(
        tmp_path / "other", "--template", str(template.parent), "--initial-branch=odd"
    )
    for number in range(2):
        other.write({"a": f"{number}\n"}).git("add", "-A")
        assert "not judged" in other.run("git", "commit", "-qm", "x", env=env).err
