"""Tells how commands go that are run again: on standard error, for standard output is the report's."""

from __future__ import annotations

from collections.abc import Iterator

import click

from guard.core.names import show
from guard.receipts.receipt import Receipt

_TAIL = 20  # lines of a failed command's output that are shown


def tell(line: str, receipt: Receipt | None) -> None:
    """Say that a command starts, or, with a receipt, how it ended."""
    for text in _progress(line, receipt):
        click.echo(text, err=True)


def _progress(line: str, receipt: Receipt | None) -> Iterator[str]:
    if receipt is None:
        yield f"guard: runs again: {show(line)}"
        return
    if receipt.passed:
        yield f"guard: passed in {receipt.took}"
        return
    yield f"guard: failed with exit status {receipt.exit} after {receipt.took}; the end of what it printed:"
    for stream in receipt.streams:
        yield from (f"  {show(text)}" for text in stream.tail.splitlines()[-_TAIL:])
