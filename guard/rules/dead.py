"""CON004: does every pattern still mean something?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from guard.contracts.model import Contract
from guard.contracts.positions import line_of
from guard.rules.facts import Facts
from guard.rules.findings import Decision, Violation
from guard.rules.listing import Listing, listing_of, unmatched


class Written(NamedTuple):
    """A pattern of a contract, and the key path of the array where it is written."""

    pattern: str
    key: tuple[str | int, ...]
    place: int


def dead_pattern(facts: Facts) -> Iterator[Violation]:
    """Does a pattern match nothing, tracked or changed?

    A pattern of the contract's `owns`, `forbids` or waivers that matches no file on the base and none that the branch changed guards
    nothing: a folder was renamed, a word is misspelt, or the file is still to come. The same goes for a name in `merges` that is no shared
    group of guard.toml. Before a commit this is not asked, for it needs the whole tree.

    What to do: correct the pattern or take it out, on the base. Nothing needs doing for files that the session is yet to add.
    """
    contract = facts.contract
    if not contract:
        return
    groups = {group.name for group in facts.policy.shared}
    for index, name in enumerate(contract.merges):
        if name not in groups:
            yield _violation(
                contract,
                Written(name, ("merges",), index),
                f"no shared group of {facts.policy.file} has the name {name}",
            )
    written_here = list(_written(contract))
    patterns = tuple(dict.fromkeys(written.pattern for written in written_here))
    dead = unmatched(
        patterns, (Listing(facts.tracked), listing_of(change.path for change in facts.changes))
    )
    for written in written_here:
        if written.pattern not in dead:
            continue
        what = "waive" if written.key[0] == "waive" else written.key[0]
        yield _violation(
            contract,
            written,
            f"{written.pattern} in {what} matches no file, neither on {facts.trusted.ref} nor changed here",
        )


def _violation(contract: Contract, written: Written, message: str) -> Violation:
    line = line_of(contract.text, *written.key, written.place)
    return Violation(
        contract.file,
        message,
        f"guard contract show {contract.name}",
        Decision(contract.file, line, written.pattern),
        line,
    )


def _written(contract: Contract) -> Iterator[Written]:
    lists: list[tuple[tuple[str | int, ...], tuple[str, ...]]] = [
        (("owns",), contract.owns),
        (("forbids",), contract.forbids),
    ]
    lists += [
        (("waive", number, "paths"), waiver.paths) for number, waiver in enumerate(contract.waivers)
    ]
    for key, patterns in lists:
        for index, pattern in enumerate(patterns):
            yield Written(pattern, key, index)
