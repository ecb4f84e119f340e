"""Does a section say anything? Comments, empty boxes, placeholders and a bare None do not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from guard.handoffs.marks import digest, is_as_drafted
from guard.handoffs.sections import SECTIONS
from guard.handoffs.values import Line, Said

_FILLERS = frozenset(
    "todo|tbd|tba|tbc|tbh|wip|fixme|xxx|fill in|fill me in|fill this in|to do|to be done|to be decided|to be determined|to be written|"
    "to be filled in|to be added|coming soon|pending|placeholder|same|same as above|see above|see below|as above|lorem ipsum|describe|"
    "description|text|your text here|write here|insert here|ok|okay|yes|done|various|stuff|misc|etc|see diff|see the diff|see commit|"
    "see commits|see the commits|see pr|see git log|self explanatory|not sure|not sure yet|unknown|not known|not yet known|not known yet|"
    "i don't know|idk|ditto|no response|foo|bar|test|x".split("|")
)
# The words of hints that a template leaves for its user. A line of nothing else, that asks or points somewhere, is one.
_HINTING = frozenset(
    "a|about|add|all|an|and|any|anything|are|areas|as|been|behavior|below|branch|break|brief|briefly|by|caveats|change|changed|changes|"
    "command|commands|concerns|considerations|could|describe|description|detail|details|development|did|different|do|document|each|else|"
    "enter|every|executed|expected|explain|facing|fail|file|files|fill|follow|followups|for|functional|give|go|goes|has|have|here|how|if|"
    "impact|in|insert|intended|is|issues|it|items|known|left|limitations|list|may|mention|might|new|next|none|not|note|now|of|on|one|open|"
    "or|out|outline|output|pass|paths|possible|potential|pr|problem|provide|pull|put|questions|raised|ran|remaining|request|result|"
    "results|reviewers|risk|risks|run|section|should|specify|steps|still|summarise|summarize|summary|tasks|test|tested|testing|tests|"
    "text|that|the|this|those|to|touched|up|ups|used|user|users|verified|verify|visible|was|we|were|what|whether|which|whom|why|with|"
    "work|works|write|you|your".split("|")
)
_ASKING = frozenset("any|what|how|which|why|did|is|are".split("|"))
_TELLING = frozenset(
    "describe|document|explain|summarise|summarize|outline|specify|mention|detail|list".split("|")
)
_CHOICE = re.compile(
    r"\b(?:low\s*[/|]\s*medium|yes\s*[/|]\s*no|pass\s*[/|]\s*fail)\b", re.IGNORECASE
)  # nobody chose yet
_FOOTER = re.compile(
    r"\W*(?:generated (?:with|by)\b|(?:co-authored|signed-off|reviewed|acked|tested|reported)-by: |"
    r"(?:closes|fixes|resolves|refs?) \S*#?\d+\W*$)",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(r"(?:todo|tbd|tba|fixme|xxx)\b", re.IGNORECASE)
_BRACKETED = re.compile(
    r"\[[^\[\]]+\]|\{\{?[^{}]+\}?\}|<[^<>]+>|\$\{?[A-Z_]+\}?|%[A-Z_]+%|…|\.\.\.|_+|-+|\?+"
)
_NONE = re.compile(
    r"(?:(?:there (?:is|are|was|were) )?(?:none|nothing|no|nil|nope|nada|n a|na|not (?:applicable|needed|required|necessary|relevant)|"
    r"zero|0|without))"
    r"(?: (?:known|new|further|other|additional|more|open|remaining|expected|identified|planned|foreseen|significant|major|particular|"
    r"notable|obvious|functional|behavior(?:al)?|user|facing|visible|file|files))*"
    r"(?: (?:risks?|issues?|problems?|limitations?|concerns?|caveats?|changes?|changed|follow|ups?|followups?|work|steps?|next|tasks?|"
    r"items?|actions?|commands?|tests?|behavior(?:al)?|files?|run|were run|impact|and|or))*"
    r"(?: (?:known|identified|found|expected|needed|required|planned|foreseen|necessary|applicable|to report|to do|to add|to mention|left|"
    r"remaining|open|at (?:this|the) (?:time|moment)|at the time of writing|at present|so far|for now|yet|currently|really|here|"
    r"that (?:i|we) (?:know|am aware|m aware|are aware) of|(?:i|we) know of|(?:that )?(?:i|we) can think of|to (?:my|our) knowledge|"
    r"as far as (?:i|we) know|afaik|i think|i believe|i guess|i hope|hopefully|because|since|thanks))*"
)
_NO_REASON = re.compile(
    r"really|honestly|yet|so far|for now|at all|hopefully|thanks|i (?:think|believe|guess|hope)|afaik|as far as (?:i|we) know|"
    r"to (?:my|our) knowledge"
)
_LONGEST_NONE = 120  # characters
_REASON = re.compile(r"[:;,(]|\s[-–—]\s|[–—]|[.!]\s")
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
        return (
            Emptiness("placeholder", boxes[0].number, f"[ ] {boxes[0].text}")
            if boxes
            else Emptiness("empty", said.number)
        )
    if is_as_drafted(said.lines, said.comments):
        return Emptiness("drafted", lines[0].number)
    words = [line for line in lines if not _is_filler(line, said.key)]
    if not words:
        return Emptiness("placeholder", lines[0].number, lines[0].text)
    if _is_none(words):
        return Emptiness("none", words[0].number, words[0].text)
    return None


def _speaks(line: Line, key: str) -> bool:
    """Whether a line could say something: not headings, headers, and what closes a pull request.

    A box that is not ticked says that something was not run, and is a question that nobody answered where there is nothing to do.
    """
    if (
        line.kind == "heading"
        or (line.kind == "cell" and line.title == "header")
        or _FOOTER.match(line.text)
    ):
        return False
    return bool(line.text) and not (key in ("commands", "behavior", "risks") and line.box == " ")


def _is_filler(line: Line, key: str) -> bool:
    plain = line.text.strip(" .:!*_")
    if _BRACKETED.fullmatch(plain) or not any(char.isalnum() for char in plain):
        return True
    is_name = key == "files" or any(
        piece.kind == "code" for piece in line.pieces
    )  # a file or a command may be called `test`
    folded = plain.casefold()
    if (
        digest(plain) in _HINTS
        or folded.startswith("lorem ipsum")
        or _CHOICE.search(folded)
        or _is_hint(line.text, key)
    ):
        return True
    if not is_name and (folded in _FILLERS or _is_field(line.text)):
        return True
    return (
        key != "follow_up" and _UNFINISHED.match(plain) is not None
    )  # `todo: remove the flag` is what follow-up work is


def _is_field(text: str) -> bool:
    """Whether a line is the name of something with nothing behind its colon, or a placeholder: `Rollback plan:`, `Main risk: TBD`."""
    name, colon, said = text.partition(":")
    plain = said.strip(" .*_")
    return bool(colon and name) and (
        not plain
        or _BRACKETED.fullmatch(plain) is not None
        or _UNFINISHED.fullmatch(plain) is not None
    )


def _is_hint(text: str, key: str) -> bool:
    """Whether a line tells its author what to write: `Please describe`, `Risks go here`, `What could break?`."""
    words = _plain(text).split()
    if len(words) < 2 or not _HINTING.issuperset(words[words[0] == "please" :]):
        return False
    asks = words[0] in _ASKING and text.rstrip(" *_").endswith("?")
    tells = words[0] in _TELLING or words[:2] == ["steps", "to"]
    return (
        words[0] == "please"
        or words[-1] in ("here", "below")
        or asks
        or (tells and key != "follow_up")
    )


_HINTS = frozenset(digest(section.hint) for section in SECTIONS)


def _is_none(lines: Sequence[Line]) -> bool:
    """Whether all that is said is a bare None, in whatever words; anything besides is taken for its reason."""
    texts = [line.text for line in lines]
    return all(map(_is_bare, texts)) or _is_bare(" ".join(texts))


def _is_bare(text: str) -> bool:
    """Whether a None stands alone. What follows a colon, a comma, a dash or a bracket is its reason, unless that is a None as well."""
    if len(text) > _LONGEST_NONE:
        return False
    said = [plain for part in _REASON.split(text) if (plain := _plain(part))]
    if not said or not _NONE.fullmatch(said[0]):
        return False
    return all(
        _NONE.fullmatch(part) or _NO_REASON.fullmatch(part) or part in _FILLERS for part in said[1:]
    )


def _plain(text: str) -> str:
    """The words of a text, in lower case and American spelling."""
    return _NO_LETTER.sub(" ", text.casefold().replace("behaviour", "behavior")).strip()
