"""The five sections of a handoff, from `sections.toml`, for template, parser, draft and rules.

A new section is a property of the JSON Schema, too (reports/schemas/handoff.json).
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from guard.core.data import read_table


class Section(NamedTuple):
    """One section: its key in JSON, its title, and other names for it, as `folded` gives them.

    `names` always mean this section; `short` ones (Tests, Files) only outside of any section.
    `hint` is the template's comment. With `needs_tick` an unticked box says nothing; with
    `may_be_none` the policy can accept a bare None.
    """

    key: str
    title: str
    names: tuple[str, ...]
    short: tuple[str, ...]
    hint: str
    needs_tick: bool = False
    may_be_none: bool = False


def _sections() -> Iterator[Section]:
    for key, fields in read_table(__file__, "sections.toml").items():
        names, short = tuple(fields.pop("names")), tuple(fields.pop("short"))
        yield Section(key=key, names=names, short=short, **fields)


SECTIONS = tuple(_sections())
FILES, BEHAVIOR, COMMANDS, RISKS, FOLLOW_UP, *_ = SECTIONS

_NAMES = {name: section.key for section in SECTIONS for name in section.names}
_SHORT = {name: section.key for section in SECTIONS for name in section.short}
_LONGEST = 80  # characters of a heading that may name a section
_JOINTS = re.compile(r"\s*(?:/|&|\+|,|\band\b)\s*")  # `Known risks / follow-up` names two
# `1. Files changed`, `2.1 Files changed`, `II. Files changed`, `Files changed 12`
_NUMBERS = re.compile(r"^(?:section |part |step )?(?:\d+ |[a-z] |[ivx]+ )+(?=\w)|\s\d+$")


def template(name: str) -> str:
    """Give an empty handoff of the contract `name`: headings, with hints as comments."""
    parts = [f"# Handoff: {name}\n"]
    parts += [f"## {section.title}\n\n<!-- {section.hint} -->\n" for section in SECTIONS]
    return "\n".join(parts)


def keys_named(text: str, *, nested: bool) -> tuple[str, ...]:
    """Give the keys of the sections that a heading or label names; () if it names none.

    `nested` tells that the heading is inside another section. A heading that names two sections
    must begin with a name.
    """
    if len(text) > _LONGEST:
        return ()
    names = _NAMES if nested else {**_SHORT, **_NAMES}
    whole = folded(text)
    if whole in names:
        return (names[whole],)
    parts = [folded(part) for part in _JOINTS.split(text.casefold())]
    found = dict.fromkeys(names[part] for part in parts if part in names)
    return tuple(found) if parts[0] in names else ()


def folded(text: str) -> str:
    """Give a heading as the table has it.

    That is lower case, American spelling, and no numbers, counts, signs or punctuation.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().replace("behaviour", "behavior")
    plain = re.sub(r"[(\[].*", "", plain)  # `Files changed (12)`
    plain = re.sub(r"\s[-–—:]\s.*", "", plain)  # `Files changed - 12 in all`
    return _NUMBERS.sub("", " ".join("".join(_kept(plain)).split()))


def _kept(text: str) -> Iterator[str]:
    """The apostrophe goes without a blank: `what's` is `whats`."""
    for char in text:
        if char.isalnum():
            yield char
        elif char not in "'’\ufe0f\u200d":
            yield " "
