"""What a policy lacks, and how to add it to the text: nothing is taken away, moved or reworded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guard.contracts.model import POLICY_FILE, Policy, SharedGroup
from guard.contracts.parse import parse_policy
from guard.contracts.positions import position_inside, positions
from guard.contracts.starter.text import array_lines, group_text, toml_string
from guard.contracts.starter.values import Line, Proposal
from guard.core.errors import ContractError
from guard.patterns import PatternSet

_LONGEST = 140  # columns of an array that stays on one line


def missing_lines(policy: Policy, proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """Give the proposals with only those lines whose files the policy does not share already, under whatever name.

    A line that stands in the policy as a comment was declined once, and stays declined.
    """
    patterns = [pattern for group in policy.shared for pattern in group.paths]
    shared = PatternSet(patterns)
    declined = _comments(policy.text)
    lacking = []
    for proposal in proposals:
        asked = (line for line in proposal.lines if toml_string(line.pattern) not in declined)
        lacking.append(
            proposal._replace(
                lines=tuple(line for line in asked if not _covers(shared, patterns, line))
            )
        )
    return tuple(proposal for proposal in lacking if proposal.lines)


def extend_policy(policy: Policy, proposals: Sequence[Proposal]) -> str:
    """Give the policy's text with the lines of `proposals` added to its groups, and groups that it does not have at the end of its groups.

    Raises ContractError where the text is written in a way that lines cannot be added to.
    """
    text = policy.text
    for proposal in proposals:
        text = _added(text, proposal)
    if _is_extended(policy, text, proposals):
        return text
    lines = ", ".join(
        f"{toml_string(line.pattern)} in shared.{proposal.name}"
        for proposal in proposals
        for line in proposal.lines
    )
    raise ContractError(
        f"{policy.file} is written in a way that guard cannot add lines to; these are missing: {lines}",
        hint="add them by hand",
    )


def _covers(shared: PatternSet, patterns: list[str], line: Line) -> bool:
    return line.pattern in patterns or all(
        shared.decide(path) for path in line.files or (line.pattern.strip("/"),)
    )


def _comments(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if line.lstrip().startswith("#"))


def _is_extended(policy: Policy, text: str, proposals: Sequence[Proposal]) -> bool:
    """Whether `text` says what the policy says, and the new lines besides."""
    try:
        new = parse_policy(text.encode(), POLICY_FILE)
    except ContractError:
        return False
    old = {group.name: group for group in policy.shared}
    given = {group.name: group for group in new.shared}
    for proposal in proposals:
        paths = tuple(line.pattern for line in proposal.lines)
        made = SharedGroup(proposal.name, proposal.why, (), proposal.generated)
        group = old.get(proposal.name, made)
        old[proposal.name] = group._replace(paths=group.paths + paths)
    return given == old and new._replace(text="", file="", shared=()) == policy._replace(
        text="", file="", shared=()
    )


def _added(text: str, proposal: Proposal) -> str:
    places = positions(text)
    key = ("shared", proposal.name, "paths")
    if key in places:
        return _into_array(text, key, proposal.lines)
    newline = "\r\n" if "\r\n" in text else "\n"
    if key[:2] in places:
        at = _end_of_table(text, key[:2])
        return _put(text, at, ["paths = [", *array_lines(proposal.lines), "]"], newline)
    at = max(
        (_end_of_table(text, path) for path in places if len(path) == 2 and path[0] == "shared"),
        default=len(text),
    )
    table = ["", *group_text(proposal).rstrip("\n").split("\n")]
    return _put(text, at, table, newline)


def _put(text: str, at: int, lines: list[str], newline: str) -> str:
    """Put whole lines in at the beginning of a line, or behind the last one."""
    before = text[:at]
    if before and not before.endswith("\n"):
        before += newline
    return before + "".join(line + newline for line in lines) + text[at:]


def _into_array(text: str, key: tuple[str, ...], lines: Sequence[Line]) -> str:
    opening = text.index("[", _offset(text, positions(text)[key]))
    last = _last_element(text, key)
    end = _offset(text, position_inside(text, last, len(text))) + 1 if last else opening + 1
    comma, closing = _close(text, end)
    if "\n" not in text[opening:closing]:
        inline = _inline(text, (end, closing), lines, empty=not last)
        if inline:
            return inline
    newline = "\r\n" if "\r\n" in text else "\n"
    start = text.rfind("\n", 0, closing) + 1
    alone = not text[start:closing].strip() and start > opening
    indent = _indent(text, last)
    added = newline.join(array_lines(lines, indent)) + newline
    at = start if alone else closing
    tail = text[end:at] if comma >= 0 or not last else "," + text[end:at]
    return text[:end] + (tail if alone else tail.rstrip() + newline) + added + text[at:]


def _inline(text: str, places: tuple[int, int], lines: Sequence[Line], *, empty: bool) -> str:
    """The text with the patterns added to an array on one line; "" if that line would become too long."""
    end, closing = places
    patterns = ("" if empty else ", ") + ", ".join(toml_string(line.pattern) for line in lines)
    start = text.rfind("\n", 0, end) + 1
    rest = text[closing:].partition("\n")[0]
    return (
        text[:end] + patterns + text[end:]
        if closing + len(rest) - start + len(patterns) <= _LONGEST
        else ""
    )


def _last_element(text: str, key: tuple[str, ...]) -> tuple[str | int, ...]:
    indexes = [path[3] for path in positions(text) if len(path) == 4 and path[:3] == key]
    return (*key, len(indexes) - 1) if indexes else ()


def _close(text: str, at: int) -> tuple[int, int]:
    """From behind the last element: where its comma is (-1: nowhere) and where the array's bracket is."""
    comma = -1
    while text[at] != "]":
        if text[at] == "#":
            at = text.index("\n", at)
        if text[at] == ",":
            comma = at
        at += 1
    return comma, at


def _indent(text: str, last: tuple[str | int, ...]) -> str:
    if not last:
        return "    "
    line, column = positions(text)[last]
    before = text.split("\n")[line - 1][: column - 1]
    return before if not before.strip() else "    "


def _offset(text: str, place: tuple[int, int]) -> int:
    line, column = place
    return sum(len(above) + 1 for above in text.split("\n")[: line - 1]) + column - 1


def _end_of_table(text: str, path: tuple[str | int, ...]) -> int:
    """Where the lines of a table end: behind its last key, before the comments of what follows."""
    lines = text.split("\n")
    header = positions(text)[path][0]
    end = (
        next((line for line in sorted(_headers(text, lines)) if line > header), len(lines) + 1) - 1
    )
    while end > header and not lines[end - 1].strip().split("#")[0]:
        end -= 1
    return min(sum(len(line) + 1 for line in lines[:end]), len(text))


def _headers(text: str, lines: list[str]) -> Iterator[int]:
    """The lines with the headers of tables."""
    return (
        line for line, _ in positions(text).values() if lines[line - 1].lstrip().startswith("[")
    )
