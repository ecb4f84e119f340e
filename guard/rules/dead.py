"""CON004: does every pattern match something?

Most patterns are answered by looking for their fixed text in one sorted listing of all paths.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from guard.contracts.model import Contract
from guard.contracts.positions import line_of
from guard.patterns import PatternSet
from guard.patterns.pattern import to_bytes, with_plain_brackets
from guard.patterns.patternset import concerned, literal_of
from guard.rules.facts import Facts
from guard.rules.findings import Decision, Violation

_MOST_LOOKS = 50  # paths tried for one pattern before all undecided patterns are matched at once


class _Written(NamedTuple):
    """A pattern of a contract, the key path of its array, and its place there."""

    pattern: str
    key: tuple[str | int, ...]
    place: int


def dead_pattern(facts: Facts) -> Iterator[Violation]:
    """Does a pattern match nothing, tracked or changed?

    A pattern of `owns`, `forbids` or a waiver that matches no file on the base and none that the
    branch changed guards nothing: a folder was renamed, a word is misspelt, or the file does not
    exist yet. The same goes for a name in `merges` that is no shared group of guard.toml. Before a
    commit this is not asked, since it needs the whole tree.

    What to do: correct or remove the pattern, on the base. Leave it if the session is yet to add
    the files.
    """
    contract = facts.contract
    if not contract:
        return
    groups = {group.name for group in facts.policy.shared}
    for index, name in enumerate(contract.merges):
        if name not in groups:
            message = f"no shared group of {facts.policy.file} has the name {name}"
            yield _violation(contract, _Written(name, ("merges",), index), message)
    dead = unmatched(unseen(facts), (facts.submodules,))
    for written in _written(contract):
        if written.pattern in dead:
            base = facts.trusted.ref
            message = (
                f"{written.pattern} in {written.key[0]} matches no file, "
                f"neither on {base} nor changed here"
            )
            plain = with_plain_brackets(written.pattern)
            if plain and not unmatched((plain,), (facts.tracked, facts.submodules)):
                message += f"; a bracket stands for one of several characters: write {plain}"
            yield _violation(contract, written, message)


def unseen(facts: Facts) -> tuple[str, ...]:
    """Give the contract's patterns that match no file on the base, and nothing that changed.

    They may match a submodule on the base. Worked out once for one reading.
    """
    asked = (facts.changes, facts.contract)
    return facts.memo.once("unseen", asked, lambda: _unseen(facts))


def _unseen(facts: Facts) -> tuple[str, ...]:
    written = _written(facts.contract) if facts.contract else ()
    patterns = tuple(dict.fromkeys(one.pattern for one in written))
    dead = unmatched(patterns, (facts.tracked,))
    if not dead:
        return ()
    changed = [*(change.spelled for change in facts.changes), *facts.idle]
    unsure = tuple(concerned([pattern for pattern in patterns if pattern in dead], changed))
    if unsure:
        dead = dead.difference(unsure) | unmatched(unsure, (listing_of(changed),))
    return tuple(pattern for pattern in patterns if pattern in dead)


def listing_of(paths: Iterable[str]) -> bytes:
    """Make a listing of paths in any order: each followed by a NUL, sorted bytewise.

    A slash is at the end of a submodule's path.
    """
    encoded = (path.encode("utf-8", "surrogateescape") + b"\0" for path in paths)
    return b"".join(sorted(encoded))


def unmatched(patterns: tuple[str, ...], listings: tuple[bytes, ...]) -> set[str]:
    """Give the patterns that match no path of any listing, nor a folder above one."""
    dead, unsure = set(), []
    for pattern in patterns:
        found = _found(pattern, listings)
        if found is None:
            unsure.append(pattern)
        elif not found:
            dead.add(pattern)
    if unsure:
        paths = (
            path
            for listing in listings
            for path in listing.decode("utf-8", "surrogateescape").split("\0")[:-1]
        )
        dead.update(grant.pattern for grant in PatternSet(unsure).unmatched(paths))
    return dead


def _violation(contract: Contract, written: _Written, message: str) -> Violation:
    line = line_of(contract.text, *written.key, written.place)
    decision = Decision(contract.file, line, written.pattern)
    step = f"guard contract show {contract.name}"
    return Violation(contract.file, message, step, decision, line)


def _written(contract: Contract) -> Iterator[_Written]:
    arrays: list[tuple[tuple[str | int, ...], tuple[str, ...]]] = [
        (("owns",), contract.owns),
        (("forbids",), contract.forbids),
    ]
    for number, waiver in enumerate(contract.waivers):
        arrays.append((("waive", number, "paths"), waiver.paths))
    for key, patterns in arrays:
        for index, pattern in enumerate(patterns):
            yield _Written(pattern, key, index)


def _found(pattern: str, listings: tuple[bytes, ...]) -> bool | None:
    """Whether the pattern matches a path of any listing; None if that needs too many looks."""
    fixed = literal_of(to_bytes(pattern))
    if fixed[0] == to_bytes(pattern.strip(" ")).lstrip(b"/") and fixed[0].endswith(
        b"/"
    ):  # a folder
        return any(next(_beginning(listing, fixed[0]), b"") for listing in listings)
    decide = PatternSet([pattern]).decide
    unsure = False
    for listing in listings:
        found = _has(listing, fixed, decide)
        if found:
            return True
        unsure = unsure or found is None
    return None if unsure else False


def _has(paths: bytes, fixed: tuple[bytes, bytes], decide: Callable[[str], object]) -> bool | None:
    head, piece = fixed
    if head:
        found = _any_match(decide, _beginning(paths, head))
        if found is not None or head.strip(b"/") == piece:
            return found
    return _any_match(decide, _containing(paths, piece)) if piece else None


def _any_match(decide: Callable[[str], object], paths: Iterator[bytes]) -> bool | None:
    for looks, path in enumerate(paths):
        if decide(path.decode("utf-8", "surrogateescape")):
            return True
        if looks == _MOST_LOOKS:
            return None
    return False


def _beginning(paths: bytes, head: bytes) -> Iterator[bytes]:
    """The paths that begin with `head`, found by bisection."""
    low, high = 0, len(paths)
    while low < high:
        start = paths.rfind(b"\0", 0, (low + high) // 2) + 1
        if paths[start : start + len(head)] < head:
            low = paths.find(b"\0", start) + 1
        else:
            high = start
    while paths.startswith(head, low):
        end = paths.find(b"\0", low)
        yield paths[low:end]
        low = end + 1


def _containing(paths: bytes, text: bytes) -> Iterator[bytes]:
    at = paths.find(text)
    while at >= 0:
        end = paths.find(b"\0", at)
        yield paths[paths.rfind(b"\0", 0, at) + 1 : end]
        at = paths.find(text, end)
