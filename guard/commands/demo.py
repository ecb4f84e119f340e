"""`guard demo`: a small web shop in a throw-away repository, three sessions that work on it, and what guard says of each."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import click

from guard.core.errors import UsageError
from guard.core.names import shell_quote
from guard.git import porcelain
from guard.git.porcelain import Person
from guard.reports.output import wants_colour


class Edit(NamedTuple):
    """One step of a session: lines put at the end of files, files moved, and the commit's message ("" leaves it uncommitted)."""

    message: str
    added: Mapping[str, str]  # path → line
    moved: Mapping[str, str] = {}  # old path → new path


class Session(NamedTuple):
    """One worktree of the demo: who works there, what the contract says, what is done, and what guard has to say about it."""

    name: str
    owner: str
    story: str
    contract: str
    edits: tuple[Edit, ...]
    expected: tuple[str, ...]  # findings as `CODE path`; none: the contract is kept


SHOP = {
    "README.md": "# Shop\n\n`web/` sells, `api/` answers, `payments/` moves money, `shipping/` moves parcels.\n",
    "package.json": '{\n  "name": "shop",\n  "private": true,\n  "dependencies": {"express": "^5.0.0"}\n}\n',
    "types/order.ts": "export type Order = { id: string; total: number };\n",
    "types/address.ts": "export type Address = { street: string; town: string };\n",
    "web/cart.ts": 'import type { Order } from "../types/order";\n\nexport const price = (order: Order) => order.total;\n',
    "web/checkout.ts": 'import { price } from "./cart";\n\nexport const pay = price;\n',
    "api/orders.ts": 'import type { Order } from "../types/order";\n\nexport const list = (): Order[] => [];\n',
    "payments/refund.ts": "export const refund = (cents: number) => -cents;\n",
    "shipping/rates.ts": 'import type { Address } from "../types/address";\n\nexport const rate = (to: Address) => to.town.length;\n',
    "guard.toml": """\
base = "main"

[shared.types]
why = "Web, api and shipping all compile against these."
paths = ["types/"]

[shared.package-metadata]
why = "Every build reads these; two edits always meet."
paths = ["package.json"]
""",
}
SESSIONS = (
    Session(
        "cart-discounts",
        "Ada",
        "changes the cart, which is hers",
        'goal = "Discounts in the cart."\nowner = "Ada"\nowns = ["web/"]\n',
        (
            Edit(
                "cart: ten percent off",
                {"web/cart.ts": "export const discounted = (order: Order) => price(order) * 0.9;"},
            ),
        ),
        (),
    ),
    Session(
        "order-export",
        "Grace",
        "edits Ada's checkout on the way, and moves a file out of a folder that is forbidden to her",
        'goal = "Orders as CSV."\nowner = "Grace"\nowns = ["api/"]\nforbids = ["payments/"]\n',
        (
            Edit(
                "api: export orders as CSV",
                {"api/export.ts": 'export const csv = (rows: string[][]) => rows.join(";");'},
            ),
            Edit(
                "checkout: link the export",
                {"web/checkout.ts": 'export { csv } from "../api/export";'},
            ),
            Edit("api: keep refunds next to orders", {}, {"payments/refund.ts": "api/refund.ts"}),
        ),
        ("OWN001 web/checkout.ts", "OWN002 payments/refund.ts"),
    ),
    Session(
        "shipping-address",
        "Edsger",
        "may edit the types, but they are shared and no session owns their merge; one edit is committed, one is not",
        'goal = "Ship abroad."\nowner = "Edsger"\nowns = ["shipping/", "types/"]\n',
        (
            Edit(
                "shipping: rates abroad",
                {"shipping/rates.ts": "export const abroad = (to: Address) => 2 * rate(to);"},
            ),
            Edit(
                "types: an order knows where it goes",
                {"types/order.ts": "export type Shipment = Order & { country: string };"},
            ),
            Edit("", {"types/address.ts": "export type Abroad = Address & { country: string };"}),
        ),
        ("SHR001 types/address.ts", "SHR001 types/order.ts"),
    ),
)


_EPILOG = """\b
Examples:
  guard demo                    look on; everything is removed at the end
  guard demo --keep             keep the repository and look around in it
  guard demo --into ~/shop      the same, in a directory of your choice

\b
Exit status: 0 guard said what it had to say, 1 it did not, 2 the repository could not be built.
"""


@click.command(epilog=_EPILOG)
@click.option("--keep", is_flag=True, help="Keep the repository and say how to look around.")
@click.option(
    "--into",
    metavar="DIR",
    type=click.Path(),
    help="Build it in DIR, which is empty or not there yet, and keep it.",
)
def command(*, keep: bool, into: str | None) -> int:
    """See guard at work in a throw-away repository.

    Builds a small web shop with an integration branch and three worktrees, lets a session work in each, runs `guard check` there, and
    compares what it says with what it had to say. No other repository is touched.
    """
    with _directory(into, keep=keep) as top:
        _build(top)
        seen = [_visit(top, session) for session in SESSIONS]
    good = _compare(seen)
    _part(top, kept=keep or into is not None, good=good)
    return 0 if good else 1


@contextlib.contextmanager
def _directory(into: str | None, *, keep: bool) -> Iterator[str]:
    """Give the directory to build in; at the end, however it comes, it is gone again unless it is to be kept."""
    if into is not None:
        _require_empty(into)
        yield os.path.realpath(into)
        return
    try:
        top = os.path.realpath(tempfile.mkdtemp(prefix="guard-demo-"))
    except OSError as error:
        raise UsageError(
            f"there is no room for a temporary directory: {error.strerror}",
            hint="guard demo --into DIR",
        ) from error
    try:
        yield top
    finally:
        if not keep:
            shutil.rmtree(top, ignore_errors=True)


