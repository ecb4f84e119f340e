"""Which components of all patterns match one name of a path: all answers in one pass over the name.

The places of all globs form one row of bits; a set bit says that the rest of the name may start
there. A byte of the name moves each bit whose place accepts it to the next place; a bit after a
star stays as well; a bit past the last place of its glob says that the glob matches. This is the
bit-parallel automaton of Baeza-Yates and Gonnet ("A new approach to text searching", 1992). Rows
are kept, so that a name like an earlier one costs one look-up a byte.
"""

from __future__ import annotations

from guard.patterns.pattern import ASTERISK, BACKSLASH, OPEN, QUERY, STAR, parse_component

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# About so many bytes are kept of rows, of masks and of directories before they are dropped.
MAX_HELD = 8 << 20
OVERHEAD = 400  # bytes of one of them beside its bits
_SPECIAL = (b"*", b"?", b"[", b"\\")
_KEY = 4  # bytes by which globs are grouped; more would make more groups and exclude few more names
_MANY = 50  # matching globs from which on their positions are looked up together


class Vocabulary:
    """The distinct components of a set of patterns.

    Takes each well-formed component with its rising positions in the set, and the number of all
    positions; gives positions as the set bits of an integer. Globs with the same beginning or end
    share a bucket: a name is tried only against globs that begin or end like it or with a wildcard.
    """

    def __init__(
        self,
        components: Mapping[bytes, Sequence[int]],
        size: int,
        budget: _Budget | None = None,
    ) -> None:
        globs = [text for text in components if is_glob(text)]
        self._literals = components.keys() - globs
        self._masks = _Masks(components)
        self._size = size
        by_length: dict[int, dict[bytes, _Bucket]] = {}
        self._budget = budget = budget or _Budget()
        for text in globs:
            length = _key_length(text)
            key, rest = _slices(length)
            table = by_length.setdefault(length, {})
            bucket = table.setdefault(text[key], _Bucket(self._masks, size, budget))
            bucket.rests[text] = text[rest]
        self._alike = [(*_slices(length), table) for length, table in by_length.items()]

    def only(self, wanted: int) -> Vocabulary:
        """Give the vocabulary of the components that have one of the `wanted` positions."""
        masks = self._masks
        some = {text: at for text, at in masks.components.items() if masks[text] & wanted}
        return Vocabulary(some, self._size, self._budget)

    def positions(self, name: bytes) -> int:
        """Give every position whose component matches `name`, which has no slash."""
        found = self._masks[name] if name in self._literals else 0
        for key, rest, table in self._alike:
            bucket = table.get(name[key])
            if bucket is not None:
                found |= bucket.positions(name[rest])
        return found


def _slices(length: int) -> tuple[slice, slice]:
    head, tail = slice(length), slice(length, None)
    return (head, tail) if length >= 0 else (tail, head)


def _key_length(glob: bytes) -> int:
    """How many literal bytes begin or (as a negative number) end all matches, up to `_KEY`."""
    first = min(at for at in map(glob.find, _SPECIAL) if at >= 0)
    if BACKSLASH in glob or OPEN in glob:
        return min(first, _KEY)
    last = len(glob) - 1 - max(map(glob.rfind, _SPECIAL[:2]))
    return min(first, _KEY) if first >= min(last, _KEY) else -min(last, _KEY)


