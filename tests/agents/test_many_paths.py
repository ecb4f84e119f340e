"""Many paths in one event: an agent whose hook takes too long goes on without an answer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from guard.agents.protocol import event as kinds
from tests.agents.asking import Answer, ask
from tests.kit import Repo

Starts = Callable[[Callable[[dict[str, str]], Answer]], tuple[int, Answer]]


@pytest.fixture
def starts(tmp_path: Path) -> Starts:
    """Give a function that counts how often git is started while guard answers."""
    log, git = tmp_path / "log", shutil.which("git")
    wrapper = tmp_path / "counted/git"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho >>"{log}"\nexec "{git}" "$@"\n')
    wrapper.chmod(0o755)
    env = {"PATH": f"{wrapper.parent}:{os.environ['PATH']}"}

    def count(asking: Callable[[dict[str, str]], Answer]) -> tuple[int, Answer]:
        log.write_text("")
        answer = asking(env)
        return len(log.read_text()), answer

    return count


SHELL = {
    "written": ("echo >{main}/new{n}", "deny"),
    "removed": ("rm {main}/new{n}", "deny"),
    "ignored": ("echo >{main}/build/{n}", "allow"),
    "folders": ("rm -r {main}/build/{n} d{n}", "allow"),
    "of git": ("echo >{main}/.git/info/{n}", "deny"),
}


@pytest.mark.parametrize("name", SHELL)
def test_a_command_with_many_paths(session: Repo, main: Repo, starts: Starts, name: str) -> None:
    """git is started as often for twenty paths as for two."""
    line, verb = SHELL[name]
    for n in range(20):
        (main.path / f"build/{n}").mkdir(parents=True)
        (session.path / f"d{n}").mkdir()

    def told(count: int) -> tuple[int, Answer]:
        command = "; ".join(line.format(main=main.path, n=n) for n in range(count))
        return starts(lambda env: ask(session, kinds.BEFORE_SHELL, command, env=env))

    (few, small), (many, large) = told(2), told(20)
    assert (small.verb, large.verb) == (verb, verb)
    assert few > 0
    assert many == few
    assert len(large.text.splitlines()) < 20


@pytest.mark.parametrize(("folder", "verb"), [("docs", "deny"), ("build", "allow")])
def test_a_patch_of_many_files(session: Repo, starts: Starts, folder: str, verb: str) -> None:
    """So it is for files outside of the contract, whether git ignores them or not."""

    def told(count: int) -> tuple[int, Answer]:
        files = [f"*** Add File: {folder}/new{n}\n+x" for n in range(count)]
        patch = "\n".join(["*** Begin Patch", *files, "*** End Patch"])
        fields = {"tool_name": "apply_patch", "tool_input": {"command": patch}}
        return starts(
            lambda env: ask(session, kinds.BEFORE_WRITE, "x", fields, agent="codex", env=env)
        )

    (few, small), (many, large) = told(2), told(20)
    assert (small.verb, large.verb) == (verb, verb)
    assert 0 < many <= few + 1
