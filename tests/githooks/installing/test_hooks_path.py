"""Where `core.hooksPath` or a link leads git to another folder of hooks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from guard.githooks.shims import DEFAULT, JUDGING
from tests.githooks.installing.hooks import FILES, hook, is_guarded, stray, tree
from tests.kit import Repo


@pytest.mark.parametrize(
    ("scope", "value", "hint"),
    [
        ("--local", "elsewhere", "git config --local --unset-all core.hooksPath"),
        ("--local", ".git/hooks2", "git config --local --unset-all core.hooksPath"),
        ("--global", "/elsewhere/hooks", "git config --local core.hooksPath "),
        ("--worktree", "elsewhere", "git -C "),
        ("--local", ".husky/_", "for hook in pre-commit pre-merge-commit pre-push; do echo "),
    ],
)
def test_a_hooks_path_in_the_way(
    team: Repo, monkeypatch: pytest.MonkeyPatch, scope: str, value: str, hint: str
) -> None:
    """If git looks elsewhere nothing is written, and the proposed command makes way for guard."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(team.path.parent / "gitconfig"))
    if scope == "--worktree":
        team.git("config", "extensions.worktreeConfig", "true")
    team.git("config", scope, "core.hooksPath", value)
    for name in JUDGING:  # as husky 9 writes them
        team.write({f".husky/_/{name}": '#!/usr/bin/env sh\n. "$(dirname "$0")/h"'})
        (team.path / ".husky/_" / name).chmod(0o755)
    before = tree(team.path / ".git/hooks")
    ran = team.guard(*FILES)
    assert ran.code == 2
    assert ran.err.startswith(
        f"guard: core.hooksPath ({scope[2:]}) makes git look for hooks only in "
    )
    assert tree(team.path / ".git/hooks") == before
    [proposed] = [line.partition("hint: ")[2] for line in ran.err.splitlines() if "hint: " in line]
    assert proposed.startswith(hint)
    team.run("sh", "-c", proposed)
    if "husky" in value:
        assert 'guard hook pre-push "$@"' in (team.path / ".husky/pre-push").read_text()
        linked = team.worktree("linked", "worktree-api")  # where nobody ran husky
        told = team.guard(*FILES)
        assert (told.code, "hint: guard doctor" in told.err) == (2, True)
        team.git("worktree", "remove", str(linked.path))
        told = team.guard(*FILES)
        assert (told.code, "started already by other hooks and settings" in told.out) == (
            0,
            True,
        )
        assert tree(team.path / ".git/hooks") == before
        assert (
            team.run("sh", "-e", ".husky/pre-push", "o", "u", env={"PATH": "/usr/bin:/bin"}).err
            == "guard is not installed: not judged\n"
        )
    else:
        assert team.guard(*FILES).code == 0
        assert is_guarded(team)


@pytest.mark.parametrize("scope", ["--local", "--global"])
def test_the_hooks_of_another_folder_go_on(
    team: Repo, monkeypatch: pytest.MonkeyPatch, scope: str
) -> None:
    """The command that makes way for guard keeps another folder's hooks, and what they read."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(team.path.parent / "gitconfig"))
    folder = team.path / ".githooks" if scope == "--local" else team.path.parent / "every one's"
    folder.mkdir()
    (folder / "words").write_text("the team's ran\n")
    (folder / "pre-commit").write_text('#!/bin/sh\ncat "$(dirname "$0")/words" >&2\n')
    (folder / "pre-commit").chmod(0o755)
    team.git("config", scope, "core.hooksPath", ".githooks" if scope == "--local" else str(folder))
    team.run("sh", "-c", team.guard(*FILES).err.partition("hint: ")[2])
    assert team.guard(*FILES).code == 0
    ran = stray(team)
    assert ran.err.startswith("the team's ran\nguard: contract api broken")
    assert team.guard("doctor").code == 0


def test_hooks_that_start_guard_are_left_alone(team: Repo) -> None:
    """A user's hook that starts guard in all worktrees gets no second one, ever."""
    text = '#!/bin/sh\nguard hook pre-commit "$@"\n'
    hook(team, "pre-commit", text)
    for _ in range(2):
        ran = team.guard(*FILES)
        assert (
            ran.code,
            "guard: pre-commit: started already by other hooks and settings\n" in ran.out,
        ) == (0, True)
    assert (team.path / ".git/hooks/pre-commit").read_text() == text
    assert team.guard("doctor").code == 0
    assert team.guard(*FILES, "--hook", "pre-commit").code == 0
    assert "guard-previous" in (team.path / ".git/hooks/pre-commit").read_text()


def test_a_hooks_path_that_is_no_detour(team: Repo) -> None:
    """A setting that names git's own folder is in nobody's way."""
    team.git("config", "core.hooksPath", str(team.path / ".git/hooks"))
    assert team.guard(*FILES).code == 0
    assert is_guarded(team)
    assert team.guard("doctor").code == 0


def test_a_folder_that_others_share(team: Repo, tmp_path: Path) -> None:
    """If the folder of hooks is a link, which others share, nothing is written; the hint works."""
    shared = tmp_path / "shared hooks"
    shared.mkdir()
    shutil.rmtree(team.path / ".git/hooks")
    (team.path / ".git/hooks").symlink_to(shared)
    ran = team.guard(*FILES)
    assert ran.code == 2
    assert "hooks written there run elsewhere too" in ran.err
    assert list(shared.iterdir()) == []
    team.run("sh", "-c", ran.err.partition("hint: ")[2])
    assert team.guard(*FILES).code == 0
    assert list(shared.iterdir()) == []


def test_one_worktree_with_hooks_of_its_own(team: Repo) -> None:
    """If one worktree has its own `core.hooksPath`, it is reported and the others are set up."""
    linked = team.worktree("linked", "worktree-api", "main")
    team.git("config", "extensions.worktreeConfig", "true")
    linked.git("config", "--worktree", "core.hooksPath", "/elsewhere")
    ran = team.guard(*FILES)
    assert ran.code == 1
    assert f"shadowed: {' '.join(DEFAULT)} in {linked.path}: " in ran.err
    assert is_guarded(team)
    team.run("sh", "-c", ran.err.partition("next: ")[2].splitlines()[0])
    assert team.guard("install").code == 0
    assert is_guarded(linked)
