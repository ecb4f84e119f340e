"""What one line of `Files changed` begins with: paths, after a status or a label.

A line is `[STATUS or LABEL:] PATH[, PATH…] [explanation]`. Only a status of git's and a mark from
the list of words mean something in an explanation, and only if they are all of it or in brackets.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.handoffs.values import Entry, Line, Name, Piece
from guard.handoffs.wording import folded, past, says_unchanged

# A marked piece is one character of a private plane in the text (Unicode, section 23.5).
_FIRST = 0xF0000
WIDE = "\uff1a\uff08\u3001\uff0c\uff1b\u3002"  # in Chinese and Japanese these end a name
_SIGNS = re.compile(r"(?:(?:[^\w\s/.…~\"\U000F0000-\U0010FFFF-]+|[-–]|:\w+:)\s+)*")
_LABEL = re.compile(r"([^:\uff1a\U000F0000-\U0010FFFF]{1,40}?)(?::\s+|\uff1a\s*|\s+[-–—]\s+)(?=\S)")
_BOLD_LABEL = re.compile(r"([\U000F0000-\U0010FFFF])(?:\s*:\s+|\s*\uff1a\s*|\s+[-–—]\s+)(?=\S)")
# git's status words and letters (git-status(1); git-diff(1), `--name-status`).
_GITS = {
    "added": "added", "new file": "added", "new": "added", "deleted": "deleted",
    "modified": "modified", "typechange": "modified", "renamed": "renamed", "copied": "added",
}  # fmt: skip
_LETTERS = re.compile(r"[\[(]?([MADRCTU?!]{1,2}|[RC]\d{1,3})[\])]?:?\s+")
_VERB = re.compile(
    r"(?:add|bump|chang|creat|delet|edit|extend|fix|improv|introduc|modif|mov|refactor|regenerat|"
    r"remov|renam|replac|updat)(?:e[ds]?|ied|ies|s|ed|y)?(?:\s+(?:files?|tests?))?\s+|"
    r"new(?:\s+file)?\s+",
    re.IGNORECASE,
)
_JOINT = r"\s+(?:and|und|et|y|e|/|to|→|->|=>|⟶|➡\ufe0f?)\s+"
_MOVED = (  # what a file's other name follows: `a.py`: renamed to `b.py`
    r"(?i:is\s+)?(?i:now\s+)?(?i:moved|renamed|umbenannt|verschoben|renommé|déplacé|renombrado|"
    r"movido|renomeado)\s+(?:to|from|as|in|nach|von|aus|en|vers|de|depuis|a|para|desde)\s+"
)
_BETWEEN = re.compile(
    rf"\s*[,;+&\u3001\uff0c\uff1b]\s*(?:and\s+)?|{_JOINT}|\s*[,:(–—-]?\s*{_MOVED}|"
    r"\s+(?=[\U000F0000-\U0010FFFF])"  # code behind code
)
_ENDS = re.compile(
    rf"\s*(?:$|[:(\[|,;+&#←\U000F0000-\U0010FFFF{WIDE}]|\s[-–—]|--|\s//\s|[.]\s*$|\d+\s|\s\d)"
    rf"|{_JOINT}|\s+{_MOVED}"
)
_BRACKETED = re.compile(r"\s*[(\[\uff08]([^()\[\]\uff08\uff09]*)[)\]\uff09]")
_LISTED = (
    re.compile(r" (?P<names>\S.*?) +\| +(?:\d+(?: [+-]+)?|Bin\b.*)\s*"),  # git-diff(1), `--stat`
    # `--name-status`, `--numstat`
    re.compile(r"(?P<status>[MADTUX]|[RC]\d{0,3}|[\d-]+\t[\d-]+)\t(?P<names>.+)"),
    re.compile(r"(?P<status>[ MADRCTU?!][ MADRCTU?!]) (?P<names>\S.*)"),  # git-status(1), `--short`
    re.compile(  # git-status(1), where a submodule is followed by what is new in it
        r"\s+(?P<status>both \w+|deleted by \w+|added by \w+|[a-z]+(?: file)?): +"
        r"(?P<names>\S.*?)(?: \((?:new commits|(?:modified|untracked) content)[^()]*\))?"
    ),
)
_QUOTED = re.compile(
    r'"((?:[^"\\\n]|\\.)+)"|“([^”\n]+)”|‘([^’\n]+)’|`([^`\n]+)`|'
    r"(?<!\w)'([^'\n]+)'(?!\w)"
)
_WORD = re.compile(rf"(?:\{{[^{{}}]*\}}|[^\s,;:{WIDE}]|[,;:](?=\S))+")
_MARKED = re.compile("[\U000f0000-\U0010ffff]")
_MOST_WORDS = 5  # of a label
_OWNERS = ("'s", "’s")  # `src/a.py's parser`
_EDGES = "()'\"`“”‘’,;:!"


def entry_of(line: Line, *, label: bool = False) -> Entry:
    """Take a line apart; `label` tells that others below may be relative to it."""
    text, marked = _flattened(line.pieces)
    start = past(_SIGNS, text, 0)
    front = _front(text, start, marked)
    in_prose = line.kind in ("paragraph", "heading")
    names, end = _names(text, front.end, marked, in_prose=in_prose)
    words = tuple(_words(text, marked))
    behind, is_same = _explained(text[end:]) if len(names) == 1 else ("", False)
    # `Added src/a.py` is git's only if nothing follows.
    status = front.status if front.is_gits or not text[end:].strip(" .") else ""
    same = is_same or says_unchanged(front.label) or says_unchanged(line.text)
    if front.label:
        names = (Name(front.label, rest=text[start:], before=True), *names)
    return Entry(line.number, names, words, status or behind, same, label=label)


def listed_by_git(line: Line) -> Entry:
    """Take a line of code apart: what git prints of a file, or of any list."""
    text = line.pieces[0].text.rstrip()
    found = next(filter(None, (form.fullmatch(text) for form in _LISTED)), None)
    if not found:
        return entry_of(line._replace(pieces=(Piece("text", text.removeprefix("$ ")),)))
    listed = found["names"]
    parts = [listed] if "}" in listed else re.split(r"\t| (?:->|=>) ", listed)
    names = tuple(Name(part.strip(), marked=True, rest=part) for part in parts)
    return Entry(line.number, names, status=status_of(found.groupdict().get("status", "")))


def status_of(text: str) -> str:
    """Give the status that a whole text is, in git's letters or words; "" for any other text."""
    plain = text.strip(" :*_`")
    if re.fullmatch(r"[MADRCT?]{1,2}|[RC]\d{1,3}", plain):
        kinds = {"A": "added", "?": "added", "C": "added", "D": "deleted", "R": "renamed"}
        return kinds.get(plain[0], "modified")
    return _GITS.get(folded(plain), "")


