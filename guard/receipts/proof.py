"""What receipts prove of a command: that it passed on this very tree, or why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from guard.receipts.receipt import Receipt


class Proof(NamedTuple):
    """What is known of a command, and the receipt that shows it.

    `kind` is `verified` (passed on this tree and left it as it was), `failed` (the last run on this tree did), `altered` (it passed, and
    changed files of the tree that it was to verify), `below` (it ran in a folder below the top), `elsewhere` (it ran on another tree),
    `edited` (there is only a receipt that is not as it was sealed) or `none`.
    """

    kind: str
    receipt: Receipt | None = None


def proof(receipts: Sequence[Receipt], tree: str) -> Proof:
    """Tell what the receipts of one command prove about `tree`, the tree under judgement without the session's handoff."""
    if not receipts:
        return Proof("none")
    sound = sorted(
        (receipt for receipt in receipts if receipt.sound), key=lambda receipt: receipt.started
    )
    if not sound:
        return Proof("edited", receipts[-1])
    here = [receipt for receipt in sound if tree and receipt.before == tree]
    at_top = [receipt for receipt in here if not receipt.directory]
    if not here:
        return Proof("elsewhere", sound[-1])
    if not at_top:
        return Proof("below", here[-1])
    if not at_top[-1].passed:
        return Proof("failed", at_top[-1])
    clean = [
        receipt for receipt in at_top if receipt.passed and receipt.after and not receipt.altered
    ]
    return Proof("verified", clean[-1]) if clean else Proof("altered", at_top[-1])
