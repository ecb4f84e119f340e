"""A list of patterns as one automaton over the names of a path.

Every component of every pattern is a position, numbered through the list. A set of positions is an
integer; a set bit says that the next name may match there. A name moves each position whose
component matches it to the next component; a position after `**/` stays as well. A pattern matches
where its last position does, and the highest such position is that of the last such pattern.
"""

from __future__ import annotations

from guard.patterns.pattern import DEEP, parse_name, to_bytes
from guard.patterns.vocabulary import Vocabulary, as_bits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from guard.patterns.pattern import Pattern


class Automaton:
    """The positions of some patterns.

    `owners` has the index of each position's pattern. `first`, `last` and `last_of_file` are sets:
    where patterns start, end, and end at a file's name. `matching(name)` gives the positions whose
    component matches a name.
    """

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self.owners: list[int] = []
        components: dict[bytes, list[int]] = {}
        first: list[int] = []
        stays: list[int] = []
        last: list[int] = []
        last_of_file: list[int] = []
        for index, pattern in enumerate(patterns):
            first.append(len(self.owners))
            for component in pattern.components:
                if component == DEEP:
                    stays.append(len(self.owners))
                    continue
                components.setdefault(component, []).append(len(self.owners))
                self.owners.append(index)
            last.append(len(self.owners) - 1)
            if not pattern.directories:
                last_of_file.append(len(self.owners) - 1)
        self.first = as_bits(first)
        self.last = as_bits(last)
        self.last_of_file = as_bits(last_of_file)
        self._stays = as_bits(stays)
        self.matching = Vocabulary(components, len(self.owners)).positions

    def below(self, here: int, matched: int) -> int:
        """Give the positions in a directory, from those `here` at its name and those `matched`."""
        return (matched & ~self.last) << 1 | here & self._stays


def whole(pattern: str, name: str) -> bool:
    """Tell whether `pattern` matches all of `name`, as git matches refs (`git for-each-ref`).

    That is wildmatch.c with `WM_PATHNAME`: `*`, `?` and `[…]` do not match a slash, `**` between
    slashes does. Raises `PatternError` for a pattern that can match no name.
    """
    automaton = Automaton([parse_name(pattern)])
    *directories, base = to_bytes(name).split(b"/")
    here = automaton.first
    for directory in directories:
        here = automaton.below(here, here & automaton.matching(directory))
    return bool(here & automaton.matching(base) & automaton.last)
