"""`guard agent selftest`: the command lines in an agent's settings are run on samples, and their answers read as the agent reads them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from typing import NamedTuple

import click

from guard.agents.programs import AGENTS
from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import Reply
from guard.agents.setup.entries import WIRINGS
from guard.agents.setup.files import place_of, plugin, text_with, wanted_hooks
from guard.agents.setup.heard import heard
from guard.agents.setup.samples import Sample, sample
from guard.agents.setup.settings import Entry, entries_in, switched_off
from guard.agents.setup.wiring import command_line
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

_CONTRACT = 'goal = "Prove that the hooks work."\nowns = ["inside/"]\n'
_FILES = {
    "guard.toml": 'base = "main"\n',
    ".guard/contracts/selftest.toml": _CONTRACT,
    "inside/a.txt": "a\n",
    "outside/a.txt": "a\n",
}
_PATIENCE = 60  # seconds
_EPILOG = """\b
Examples:
  guard agent selftest claude
  guard agent selftest opencode

\b
Exit status: 0 every answer was right, 1 one was not or guard is not in the settings, 2 it could not be tried.
"""


class Try(NamedTuple):
    """One thing to try: what it is, the kind of event, where, on what, the answer that is right, and a word that it has to hold.

    `broken` sends half of the payload.
    """

    what: str
    kind: str
    folder: str
    subject: str
    verb: str
    says: str = ""
    broken: bool = False


_TRIES = (
    Try(
        "a session starts: it is told its contract",
        kinds.START,
        "selftest",
        "",
        "tell",
        "Prove that the hooks work.",
    ),
    Try(
        "a file that the contract owns is written",
        kinds.BEFORE_WRITE,
        "selftest",
        "inside/b.txt",
        "allow",
    ),
    Try(
        "a file outside of it is stopped, with the reason",
        kinds.BEFORE_WRITE,
        "selftest",
        "outside/b.txt",
        "deny",
        "OWN001",
    ),
    Try(
        "a file of the main worktree is stopped",
        kinds.BEFORE_WRITE,
        "selftest",
        "../main/inside/a.txt",
        "deny",
        "another worktree",
    ),
    Try(
        "a payload that breaks off is stopped",
        kinds.BEFORE_WRITE,
        "selftest",
        "inside/b.txt",
        "deny",
        "guard",
        broken=True,
    ),
    Try(
        "a repository without guard is left alone",
        kinds.BEFORE_WRITE,
        "other",
        "outside/b.txt",
        "allow",
    ),
    Try("a shell command runs", kinds.BEFORE_SHELL, "selftest", "git status", "allow"),
    Try(
        "one that goes around the hooks is stopped",
        kinds.BEFORE_SHELL,
        "selftest",
        "git commit --no-verify -m x",
        "deny",
        "--no-verify",
    ),
    Try(
        "what a shell command has written is told",
        kinds.AFTER_BATCH,
        "stray",
        "touch outside/c.txt",
        "tell",
        "outside/c.txt",
    ),
    Try("a session ends: the agent understands the answer", kinds.STOP, "selftest", "", ""),
    Try(
        "a worktree is made, with its branch",
        kinds.WORKTREE_CREATE,
        "selftest",
        "tried",
        "allow",
        "/tried",
    ),
    Try(
        "and removed",
        kinds.WORKTREE_REMOVE,
        "selftest",
        "main/.claude/worktrees/tried",
        "allow",
        "removed",
    ),
)


@click.command(
    "selftest",
    epilog=_EPILOG,
    short_help="Run what an agent's settings hold, and look at the answers.",
)
@click.argument("name", type=click.Choice(list(AGENTS)))
def selftest(name: str) -> int:
    """Prove that the agent NAME is stopped where it should be.

    The command lines that stand in its settings are run in a throw-away repository, on what the agent would send them, and the answers are
    read as the agent reads them. No other repository is touched.
    """
    found = list(_settings(name))
    entries = [entry for one in found for entry in one.entries]
    if not entries:
        click.echo(
            f"guard is not in the settings of {AGENTS[name]}\nnext: guard agent install {name}"
        )
        return 1
    click.echo(
        f"{AGENTS[name]}, {', '.join(show(one.file) for one in found)}; guard is {show(shutil.which('guard') or 'not on PATH')}"
    )
    off = [one for one in found if _tells_switch(one)]
    with _scene() as top:
        wrong = [
            one
            for one in _TRIES
            if _is_asked(name, one.kind, entries) and not _works(name, entries, one, top)
        ]
    if any(one.stale for one in found):
        click.echo(
            f"note: this version of guard would install other entries\nnext: guard agent install {name}"
        )
    return 1 if off or wrong else 0


class Settings(NamedTuple):
    """A file with entries of guard's: how it is called, what they are, what switches them off ("": nothing), and whether they are stale."""

    file: str
    entries: list[Entry]
    off: str
    stale: bool


