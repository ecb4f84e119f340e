"""Every test is sealed off from the user's git: its configuration, identity, hooks and home."""

from __future__ import annotations

import itertools
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.kit import POLICY, Repo, alone, grown

settings.register_profile("guard", deadline=None, print_blob=True)
settings.load_profile("guard")
signal.signal(
    signal.SIGINT, signal.default_int_handler
)  # in the background of a shell it is ignored, and children inherit that


_NUMBERS = itertools.count()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Goldens are rewritten on request, and the diff is read before it is committed."""
    parser.addoption(
        "--update-goldens",
        action="store_true",
        help="write tests/reports/golden anew from what the renderers give",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with a file of `tests/reports/golden`, byte by byte."""

    def compare(name: str, text: str) -> None:
        file = Path(__file__).parent / "reports/golden" / name
        if request.config.getoption("--update-goldens"):
            file.write_bytes(text.encode())
        assert text == file.read_bytes().decode(), (
            f"{name} differs; if it should: pytest --update-goldens"
        )

    return compare


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this test's own.

    pytest's fixture of this name looks through the folders of all earlier tests to find a number,
    which is a tenth of the time of a suite of this size.
    """
    name = re.sub(r"\W", "_", request.node.name)[:30]
    path = tmp_path_factory.getbasetemp() / f"{name}{next(_NUMBERS)}"
    path.mkdir()
    return path


@pytest.fixture(autouse=True)
def sealed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove git's variables, give an empty home, and fix identity and dates."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "PRE_COMMIT", "GUARD_")) or name in (
            "NO_COLOR",
            "FORCE_COLOR",
            "CI",
        ):
            monkeypatch.delenv(name)
    home = tmp_path_factory.getbasetemp() / f"home{next(_NUMBERS)}"
    home.mkdir()
    for name, value in alone(home).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def empty(tmp_path: Path) -> Repo:
    """A repository without a commit."""
    return Repo.init(tmp_path / "repo")


@pytest.fixture
def repo(empty: Repo) -> Repo:
    """A repository on `main` with a policy and one file outside every contract."""
    return grown(empty, _started)


def _started(repo: Repo) -> None:
    files = {"README.md": "hello\n", "src/a.py": "a = 1\n", "docs/a.md": "a\n"}
    repo.commit({**files, "guard.toml": POLICY}, "start")
