"""The text of a draft: what guard knows about a session, section by section.

A list that guard writes is enclosed in two comments. Each of its items is `- HEAD (FACTS)`; an
author's words after the bracket or below the item stay with it when the list is written again.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from guard.handoffs.lines import read_lines
from guard.handoffs.markdown import bare, comment_text, escaped
from guard.handoffs.marks import block, drafted_line, mark_line
from guard.handoffs.sections import BEHAVIOR, COMMANDS, FILES, FOLLOW_UP, RISKS, SECTIONS, Section
from guard.receipts.words import typed

WANTED = "<!-- required, and not proved on these files yet: "
_ADVICE = "from the subjects of the commits: say what is different now, in your words"


class Item(NamedTuple):
    """One item of a list: its head as Markdown, and facts about it as plain text.

    `names` are the changed paths that it lists, or the command line.
    """

    head: str
    facts: str = ""
    names: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The item as a line of Markdown."""
        return f"- {self.head} ({bare(self.facts)})" if self.facts else f"- {self.head}"


class Group(NamedTuple):
    """Items under a label, "" for none."""

    label: str
    items: tuple[Item, ...]


class Known(NamedTuple):
    """All that a draft is written from.

    `change` is the fingerprint of the change, `paths` the number of its paths. `wanted` are
    required command lines without proof. `subjects` are those of the branch's commits, the oldest
    first.
    """

    contract: str
    change: str
    goal: str
    paths: int
    files: tuple[Group, ...]
    commands: tuple[Item, ...]
    wanted: tuple[str, ...]
    subjects: tuple[str, ...]
    risks: tuple[Item, ...]
    follow_up: tuple[Item, ...]


def groups_of(known: Known, key: str) -> tuple[Group, ...]:
    """Give guard's list in the section `key`; () if it has none."""
    lists = {COMMANDS.key: known.commands, RISKS.key: known.risks, FOLLOW_UP.key: known.follow_up}
    items = lists.get(key, ())
    return known.files if key == FILES.key else (Group("", items),) * bool(items)


def drafted(known: Known) -> str:
    """Give a whole handoff as Markdown."""
    parts = [f"# Handoff: {known.contract}", mark_line(known.contract, known.change)]
    if known.goal.strip():
        parts.append(f"> {escaped(known.goal)}")
    for section in SECTIONS:
        parts += [f"## {section.title}", *section_parts(known, section)]
    return "\n\n".join(parts) + "\n"


def section_parts(known: Known, section: Section) -> Iterator[str]:
    """Yield the paragraphs of a section that is not written yet."""
    groups = groups_of(known, section.key)
    text = behavior(known.subjects) if section == BEHAVIOR else ""
    if groups:
        text = "\n".join(block(section.key, list(list_lines(groups))))
    yield text or f"<!-- {section.hint} -->"
    if section == COMMANDS:
        yield from wanted_lines(known)


def behavior(subjects: Sequence[str]) -> str:
    """Give the commits' subjects as a list that does not pass as it is; "" without commits."""
    lines = [f"- {escaped(subject)}" for subject in subjects if subject.strip()]
    if not lines:
        return ""
    said = "\n".join(line.text for line in read_lines("\n".join(lines)).lines)
    return "\n".join([drafted_line(said, _ADVICE), "", *lines])


def list_lines(groups: Iterable[Group]) -> Iterator[str]:
    """Yield the lines of a list, with blank lines around labels."""
    for number, group in enumerate(groups):
        if group.label:
            if number:
                yield ""
            yield from (f"**{escaped(group.label)}**", "")
        yield from (item.line for item in group.items)


def wanted_lines(known: Known) -> Iterator[str]:
    """Yield a comment for each required command without proof."""
    for command in known.wanted:
        yield f"{WANTED}{comment_text(typed(command))} -->"
