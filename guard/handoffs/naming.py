"""What one line of `Files changed` names, and what it only mentions.

A file is named before the colon, dash or bracket that begins an explanation; after it, and in
prose, it is only mentioned. A line that says that a file did not change does neither.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.handoffs.values import Line, Mention, Piece

# A marked piece is one character of a private plane in the text (Unicode, section 23.5).
_FIRST = 0xF0000
_BRACKETS = re.compile(r"(?:(?<=\s)|^)\([^()]*\)(?!/)")  # `(group)/page.tsx` is a path
_EXPLAINS = re.compile(r":(?=\s|$)|\s(?:[-–—|]|--|//)(?=\s)|\.\s|\s\((?![^()]*\)/)")
_BETWEEN = re.compile(r"[;\t]|,(?![^{}\s]*\})|\s(?:and|plus|&|\+|→|->|=>|⟶|to|or|as)(?=\s)")
# Letters and words before a path, git's (git-status(1); git-diff(1), `--name-status` and
# `--summary`) and people's.
_STATUS = re.compile(
    r"[\[(]?(?:[MADRCTU?!]{1,2}|[RC]\d{1,3}|new file|new|both|add(?:s|ed)?|"
    r"modif(?:y|ies|ied)|changed?|changes|updated?|updates|deleted?|deletes|removed?|removes|"
    r"renamed?|renames|moved?|moves|created?|creates|edit(?:s|ed)?|touched|typechange|rewrote|"
    r"rewritten|refactored|fix(?:ed|es)?|in|under|all|everything|files?|copied|from|the|"
    r"(?:create|delete) mode \d{6})[\])]?:?\s+",
    re.IGNORECASE,
)
# `✨ src/a.py`, `+ src/a.py`
_SIGNS = re.compile(r"(?:[^\w\s/.\U000F0000-\U0010FFFF]+|:\w+:)\s+")
# `M src/a.py`, `git mv src/a.py src/b.py`
_LETTERS = re.compile(r"(?:[MADRCTU?!]{1,2}|[RC]\d{1,3}|git (?:mv|rm|add))\s+")
# A label before names: what was done to them, or where they belong; some introduce other files.
_LABEL = re.compile(r"([^:]{1,40}?)(?::\s+|\s(?:[-–—]|--)\s+)(?=\S)")
_ASIDE = re.compile(
    r"see\b|cf\b|compare|related|refer|based|like|uses?\b|using|calls?\b|depends|context|"
    r"notes?\b|background",
    re.IGNORECASE,
)
# Words before or after a file's name that say that it did not change.
_SAME = (
    r"(?:unchanged|unaffected|untouched|"
    r"(?:not|never)\s(?:been\s)?(?:touched|changed|modified|edited|affected)|"
    r"as\s(?:it|they)\s(?:was|were)|"
    r"(?:need(?:s|ed)\s|required\s)?no\schanges?(?:\s(?:needed|required))?|"
    r"left\s(?:alone|as\sis)|"
    r"out\sof\sscope|not\s(?:part\sof|in)\sthis\s(?:branch|change|pr))"
)
_SAME_BEFORE = re.compile(
    r"\W*(?:(?:files?|paths?|reviewed|read|looked\sat|inspected|but|and|other|also|left|"
    r"deliberately|intentionally)\s)*"
    rf"(?:{_SAME}|no\s(?:other\s)?changes?\s(?:to|in)|"
    r"did\snot\s(?:touch|change|modify|edit))\b",
    re.IGNORECASE,
)
_SAME_BEHIND = re.compile(
    r"[\s:,(–—-]+(?:(?:is|was|are|were|has|have|been|left|stays?|remains?|all|both|itself|"
    rf"intentionally|deliberately)\s)*{_SAME}\W*$",
    re.IGNORECASE,
)
# A moved file counts, unchanged or not.
_MOVES = re.compile(r"→|->|=>|⟶|\b(?:renam|mov|copi)", re.IGNORECASE)
_JOINS = frozenset(("and", "or", "&", "+", ",", "also"))
_LONGEST_SAME = 300  # characters of a line that are searched for such words
_STAT = re.compile(r"\s\|\s+(?:\d|Bin\b).*")  # git-diff(1), `--stat`
_SUMMARY = re.compile(r"\s*\d+ files? changed\b")
_DRAWN = re.compile(r"[\s│├└─|`+-]*(?:──|--)\s*(?=\S)")  # the branches that tree(1) draws
_QUOTED = re.compile(
    r'"((?:[^"\\\n]|\\.)+)"|“([^”\n]+)”|‘([^’\n]+)’|`([^`\n]+)`|'
    r"(?<!\w)'([^'\n]+)'(?!\w)"
)
_SEPARATE = re.compile(r"\s*[,;]\s*|\s+(?:→|->|=>)\s+")
_WORD = re.compile(r"\S+")
_EDGES = "()[]'\"`“”‘’,;:!~"


class Unit(NamedTuple):
    """A line with its context.

    It names files only if `lead`, and if `bare` only without other words. `within` are the folders
    around it; a `label` may name one for the lines below.
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
    # In a drawing files are named relative to folders, so no line of it is a path by itself.
    plain = _DRAWN.sub("", source, count=1)
    marked: list[_Marked] = []
    text = _without_quotes(_STAT.sub("", plain.removeprefix("$ ")), marked)
    yield from _in_text(unit._replace(lead=unit.lead and plain == source), text, marked)


def says_same(text: str) -> bool:
    """Tell whether a label introduces files that did not change."""
    is_same = _SAME_BEFORE.match(text[:_LONGEST_SAME])
    return is_same is not None and not any(map(has_sign, text.split()))


