"""What `guard run` says: about a command that changed what it ran on, and the list of what ran."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guard.core.names import show
from guard.receipts.receipt import Receipt

_MOST = 5  # changed paths that are named
_DONE = {"A": "added", "D": "deleted", "M": "changed", "T": "changed"}


def said(receipt: Receipt) -> Iterator[str]:
    """Yield what there is to say once a command has ended: nothing, unless it changed the tree that it ran on."""
    if receipt.before == receipt.after:
        return
    named = ", ".join(
        f"{show(path)} {_DONE.get(letter, 'changed')}" for letter, path in receipt.changed[:_MOST]
    )
    more = ", …" if len(receipt.changed) > _MOST else ""
    yield f"guard: the command changed the working tree: {named}{more}"
    if receipt.altered:
        yield "  so it proves nothing about the tree that it started on; if the change is meant, run it again"
    else:
        yield "  what it adds counts as work from now on, unless an ignore rule names it or it is removed"


def listed(receipts: Sequence[Receipt], tree: str) -> Iterator[str]:
    """Yield a line for each receipt: when, how it ended, how long it took, on which tree, and the command."""
    for receipt in receipts:
        where = f" (in {show(receipt.directory)})" if receipt.directory else ""
        when = receipt.started[:19].replace("T", " ") + "Z"
        yield f"{when}  exit {receipt.exit:<3}  {receipt.took:>9}  {_tree(receipt, tree):14}  {show(receipt.line)}{where}"


def _tree(receipt: Receipt, tree: str) -> str:
    if not receipt.sound:
        return "edited"
    if tree and receipt.before == tree:
        return "changed it" if receipt.altered else "this tree"
    return f"tree {receipt.before[:9]}"
