"""Hooks in git's configuration (git 2.54 and newer): installed, run, diagnosed, removed."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from guard.githooks.places import CONFIGURED
from guard.githooks.shims import DEFAULT
from tests.kit import Ran, Repo

VERSION = tuple(
    int(part)
    for part in subprocess.run(["git", "version"], capture_output=True, text=True, check=True)
    .stdout.split()[2]
    .split(".")[:2]
)
NEWER = VERSION >= CONFIGURED
runs_them = pytest.mark.skipif(not NEWER, reason="this git does not run hooks of its configuration")
MINE = "#!/bin/sh\necho mine ran >&2\n"


def stray(repo: Repo, *options: str) -> Ran:
    """Try to commit what the contract does not allow."""
    repo.write({"docs/a.md": f"stray {os.urandom(4).hex()}\n"})
    ran = repo.run("git", *options, "commit", "-qam", "stray", ok=())
    repo.git("reset", "-q", "--hard", *(["HEAD~1"] if ran.code == 0 else []))
    return ran


def is_judged(repo: Repo) -> bool:
    """Whether a stray commit is stopped, where this git runs what is set up."""
    return not NEWER or "docs/a.md: OWN001" in stray(repo).err


@pytest.fixture
def as_it_is() -> str:
    """PATH as it is, with the git that is there."""
    return os.environ["PATH"]


@pytest.fixture
def configured(team: Repo, as_it_is: str, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """`api` after `guard install` wrote git's configuration; an older git claims to be newer."""
    if not NEWER:
        program = team.path.parent / "newer/git"
        program.parent.mkdir()
        version = '*" version "*) echo git version 2.54.1 ;;'
        other = f'*) exec {shutil.which("git")} "$@" ;;'
        program.write_text(f'#!/bin/sh\ncase " $* " in {version} {other} esac\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{as_it_is}")
    hook = team.path / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(MINE)
    hook.chmod(0o755)
    team.branch("api")
    assert team.guard("install").code == 0
    assert team.guard("doctor").code == 0
    return team


@pytest.mark.skipif(NEWER, reason="this git runs hooks of its configuration")
def test_an_older_git_is_told_of(configured: Repo, as_it_is: str) -> None:
    """If only a newer git runs the hooks, the doctor says so; its hint sets them up for both."""
    older = {"PATH": as_it_is}
    ran = configured.guard("doctor", env=older)
    assert ran.code == 1
    assert f"git-too-old: {', '.join(DEFAULT)}: " in ran.out
    refused = configured.guard("install", "--as", "config", env=older)
    assert (refused.code, "does not run hooks from its configuration" in refused.err) == (2, True)
    [proposed] = [
        line.partition("next: guard ")[2] for line in ran.out.splitlines() if "next: " in line
    ]
    assert configured.guard(*proposed.split(), env=older).code == 0
    assert "docs/a.md: OWN001" in stray(configured).err
    for env in (older, {}):
        assert configured.guard("doctor", env=env).code == 0
    assert "guard" not in configured.git("config", "--list")
    assert not (configured.path / ".git/guard/hooks").exists()


@runs_them
def test_beside_every_other_hook(configured: Repo) -> None:
    """Configured hooks run in every worktree, beside files, despite hooksPath, and after a move."""
    linked = configured.worktree("linked", "worktree-api")
    for place in (configured, linked):
        assert "docs/a.md: OWN001" in stray(place).err
        assert "docs/a.md: OWN001" in stray(place, "-c", "core.hooksPath=/dev/null").err
        place.write({"api/a.py": f"{place.path}\n"})
        assert place.run("git", "commit", "-qam", "good").err == "mine ran\n"
    configured.git("config", "core.hooksPath", ".husky/_")
    assert configured.guard("doctor").code == 0
    assert configured.guard("install").out.endswith("set up already\n")
    configured.git("config", "--unset", "core.hooksPath")
    moved = Repo(configured.path.parent / "moved")
    configured.path.rename(moved.path)
    assert "docs/a.md: OWN001" in stray(moved).err


def test_there_and_back(configured: Repo) -> None:
    """A second install writes nothing, `--as files` lasts, `uninstall` restores what was there."""
    assert configured.guard("install").out.endswith("set up already\n")
    for _ in range(2):
        assert configured.guard("install", "--as", "files").code == 0
        assert "guard" not in configured.git("config", "--list")
        assert "mine ran\nguard: contract api broken" in stray(configured).err
        assert configured.guard("install").out.endswith("set up already\n")
        assert configured.guard("install", "--as", "config").code == 0
        assert (configured.path / ".git/hooks/pre-commit").read_text() == MINE
        assert configured.guard("doctor").code == 0
    assert configured.guard("uninstall").code == 0
    assert "hook" not in configured.git("config", "--list")
    assert not (configured.path / ".git/guard").exists()
    assert stray(configured).err == "mine ran\n"


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (
            ["hook.guard-pre-commit.enabled", "false"],
            "switched-off: pre-commit: hook.guard-pre-commit.enabled is false",
        ),
        (
            ["hook.pre-commit.enabled", "no"],
            "switched-off: pre-commit: hook.pre-commit.enabled is false",
        ),
        (
            ["--worktree", "hook.guard-pre-commit.enabled", "false"],
            "switched-off: pre-commit: hook.guard-pre-commit.enabled is false",
        ),
        (
            ["hook.guard-pre-commit.command", "true"],
            "hijacked: pre-commit: hook.guard-pre-commit.command is not guard's",
        ),
        (
            ["--worktree", "hook.guard-pre-commit.command", "true"],
            "hijacked: pre-commit: hook.guard-pre-commit.command is not guard's",
        ),
        (["--add", "hook.guard-pre-commit.event", ""], "missing: pre-commit: guard is not started"),
    ],
)
def test_what_switches_it_off_is_found(configured: Repo, config: list[str], told: str) -> None:
    """Whatever keeps git from running the hook is told, and what is proposed brings it back."""
    configured.git("config", "extensions.worktreeConfig", "true")
    configured.git("config", *config)
    assert stray(configured).code == 0
    ran = configured.guard("doctor")
    assert (ran.code, told in ran.out) == (1, True), ran
    [proposed] = [line.partition("next: ")[2] for line in ran.out.splitlines() if "next: " in line]
    for command in proposed.split("; "):
        done = (
            configured.guard(*command.split()[1:])
            if command.startswith("guard ")
            else configured.run("sh", "-c", command)
        )
        assert done.code == 0
    assert configured.guard("doctor").code == 0
    assert is_judged(configured)


