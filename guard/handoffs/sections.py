"""The five sections of a handoff, from `sections.toml`, for template, parser, draft and rules.

A new section is a property of the JSON Schema, too (reports/schemas/handoff.json).
"""

import re
from functools import cache
from typing import NamedTuple

from guard.core.data import read_table
from guard.handoffs.wording import folded, says_unchanged


class Section(NamedTuple):
    """One section: its key in JSON, its title, and the words by which a heading names it.

    `hint` is the template's comment. With `needs_tick` an unticked box says nothing; with
    `may_be_none` the policy can accept a bare None.
    """

    key: str
    title: str
    words: tuple[str, ...]
    hint: str
    needs_tick: bool = False
    may_be_none: bool = False


SECTIONS = tuple(
    Section(**{**fields, "key": key, "words": tuple(fields["words"])})
    for key, fields in read_table(__file__, "sections.toml").items()
)
FILES, BEHAVIOR, COMMANDS, RISKS, FOLLOW_UP, *_ = SECTIONS

_LONGEST = 80  # characters of a heading that may name a section
_KEYS = {folded(word): section.key for section in SECTIONS for word in section.words}
_BESIDE = frozenset("changed touched modified known run up ups work steps plan items and".split())
_STEMS = {word.rstrip("*"): key for word, key in _KEYS.items()}
_JOINTS = re.compile(r"[/&+]|\b(?:and|und|et|y|e)\b")  # `Known risks / follow-up` names two
_COUNTS = re.compile(r"\W*\d+ files? changed\b")  # the last line of git-diff(1), `--stat`
_TITLE = re.compile(r"\W*hand-?off\b", re.IGNORECASE)
_SHORTCODE = re.compile(r":\w+:")


def template(name: str) -> str:
    """Give an empty handoff of the contract `name`: headings, with hints as comments."""
    parts = [f"# Handoff: {name}\n"]
    parts += [f"## {section.title}\n\n<!-- {section.hint} -->\n" for section in SECTIONS]
    return "\n".join(parts)


@cache
def _word(behind: str = "") -> re.Pattern[str]:
    """Any word that names a section, with what may follow it; slow to compile, so only if asked."""
    # Scripts without blanks between words have no word's start.
    words = "|".join(
        re.escape(word.rstrip("*"))
        if ord(word[0]) > 0x2FFF
        else rf"\b{re.escape(word.rstrip('*'))}" + ("" if word.endswith("*") else r"\b")
        for word in sorted(_KEYS, key=len, reverse=True)
    )
    return re.compile(rf"(?:{words}){behind}")


def is_bare_title(text: str) -> bool:
    """Tell whether a line has nothing but words of sections, or such as titles have beside them."""
    plain = folded(text)
    return bool(_word().search(plain)) and _BESIDE.issuperset(_word(r"\w*").sub(" ", plain).split())


def keys_named(text: str) -> tuple[str, ...]:
    """Give the keys of the sections that a heading or label names; () if it names none.

    It names none if it is long, the title of the document, git's line of counts, or about files
    that did not change.
    """
    plain = _SHORTCODE.sub(" ", text)
    is_other = _TITLE.match(plain) or _COUNTS.match(plain) or says_unchanged(plain)
    if len(text) > _LONGEST or is_other:
        return ()
    parts = _JOINTS.split(plain.casefold())
    found = (_word().search(folded(part)) for part in parts)
    return tuple(dict.fromkeys(_STEMS[word[0]] for word in found if word))
