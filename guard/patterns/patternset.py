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
    from collections.abc import Iterable, Iterator, Sequence

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
