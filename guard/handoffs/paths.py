"""The lines of `Files changed`, each with the paths that it begins with.

A path comes first in an item, a cell or a line; what follows explains it. This module looks at the
lines around; `naming` takes one line apart. Only `guard.rules.listed`, which knows the changed
paths, can tell what a name means.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from guard.handoffs.naming import entry_of, listed_by_git, status_of
from guard.handoffs.sections import FILES, keys_named
from guard.handoffs.values import Entry, Line, Name
from guard.handoffs.wording import says_unchanged

_LISTINGS = frozenset(("", *"text txt plain plaintext sh bash shell console git tree".split()))
_DRAWN = re.compile(r"[\s│├└─┬|`+-]*(?:──|--)\s*(?=\S)")  # the branches that tree(1) draws


class _Around(NamedTuple):
    """What a heading, a label or an item says of the lines below it.

    Their paths may be relative to `folder`. If they explain a file (`explained`) they list nothing;
    if `same`, what they name did not change.
    """

    folder: str = ""
    explained: bool = False
    same: bool = False


def entries(lines: Sequence[Line]) -> Iterator[Entry]:
    """Give the lines that may name paths, in order."""
    head, above = _Around(), dict[int, _Around]()  # the items around, by depth
    parts = [tuple(group) for _, group in groupby(enumerate(lines), lambda pair: _part(*pair))]
    for part, after in zip(parts, [*parts[1:], ()], strict=False):
        some = [line for _, line in part]
        first, following = some[0], after[0][1] if after else None
        if first.kind in ("heading", "paragraph") and _is_label(first, following):
            above, entry = {}, entry_of(first, label=True)
            head = _around(entry, first)
            yield entry._replace(same=head.same)
            continue
        if first.kind == "paragraph":
            head = head if head.explained or head.same else _Around()
        if first.kind in ("item", "code"):
            inner = first.level + (first.kind == "code")
            above = {depth: one for depth, one in above.items() if depth < inner}
        around = [head, *above.values()]
        silent = any(one.explained for one in around)
        same = any(one.same for one in around)
        within = _within(head, above)
        if first.kind == "item":
            label = following is not None and _is_below(following, first)
            entry = entry_of(first, label=label)
            above[first.level] = _around(entry, first)
            made = [entry]
        elif first.kind == "cell":
            made = list(_row(some))
        elif first.kind == "code":
            made = list(_listing(some))
        else:
            made = [entry_of(first)]
        if not silent:
            for entry in made:
                own = tuple(dict.fromkeys((*entry.within, *within)))
                yield entry._replace(within=own, same=same or entry.same)


def _part(at: int, line: Line) -> tuple[str, int]:
    """Rows and blocks of code, whose numbers follow each other, are read whole."""
    if line.kind == "code":
        return "code", line.number - at
    return (line.kind, line.number) if line.kind == "cell" else ("", at)


def _is_label(line: Line, after: Line | None) -> bool:
    """A heading, a final colon, or bold before no paragraph."""
    if line.kind == "heading" or line.text.endswith((":", "\uff1a")):
        return True
    is_bold = all(piece.strong or not piece.text.strip() for piece in line.pieces)
    return is_bold and after is not None and after.kind != "paragraph"


def _is_below(line: Line, item: Line) -> bool:
    return line.kind == "item" and line.level > item.level


def _around(entry: Entry, line: Line) -> _Around:
    first = entry.names[0] if entry.names else Name("")
    name = first.text.rstrip(":") if first.sure else ""
    last = name.rstrip("/").rpartition("/")[2]
    is_file = "." in last[1:] and not name.endswith("/")
    folder = "" if is_file or "*" in name else name.removeprefix("./").strip("/")
    same = entry.same or says_unchanged(line.text)
    return _Around(folder + "/" if folder else "", is_file, same)


def _within(head: _Around, above: dict[int, _Around]) -> tuple[str, ...]:
    items = "".join(one.folder for one in above.values())
    return tuple(filter(None, (head.folder + items, items, head.folder)))


def _row(cells: Sequence[Line]) -> Iterator[Entry]:
    """The column that is called File or Path, else the first one."""
    if cells[0].title == "header":
        return
    column = ([cell for cell in cells if FILES.key in keys_named(cell.title)] or cells)[0].level
    others = [cell.text for cell in cells if cell.level != column]
    status = next(filter(None, map(status_of, others)), "")
    same = any(map(says_unchanged, others))
    words = tuple(word for text in others for word in text.split())
    for cell in cells:
        if cell.level == column:
            entry = entry_of(cell)
            yield entry._replace(
                words=(*entry.words, *words),
                status=entry.status or status,
                same=entry.same or same,
            )


def _listing(lines: Sequence[Line]) -> Iterator[Entry]:
    """A list, what git prints, or a drawing, where names are relative to the folders around."""
    texts = [line.pieces[0].text for line in lines]
    is_patch = any(text.startswith(("@@ ", "diff --git ")) for text in texts)
    if lines[0].title not in _LISTINGS or is_patch:
        return
    is_tree = any(_DRAWN.match(text) for text in texts)
    folders: list[tuple[int, str]] = []  # around the line, with their columns
    for at, (line, text) in enumerate(zip(lines, texts, strict=True)):
        if not is_tree:
            yield from listed_by_git(line)
            continue
        column, name = _drawn(text)
        folders = [one for one in folders if one[0] < column]
        within = "".join(folder for _, folder in folders)
        if at + 1 < len(texts) and _drawn(texts[at + 1])[0] > column:
            folder = name.strip("./")
            folders.append((column, folder + "/" if folder else ""))
        elif name:
            rest = text[column:]
            entry = entry_of(line._replace(pieces=(line.pieces[0]._replace(text=rest),)))
            names = (Name(name, rest=rest),)
            yield entry._replace(names=names, within=(within,) if within else ())


def _drawn(text: str) -> tuple[int, str]:
    """The column of a name in a drawing, and the name; blank lines are at the far right."""
    drawn = _DRAWN.match(text)
    column = drawn.end() if drawn else len(text) - len(text.lstrip())
    words = text[column:].split(maxsplit=1)
    return (column, words[0]) if words else (-1, "")