def has_sign(word: str) -> bool:
    """Tell whether a word is marked, or has a slash or a dot within, as only names do."""
    return word > "" and (ord(max(word)) >= _FIRST or "/" in word or "." in word.strip(".,;:!?"))


class _Marked(NamedTuple):
    """The text of a marked piece, and all of it where `text` is only a part."""

    text: str
    whole: str = ""


def _flattened(pieces: Sequence[Piece]) -> tuple[str, list[_Marked]]:
    """In the text, one character stands for each marked piece."""
    parts: list[str] = []
    marked: list[_Marked] = []
    for piece in pieces:
        if piece.kind == "text" and not (piece.strong and _is_name(piece.text)):
            parts.append(_without_quotes(piece.text, marked))
            continue
        parts.append(chr(_FIRST + len(marked)))
        text = piece.text.strip()
        name = _LETTERS.sub("", text, count=1)
        if piece.kind == "link" and not _is_name(text):
            name = piece.target
        marked.append(_Marked(name, text))
    return "".join(parts), marked


def _is_name(text: str) -> bool:
    return len(text.split()) == 1 and ("/" in text or "." in text.strip("."))


def _without_quotes(text: str, marked: list[_Marked]) -> str:
    """Double quotes stay with a name: git may have written it (git-config(1), `core.quotePath`)."""
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
    if max(text, default="") < chr(_FIRST):
        return text
    return "".join(char if ord(char) < _FIRST else "\ufffd" for char in text)


def _in_text(unit: Unit, text: str, marked: list[_Marked]) -> Iterator[Mention]:
    if _says_same(text):
        return
    text = ", ".join(_unfolded(text))
    bracketed = _BRACKETS.findall(text)
    front, *explained = _EXPLAINS.split(_after_label(_BRACKETS.sub("", text)), maxsplit=1)
    chunks = [_without_status(chunk) for chunk in _BETWEEN.split(front)]
    if unit.bare and any(len(chunk.split()) > 1 for chunk in chunks):
        unit = unit._replace(lead=False)
    first = True
    for chunk in chunks:
        if not _says_same(chunk):
            yield from _in_chunk(unit, chunk, marked, first=first)
            first = first and not any(map(has_sign, chunk.split()))
    for rest in (*explained, *bracketed):
        for word in _WORD.finditer(rest):
            yield from _word(unit._replace(lead=False), word, marked)


def _says_same(text: str) -> bool:
    """Whether a line, or a part of one, is about files that did not change."""
    text = text[:_LONGEST_SAME]
    if _MOVES.search(text):
        return False
    if _SAME_BEFORE.match(text):
        return True
    behind = _SAME_BEHIND.search(text)
    before = text[: behind.start()].split() if behind else []
    return behind is not None and all(has_sign(word) or word in _JOINS for word in before)


def _after_label(text: str) -> str:
    """A label is what was done, or any words before nothing but names."""
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
    chunk = chunk.strip()
    while (before := _STATUS.match(chunk) or _SIGNS.match(chunk)) is not None:
        chunk = chunk[before.end() :]
    return chunk


def _in_chunk(unit: Unit, chunk: str, marked: list[_Marked], *, first: bool) -> Iterator[Mention]:
    """A word is the name if it is alone, or at the front with a slash.

    A marked word is the name after other words, too, if it is the first of its line.
    """
    words = list(_WORD.finditer(chunk))
    bare = len(words) == 1
    only = True  # names so far, and no other words
    for place, word in enumerate(words):
        is_marked = ord(max(word[0])) >= _FIRST
        lead = bare or (place == 0 and "/" in word[0]) or (is_marked and (only or first))
        lead = unit.lead and lead and "~~" not in word[0]
        yield from _word(unit._replace(lead=lead), word, marked)
        only, first = only and is_marked, first and not is_marked


def _word(unit: Unit, word: re.Match[str], marked: list[_Marked]) -> Iterator[Mention]:
    number, lead = unit.line.number, unit.lead
    like = Mention("", number, lead, marked=False, within=unit.within, label=unit.label)
    pieces = [marked[ord(char) - _FIRST] for char in word[0] if ord(char) >= _FIRST]
    for piece in pieces:
        for name in _several(piece.text):
            yield like._replace(text=name, marked=True, whole=piece.whole)
    name = "" if pieces else word[0].strip(_EDGES)
    if name:
        at = word.start() + word[0].index(name)
        yield like._replace(text=name.rstrip("."), whole=word.string, at=at)


def _several(text: str) -> list[str]:
    """More than one name only if each is certainly a name."""
    unfolded = _unfolded(text)
    if "{" in text or '"' in text:
        return unfolded
    names: list[str] = []
    for part in _SEPARATE.split(text):
        words = part.split()
        names += words if all("/" in word for word in words) else [part]
    return names if all(map(has_sign, names)) else unfolded


def _unfolded(text: str) -> list[str]:
    """Both paths of a rename as in `src/{a => b}/c.py`; any other text is itself (git-diff(1))."""
    start, arrow = text.find("{"), text.find(" => ")
    end = text.find("}", arrow)
    if not 0 <= start < arrow < end:
        return [text]
    before, _, head = text[:start].rpartition(" ")
    tail, _, after = text[end + 1 :].partition(" ")
    middles = (text[start + 1 : arrow], text[arrow + 4 : end])
    both = [(head + middle + tail).replace("//", "/") for middle in middles]
    return [rest for rest in (before, *both, after) if rest]
