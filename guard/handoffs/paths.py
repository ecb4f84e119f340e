"""Where `Files changed` may name a path: list items, table cells, code, links, quotes, lines of a listing.

What is meant cannot be told from the text alone: `guard.rules.listed` holds each mention against what changed. Here only its place is
told: before the colon, dash or bracket that begins an explanation, a file is named; behind it, and in prose, one may be mentioned.
"""

from __future__ import annotations

import re

from guard.handoffs.sections import folded
from guard.handoffs.values import Mention
from guard.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.handoffs.values import Line, Piece

_LISTINGS = frozenset(("", "text", "txt", "plain", "plaintext", "sh", "bash", "shell", "console", "diff", "git", "tree", "output"))
_COLUMNS = frozenset(("file", "files", "path", "paths", "filename", "file name", "file path", "changed file", "changed files"))
_FIRST = 0xF0000  # what is marked up stands in the text as one character of a private plane (Unicode, section 23.5)
_BRACKETS = re.compile(r"(?:(?<=\s)|^)\([^()]*\)(?!/)")  # `(group)/page.tsx` is a path
_EXPLAINS = re.compile(r":(?=\s|$)|\s(?:[-–—|]|--)(?=\s)|\.\s|\s\((?![^()]*\)/)")
_BETWEEN = re.compile(r"[,;\t]|\s(?:and|&|\+|→|->|=>|⟶|to|or|as)(?=\s)")
# git's letters and words, and people's, that stand before a path (git-status(1); git-diff(1), `--name-status`).
_STATUS = re.compile(
    r"(?:[MADRCTU?!]{1,2}|[RC]\d{1,3}|new file|new|both|add(?:s|ed)?|modif(?:y|ies|ied)|changed?|changes|updated?|updates|deleted?|deletes|"
    r"removed?|removes|renamed?|renames|moved?|moves|created?|creates|edit(?:s|ed)?|touched|rewrote|rewritten|refactored|fix(?:ed|es)?|in|"
    r"files?|copied|from|the):?\s+",
    re.IGNORECASE,
)
_STAT = re.compile(r"\s\|\s+(?:\d|Bin\b).*")  # git-diff(1), `--stat`
_SUMMARY = re.compile(r"\s*\d+ files? changed\b")
_DRAWN = re.compile(r"[\s│├└─|`+-]*(?:──|--)\s*(?=\S)")  # what tree(1) draws
_QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)+)"|“([^”\n]+)”|(?<!\w)\'([^\'\n]+)\'(?!\w)')
_EDGES = "()[]'\"`“”‘’,;:!"


def mentions(lines: Sequence[Line]) -> list[Mention]:
    """Give everything in the lines of `Files changed` that may be a path, in order."""
    return [mention for unit in _units(lines) for mention in _mentioned(unit)]


class _Unit(NamedTuple):
    """A line to look at. Files are named in it only if `lead`; `within` are the folders around it; a `label` names one for those below."""

    line: Line
    lead: bool = True
    within: tuple[str, ...] = ()
    label: bool = False


def _units(lines: Sequence[Line]) -> Iterator[_Unit]:
    """Each line with what is known from those around it: `- src/` with items below it is a label, and they are written from there."""
    heading, unfinished = "", False
    above: dict[int, _Above] = {}  # by depth
    for line, after in zip(lines, [*lines[1:], None], strict=False):
        if line.kind == "heading":
            heading, above = _folder(line), {}
        elif line.kind == "paragraph":
            label = line.text.endswith(":") or (after is not None and after.kind != "paragraph" and _is_bold(line))
            heading, above = _folder(line) if label else "", {}
            yield _Unit(line, label=label)
        elif line.kind == "item":
            above = {depth: name for depth, name in above.items() if depth < line.level}
            label = after is not None and after.kind == "item" and after.level > line.level
            yield _Unit(line, not any(item.explained for item in above.values()), _within(heading, above), label)
            above[line.level] = _Above(_folder(line) if label else "", _names_file(line))
        elif line.kind == "more":
            yield _Unit(line, lead=unfinished and not any(item.explained for item in list(above.values())[:-1]))
        elif line.kind == "cell":
            yield _Unit(line, line.title != "header" and (folded(line.title) in _COLUMNS or not line.level), _within(heading, {}))
        elif line.kind == "html" or line.title in _LISTINGS:
            yield _Unit(line, within=_within(heading, {}))
        unfinished = line.text.endswith((":", ","))


class _Above(NamedTuple):
    """What an item says of those below it: the folder that they are in, "" for none, and whether they explain a file that it names."""

    folder: str
    explained: bool


def _within(heading: str, above: dict[int, _Above]) -> tuple[str, ...]:
    items = "".join(item.folder for item in above.values())
    return tuple(dict.fromkeys(folder for folder in (heading, items, heading + items) if folder))


def _is_bold(line: Line) -> bool:
    return all(piece.strong or not piece.text.strip() for piece in line.pieces)


def _names_file(line: Line) -> bool:
    """Whether an item begins with something that looks like a file's name, and not like words or a folder's."""
    first = next((piece.text for piece in line.pieces if piece.kind != "text"), "") or (line.text.split() or [""])[0]
    return not _folder(line) and ("/" in first or "." in first.strip(".:,"))


