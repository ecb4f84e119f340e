"""Which components of a whole set of patterns match one name of a path: all answers at once, in one pass over the name.

The places of all globs stand side by side in one row of bits, and a set bit says: what is left of the name may start here. A byte of the
name moves each bit whose place accepts it to the next place; a bit behind a star stays as well; a bit past the last place of its glob says
that the glob matches. This is the bit-parallel automaton of Baeza-Yates and Gonnet ("A new approach to text searching", 1992): a byte
costs the same whatever the patterns, and nothing is tried twice. Rows are kept, so a name like an earlier one costs a look-up a byte.
"""

from __future__ import annotations

from guard.patterns.component import ASTERISK, BACKSLASH, OPEN, QUERY, STAR, parse_component

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MAX_HELD = (
    8 << 20
)  # about as many bytes are kept of rows, of masks and of directories; then they are dropped and kept anew
OVERHEAD = 400  # bytes that one of them takes beside its bits
_SPECIAL = (b"*", b"?", b"[", b"\\")
_TELLING = 4  # bytes: more would make more places to look, and tell hardly any more names apart
_MANY = 50  # from so many matching globs on, their positions are looked up together


class Vocabulary:
    """The distinct components of a set of patterns.

    Takes the text of each component (well formed) with the positions where it stands in the set, in rising order, and the number of all
    positions; gives positions as the set bits of an integer. Globs that begin or end alike are put together, so that a name is only held
    against those whose beginning or end it has, and against those that have neither.
    """

    def __init__(self, components: Mapping[bytes, Sequence[int]], size: int) -> None:
        globs = [text for text in components if _is_glob(text)]
        self._literals = components.keys() - globs
        self._masks = _Masks(components)
        self._alike: list[tuple[slice, slice, dict[bytes, _Bucket]]] = []
        by_length: dict[int, dict[bytes, _Bucket]] = {}
        budget = _Budget()
        for text in globs:
            length = _known(text)
            table = by_length.setdefault(length, {})
            key = text[:length] if length >= 0 else text[length:]
            table.setdefault(key, _Bucket(self._masks, size, budget)).rests[text] = (
                text[length:] if length >= 0 else text[:length]
            )
        for length, table in by_length.items():
            cut = slice(length) if length >= 0 else slice(length, None)
            rest = slice(length, None) if length >= 0 else slice(length)
            self._alike.append((cut, rest, table))

    def positions(self, name: bytes) -> int:
        """Give every position whose component matches `name`, which has no slash."""
        found = self._masks[name] if name in self._literals else 0
        for cut, rest, table in self._alike:
            bucket = table.get(name[cut])
            if bucket is not None:
                found |= bucket.positions(name[rest])
        return found


def _known(glob: bytes) -> int:
    """How many bytes a name must begin with (or, negative, end with), as far as it is worth telling names apart by them."""
    first = min(at for at in map(glob.find, _SPECIAL) if at >= 0)
    if BACKSLASH in glob or OPEN in glob:
        return min(first, _TELLING)
    last = len(glob) - 1 - max(map(glob.rfind, _SPECIAL[:2]))
    return min(first, _TELLING) if first >= min(last, _TELLING) else -min(last, _TELLING)


def as_bits(positions: Sequence[int]) -> int:
    """Give the integer in which the bits at `positions` (in rising order) are set, in time linear in the highest."""
    if not positions:
        return 0
    packed = bytearray((positions[-1] >> 3) + 1)
    for position in positions:
        packed[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(packed, "little")


def _is_glob(component: bytes) -> bool:
    return (
        ASTERISK in component or QUERY in component or OPEN in component or BACKSLASH in component
    )


class _Masks(dict[bytes, int]):
    """The positions of each component as bits, made when first asked for."""

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
    """What all rows of a vocabulary take together. When it is used up, every automaton forgets its rows."""

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
    """Globs that begin or end alike, made into an automaton over the rest of a name when one is first asked about."""

    def __init__(self, masks: _Masks, size: int, budget: _Budget) -> None:
        self.rests: dict[bytes, bytes] = {}  # a glob → what of it is not alike
        self._masks = masks
        self._size = size
        self._budget = budget
        self._always = 0
        self._globs: _Globs | None = None

    def positions(self, rest: bytes) -> int:
        """Give the positions of the globs that match a name of which `rest` is not alike."""
        if self.rests:
            self._make()
        if self._globs is None:
            return self._always
        row = self._globs.start
        for byte in rest:
            row = row[byte]
        return self._always | (row.positions if row.positions >= 0 else self._globs.settle(row))

    def _make(self) -> None:
        """Those of which only a star is left match whatever comes; the others become an automaton."""
        for text in [text for text, rest in self.rests.items() if not rest.strip(b"*")]:
            del self.rests[text]
            self._always |= self._masks[text]
        if self.rests:
            self._globs = _Globs(self.rests, self._masks, self._size, self._budget)
            self._budget.automata.append(self._globs)
        self.rests = {}


class _Row(dict[int, "_Row"]):
    """What may still match after the bytes that led here. The keys are next bytes, filled in as names ask for them."""

    __slots__ = ("bits", "globs", "positions")

    def __init__(self, bits: int, globs: _Globs) -> None:
        self.bits = bits
        self.globs = globs
        self.positions = -1  # of the globs that match what was read so far; not settled yet

    def __missing__(self, byte: int) -> _Row:
        row = self[byte] = self.globs.after(self.bits, byte)
        return row


class _Globs:
    """All globs side by side: what each byte moves, which bits stay, which say that a glob matches."""

    def __init__(
        self, rests: Mapping[bytes, bytes], masks: _Masks, size: int, budget: _Budget
    ) -> None:
        # Those that begin with a star are always under way; in the lowest bits they keep most rows short.
        ordered = sorted(rests.items(), key=lambda item: item[1][:1] != b"*")
        kinds = {
            0: "\0"
        }  # a set of bytes → the character that stands for it below; the empty set is the place past the end
        places: list[str] = []
        starts: list[int] = []
        stays: list[int] = []
        self._matched: dict[int, bytes] = {}  # the bit that says that a glob matches → the glob
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
        """Give the row that `byte` leads to from a row with these bits."""
        moves = self._moves.get(byte)
        if moves is None:
            moves = self._moves[byte] = int(
                self._places.translate(self._kinds[255 - byte :: 256]), 2
            )
        bits = (bits & moves) << 1 | bits & self._stays
        row = self._rows.get(bits)
        if row is None:
            self._budget.spend(OVERHEAD + bits.bit_length() // 8)
            row = self._rows[bits] = _Row(bits, self)
        return row

    def settle(self, row: _Row) -> int:
        """Give the positions of the globs that match what led to `row`, and keep them there."""
        ended = row.bits & self._ends
        row.positions = (
            self._all_at_once(ended) if ended.bit_count() > _MANY else self._one_by_one(ended)
        )
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
        """Pick, for every position from the highest on, the bit that says whether its glob matches; the `0` in front is for the others."""
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
        """Drop all rows. They hold one another, so each lets go by itself."""
        for row in self._rows.values():
            row.clear()
        self._rows.clear()
        self.start.clear()
