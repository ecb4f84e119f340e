"""The text of a draft: what is known, section by section, in lists that can be written again around what the author says.

A list of guard's stands between two comments. Each of its items is `- HEAD (FACTS)`; what an author writes behind the bracket, or below
the item, stays with it when the list is written again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from guard.core.names import show
from guard.handoffs.lines import read_lines
from guard.handoffs.marks import begin_line, drafted_line, end_line, mark_line
from guard.handoffs.sections import SECTIONS
from guard.handoffs.source import code_span, code_spans
from guard.receipts.words import typed

WANTED = "<!-- required, and not proved on these files yet: "
LABELS = (
    "Owned by ",
    "Shared in group ",
    "Forbidden by ",
    "Outside the contract",
)  # how the labels of groups of files begin
ADVICE = "from the subjects of the commits: say what is different now, in your words"


class Item(NamedTuple):
    """One item of a list: a head as Markdown, and facts about it as plain text without round brackets."""

    head: str
    facts: str = ""

    @property
    def line(self) -> str:
        """The item as it is written."""
        return f"- {self.head} ({bare(self.facts)})" if self.facts else f"- {self.head}"


class Group(NamedTuple):
    """Items under a label, "" for none."""

    label: str
    items: tuple[Item, ...]


class Known(NamedTuple):
    """All that a draft is written from.

    `paths` is how many changed; `wanted` are command lines that are required and not proved; `subjects` are those of the branch's commits,
    the oldest first.
    """

    contract: str
    tree: str
    goal: str
    paths: int
    files: tuple[Group, ...]
    commands: tuple[Item, ...]
    wanted: tuple[str, ...]
    subjects: tuple[str, ...]
    risks: tuple[Item, ...]
    follow_up: tuple[Item, ...]


def groups_of(known: Known, key: str) -> tuple[Group, ...]:
    """Give what guard writes in a section; () where that is the author's to say."""
    if key == "files":
        return known.files
    items = {"commands": known.commands, "risks": known.risks, "follow_up": known.follow_up}.get(
        key, ()
    )
    return (Group("", items),) if items else ()


def drafted(known: Known) -> str:
    """Give a whole handoff as Markdown."""
    parts = [
        f"# Handoff: {known.contract}",
        mark_line(known.contract, known.tree),
        _quoted(known.goal),
    ]
    for section in SECTIONS:
        parts += [f"## {section.title}", *section_parts(known, section.key)]
    return "\n\n".join(part for part in parts if part) + "\n"


def section_parts(known: Known, key: str) -> Iterator[str]:
    """Yield the paragraphs of a section that has none yet."""
    section = next(section for section in SECTIONS if section.key == key)
    if key == "behavior":
        yield behavior(known.subjects) or f"<!-- {section.hint} -->"
        return
    groups = groups_of(known, key)
    yield block(key, list(list_lines(groups))) if groups else f"<!-- {section.hint} -->"
    if key == "commands":
        yield from wanted_lines(known)


def behavior(subjects: Sequence[str]) -> str:
    """Give what changed as the commits tell it, marked so that it does not pass before the author says it; "" without commits."""
    lines = [f"- {escaped(subject)}" for subject in subjects if subject.strip()]
    said = "\n".join(line.text for line in read_lines("\n".join(lines)).lines)  # as it will be read
    return "\n".join([drafted_line(said, ADVICE), "", *lines]) if lines else ""


def list_lines(groups: Iterable[Group]) -> Iterator[str]:
    """Yield the lines of a list, its labels with blank lines around them."""
    for number, group in enumerate(groups):
        if group.label:
            yield from ([""] if number else [])
            yield from (f"**{escaped(group.label)}**", "")
        yield from (item.line for item in group.items)


def block(key: str, lines: Sequence[str], bare_lines: Sequence[str] | None = None) -> str:
    """Give a list of guard's with the comments around it; `bare_lines` are its lines without what an author added, if they did.

    A blank line keeps Markdown from taking the first item for a part of the comment.
    """
    own = lines if bare_lines is None else bare_lines
    return "\n".join([begin_line(key, "\n".join(own)), "", *lines, "", end_line(own)])


def wanted_lines(known: Known) -> Iterator[str]:
    """Yield a comment for each command that is still to be proved."""
    for command in known.wanted:
        yield f"{WANTED}{comment_text(typed(command))} -->"


def comment_text(text: str) -> str:
    """Give a text so that it cannot end the comment that it stands in."""
    return show(text).replace("-->", "-- >")


def code(text: str) -> str:
    """Give a name or a command as a code span, in C quotes where a reader would not see all of it (git-config(1), `core.quotePath`)."""
    return code_span(text if show(text) == text.strip() == text else c_quoted(text))


def c_quoted(text: str) -> str:
    """Give a text in double quotes as git does: octal for bytes that cannot be printed (quote.c, `quote_c_style`)."""
    out = []
    for char in text:
        if char in '"\\':
            out.append("\\" + char)
        elif show(char) == char:
            out.append(char)
        else:
            out += [f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogateescape")]
    return '"' + "".join(out) + '"'


def bare(text: str) -> str:
    """Give a text for the brackets behind an item: on one line, without brackets or code of its own."""
    return show(" ".join(text.split())).translate(_BARE)


_BARE = str.maketrans({"(": "[", ")": "]", "`": "'", "<": "\\<", "*": "\\*"})
_SIGN = re.compile(
    r"[\\`*\[<~&]|(?<![^\W_])_|_(?![^\W_])"
)  # CommonMark: an underscore within a word is no sign
_FIRST = re.compile(
    r"^(?:\d{1,9}(?=[.)](?: |$))|(?=#{1,6}(?: |$)|>|[+-](?: |$)|-[- ]*$))"
)  # what begins a block


def escaped(text: str) -> str:
    """Give a text as Markdown that shows just that, on one line. Code spans in it stay what they are."""
    plain = " ".join(text.split())
    parts, at = [], 0
    for start, end in code_spans(plain):
        parts += [_SIGN.sub(r"\\\g<0>", show(plain[at:start])), show(plain[start:end])]
        at = end
    return _FIRST.sub(
        r"\g<0>\\", "".join([*parts, _SIGN.sub(r"\\\g<0>", show(plain[at:]))]), count=1
    )


def _quoted(goal: str) -> str:
    return f"> {escaped(goal)}" if goal.strip() else ""