def _folder(line: Line) -> str:
    """The folder that a label names, with a slash at its end; "" if it names none."""
    marked = [piece.text for piece in line.pieces if piece.kind != "text"]
    words = marked or line.text.rstrip(": ").split()
    name = words[0].strip().removeprefix("./").strip("/") if len(words) == 1 else ""
    is_file = "." in name.rpartition("/")[2][1:] and not words[0].strip().endswith("/") if name else True
    return "" if is_file or "*" in name else name + "/"


def _mentioned(unit: _Unit) -> Iterator[Mention]:
    if unit.line.kind != "code":
        yield from _in_text(unit, *_flattened(unit.line.pieces))
        return
    source = unit.line.pieces[0].text
    if _SUMMARY.match(source):
        return
    plain = _DRAWN.sub("", source, count=1)  # a drawing names files below folders: alone none of its lines is a path
    marked: list[str] = []
    text = _without_quotes(_STAT.sub("", plain.removeprefix("$ ")), marked)
    yield from _in_text(unit._replace(lead=unit.lead and plain == source), text, marked)


def _flattened(pieces: Sequence[Piece]) -> tuple[str, list[str]]:
    """The text with one character in place of each piece that is marked up, and what those pieces say."""
    parts: list[str] = []
    marked: list[str] = []
    for piece in pieces:
        if piece.kind == "text" and not (piece.strong and _is_name(piece.text)):
            parts.append(_without_quotes(piece.text, marked))
        else:
            parts.append(chr(_FIRST + len(marked)))
            marked.append(piece.target if piece.kind == "link" and not _is_name(piece.text) else piece.text.strip())
    return "".join(parts), marked


def _is_name(text: str) -> bool:
    """Whether a text with mark-up is a name and not words."""
    return len(text.split()) == 1 and ("/" in text or "." in text.strip("."))


def _without_quotes(text: str, marked: list[str]) -> str:
    """Add quoted names to `marked`, and put a character in place of each.

    Names in double quotes keep them, for git may have written those (git-config(1), `core.quotePath`).
    """
    parts: list[str] = []
    at = 0
    for found in _QUOTED.finditer(text):
        parts += (_plain(text[at : found.start()]), chr(_FIRST + len(marked)))
        marked.append(found[0] if found[1] else found[2] or found[3])
        at = found.end()
    return "".join([*parts, _plain(text[at:])])


def _plain(text: str) -> str:
    """The text without characters that stand for marked pieces."""
    return text if max(text, default="") < chr(_FIRST) else "".join(char if ord(char) < _FIRST else "\ufffd" for char in text)


def _in_text(unit: _Unit, text: str, marked: list[str]) -> Iterator[Mention]:
    """Split a line into what names and what explains, and the former into chunks, one a name."""
    text = ", ".join(_unfolded(text))
    bracketed = _BRACKETS.findall(text)
    parts = _EXPLAINS.split(_BRACKETS.sub("", text), maxsplit=1)
    for chunk in _BETWEEN.split(parts[0]):
        yield from _in_chunk(unit, chunk, marked)
    for rest in (*parts[1:], *bracketed):
        for word in rest.split():
            yield from _word(unit._replace(lead=False), word, marked, "")


def _in_chunk(unit: _Unit, chunk: str, marked: list[str]) -> Iterator[Mention]:
    """One name, perhaps with words around it: the first word is it if there is no other, or if it has a slash."""
    chunk = chunk.strip()
    while (status := _STATUS.match(chunk)) is not None:
        chunk = chunk[status.end() :]
    words = chunk.split()
    for place, word in enumerate(words):
        lead = unit.lead and (len(words) == 1 or (place == 0 and "/" in word) or ord(max(word)) >= _FIRST)
        yield from _word(unit._replace(lead=lead), word, marked, chunk if len(words) > 1 else "")


def _word(unit: _Unit, word: str, marked: list[str], whole: str) -> Iterator[Mention]:
    stands = [marked[ord(char) - _FIRST] for char in word if ord(char) >= _FIRST]
    for text in stands:
        for name in _unfolded(text):
            yield Mention(name, unit.line.number, unit.lead, marked=True, within=unit.within, label=unit.label)
    name = word.strip(_EDGES) if not stands else ""
    if name:
        yield Mention(name.rstrip("."), unit.line.number, unit.lead, marked=False, within=unit.within, label=unit.label, whole=whole)


def _unfolded(text: str) -> list[str]:
    """`src/{a => b}/c.py`, as `git diff --stat` writes a rename, is two paths; any other text is itself (git-diff(1))."""
    start, arrow = text.find("{"), text.find(" => ")
    end = text.find("}", arrow)
    if not 0 <= start < arrow < end:
        return [text]
    before, _, head = text[:start].rpartition(" ")
    tail, _, after = text[end + 1 :].partition(" ")
    both = [(head + middle + tail).replace("//", "/") for middle in (text[start + 1 : arrow], text[arrow + 4 : end])]
    return [rest for rest in (before, *both, after) if rest]
