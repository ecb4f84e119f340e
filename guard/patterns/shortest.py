"""Shortest names that two components match, and that as few as possible of others do."""

from collections.abc import Iterator, Sequence

from guard.patterns.gitname import IN_NAMES, is_name
from guard.patterns.name_search import MOST_STEPS, Part, TooHard, best, search
from guard.patterns.pattern import STAR

_ANY = b"a"
_Asked = tuple[Part | None, Part | None, tuple[Part, ...]]


class Names:
    """Answers about the components of one comparison, each worked out once."""

    def __init__(self) -> None:
        self._parts: dict[bytes, Part] = {}  # by text
        self._names: dict[bytes, Part] = {}
        self._both: dict[tuple[Part, Part], bytes | None] = {}
        self._apart: dict[_Asked, list[bytes]] = {}

    def part(self, text: bytes) -> Part:
        """Give the component of this text; those that stand for one name are one."""
        part = self._parts.get(text)
        if part is None:
            part = Part(text)
            if part.name:
                part = self._names.setdefault(part.name, part)
            else:
                part.shortest = _shortest_of(part)
            self._parts[text] = part
        return part

    def name(self, one: Part | None, other: Part | None) -> bytes | None:
        """Give the shortest name that both match; None stands for every name."""
        if one is None or other is None:
            part = one or other
            return part.shortest if part else _ANY
        if one.name:
            return one.shortest if other.matches(one.name) else None
        if other.name:
            return other.shortest if one.matches(other.name) else None
        if not one.may_meet(other):
            return None
        key = (one, other)
        if key not in self._both:
            self._both[key] = _shortest(one, other)
        return self._both[key]

    def names(
        self, one: Part | None, other: Part | None, apart: tuple[Part, ...] = ()
    ) -> Sequence[bytes]:
        """Give names that both match, the shortest that as few as possible of `apart` match.

        A longer name is given only if one of `apart` that matches all shorter ones does not match
        it. Raises TooHard.
        """
        name = self.name(one, other)
        if name is None:
            return ()
        matching = [part for part in apart if part.matches(name)]
        if not matching or (one and one.name) or (other and other.name):
            return (name,)
        key = (one, other, apart)
        if key not in self._apart:
            required = [part for part in dict.fromkeys((one, other)) if part]
            self._apart[key] = _best_names(required, apart)
        return self._apart[key]


def _best_names(required: Sequence[Part], apart: Sequence[Part]) -> list[bytes]:
    """The names for which no other, at most as long, is matched by fewer of `apart`."""
    names = [part.name for part in apart if part.name and part.shortest]
    globs = [part for part in apart if not part.name]
    found = [name for name in names if all(part.matches(name) for part in required)]
    for name in search(required, globs, names):
        found.append(name)
        if not any(glob.matches(name) for glob in globs):
            break  # all others are longer
    chosen: list[tuple[bytes, frozenset[Part]]] = []
    matched = [(name, frozenset(part for part in apart if part.matches(name))) for name in found]
    for name, matching in sorted(matched, key=lambda one: (len(one[0]), len(one[1]))):
        if not any(better <= matching for _, better in chosen):
            chosen.append((name, matching))
    return [name for name, _ in chosen]


def _shortest_of(part: Part) -> bytes | None:
    """The shortest name of a glob: mostly one byte for each place."""
    needed = [place & IN_NAMES for place in part.places if place != STAR]
    if not all(needed):
        return None
    text = bytes(map(best, needed)) or _ANY
    return text if is_name(text) else next(search([part]), None)


def _shortest(one: Part, other: Part) -> bytes | None:
    """The shortest name of two globs. Their shortest text is often one; else it takes a search."""
    for part, mate in ((one, other), (other, one)):
        if part.shortest and mate.matches(part.shortest):
            return part.shortest  # no name of both is shorter than that of one
    text = _shortest_text(one, other)
    if text is None or is_name(text):
        return text
    return next(search([one, other]), None)


def _shortest_text(one: Part, other: Part) -> bytes | None:
    """Walks both rows of places from the left, in the order of length; each cell is left once."""
    rows = (one.places, other.places)
    goal = (len(rows[0]), len(rows[1]))
    came: dict[tuple[int, int], tuple[tuple[int, int], int]] = {(0, 0): ((0, 0), 0)}
    layer = [(0, 0)]
    while layer:
        longer: dict[tuple[int, int], tuple[tuple[int, int], int]] = {}
        for cell in layer:  # grows while a star matches nothing
            if cell == goal:
                return _text(came, goal)
            if len(came) > MOST_STEPS:
                raise TooHard(max(one.text, other.text, key=len))
            for after, accepted in _from(rows, cell):
                if after in came:
                    continue
                if not accepted:
                    came[after] = (cell, 0)
                    layer.append(after)
                elif accepted & IN_NAMES:
                    longer.setdefault(after, (cell, best(accepted)))
        layer = [cell for cell in longer if cell not in came]
        came.update((cell, longer[cell]) for cell in layer)
    return None


def _from(
    rows: tuple[list[int], list[int]], cell: tuple[int, int]
) -> Iterator[tuple[tuple[int, int], int]]:
    """The next cells with the bytes that lead there; 0 for none."""
    left, right = cell
    one = rows[0][left] if left < len(rows[0]) else 0
    other = rows[1][right] if right < len(rows[1]) else 0
    if one == STAR:
        yield (left + 1, right), 0
        if other > 0:
            yield (left, right + 1), other
    if other == STAR:
        yield (left, right + 1), 0
        if one > 0:
            yield (left + 1, right), one
    elif one > 0 and one & other:
        yield (left + 1, right + 1), one & other


def _text(came: dict[tuple[int, int], tuple[tuple[int, int], int]], cell: tuple[int, int]) -> bytes:
    found = bytearray()
    while cell != (0, 0):
        cell, byte = came[cell]
        if byte:
            found.append(byte)
    return bytes(reversed(found))
