"""`guard demo`: three sessions in a throw-away repository; what guard says of each, and of all."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from guard.core.data import read_table
from guard.core.errors import UsageError
from guard.core.names import shell_quote
from guard.git import porcelain
from guard.git.porcelain import Person
from guard.reports.output import wants_colour


class _Work(NamedTuple):
    """One piece of work, committed under `message`; without one it stays uncommitted."""

    message: str = ""
    added: Mapping[str, str] = {}  # path → a line for its end
    moved: Mapping[str, str] = {}  # old path → new path


class _Session(NamedTuple):
    """A session of the demo: its contract, its work, and the findings that guard must report."""

    name: str
    owner: str
    story: str
    contract: str
    expected: Sequence[str]  # as `CODE path`; none: the contract is kept
    work: Sequence[_Work]


class _Meeting(NamedTuple):
    """The session whose next work collides with another's, and what guard must say of all."""

    name: str
    owner: str
    story: str
    expected: str
    work: _Work


_DEMO = read_table(__file__, "demo.toml")
_SHOP: dict[str, str] = _DEMO["shop"]
_SESSIONS = [
    _Session(**table | {"work": [_Work(**work) for work in table["work"]]})
    for table in _DEMO["sessions"]
]
_MEETING = _Meeting(**_DEMO["meeting"] | {"work": _Work(**_DEMO["meeting"]["work"])})
_TOGETHER = "together"
_EPILOG = """\b
Examples:
  guard demo                    watch; everything is removed at the end
  guard demo --keep             keep the repository and look around in it
  guard demo --into ~/shop      the same, in a directory of your choice

\b
Exit status: 0 guard said what it must, 1 it did not, 2 the repository could not be built.
"""


@click.command(epilog=_EPILOG)
@click.option("--keep", is_flag=True, help="Keep the repository and say how to look around.")
@click.option(
    "--into",
    metavar="DIR",
    type=click.Path(),
    help="Build it in DIR, which is empty or does not exist yet, and keep it.",
)
def command(*, keep: bool, into: str | None) -> int:
    """See guard at work in a throw-away repository.

    Builds a small web shop with an integration branch and three worktrees, lets a session work in
    each, runs `guard check` there, then `guard conflicts --order` for all of them, and compares the
    verdicts with the expected ones. No other repository is touched.
    """
    with _directory(into, keep=keep) as top:
        _build(top)
        seen = [_visit(top, number, session) for number, session in enumerate(_SESSIONS, 1)]
        seen.append(_meet(top))
    good = _compare(seen)
    _part(top, kept=keep or into is not None, good=good)
    return 0 if good else 1


@contextlib.contextmanager
def _directory(into: str | None, *, keep: bool) -> Iterator[str]:
    """Remove it at the end, however that comes, unless it is kept."""
    if into is not None:
        _require_empty(into)
        yield os.path.realpath(into)
        return
    try:
        top = os.path.realpath(tempfile.mkdtemp(prefix="guard-demo-"))
    except OSError as error:
        raise UsageError(
            f"cannot make a temporary directory: {error.strerror}",
            hint="guard demo --into DIR",
        ) from error
    try:
        yield top
    finally:
        if not keep:
            shutil.rmtree(top, ignore_errors=True)


def _require_empty(path: str) -> None:
    hint = (
        "name a directory that is empty or does not exist yet, "
        "or let guard choose one: guard demo --keep"
    )
    if not path:
        raise UsageError("--into has an empty value", hint=hint)
    try:
        entries = os.listdir(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"{path} cannot be used: {error.strerror}", hint=hint) from error
    if entries:
        raise UsageError(f"{path} is not empty, and nothing is ever overwritten", hint=hint)


def _build(top: str) -> None:
    shop = os.path.join(top, "shop")
    contracts = {f".guard/contracts/{session.name}.toml": session.contract for session in _SESSIONS}
    porcelain.create_repository(shop, "main")
    message = "shop: start, with a policy and three contracts"
    porcelain.commit_files(shop, _SHOP | contracts, message, _person("Ada"))
    click.echo(
        "A web shop: one integration branch, main, and three sessions that work at the same time,\n"
        f"each in its own worktree. main holds {len(_SHOP)} files, guard.toml among them, "
        "and a contract\nfor each session.\n"
    )
    _type(f"cd {shell_quote(top)}", "git init -b main shop && cd shop")
    for session in _SESSIONS:
        branch = f"feat/{session.name}"
        porcelain.create_worktree(shop, os.path.join(top, session.name), branch, "main")
        _type(f"git worktree add -b {branch} ../{session.name} main")


