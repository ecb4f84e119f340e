"""`guard schema`: the JSON Schema of each file that people write or that guard writes."""

import json
from pathlib import Path

import click

import guard
from guard.contracts.schema import schema_of

_EPILOG = """\b
Examples:
  guard schema contract > .guard/contract.schema.json
  guard schema policy

\b
An editor uses it if the first line of a contract says: #:schema ../contract.schema.json
"""


_SHIPPED = (
    "report",
    "handoff",
    "contract-check",
    "overlaps",
    "conflicts",
    "plan",
    "sessions",
    "status",
    "integrate",
    "finish",
)


@click.command("schema", epilog=_EPILOG)
@click.argument(
    "kind",
    type=click.Choice(["policy", "contract", *_SHIPPED]),
)
def command(kind: str) -> None:
    """Print the JSON Schema of a file that people write, or of what guard prints as JSON.

    Handoffs are meant in their structured form; overlaps is what `guard contract overlaps` prints,
    contract-check and the others what the commands of these names do.

    Editors use it to complete and check guard.toml and contracts as you type (Taplo, Even Better
    TOML).
    """
    if kind in ("policy", "contract"):
        click.echo(json.dumps(schema_of(kind), indent=2, ensure_ascii=False))
        return
    # Written by hand: these formats are frozen.
    shipped = Path(guard.__file__).parent / "reports" / "schemas" / f"{kind}.json"
    click.echo(shipped.read_text(encoding="utf-8").rstrip("\n"))