class _Front(NamedTuple):
    """What precedes the first name, which begins at `end`.

    `is_gits` tells that the status is in git's form: letters, or a word before a colon.
    """

    end: int
    status: str
    is_gits: bool
    label: str = ""


def _front(text: str, at: int, marked: Sequence[Piece]) -> _Front:
    letters = _LETTERS.match(text, at)
    if letters:
        return _Front(past(_SIGNS, text, letters.end()), status_of(letters[1]), is_gits=True)
    bold, plain = _BOLD_LABEL.match(text, at), _LABEL.match(text, at)
    label, end = "", at
    if bold and marked[ord(bold[1]) - _FIRST].strong:
        label, end = marked[ord(bold[1]) - _FIRST].text, bold.end()
    elif plain and len(plain[1].split()) < _MOST_WORDS:
        label, end = plain[1], plain.end()
    if any(map(has_sign, label.split())):
        label, end = "", at
    verb = _VERB.match(text, end)
    status = status_of(label or (verb[0] if verb else ""))
    end = past(_SIGNS, text, verb.end() if verb else end)
    return _Front(end, status, is_gits=bool(label), label=label)


def has_sign(word: str) -> bool:
    """Tell whether a word is marked, or has a slash or a dot within, as only names do."""
    return word > "" and (ord(max(word)) >= _FIRST or "/" in word or "." in word.strip(".,;:!?"))


