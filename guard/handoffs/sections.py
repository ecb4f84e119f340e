"""The five sections of a handoff. Template, parser, draft and rules all read this table.

A new section is a constant here and a property of the JSON Schema (reports/schemas/handoff.json).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple


class Section(NamedTuple):
    """One section: its key in JSON, its title, and the other names that people give it.

    `names` always mean this section. `short` names have other meanings, too (Tests, Files), and
    count only outside of any section. Both are written as `folded` gives them. `hint` is the
    template's comment. With `needs_tick` an unticked box says nothing; with `may_be_none` the
    policy can accept a bare None.
    """

    key: str
    title: str
    names: tuple[str, ...]
    short: tuple[str, ...]
    hint: str
    needs_tick: bool = False
    may_be_none: bool = False


def _words(*lines: str) -> tuple[str, ...]:
    return tuple("".join(lines).split("|"))


FILES = Section(
    "files",
    "Files changed",
    _words(
        "files changed|changed files|file changes|files touched|touched files|files modified|",
        "modified files|files edited|edited files|files updated|updated files|files affected|",
        "affected files|paths changed|changed paths|paths touched|list of files|",
        "list of changed files|files changed in this branch|files changed on this branch|",
        "files changed in this pr|files created|new files|files added|added files|",
        "files created or changed|files added or changed|files created or modified|",
        "what files changed|which files changed|modified paths|changes by file",
    ),
    _words("files|file|paths|file list"),
    "Every changed path, one a list item; of a moved file both names."
    " A folder stands for all that changed below it.",
)
BEHAVIOR = Section(
    "behavior",
    "Behavior changed",
    _words(
        "behavior changed|behavior changes|behavior|changed behavior|behavior change|",
        "changes in behavior|change in behavior|changes of behavior|behavioral changes|",
        "behavioral change|functional changes|user facing changes|user visible changes|",
        "what changed|what changes|what has changed|whats changed|what i changed|",
        "what we changed|what does this change|summary of changes|user impact|",
        "user facing impact|user visible impact|behavior impact|impact on users|",
        "user visible behavior|user facing behavior|new behavior|observable behavior|",
        "behavior after this change",
    ),
    _words("changes|changes made|effect|effects"),
    "What is different now for whoever uses it, in your words. If nothing is: None, and why.",
    needs_tick=True,
)
COMMANDS = Section(
    "commands",
    "Commands run",
    _words(
        "commands run|commands executed|executed commands|commands that were run|commands ran|",
        "commands and results|verification|verification commands|verification run|",
        "verification results|verification steps|validation|validation commands|tests run|",
        "checks run|test evidence|test results|test plan|testing done|testing status|",
        "how it was verified|how verified|how this was verified|how it was tested|how tested|",
        "how this was tested|how was this tested|how has this been tested|",
        "how was this change tested|how were these changes tested|",
        "how have these changes been tested|how did you test this|how did you test|",
        "how i tested|how i tested this|how i verified|how i verified this|how to test|",
        "how to verify|commands i ran|commands used|commands we ran|test commands|",
        "tests executed|tests performed|testing performed|verification performed|",
        "verification done|validation performed|manual testing|quality checks",
    ),
    _words("commands|command|verified|testing|tests|checks|qa|evidence"),
    "Each command in a code span, and what came of it: `make test` passed, 34 tests.",
    needs_tick=True,
)
RISKS = Section(
    "risks",
    "Known risks",
    _words(
        "known risks|risks|known risk|known issues|known limitations|known problems|known gaps|",
        "open risks|potential risks|possible risks|remaining risks|residual risks|",
        "risk assessment|risk analysis|regression risks|technical risks|technical risk|",
        "risk level|risks and limitations|risks and mitigations|risks and concerns|",
        "risks and gotchas|risks and caveats|limitations|caveats",
    ),
    _words("risk|concerns|gotchas|side effects"),
    "What may break, and how one would notice. If nothing may: None, and why.",
    needs_tick=True,
    may_be_none=True,
)
FOLLOW_UP = Section(
    "follow_up",
    "Follow-up work",
    _words(
        "follow up work|follow up|follow ups|followup|followups|followup work|follow up tasks|",
        "follow up items|follow up actions|next steps|next actions|remaining work|future work|",
        "further work|outstanding work|open items|what is left|left to do|still to do|",
        "work left|what remains|whats left|whats next|what is next|what comes next|to dos|",
        "follow up issues|follow up prs|followup tasks|followup items|remaining tasks|",
        "remaining items|outstanding items|outstanding tasks|pending work|deferred work|",
        "future tasks|future improvements",
    ),
    _words("next|later|outstanding|remaining|open|to do|todo|todos"),
    "What is left to do, by whom. If nothing is: None, and why.",
    may_be_none=True,
)
SECTIONS = (FILES, BEHAVIOR, COMMANDS, RISKS, FOLLOW_UP)

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
