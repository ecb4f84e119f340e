"""A list of patterns, and the questions it answers about paths.

A path with a slash at its end is a directory, such as a submodule; any other is a file.
"""

from __future__ import annotations

from guard.core.values import NamedTuple
from guard.patterns.automaton import Automaton
from guard.patterns.pattern import parse_pattern, to_bytes
from guard.patterns.vocabulary import MAX_HELD, OVERHEAD

TYPE_CHECKING = False
if TYPE_CHECKING:
    import dataclasses
    from collections.abc import Iterable, Sequence

    # A field `index` of a tuple would hide the method `tuple.index`.
    @dataclasses.dataclass(frozen=True)
    class Grant:
        """A pattern, and its place in the list, from 0."""

        pattern: str
        index: int
else:

    class Grant(NamedTuple):
        """A pattern, and its place in the list, from 0."""

        pattern: str
        index: int


class PatternSet:
    """Patterns of gitignore(5) without `!`, as in a `.gitignore` at the top of a repository.

    Patterns and paths are compared as bytes, case-sensitively. Raises `PatternError` for the first
    pattern that can match nothing. Compile once and ask often: the set remembers directories.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = tuple(patterns)
        self._grants = tuple([Grant(pattern, index) for index, pattern in enumerate(patterns)])
        self._automaton = Automaton([parse_pattern(pattern) for pattern in patterns])
        first = self._automaton.first
        self._top = _Directory(first, first & self._automaton.last_of_file, 0, None)
        self._forget()

    def decide(self, path: str) -> Grant | None:
        """Give the pattern that `git check-ignore -v` names for `path`, or None.

        It is the last of those that match the topmost matched directory or, without one, the file:
        an excluded directory decides for all below it (gitignore(5), `!`; dir.c, `prep_exclude`).
        """
        directory, _, name = to_bytes(path).rpartition(b"/")
        _, ending, _, grant = self._directories.get(directory) or self._enter(directory)
        if grant is not None or not ending or not name:
            return grant
        ended = ending & self._automaton.matching(name)
        return self._last_of(ended) if ended else None

    def matching(self, path: str) -> tuple[Grant, ...]:
        """Give all patterns that match `path` or a directory above it, in list order."""
        return self._in_order(self._ended(path))

    def bits(self, path: str) -> int:
        """Give `matching` as a number: bit `i` stands for pattern `i` of the list."""
        ended = self._ended(path)
        bits = self._bits.get(ended)
        if bits is None:
            bits = self._bits[ended] = sum(1 << grant.index for grant in self._in_order(ended))
        return bits

    def unmatched(self, paths: Iterable[str]) -> tuple[Grant, ...]:
        """Give the patterns that match no file and no directory above one, in list order."""
        all_patterns = self._automaton.last
        ended = 0
        for path in paths:
            ended |= self._ended(path)
            if ended == all_patterns:
                break
        return self._in_order(all_patterns ^ ended)

    def meets(self, other: PatternSet) -> str | None:
        """Give a shortest path of a file that both sets match, or None, which is a proof.

        Every path counts that git can have, whether it exists or not. Raises `Undecided` if a
        pattern is too complex to compare.
        """
        from guard.patterns.meeting import Language, meeting
        from guard.patterns.shortest import Names  # nothing that runs often compares sets

        names = Names()
        ours, theirs = Language(self.patterns, names), Language(other.patterns, names)
        return meeting(ours, theirs, (), names).file or None

    def _ended(self, path: str) -> int:
        directory, _, name = to_bytes(path).rpartition(b"/")
        _, ending, ended, _ = self._directories.get(directory) or self._enter(directory)
        return ended | ending & self._automaton.matching(name) if name else ended

    def _last_of(self, positions: int) -> Grant:
        return self._grants[self._automaton.owners[positions.bit_length() - 1]]

    def _in_order(self, positions: int) -> tuple[Grant, ...]:
        grants = []
        while positions:
            grants.append(self._last_of(positions))
            positions ^= 1 << positions.bit_length() - 1
        return tuple(reversed(grants))

    def _enter(self, path: bytes) -> _Directory:
        """Walk down to a directory from the nearest known one; remember all on the way."""
        missing = []
        while (directory := self._directories.get(path)) is None:
            above, _, name = path.rpartition(b"/")
            missing.append((path, name))
            path = above
        for path, name in reversed(missing):
            directory = self._keep(path, self._below(directory, name))
        return directory

    def _below(self, directory: _Directory, name: bytes) -> _Directory:
        here, _, ended, grant = directory
        matching = self._names.get(name)
        if matching is None:  # folders are often called alike
            matching = self._names[name] = self._automaton.matching(name)
            self._held += len(name) + OVERHEAD + len(self._automaton.owners) // 8
        matched = here & matching
        ending = matched & self._automaton.last
        if ending and grant is None:
            grant = self._last_of(ending)
        below = self._automaton.below(here, matched)
        return _Directory(below, below & self._automaton.last_of_file, ended | ending, grant)

    def _keep(self, path: bytes, directory: _Directory) -> _Directory:
        """Remember a directory; equal ones share one value."""
        if self._held > MAX_HELD:
            self._forget()
        kept = self._distinct.setdefault(directory, directory)
        self._directories[path] = kept
        self._held += len(path) + OVERHEAD
        if kept is directory:
            self._held += len(self._automaton.owners) // 2
        return kept

    def _forget(self) -> None:
        self._directories: dict[bytes, _Directory] = {b"": self._top}
        self._distinct: dict[_Directory, _Directory] = {}
        self._bits: dict[int, int] = {0: 0}
        self._names: dict[bytes, int] = {}
        self._held = 0


class _Directory(NamedTuple):
    """Positions, and what decides for all below.

    A name in the directory may match at `here`, a file at `ending`; `ended` are the last positions
    of the patterns that match it or a directory above.
    """

    here: int
    ending: int
    ended: int
    grant: Grant | None
