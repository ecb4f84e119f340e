"""The message of the commit that brings a session in, and the lines of its handoff that remain."""

import re
from collections.abc import Iterator, Sequence

from guard.core.names import show
from guard.handoffs.content import silence
from guard.handoffs.markdown import source_of
from guard.handoffs.sections import BEHAVIOR, COMMANDS, FOLLOW_UP, RISKS, Section
from guard.handoffs.values import Handoff
from guard.rules.facts import Facts
from guard.sessions.closing.subjects import Said
from guard.sessions.integrating.outcome import Risk

_LONGEST = 72  # characters of a subject
_MOST = 20  # subjects that are listed, where the commits themselves stay
_SECTIONS = (BEHAVIOR, COMMANDS, RISKS, FOLLOW_UP)
_NONE = re.compile(r"\W*(?:none|nothing|n/a|keine?|aucun|ninguno|nessuno)\b", re.IGNORECASE)
_ITEM = re.compile(r"(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?")


def message(facts: Facts, name: str, commits: Sequence[Said], *, whole: bool = False) -> str:
    """Give the message that brings a session in: what it is for, and what its handoff says.

    Without a handoff it lists the subjects of its `commits`, or if they will be gone (`whole`) has
    all that they say. Headings are underlined: git takes lines that begin with # out of an edited
    message (git-commit(1), `--cleanup`).
    """
    goal = " ".join(facts.contract.goal.split()) if facts.contract else ""
    subject = f"{name}: {goal.rstrip('.')}" if goal else f"Merge branch '{facts.branch}'"
    parts = [show(_shortened(subject))]
    if len(subject) > _LONGEST:
        parts.append(show(goal))
    said = [part for section in _SECTIONS for part in _section(facts, section)]
    parts += said or (_whole(commits, goal) if whole else [_listed(commits, goal)])
    return "\n\n".join(part for part in parts if part) + "\n"


def closing_message(name: str) -> str:
    """Give the message of the commit that removes a session's contract and handoff."""
    return f"close {show(name)}\n\nThe base has all of its work.\n"


def generating_message(group: str, command: str, name: str) -> str:
    """Give the message of the commit that has the files of a shared group made anew."""
    return f"regenerate {show(group)} after {show(name)}\n\nBy: {show(command)}\n"


def remaining(facts: Facts, name: str) -> tuple[tuple[Risk, ...], tuple[Risk, ...]]:
    """Give the known risks and the follow-up work of a session's handoff, a line each.

    A line that says that there are none is left out.
    """
    return tuple(_lines(facts, name, RISKS)), tuple(_lines(facts, name, FOLLOW_UP))


def _shortened(subject: str) -> str:
    if len(subject) <= _LONGEST:
        return subject
    return subject[: _LONGEST - 1].rpartition(" ")[0].rstrip(",;:") + "…"


def _handoff(facts: Facts) -> Handoff | None:
    return facts.left.handoff if facts.left else None


def _section(facts: Facts, section: Section) -> Iterator[str]:
    text = _text(facts, section)
    if text:
        yield f"{section.title}\n{'-' * len(section.title)}"
        yield text


def _text(facts: Facts, section: Section) -> str:
    handoff = _handoff(facts)
    said = handoff.sections.get(section.key) if handoff else None
    if handoff is None or said is None:
        return ""
    nothing = silence(handoff, said)
    if nothing and nothing.kind not in ("none", "listed"):
        return ""
    return source_of(handoff, said)


def _lines(facts: Facts, name: str, section: Section) -> Iterator[Risk]:
    for line in _text(facts, section).split("\n"):
        text = _ITEM.sub("", line.strip(), count=1)
        if text and not _NONE.match(text):
            yield Risk(name, text)


def _listed(commits: Sequence[Said], goal: str) -> str:
    if _is_said(commits, goal):
        return ""
    lines = [f"- {show(subject)}" for subject in dict.fromkeys(one.subject for one in commits)]
    more = [f"- and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
    return "\n".join([*lines[:_MOST], *more])


def _is_said(commits: Sequence[Said], goal: str) -> bool:
    """Whether the goal says all that the only subject says."""
    return [one.subject.rstrip(".") for one in commits] == [goal.rstrip(".")]


def _whole(commits: Sequence[Said], goal: str) -> list[str]:
    """One commit as it is; several as a list, where each subject and each body is there once."""
    if len(commits) == 1:
        return [_listed(commits, goal).removeprefix("- "), commits[0].body]
    bodies: dict[str, list[str]] = {}
    known = {""}
    for one in commits:
        mine = bodies.setdefault(one.subject, [])
        if one.body not in known:
            mine.append(one.body)
            known.add(one.body)
    texts = ["\n\n".join([f"- {show(one)}", *map(_indented, own)]) for one, own in bodies.items()]
    return texts if len(known) > 1 else ["\n".join(texts)]


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.split("\n"))
