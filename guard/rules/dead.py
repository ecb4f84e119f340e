"""CON004: does every pattern still mean something?"""

from __future__ import annotations

import re

from guard.contracts.positions import line_of
from guard.facts import Need
from guard.findings import Decision, Severity, Violation
from guard.rules.grants import compiled
from guard.rules.rule import rule, while_staged, without_contract
from guard.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guard.contracts.values import Contract
    from guard.facts import Facts

_MOST_LOOKS = 50  # places where a pattern's text stands in the tree, before the whole tree is asked at once
_SPECIAL = re.compile(r"[*?]+|[\[\\].*", re.DOTALL)  # behind a bracket or a backslash nothing is taken for plain text


class Written(NamedTuple):
    """A pattern of a contract, and the key path of the array where it is written."""

    pattern: str
    key: tuple[str | int, ...]
    place: int


def not_the_whole_tree(facts: Facts) -> str:
    """Give the reason why it cannot be told that a pattern matches nothing, or ""."""
    return without_contract(facts) or while_staged(facts)


@rule("CON004", "dead-pattern", Severity.WARNING, needs=Need.TRACKED, unless=not_the_whole_tree)
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
            yield _violation(contract, Written(name, ("merges",), index), f"no shared group of {facts.policy.file} has the name {name}")
    for written in _unmatched(facts, list(_written(contract))):
        what = "waive" if written.key[0] == "waive" else written.key[0]
        yield _violation(contract, written, f"{written.pattern} in {what} matches no file, neither on {facts.trusted.ref} nor changed here")


def _violation(contract: Contract, written: Written, message: str) -> Violation:
    line = line_of(contract.text, *written.key, written.place)
    return Violation(contract.file, message, f"guard contract show {contract.name}", Decision(contract.file, line, written.pattern), line)


def _written(contract: Contract) -> Iterator[Written]:
    lists: list[tuple[tuple[str | int, ...], tuple[str, ...]]] = [(("owns",), contract.owns), (("forbids",), contract.forbids)]
    lists += [(("waive", number, "paths"), waiver.paths) for number, waiver in enumerate(contract.waivers)]
    for key, patterns in lists:
        for index, pattern in enumerate(patterns):
            yield Written(pattern, key, index)


def _unmatched(facts: Facts, written: list[Written]) -> list[Written]:
    """Those that match no changed and no tracked path: the changes are asked first, then the places where the text stands in the tree."""
    patterns = tuple(dict.fromkeys(one.pattern for one in written))
    left = _remaining(patterns, [change.path for change in facts.changes])
    looked = {pattern: _look(pattern, facts.tracked) for pattern in left}
    unsure = tuple(pattern for pattern, found in looked.items() if found is None)
    dead = {pattern for pattern, found in looked.items() if found is False}
    if unsure:
        dead |= set(_remaining(unsure, facts.tracked.decode("utf-8", "surrogateescape").split("\0")[:-1]))
    return [one for one in written if one.pattern in dead]


def _remaining(patterns: tuple[str, ...], paths: list[str]) -> tuple[str, ...]:
    return tuple(grant.pattern for grant in compiled(patterns).unmatched(paths))


def _look(pattern: str, tracked: bytes) -> bool | None:
    """Tell whether a pattern matches a tracked path, from the places where its longest plain part stands; None where that takes too long.

    A path that matches, or a folder above it, contains every plain part of the pattern: a part is what stands between wildcards, without
    the slashes at its ends, which `**/` and a leading or a trailing slash do not ask of the path.
    """
    parts = (part.strip("/") for part in _SPECIAL.split(pattern.rstrip(" ")))
    plain = max(parts, key=len, default="").encode("utf-8", "surrogateescape")
    if not plain:
        return None
    decide = compiled((pattern,)).decide
    at = tracked.find(plain)
    for _ in range(_MOST_LOOKS):
        if at < 0:
            return False
        end = tracked.find(b"\0", at)
        start = tracked.rfind(b"\0", 0, at) + 1
        if decide(tracked[start:end].decode("utf-8", "surrogateescape")):
            return True
        at = tracked.find(plain, end)
    return None
