"""The lines of `Files changed`, each with the paths that it begins with.

A path comes first in an item, a cell or a line; what follows explains it. This module looks at the
lines around; `naming` takes one line apart. Only `guard.rules.listed`, which knows the changed
paths, can tell what a name means.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.handoffs.naming import entry_of, listed_by_git, status_of
from guard.handoffs.sections import FILES, keys_named
from guard.handoffs.values import Entry, Line, Name, together
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
    parts = list(together(lines))
    for part, following in zip(parts, [*parts[1:], ()], strict=False):
        first, after = part[0], following[0] if following else None
        is_head = first.kind in ("heading", "paragraph") and _is_label(first, after)
        if is_head:
            head, above = _Around(), {}
        elif first.kind == "paragraph" and not (head.explained or head.same):
            head = _Around()
        if first.kind in ("item", "code"):
            inner = first.level + (first.kind == "code")
            above = {depth: one for depth, one in above.items() if depth < inner}
        around, within = [head, *above.values()], _within(head, above)
        is_item = first.kind == "item"
        has_below = is_item and after and after.kind == "item" and after.level > first.level
        made = list(_made(part, label=is_head or bool(has_below)))
        if is_head:
            head = _around(made[0])
        elif is_item:
            above[first.level] = _around(made[0])
        if any(one.explained for one in around):
            continue
        for entry in made:
            own = tuple(dict.fromkeys((*entry.within, *within)))
            yield entry._replace(within=own, same=entry.same or any(one.same for one in around))


def _is_label(line: Line, after: Line | None) -> bool:
    if line.kind == "heading" or line.text.endswith((":", "\uff1a")):
        return True
    is_bold = all(piece.strong or not piece.text.strip() for piece in line.pieces)
    return is_bold and after is not None and after.kind != "paragraph"


def _made(part: Sequence[Line], *, label: bool) -> Iterator[Entry]:
    if part[0].kind == "cell":
        yield from _row(part)
    elif part[0].kind == "code":
        yield from _listing(part)
    else:
        yield entry_of(part[0], label=label)


def _around(entry: Entry) -> _Around:
    first = entry.names[0] if entry.names else Name("")
    name = first.text.rstrip(":") if first.sure else ""
    last = name.rstrip("/").rpartition("/")[2]
    is_file = "." in last[1:] and not name.endswith("/")
    folder = "" if is_file or "*" in name else name.removeprefix("./").strip("/")
    return _Around(folder + "/" if folder else "", is_file, entry.same)


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
            yield listed_by_git(line)
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
