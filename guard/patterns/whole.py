"""One pattern against a whole name, such as a branch's."""

from __future__ import annotations

from guard.patterns.automaton import Automaton
from guard.patterns.pattern import parse_name, to_bytes


def whole(pattern: str, name: str) -> bool:
    """Tell whether `pattern` matches all of `name`, as git's wildmatch.c does with `WM_PATHNAME` (and `git for-each-ref` for refs).

    `*`, `?` and `[…]` stay between two slashes; `**` between slashes crosses them. Unlike in a `PatternSet` nothing is implied: no other
    depth, nothing below. Raises `PatternError` for a pattern that can match no name.
    """
    automaton = Automaton([parse_name(pattern)])
    *directories, base = to_bytes(name).split(b"/")
    here = automaton.first
    for directory in directories:
        here = automaton.below(here, here & automaton.matching(directory))
    return bool(here & automaton.matching(base) & automaton.last)
