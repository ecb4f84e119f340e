"""Real repositories for tests, one line a step."""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests import forks

GUARD = [sys.executable, "-I", "-m", "guard"]
TEMPLATE = Path(__file__).parent / "template"  # repositories that git does not tidy by itself
BASE = 'base = "main"\n'
POLICY = BASE + "[handoff]\nrequired = false\n"  # handoffs have tests of their own
METADATA = """\
[shared.package-metadata]
why = "Every build reads these."
paths = ["package.json", "*.lock"]
"""
UNMEASURED = {
    "COVERAGE_PROCESS_CONFIG": ""
}  # for a process that may not write, or whose imports are looked at: no coverage in it


class Ran(NamedTuple):
    """A finished process."""

    code: int
    out: str
    err: str

    @classmethod
    def of(cls, done: subprocess.CompletedProcess[bytes]) -> Ran:
        """Read what a process has written; a byte that is not UTF-8 stays a surrogate."""
        return cls(
            done.returncode,
            done.stdout.decode("utf-8", "surrogateescape"),
            done.stderr.decode("utf-8", "surrogateescape"),
        )

    @property
    def report(self) -> dict[str, Any]:
        """Standard output as JSON."""
        loaded = json.loads(self.out)
        assert isinstance(loaded, dict)
        return loaded

    @property
    def codes(self) -> dict[str, list[str]]:
        """The unwaived findings of a JSON report: path → sorted codes."""
        found: dict[str, list[str]] = {}
        for finding in self.report["findings"]:
            if finding["waived_by"] is None:
                found.setdefault(finding["path"], []).append(finding["code"])
        return {path: sorted(codes) for path, codes in found.items()}


def alone(home: Path) -> dict[str, str]:
    """Give the variables by which git and guard find an empty home, one identity and one time."""
    person, at = ("Ada", "ada@example.com"), "2026-01-02T03:04:05Z"
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": person[0],
        "GIT_AUTHOR_EMAIL": person[1],
        "GIT_AUTHOR_DATE": at,
        "GIT_COMMITTER_NAME": person[0],
        "GIT_COMMITTER_EMAIL": person[1],
        "GIT_COMMITTER_DATE": at,
        "GIT_CEILING_DIRECTORIES": str(home.parent),
    }


class Repo:
    """A repository in a directory of its own, and how to change it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.state = ""  # the steps that made it, "" as soon as anything else is done here

    @classmethod
    def init(cls, path: Path, *options: str) -> Repo:
        """Make an empty repository whose branch is `main`."""
        path.mkdir(parents=True, exist_ok=True)
        made = cls(path)
        made.git("init", "-q", "-b", "main", f"--template={TEMPLATE}", *options)
        made.state = f"init {options}"
        return made

    def run(
        self,
        *argv: str | bytes,
        stdin: bytes = b"",
        ok: tuple[int, ...] = (0,),
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
    ) -> Ran:
        """Run a program here. An exit status outside `ok` fails the test; an empty `ok` is all."""
        self.state = ""
        done = subprocess.run(
            argv,
            input=stdin,
            capture_output=True,
            cwd=cwd or self.path,
            env={**os.environ, **(env or {})},
            check=False,
        )
        ran = Ran.of(done)
        assert not ok or ran.code in ok, f"{argv!r} exited {ran.code}\n{ran.out}{ran.err}"
        return ran

    def git(
        self,
        *args: str | bytes,
        stdin: bytes = b"",
        ok: tuple[int, ...] = (0,),
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
    ) -> str:
        """Run git here and give its standard output without the last newline."""
        return self.run("git", *args, stdin=stdin, ok=ok, cwd=cwd, env=env).out.removesuffix("\n")

    def guard(
        self,
        *args: str | bytes,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
        stdin: bytes = b"",
    ) -> Ran:
        """Run guard here, whatever its exit status: in a fork where one behaves alike."""
        self.state = ""
        variables = {**os.environ, **(env or {})}
        if not forks.can_run(variables):
            return self.run(*GUARD, *args, ok=(), cwd=cwd, env=env, stdin=stdin)
        words = [os.fsencode(word) for word in args]
        return Ran.of(forks.run_guard(words, os.fsencode(cwd or self.path), variables, stdin))

    def check(
        self, *args: str | bytes, cwd: Path | None = None, env: dict[str, str] | None = None
    ) -> Ran:
        """Run `guard check --format json` here; any exit status but a bug in guard."""
        ran = self.guard("check", "--format", "json", *args, cwd=cwd, env=env)
        assert ran.code in (0, 1, 2), ran
        return ran

    def write(self, files: dict[str, str | bytes] | None = None, **more: str) -> Repo:
        """Write files into the working tree; keys are paths."""
        self.state = ""
        for name, content in {**(files or {}), **more}.items():
            target = os.path.join(os.fsencode(self.path), os.fsencode(name))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
        return self

    def commit(
        self, files: dict[str, str | bytes] | None = None, message: str = "work", *options: str
    ) -> str:
        """Write files, stage everything, commit; give the commit's object id."""
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, *options)
        return self.head()

    def head(self) -> str:
        """The id of the commit that is checked out; git is asked only if files do not say it."""
        folder = self.path / ".git"
        with contextlib.suppress(OSError):
            if folder.is_file():
                folder = self.path / folder.read_text().removeprefix("gitdir: ").rstrip("\n")
            head = (folder / "HEAD").read_text().rstrip("\n")
            if not head.startswith("ref: "):
                return head
            common = folder / "commondir"
            shared = folder / common.read_text().rstrip("\n") if common.exists() else folder
            return (shared / head.removeprefix("ref: ")).read_text().rstrip("\n")
        return self.git("rev-parse", "HEAD")

    def policy(self, text: str = POLICY) -> Repo:
        """Commit `guard.toml`."""
        self.commit({"guard.toml": text}, "policy")
        return self

    def contract(self, name: str, **keys: object) -> Repo:
        """Commit a contract; a value is a string, a list of strings or a list of tables."""
        self.commit({f".guard/contracts/{name}.toml": toml(keys)}, f"contract {name}")
        return self

    def branch(self, name: str) -> Repo:
        """Create a branch here and switch to it."""
        self.git("switch", "-q", "-c", name)
        return self

    def worktree(self, name: str, branch: str | None = None, start: str = "HEAD") -> Repo:
        """Add a linked worktree beside this one, on a new branch."""
        path = self.path.parent / name
        self.git("worktree", "add", "-q", "-b", branch or name, str(path), start)
        return Repo(path)


