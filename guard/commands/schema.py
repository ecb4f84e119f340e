"""`guard schema`: the JSON Schema of each file that people write and of what guard writes for programs."""

from __future__ import annotations

import json
import os

import click

import guard
from guard.contracts.schema import schema_of

_EPILOG = """\b
Examples:
  guard schema contract > .guard/contract.schema.json
  guard schema policy

\b
An editor uses it where the first line of a contract says: #:schema ../contract.schema.json
"""


@click.command("schema", epilog=_EPILOG)
@click.argument("kind", type=click.Choice(["policy", "contract", "report", "handoff"]))
def command(kind: str) -> None:
    """Print the JSON Schema of a policy, a contract, a report or a handoff in its structured form.

    Editors use it to complete and check guard.toml and contracts as you type (Taplo, Even Better TOML).
    """
    if kind in ("policy", "contract"):
        click.echo(json.dumps(schema_of(kind), indent=2, ensure_ascii=False))
        return
    click.echo(_shipped(kind).rstrip("\n"))


def _shipped(kind: str) -> str:
    """Read a schema that ships with the package: it is written by hand, since its shape is frozen."""
    path = os.path.join(os.path.dirname(guard.__file__), "reports", "schemas", f"{kind}.json")
    with open(path, encoding="utf-8") as file:
        return file.read()
