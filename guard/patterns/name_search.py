"""Names that several components match: a search over bytes.

The places of all components form one row of bits, as in `vocabulary.py`; a state of the search is
such a row and how far the bytes so far are a name that is not wanted. Of the names of one length
the most readable is given.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from guard.patterns.brackets import span
from guard.patterns.gitname import IN_NAMES, NEVER, REFUSED, TELLING, after, is_name
from guard.patterns.pattern import STAR, parse_component
from guard.patterns.vocabulary import is_glob

# Which bytes are preferred: letters, digits, what needs no quotes, what can be read, the others.
_READABLE = (
    span(97, 122), span(48, 57), 1 << 95 | 1 << 45, span(65, 90), 1 << 46,
    span(33, 126) & IN_NAMES, 1 << 32, IN_NAMES,
)  # fmt: skip
MOST_STEPS = 20_000  # of one search: about 20 ms


class TooHard(Exception):
    """A search would take too long, because of one `component`, or (b"") of many."""

    def __init__(self, component: bytes = b"") -> None:
        super().__init__(component)
        self.component = component


class Part:
    """One component: the `name` that it stands for, or b"" for a glob with its `places`.

    Every match begins with `head` and ends with `tail`. `shortest` is the shortest match; None if
    no path has such a name.
    """

    __slots__ = ("_accepting", "_row", "head", "name", "places", "shortest", "tail", "text")

    shortest: bytes | None

    def __init__(self, text: bytes) -> None:
        self.text = self.name = self.head = self.tail = text
        self.places: list[int] = []
        if is_glob(text):
            self.places = parse_component(text)
            self.head = _literal(self.places)
            self.tail = _literal(reversed(self.places))[::-1]
            self.name = self.head if len(self.head) == len(self.places) else b""
        self.shortest = self.name if is_name(self.name) else None  # of a glob: see `Names.part`
        self._accepting: dict[int, int] = {}
        self._row: _Row | None = None

    def matches(self, name: bytes) -> bool:
        """Tell whether the component matches a name."""
        if self.name:
            return self.name == name
        if not (name.startswith(self.head) and name.endswith(self.tail)):
            return False
        row = self._row = self._row or _Row([self])
        bits = row.start
        for byte in name:
            accepting = self._accepting.get(byte)
            if accepting is None:
                accepting = self._accepting[byte] = row.accepting(1 << byte)
            bits = (bits & accepting) << 1 | bits & row.stays
        return bool(bits & row.ends[0])

    def may_meet(self, other: "Part") -> bool:
        """Tell whether the fixed ends of two components fit; if not, no name matches both."""
        heads = self.head.startswith(other.head) or other.head.startswith(self.head)
        return heads and (self.tail.endswith(other.tail) or other.tail.endswith(self.tail))


def _literal(places: Iterable[int]) -> bytes:
    """The bytes of the first places, as far as each accepts one byte alone."""
    found = bytearray()
    for place in places:
        if place <= 0 or place & (place - 1):
            break
        found.append(place.bit_length() - 1)
    return bytes(found)


class _Row:
    """The places of several components as bits in a row, as in `vocabulary.py`."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.start = self.stays = 0
        self.ends: list[int] = []
        self.whole: list[int] = []  # all bits of each component
        self.places: list[int] = []
        for part in parts:
            first = len(self.places)
            self.start |= 1 << first
            for place in part.places:
                if place == STAR:
                    self.stays |= 1 << len(self.places)
                else:
                    self.places.append(place)
            self.ends.append(1 << len(self.places))
            self.places.append(0)
            self.whole.append((1 << len(self.places)) - (1 << first))

    def kinds(self) -> list[tuple[int, int]]:
        """Give every kind of byte as a set, with the places that accept it, readable ones first."""
        ordered = sorted(_split(_KINDS, {*self.places}), key=_rank)
        return [(kind, self.accepting(kind)) for kind in ordered]

    def accepting(self, kind: int) -> int:
        """Give the places that accept a kind of byte."""
        return sum(1 << at for at, place in enumerate(self.places) if place & kind)


