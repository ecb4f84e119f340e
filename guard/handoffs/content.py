"""Does a section say anything? Comments, empty boxes, placeholders and a bare None do not."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from guard.core.data import read_table
from guard.handoffs.marks import blocks, digest, is_as_drafted, short_sum
from guard.handoffs.sections import COMMANDS, FILES, FOLLOW_UP, SECTIONS
from guard.handoffs.values import Handoff, Line, Said
from guard.handoffs.wording import folded

_TABLE = read_table(__file__, "fillers.toml")
_FILLERS = frozenset(_TABLE["lines"])
_HINTING = frozenset(_TABLE["words_of_hints"])
_NONE = frozenset(map(folded, _TABLE["none"]))
_AROUND_NONE = _NONE | frozenset(map(folded, _TABLE["around_none"]))
_ANYWHERE = _NONE - frozenset(_TABLE["only_first"])
_NO_REASON = _NONE | set("really honestly yet so far for now hopefully see above below".split())
_ASKING = frozenset("any what how which why did is are".split())
_TELLING = frozenset(
    "describe document explain summarise summarize outline specify mention detail list".split()
)
_CHOICE = re.compile(  # of a template, before anybody chose
    r"\b(?:low\s*[/|]\s*medium|yes\s*[/|]\s*no|pass\s*[/|]\s*fail)\b", re.IGNORECASE
)
_FOOTER = re.compile(
    r"\W*(?:generated (?:with|by)\b|"
    r"(?:co-authored|signed-off|reviewed|acked|tested|reported)-by: |"
    r"(?:closes|fixes|resolves|refs?) \S*#?\d+\W*$)",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(r"(?:todo|tbd|tba|fixme|xxx)\b", re.IGNORECASE)
_BRACKETED = re.compile(
    r"\[[^\[\]]+\]|\{\{?[^{}]+\}?\}|<[^<>]+>|\$\{?[A-Z_]+\}?|%[A-Z_]+%|…|\.\.\.|_+|-+|\?+"
)
_HINTS = frozenset(digest(section.hint) for section in SECTIONS)
_NEED_TICKS = frozenset(section.key for section in SECTIONS if section.needs_tick)


class Emptiness(NamedTuple):
    """Why a section says nothing, the line that shows it, and that line's words.

    `kind` is `empty`, `placeholder`, `none` (a None without a reason), `drafted`, or `listed` (it
    has only a list of guard's).
    """

    kind: str
    number: int
    words: str = ""


def emptiness(said: Said) -> Emptiness | None:
    """Tell why a section says nothing; None if it says something, true or not."""
    lines = [line for line in said.lines if _speaks(line, said.key)]
    if not lines:
        for line in said.lines:
            if line.box == " " and line.text:
                return Emptiness("placeholder", line.number, f"[ ] {line.text}")
        return Emptiness("empty", said.number)
    if is_as_drafted(said.lines, said.comments):
        return Emptiness("drafted", lines[0].number)
    own = [line for line in lines if not _is_filler(line, said.key)]
    if not own:
        return Emptiness("placeholder", lines[0].number, lines[0].text)
    if _is_none(own):
        return Emptiness("none", own[0].number, own[0].text)
    return None


def silence(handoff: Handoff, said: Said) -> Emptiness | None:
    """Tell why a section says nothing, as `emptiness` does; guard's own words do not count.

    Files and commands are facts: there guard's list is enough.
    """
    nothing = emptiness(said)
    if nothing or said.key in (FILES.key, COMMANDS.key):
        return nothing
    lines = handoff.source
    own = [
        at + 1
        for span in said.spans
        for found in blocks(lines, said.key, span)
        for at in range(found.begin + 1, found.end)
        if short_sum(lines[at]) in found.sums
    ]
    theirs = tuple(line for line in said.lines if line.number not in own)
    nothing = emptiness(said._replace(lines=theirs)) if own else None
    return Emptiness("listed", own[0]) if nothing and nothing.kind == "empty" else nothing


def _speaks(line: Line, key: str) -> bool:
    """An unticked box says that a command was not run, or leaves a template's question open."""
    is_header = line.kind == "heading" or (line.kind == "cell" and line.title == "header")
    if is_header or not line.text or _FOOTER.match(line.text):
        return False
    return not (line.box == " " and key in _NEED_TICKS)


def _is_filler(line: Line, key: str) -> bool:
    plain = line.text.strip(" .:!*_")
    if _BRACKETED.fullmatch(plain) or not any(char.isalnum() for char in plain):
        return True
    small = plain.casefold()
    if small.startswith("lorem ipsum") or _CHOICE.search(small):
        return True
    if digest(plain) in _HINTS or _is_hint(line.text, key):
        return True
    # A file or a command may be called `test`.
    is_name = key == FILES.key or any(piece.kind == "code" for piece in line.pieces)
    if not is_name and (small in _FILLERS or _is_field(line.text)):
        return True
    # `todo: remove the flag` is proper follow-up work.
    return key != FOLLOW_UP.key and _UNFINISHED.match(plain) is not None


def _is_field(text: str) -> bool:
    """Whether a line is a name with no value or a placeholder: `Rollback plan:`, `Risk: TBD`."""
    name, colon, value = text.partition(":")
    plain = value.strip(" .*_")
    if not (colon and name):
        return False
    return not plain or bool(_BRACKETED.fullmatch(plain) or _UNFINISHED.fullmatch(plain))


def _is_hint(text: str, key: str) -> bool:
    """Whether a line tells its author what to write: `Please describe`, `What could break?`."""
    words = folded(text).split()
    if len(words) < 2 or not _HINTING.issuperset(words[words[0] == "please" :]):
        return False
    if words[0] == "please" or words[-1] in ("here", "below"):
        return True
    if words[0] in _ASKING and text.rstrip(" *_").endswith("?"):
        return True
    tells = words[0] in _TELLING or words[:2] == ["steps", "to"]
    return tells and key != FOLLOW_UP.key


def _is_none(lines: Sequence[Line]) -> bool:
    """A None without a reason has only the words that usually surround one, and no colon."""
    text = " ".join(line.text for line in lines)
    first, _, reason = text.partition(":")
    if folded(first) in _NONE and not set(folded(reason).split()) <= _NO_REASON:
        return False
    words = re.sub(r"\bsee (?:above|below)\b", "", folded(text)).split()
    denies = not _NONE.isdisjoint(words[:1]) or not _ANYWHERE.isdisjoint(words)
    return folded(text) in _NONE or (denies and _AROUND_NONE.issuperset(words))
