"""`guard doctor`: what keeps git from starting guard, in which worktree, and what to type."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from guard import __version__
from guard.githooks.shims import DEFAULT, file_text
from tests.kit import Ran, Repo


@pytest.fixture
def wired(repo: Repo) -> Repo:
    """A repository after `guard install`, and a linked worktree of it beside it, `linked`."""
    repo.contract("api", owns=["src/"])
    repo.worktree("linked", "api")
    assert repo.guard("install", "--as", "files").code == 0
    return repo


def doctor(repo: Repo) -> Ran:
    """Run the doctor."""
    return repo.guard("doctor", "--format", "json")


def troubles(repo: Repo) -> list[tuple[str, str, str | None]]:
    """What is wrong, which hooks, and in which worktree."""
    return [
        (found["what"], " ".join(found["hooks"]), found["worktree"])
        for found in doctor(repo).report["troubles"]
    ]


def proposed(repo: Repo) -> list[str]:
    """What is to be typed."""
    return [found["next"] for found in doctor(repo).report["troubles"]]


def follow(repo: Repo) -> None:
    """Type everything that the doctor proposes."""
    for command in "; ".join(proposed(repo)).split("; "):
        done = (
            repo.guard(*command.split()[1:])
            if command.startswith("guard ")
            else repo.run("sh", "-c", command)
        )
        assert done.code == 0, command


def test_all_is_well(wired: Repo) -> None:
    """A repository whose hooks run is said to be well in one line, from any worktree."""
    linked = Repo(wired.path.parent / "linked")
    version = wired.git("version").split()[2]
    for place in (wired, linked):
        assert place.guard("doctor") == (
            0,
            (
                f"guard: all is well · hooks in 2 worktrees · git {version}, guard {__version__}"
                f" · base main {wired.git('rev-parse', 'main')[:12]}\n"
            ),
            "",
        )
    report = doctor(wired).report
    assert (report["format"], report["well"], report["troubles"]) == ("guard-doctor-1", True, [])
    everywhere = {name: ["file"] for name in DEFAULT}
    assert report["worktrees"] == [
        {"path": str(place.path), "hooks": everywhere} for place in (wired, linked)
    ]


def test_nothing_is_set_up(repo: Repo) -> None:
    """If nothing starts guard that is one problem, and `guard install` ends it."""
    assert troubles(repo) == [("missing", "pre-commit pre-merge-commit pre-push", None)]
    assert repo.guard("doctor").out.splitlines()[1:] == [
        (
            "missing: pre-commit, pre-merge-commit, pre-push: "
            "guard is not started: there is no hook of guard's"
        ),
        "  next: guard install",
    ]
    follow(repo)
    assert doctor(repo).code == 0


def test_one_is_missing(wired: Repo) -> None:
    """A hook that somebody removed is missed; one that only tells is not."""
    (wired.path / ".git/hooks/pre-push").unlink()
    (wired.path / ".git/hooks/post-checkout").unlink()
    assert troubles(wired) == [("missing", "pre-push", None)]
    follow(wired)
    assert doctor(wired).code == 0


def test_not_executable(wired: Repo) -> None:
    """git passes over a file that is not executable, so that is found."""
    (wired.path / ".git/hooks/pre-commit").chmod(0o644)
    assert troubles(wired) == [("not-executable", "pre-commit", None)]
    follow(wired)
    assert doctor(wired).code == 0


@pytest.mark.parametrize("change", ["edited", "older", "policy"])
def test_stale(wired: Repo, change: str) -> None:
    """A hook that is not what this guard would write is told of, with what differs."""
    path = wired.path / ".git/hooks/pre-commit"
    if change == "policy":
        wired.commit({"guard.toml": "[hooks]\nabsent = 'block'\n"})
    text = path.read_text()
    path.write_text(
        {
            "edited": f"{text}echo more\n",
            "older": text.replace(f"guard {__version__},", "guard 0.0.1,"),
            "policy": text,
        }[change]
    )
    [(what, hooks, worktree)] = troubles(wired)
    assert (what, hooks.split()[0], worktree) == ("stale", "pre-commit", None)
    differs = {
        "edited": "was edited",
        "older": "is from guard 0.0.1",
        "policy": "has `absent=pass`, and guard.toml has block",
    }[change]
    assert differs in wired.guard("doctor").out
    follow(wired)
    assert doctor(wired).code == 0


def test_no_program(wired: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing recorded guard matters by whether PATH has one; so does a missing record."""
    for name in DEFAULT:
        path = wired.path / ".git/hooks" / name
        path.write_text(file_text(name, "/nowhere/guard", "pass"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert troubles(wired) == [("program-gone", " ".join(DEFAULT), None)]
    assert (
        "/nowhere/guard does not start any more, and there is no guard on PATH either"
        in wired.guard("doctor").out
    )
    monkeypatch.setenv("PATH", f"{os.path.dirname(sys.executable)}:/usr/bin:/bin")
    assert "the guard on PATH is started in its place" in wired.guard("doctor").out
    follow(wired)
    assert doctor(wired).code == 0
    for name in DEFAULT:
        (wired.path / ".git/hooks" / name).write_text(file_text(name, "", "pass"))
    assert doctor(wired).code == 0
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert [what for what, _, _ in troubles(wired)] == ["program-gone"]


@pytest.mark.parametrize("scope", ["local", "global", "worktree"])
def test_shadowed(wired: Repo, monkeypatch: pytest.MonkeyPatch, scope: str) -> None:
    """`core.hooksPath` hides guard's files, in all worktrees or one; the proposed command helps."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(wired.path.parent / "gitconfig"))
    linked = Repo(wired.path.parent / "linked")
    wired.git("config", "extensions.worktreeConfig", "true")
    linked.git("config", f"--{scope}", "core.hooksPath", "/elsewhere")
    assert troubles(wired) == [
        ("shadowed", " ".join(DEFAULT), str(linked.path) if scope == "worktree" else None)
    ]
    assert (
        f"core.hooksPath ({scope}) makes git look in /elsewhere, which does not exist"
        in wired.guard("doctor").out
    )
    for command in proposed(wired):
        linked.run("sh", "-c", command)
    assert doctor(wired).code == 0


def test_shadowed_by_the_environment(wired: Repo) -> None:
    """A setting that the environment brings is found too."""
    env = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.hooksPath",
        "GIT_CONFIG_VALUE_0": "/elsewhere",
    }
    ran = wired.guard("doctor", env=env)
    assert "core.hooksPath (command) makes git look in /elsewhere" in ran.out
    [proposed] = [line.partition("next: ")[2] for line in ran.out.splitlines() if "next: " in line]
    assert wired.run("sh", "-c", f"{proposed}; env", env=env).out.count("GIT_CONFIG_COUNT") == 0


@pytest.mark.parametrize("which", ["pre-commit", "pre-commit.legacy"])
def test_a_manager_that_git_passes_over(wired: Repo, which: str) -> None:
    """Neither pre-commit's file nor guard's behind it runs if it is not executable."""
    folder = wired.path / ".git/hooks"
    (folder / "pre-commit").rename(folder / "pre-commit.legacy")
    (folder / "pre-commit").write_text(
        "#!/bin/sh\n# File generated by pre-commit: https://pre-commit.com\n"
    )
    (folder / "pre-commit").chmod(0o755)
    for place in (wired, Repo(wired.path.parent / "linked")):
        place.write(
            {".pre-commit-config.yaml": "hooks:\n  - id: guard-check\n"}
            if which == "pre-commit"
            else {}
        )
    (folder / which).chmod(0o644)
    if which == "pre-commit":
        (folder / "pre-commit.legacy").unlink()
    assert troubles(wired) == [("not-executable", "pre-commit", None)]
    follow(wired)
    assert doctor(wired).code == 0


def test_a_relative_path_is_another_folder_in_each_worktree(wired: Repo) -> None:
    """A relative `core.hooksPath` leads to each worktree's files, and they must start guard."""
    wired.git("config", "core.hooksPath", "hk")
    wired.write(
        {
            f"hk/{name}": f'#!/bin/sh\nexec guard hook {name} "$@"\n'
            for name in ("pre-commit", "pre-merge-commit", "pre-push")
        }
    )
    for path in (wired.path / "hk").iterdir():
        path.chmod(0o755)
    linked = str(wired.path.parent / "linked")
    assert ("shadowed", " ".join(DEFAULT), linked) in troubles(wired)
    assert [
        worktree for _, hooks, worktree in troubles(wired) if "pre-commit" in hooks.split()
    ] == [linked]
    (wired.path / "hk/pre-push").write_text("#!/bin/sh\n# guard hook pre-push\nexit 0\n")
    assert any(
        "pre-push" in hooks.split() and worktree == str(wired.path)
        for _, hooks, worktree in troubles(wired)
    )


def test_hijacked(wired: Repo) -> None:
    """A hook in guard's place that does not run guard is found, and `install` takes it in."""
    path = wired.path / ".git/hooks/pre-commit"
    path.rename(path.with_suffix(".old"))
    path.write_text("#!/bin/sh\nexit 0\n")
    path.chmod(0o755)
    assert troubles(wired) == [("hijacked", "pre-commit", None)]
    follow(wired)
    assert doctor(wired).code == 0
    assert (
        wired.path / ".git/hooks/guard-previous/pre-commit"
    ).read_text() == "#!/bin/sh\nexit 0\n"


def test_another_hook_that_starts_guard_will_do(repo: Repo) -> None:
    """Whoever starts guard from a hook of their own needs no file; a comment does not count."""
    folder = repo.path / ".git/hooks"
    folder.mkdir(exist_ok=True)
    for name in ("pre-commit", "pre-merge-commit", "pre-push"):
        (folder / name).write_text(f'#!/bin/sh\nmake test || exit\nexec "guard" hook {name} "$@"\n')
        (folder / name).chmod(0o755)
    assert doctor(repo).code == 0
    (folder / "pre-push").write_text("#!/bin/sh\n# exec guard hook pre-push\n")
    assert troubles(repo) == [("missing", "pre-push", None)]


def test_twice(wired: Repo) -> None:
    """A commit that is judged twice is a trouble of its own."""
    folder = wired.path / ".git/hooks"
    (folder / "pre-commit").rename(folder / "pre-commit.legacy")
    (folder / "pre-commit").write_text(
        "#!/bin/sh\n# File generated by pre-commit: https://pre-commit.com\n"
    )
    (folder / "pre-commit").chmod(0o755)
    assert doctor(wired).code == 0
    for place in (wired, Repo(wired.path.parent / "linked")):
        place.write({".pre-commit-config.yaml": "hooks:\n  - id: guard-check\n"})
    assert troubles(wired) == [("twice", "pre-commit", None)]
    follow(wired)
    assert doctor(wired).code == 0


@pytest.mark.parametrize(
    "ignore", ["", ".claude/\n", ".claude/worktrees/\n", "/.claude/worktrees/in*\n"]
)
def test_a_worktree_inside_a_worktree(wired: Repo, ignore: str) -> None:
    """A worktree inside another one's folder has to be ignored there."""
    wired.write({".gitignore": ignore})
    wired.git("worktree", "add", "-q", "-b", "inner", ".claude/worktrees/in[ner]")
    inner = f"{wired.path}/.claude/worktrees/in[ner]"
    assert troubles(wired) == ([] if ignore else [("exposed", "", inner)])
    follow(wired)
    assert doctor(wired).code == 0
    assert wired.git("status", "--porcelain") == "?? .gitignore"


def test_worktrees_that_are_gone_are_passed_over(wired: Repo) -> None:
    """A worktree whose folder is gone, or is no worktree any more, keeps nobody from an answer."""
    other = wired.worktree("other")
    (wired.path.parent / "linked/.git").unlink()
    other.path.rename(other.path.parent / "renamed")
    assert doctor(wired).code == 0


def test_no_repository(tmp_path: Path, repo: Repo) -> None:
    """Outside of a repository there is no answer, and that is an error."""
    for command in ("install", "uninstall", "doctor"):
        ran = repo.guard(command, cwd=tmp_path)
        assert (ran.code, "this is not a git repository" in ran.err) == (2, True)


def test_names_are_shown_not_obeyed(repo: Repo) -> None:
    """A worktree's name cannot move the cursor of whoever reads the answer."""
    repo.git("worktree", "add", "-q", "-b", "x", "../\x1b[31mred")
    assert repo.guard("install", "--as", "files").code == 0
    repo.git("config", "core.hooksPath", "\x1b[31mred")
    for ran in (repo.guard("doctor"), doctor(repo), repo.guard("install", "--as", "files")):
        assert "\x1b" not in ran.out + ran.err
        assert "\\u001b[31m" not in ran.out
