"""guard as its users have it: built, and installed by pip into an environment of its own.

Later edits of the sources do not change what is measured, and no developer's tools slow it down.
"""

from __future__ import annotations

import glob
import importlib.metadata
import os
import re
import shutil
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bench.repositories import Workshop

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_DISTRIBUTION = "worktree-guard"


class Installed(NamedTuple):
    """The interpreter of the environment and the `guard` in it, as absolute paths."""

    python: str
    guard: str


def install(workshop: Workshop) -> Installed:
    """Build and install without a network: libraries are copied from the running environment.

    Raises CalledProcessError.
    """
    home = os.path.join(workshop.folder, "environment")
    dist = os.path.join(home, "dist")
    shutil.rmtree(home, ignore_errors=True)
    workshop.run(ROOT, sys.executable, "-m", "venv", "--without-pip", home)
    python = os.path.join(home, "bin", "python")
    workshop.run(
        ROOT, sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", dist
    )
    options = ("--no-index", "--no-deps", "--disable-pip-version-check", "--quiet")
    workshop.run(
        home,
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        *options,
        *glob.glob(os.path.join(dist, "*.whl")),
    )
    target = workshop.run(
        home, python, "-I", "-c", "import sysconfig; print(sysconfig.get_path('platlib'))"
    )
    for name in sorted(_needed(_DISTRIBUTION) - {_DISTRIBUTION}):
        _copy(name, target)
    return Installed(python, os.path.join(home, "bin", "guard"))


def _needed(name: str) -> set[str]:
    """The names of a distribution and of all that it requires, without extras."""
    plain = (
        requirement
        for requirement in importlib.metadata.requires(name) or ()
        if "extra ==" not in requirement
    )
    names = (re.split(r"[^\w.-]", requirement, maxsplit=1)[0] for requirement in plain)
    return {name}.union(*(_needed(needed) for needed in names if _is_here(needed)))


def _is_here(name: str) -> bool:
    """Whether a distribution is installed; some are for other systems only."""
    return any(importlib.metadata.distributions(name=name))


def _copy(name: str, target: str) -> None:
    for file in importlib.metadata.files(name) or ():
        if not file.parts[0].startswith(".."):
            os.makedirs(os.path.join(target, *file.parts[:-1]), exist_ok=True)
            shutil.copy2(str(file.locate()), os.path.join(target, *file.parts))
