"""`guard demo`: three sessions in a throw-away repository, and what guard says of each."""

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


class _Work(NamedTuple):
    """One piece of work, committed under `message`; without one it stays uncommitted."""

    message: str
    added: Mapping[str, str]  # path → a line for its end
    moved: Mapping[str, str] = {}  # old path → new path


class _Session(NamedTuple):
    """A session of the demo: its contract, its work, and the findings that guard must report."""

    name: str
    owner: str
    story: str
    contract: str
    work: tuple[_Work, ...]
    expected: tuple[str, ...]  # as `CODE path`; none: the contract is kept


SHOP = {
    "README.md": """\
# Shop

`web/` sells, `api/` answers, `payments/` moves money, `shipping/` moves parcels.
""",
    "package.json": """\
{
  "name": "shop",
  "private": true,
  "dependencies": {"express": "^5.0.0"}
}
""",
    "types/order.ts": "export type Order = { id: string; total: number };\n",
    "types/address.ts": "export type Address = { street: string; town: string };\n",
    "web/cart.ts": """\
import type { Order } from "../types/order";

export const price = (order: Order) => order.total;
""",
    "web/checkout.ts": """\
import { price } from "./cart";

export const pay = price;
""",
    "api/orders.ts": """\
import type { Order } from "../types/order";

export const list = (): Order[] => [];
""",
    "payments/refund.ts": "export const refund = (cents: number) => -cents;\n",
    "shipping/rates.ts": """\
import type { Address } from "../types/address";

export const rate = (to: Address) => to.town.length;
""",
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
    _Session(
        "cart-discounts",
        "Ada",
        "changes the cart, which her contract owns",
        'goal = "Discounts in the cart."\nowner = "Ada"\nowns = ["web/"]\n',
        (
            _Work(
                "cart: ten percent off",
                {"web/cart.ts": "export const discounted = (order: Order) => price(order) * 0.9;"},
            ),
        ),
        (),
    ),
    _Session(
        "order-export",
        "Grace",
        "also edits Ada's checkout, and moves a file out of a folder that is forbidden to her",
        'goal = "Orders as CSV."\nowner = "Grace"\nowns = ["api/"]\nforbids = ["payments/"]\n',
        (
            _Work(
                "api: export orders as CSV",
                {"api/export.ts": 'export const csv = (rows: string[][]) => rows.join(";");'},
            ),
            _Work(
                "checkout: link the export",
                {"web/checkout.ts": 'export { csv } from "../api/export";'},
            ),
            _Work("api: keep refunds next to orders", {}, {"payments/refund.ts": "api/refund.ts"}),
        ),
        ("OWN001 web/checkout.ts", "OWN002 payments/refund.ts"),
    ),
    _Session(
        "shipping-address",
        "Edsger",
        "owns the types, but they are shared and no session owns their merge; "
        "one edit is committed, one is not",
        'goal = "Ship abroad."\nowner = "Edsger"\nowns = ["shipping/", "types/"]\n',
        (
            _Work(
                "shipping: rates abroad",
                {"shipping/rates.ts": "export const abroad = (to: Address) => 2 * rate(to);"},
            ),
            _Work(
                "types: an order knows where it goes",
                {"types/order.ts": "export type Shipment = Order & { country: string };"},
            ),
            _Work("", {"types/address.ts": "export type Abroad = Address & { country: string };"}),
        ),
        ("SHR001 types/address.ts", "SHR001 types/order.ts"),
    ),
)


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
    each, runs `guard check` there, and compares the verdicts with the expected ones. No other
    repository is touched.
    """
    with _directory(into, keep=keep) as top:
        _build(top)
        seen = [_visit(top, number, session) for number, session in enumerate(SESSIONS, 1)]
    good = _compare(seen)
    _part(top, kept=keep or into is not None, good=good)
    return 0 if good else 1


@contextlib.contextmanager
def _directory(into: str | None, *, keep: bool) -> Iterator[str]:
    """Give the directory to build in; remove it at the end, however that comes, unless kept."""
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
    """Make the shop with its policy and contracts on `main`, and a worktree for each session."""
    shop = os.path.join(top, "shop")
    contracts = {f".guard/contracts/{session.name}.toml": session.contract for session in SESSIONS}
    porcelain.create_repository(shop, "main")
    message = "shop: start, with a policy and three contracts"
    porcelain.commit_files(shop, SHOP | contracts, message, _person("Ada"))
    click.echo(
        "A web shop: one integration branch, main, and three sessions that work at the same time,\n"
        f"each in its own worktree. main holds {len(SHOP)} files, guard.toml among them, "
        "and a contract\nfor each session.\n"
    )
    _type(f"cd {shell_quote(top)}", "git init -b main shop && cd shop")
    for session in SESSIONS:
        branch = f"feat/{session.name}"
        porcelain.create_worktree(shop, os.path.join(top, session.name), branch, "main")
        _type(f"git worktree add -b {branch} ../{session.name} main")


def _visit(top: str, number: int, session: _Session) -> str:
    """Do a session's work and show what guard says; give the outcome, as `_expected` does."""
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
    try:
        with open(os.path.join(worktree, path), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:  # a file that the session adds
        return ""


def _commands(work: _Work) -> Iterator[str]:
    """The commands that do the same."""
    yield from (f"echo {shell_quote(line)} >> {path}" for path, line in work.added.items())
    yield from (f"git mv {old} {new}" for old, new in work.moved.items())
    if work.message:
        yield f"git add -A && git commit -qm {shell_quote(work.message)}"


def _guard(worktree: str, *words: str, capture: bool = False) -> subprocess.CompletedProcess[bytes]:
    """Run this guard in a worktree, without git's variables about another repository."""
    return subprocess.run(
        [sys.executable, "-I", "-m", "guard", *words],
        cwd=worktree,
        env={name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        stdin=subprocess.DEVNULL,
        capture_output=capture,
        check=False,
    )


def _expected(session: _Session) -> str:
    return _outcome("broken" if session.expected else "kept", session.expected)


def _outcome(verdict: str, findings: Sequence[str]) -> str:
    return f"{verdict}: {', '.join(sorted(findings))}" if findings else verdict


def _compare(seen: Sequence[str]) -> bool:
    """Print the expected and the seen outcome of each session; tell whether all are the same."""
    _title("What guard must say, and what it said:")
    width = max(len(session.name) for session in SESSIONS)
    good = True
    for session, outcome in zip(SESSIONS, seen, strict=True):
        expected = _expected(session)
        verdict = "as expected"
        if outcome != expected:
            good = False
            verdict = click.style(f"but it said: {outcome}", fg="red")
        click.echo(f"  {session.name:{width}}  {expected} · {verdict}", color=_colour())
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