def _split(kinds: Iterable[int], sets: Iterable[int]) -> list[int]:
    """Cut kinds of bytes until each is inside or outside of every set."""
    found = list(kinds)
    for accepted in sets:
        halves = [(kind & accepted, kind & ~accepted) for kind in found]
        found = [half for both in halves for half in both if half]
    return found


class _State(NamedTuple):
    """What may still match after some bytes, and how far they are a name that is not wanted.

    `refusal` is for names that git refuses, `excluded` a node of the tree of other names.
    """

    bits: int
    refusal: str
    excluded: int


def search(
    required: Sequence[Part], globs: Sequence[Part] = (), names: Iterable[bytes] = ()
) -> Iterator[bytes]:
    """Yield the shortest name that all `required` match, for each possible choice of `globs`.

    None of `names` is given. Raises TooHard.
    """
    row = _Row([*required, *globs])
    wholes, ends = row.whole[: len(required)], row.ends[: len(required)]
    choice = sum(row.ends[len(required) :])
    excluded = _Excluded(names, row.kinds())
    found: set[int] = set()
    start = _State(row.start, "", 0)
    came: dict[_State, tuple[_State, int]] = {start: (start, 0)}
    layer = [start]
    while layer:  # names of one length
        shortest = [one for one in layer if not _is_needless(one, came)]
        layer = []
        for state in shortest:
            bits, refusal, node = state
            accepted = refusal not in REFUSED and all(bits & end for end in ends)
            if accepted and node not in excluded.ends and bits & choice not in found:
                found.add(bits & choice)
                yield _spelled(came, state)
            if len(came) > MOST_STEPS:
                text = max((part.text for part in (*required, *globs)), key=len, default=b"")
                raise TooHard(text)
            for byte, accepting, following in excluded.letters(node):
                moved = (bits & accepting) << 1 | bits & row.stays
                if not all(moved & whole for whole in wholes):
                    continue
                reached = _State(moved, after(refusal, byte), following)
                if reached not in came and reached.refusal != NEVER:
                    came[reached] = (state, byte)
                    layer.append(reached)


def _is_needless(state: _State, came: Collection[_State]) -> bool:
    """Whether one that excludes nothing, after a name that is no longer, leads as far."""
    return state.excluded >= 0 and state._replace(excluded=_NOWHERE) in came


def _spelled(came: dict[_State, tuple[_State, int]], state: _State) -> bytes:
    found = bytearray()
    while came[state][1]:
        state, byte = came[state]
        found.append(byte)
    return bytes(reversed(found))


_NOWHERE = -1


class _Excluded:
    """A tree of names: how much of one was read. `ends` are the nodes after a whole name."""

    def __init__(self, names: Iterable[bytes], kinds: Sequence[tuple[int, int]]) -> None:
        self._kinds = kinds
        self._nodes: list[dict[int, int]] = [{}]
        self._letters: dict[int, list[tuple[int, int, int]]] = {}
        self.ends: set[int] = set()
        for name in names:
            node = 0
            for byte in name:
                node = self._nodes[node].setdefault(byte, len(self._nodes))
                if node == len(self._nodes):
                    self._nodes.append({})
            self.ends.add(node)

    def letters(self, node: int) -> list[tuple[int, int, int]]:
        """Give bytes that may follow, the places that accept each, and the node after it.

        One byte stands for all of its kind; those in the tree come last.
        """
        if node not in self._letters:
            children = self._nodes[node] if node >= 0 else {}
            apart = ~sum(1 << byte for byte in children)
            self._letters[node] = [
                *(
                    (best(kind & apart), places, _NOWHERE)
                    for kind, places in self._kinds
                    if kind & apart
                ),
                *(
                    (byte, places, child)
                    for byte, child in children.items()
                    for kind, places in self._kinds
                    if kind >> byte & 1
                ),
            ]
        return self._letters[node]


def _rank(accepted: int) -> tuple[int, int]:
    """How well the best byte of a set reads, and the byte."""
    for rank, preferred in enumerate(_READABLE):
        here = accepted & preferred
        if here:
            return rank, (here & -here).bit_length() - 1
    raise ValueError("no byte of a name")


def best(accepted: int) -> int:
    """Give the byte of a set that reads best; the set has a byte of names."""
    return _rank(accepted)[1]


_KINDS = _split([IN_NAMES], [1 << byte for byte in TELLING])
