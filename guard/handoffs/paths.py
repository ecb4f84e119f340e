"""Where `Files changed` may name a path: items, cells, code, links, quotes, lines of listings.

This module looks at lines and what is around them; `naming` takes one line apart. Only
`guard.rules.listed`, which knows the changed paths, can tell what a mention means.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.handoffs.naming import Unit, has_sign, named, says_same
from guard.handoffs.sections import folded
from guard.handoffs.values import Line, Mention

_LISTINGS = frozenset(
    ("", *"text txt plain plaintext sh bash shell console diff git tree output".split())
)
_COLUMNS = frozenset(
    "file|files|path|paths|filename|file name|filepath|file path|changed file|changed files|where|"
    "location|module".split("|")
)


def mentions(lines: Sequence[Line]) -> list[Mention]:
    """Give everything in the lines of `Files changed` that may be a path, in order."""
    return [mention for unit in _units(lines) for mention in named(unit)]


class _Around(NamedTuple):
    """What a heading, a label or an item says of the lines below it.

    They are in its `folder`, `explained` if they explain a file that it names, and `same` if their
    files did not change.
    """

    folder: str = ""
    explained: bool = False
    same: bool = False


def _units(lines: Sequence[Line]) -> Iterator[Unit]:
    """Each line with its context; lines below a label such as `Not touched:` are left out.

    `- src/` with items below it is a label, and their paths may be relative to it.
    """
    listing = any(line.kind in ("item", "cell", "code") for line in lines)
    heading, unfinished = _Around(), False
    above: dict[int, _Around] = {}  # by depth
    for line, after in zip(lines, [*lines[1:], None], strict=False):
        if line.kind in ("heading", "paragraph"):
            is_heading = line.kind == "heading"
            label = _is_label(line, after)
            lead = is_heading or not heading.explained
            yield Unit(line, lead, label=label, bare=listing or is_heading)
            if label:
                heading = _around(line)
            elif not heading.explained:
                heading = _Around()
            above = {}
        elif line.kind == "item":
            above = {depth: one for depth, one in above.items() if depth < line.level}
            label = after is not None and after.kind == "item" and after.level > line.level
            around = (heading, *above.values())
            if not any(one.same for one in around):
                lead = not any(one.explained for one in around)
                yield Unit(line, lead, _within(heading, above), label)
            above[line.level] = _around(line) if label else _Around(explained=_names_file(line))
        elif not heading.same:
            yield _other(line, heading, above, unfinished=unfinished)
        unfinished = line.text.endswith((":", ","))


def _is_label(line: Line, after: Line | None) -> bool:
    """A heading, a final colon, or bold before no paragraph."""
    if line.kind == "heading" or line.text.endswith(":"):
        return True
    is_bold = all(piece.strong or not piece.text.strip() for piece in line.pieces)
    return is_bold and after is not None and after.kind != "paragraph"


def _other(line: Line, heading: _Around, above: dict[int, _Around], *, unfinished: bool) -> Unit:
    """Code that is no listing names no file."""
    if line.kind == "more":
        outer = list(above.values())[:-1]
        return Unit(line, unfinished and not any(one.explained for one in outer))
    if line.kind == "cell":
        in_column = folded(line.title) in _COLUMNS or not line.level
        lead = line.title != "header" and in_column
    else:
        lead = not heading.explained and (line.kind == "html" or line.title in _LISTINGS)
    return Unit(line, lead, _within(heading, {}))


def _around(line: Line) -> _Around:
    return _Around(_folder(line), _names_file(line), says_same(line.text))


def _within(heading: _Around, above: dict[int, _Around]) -> tuple[str, ...]:
    items = "".join(item.folder for item in above.values())
    folders = (heading.folder, items, heading.folder + items)
    return tuple(dict.fromkeys(filter(None, folders)))


def _names_file(line: Line) -> bool:
    """Whether a line begins with the name of a file, not of a folder."""
    marked = next((piece.text for piece in line.pieces if piece.kind != "text"), "")
    first = marked or (line.text.split() or [""])[0]
    is_folder = _folder(line) or first.rstrip(":").endswith("/")
    return not is_folder and has_sign(first.rstrip(":,"))


def _folder(line: Line) -> str:
    """The folder that a label names, with a slash at its end; "" for none."""
    marked = [piece.text for piece in line.pieces if piece.kind != "text"]
    words = marked or line.text.rstrip(": ").split()
    if len(words) != 1:
        return ""
    word = words[0].strip()
    name = word.removeprefix("./").strip("/")
    has_ending = "." in name.rpartition("/")[2][1:] and not word.endswith("/")
    return "" if not name or has_ending or "*" in name else name + "/"
