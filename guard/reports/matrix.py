"""Who meets whom, as a picture: a square for each two sessions, in SVG."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from guard.core.names import counted, show
from guard.reports.columns import cells, cut
from guard.reports.html import NOTHING, Html, tag, text
from guard.rules.between import Pair, Party, Place

KINDS = {
    "conflict": "git cannot merge the two",
    "unknown": "guard could not find out",
    "lines": "the same lines, and git merges them",
    "files": "the same files, other lines",
}
_SIDE, _HEAD, _LETTER = 44, 22, 8.2  # pixels: a square, the line above, a letter of a name
_LABEL, _MOST, _FEW = 26, 24, 6  # letters of a name; sessions in a picture, in a small one


class Meeting(NamedTuple):
    """Two who meet, one of `KINDS`, in so many paths and lines; a number of 0 is not known.

    `a` is "" for the base.
    """

    a: str
    b: str
    kind: str
    paths: int
    lines: int

    @property
    def size(self) -> str:
        """How many paths and lines."""
        said = counted(self.paths, "path") if self.paths else ""
        return f"{said}, {counted(self.lines, 'line')}" if self.lines else said


def meeting_of(pair: Pair) -> Meeting | None:
    """Give what two sessions have in common; None for nothing."""
    if pair.verdict == "undecided":
        return Meeting(pair.a, pair.b, "unknown", len(pair.places), 0)
    if pair.verdict == "conflict" or pair.twins:
        return Meeting(pair.a, pair.b, "conflict", paths_in(pair), lines_in(pair.places))
    if pair.same_lines or pair.same_files:
        paths = len({*pair.same_lines, *pair.same_files})
        return Meeting(pair.a, pair.b, "lines" if pair.same_lines else "files", paths, 0)
    return None


def with_base(party: Party) -> Pair:
    """Give a session and the base, the side a, as a pair that conflicts."""
    return Pair("", party.name, "conflict", places=party.places)


def paths_in(pair: Pair) -> int:
    """Count the paths on which git would stop; two names that are one on some disks are one."""
    return len({place.conflict.path for place in pair.places}) + len(pair.twins)


def lines_in(places: Sequence[Place]) -> int:
    """Count the lines in which two sides meet; of each place those of the longer side."""
    return sum(
        max(last - first + 1 for first, last in (one.a, one.b))
        for place in places
        for one in place.lines
    )


def picture(meetings: Sequence[Meeting], order: Sequence[str], base: str) -> Html:
    """Give the picture of all meetings; `order` has the names of the sessions.

    With more than `_MOST` that meet somebody, those with the most conflicts are in it, and it says
    so.
    """
    met = Counter(name for one in meetings for name in (one.a, one.b))
    rows = [name for name in order if name in met]
    if not rows:
        return NOTHING
    left_out = len(rows) - _MOST
    if left_out > 0:
        stopped = Counter(n for one in meetings if one.kind == "conflict" for n in (one.a, one.b))
        worst = set(sorted(rows, key=lambda name: (-stopped[name], -met[name]))[:_MOST])
        rows = [name for name in rows if name in worst]
    notes = "The number counts paths, the small one below it lines."
    if len(rows) > _FEW:
        notes += " A picture wider than the screen moves sideways."
    if left_out > 0:
        notes += f" {counted(left_out, 'session')} with fewer conflicts: only in the table below."
    return tag(
        "figure",
        tag(
            "div",
            _svg(rows, meetings, base if "" in met else None),
            class_="scroll",
            tabindex="0",
            role="region",
            aria_label="Who meets whom, a picture",
        ),
        tag("figcaption", _legend(), tag("p", text(notes))),
    )


def _svg(rows: Sequence[str], meetings: Sequence[Meeting], base: str | None) -> Html:
    """Draw a line for each row, and squares in it: for the base, the rows above and itself."""
    found = {(one.a, one.b): one for one in meetings}
    found.update({(one.b, one.a): one for one in meetings})
    labels = [f"{number} {cut(show(name), _LABEL)}" for number, name in enumerate(rows, 1)]
    left = int(max(map(cells, labels)) * _LETTER) + 12
    shift = 1 if base is not None else 0
    head = _HEAD if shift else 0
    drawn = []
    if base is not None:
        drawn.append(_words(left + _SIDE // 2, _HEAD - 7, cut(show(base), 5), "middle", "head"))
    for number, row in enumerate(rows):
        top = head + number * _SIDE
        drawn.append(_words(left - 8, top + 27, labels[number], "end", "label"))
        for at, column in enumerate(["", *rows[:number]] if shift else rows[:number]):
            met = found.get((row, column))
            drawn.append(_square(left + at * _SIDE, top, met, base or ""))
        drawn.append(_own(left + (number + shift) * _SIDE, top, number + 1))
    width = left + (len(rows) + shift) * _SIDE + 2
    height = head + len(rows) * _SIDE + 2
    return tag(
        "svg",
        *drawn,
        viewBox=f"0 0 {width} {height}",
        width=str(width),
        height=str(height),
        role="img",
        class_="matrix few" if len(rows) <= _FEW else "matrix",
        aria_label="Who meets whom; the table below says the same",
    )


def _own(x: int, y: int, number: int) -> Html:
    """Where a row meets itself: its number, for the squares below."""
    middle = x + _SIDE // 2
    return tag("g", _rect(x, y, "own"), _words(middle, y + 27, str(number), "middle", "head"))


def _rect(x: int, y: int, kind: str) -> Html:
    inner = str(_SIDE - 4)
    return tag("rect", x=str(x + 2), y=str(y + 2), width=inner, height=inner, rx="3", class_=kind)


def _square(x: int, y: int, met: Meeting | None, base: str) -> Html:
    kind = met.kind if met else "none"
    inner = str(_SIDE - 4)
    square = tag("rect", x=str(x + 2), y=str(y + 2), width=inner, height=inner, rx="3", class_=kind)
    if not met:
        return square
    middle = x + _SIDE // 2
    words = [_words(middle, y + (21 if met.lines else 27), _count(met), "middle", f"of-{kind}")]
    if met.lines:
        small = f"of-{kind} small"
        words.append(_words(middle, y + 35, f"{_short(met.lines)} ln", "middle", small))
    title = f"{met.a or base} and {met.b}: {KINDS[kind]}{': ' if met.size else ''}{met.size}"
    return tag("g", tag("title", text(title)), square, *words)


def _count(met: Meeting) -> str:
    return "?" if met.kind == "unknown" else _short(met.paths)


def _short(count: int) -> str:
    """A number in four letters."""
    return str(count) if count < 1_000 else f"{min(count // 1_000, 99)}k+"


def _words(x: int, y: int, words: str, anchor: str, kind: str) -> Html:
    return tag("text", text(words), x=str(x), y=str(y), text_anchor=anchor, class_=kind)


def _legend() -> Html:
    signs = {"conflict": "2", "unknown": "?", "lines": "2", "files": "2"}
    items = [
        tag("li", tag("b", text(signs[kind]), class_=f"sign {kind}"), text(f" {what}"))
        for kind, what in KINDS.items()
    ]
    return tag("ul", *items, class_="legend")