def _require_empty(path: str) -> None:
    hint = "name a directory that is empty or does not exist yet, or let guard choose one: guard demo --keep"
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
    """Make the shop with its policy and its contracts on `main`, and a worktree for each session."""
    shop = os.path.join(top, "shop")
    contracts = {f".guard/contracts/{session.name}.toml": session.contract for session in SESSIONS}
    porcelain.create_repository(shop, "main")
    porcelain.commit_files(
        shop, SHOP | contracts, "shop: start, with a policy and three contracts", _person("Ada")
    )
    click.echo(
        "A web shop: one integration branch, main, and three sessions that work at the same time, each in a worktree"
    )
    click.echo(
        f"of its own. main holds {len(SHOP)} files, guard.toml among them, and a contract for each session.\n"
    )
    _type(f"cd {shell_quote(top)}", "git init -b main shop && cd shop")
    for session in SESSIONS:
        porcelain.create_worktree(
            shop, os.path.join(top, session.name), f"feat/{session.name}", "main"
        )
        _type(f"git worktree add -b feat/{session.name} ../{session.name} main")


def _visit(top: str, session: Session) -> str:
    """Let a session work, run guard there for the reader, and once more for the outcome, which is given back."""
    worktree = os.path.join(top, session.name)
    title = f"{SESSIONS.index(session) + 1}. {session.owner} {session.story}."
    click.echo("\n" + click.style(title, bold=True), color=_colour())
    _type(f"cd ../{session.name}")
    for edit in session.edits:
        _work(worktree, edit, session.owner)
        _type(*_commands(edit))
    _type("guard check")
    sys.stdout.flush()
    shown = _guard(worktree, "check")
    if shown.returncode not in (0, 1):
        return f"no verdict, exit status {shown.returncode}"
    return _outcome(_guard(worktree, "check", "--format", "json", capture=True))


def _work(worktree: str, edit: Edit, owner: str) -> None:
    files: dict[str, str | None] = {
        path: f"{_text(worktree, path)}{line}\n" for path, line in edit.added.items()
    }
    for old, new in edit.moved.items():
        files |= {new: _text(worktree, old), old: None}
    if not edit.message:
        porcelain.write_files(worktree, files)
        return
    porcelain.commit_files(worktree, files, edit.message, _person(owner))


def _text(worktree: str, path: str) -> str:
    try:
        with open(os.path.join(worktree, path), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:  # a file that the session adds
        return ""


def _commands(edit: Edit) -> Iterator[str]:
    """What one would type to do the same."""
    yield from (f"echo {shell_quote(line)} >> {path}" for path, line in edit.added.items())
    yield from (f"git mv {old} {new}" for old, new in edit.moved.items())
    if edit.message:
        yield f"git add -A && git commit -qm {shell_quote(edit.message)}"


def _guard(worktree: str, *words: str, capture: bool = False) -> subprocess.CompletedProcess[bytes]:
    """Run this guard in a worktree, in the caller's environment without what git may have put there about another repository."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    program = [sys.executable, "-I", "-m", "guard", *words]
    return subprocess.run(
        program,
        cwd=worktree,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=capture,
        check=False,
    )


def _outcome(ran: subprocess.CompletedProcess[bytes]) -> str:
    """Put a JSON report into one line, as `_expected` does."""
    try:
        report = json.loads(ran.stdout)
    except ValueError:
        return f"no report, exit status {ran.returncode}"
    return _line(
        report["verdict"],
        [f"{finding['code']} {finding['path']}" for finding in report["findings"]],
    )


def _expected(session: Session) -> str:
    return _line("broken" if session.expected else "kept", list(session.expected))


def _line(verdict: str, findings: list[str]) -> str:
    return f"{verdict}: {', '.join(sorted(findings))}" if findings else verdict


def _compare(seen: Sequence[str]) -> bool:
    """Print what was expected of each session beside what was seen; tell whether it is the same."""
    click.echo(
        "\n" + click.style("What guard had to say, and what it said:", bold=True), color=_colour()
    )
    width = max(len(session.name) for session in SESSIONS)
    expected = [_expected(session) for session in SESSIONS]
    for session, wanted, outcome in zip(SESSIONS, expected, seen, strict=True):
        told = (
            "as expected" if outcome == wanted else click.style(f"but it said: {outcome}", fg="red")
        )
        click.echo(f"  {session.name:{width}}  {wanted} · {told}", color=_colour())
    return expected == list(seen)


def _part(top: str, *, kept: bool, good: bool) -> None:
    blame = "its installation, its surroundings or guard itself is at fault"
    click.echo(
        "\nguard works here." if good else f"\nguard does not work here as it should: {blame}."
    )
    if not kept:
        click.echo("The repository is removed again. To keep it and look around: guard demo --keep")
        return
    guard = "guard" if shutil.which("guard") else f"{shell_quote(sys.executable)} -m guard"
    click.echo("The repository is kept. To look around:")
    _type(
        f"cd {shell_quote(os.path.join(top, 'order-export'))}",
        "git worktree list",
        f"{guard} check --all",
    )
    _type(
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


def _person(name: str) -> Person:
    return porcelain.Person(name, f"{name.lower()}@shop.example")