@functools.cache
def _models() -> Path:
    """A folder of this process for repositories that are copied, removed at its end."""
    folder = tempfile.mkdtemp(prefix="guard-models-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def grown(repo: Repo, build: Callable[..., object], *words: str) -> Repo:
    """Do `build(repo, *words)`; where its result for the same state is known, copy that.

    Identity and time are the same in all tests, so the commits are, too.
    """
    state = f"{repo.state} {build.__module__}.{build.__name__}{words}" if repo.state else ""
    model = _models() / hashlib.sha256(state.encode()).hexdigest()
    if state and model.exists():
        shutil.copytree(model, repo.path, symlinks=True, dirs_exist_ok=True)
        repo.git("update-index", "-q", "--refresh")  # the index knows each file's inode
    else:
        build(repo, *words)
        if state:
            shutil.copytree(repo.path, model, symlinks=True)
    repo.state = state
    return repo


def team(repo: Repo, *, policy: str = POLICY, folders: str = "api web docs") -> Repo:
    """Give a repository a policy, three files in each folder, and the contracts `api` and `web`.

    `api` owns `api/`, `web` owns `web/`, and nobody owns the other folders.
    """
    return grown(repo, _team, policy, folders)


def _team(repo: Repo, policy: str, folders: str) -> None:
    repo.commit({"guard.toml": policy, "package.json": "{}\n"}, "policy")
    files: dict[str, str | bytes] = {
        f"{folder}/{name}.py": f"{folder} {name}\n" * 20
        for folder in folders.split()
        for name in "abc"
    }
    repo.commit(files, "start")
    repo.contract("api", owns=["api/"]).contract("web", owns=["web/"])


def session(repo: Repo, name: str = "feature", **keys: object) -> Repo:
    """Start a session here: commit a contract, by default for `src/`, and switch to its branch."""
    keys = {"owns": ["src/"], **keys}
    return grown(repo, _session, name, toml(keys))


def _session(repo: Repo, name: str, contract: str) -> None:
    repo.commit({f".guard/contracts/{name}.toml": contract}, f"contract {name}")
    repo.branch(name)


def linked_session(repo: Repo, name: str = "feature", **keys: object) -> Repo:
    """Start a session in a linked worktree beside the repository, and give that worktree."""
    return repo.contract(name, **{"owns": ["src/"], **keys}).worktree(name)


def toml(keys: dict[str, object]) -> str:
    """Write a table as TOML; JSON strings and arrays are valid TOML."""
    simple = {
        key: value
        for key, value in keys.items()
        if not (isinstance(value, list) and value and isinstance(value[0], dict))
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in {"goal": "Test.", **simple}.items()]
    for key, value in keys.items():
        if key not in simple:
            assert isinstance(value, list)
            for table in value:
                lines += [
                    f"[[{key}]]",
                    *(
                        f"{name} = {item if name == 'until' else json.dumps(item)}"
                        for name, item in table.items()
                    ),
                ]
    return "\n".join(lines) + "\n"
