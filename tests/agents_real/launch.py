"""Installs agents, and runs one against a scripted model: no network, no variable of the caller's.

The whole run is inside a network namespace that has only loopback (`sealed`). An agent gets a home
of its own, and a PATH that begins with a folder of the scenario's.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from tests.agents_real.models import Model, Request, Script
from tests.agents_real.programs import PROGRAMS

CACHE = Path.home() / ".cache/guard-agents"
_SYSTEM = "/usr/local/bin:/usr/bin:/bin"
_INSIDE = "GUARD_AGENTS_SEALED"
_GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_NAME": "Ada" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "ada@example.com" for who in ("AUTHOR", "COMMITTER")},
}


class Ran(NamedTuple):
    """What became of an agent, what it printed and what it asked the model.

    `code` is its exit status; None if it was stopped for taking too long.
    """

    code: int | None
    out: str
    requests: list[Request]
    seconds: float

    @property
    def first(self) -> str:
        """The first request that offers tools; "" if there was none."""
        return next((one.text for one in self.requests if one.thread), "")

    def asked(self, text: str, thread: str = "main") -> int:
        """How many times the text is in the last request of a thread; 0 if it never asked."""
        last = [one.text for one in self.requests if one.thread == thread][-1:]
        return sum(one.count(text) for one in last)


def missing() -> str:
    """Tell what stands in the way of running agents here; "" if nothing does."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "it needs root on Linux, to take the network away from the agents"
    for name in ("npm", "node", "git", "unshare", "ip"):
        if not shutil.which(name):
            return f"there is no {name} on PATH"
    tried = subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False)
    return "the system refuses a network namespace (unshare -n)" if tried.returncode else ""


def install(name: str, version: str, cache: Path) -> str:
    """Install an agent from npm, unless it is there; give what went wrong, or ""."""
    prefix = cache / f"{name}-{version}"
    if version != "latest" and _binary(name, version, cache):
        return ""
    prefix.mkdir(parents=True, exist_ok=True)
    what = f"{PROGRAMS[name].package}@{version}"
    words = ["npm", "install", "--ignore-scripts", "--no-fund", "--no-audit", "--prefix"]
    done = subprocess.run(
        [*words, str(prefix), what], capture_output=True, text=True, check=False, cwd=prefix
    )
    if done.returncode or not _binary(name, version, cache):
        said = (done.stderr.strip() or "it has no program for this machine").splitlines()
        return f"npm could not install {what}: {said[-1]}"
    return ""


def installed_version(name: str, version: str, cache: Path) -> str:
    """Give the version that stands in the cache, also for `latest`."""
    package = cache / f"{name}-{version}/node_modules" / PROGRAMS[name].package / "package.json"
    return str(json.loads(package.read_text())["version"])


def is_sealed() -> bool:
    """Tell whether this process has no network but loopback already."""
    return os.environ.get(_INSIDE) == "1"


def seal(words: list[str]) -> None:
    """Start this program again with `words`, without a network and with few variables."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    line = 'ip link set lo up && exec "$@"'
    program = ["unshare", "-n", "sh", "-c", line, "sh", sys.executable, "-m", "tests.agents_real"]
    os.execvpe(program[0], [*program, *words], {**kept, **_GIT, "LC_ALL": "C.UTF-8", _INSIDE: "1"})


def run(
    name: str,
    program: Path,
    folder: Path,
    script: Script,
    *,
    home: Path,
    tools: Path,
    limit: float,
    prompt: str = "Do the work.",
) -> Ran:
    """Run an agent in a folder until it ends; `tools` is the folder that PATH begins with."""
    model = Model(script)
    started = PROGRAMS[name].start(str(program), model.url, prompt)
    for file, text in started.files.items():
        _add(home / file, text)
    env = {"PATH": f"{tools}:{_SYSTEM}", "HOME": str(home), "LC_ALL": "C.UTF-8", "TERM": "dumb"}
    env |= {"NO_COLOR": "1", **_GIT, **started.env}
    began = time.monotonic()
    with contextlib.closing(model), (home / "printed").open("w+b") as printed:
        child = subprocess.Popen(
            started.words,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        code = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = child.wait(limit)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        printed.seek(0)
        out = printed.read().decode(errors="replace")
    return Ran(code, out, model.requests, time.monotonic() - began)


def _add(file: Path, text: str) -> None:
    """Write a file of the agent's home; what guard has put into settings there stays."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists():
        text = json.dumps({**json.loads(file.read_text()), **json.loads(text)})
    file.write_text(text)


def program_of(name: str, version: str, cache: Path) -> Path:
    """Give the program of an installed agent."""
    found = _binary(name, version, cache)
    assert found, f"{name} is not installed"
    return found


def _binary(name: str, version: str, cache: Path) -> Path | None:
    folder = cache / f"{name}-{version}/node_modules"
    return next(iter(sorted(folder.glob(PROGRAMS[name].binary))), None)