def test_the_file_is_gone(configured: Repo) -> None:
    """If the configured file is gone no commit is blocked, and the doctor reports it."""
    (configured.path / ".git/guard/hooks/pre-push").unlink()
    (configured.path / ".git/guard/hooks/pre-commit").unlink()
    assert stray(configured).code == 0
    ran = configured.guard("doctor")
    assert "gone: pre-commit: " in ran.out
    assert configured.guard("install").code == 0
    assert configured.guard("doctor").code == 0


@runs_them
def test_on_a_server(configured: Repo) -> None:
    """A server's hook of the configuration judges inside the quarantine."""
    bare = Repo.init(configured.path.parent / "server.git", "--bare")
    configured.git("push", "-q", "--no-verify", str(bare.path), "main")
    assert bare.guard("install", "--hook", "pre-receive").code == 0
    configured.commit({"docs/a.md": "x\n"}, "stray", "--no-verify")
    ran = configured.run("git", "push", "-q", "--no-verify", str(bare.path), "api", ok=(1,))
    assert "remote: error: docs/a.md: OWN001" in ran.err


@runs_them
def test_every_move_of_a_branch(configured: Repo) -> None:
    """The optional hook sees every move, with newer git's further states and symbolic refs."""
    assert configured.guard("install", "--hook", "reference-transaction").code == 0
    configured.git("switch", "-q", "-c", "web", "main")
    configured.git("symbolic-ref", "refs/heads/alias", "refs/heads/web")
    configured.write({"docs/a.md": "x\n"}).git("add", "-A")
    ran = configured.run("git", "commit", "-q", "-m", "x", "--no-verify", ok=(128,))
    assert "docs/a.md: OWN001" in ran.err
