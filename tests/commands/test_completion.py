"""`guard completion` in a real bash at a terminal: the word that Tab makes is the one asked for."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.kit import Repo

pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash here")
ODD = "fix/#12,it's"
BRANCHES = (ODD, "team@web/one", "a=b", 'say"$x"now')
TYPED = {
    "guard ex": "explain",
    "guard check --bra": "--branch",
    "guard check --contract a": "api",
    "true; guard finish ap": "api",
    "guard start --branch fi": ODD,
    "guard start --branch=fi": f"--branch={ODD}",
    "guard start --branch 'fi": ODD,
    "guard start --branch \"fix/#12,it'": ODD,
    "guard start --branch fix/\\#12,it": ODD,
    "guard start --branch team@": "team@web/one",
    "guard start --branch team@we": "team@web/one",
    "guard start --branch=team@web/": "--branch=team@web/one",
    "guard start --branch 'team@we": "team@web/one",
    "guard start --branch a=": "a=b",
    "guard start --branch sa": 'say"$x"now',
    'guard start --branch "sa': 'say"$x"now',
}


@pytest.fixture
def bash_env(repo: Repo) -> dict[str, str]:
    """A repository with odd branches, and an environment that finds this guard."""
    repo.commit({".guard/contracts/api.toml": ""}, "contract")
    for name in BRANCHES:
        repo.git("branch", name)
    guard = repo.path.with_name("bin") / "guard"
    guard.parent.mkdir()
    guard.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -m guard "$@"\n')
    guard.chmod(0o755)
    quiet = {"PS1": "", "PS2": "", "TERM": "dumb", "INPUTRC": os.devnull}
    return {**os.environ, **quiet, "PATH": f"{guard.parent}:{os.environ['PATH']}"}


def test_tab_in_bash(repo: Repo, bash_env: dict[str, str]) -> None:
    """Characters that break words for bash, or need quotes, are no obstacle; quotes stay open."""
    assert completed(TYPED, repo.path, bash_env) == TYPED


def completed(lines: Iterable[str], place: Path, env: dict[str, str]) -> dict[str, str]:
    """Type each line and a Tab into bash; give the last word of the command that it then runs."""
    typist, terminal = os.openpty()
    words = ("bash", "--norc", "--noprofile", "-i")
    bash = subprocess.Popen(
        words, cwd=place, env=env, stdin=terminal, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    said = place.with_name("said")
    say = f'guard() {{ printf "%s\\n" "${{@: -1}}" >> "{said}"; }}'
    os.write(typist, f'eval "$(guard completion bash)"; {say}; guard ready\r'.encode())
    found: dict[str, str] = {}
    try:
        wait_for(said, 1, typist)
        for number, line in enumerate(lines, 2):
            os.write(typist, f"{line}\t\r".encode())
            found[line] = wait_for(said, number, typist)
    finally:
        bash.kill()
        bash.wait()
        os.close(typist)
    return found


def wait_for(said: Path, count: int, typist: int) -> str:
    """Give the last of so many lines, or what there is after a while; read what the shell shows."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if select.select([typist], [], [], 0.01)[0]:
            os.read(typist, 1 << 16)
        lines = said.read_text().splitlines() if said.exists() else []
        if len(lines) == count:
            return lines[-1]
    return f"(nothing was run: {count})"