def _names(
    text: str, at: int, marked: Sequence[Piece], *, in_prose: bool
) -> tuple[tuple[Name, ...], int]:
    """The names from `at` on, and where the last one ends."""
    names: list[Name] = []
    end = at
    while True:
        word = _WORD.match(text, at)
        if not word:
            return tuple(names), end
        end = word.end()
        is_listed = _ENDS.match(text, end) is not None
        sure = is_listed or not (names or in_prose)
        found = list(_named(word[0], marked, text[word.start() :]))
        names += (name._replace(sure=sure and name.sure) for name in found)
        bracketed = _BRACKETED.match(text, end)
        after = _BETWEEN.match(text, end)
        joint = _BETWEEN.match(text, bracketed.end()) if bracketed and not after else after
        if not (found and joint and is_listed):
            return tuple(names), end
        at = joint.end()


def _named(word: str, marked: Sequence[Piece], rest: str) -> Iterator[Name]:
    """A word that is no name by its form still is one if it is a changed path."""
    pieces = [marked[ord(char) - _FIRST].text for char in word if ord(char) >= _FIRST]
    for piece in pieces:
        yield Name(piece, marked=True, rest=piece)
    plain = "" if pieces else word.strip(_EDGES)
    if plain:
        plain = plain if plain.strip(".") == "" else plain.rstrip(".")
        is_name = has_sign(plain) or _ENDS.match(rest, len(word)) is not None
        is_name = is_name and not plain.endswith(_OWNERS)
        yield Name(plain, rest=rest[rest.index(plain) :], sure=is_name)


def _explained(text: str) -> tuple[str, bool]:
    """The status and whether the file is unchanged, from all of an explanation or its brackets."""
    bracketed = _BRACKETED.match(text)
    said = bracketed[1] if bracketed else text.strip(" :–—-.|→,*_")
    if said and ord(max(said)) >= _FIRST:
        return "", False
    return status_of(said.split(",")[0]), says_unchanged(said)


def _words(text: str, marked: Sequence[Piece]) -> Iterator[str]:
    for word in text.split():
        yield from (marked[ord(char) - _FIRST].text for char in word if ord(char) >= _FIRST)
        plain = word.strip(_EDGES + "~<>").rstrip(".")
        yield plain
        if plain.endswith(_OWNERS):
            yield plain[: -len(_OWNERS[0])]


def _flattened(pieces: Sequence[Piece]) -> tuple[str, list[Piece]]:
    """In the text, one character stands for each marked piece."""
    parts: list[str] = []
    marked: list[Piece] = []
    for piece in pieces:
        words = piece.text.strip(" :").split()
        is_name = piece.strong and not (len(words) > 1 and any(map(has_sign, words)))
        if piece.kind == "text" and not is_name:
            parts.append(_without_quotes(_MARKED.sub("\ufffd", piece.text), marked))
            continue
        text = piece.text.strip()
        colon = ":" if piece.strong and text.endswith(":") else ""
        status = _LETTERS.match(f"{text} ")  # `M src/a.py` in code, or `M`
        parts.append(status[0] if status else "")
        if status and status.end() > len(text):
            continue
        name = text[status.end() if status else 0 :].removesuffix(colon)
        if piece.kind == "link" and (not has_sign(name) or piece.target.endswith("/" + name)):
            name = piece.target
        parts.append(chr(_FIRST + len(marked)) + colon)
        marked.append(piece._replace(text=name))
    return "".join(parts), marked


def _without_quotes(text: str, marked: list[Piece]) -> str:
    """Double quotes stay with a name: git may have written it (git-config(1), `core.quotePath`)."""

    def sign(found: re.Match[str]) -> str:
        marked.append(Piece("code", found[0] if found[1] else found[found.lastindex or 0]))
        return chr(_FIRST + len(marked) - 1)

    return _QUOTED.sub(sign, text)
