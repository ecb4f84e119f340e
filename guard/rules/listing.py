"""Does a pattern match any of very many paths? Answered from where its text stands, without a look at each path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from guard.patterns.literals import literal_of
from guard.patterns.pattern import to_bytes
from guard.rules.paths import compiled

_MOST_LOOKS = 50  # paths that are looked at for one pattern, before all of them are asked at once


class Listing(NamedTuple):
    """Paths as bytes, each with a NUL behind it, in the order of their bytes."""

    paths: bytes


def listing_of(paths: Iterable[str]) -> Listing:
    """Make a listing of paths in any order."""
    return Listing(
        b"".join(sorted(path.encode("utf-8", "surrogateescape") + b"\0" for path in paths))
    )


def unmatched(patterns: tuple[str, ...], listings: tuple[Listing, ...]) -> set[str]:
    """Give the patterns that match no path of any listing, nor a folder above one."""
    left = [
        pattern for pattern in patterns if not any(_has(listing, pattern) for listing in listings)
    ]
    unsure = tuple(
        pattern for pattern in left if any(_has(listing, pattern) is None for listing in listings)
    )
    everything = (
        path
        for listing in listings
        for path in listing.paths.decode("utf-8", "surrogateescape").split("\0")[:-1]
    )
    asked = {grant.pattern for grant in compiled(unsure).unmatched(everything)} if unsure else set()
    return {pattern for pattern in left if pattern not in unsure or pattern in asked}


def _has(listing: Listing, pattern: str) -> bool | None:
    """Tell whether the pattern matches a path of the listing; None where that would take too many looks."""
    told = literal_of(to_bytes(pattern))
    if told.head:
        found = _any_match(pattern, _beginning(listing.paths, told.head))
        if found is not None or told.head.strip(b"/") == told.piece:
            return found
    return _any_match(pattern, _containing(listing.paths, told.piece)) if told.piece else None


def _any_match(pattern: str, paths: Iterator[bytes]) -> bool | None:
    """Tell whether the pattern matches one of the paths; None where there are too many that it does not match."""
    decide = compiled((pattern,)).decide
    for looks, path in enumerate(paths):
        if decide(path.decode("utf-8", "surrogateescape")):
            return True
        if looks == _MOST_LOOKS:
            return None
    return False


def _beginning(paths: bytes, head: bytes) -> Iterator[bytes]:
    """The paths that begin with `head`: the first by bisection, for they are in order, and those behind it."""
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
