"""`make` on a bare machine: what it makes, and what it says when something is missing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# A Python that answers as if it were another version, and records what it was told to make.
PYTHON = """#!{real} -I
import os, shutil, sys
version, words = {version}, sys.argv[1:]
if words == ["--version"]:
    print("Python", ".".join(map(str, version)))
elif "-c" in words:
    sys.version_info = (*version, "final", 0)
    sys.modules.update(dict.fromkeys({hidden}))
    exec(words[words.index("-c") + 1])
else:
    with open("log", "a") as log:
        print(*words[:2], words[-1], file=log)
    if words[:2] == ["-m", "venv"]:
        shutil.rmtree(".venv", ignore_errors=True)
        os.makedirs(".venv/bin")
        shutil.copy({path}, ".venv/bin/python")
    elif os.path.exists("offline"):
        sys.exit("no network")
"""
MADE = "-m venv .venv\n"
RUNTIME = "-m pip .\n"
DEV = "-m pip .[dev]\n"


class Machine:
    """A checkout, and a PATH with nothing on it but what a test puts there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bin = path / "bin"
        self.bin.mkdir()
        (path / ".ci").mkdir()
        shutil.copy(ROOT / ".ci/environment", path / ".ci")
        (path / "pyproject.toml").write_text("[project]\n")
        for tool in ("sh", "cat", "rm"):
            (self.bin / tool).symlink_to(shutil.which(tool) or tool)
        self.git("git version 2.39.5")
        self.python("python3")

    def git(self, version: str) -> None:
        """Put a git of this version on PATH, as it names itself."""
        self.program("git", f"#!/bin/sh\necho '{version}'\n")

    def python(
        self, name: str, version: tuple[int, ...] = (3, 11, 2), hidden: tuple[str, ...] = ()
    ) -> None:
        """Put a Python on PATH, of any version and without the hidden modules."""
        path = str(self.bin / name)
        self.program(
            name,
            PYTHON.format(real=sys.executable, version=version, hidden=hidden, path=repr(path)),
        )

    def program(self, name: str, text: str) -> None:
        """Put a program on PATH."""
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def make(self, what: str = "runtime", python: str = "") -> tuple[int, str]:
        """Make the environment; give exit status and what was said."""
        done = subprocess.run(
            [self.path / ".ci/environment", what],
            cwd=self.path,
            env={"PATH": str(self.bin), "PYTHON": python},
            capture_output=True,
            check=False,
        )
        assert not done.stdout
        return done.returncode, done.stderr.decode()

    @property
    def log(self) -> str:
        """What the Pythons were told to make."""
        log = self.path / "log"
        return log.read_text() if log.exists() else ""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with a good Python and a good git."""
    return Machine(tmp_path)


def test_a_bare_checkout_gets_an_environment(machine: Machine) -> None:
    """The first run makes the environment and says so in two lines."""
    assert machine.make() == (
        0,
        (
            "guard: making .venv with Python 3.11.2\n"
            "guard: installing guard and what it needs (runtime)\n"
        ),
    )
    assert machine.log == MADE + RUNTIME


def test_a_second_run_does_nothing(machine: Machine) -> None:
    """A finished environment is left alone, silently and offline; the one for tests will do."""
    machine.make("dev")
    (machine.path / "offline").touch()
    assert [machine.make("dev"), machine.make("runtime")] == [(0, ""), (0, "")]
    assert machine.log == MADE + DEV


def test_new_dependencies_are_installed(machine: Machine) -> None:
    """A changed pyproject.toml brings a new installation into the same environment."""
    machine.make()
    (machine.path / "pyproject.toml").write_text("[project]\ndependencies = ['more']\n")
    machine.make()
    assert machine.log == MADE + RUNTIME + RUNTIME


def test_a_moved_checkout_is_installed_again(machine: Machine) -> None:
    """An editable installation points to the old place, so it is repeated in the new one."""
    machine.make()
    stamp = machine.path / ".venv/installed-runtime"
    stamp.write_text(stamp.read_text().replace(str(machine.path), "/elsewhere"))
    machine.make()
    assert machine.log == MADE + RUNTIME + RUNTIME


@pytest.mark.parametrize("left", ["nothing", "a broken python", "an old python"])
def test_a_half_made_environment_is_made_again(machine: Machine, left: str) -> None:
    """An interrupt, or a Python that has gone, costs one more run and nothing else."""
    there = machine.path / ".venv/bin"
    there.mkdir(parents=True)
    if left == "a broken python":
        (there / "python").symlink_to("/nowhere/python3.11")
    if left == "an old python":
        machine.python("old", (3, 9, 2))
        (machine.bin / "old").rename(there / "python")
    assert machine.make()[0] == 0
    assert machine.log == MADE + RUNTIME


def test_a_failed_installation_is_tried_again(machine: Machine) -> None:
    """Without a network the run fails with advice, and the next one starts where it stopped."""
    (machine.path / "offline").touch()
    code, said = machine.make()
    assert code == 2
    assert "no network\nguard: pip could not install" in said
    (machine.path / "offline").unlink()
    assert machine.make() == (0, "guard: installing guard and what it needs (runtime)\n")
    assert machine.log == MADE + RUNTIME + RUNTIME


@pytest.mark.parametrize(
    "version",
    [
        "git version 2.38.0",
        "git version 2.39.5 (Apple Git-154)",
        "git version 2.47.1.windows.2",
        "git version 2.55.GIT",
        "git version 3.0-rc1",
    ],
)
def test_a_good_git_is_taken(machine: Machine, version: str) -> None:
    """However a git of 2.38 or later writes its version, it serves."""
    machine.git(version)
    assert machine.make()[0] == 0


@pytest.mark.parametrize(
    "version", ["git version 2.37.9", "git version 2.9.5", "git version 1.99.0"]
)
def test_an_old_git_is_refused(machine: Machine, version: str) -> None:
    """The message names the version found and the version needed, and nothing is made."""
    machine.git(version)
    said = (
        f"guard: git 2.38 or later is needed; this is {version}.\n"
        "  next: install a newer git, then run make again\n"
    )
    assert machine.make() == (2, said)
    assert machine.log == ""


def test_a_missing_git_is_told(machine: Machine) -> None:
    """A machine without git gets one sentence about it."""
    (machine.bin / "git").unlink()
    assert machine.make() == (
        2,
        (
            "guard: git 2.38 or later is needed, and there is none on PATH.\n"
            "  next: install git, then run make again\n"
        ),
    )


def test_a_newer_python_beside_an_old_one_is_found(machine: Machine) -> None:
    """Where `python3` is too old, a later one under its own name is taken."""
    machine.python("python3", (3, 9, 2))
    machine.python("python3.13", (3, 13, 0))
    assert machine.make()[1].startswith("guard: making .venv with Python 3.13.0\n")


@pytest.mark.parametrize(
    ("there", "found"),
    [((3, 10, 12), "Python 3.10.12"), (None, "not there")],
    ids=["old", "missing"],
)
def test_no_good_python_is_told(
    machine: Machine, there: tuple[int, ...] | None, found: str
) -> None:
    """The message says which Python was looked at, and how to name another."""
    (machine.bin / "python3").unlink()
    if there:
        machine.python("python3", there)
    said = f"guard: Python 3.11 or later is needed; python3 is {found}."
    assert machine.make() == (
        2,
        f"{said}\n  next: install a newer Python, or name one: make PYTHON=/path/to/python3.12\n",
    )
    assert machine.log == ""


def test_the_python_that_was_named_is_taken(machine: Machine) -> None:
    """PYTHON decides; no other is tried in its place."""
    machine.python("mine", (3, 12, 1))
    machine.python("old", (3, 8, 0))
    assert machine.make(python="old")[0] == 2
    assert machine.make(python="mine")[1].startswith("guard: making .venv with Python 3.12.1\n")


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told(machine: Machine, module: str) -> None:
    """Debian and Ubuntu ship venv in a package of its own, and the message names it."""
    machine.python("python3", (3, 12, 3), hidden=(module,))
    code, said = machine.make()
    assert code == 2
    assert said.startswith(
        "guard: python3 has no venv or no ensurepip.\n"
        "  next: on Debian or Ubuntu: apt install python3.12-venv;"
    )
    assert machine.log == ""
