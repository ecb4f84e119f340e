"""Hook managers: pre-commit and prek run for real, husky and lefthook by the files they write."""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from importlib import import_module
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from guard.ci.systems import SYSTEMS
from tests.githooks.test_push import HANDOFF
from tests.kit import BASE, Ran, Repo

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
YAML: Any = import_module("yaml")  # it brings no types
MANAGERS = [pytest.param(name, id=name) for name in ("pre-commit", "prek") if (BIN / name).exists()]


@pytest.fixture
def managed(team: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """The team's repository, managers and guard on PATH, their caches in the test's own folder."""
    for name in ("PRE_COMMIT_HOME", "PREK_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("PATH", f"{BIN}:{os.environ['PATH']}")
    for name in ("CI", *(system.mark for system in SYSTEMS)):  # where these tests run in CI
        monkeypatch.delenv(name, raising=False)
    return team


def settings(repo: Repo, hooks: str, **more: str) -> None:
    """Commit the settings that pre-commit and prek share."""
    lines = "".join(f"{key}: {value}\n" for key, value in more.items())
    repo.commit({".pre-commit-config.yaml": f"{lines}repos:\n{hooks}"}, "settings", "--no-verify")


def local(*hooks: str) -> str:
    """A local repository of system hooks, each `id: entry`, that run in every stage, verbosely."""
    always = "language: system, always_run: true, pass_filenames: false, verbose: true"
    told = "".join(
        f"    - {{id: {name}, name: {name}, entry: {entry}, {always}}}\n"
        for name, _, entry in (hook.partition(": ") for hook in hooks)
    )
    return f"  - repo: local\n    hooks:\n{told}"


def stray(repo: Repo) -> Ran:
    """Try to commit what the contract does not allow."""
    repo.write({"docs/a.md": f"stray {os.urandom(4).hex()}\n"})
    ran = repo.run("git", "commit", "-qam", "stray", ok=())
    repo.git("reset", "-q", "--hard")
    return ran


def good(repo: Repo) -> Ran:
    """Commit what the contract allows."""
    repo.write({"api/a.py": f"{os.urandom(4).hex()}\n"})
    return repo.run("git", "commit", "-qam", "good")


@pytest.mark.parametrize("manager", MANAGERS)
@pytest.mark.parametrize("first", ["manager", "guard"])
def test_side_by_side(managed: Repo, manager: str, first: str) -> None:
    """In either order both run; each can be removed, and the other stays as it was."""
    settings(managed, local("mine: echo mine ran"))
    managed.branch("api")
    guard = ("-I", "-m", "guard")
    steps = {
        "manager": [manager, "install", "-t", "pre-commit", "-t", "pre-push"],
        "guard": [sys.executable, *guard, "install", "--as", "files"],
    }
    for name in (first, *(steps.keys() - {first})):
        managed.run(*steps[name])
    linked = managed.worktree("linked", "worktree-api")
    for place in (managed, linked):
        assert "docs/a.md: OWN001" in stray(place).err
        ran = good(place)
        assert "mine ran" in ran.out + ran.err
        assert "guard" not in ran.out + ran.err
    managed.run(*steps["manager"])
    assert "docs/a.md: OWN001" in stray(managed).err
    assert managed.guard("install").out.endswith("set up already\n")
    assert managed.guard("doctor").code == 0
    managed.run(manager, "uninstall", "-t", "pre-commit", "-t", "pre-push")
    ran = good(managed)
    assert "mine ran" not in ran.out + ran.err
    assert "docs/a.md: OWN001" in stray(managed).err
    assert managed.guard("doctor").code == 0
    managed.run(*steps["manager"])
    assert managed.guard("uninstall").code == 0
    ran = stray(managed)
    assert (ran.code, "mine ran" in ran.out + ran.err) == (0, True)


@pytest.mark.parametrize("manager", MANAGERS)
def test_every_ref_behind_a_manager(managed: Repo, manager: str) -> None:
    """Beside a manager, which passes on one ref, guard's hook still judges every ref of a push."""
    settings(managed, local("mine: echo mine ran"))
    managed.run(manager, "install", "-t", "pre-push")
    assert managed.guard("install", "--as", "files").code == 0
    bare = Repo.init(managed.path.parent / "server.git", "--bare")
    managed.git("remote", "add", "origin", str(bare.path))
    managed.git("push", "-q", "origin", "main")
    managed.branch("api").commit({"api/a.py": "x\n"})
    managed.branch("web").commit({"docs/a.md": "x\n"}, "stray", "--no-verify")
    ran = managed.run("git", "push", "-q", "origin", "api", "web", ok=(1,))
    assert "contract web broken" in ran.err


@pytest.mark.parametrize("manager", MANAGERS)
def test_by_the_managers_own_settings(managed: Repo, manager: str) -> None:
    """Started by a manager guard judges the commit, and of a push the ref passed, and says so."""
    settings(managed, local("guard-check: guard hook pre-commit"))
    managed.run(manager, "install", "-t", "pre-commit", "-t", "pre-merge-commit")
    linked = managed.worktree("linked", "api")
    for place in (linked, managed.branch("worktree-api")):
        ran = stray(place)
        assert "docs/a.md: OWN001" in ran.out + ran.err
        assert place.run("git", "commit", "-q", "--allow-empty", "-m", "x").code == 0
    managed.git("switch", "-q", "main")
    doctor = managed.guard("doctor").out
    assert "missing: pre-push: guard is not started" in doctor
    settings(managed, local("guard-push: guard hook pre-push"))
    managed.run(manager, "install", "-t", "pre-push")
    bare = Repo.init(managed.path.parent / "server.git", "--bare")
    managed.git("remote", "add", "origin", str(bare.path))
    managed.git("push", "-q", "--no-verify", "origin", "main")
    managed.branch("feat/api").commit({"api/a.py": "x\n"}, "x", "--no-verify")
    ran = managed.run("git", "push", "origin", "feat/api", ok=(0,))
    assert "passes on refs/heads/feat/api alone" in ran.out + ran.err
    managed.commit({"docs/a.md": "x\n"}, "stray", "--no-verify")
    for _ in range(2):
        ran = managed.run("git", "push", "origin", "feat/api", ok=(1,))
        assert "docs/a.md: OWN001" in ran.out + ran.err
    by_hand = managed.run(manager, "run", "--hook-stage", "pre-push", "guard-push", ok=(1,))
    assert "docs/a.md: OWN001" in by_hand.out + by_hand.err
    assert managed.guard("install", "--as", "files", "--hook", "pre-push").code == 0
    assert "twice" not in managed.guard("doctor").out


@pytest.mark.parametrize("manager", MANAGERS)
def test_a_range_by_hand(managed: Repo, manager: str) -> None:
    """Over a range of commits, as in CI, guard-check judges the range; a hook's own commit too."""
    settings(managed, local("guard-check: guard hook pre-commit"))
    managed.branch("api").commit({"api/a.py": "x\n"})
    argv = [manager, "run", "--from-ref", "main", "--to-ref", "HEAD"]
    managed.run(*argv)
    managed.commit({"docs/a.md": "x\n"}, "stray")
    ran = managed.run(*argv, ok=(1,))
    assert "docs/a.md: OWN001" in ran.out + ran.err
    assert "brought by" in ran.out + ran.err
    managed.git("switch", "-q", "--detach")
    assert "docs/a.md: OWN001" in managed.run(*argv, ok=(1,)).out
    managed.git("switch", "-q", "-c", "feat/api", "main")
    assert managed.guard("install", "--as", "files").code == 0
    managed.write({"api/a.py": "fine\n"})
    managed.run(
        "git", "commit", "-qam", "x", env={"PRE_COMMIT": "1", "PRE_COMMIT_TO_REF": "0" * 40}
    )


@pytest.mark.parametrize("manager", MANAGERS)
def test_what_a_manager_starts_is_left_to_it(managed: Repo, manager: str) -> None:
    """Beside a manager that starts guard itself, `install` adds the rest: all refs of a push."""
    settings(
        managed, local("guard-check: guard hook pre-commit", "guard-push: guard hook pre-push")
    )
    managed.run(manager, "install", "-t", "pre-commit", "-t", "pre-merge-commit", "-t", "pre-push")
    for _ in range(2):
        ran = managed.guard("install", "--as", "files")
        assert (
            ran.code,
            "guard: pre-commit, pre-merge-commit: started already by other hooks" in ran.out,
        ) == (0, True)
    assert not (managed.path / ".git/hooks/pre-commit.legacy").exists()
    assert (managed.path / ".git/hooks/pre-push.legacy").exists()
    assert managed.guard("doctor").code == 0


@pytest.mark.parametrize("manager", MANAGERS)
def test_the_handoff_alone(managed: Repo, manager: str) -> None:
    """`guard-handoff` asks for a committed handoff at the end, not on base or other branches."""
    [entry] = [
        hook["entry"]
        for hook in YAML.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
        if hook["id"] == "guard-handoff"
    ]
    managed.policy(BASE + "[contracts]\nmissing = 'off'\n")
    settings(managed, local(f"guard-handoff: {entry}"))
    managed.run(manager, "install", "-t", "pre-push")
    bare = Repo.init(managed.path.parent / "server.git", "--bare")
    managed.git("remote", "add", "origin", str(bare.path))
    assert managed.run("git", "push", "-q", "origin", "main").code == 0
    managed.branch("spike").commit({"docs/a.md": "nobody's\n"})
    assert managed.run("git", "push", "-q", "origin", "spike").code == 0
    managed.git("switch", "-q", "main")
    managed.branch("api").commit({"api/a.py": "1\n"})
    managed.write(
        {
            ".guard/handoffs/api.md": HANDOFF.replace(
                "`test -e api/a.py` passed", "none that matter here"
            )
        }
    )
    ran = managed.run("git", "push", "-q", "origin", "api", ok=(1,))
    assert "HND001 missing-handoff: the handoff is not committed" in ran.out + ran.err
    managed.git("add", "-A")
    managed.git("commit", "-q", "-m", "handoff")
    assert managed.run("git", "push", "-q", "origin", "api").code == 0


def test_a_first_push_by_pre_commit(managed: Repo) -> None:
    """For a root commit pre-commit passes the branch without an object id; it is judged anyway."""
    settings(managed, local("guard-push: guard hook pre-push"))
    managed.run("pre-commit", "install", "-t", "pre-push")
    bare = Repo.init(managed.path.parent / "server.git", "--bare")
    managed.git("remote", "add", "origin", str(bare.path))
    managed.branch("api").commit({"docs/a.md": "x\n"}, "stray", "--no-verify")
    ran = managed.run("git", "push", "origin", "HEAD", ok=(1,))
    assert "docs/a.md: OWN001" in ran.out + ran.err


def test_what_pre_commit_has_not_set_up(managed: Repo) -> None:
    """The doctor reports a hook of guard's whose type pre-commit was not told to install."""
    settings(
        managed, local("guard-check: guard hook pre-commit", "guard-push: guard hook pre-push")
    )
    managed.run("pre-commit", "install")
    out = managed.guard("doctor").out
    assert "not-in-pre-commit: pre-push: " in out
    assert "next: pre-commit install --hook-type pre-push" in out
    for _ in range(2):
        for line in managed.guard("doctor").out.splitlines():
            if "next: pre-commit" in line:
                managed.run("sh", "-c", line.partition("next: ")[2])
    assert managed.guard("doctor").code == 0


@pytest.fixture
def published(tmp_path: Path) -> Repo:
    """guard as others get it: a repository with a tag."""
    repo = Repo.init(tmp_path / "worktree-guard")
    for name in ("guard", "hooks"):
        shutil.copytree(ROOT / name, repo.path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, repo.path / name)
    repo.commit({}, "release")
    repo.git("tag", "v0.1.0")
    return repo


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip finds guard's dependencies in a folder, packed from installed ones, without network."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    wanted, packed = ["hatchling", "click", "GitPython", "markdown-it-py", "tomli"], set[str]()
    while wanted:
        name = wanted.pop()
        if name not in packed:
            packed.add(name)
            _pack(distribution(name), folder)
            needs = (Requirement(line) for line in distribution(name).requires or ())
            wanted += [
                need.name
                for need in needs
                if need.marker is None or need.marker.evaluate({"extra": ""})
            ]
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


def _pack(installed: Distribution, folder: Path) -> None:
    """Zip an installed distribution into a wheel (packaging.python.org, binary format)."""
    tags = [
        line.split(": ")[1]
        for line in (installed.read_text("WHEEL") or "").splitlines()
        if line.startswith("Tag: ")
    ]
    first = tags[0].split("-")
    joined = "-".join(
        ".".join(dict.fromkeys(tag.split("-")[part] for tag in tags)) for part in range(len(first))
    )
    name = installed.metadata["Name"].replace("-", "_")
    with zipfile.ZipFile(folder / f"{name}-{installed.version}-{joined}.whl", "w") as wheel:
        for file in installed.files or ():
            inside = ".." not in file.parts and "__pycache__" not in file.parts
            if inside and file.name not in ("INSTALLER", "REQUESTED", "direct_url.json"):
                wheel.write(str(file.locate()), str(file))


@pytest.mark.usefixtures("offline")
def test_as_the_readme_says(managed: Repo, published: Repo) -> None:
    """`pre-commit try-repo` and the README's lines work, in an environment of pre-commit's."""
    readme = (ROOT / "README.md").read_text()
    [lines] = [block for block in readme.split("```yaml\n")[1:] if "guard-check" in block]
    shown = lines.partition("```")[0].replace(
        "https://github.com/OWNER/worktree-guard", str(published.path)
    )
    managed.branch("api").write({"docs/a.md": "stray\n"}).git("add", "-A")
    ran = managed.run("pre-commit", "try-repo", str(published.path), "guard-check", ok=(1,))
    assert "docs/a.md: OWN001" in ran.out
    managed.git("reset", "-q", "--hard")
    managed.commit({".pre-commit-config.yaml": shown}, "settings", "--no-verify")
    managed.git("update-ref", "refs/heads/main", "HEAD")
    managed.run("pre-commit", "install")
    ran = stray(managed)
    assert (ran.code, "docs/a.md: OWN001" in ran.out + ran.err) == (1, True)
    bare = Repo.init(managed.path.parent / "server.git", "--bare")
    managed.git("remote", "add", "origin", str(bare.path))
    managed.git("push", "-q", "--no-verify", "origin", "main")
    managed.commit({"docs/a.md": "stray\n"}, "stray", "--no-verify")
    ran = managed.run("git", "push", "origin", "api", ok=(1,))
    assert "docs/a.md: OWN001" in ran.out + ran.err
    assert managed.guard("doctor").code == 0


HUSKY = {  # what `npx husky` (9.1) writes below core.hooksPath = .husky/_, in short
    ".husky/_/h": (
        '#!/usr/bin/env sh\nn=$(basename "$0")\ns=$(dirname "$(dirname "$0")")/$n\n'
        '[ ! -f "$s" ] && exit 0\nsh -e "$s" "$@"\n'
    ),
    **{
        f".husky/_/{name}": '#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n'
        for name in ("pre-commit", "pre-merge-commit", "pre-push")
    },
}


def test_husky(managed: Repo) -> None:
    """husky's folder is left alone; the hint makes husky start guard, as the doctor sees."""
    managed.commit({**HUSKY, ".husky/pre-commit": "echo husky ran\n"}, "husky", "--no-verify")
    for name in HUSKY:
        (managed.path / name).chmod(0o755)
    managed.commit({}, "modes", "--no-verify")
    managed.git("config", "core.hooksPath", ".husky/_")
    ran = managed.guard("install", "--as", "files")
    assert ran.code == 2
    managed.run("sh", "-c", ran.err.partition("hint: ")[2])
    managed.commit({}, "guard in husky's own scripts", "--no-verify")
    assert managed.guard("doctor").code == 0
    linked = managed.worktree("linked", "api")
    ran = stray(linked)
    assert ("husky ran" in ran.out + ran.err, "docs/a.md: OWN001" in ran.err) == (True, True)
    shutil.rmtree(linked.path / ".husky/_")
    out = managed.guard("doctor").out
    assert f"shadowed: pre-commit, pre-merge-commit, pre-push in {linked.path}: " in out
    assert "which does not exist\n  next: cd " in out


def test_lefthook_takes_its_place_again(managed: Repo) -> None:
    """lefthook rewrites its files: the doctor reports it, `install` repairs it, none pile up."""
    lefthook = "#!/bin/sh\n# lefthook\necho lefthook ran\n"
    folder = managed.path / ".git/hooks"
    folder.mkdir(exist_ok=True)
    managed.branch("api")
    for _ in range(3):
        if (folder / "pre-commit").exists():
            (folder / "pre-commit").rename(folder / "pre-commit.old")
        (folder / "pre-commit").write_text(lefthook)
        (folder / "pre-commit").chmod(0o755)
        assert stray(managed).code == 0
        assert managed.guard("install", "--as", "files").code == 0
        ran = stray(managed)
        assert ("lefthook ran" in ran.out + ran.err, "docs/a.md: OWN001" in ran.err) == (True, True)
        assert managed.guard("doctor").code == 0
    (folder / "pre-commit").rename(folder / "pre-commit.old")
    (folder / "pre-commit").write_text(lefthook)
    (folder / "pre-commit").chmod(0o755)
    out = managed.guard("doctor").out
    assert "hijacked: pre-commit: lefthook has taken guard's place" in out
    [proposed] = [
        line.partition("below pre-commit: ")[2].partition(", then: ")[0]
        for line in out.splitlines()
        if "lefthook.yml" in line
    ]
    assert "guard hook pre-commit {0}" in YAML.safe_load(proposed)["jobs"][0]["run"]
    assert managed.guard("uninstall").code == 0
    names = {path.name for path in folder.iterdir() if path.suffix != ".sample"}
    assert (names, (folder / "pre-commit").read_text()) == ({"pre-commit"}, lefthook)


def test_a_range_where_guard_is_not_adopted(empty: Repo) -> None:
    """Without a policy a range passes, and a message says that it was not judged."""
    empty.commit({"a": "1\n"})
    ran = empty.guard("hook", "pre-commit", env={"PRE_COMMIT": "1", "PRE_COMMIT_TO_REF": "HEAD"})
    assert (ran.code, ran.err.endswith("these commits are not judged\n")) == (0, True)
