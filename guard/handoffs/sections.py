"""The five sections of a handoff, in one table: template, parser, draft and JSON Schema all come from it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple


class Section(NamedTuple):
    """One section: its key in structured forms, its title, and other names that people give it.

    `names` mean this section wherever they stand; `short` ones are words for other things, too (Tests, Files), and count only where no
    other section is open around them. Both are written as `folded` gives them. `hint` tells in a template what belongs here, `doc` in the
    schema.
    """

    key: str
    title: str
    names: tuple[str, ...]
    short: tuple[str, ...]
    hint: str
    doc: str


_FILES = (
    "files changed|changed files|file changes|files touched|touched files|files modified|modified files|files edited|edited files|"
    "files updated|updated files|files affected|affected files|paths changed|changed paths|paths touched|list of files|"
    "list of changed files|files changed in this branch|files changed on this branch|files changed in this pr|files created|new files|"
    "files added|added files|files created or changed|files added or changed|files created or modified|what files changed|"
    "which files changed|modified paths|changes by file"
)
_BEHAVIOR = (
    "behavior changed|behavior changes|behavior|changed behavior|behavior change|changes in behavior|change in behavior|"
    "changes of behavior|behavioral changes|behavioral change|functional changes|user facing changes|user visible changes|what changed|"
    "what changes|what has changed|whats changed|what i changed|what we changed|what does this change|summary of changes|user impact|"
    "user facing impact|user visible impact|behavior impact|impact on users|user visible behavior|user facing behavior|new behavior|"
    "observable behavior|behavior after this change"
)
_COMMANDS = (
    "commands run|commands executed|executed commands|commands that were run|commands ran|commands and results|verification|"
    "verification commands|verification run|verification results|verification steps|validation|validation commands|tests run|checks run|"
    "test evidence|test results|test plan|testing done|testing status|how it was verified|how verified|how this was verified|"
    "how it was tested|how tested|how this was tested|how was this tested|how has this been tested|how was this change tested|"
    "how were these changes tested|how have these changes been tested|how did you test this|how did you test|how i tested|"
    "how i tested this|how i verified|how i verified this|how to test|how to verify|commands i ran|commands used|commands we ran|"
    "test commands|tests executed|tests performed|testing performed|verification performed|verification done|"
    "validation performed|manual testing|quality checks"
)
_RISKS = (
    "known risks|risks|known risk|known issues|known limitations|known problems|known gaps|open risks|potential risks|possible risks|"
    "remaining risks|residual risks|risk assessment|risk analysis|regression risks|technical risks|technical risk|"
    "risk level|risks and limitations|risks and mitigations|risks and concerns|risks and gotchas|risks and caveats|limitations|caveats"
)
_FOLLOW_UP = (
    "follow up work|follow up|follow ups|followup|followups|followup work|follow up tasks|follow up items|follow up actions|next steps|"
    "next actions|remaining work|future work|further work|outstanding work|open items|what is left|left to do|still to do|work left|"
    "what remains|whats left|whats next|what is next|what comes next|to dos|follow up issues|follow up prs|followup tasks|followup items|"
    "remaining tasks|remaining items|outstanding items|outstanding tasks|pending work|deferred work|future tasks|future improvements"
)

SECTIONS = (
    Section(
        "files",
        "Files changed",
        tuple(_FILES.split("|")),
        ("files", "file", "paths", "file list"),
        "Every changed path, one a list item; of a moved file both names. A folder stands for all that changed below it.",
        "The paths that the branch changed.",
    ),
    Section(
        "behavior",
        "Behavior changed",
        tuple(_BEHAVIOR.split("|")),
        ("changes", "changes made", "effect", "effects"),
        "What is different now for whoever uses it, in your words. If nothing is: None, and why.",
        "What is different now for whoever uses the program.",
    ),
    Section(
        "commands",
        "Commands run",
        tuple(_COMMANDS.split("|")),
        ("commands", "command", "verified", "testing", "tests", "checks", "qa", "evidence"),
        "Each command in a code span, and what came of it: `make test` passed, 34 tests.",
        "The commands that were run on it, and what came of them.",
    ),
    Section(
        "risks",
        "Known risks",
        tuple(_RISKS.split("|")),
        ("risk", "concerns", "gotchas", "side effects"),
        "What may break, and how one would notice. If nothing may: None, and why.",
        "What may break, and how one would notice.",
    ),
    Section(
        "follow_up",
        "Follow-up work",
        tuple(_FOLLOW_UP.split("|")),
        ("next", "later", "outstanding", "remaining", "open", "to do", "todo", "todos"),
        "What is left to do, by whom. If nothing is: None, and why.",
        "What is left to do.",
    ),
)

_NAMES = {name: section.key for section in SECTIONS for name in section.names}
_SHORT = {name: section.key for section in SECTIONS for name in section.short}
_LONGEST = 80  # characters of a heading that may name a section
_JOINTS = re.compile(r"\s*(?:/|&|\+|,|\band\b)\s*")  # `Known risks / follow-up` is two in one


def keys_named(text: str, *, nested: bool) -> tuple[str, ...]:
    """Give the keys of the sections that a heading or label names; () where it names none.

    `nested` tells that another section is open around it. A heading may name two at once; then its first part must be a name.
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
    """Give a heading's words as the table has them: lower case, American spelling, without numbers, counts, signs and punctuation."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("behaviour", "behavior")
    plain = re.sub(r"[(\[].*", "", plain)  # `Files changed (12)`
    plain = re.sub(r"\s[-–—:]\s.*", "", plain)  # `Files changed - 12 in all`
    plain = "".join(_kept(plain))
    # `1. Files changed`, `2.1 Files changed`, `II. Files changed`, `Files changed 12`
    return re.sub(
        r"^(?:section |part |step )?(?:\d+ |[a-z] |[ivx]+ )+(?=\w)|\s\d+$",
        "",
        " ".join(plain.split()),
    )


def _kept(text: str) -> Iterator[str]:
    """Letters and digits as they are, what joins words as a blank; an apostrophe joins (`what's` is `whats`)."""
    for char in text:
        if char.isalnum():
            yield char
        elif char not in "'’\ufe0f\u200d":
            yield " "