def as_bits(positions: Sequence[int]) -> int:
    """Give the integer with the bits at `positions` (in rising order) set, in linear time."""
    if not positions:
        return 0
    packed = bytearray((positions[-1] >> 3) + 1)
    for position in positions:
        packed[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(packed, "little")


def is_glob(component: bytes) -> bool:
    """Tell whether a component is more than a name."""
    return (
        ASTERISK in component or QUERY in component or OPEN in component or BACKSLASH in component
    )


class _Masks(dict[bytes, int]):
    """The positions of each component as bits, on demand."""

    def __init__(self, components: Mapping[bytes, Sequence[int]]) -> None:
        self.components = components
        self._held = 0

    def __missing__(self, text: bytes) -> int:
        mask = as_bits(self.components[text])
        self._held += OVERHEAD + mask.bit_length() // 8
        if self._held > MAX_HELD:
            self.clear()
            self._held = 0
        self[text] = mask
        return mask


class _Budget:
    """The memory for all rows. When it is used up, all automata drop theirs."""

    def __init__(self) -> None:
        self.automata: list[_Globs] = []
        self.held = 0

    def spend(self, size: int) -> None:
        self.held += size
        if self.held > MAX_HELD:
            for automaton in self.automata:
                automaton.forget()
            self.held = 0


class _Bucket:
    """Globs with the same key. The automaton over the rest of a name is made on demand."""

    def __init__(self, masks: _Masks, size: int, budget: _Budget) -> None:
        self.rests: dict[bytes, bytes] = {}  # glob → its text without the key
        self._masks = masks
        self._size = size
        self._budget = budget
        self._always = 0
        self._globs: _Globs | None = None

    def positions(self, rest: bytes) -> int:
        if self.rests:
            self._make()
        if self._globs is None:
            return self._always
        row = self._globs.start
        for byte in rest:
            row = row[byte]
        positions = row.positions if row.positions >= 0 else self._globs.settle(row)
        return self._always | positions

    def _make(self) -> None:
        """A glob of which only a star is left always matches; the others become an automaton."""
        stars = [text for text, rest in self.rests.items() if not rest.strip(b"*")]
        for text in stars:
            del self.rests[text]
            self._always |= self._masks[text]
        if self.rests:
            self._globs = _Globs(self.rests, self._masks, self._size, self._budget)
            self._budget.automata.append(self._globs)
        self.rests = {}


class _Row(dict[int, "_Row"]):
    """What may still match after some bytes: next byte → next row, on demand."""

    __slots__ = ("bits", "globs", "positions")

    def __init__(self, bits: int, globs: _Globs) -> None:
        self.bits = bits
        self.globs = globs
        self.positions = -1  # of the globs that match the bytes so far; -1: not computed yet

    def __missing__(self, byte: int) -> _Row:
        row = self[byte] = self.globs.after(self.bits, byte)
        return row


class _Globs:
    """The row of all globs: what each byte moves, which bits stay, which end a glob."""

    def __init__(
        self, rests: Mapping[bytes, bytes], masks: _Masks, size: int, budget: _Budget
    ) -> None:
        # Globs that begin with a star are in every row: in the lowest bits they keep rows short.
        ordered = sorted(rests.items(), key=lambda item: item[1][:1] != b"*")
        # Set of bytes → the character for it in `places`. The empty set is the place past the end.
        kinds = {0: "\0"}
        places: list[str] = []
        starts: list[int] = []
        stays: list[int] = []
        self._matched: dict[int, bytes] = {}  # the bit past the end of a glob → the glob
        for text, rest in ordered:
            starts.append(len(places))
            for accepted in parse_component(rest):
                if accepted == STAR:
                    stays.append(len(places))
                else:
                    places.append(kinds.setdefault(accepted, chr(len(kinds))))
            self._matched[len(places)] = text
            places.append("\0")
        self._places = "".join(reversed(places))  # the highest bit first, as `int` reads them
        self._kinds = "".join(format(accepted, "0256b") for accepted in kinds)
        self._stays = as_bits(stays)
        self._ends = as_bits(list(self._matched))
        self._masks = masks
        self._size = size
        self._moves: dict[int, int] = {}
        self._rows: dict[int, _Row] = {}
        self._budget = budget
        self._picked: Callable[[str], tuple[str, ...]] | None = None
        self.start = _Row(as_bits(starts), self)

    def after(self, bits: int, byte: int) -> _Row:
        moves = self._moves.get(byte)
        if moves is None:
            accepting = self._places.translate(self._kinds[255 - byte :: 256])
            moves = self._moves[byte] = int(accepting, 2)
        bits = (bits & moves) << 1 | bits & self._stays
        row = self._rows.get(bits)
        if row is None:
            self._budget.spend(OVERHEAD + bits.bit_length() // 8)
            row = self._rows[bits] = _Row(bits, self)
        return row

    def settle(self, row: _Row) -> int:
        ended = row.bits & self._ends
        look_up = self._all_at_once if ended.bit_count() > _MANY else self._one_by_one
        row.positions = look_up(ended)
        self._budget.spend(row.positions.bit_length() // 8)
        return row.positions

    def _one_by_one(self, ended: int) -> int:
        positions = 0
        while ended:
            last = ended.bit_length() - 1
            positions |= self._masks[self._matched[last]]
            ended ^= 1 << last
        return positions

    def _all_at_once(self, ended: int) -> int:
        """Pick for every position, the highest first, its glob's bit, or the `0` in front."""
        width = len(self._places)
        if self._picked is None:
            picks = [0] * self._size
            for end, text in self._matched.items():
                for position in self._masks.components[text]:
                    picks[~position] = width - end
            from operator import itemgetter  # a commit of a few files does without

            self._picked = itemgetter(*picks)
        return int("".join(self._picked("0" + format(ended, f"0{width}b"))), 2)

    def forget(self) -> None:
        """Drop all rows. They refer to one another, so each is emptied."""
        for row in self._rows.values():
            row.clear()
        self._rows.clear()
        self.start.clear()
