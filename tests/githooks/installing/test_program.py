"""Which guard the hooks start, and what they do without it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from guard.githooks.program import find_program
from guard.githooks.shims import HOOKS, file_text
from tests.githooks.installing.hooks import FILES, hook, is_guarded, stray
from tests.kit import Repo

START = "from guard.__main__ import main; sys.exit(main())"


def test_a_guard_that_lasts_is_recorded(
    team: Repo, places_guard: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guard on PATH outside of all worktrees is recorded, then started whatever PATH says."""
    path = places_guard("opt/a b'c")
    assert team.guard(*FILES).err == ""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert "started opt/a b'c" in stray(team).err
    path.unlink()
    other = places_guard("elsewhere")
    assert "started elsewhere" in stray(team).err
    assert team.guard("doctor").out.count("program-gone") == 1
    assert team.guard("install").code == 0
    assert str(other) in (team.path / ".git/hooks/pre-commit").read_text()


def test_a_guard_inside_a_worktree_is_not_recorded(
    team: Repo, places_guard: Callable[[str], Path]
) -> None:
    """A guard that would go with a worktree is not recorded in the hooks that all share."""
    team.worktree("linked", "worktree-api", "main")
    found = find_program([str(team.path), str(team.path.parent / "linked")])
    assert found.path
    inside = places_guard("linked/.venv/bin")
    found = find_program([str(team.path), str(team.path.parent / "linked")])
    assert found.path != str(inside)
    script = f"import sys; sys.executable = sys.argv.pop(1); {START}"
    ran = team.run(sys.executable, "-I", "-c", script, str(inside.parent / "python"), *FILES)
    assert (
        f"{inside} is not recorded: it lies in the worktree {team.path.parent / 'linked'}"
        in ran.err
    )
    assert "guard=\n" in (team.path / ".git/hooks/pre-commit").read_text()
    assert "started linked/.venv/bin" in stray(team).err


def test_a_recorded_guard_is_kept(team: Repo, places_guard: Callable[[str], Path]) -> None:
    """Typed with a guard that will not last, `install` keeps the one that it recorded before."""
    lasting = places_guard("opt")
    assert team.guard(*FILES).code == 0
    inside = places_guard("repo/.venv/bin")
    script = f"import sys; sys.executable = sys.argv.pop(1); {START}"
    assert (
        "set up already"
        in team.run(sys.executable, "-I", "-c", script, str(inside.parent / "python"), *FILES).out
    )
    assert str(lasting) in (team.path / ".git/hooks/pre-commit").read_text()


@pytest.mark.parametrize("other", ["#!/usr/bin/env ruby\nrequire 'guard'\n", "\x7fELF"])
def test_another_program_of_the_name(
    team: Repo, places_guard: Callable[[str], Path], other: str
) -> None:
    """A program that is called guard and is another one is not recorded."""
    path = places_guard("ruby")
    path.write_text(other)
    assert team.guard(*FILES).code == 0
    assert str(path) not in (team.path / ".git/hooks/pre-commit").read_text()


def test_a_guard_that_lost_its_package(
    team: Repo, places_guard: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guard that an upgrade of Python broke stops nothing, is reported, and recorded no more."""
    path = places_guard("opt")
    assert team.guard(*FILES).code == 0
    places_guard("elsewhere")
    path.write_text(f"#!{sys.executable} -I\nfrom guard.__main__ import moved_to_another_python\n")
    assert "started elsewhere" in stray(team).err
    assert is_guarded(team)
    assert (
        f"{path} does not start any more, and the guard on PATH is started"
        in team.guard("doctor").out
    )
    monkeypatch.setenv("PATH", f"{path.parent}:{os.environ['PATH']}")
    assert team.guard("install").code == 0
    assert str(path) not in (team.path / ".git/hooks/pre-commit").read_text()
    assert team.guard("doctor").code == 0


@pytest.mark.parametrize(
    "cache", ["home/.cache/uv/archive-v0/x/bin", "home/.cache/pre-commit/repo1/py_env-python3/bin"]
)
def test_a_guard_in_a_cache_is_not_recorded(
    team: Repo, places_guard: Callable[[str], Path], cache: str
) -> None:
    """An environment that another program made for a while is not baked in."""
    path = places_guard(cache)
    assert team.guard(*FILES).code == 0
    assert str(path) not in (team.path / ".git/hooks/pre-commit").read_text()


def test_no_guard_that_lasts(team: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no lasting guard is found at all, `install` says that hooks look on PATH."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    script = f"import sys; sys.executable = '/nowhere/python'; sys.argv[0] = '-c'; {START}"
    ran = team.run(sys.executable, "-I", "-c", script, *FILES)
    assert "no permanent guard was found" in ran.err
    assert "guard=\n" in (team.path / ".git/hooks/pre-commit").read_text()


@pytest.mark.parametrize(
    "gone", ["no file", "no interpreter", "a folder", "no package", "another program"]
)
@pytest.mark.parametrize(("absent", "code"), [("pass", 0), ("block", 1)])
def test_guard_is_gone(
    team: Repo, monkeypatch: pytest.MonkeyPatch, gone: str, absent: str, code: int
) -> None:
    """Without guard one line says so and the policy decides; hooks that only report are silent."""
    team.git("switch", "-q", "main")
    team.commit({"guard.toml": f"[hooks]\nabsent = '{absent}'\n"})
    path = team.path.parent / "gone/guard"
    for name in HOOKS:
        hook(team, name, file_text(name, str(path), absent))
    programs = {
        "no interpreter": "#!/nowhere/python\n",
        "no package": f"#!{sys.executable} -I\nfrom guard_of_an_older_python import main\n",
        "another program": "#!/bin/sh\necho Could not find command hook >&2; exit 1\n",
    }
    if gone in programs:
        path.parent.mkdir()
        path.write_text(programs[gone])
        path.chmod(0o755)
    if gone == "a folder":
        path.mkdir(parents=True)
    folders = os.environ["PATH"].split(":")
    others = [folder for folder in folders if not os.path.exists(f"{folder}/guard")]
    monkeypatch.setenv("PATH", ":".join((".", *others)))
    team.write({"guard": "#!/bin/sh\necho hijacked\n"})
    (team.path / "guard").chmod(0o755)
    for name, words, noun in (
        ("pre-commit", [], "this commit"),
        ("pre-push", ["o", "u"], "this push"),
        ("update", ["a", "b", "c"], "this push"),
    ):
        ran = team.run(f".git/hooks/{name}", *words, ok=(code,))
        lines = [line for line in ran.err.splitlines() if line.startswith("guard: ")]
        answer = f"so {noun} is not judged"
        if absent == "block":
            answer = f"and {noun} is stopped, as guard.toml wants"
        way_out = f"install it again, or: rm .git/hooks/{name}"
        assert lines == [f"guard: the program guard is gone, {answer}; {way_out}"]
        assert ran.out == ""
    for name, words in (
        ("post-checkout", ["0" * 40, "1" * 40, "1"]),
        ("post-rewrite", ["rebase"]),
        ("prepare-commit-msg", [".git/x"]),
    ):
        assert "the program guard" not in team.run(f".git/hooks/{name}", *words).err
