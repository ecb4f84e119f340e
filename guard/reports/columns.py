"""Text in columns, counted in the cells of a terminal."""

from collections.abc import Sequence
from typing import NamedTuple
from unicodedata import combining, east_asian_width

_CUT = "…"
_GAP = "  "
_DAY = 24 * 60 * 60


class Column(NamedTuple):
    """A column: its heading, one text a row, and how wide it may be at most (0: as it comes).

    The lower its `worth`, the sooner it makes room; 0 stays. `right`: its texts end in line.
    """

    head: str
    texts: Sequence[str]
    worth: int = 0
    most: int = 0
    right: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no row has a text."""
        return not any(self.texts)


def cells(text: str) -> int:
    """Count the cells that a printable text takes (Unicode TR 11: wide and full-width take two)."""
    if text.isascii():
        return len(text)
    return sum(
        0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text
    )


def cut(text: str, width: int) -> str:
    """Give text in at most `width` cells; what is cut ends with a sign."""
    if cells(text) <= width:
        return text
    kept, taken = [], 1
    for char in text:
        taken += cells(char)
        if taken > width:
            break
        kept.append(char)
    return "".join(kept) + _CUT


def padded(text: str, width: int, *, right: bool = False) -> str:
    """Give text in exactly `width` cells, cut or filled with blanks."""
    text = cut(text, width)
    blanks = " " * (width - cells(text))
    return blanks + text if right else text + blanks


def folded(text: str, width: int, first: str = "", rest: str = "  ") -> list[str]:
    """Give text in lines of `width` cells, broken at blanks; a word that is longer stays whole.

    `first` is the indentation of the first line, `rest` that of the others.
    """
    lines, room = [first], width - cells(first)
    for word in text.split(" "):
        wide = cells(word)
        is_begun = bool(lines[-1].strip())
        if is_begun and wide + 1 > room:
            lines.append(rest)
            room, is_begun = width - cells(rest), False
        lines[-1] += f" {word}" if is_begun else word
        room -= wide + is_begun
    return lines


class Table(NamedTuple):
    """Rows of cells that fit a width, the headings first; `hidden` are the columns left out."""

    rows: list[list[str]]
    hidden: tuple[str, ...]


def fitted(columns: Sequence[Column], width: int) -> Table:
    """Lay columns out: empty ones go; of the others come those worth most, as far as they fit."""
    left = [one for one in columns if not one.worth]
    room = width - sum(map(_taken, left)) + len(_GAP)
    spare = [one for one in columns if one.worth and not one.is_empty]
    for one in sorted(spare, key=lambda one: -one.worth):
        if _taken(one) <= room:
            room -= _taken(one)
            left.append(one)
    hidden = tuple(one.head for one in spare if one not in left)
    left = [one for one in columns if one in left]
    widths = list(map(_width, left))
    over = sum(widths) + len(_GAP) * (len(left) - 1) - width
    if over > 0 and widths:  # the widest gives way
        widest = widths.index(max(widths))
        widths[widest] = max(8, widths[widest] - over)
    laid = [
        [padded(text, wide, right=one.right) for text in (one.head, *one.texts)]
        for one, wide in zip(left, widths, strict=True)
    ]
    rows = [list(row) for row in zip(*laid, strict=True)]
    return Table(rows, hidden)


def age(seconds: float) -> str:
    """Give how long ago something was, in its largest unit."""
    for size, unit in ((_DAY, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "now"


def joined(row: Sequence[str]) -> str:
    """Give a row as a line without blanks at its end."""
    return _GAP.join(row).rstrip()


def _taken(column: Column) -> int:
    return _width(column) + len(_GAP)


def _width(column: Column) -> int:
    wide = max(map(cells, (column.head, *column.texts)))
    return min(wide, column.most) if column.most else wide
