"""What one line of `Files changed` names, and what it only mentions.

Before the colon, dash or bracket that begins an explanation, a file is named; behind it, and in prose, one may be mentioned. A line that
says of a file that it did not change does neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.handoffs.values import Line, Mention, Piece

_FIRST = 0xF0000  # what is marked up stands in the text as one character of a private plane (Unicode, section 23.5)
_BRACKETS = re.compile(r"(?:(?<=\s)|^)\([^()]*\)(?!/)")  # `(group)/page.tsx` is a path
_EXPLAINS = re.compile(r":(?=\s|$)|\s(?:[-–—|]|--|//)(?=\s)|\.\s|\s\((?![^()]*\)/)")
_BETWEEN = re.compile(r"[;\t]|,(?![^{}\s]*\})|\s(?:and|plus|&|\+|→|->|=>|⟶|to|or|as)(?=\s)")
# git's letters and words, and people's, that stand before a path (git-status(1); git-diff(1), `--name-status` and `--summary`).
_STATUS = re.compile(
    r"[\[(]?(?:[MADRCTU?!]{1,2}|[RC]\d{1,3}|new file|new|both|add(?:s|ed)?|modif(?:y|ies|ied)|changed?|changes|updated?|updates|deleted?|"
    r"deletes|removed?|removes|renamed?|renames|moved?|moves|created?|creates|edit(?:s|ed)?|touched|typechange|rewrote|rewritten|"
    r"refactored|fix(?:ed|es)?|in|under|all|everything|files?|copied|from|the|(?:create|delete) mode \d{6})[\])]?:?\s+",
    re.IGNORECASE,
)
_SIGNS = re.compile(r"(?:[^\w\s/.\U000F0000-\U0010FFFF]+|:\w+:)\s+")  # `✨ src/a.py`, `+ src/a.py`
_LETTERS = re.compile(
    r"(?:[MADRCTU?!]{1,2}|[RC]\d{1,3}|git (?:mv|rm|add))\s+"
)  # `M src/a.py`, `git mv src/a.py src/b.py`
# A label before names: what was done to them, or which part of the whole they are; some lead to what did not change.
_LABEL = re.compile(r"([^:]{1,40}?)(?::\s+|\s(?:[-–—]|--)\s+)(?=\S)")
_ASIDE = re.compile(
    r"see\b|cf\b|compare|related|refer|based|like|uses?\b|using|calls?\b|depends|context|notes?\b|background",
    re.IGNORECASE,
)
# Words that say of a file that it is as it was, before its name or behind it.
_SAME = (
    r"(?:unchanged|unaffected|untouched|(?:not|never)\s(?:been\s)?(?:touched|changed|modified|edited|affected)|"
    r"as\s(?:it|they)\s(?:was|were)|(?:need(?:s|ed)\s|required\s)?no\schanges?(?:\s(?:needed|required))?|left\s(?:alone|as\sis)|"
    r"out\sof\sscope|not\s(?:part\sof|in)\sthis\s(?:branch|change|pr))"
)
_SAME_BEFORE = re.compile(
    rf"\W*(?:(?:files?|paths?|reviewed|read|looked\sat|inspected|but|and|other|also|left|deliberately|intentionally)\s)*"
    rf"(?:{_SAME}|no\s(?:other\s)?changes?\s(?:to|in)|did\snot\s(?:touch|change|modify|edit))\b",
    re.IGNORECASE,
)
_SAME_BEHIND = re.compile(
    rf"[\s:,(–—-]+(?:(?:is|was|are|were|has|have|been|left|stays?|remains?|all|both|itself|intentionally|deliberately)\s)*{_SAME}\W*$",
    re.IGNORECASE,
)
_MOVES = re.compile(
    r"→|->|=>|⟶|\b(?:renam|mov|copi)", re.IGNORECASE
)  # a moved file may be unchanged, and is moved all the same
_JOINS = frozenset(("and", "or", "&", "+", ",", "also"))
_LONGEST_SAME = 300  # characters of a line that are looked through for such words
_STAT = re.compile(r"\s\|\s+(?:\d|Bin\b).*")  # git-diff(1), `--stat`
_SUMMARY = re.compile(r"\s*\d+ files? changed\b")
_DRAWN = re.compile(r"[\s│├└─|`+-]*(?:──|--)\s*(?=\S)")  # what tree(1) draws
_QUOTED = re.compile(
    r'"((?:[^"\\\n]|\\.)+)"|“([^”\n]+)”|‘([^’\n]+)’|`([^`\n]+)`|(?<!\w)\'([^\'\n]+)\'(?!\w)'
)
_SEPARATE = re.compile(r"\s*[,;]\s*|\s+(?:→|->|=>)\s+")
_WORD = re.compile(r"\S+")
_EDGES = "()[]'\"`“”‘’,;:!~"


class Unit(NamedTuple):
    """A line to look at. Files are named in it only if `lead`; `within` are the folders around it; a `label` names one for those below.

    Where it is `bare`, other words beside a name make it one that is only mentioned.
    """

    line: Line
    lead: bool = True
    within: tuple[str, ...] = ()
    label: bool = False
    bare: bool = False


def named(unit: Unit) -> Iterator[Mention]:
    """Yield everything in a line that may be a path."""
    if unit.line.kind != "code":
        yield from _in_text(unit, *_flattened(unit.line.pieces))
        return
    source = unit.line.pieces[0].text
    if _SUMMARY.match(source):
        return
    plain = _DRAWN.sub(
        "", source, count=1
    )  # a drawing names files below folders: alone none of its lines is a path
    marked: list[_Marked] = []
    text = _without_quotes(_STAT.sub("", plain.removeprefix("$ ")), marked)
    yield from _in_text(unit._replace(lead=unit.lead and plain == source), text, marked)


def says_same(text: str) -> bool:
    """Whether a label stands before files that did not change."""
    return _SAME_BEFORE.match(text[:_LONGEST_SAME]) is not None and not any(
        map(has_sign, text.split())
    )


def has_sign(word: str) -> bool:
    """Whether a word is marked up, or has what only names have within: a slash or a dot."""
    return word > "" and (ord(max(word)) >= _FIRST or "/" in word or "." in word.strip(".,;:!?"))


class _Marked(NamedTuple):
    """What a stretch that is marked up says, and all of it where a part may be meant."""

    text: str
    whole: str = ""


def _flattened(pieces: Sequence[Piece]) -> tuple[str, list[_Marked]]:
    """The text with one character in place of each piece that is marked up, and what those pieces say."""
    parts: list[str] = []
    marked: list[_Marked] = []
    for piece in pieces:
        if piece.kind == "text" and not (piece.strong and _is_name(piece.text)):
            parts.append(_without_quotes(piece.text, marked))
        else:
            parts.append(chr(_FIRST + len(marked)))
            text = piece.text.strip()
            name = (
                piece.target
                if piece.kind == "link" and not _is_name(text)
                else _LETTERS.sub("", text, count=1)
            )
            marked.append(_Marked(name, text))
    return "".join(parts), marked


def _is_name(text: str) -> bool:
    """Whether a text with mark-up is a name and not words."""
    return len(text.split()) == 1 and ("/" in text or "." in text.strip("."))


def _without_quotes(text: str, marked: list[_Marked]) -> str:
    """Add quoted names to `marked`, and put a character in place of each.

    Names in double quotes keep them, for git may have written those (git-config(1), `core.quotePath`).
    """
    parts: list[str] = []
    at = 0
    for found in _QUOTED.finditer(text):
        parts += (_plain(text[at : found.start()]), chr(_FIRST + len(marked)))
        name = next(filter(None, found.groups()))
        marked.append(_Marked(found[0] if found[1] else name, name))
        at = found.end()
    return "".join([*parts, _plain(text[at:])])


def _plain(text: str) -> str:
    """The text without characters that stand for marked pieces."""
    return (
        text
        if max(text, default="") < chr(_FIRST)
        else "".join(char if ord(char) < _FIRST else "\ufffd" for char in text)
    )


def _in_text(unit: Unit, text: str, marked: list[_Marked]) -> Iterator[Mention]:
    """Split a line into what names and what explains, and the former into chunks, one a name."""
    if _says_same(text):
        return
    text = ", ".join(_unfolded(text))
    bracketed = _BRACKETS.findall(text)
    parts = _EXPLAINS.split(_after_label(_BRACKETS.sub("", text)), maxsplit=1)
    chunks = [_without_status(chunk) for chunk in _BETWEEN.split(parts[0])]
    if unit.bare and any(len(chunk.split()) > 1 for chunk in chunks):
        unit = unit._replace(lead=False)
    first = True
    for chunk in chunks:
        if not _says_same(chunk):
            yield from _in_chunk(unit, chunk, marked, first=first)
            first = first and not any(map(has_sign, chunk.split()))
    for rest in (*parts[1:], *bracketed):
        for word in _WORD.finditer(rest):
            yield from _word(unit._replace(lead=False), word, marked)


def _says_same(text: str) -> bool:
    """Whether a line, or a part of one, is about files that did not change."""
    text = text[:_LONGEST_SAME]
    if _MOVES.search(text):
        return False
    behind = _SAME_BEHIND.search(text)
    return _SAME_BEFORE.match(text) is not None or (
        behind is not None
        and all(has_sign(word) or word in _JOINS for word in text[: behind.start()].split())
    )


def _after_label(text: str) -> str:
    """The text without a label in front: what was done to a file, or, before names and nothing else, any other words."""
    status = _STATUS.match(text)
    words = text[status.end() :].split(maxsplit=1) if status else []
    if status and words and (len(words) == 1 or has_sign(words[0])):
        return text[status.end() :]
    label = _LABEL.match(text)
    if not label or _ASIDE.match(label[1].strip()) or any(map(has_sign, label[1].split())):
        return text
    rest = text[label.end() :]
    chunks = [chunk.split() for chunk in _BETWEEN.split(_EXPLAINS.split(rest, maxsplit=1)[0])]
    return rest if all(len(words) == 1 and has_sign(words[0]) for words in chunks) else text


def _without_status(chunk: str) -> str:
    """A chunk without the letters, words and signs before its name."""
    chunk = chunk.strip()
    while (before := _STATUS.match(chunk) or _SIGNS.match(chunk)) is not None:
        chunk = chunk[before.end() :]
    return chunk


def _in_chunk(unit: Unit, chunk: str, marked: list[_Marked], *, first: bool) -> Iterator[Mention]:
    """One name, perhaps with words around it.

    A word is the name if there is no other, or if it stands at the front and has a slash; one that is marked up also behind words, as the
    first of its line.
    """
    words = list(_WORD.finditer(chunk))
    bare = len(words) == 1
    only = True  # names so far, and no other words
    for place, word in enumerate(words):
        is_marked = ord(max(word[0])) >= _FIRST
        lead = bare or (place == 0 and "/" in word[0]) or (is_marked and (only or first))
        yield from _word(
            unit._replace(lead=unit.lead and lead and "~~" not in word[0]), word, marked
        )
        only, first = only and is_marked, first and not is_marked


def _word(unit: Unit, word: re.Match[str], marked: list[_Marked]) -> Iterator[Mention]:
    """The names in one word; what is marked up stands for itself, of other words those behind it may belong to the name."""
    like = Mention(
        "", unit.line.number, unit.lead, marked=False, within=unit.within, label=unit.label
    )
    stands = [marked[ord(char) - _FIRST] for char in word[0] if ord(char) >= _FIRST]
    for one in stands:
        for name in _several(one.text):
            yield like._replace(text=name, marked=True, whole=one.whole)
    name = word[0].strip(_EDGES) if not stands else ""
    if name:
        yield like._replace(
            text=name.rstrip("."), whole=word.string, at=word.start() + word[0].index(name)
        )


def _several(text: str) -> list[str]:
    """The names in one piece of code: more than one only where each of them is certainly a name."""
    unfolded = _unfolded(text)
    if "{" in text or '"' in text:
        return unfolded
    names = [
        name
        for part in _SEPARATE.split(text)
        for name in (part.split() if all("/" in word for word in part.split()) else [part])
    ]
    return names if all(map(has_sign, names)) else unfolded


def _unfolded(text: str) -> list[str]:
    """`src/{a => b}/c.py`, as `git diff --stat` writes a rename, is two paths; any other text is itself (git-diff(1))."""
    start, arrow = text.find("{"), text.find(" => ")
    end = text.find("}", arrow)
    if not 0 <= start < arrow < end:
        return [text]
    before, _, head = text[:start].rpartition(" ")
    tail, _, after = text[end + 1 :].partition(" ")
    both = [
        (head + middle + tail).replace("//", "/")
        for middle in (text[start + 1 : arrow], text[arrow + 4 : end])
    ]
    return [rest for rest in (before, *both, after) if rest]