def _visit(top: str, number: int, session: _Session) -> str:
    worktree = os.path.join(top, session.name)
    _title(f"{number}. {session.owner} {session.story}.")
    _type(f"cd ../{session.name}")
    for work in session.work:
        _do(worktree, work, session.owner)
        _type(*_commands(work))
    _type("guard check")
    sys.stdout.flush()
    shown = _guard(worktree, "check")
    if shown.returncode not in (0, 1):
        return f"no verdict, exit status {shown.returncode}"
    ran = _guard(worktree, "check", "--format", "json", capture=True)
    try:
        report = json.loads(ran.stdout)
    except ValueError:
        return f"no report, exit status {ran.returncode}"
    findings = [f"{finding['code']} {finding['path']}" for finding in report["findings"]]
    return _outcome(report["verdict"], findings)


def _meet(top: str) -> str:
    worktree = os.path.join(top, _MEETING.name)
    _title(f"{len(_SESSIONS) + 1}. {_MEETING.owner} {_MEETING.story}")
    _type(f"cd ../{_MEETING.name}")
    _do(worktree, _MEETING.work, _MEETING.owner)
    _type(*_commands(_MEETING.work), "guard conflicts --order")
    sys.stdout.flush()
    shown = _guard(worktree, "conflicts", "--order")
    if shown.returncode not in (0, 1):
        return f"no verdict, exit status {shown.returncode}"
    ran = _guard(worktree, "conflicts", "--order", "--format", "json", capture=True)
    try:
        report = json.loads(ran.stdout)
    except ValueError:
        return f"no report, exit status {ran.returncode}"
    met = [
        f"{pair['a']}, {pair['b']} in {', '.join(place['path'] for place in pair['paths'])}"
        for pair in report["pairs"]
        if pair["verdict"] == "conflict"
    ]
    return f"{report['verdict']}: {'; '.join(met)} · first: {report['order']['names'][0]}"


def _do(worktree: str, work: _Work, owner: str) -> None:
    files: dict[str, str | None] = {
        path: f"{_text(worktree, path)}{line}\n" for path, line in work.added.items()
    }
    for old, new in work.moved.items():
        files |= {new: _text(worktree, old), old: None}
    if work.message:
        porcelain.commit_files(worktree, files, work.message, _person(owner))
    else:
        porcelain.write_files(worktree, files)


def _text(worktree: str, path: str) -> str:
    file = Path(worktree, path)
    return file.read_text("utf-8") if file.exists() else ""


def _commands(work: _Work) -> Iterator[str]:
    yield from (f"echo {shell_quote(line)} >> {path}" for path, line in work.added.items())
    yield from (f"git mv {old} {new}" for old, new in work.moved.items())
    if work.message:
        yield f"git add -A && git commit -qm {shell_quote(work.message)}"


def _guard(worktree: str, *words: str, capture: bool = False) -> subprocess.CompletedProcess[bytes]:
    """Run this guard without git's variables about another repository."""
    return subprocess.run(
        [sys.executable, "-I", "-m", "guard", *words],
        cwd=worktree,
        env={name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        stdin=subprocess.DEVNULL,
        capture_output=capture,
        check=False,
    )


def _outcome(verdict: str, findings: Sequence[str]) -> str:
    return f"{verdict}: {', '.join(sorted(findings))}" if findings else verdict


def _compare(seen: Sequence[str]) -> bool:
    _title("What guard must say, and what it said:")
    wanted = {
        session.name: _outcome("broken" if session.expected else "kept", session.expected)
        for session in _SESSIONS
    }
    wanted[_TOGETHER] = _MEETING.expected
    width = max(map(len, wanted))
    good = True
    for (name, expected), outcome in zip(wanted.items(), seen, strict=True):
        verdict = "as expected"
        if outcome != expected:
            good = False
            verdict = click.style(f"but it said: {outcome}", fg="red")
        click.echo(f"  {name:{width}}  {expected} · {verdict}", color=_colour())
    return good


def _part(top: str, *, kept: bool, good: bool) -> None:
    click.echo(
        "\nguard works here."
        if good
        else "\nguard does not work here as it should: "
        "its installation, its environment or guard itself is at fault."
    )
    if not kept:
        click.echo("The repository is removed. To keep it and look around: guard demo --keep")
        return
    guard = "guard" if shutil.which("guard") else f"{shell_quote(sys.executable)} -m guard"
    click.echo("The repository is kept. To look around:")
    _type(
        f"cd {shell_quote(os.path.join(top, 'order-export'))}",
        "git worktree list",
        f"{guard} check --all",
        f"{guard} explain payments/refund.ts",
        f"{guard} explain SHR001",
        "git show main:guard.toml",
        f"rm -r {shell_quote(top)}",
    )


def _title(text: str) -> None:
    click.echo("\n" + click.style(text, bold=True), color=_colour())


def _type(*commands: str) -> None:
    for line in commands:
        click.echo(click.style(f"  $ {line}", fg="cyan"), color=_colour())


def _colour() -> bool:
    return wants_colour(os.environ, terminal=sys.stdout.isatty())


def _person(name: str) -> Person:
    return Person(name, f"{name.lower()}@shop.example")
