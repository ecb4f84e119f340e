"""A shortest path that two lists of patterns match and a third does not: a proof, no sampling.

Each list becomes a tree of components. The search walks both trees at once, name by name, in the
order of the least length of the whole path (A*), so the first path that it completes is a shortest
one. The patterns that must not match are one set of positions (`patternset.py`), a subset
construction on demand. A state is skipped if one was visited at the same nodes with fewer of these
positions: whatever completes this state completes that one, too.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import product
from math import inf
from typing import NamedTuple

from guard.core.errors import GuardError
from guard.core.names import show
from guard.patterns.name_search import Part, TooHard
from guard.patterns.pattern import DEEP, Pattern, parse_pattern, to_bytes
from guard.patterns.patternset import Automaton
from guard.patterns.shortest import Names

_MOST_STEPS = 100_000  # of one search: about 100 ms
_SHOWN = 80  # characters of a pattern in a message


class Edge(NamedTuple):
    """The `least` number of bytes to the end of a file's path this way.

    It begins with a name that `part` matches (None: any name) and leads to the node `after`.
    """

    least: int
    part: Part | None
    after: "Node"


class Undecided(GuardError):
    """It would take too long to tell whether two lists meet, mostly because of `pattern`."""

    def __init__(self, pattern: str) -> None:
        shown = show(pattern if len(pattern) <= _SHOWN else pattern[:_SHOWN] + "…")
        super().__init__(
            f"pattern '{shown}' is too complex to compare with others",
            hint="use fewer wildcards in it",
        )
        self.pattern = pattern


class Node:
    """A place in a tree: what ends here, and what may follow.

    `covers`: a pattern matches a folder here, and so all below; `file`: one matches a file. Before
    what follows `deep` any number of folders may come, as at a node that `loops`. The ways on are
    `names`, by name, and `globs`; `named` has all names. `tail` is the least of them all.
    """

    def __init__(self, *, loops: bool = False) -> None:
        self.children: dict[Part, Node] = {}
        self.deep: Node | None = None
        self.loops = loops
        self.covers = self.file = False
        self.names: dict[Part, list[Edge]] = {}
        self.named: list[Edge] = []
        self.globs: list[Edge] = []
        self.tail: float = inf

    def finish(self) -> None:
        """Work out the ways on, when those of all nodes below are known."""
        self.globs = [*self.deep.globs] if self.deep else []
        self.named = [*self.deep.named] if self.deep else []
        for part, child in self.children.items():
            rest = 0 if child.file else 1 + (1 if child.covers else child.tail)
            if rest < inf and part.shortest:
                edge = Edge(len(part.shortest) + int(rest), part, child)
                (self.named if part.name else self.globs).append(edge)
        self.tail = min((edge.least for edge in (*self.named, *self.globs)), default=inf)
        if self.loops and self.tail < inf:
            self.globs.append(Edge(2 + int(self.tail), None, self))  # a folder of one letter
        for edges in (self.named, self.globs):
            edges.sort(key=_least)
        for edge in self.named:
            if edge.part:
                self.names.setdefault(edge.part, []).append(edge)


def _least(edge: Edge) -> int:
    return edge.least


_ANYTHING = Node(loops=True)  # in a folder that is matched
_ANYTHING.covers = _ANYTHING.file = True
_ANYTHING.globs.append(Edge(1, None, _ANYTHING))
_ANYTHING.tail = 1


class Language:
    """The paths that some patterns match. Raises PatternError, and Undecided."""

    def __init__(self, patterns: Sequence[str], names: Names) -> None:
        self.patterns = tuple(patterns)
        self.top = Node()
        for text in patterns:
            try:
                self._add(parse_pattern(text), names)
            except TooHard:
                raise Undecided(text) from None
        _finish(self.top)

    def _add(self, pattern: Pattern, names: Names) -> None:
        node = self.top
        for component in pattern.components:
            if component == DEEP:
                if not node.loops:
                    node.deep = node.deep or Node(loops=True)
                    node = node.deep
                continue
            part = names.part(component)
            if part.shortest is None:
                return  # git lets no path have such a name
            node = node.children.setdefault(part, Node())
        node.covers = True
        node.file = node.file or not pattern.directories


class Meeting(NamedTuple):
    """The shortest common path of a file, and of a folder (with a slash at its end); "" if none.

    The folder is known only if no file is: its files are all excluded, and it can be a submodule.
    """

    file: str = ""
    folder: str = ""


def meeting(one: Language, other: Language, apart: Sequence[str], names: Names) -> Meeting:
    """Find a shortest path that both match and no pattern of `apart` does. Raises Undecided."""
    try:
        found = _Search(names).run(one.top, other.top)
        if not apart or not found.file:
            return found._replace(folder="")
        without = _Without(apart, names)
        if not without.has(found.file):
            return found
        return _Search(names, without).run(one.top, other.top)
    except TooHard as error:
        patterns = (*one.patterns, *other.patterns, *apart)
        raise Undecided(_hardest(patterns, error.component)) from None


def _hardest(patterns: Sequence[str], component: bytes) -> str:
    """The pattern with this component, or (for none) with the most wildcards."""
    for pattern in patterns:
        if component and component in parse_pattern(pattern).components:
            return pattern
    return max(patterns, key=lambda text: (sum(map(text.count, "*?[")), len(text)))


def _finish(top: Node) -> None:
    """Finish all nodes, the last ones first."""
    nodes = [top]
    for node in nodes:  # it grows
        nodes += node.children.values()
        nodes += [node.deep] if node.deep else []
    for node in reversed(nodes):
        node.finish()


class _Without:
    """The patterns that must not match."""

    def __init__(self, patterns: Sequence[str], names: Names) -> None:
        parsed = [parse_pattern(pattern) for pattern in patterns]
        self.automaton = Automaton(parsed)
        components = (one for pattern in parsed for one in pattern.components if one != DEEP)
        self._parts = [names.part(component) for component in components]  # by position
        self._live: dict[int, tuple[Part, ...]] = {}

    def has(self, path: str) -> bool:
        """Tell whether a pattern matches a file or a folder above it."""
        automaton, here = self.automaton, self.automaton.first
        *folders, name = to_bytes(path).split(b"/")
        for folder in folders:
            matched = here & automaton.matching(folder)
            if matched & automaton.last:
                return True
            here = automaton.below(here, matched)
        return bool(here & automaton.matching(name) & automaton.last_of_file)

    def live(self, here: int) -> tuple[Part, ...]:
        """Give the components that may match at these positions."""
        known = self._live.get(here)
        if known is None:
            bits = bin(here)[:1:-1]
            parts = (part for bit, part in zip(bits, self._parts, strict=False) if bit == "1")
            known = self._live[here] = tuple(dict.fromkeys(parts))
        return known


class _State(NamedTuple):
    """Where a walk stands: a path with a slash at its end, its nodes, and the positions `here`."""

    path: bytes
    left: Node
    right: Node
    here: int


class _Search:
    """One walk through two trees.

    Entries of the queue are the least length of the whole path, the length so far (the longest
    first), a number that makes them different, and a file's path or a state. A state comes again,
    with a negative number, for each length that its ways on may have, so that long ones cost
    nothing if a short one is found.
    """

    def __init__(self, names: Names, without: _Without | None = None) -> None:
        self._names = names
        self._without = without
        self._steps = 0
        self._best: float = inf  # the length of the shortest file's path so far
        self._visited: dict[tuple[Node, Node], list[int]] = {}
        self._queue: list[tuple[float, int, int, bytes | _State]] = []

    def run(self, one: Node, other: Node) -> Meeting:
        """Give the shortest paths. Raises TooHard."""
        folder = b""
        self._push(_State(b"", one, other, self._without.automaton.first if self._without else 0))
        while self._queue:
            least, _, order, state = heappop(self._queue)
            if isinstance(state, bytes):
                return Meeting(state.decode("utf-8", "surrogateescape"))
            path, left, right, here = state
            if order > 0:
                if self._was_visited(state):
                    continue
                self._visited.setdefault((left, right), []).append(here)
                if left is right is _ANYTHING:
                    folder = folder or path
                self._go_on(state, self._same_names(left, right))
            self._go_on(state, _of_length(left, right, int(least) - len(path)))
            self._come_again(state, int(least))
        return Meeting(folder=folder.decode("utf-8", "surrogateescape"))

    def _was_visited(self, state: _State) -> bool:
        here = state.here
        visited = self._visited.get((state.left, state.right), ())
        return any(before & here == before for before in visited)

    def _same_names(self, left: Node, right: Node) -> Iterator[tuple[Edge, Edge]]:
        for part in left.names.keys() & right.names.keys():
            yield from product(left.names[part], right.names[part])

    def _come_again(self, state: _State, least: int) -> None:
        """Queue the state for the next length that a way on with a glob has."""
        path, left, right, _ = state
        known = least - len(path)
        longer = []
        if right.globs:
            longer += [_next(left.named, known)]
        if left.globs:
            longer += [_next(right.named, known)]
        if left.globs or right.globs:
            longer += [_next(left.globs, known), _next(right.globs, known)]
        following = min(longer, default=inf)
        if len(path) + following < self._best:
            self._step()
            heappush(self._queue, (len(path) + following, -len(path), -self._steps, state))

    def _go_on(self, state: _State, pairs: Iterable[tuple[Edge, Edge]]) -> None:
        if self._without:
            live = self._without.live(state.here)
            for one, other in pairs:
                self._step()
                for name in self._names.names(one.part, other.part, live):
                    self._enter(state, name, one.after, other.after)
            return
        name_of = self._names.name
        for (_, left, after_left), (_, right, after_right) in pairs:
            self._steps += 1
            shortest = name_of(left, right)
            if shortest is not None:
                self._enter(state, shortest, after_left, after_right)
        self._require_few_steps()

    def _enter(self, state: _State, name: bytes, left: Node, right: Node) -> None:
        """Queue the path of a file and that of a folder."""
        path, here = state.path + name, state.here
        excluded = covered = False
        if self._without:
            automaton = self._without.automaton
            matched = here & automaton.matching(name)
            excluded = bool(matched & automaton.last_of_file)
            covered = bool(matched & automaton.last)
            here = automaton.below(here, matched)
        if left.file and right.file and not excluded and len(path) < self._best:
            self._step()
            self._best = len(path)
            heappush(self._queue, (len(path), -len(path), self._steps, path))
        if not covered:
            left = _ANYTHING if left.covers else left
            right = _ANYTHING if right.covers else right
            self._push(_State(path + b"/", left, right, here))

    def _push(self, state: _State) -> None:
        least = len(state.path) + max(state.left.tail, state.right.tail)
        if least < self._best and not self._was_visited(state):
            self._step()
            heappush(self._queue, (least, -len(state.path), self._steps, state))

    def _step(self) -> None:
        self._steps += 1
        self._require_few_steps()

    def _require_few_steps(self) -> None:
        if self._steps > _MOST_STEPS:
            raise TooHard


def _of_length(left: Node, right: Node, length: int) -> Iterator[tuple[Edge, Edge]]:
    """Yield the ways on of two nodes, at least one by a glob, of which the longer is this long."""
    yield from _longer_of(left.globs, right.globs, length)
    yield from _longer_of(left.globs, right.named, length)
    yield from _longer_of(left.named, right.globs, length)


def _longer_of(
    ones: Sequence[Edge], others: Sequence[Edge], length: int
) -> Iterator[tuple[Edge, Edge]]:
    if not ones or not others:
        return
    low, high = _place(ones, length), _place(ones, length + 1)
    start, end = _place(others, length), _place(others, length + 1)
    yield from product(ones[low:high], others[:end])
    yield from product(ones[:low], others[start:end])


def _place(edges: Sequence[Edge], length: int) -> int:
    """Where the first way on is that is at least this long."""
    return bisect_left(edges, (length,))


def _next(edges: Sequence[Edge], length: int) -> float:
    """The least length above `length`."""
    place = _place(edges, length + 1)
    return edges[place].least if place < len(edges) else inf
