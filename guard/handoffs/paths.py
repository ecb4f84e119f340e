"""Where `Files changed` may name a path: list items, table cells, code, links, quotes, lines of a listing.

What is meant cannot be told from the text alone: `guard.rules.listed` holds each mention against what changed. Here only its place is
told, line by line; what stands in a line is for `guard.handoffs.naming` to take apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.handoffs.naming import Unit, has_sign, named, says_same
from guard.handoffs.sections import folded
from guard.handoffs.values import Line, Mention

_LISTINGS = frozenset(
    (
        "",
        "text",
        "txt",
        "plain",
        "plaintext",
        "sh",
        "bash",
        "shell",
        "console",
        "diff",
        "git",
        "tree",
        "output",
    )
)
_COLUMNS = frozenset(
    "file|files|path|paths|filename|file name|filepath|file path|changed file|changed files|where|location|module".split(
        "|"
    )
)
_LISTS = ("item", "cell", "code")


def mentions(lines: Sequence[Line]) -> list[Mention]:
    """Give everything in the lines of `Files changed` that may be a path, in order."""
    return [mention for unit in _units(lines) for mention in named(unit)]


class _Around(NamedTuple):
    """What a heading, a label or an item says of the lines below it.

    `folder` is the folder that they are in, "" for none; `explained` tells that they explain a file that it names, `same` that they are
    files that did not change.
    """

    folder: str = ""
    explained: bool = False
    same: bool = False


def _units(lines: Sequence[Line]) -> Iterator[Unit]:
    """Each line with what is known from those around it: `- src/` with items below it is a label, and they are written from there.

    What stands below a label such as `Not touched:` is left out.
    """
    listing = any(line.kind in _LISTS for line in lines)
    heading, unfinished = _Around(), False
    above: dict[int, _Around] = {}  # by depth
    for line, after in zip(lines, [*lines[1:], None], strict=False):
        if line.kind in ("heading", "paragraph"):
            label = _is_label(line, after)
            yield Unit(
                line,
                lead=not heading.explained or line.kind == "heading",
                label=label,
                bare=listing or line.kind == "heading",
            )
            heading, above = (
                _around(line) if label else heading if heading.explained else _Around(),
                {},
            )
        elif line.kind == "item":
            above = {depth: one for depth, one in above.items() if depth < line.level}
            label = after is not None and after.kind == "item" and after.level > line.level
            around = (heading, *above.values())
            if not any(one.same for one in around):
                yield Unit(
                    line, not any(one.explained for one in around), _within(heading, above), label
                )
            above[line.level] = _around(line) if label else _Around(explained=_names_file(line))
        elif not heading.same:
            yield _other(line, heading, above, unfinished=unfinished)
        unfinished = line.text.endswith((":", ","))


def _is_label(line: Line, after: Line | None) -> bool:
    """Whether a heading or a paragraph stands before what follows: it ends with a colon, or is bold and the end of its paragraph."""
    return (
        line.kind == "heading"
        or line.text.endswith(":")
        or (after is not None and after.kind != "paragraph" and _is_bold(line))
    )


def _other(line: Line, heading: _Around, above: dict[int, _Around], *, unfinished: bool) -> Unit:
    """A further line of an item, a cell, HTML or a line of code. In code that is no listing a file is mentioned at most."""
    if line.kind == "more":
        return Unit(
            line, lead=unfinished and not any(one.explained for one in list(above.values())[:-1])
        )
    if line.kind == "cell":
        return Unit(
            line,
            line.title != "header" and (folded(line.title) in _COLUMNS or not line.level),
            _within(heading, {}),
        )
    return Unit(
        line,
        not heading.explained and (line.kind == "html" or line.title in _LISTINGS),
        _within(heading, {}),
    )


def _around(line: Line) -> _Around:
    return _Around(_folder(line), _names_file(line), says_same(line.text))


def _within(heading: _Around, above: dict[int, _Around]) -> tuple[str, ...]:
    items = "".join(item.folder for item in above.values())
    return tuple(
        dict.fromkeys(
            folder for folder in (heading.folder, items, heading.folder + items) if folder
        )
    )


def _is_bold(line: Line) -> bool:
    return all(piece.strong or not piece.text.strip() for piece in line.pieces)


def _names_file(line: Line) -> bool:
    """Whether a line begins with something that looks like a file's name, and not like words or a folder's."""
    first = (
        next((piece.text for piece in line.pieces if piece.kind != "text"), "")
        or (line.text.split() or [""])[0]
    )
    return (
        not _folder(line) and has_sign(first.rstrip(":,")) and not first.rstrip(":").endswith("/")
    )


def _folder(line: Line) -> str:
    """The folder that a label names, with a slash at its end; "" if it names none."""
    marked = [piece.text for piece in line.pieces if piece.kind != "text"]
    words = marked or line.text.rstrip(": ").split()
    name = words[0].strip().removeprefix("./").strip("/") if len(words) == 1 else ""
    is_file = (
        "." in name.rpartition("/")[2][1:] and not words[0].strip().endswith("/") if name else True
    )
    return "" if is_file or "*" in name else name + "/"
