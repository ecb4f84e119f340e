"""What a policy lacks, and its text with that added: nothing is removed, moved or reworded."""

from collections.abc import Sequence

from guard.contracts.draft import toml_string
from guard.contracts.model import POLICY_FILE, Policy, SharedGroup
from guard.contracts.parse import parse_policy
from guard.contracts.positions import position_inside, positions
from guard.contracts.starter.proposal import ProposedGroup, ProposedLine, array_lines, group_text
from guard.core.errors import ContractError
from guard.patterns import PatternSet

_LONGEST = 140  # columns of an array that stays on one line


def missing_lines(policy: Policy, groups: Sequence[ProposedGroup]) -> tuple[ProposedGroup, ...]:
    """Give the groups with only those lines whose files no group of the policy shares yet.

    A line that is a comment in the policy was declined once and stays declined.
    """
    patterns = [pattern for group in policy.shared for pattern in group.paths]
    shared = PatternSet(patterns)
    comments = [line for line in policy.text.split("\n") if line.lstrip().startswith("#")]
    declined = "\n".join(comments)

    def is_missing(line: ProposedLine) -> bool:
        if toml_string(line.pattern) in declined or line.pattern in patterns:
            return False
        return not all(map(shared.decide, line.files or (line.pattern.strip("/"),)))

    lacking = (group._replace(lines=tuple(filter(is_missing, group.lines))) for group in groups)
    return tuple(group for group in lacking if group.lines)


def extend_policy(policy: Policy, groups: Sequence[ProposedGroup]) -> str:
    """Give the policy's text with the lines of `groups` added; new groups follow the others.

    Raises ContractError if the text is written in a way that lines cannot be added to.
    """
    text = policy.text
    for group in groups:
        text = _added(text, group)
    if _is_extended(policy, text, groups):
        return text
    lines = ", ".join(
        f"{toml_string(line.pattern)} in shared.{group.name}"
        for group in groups
        for line in group.lines
    )
    raise ContractError(
        f"guard cannot add lines to {policy.file} as it is written; these are missing: {lines}",
        hint="add them by hand",
    )


def _is_extended(policy: Policy, text: str, groups: Sequence[ProposedGroup]) -> bool:
    try:
        new = parse_policy(text.encode(), POLICY_FILE)
    except ContractError:
        return False
    wanted = {group.name: group for group in policy.shared}
    for group in groups:
        known = wanted.get(group.name, _new(group))
        paths = known.paths + tuple(line.pattern for line in group.lines)
        wanted[group.name] = known._replace(paths=paths)
    if {group.name: group for group in new.shared} != wanted:
        return False
    return new._replace(shared=policy.shared, file=policy.file, text=policy.text) == policy


def _new(group: ProposedGroup) -> SharedGroup:
    return SharedGroup(group.name, group.why, (), group.generated, group.level)


def _added(text: str, group: ProposedGroup) -> str:
    known = positions(text)
    key = ("shared", group.name, "paths")
    if key in known:
        return _into_array(text, key, group.lines)
    if key[:2] in known:
        at = _end_of_table(text, key[:2])
        return _put(text, at, ["paths = [", *array_lines(group.lines), "]"])
    tables = [path for path in known if len(path) == 2 and path[0] == "shared"]
    at = max((_end_of_table(text, path) for path in tables), default=len(text))
    return _put(text, at, ["", *group_text(group).rstrip("\n").split("\n")])


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _put(text: str, at: int, lines: list[str]) -> str:
    newline = _newline(text)
    before = text[:at]
    if before and not before.endswith("\n"):
        before += newline
    return before + "".join(line + newline for line in lines) + text[at:]


def _into_array(text: str, key: tuple[str, ...], lines: Sequence[ProposedLine]) -> str:
    opening = text.index("[", _offset(text, positions(text)[key]))
    last = _last_element(text, key)
    end = _offset(text, position_inside(text, last, len(text))) + 1 if last else opening + 1
    has_comma, closing = _end_of_array(text, end)
    if "\n" not in text[opening:closing]:
        separator = ", " if last else ""
        patterns = separator + ", ".join(toml_string(line.pattern) for line in lines)
        start = text.rfind("\n", 0, end) + 1
        rest = text[closing:].partition("\n")[0]
        if closing + len(rest) - start + len(patterns) <= _LONGEST:
            return text[:end] + patterns + text[end:]
    newline = _newline(text)
    start = text.rfind("\n", 0, closing) + 1
    bracket_alone = not text[start:closing].strip() and start > opening
    added = newline.join(array_lines(lines, _indent(text, last))) + newline
    at = start if bracket_alone else closing
    tail = text[end:at]
    if last and not has_comma:
        tail = "," + tail
    if not bracket_alone:
        tail = tail.rstrip() + newline
    return text[:end] + tail + added + text[at:]


def _last_element(text: str, key: tuple[str, ...]) -> tuple[str | int, ...]:
    elements = sum(len(path) == 4 and path[:3] == key for path in positions(text))
    return (*key, elements - 1) if elements else ()


def _end_of_array(text: str, at: int) -> tuple[bool, int]:
    """Whether a comma follows the last element, which ends at `at`, and where the array ends."""
    has_comma = False
    while text[at] != "]":
        if text[at] == "#":
            at = text.index("\n", at)
        has_comma = has_comma or text[at] == ","
        at += 1
    return has_comma, at


def _indent(text: str, last: tuple[str | int, ...]) -> str:
    if last:
        line, column = positions(text)[last]
        before = text.split("\n")[line - 1][: column - 1]
        if not before.strip():
            return before
    return "    "


def _offset(text: str, position: tuple[int, int]) -> int:
    line, column = position
    return sum(len(above) + 1 for above in text.split("\n")[: line - 1]) + column - 1


def _end_of_table(text: str, path: tuple[str | int, ...]) -> int:
    """The index after the last key of a table, before comments on what follows."""
    lines = text.split("\n")
    starts = [line for line, _ in positions(text).values()]
    headers = [line for line in starts if lines[line - 1].lstrip().startswith("[")]
    first = positions(text)[path][0]
    end = min((line for line in headers if line > first), default=len(lines) + 1) - 1
    while end > first and not lines[end - 1].strip().split("#")[0]:
        end -= 1
    return min(sum(len(line) + 1 for line in lines[:end]), len(text))