def _settings(name: str) -> Iterator[Settings]:
    """The files that the agent reads for this worktree and that start guard."""
    wiring = WIRINGS[name]
    for personal in (False, True) if wiring.personal else (False,):
        place = place_of(name, personal=personal)
        text = read_text(place.top, place.file)
        if text is None:
            continue
        file = os.path.join(place.top, place.file) if place.elsewhere else place.file
        if wiring.whole:
            yield Settings(
                file,
                [Entry(kind, "", command_line(name)) for kind in _EVERY_KIND],
                "",
                text != plugin(),
            )
        elif entries := entries_in(text, name, place.file):
            yield Settings(
                file, entries, switched_off(text, place.file), _is_stale(name, text, place.file)
            )


_EVERY_KIND = tuple(
    dict.fromkeys(one.kind for one in _TRIES)
)  # the plugin has one command line for all


def _is_stale(name: str, text: str, file: str) -> bool:
    choices = [
        wanted_hooks(WIRINGS[name], optional=optional, worktree_hooks=worktrees)
        for optional in (False, True)
        for worktrees in (True, False)
    ]
    return all(text_with(name, text, hooks, file) != text for hooks in choices)


def _tells_switch(settings: Settings) -> bool:
    if settings.off:
        click.echo(f"FAIL            {show(settings.file)}: {settings.off} switches all hooks off")
    return settings.off != ""


@contextlib.contextmanager
def _scene() -> Iterator[str]:
    """Give a folder with a repository's main worktree, two of one contract, one of them with a stray file, and with another repository."""
    try:
        top = os.path.realpath(tempfile.mkdtemp(prefix="guard-selftest-"))
    except OSError as error:
        raise UsageError(
            f"there is no room for a temporary directory: {error.strerror}",
            hint="make room, or set TMPDIR",
        ) from error
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


def _is_asked(name: str, kind: str, entries: list[Entry]) -> bool:
    """Whether an agent has such an event; the making of worktrees is for whoever has installed it."""
    if kind in (kinds.WORKTREE_CREATE, kinds.WORKTREE_REMOVE):
        return any(entry.event in WIRINGS[name].worktree_hooks for entry in entries)
    return True


def _works(name: str, entries: list[Entry], one: Try, top: str) -> bool:
    """Try one thing with every command line that the agent would start for it; say how it went."""
    folder = os.path.join(top, one.folder)
    asked = sample(name, one.kind, folder, _subject(one, top))
    lines = list(
        dict.fromkeys(entry.line for entry in entries if _is_meant(name, entry, one.kind, asked))
    )
    if not lines:
        click.echo(
            f"FAIL            {one.what}: nothing in the settings is started for it ({asked.event} {asked.tool})"
        )
    wrong = [line for line in lines if not _is_right(name, line, one, asked.payload, folder)]
    return bool(lines) and not wrong


def _subject(one: Try, top: str) -> str:
    if one.kind == kinds.BEFORE_WRITE:
        return os.path.normpath(os.path.join(top, one.folder, one.subject))
    return os.path.join(top, one.subject) if one.kind == kinds.WORKTREE_REMOVE else one.subject


def _is_meant(name: str, entry: Entry, kind: str, asked: Sample) -> bool:
    """Whether the agent starts an entry for an event: `matcher` is a regular expression for the tool's name, of Copilot's for all of it."""
    if entry.event not in (asked.event, kind):
        return False
    if not asked.tool or entry.matcher in ("", "*"):
        return True
    try:
        return bool(
            re.search(f"^(?:{entry.matcher})$" if name == "copilot" else entry.matcher, asked.tool)
        )
    except re.error:
        return False


def _is_right(name: str, line: str, one: Try, payload: dict[str, object], folder: str) -> bool:
    text = json.dumps(payload).encode()
    started = time.monotonic()
    ran = _run(line, text[: len(text) - 9] if one.broken else text, folder)
    took = f"{1000 * (time.monotonic() - started):6.0f} ms"
    wrong = _complaint(one, heard(name, one.kind, ran.out, ran.err, ran.code))
    click.echo(f"{'FAIL' if wrong else 'ok  '} {took}  {one.what}")
    if wrong:
        said = [
            show(text)
            for text in (*ran.out.splitlines()[:3], *ran.err.splitlines()[:3])
            if text.strip()
        ]
        click.echo(
            "\n".join(
                f"      {text}"
                for text in (wrong, f"$ {show(line)}   # exit status {ran.code}", *said)
            )
        )
    return not wrong


def _complaint(one: Try, reply: Reply | None) -> str:
    """What is wrong with an answer, "" if nothing is."""
    if reply is None:
        return "the agent would take this for a hook that is broken, and go its way"
    if one.verb and reply.verb != one.verb:
        return f"the agent would understand: {reply.verb}; right is: {one.verb}"
    if one.says not in reply.text:
        return f"the answer does not speak of {one.says}"
    return (
        "there is no such folder"
        if one.kind == kinds.WORKTREE_CREATE and not os.path.isdir(reply.text)
        else ""
    )


class Ran(NamedTuple):
    """A finished process."""

    out: str
    err: str
    code: int


def _run(line: str, payload: bytes, folder: str) -> Ran:
    """Run a command line as agents do: by a shell, in the session's directory."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    argv = ["/bin/sh", "-c", line]
    try:
        done = subprocess.run(
            argv,
            input=payload,
            capture_output=True,
            cwd=folder,
            env=env,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Ran("", f"no answer within {_PATIENCE} seconds", -1)
    return Ran(
        done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"), done.returncode
    )
