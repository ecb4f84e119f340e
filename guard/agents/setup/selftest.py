"""The selftest: runs the command lines in an agent's settings on samples, judges the answers."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.agents.programs import Agent, load_agent
from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import Output, Reply
from guard.agents.setup.files import (
    HOME,
    PERSONAL,
    SHARED,
    find_file,
    plugin,
    text_with,
    wanted_hooks,
)
from guard.agents.setup.imitation import Call, sample, understood
from guard.agents.setup.settings import OwnEntry, entries_in, switched_off
from guard.core.errors import UsageError
from guard.core.files import read_text
from guard.core.names import show
from guard.git.porcelain import (
    Person,
    commit_files,
    create_repository,
    create_worktree,
    write_files,
)

_GOAL = "Prove that the hooks work."
_CONTRACT = f'goal = "{_GOAL}"\nowns = ["inside/"]\n'
_FILES = {
    "guard.toml": 'base = "main"\n',
    ".guard/contracts/selftest.toml": _CONTRACT,
    "inside/a.txt": "a\n",
    "outside/a.txt": "a\n",
}
_PATIENCE = 60  # seconds


class Settings(NamedTuple):
    """A file with entries of guard's: its path for people, and the entries.

    `off` is what switches them off ("": nothing); `stale`: guard would install others.
    """

    file: str
    entries: list[OwnEntry]
    off: str
    stale: bool


class Trial(NamedTuple):
    """The outcome of one trial; `milliseconds` is None if nothing ran, `details` say why."""

    what: str
    failed: bool
    milliseconds: float | None = None
    details: tuple[str, ...] = ()


class _Case(NamedTuple):
    """One thing to try, and the right answer: its verb ("": any) and a word in its text.

    `subject` is what is written or run, `folder` where the agent works. A `broken` payload breaks
    off.
    """

    what: str
    kind: str
    subject: str
    verb: str
    says: str = ""
    folder: str = "selftest"
    broken: bool = False


_CASES = (
    _Case("a session starts: it is told its contract", kinds.START, "", "tell", _GOAL),
    _Case("a file that the contract owns is written", kinds.BEFORE_WRITE, "inside/b.txt", "allow"),
    _Case(
        "a file outside of it is stopped, with the reason",
        kinds.BEFORE_WRITE,
        "outside/b.txt",
        "deny",
        "OWN001",
    ),
    _Case(
        "a file of the main worktree is stopped",
        kinds.BEFORE_WRITE,
        "../main/inside/a.txt",
        "deny",
        "another worktree",
    ),
    _Case(
        "a payload that is cut off is stopped",
        kinds.BEFORE_WRITE,
        "inside/b.txt",
        "deny",
        "guard",
        broken=True,
    ),
    _Case(
        "a repository without guard is left alone",
        kinds.BEFORE_WRITE,
        "outside/b.txt",
        "allow",
        folder="other",
    ),
    _Case("a shell command runs", kinds.BEFORE_SHELL, "git status", "allow"),
    _Case(
        "one that bypasses the hooks is stopped",
        kinds.BEFORE_SHELL,
        "git commit --no-verify -m x",
        "deny",
        "--no-verify",
    ),
    _Case(
        "what a shell command has written is reported",
        kinds.AFTER_BATCH,
        "touch outside/c.txt",
        "tell",
        "outside/c.txt",
        folder="stray",
    ),
    _Case("a session ends: the agent understands the answer", kinds.STOP, "", ""),
    _Case("a worktree is made, with its branch", kinds.WORKTREE_CREATE, "tried", "allow", "/tried"),
    _Case(
        "and removed",
        kinds.WORKTREE_REMOVE,
        "main/.claude/worktrees/tried",
        "allow",
        "removed",
    ),
)


def settings_in_use(name: str) -> list[Settings]:
    """Give the files that the agent reads for this worktree and that start guard."""
    agent = load_agent(name)
    found = []
    for whose in (SHARED, PERSONAL, HOME) if agent.personal else (SHARED, HOME):
        place = find_file(name, whose)
        text = read_text(place.top, place.file)
        if text is None:
            continue
        if agent.is_program:  # one command line for all kinds of events
            kinds_tried = dict.fromkeys(case.kind for case in _CASES)
            entries = [OwnEntry(kind, "", f"guard agent {name}") for kind in kinds_tried]
            found.append(Settings(place.path, entries, "", text != plugin()))
        elif entries := entries_in(text, name, place.file):
            off = switched_off(text, place.file)
            stale = _is_stale(name, agent, text, place.file)
            found.append(Settings(place.path, entries, off, stale))
    return found


def trials(name: str, settings: Sequence[Settings]) -> Iterator[Trial]:
    """Run what the settings of an agent start, in a repository for this alone; yield each outcome.

    Raises UsageError if there is no room for the repository.
    """
    for one in settings:
        if one.off:
            yield Trial(f"{show(one.file)}: {one.off} switches all hooks off", failed=True)
    agent = load_agent(name)
    entries = [entry for one in settings for entry in one.entries]
    makes_worktrees = any(entry.event in agent.worktree_hooks for entry in entries)
    with _repositories() as top:
        for case in _CASES:
            if makes_worktrees or case.kind not in kinds.WORKTREES:
                yield from _tried(name, agent, entries, case, top)


def _is_stale(name: str, agent: Agent, text: str, file: str) -> bool:
    choices = [
        wanted_hooks(agent, optional=optional, worktree_hooks=worktrees)
        for optional in (False, True)
        for worktrees in (True, False)
    ]
    return all(text_with(name, text, hooks, file) != text for hooks in choices)


@contextlib.contextmanager
def _repositories() -> Iterator[str]:
    """A main worktree, two under one contract, of which one has a stray file, and a repository."""
    try:
        top = os.path.realpath(tempfile.mkdtemp(prefix="guard-selftest-"))
    except OSError as error:
        message = f"cannot make a temporary directory: {error.strerror}"
        raise UsageError(message, hint="make room, or set TMPDIR") from error
    try:
        main, other, stray = (os.path.join(top, name) for name in ("main", "other", "stray"))
        author = Person("guard", "guard@example.invalid")
        create_repository(main, "main")
        commit_files(main, _FILES, "start", author)
        create_worktree(main, os.path.join(top, "selftest"), "selftest")
        create_worktree(main, stray, "stray/selftest")
        write_files(stray, {"outside/c.txt": "c\n"})
        create_repository(other, "main")
        commit_files(other, {"a.txt": "a\n"}, "start", author)
        yield top
    finally:
        shutil.rmtree(top, ignore_errors=True)


def _tried(
    name: str, agent: Agent, entries: list[OwnEntry], case: _Case, top: str
) -> Iterator[Trial]:
    folder = os.path.join(top, case.folder)
    subject = case.subject
    if case.kind == kinds.BEFORE_WRITE:
        subject = os.path.normpath(os.path.join(folder, subject))
    if case.kind == kinds.WORKTREE_REMOVE:
        subject = os.path.join(top, subject)
    call = sample(name, case.kind, folder, subject)
    started = [entry.line for entry in entries if _is_started(agent, entry, case.kind, call)]
    for line in dict.fromkeys(started):
        yield _run(name, line, case, call, folder)
    if not started:
        missing = f"no hook in the settings runs for it ({call.event} {call.tool})"
        yield Trial(f"{case.what}: {missing}", failed=True)


def _is_started(agent: Agent, entry: OwnEntry, kind: str, call: Call) -> bool:
    if entry.event not in (call.event, kind):
        return False
    if not call.tool or entry.matcher in ("", "*"):
        return True
    pattern = f"^(?:{entry.matcher})$" if agent.matches_whole else entry.matcher
    try:
        return re.search(pattern, call.tool) is not None
    except re.error:
        return False


def _run(name: str, line: str, case: _Case, call: Call, folder: str) -> Trial:
    whole = json.dumps(call.payload).encode()
    payload = whole[:-9] if case.broken else whole
    started = time.monotonic()
    ran = _started(line, payload, folder)
    milliseconds = 1000 * (time.monotonic() - started)
    wrong = _complaint(case, understood(name, case.kind, *ran))
    details: tuple[str, ...] = ()
    if wrong:
        said = [*ran.out.splitlines()[:3], *ran.err.splitlines()[:3]]
        shown = [show(text) for text in said if text.strip()]
        details = (wrong, f"$ {show(line)}   # exit status {ran.code}", *shown)
    return Trial(case.what, wrong != "", milliseconds, details)


def _complaint(case: _Case, reply: Reply | None) -> str:
    if reply is None:
        return "the agent would take this for a broken hook, and go on"
    if case.verb and reply.verb != case.verb:
        return f"the agent would understand {reply.verb}; expected: {case.verb}"
    if case.says not in reply.text:
        return f"the answer does not mention {case.says}"
    if case.kind == kinds.WORKTREE_CREATE and not os.path.isdir(reply.text):
        return "there is no such folder"
    return ""


def _started(line: str, payload: bytes, folder: str) -> Output:
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            input=payload,
            capture_output=True,
            cwd=folder,
            env=env,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Output("", f"no answer within {_PATIENCE} seconds", -1)
    out, err = (stream.decode(errors="replace") for stream in (done.stdout, done.stderr))
    return Output(out, err, done.returncode)
