"""A list of patterns as one automaton over the names of a path, and the questions it answers.

A path with a slash at its end is a directory, such as a submodule; any other is a file.

Every component of every pattern is a position, numbered through the list. A set of positions is an
integer; a set bit says that the next name may match there. A name moves each position whose
component matches it to the next component; a position after `**/` stays as well. A pattern matches
where its last position does, and the highest such position is that of the last such pattern.
"""

from __future__ import annotations

from guard.core.values import NamedTuple
from guard.patterns.pattern import DEEP, parse_name, parse_pattern, to_bytes
from guard.patterns.vocabulary import MAX_HELD, OVERHEAD, Vocabulary, as_bits

TYPE_CHECKING = False
if TYPE_CHECKING:
    import dataclasses
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from guard.patterns.pattern import Pattern

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


_WHOLE: dict[str, Automaton] = {}  # of patterns for whole names, which are few
_MOST_OFTEN = 8  # positions that so great a part of all files asks about are looked up apart


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
        self._distinct: dict[tuple[int, int, Grant | None], _Directory] = {}
        self._forget()

    def decide(self, path: str) -> Grant | None:
        """Give the pattern that `git check-ignore -v` names for `path`, or None.

        It is the last of those that match the topmost matched directory or, without one, the file:
        an excluded directory decides for all below it (gitignore(5), `!`; dir.c, `prep_exclude`).
        """
        directory, _, name = to_bytes(path).rpartition(b"/")
        inside = self._directories.get(directory) or self._enter(directory)
        if inside.grant is not None or not inside.ending or not name:
            return inside.grant
        ended = inside.ending & self._automaton.matching(name)
        return self._last_of(ended) if ended else None

    def matching(self, path: str) -> tuple[Grant, ...]:
        """Give all patterns that match `path` or a directory above it, in list order."""
        return self._in_order(self._ended(path))

    def bits(self, path: str) -> int:
        """Give `matching` as a number: bit `i` stands for pattern `i` of the list."""
        return self._bits_of(self._ended(path))

    def all_bits(self, paths: Sequence[str]) -> list[int]:
        """Give `bits` of each path. For many it is faster: alike folders are asked at once."""
        names: list[bytes] = []
        inside: dict[_Directory, list[int]] = {}  # the places of their files in the list
        for place, path in enumerate(paths):
            folder, _, name = to_bytes(path).rpartition(b"/")
            names.append(name)
            directory = self._directories.get(folder) or self._enter(folder)
            if directory in inside:
                inside[directory].append(place)
            else:
                inside[directory] = [place]
        matching = self._matching_in(inside, max(len(self.patterns), len(paths) // _MOST_OFTEN))
        found = [0] * len(paths)
        for directory, places in inside.items():
            ending, ended = directory.ending, directory.ended
            bits, matches = self._bits_of(ended), matching[ending]
            for place in places:
                name = names[place]
                more = ending & matches(name) if name else 0
                found[place] = self._bits_of(ended | more) if more else bits
        return found

    def _matching_in(
        self, inside: dict[_Directory, list[int]], many: int
    ) -> dict[int, Callable[[bytes], int]]:
        """What matches names where files may match at the same positions, faster for `many`."""
        files: dict[int, int] = {}
        for directory, places in inside.items():
            files[directory.ending] = files.get(directory.ending, 0) + len(places)
        automaton = self._automaton
        return {
            ending: automaton.matching_only(ending) if count > many else automaton.matching
            for ending, count in files.items()
        }

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
        inside = self._directories.get(directory) or self._enter(directory)
        if not name:
            return inside.ended
        return inside.ended | inside.ending & self._automaton.matching(name)

    def _bits_of(self, ended: int) -> int:
        bits = self._bits.get(ended)
        if bits is None:
            bits = self._bits[ended] = sum(1 << grant.index for grant in self._in_order(ended))
        return bits

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
            if self._held > MAX_HELD:
                self._forget()
            below = directory.below.get(name)  # folders are often called alike
            if below is None:
                below = directory.below[name] = self._below(directory, name)
            directory = self._directories[path] = below
            self._held += len(path) + OVERHEAD
        return directory

    def _below(self, directory: _Directory, name: bytes) -> _Directory:
        """The directory `name` in another; equal ones are one value."""
        here, grant = directory.here, directory.grant
        matching = self._names.get(name)
        if matching is None:  # folders are often called alike
            matching = self._names[name] = self._automaton.matching(name)
            self._held += len(name) + OVERHEAD + len(self._automaton.owners) // 8
        matched = here & matching
        ending = matched & self._automaton.last
        if ending and grant is None:
            grant = self._last_of(ending)
        below = self._automaton.below(here, matched)
        ended = directory.ended | ending
        known = self._distinct.get((below, ended, grant))
        if known is None:
            at_a_file = below & self._automaton.last_of_file
            known = _Directory(below, at_a_file, ended, grant)
            self._distinct[below, ended, grant] = known
            self._held += len(self._automaton.owners) // 2
        return known

    def _forget(self) -> None:
        for directory in (self._top, *self._distinct.values()):
            directory.below.clear()  # they refer to one another
        self._distinct.clear()
        self._directories: dict[bytes, _Directory] = {b"": self._top}
        self._bits: dict[int, int] = {0: 0}
        self._names: dict[bytes, int] = {}
        self._held = 0


class _Directory:
    """Positions, what decides for all below, and the directories in it that were asked about.

    A name in the directory may match at `here`, a file at `ending`; `ended` are the last positions
    of the patterns that match it or a directory above.
    """

    __slots__ = ("below", "ended", "ending", "grant", "here")

    def __init__(self, here: int, ending: int, ended: int, grant: Grant | None) -> None:
        self.here = here
        self.ending = ending
        self.ended = ended
        self.grant = grant
        self.below: dict[bytes, _Directory] = {}


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
        self._vocabulary = Vocabulary(components, len(self.owners))
        self.matching = self._vocabulary.positions

    def matching_only(self, wanted: int) -> Callable[[bytes], int]:
        """Give what answers for the `wanted` positions as `matching` does, but faster."""
        return self._vocabulary.only(wanted).positions

    def below(self, here: int, matched: int) -> int:
        """Give the positions in a directory, from those `here` at its name and those `matched`."""
        return (matched & ~self.last) << 1 | here & self._stays


def whole(pattern: str, name: str) -> bool:
    """Tell whether `pattern` matches all of `name`, as git matches refs (`git for-each-ref`).

    That is wildmatch.c with `WM_PATHNAME`: `*`, `?` and `[…]` do not match a slash, `**` between
    slashes does. Raises `PatternError` for a pattern that can match no name.
    """
    automaton = _WHOLE.get(pattern)
    if automaton is None:
        automaton = _WHOLE[pattern] = Automaton([parse_name(pattern)])
    *directories, base = to_bytes(name).split(b"/")
    here = automaton.first
    for directory in directories:
        here = automaton.below(here, here & automaton.matching(directory))
    return bool(here & automaton.matching(base) & automaton.last)


def literal_of(pattern: bytes) -> tuple[bytes, bytes]:
    """Give how the path of every match begins, and what it contains; b"" if that is not fixed.

    That is the literal text of a well-formed pattern up to its first bracket or backslash.
    """
    text = pattern.rstrip(b" ")
    sure = text.partition(b"[")[0].partition(b"\\")[0]
    parts = sure.replace(b"?", b"*").split(b"*")
    # A slash before the end anchors a pattern: a match begins with its head (gitignore(5)).
    head = parts[0].lstrip(b"/") if b"/" in text[:-1] else b""
    # A match contains each part, without the slashes at its ends: `**/` may match no slash at all.
    return head, max((part.strip(b"/") for part in parts), key=len)


def concerned(patterns: Sequence[str], paths: Iterable[str]) -> Iterator[str]:
    """Yield the patterns that may match one of the paths or a folder above it; no other does."""
    if not patterns:
        return
    there = b"\n" + b"\n".join(map(to_bytes, paths)) + b"\n"
    texts = to_bytes("\n".join(patterns) + "\n")
    simple = not any(special in texts for special in (b"?", b"[", b"\\", b" \n"))
    for pattern, text in zip(patterns, texts.split(b"\n")[:-1], strict=True):
        head = text.partition(b"*")[0].lstrip(b"/")
        anchored = b"/" in head[:-1] or (head and text[:1] == b"/")
        if simple and anchored:
            wanted = b"\n" + head
        else:
            head, piece = literal_of(text)
            wanted = b"\n" + head if head else piece
        if wanted in there:
            yield pattern
