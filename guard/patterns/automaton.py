"""A list of patterns as one automaton over the names of a path.

Every component of every pattern is a position, numbered through the list from the first pattern to the last. A set of positions, as the
bits of an integer, says: the next name of the path may match here. A name moves each position whose component matches it to the next
component; a position behind `**/` stays as well. Where the last position of a pattern matches, the pattern does, and the highest such
position is that of the last such pattern in the list.
"""

from __future__ import annotations

from guard.patterns.pattern import DEEP
from guard.patterns.vocabulary import Vocabulary, as_bits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from guard.patterns.pattern import Pattern


class Automaton:
    """The positions of some patterns.

    `owners` gives the index of the pattern for each position; `first`, `last` and `last_of_file` are sets: where the patterns start, where
    they end, and where they end if the name is not a directory's.
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
        """Give the positions for what is in a directory, from those `here` that its name met and those of them that it `matched`."""
        return (matched & ~self.last) << 1 | here & self._stays
