"""Rules of the house that a machine can keep."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import import_module
from pathlib import Path

import pytest

import guard
from guard.contracts.parse import parse_contract, parse_policy
from guard.patterns import PatternSet
from tests.kit import Repo
from tests.test_map import MAP

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SOURCES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("guard/**/*.py"))
SUITES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/**/test_*.py"))

# Words that would be a second name for one thing. The glossary is in CONTRIBUTING.md.
FOREIGN_WORDS = {
    "allowlist",
    "blacklist",
    "changeset",
    "denylist",
    "manifest",
    "noqa",
    "peer",
    "trunk",
    "whitelist",
}


@pytest.mark.parametrize("suite", SUITES)
def test_every_test_says_what_must_be_true(suite: str) -> None:
    """Each test has a docstring, and it is a sentence."""
    for node in ast.walk(ast.parse((ROOT / suite).read_text())):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            sentence = ast.get_docstring(node) or ""
            assert len(sentence.split()) >= 3, f"{suite}:{node.lineno}: {node.name}: {sentence!r}"
            assert sentence.endswith((".", "?", "!")), (
                f"{suite}:{node.lineno}: {node.name}: {sentence!r}"
            )


@pytest.mark.parametrize("source", SOURCES)
def test_one_word_for_one_thing(source: str) -> None:
    """No name in the package is built from a word that the glossary replaces."""
    for node in ast.walk(ast.parse((ROOT / source).read_text())):
        name = (
            getattr(node, "name", None) or getattr(node, "id", None) or getattr(node, "arg", None)
        )
        words = set(re.findall(r"[a-z]+", name.lower())) if isinstance(name, str) else set()
        assert not words & FOREIGN_WORDS, f"{source}:{getattr(node, 'lineno', 0)}: {name}"


def test_the_changelog_tells_of_this_version() -> None:
    """What users get with this version is written down, newest first."""
    versions = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[0] == guard.__version__


def test_the_way_in_exists() -> None:
    """The command that the package installs starts a function that is there."""
    module, _, function = PYPROJECT["project"]["scripts"]["guard"].partition(":")
    assert callable(getattr(import_module(module), function))


def test_the_hooks_stop_a_commit_and_a_merge(repo: Repo, tmp_path: Path) -> None:
    """Copied hooks let good work and a merge of the base pass, and stop a stray commit."""
    program = tmp_path / "bin/guard"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -m guard "$@"\n')
    program.chmod(0o755)
    lines = [f"{number}\n" for number in range(9)]
    repo.contract("feature", owns=["src/"]).commit({"docs/l.md": "".join(lines)})
    repo.branch("other").commit({"docs/b.md": "b\n"})
    brought = repo.git("rev-parse", "HEAD")
    repo.commit({"docs/l.md": "".join(["x\n", *lines[1:]])})
    repo.git("switch", "-q", "-c", "feature", "main")
    (repo.path / ".git/hooks").mkdir(exist_ok=True)
    for name in ("pre-commit", "pre-merge-commit"):
        shutil.copy(ROOT / "hooks" / name, repo.path / ".git/hooks")
    path = {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    repo.write({"src/b.py": "b\n"}).git("add", "-A")
    repo.git("commit", "-qm", "work", env=path)
    repo.git("merge", "-q", "--no-edit", brought, env=path)
    repo.commit({"docs/l.md": "".join([*lines[:-1], "mine\n"])}, "stray", "--no-verify")
    assert (
        "docs/l.md: OWN001"
        in repo.run("git", "merge", "-q", "--no-edit", "other", ok=(1,), env=path).err
    )
    repo.git("merge", "--abort")
    repo.write({"docs/c.md": "c\n"}).git("add", "-A")
    assert "docs/c.md: OWN001" in repo.run("git", "commit", "-qm", "stray", ok=(1,), env=path).err


def test_pre_commit_accepts_the_hooks(tmp_path: Path) -> None:
    """The file that pre-commit reads is valid in pre-commit's own eyes."""
    argv = [
        sys.executable,
        "-m",
        "pre_commit",
        "validate-manifest",
        str(ROOT / ".pre-commit-hooks.yaml"),
    ]
    done = subprocess.run(
        argv, capture_output=True, check=False, env={**os.environ, "PRE_COMMIT_HOME": str(tmp_path)}
    )
    assert (done.returncode, done.stdout) == (0, b""), done


def test_the_projects_own_policy_and_contracts_can_be_read() -> None:
    """guard guards itself: its policy and contracts are valid, and the shared files exist."""
    policy = parse_policy((ROOT / "guard.toml").read_bytes(), "guard.toml")
    for file in sorted((ROOT / ".guard/contracts").glob("*.toml")):
        contract = parse_contract(file.read_bytes(), str(file.relative_to(ROOT)), file.stem)
        assert set(contract.merges) <= {group.name for group in policy.shared}
    there = [
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*")
        if path.is_file() and not {".git", ".venv"} & set(path.parts)
    ]
    for group in policy.shared:
        assert not PatternSet(group.paths).unmatched(there)


def test_the_map_is_drawn() -> None:
    """docs/architecture.md draws every room and every folder in it, each with its purpose."""
    text = (ROOT / "docs/architecture.md").read_text()
    drawn = re.findall(r"^[├└]── (\w+)(?:\.py|/) +\S", text, re.MULTILINE)
    assert drawn == [room for room in MAP if room != "__init__"]
    below = re.findall(r"^│   [├└]── (\w+)/ +\S", text, re.MULTILINE)
    folders = [
        file.parent.relative_to(ROOT / "guard") for file in (ROOT / "guard").glob("*/*/__init__.py")
    ]
    assert sorted([*below, "starter"]) == sorted(folder.name for folder in folders)


@pytest.mark.parametrize("room", [source for source in SOURCES if source.endswith("__init__.py")])
def test_a_room_names_what_is_there(room: str) -> None:
    """Each file, folder and lower-case name in a room's docstring exists in the package."""
    text = ast.get_docstring(ast.parse((ROOT / room).read_text())) or ""
    here = (ROOT / room).parent
    for word in re.findall(r"`([a-z_./]+)`", text):
        places = (here, ROOT / "guard", ROOT)
        found = any((place / name).exists() for place in places for name in (word, f"{word}.py"))
        module, _, name = word.rpartition(".")
        named = hasattr(import_module(".".join(here.relative_to(ROOT).parts)), word)
        inside = (here / f"{module}.py").exists() and name in (here / f"{module}.py").read_text()
        assert found or named or inside or word.startswith("guard."), word


def test_help_names_every_target() -> None:
    """`make help` shows what can be made."""
    text = (ROOT / "Makefile").read_text()
    phony = set(re.findall(r"^\.PHONY: (.+)$", text, re.MULTILINE)[0].split())
    told = set(
        re.findall(
            r"^make (\w+)",
            subprocess.run(
                ["make", "help"], cwd=ROOT, capture_output=True, check=True, text=True
            ).stdout,
            re.MULTILINE,
        )
    )
    assert told == phony - {"runtime", "dev"}  # the two environments


def test_the_wheel_holds_the_whole_package(tmp_path: Path) -> None:
    """Schemas and the marker for type checkers reach the user, tests and benchmarks do not."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("guard/**/*")
        if path.is_file() and path.suffix != ".pyc"
    }
