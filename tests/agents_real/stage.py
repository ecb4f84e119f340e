"""The repository that an agent works in, and the guard that it finds on PATH."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

from tests.kit import BASE, Repo

POLICY = (
    BASE + '[shared.types]\nwhy = "Everybody compiles against these."\npaths = ["src/types.py"]\n'
)
_START = f'exec "{sys.executable}" -I -m guard "$@"\n'
# What starts when the agent's hook asks for guard.
GUARDS = {"whole": _START, "missing": "", "crashing": "exit 3\n", "slow": "exec sleep 60\n"}
_NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n'


class Stage(NamedTuple):
    """The main worktree, a session's own, the agent's home and the folder that PATH begins with."""

    main: Repo
    session: Repo
    home: Path
    tools: Path

    def at(self, path: str) -> str:
        """The absolute path of a file of the session."""
        return str(self.session.path / path)


def stage(scratch: Path, agent: str, guard: str = "whole", *more: str) -> Stage:
    """Make a repository with guard, a session in it, and one of `GUARDS`.

    `more` are further words of `guard agent install`.
    """
    home, tools = scratch / "home", scratch / "bin"
    home.mkdir(parents=True)
    tools.mkdir()
    main = Repo.init(scratch / "main")
    files = {
        "guard.toml": POLICY,
        "src/a.txt": "a\n",
        "src/types.py": "t = 1\n",
        "src/b.ipynb": _NOTEBOOK,
        "other/o.txt": "o\n",
        "other/b.ipynb": _NOTEBOOK,
        ".gitignore": ".claude/worktrees/\n",
    }
    main.commit({**files})
    main.contract("feature", owns=["src/", "new/"], owner="Ada")
    main.contract("other", owns=["other/"], owner="Bo", merges=["types"])
    main.guard("agent", "install", agent)
    if more:
        main.guard("agent", "install", agent, *more, env={"HOME": str(home)})
    main.commit(message="agents: ask guard")
    main.guard("install")
    session = main.worktree("feature")
    if GUARDS[guard]:
        (tools / "guard").write_text("#!/bin/sh\n" + GUARDS[guard])
        (tools / "guard").chmod(0o755)
    return Stage(main, session, home, tools)
