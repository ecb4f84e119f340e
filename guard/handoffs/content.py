"""Does a section say anything? Comments, empty boxes, placeholders and a bare None do not."""

from __future__ import annotations

import re

from guard.handoffs.marks import digest, is_as_drafted
from guard.handoffs.sections import SECTIONS
from guard.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guard.handoffs.values import Line, Said

_FILLERS = frozenset(
    "todo|tbd|tba|tbc|tbh|wip|fixme|xxx|fill in|fill me in|fill this in|to do|to be done|to be decided|to be determined|to be written|"
    "to be filled in|to be added|coming soon|pending|placeholder|same|same as above|see above|see below|as above|lorem ipsum|describe|"
    "description|text|your text here|write here|insert here|ok|okay|yes|done|various|stuff|misc|etc|see diff|see the diff|see commit|"
    "see commits|see the commits|see pr|see git log|self explanatory|not sure|unknown|idk|foo|bar|test|x".split("|")
)
_UNFINISHED = re.compile(r"(?:todo|tbd|tba|fixme|xxx)\b", re.IGNORECASE)
_BRACKETED = re.compile(r"\[[^\[\]]+\]|\{\{?[^{}]+\}?\}|<[^<>]+>|…|\.\.\.|_+|-+|\?+")
_NONE = re.compile(
    r"(?:(?:there (?:is|are|was|were) )?(?:none|nothing|no|nil|nope|n a|na|not applicable|zero|without))"
    r"(?: (?:known|new|further|other|additional|more|open|remaining|expected|identified|planned|foreseen|significant|major|particular|"
    r"notable|obvious|functional|behavior(?:al)?|user|facing|visible|file|files))*"
    r"(?: (?:risks?|issues?|problems?|limitations?|concerns?|caveats?|changes?|changed|follow|ups?|followups?|work|steps?|next|tasks?|"
    r"items?|actions?|commands?|tests?|behavior(?:al)?|files?|run|were run|impact|and|or))*"
    r"(?: (?:known|identified|found|expected|needed|required|planned|foreseen|necessary|applicable|to report|to do|to add|to mention|left|"
    r"remaining|open|at (?:this|the) (?:time|moment)|at present|so far|for now|yet|currently|really|here|that i know of|i know of))*"
)
_LONGEST_NONE = 120  # characters
_REASON = re.compile(r"[:;,(]|\s[-–—]\s|[–—]")
_NO_LETTER = re.compile(r"[^\w]+", re.UNICODE)


class Emptiness(NamedTuple):
    """Why a section says nothing, and the line that shows it: `empty`, `placeholder`, `none` (without a reason) or `drafted`."""

    kind: str
    number: int
    words: str = ""


def emptiness(said: Said) -> Emptiness | None:
    """Tell why a section says nothing; None if it says something. That what it says is true is for others to tell."""
    lines = [line for line in said.lines if _speaks(line, said.key)]
    if not lines:
        boxes = [line for line in said.lines if line.box == " " and line.text]
        return Emptiness("placeholder", boxes[0].number, f"[ ] {boxes[0].text}") if boxes else Emptiness("empty", said.number)
    if is_as_drafted(said.lines, said.comments):
        return Emptiness("drafted", lines[0].number)
    fillers = [line for line in lines if _is_filler(line, said.key)]
    if len(fillers) == len(lines):
        return Emptiness("placeholder", lines[0].number, lines[0].text)
    if _is_none(lines):
        return Emptiness("none", lines[0].number, lines[0].text)
    return None


def _speaks(line: Line, key: str) -> bool:
    """Whether a line could say something. Headings and headers do not, nor, among the commands, a box that is not ticked."""
    if line.kind == "heading" or (line.kind == "cell" and line.title == "header"):
        return False
    return bool(line.text) and not (key == "commands" and line.box == " ")


def _is_filler(line: Line, key: str) -> bool:
    plain = line.text.strip(" .:!*_")
    if _BRACKETED.fullmatch(plain) or not any(char.isalnum() for char in plain):
        return True
    is_name = key == "files" or any(piece.kind == "code" for piece in line.pieces)  # a file or a command may be called `test`
    if digest(plain) in _HINTS or (plain.casefold() in _FILLERS and not is_name):
        return True
    return key != "follow_up" and _UNFINISHED.match(plain) is not None  # `todo: remove the flag` is what follow-up work is


_HINTS = frozenset(digest(section.hint) for section in SECTIONS)


def _is_none(lines: Sequence[Line]) -> bool:
    """Whether all that is said is a bare None, in whatever words; anything besides is taken for its reason."""
    texts = [line.text for line in lines]
    return all(map(_is_bare, texts)) or _is_bare(" ".join(texts))


def _is_bare(text: str) -> bool:
    """Whether a None stands alone. What follows a colon, a comma, a dash or a bracket is its reason, unless that is a None as well."""
    if len(text) > _LONGEST_NONE:
        return False
    parts = [_NO_LETTER.sub(" ", part.casefold().replace("behaviour", "behavior")).strip() for part in _REASON.split(text)]
    said = [part for part in parts if part]
    return bool(said) and all(_NONE.fullmatch(part) or part in _FILLERS for part in said) and _NONE.fullmatch(said[0]) is not None
