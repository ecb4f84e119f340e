"""`guard demo`: three sessions in a throw-away repository, from `init` to `finish`."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import click

from guard.core.data import read_table
from guard.core.errors import UsageError
from guard.core.names import shell_quote
from guard.git import porcelain
from guard.git.isolate import NO_CONFIGURATION
from guard.git.porcelain import Person
from guard.reports.output import wants_colour


class Scene(NamedTuple):
    """What somebody types, in the main checkout or in the worktree of the session `at`."""

    told: str
    who: str
    typed: Sequence[str]
    at: str = ""


_DEMO = read_table(__file__, "demo.toml")
_SHOP: dict[str, str] = _DEMO["shop"]
SCENES = [Scene(**table) for table in _DEMO["scenes"]]
STATUS = next(n for n, scene in enumerate(SCENES, 1) if "guard status" in scene.typed)
_EXPECTED: dict[str, str] = _DEMO["expected"]
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

    Builds a small web shop and does in it what three sessions do: `guard init`, three times
    `guard start`, work, `guard status`, `guard integrate`, `guard finish`. What guard says is
    compared with what it must say. No other repository is touched.
    """
    with _directory(into, keep=keep) as top:
        build(top)
        play(top, SCENES[:STATUS])
        between = _status(top)
        play(top, SCENES[STATUS:], STATUS + 1)
        seen = list(_seen(top, between))
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


def build(top: str) -> None:
    """Make the shop, below an empty folder."""
    shop = os.path.join(top, "shop")
    porcelain.create_repository(shop, "main")
    porcelain.commit_files(shop, _SHOP, "shop: start", Person("Ada", _mail("Ada")))
    click.echo(
        "A web shop with one integration branch, main, and three sessions that work at the same "
        "time."
    )
    _type(f"cd {shell_quote(shop)}")


def play(top: str, scenes: Sequence[Scene], first: int = 1) -> None:
    """Type the lines of scenes below `top` and show what they say; `first` is their number."""
    for number, scene in enumerate(scenes, first):
        click.echo("\n" + click.style(f"{number}. {scene.told}", bold=True), color=_colour())
        if scene.at:
            _type(f"cd {shell_quote(_place(top, scene.at))}")
        elif number > 1:
            _type(f"cd {shell_quote(_place(top))}")
        for line in scene.typed:
            _type(line)
            _run(_place(top, scene.at), line, scene.who)


def _place(top: str, session: str = "") -> str:
    shop = os.path.join(top, "shop")
    return os.path.join(shop, ".claude/worktrees", session) if session else shop


def _run(folder: str, line: str, who: str) -> None:
    """Let a shell run a line with this guard; what is interrupted comes to its end."""
    sys.stdout.flush()
    script = f'guard() {{ {shell_quote(sys.executable)} -I -m guard "$@"; }}\n{line}'
    try:
        process = subprocess.Popen(
            ["/bin/sh", "-c", script], cwd=folder, env=_sealed(who), stdin=subprocess.DEVNULL
        )
    except OSError:
        return  # the folder was not made: guard has said why
    try:
        process.wait()
    except KeyboardInterrupt:
        process.wait()
        raise


def _sealed(who: str) -> dict[str, str]:
    """The variables by which git and guard know one person and no other repository."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    for role in ("AUTHOR", "COMMITTER"):
        mine |= {f"GIT_{role}_NAME": who, f"GIT_{role}_EMAIL": _mail(who)}
    return mine | NO_CONFIGURATION


def _mail(who: str) -> str:
    return f"{who.lower()}@shop.example"


def _status(top: str) -> dict[str, Any]:
    """What guard says of all sessions; nothing if it says nothing."""
    ran = subprocess.run(
        [sys.executable, "-I", "-m", "guard", "status", "--format", "json"],
        cwd=_place(top),
        env=_sealed("Ada"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=False,
    )
    with contextlib.suppress(ValueError):
        return {one["name"]: one for one in json.loads(ran.stdout)["sessions"]}
    return {}


def _seen(top: str, between: Mapping[str, Any]) -> Iterator[str]:
    """What `[expected]` speaks of, in its order."""
    names = list(_EXPECTED)[:-2]
    for name in names:
        yield _verdict(between[name]) if name in between else "nothing"
    met = set()
    for name, session in between.items():
        for one in session["conflicts"]:
            pair, paths = sorted((name, one["with"])), [path["path"] for path in one["paths"]]
            met.add(f"conflict: {', '.join(pair)} in {', '.join(paths)}")
    yield "; ".join(sorted(met)) or "nothing"
    contracts = os.path.join(_place(top), ".guard/contracts")
    ended = [
        name
        for name in names
        if name in between
        and not os.path.exists(_place(top, name))
        and not os.path.exists(os.path.join(contracts, f"{name}.toml"))
    ]
    yield ", ".join(ended) or "nothing"


def _verdict(session: Mapping[str, Any]) -> str:
    if session["findings"] is None:
        return f"{session['state']}: {session['why']}"
    errors = [one for one in session["findings"] if one["severity"] == "error"]
    broken = sorted(f"{one['code']} {one['path']}" for one in errors if one["path"])
    return f"broken: {', '.join(broken)}" if broken else "kept"


def _compare(seen: Sequence[str]) -> bool:
    click.echo(
        "\n" + click.style("What guard must say, and what it said:", bold=True), color=_colour()
    )
    width = max(map(len, _EXPECTED))
    good = True
    for (name, expected), outcome in zip(_EXPECTED.items(), seen, strict=True):
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
        f"cd {shell_quote(_place(top, 'shipping-address'))}",
        "git log --oneline --graph main",
        f"{guard} check --all",
        f"{guard} explain payments/refund.ts",
        f"{guard} explain SHR001",
        "git show main:guard.toml",
        f"rm -r {shell_quote(top)}",
    )


def _type(*commands: str) -> None:
    for line in commands:
        click.echo(click.style(f"  $ {line}", fg="cyan"), color=_colour())


def _colour() -> bool:
    return wants_colour(os.environ, terminal=sys.stdout.isatty())
