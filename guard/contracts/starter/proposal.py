"""A proposed policy: shared groups with their lines, and their text as commented TOML."""

from collections.abc import Sequence
from typing import NamedTuple

from guard import __version__
from guard.contracts.draft import toml_string
from guard.core.names import counted

_WIDEST = 48  # columns up to which comments are aligned
_MOST_TOLD = 7  # a group that speaks in more than one commit in so many is proposed as a warning
_NO_BASE = (
    '# base = "main"               '
    "# default: origin/HEAD, then init.defaultBranch, then main or master"
)
_BASES = "  # release lines: work is compared with the one that it was built on"
_HEAD = """\
# What parallel sessions agree on in this repository. `guard schema policy` describes the format.
# guard reads this file from the tip of the base, so it takes effect once it is committed there.
{requires}
{base}
{bases}# sessions = 3                 # more open sessions than this are worth a warning

{mood}

[contracts]
{contracts}

[rules]
{rules}

# [handoff]
# required = false             # sessions need not leave a handoff (default: true); docs/handoffs.md

# [help]
# install = "pipx install …"   # where to get guard: printed below what CI, pre-commit and hooks say

# Nobody edits the files of a shared group in parallel; a contract may own its merge. Patterns are
# those of .gitignore. The numbers are the tracked files that a line matched when it was written.
"""
_LENIENT_MOOD = """\
# Nobody is stopped for working as before: who works without a contract is told, not stopped.
# Each strict value stands beside its line."""
_STRICT_MOOD = "# A branch needs a contract, and what a rule finds stops it."
# Key, its value for the first day, its strict value, what it is about.
_CONTRACTS = (("missing", "warning", "error", "a branch without a contract"),)
_RULES = (
    ("predicted-conflict", "warning", "error", "the branch would not merge"),
    ("evil-merge", "warning", "error", "a merge lost or added lines"),
    ("name-collision", "warning", "error", "names that differ by case alone"),
)
_GENERATED = (
    "generated = true               "
    "# and what .gitattributes, a well-known name or a header shows to be generated"
)


class ProposedLine(NamedTuple):
    """A pattern for a shared group, the reason, and the tracked files that it matches today."""

    pattern: str
    why: str
    files: Sequence[str] = ()


class Told(NamedTuple):
    """How many commits of people and of bots changed a file of a group, and of how many each."""

    people: int
    bots: int
    of_people: int
    of_bots: int


class ProposedGroup(NamedTuple):
    """A shared group; without lines nothing was found for it. `generated` is the group's key."""

    name: str
    why: str
    lines: tuple[ProposedLine, ...]
    generated: bool = False
    told: Told | None = None

    @property
    def level(self) -> str:
        """The level to begin with: `warning` for what speaks often, "" for that of the rule."""
        often = self.told is not None and self.told.people * _MOST_TOLD > self.told.of_people
        return "warning" if often else ""


def write_policy(
    groups: Sequence[ProposedGroup],
    base: str,
    bases: Sequence[str] = (),
    *,
    strict: bool = False,
) -> str:
    """Give the text of a `guard.toml`; `base` is the integration branch, "" if unknown.

    `bases` are patterns of release lines. Nobody is stopped for working as before unless it is
    `strict`.
    """
    head = _HEAD.format(
        requires=_line("requires", __version__, "an older guard says so, and does not judge"),
        base=f"base = {toml_string(base)}" if base else _NO_BASE,
        bases=f"bases = [{', '.join(map(toml_string, bases))}]{_BASES}\n" if bases else "",
        mood=_STRICT_MOOD if strict else _LENIENT_MOOD,
        contracts="\n".join(_set(row, strict=strict) for row in _CONTRACTS),
        rules="\n".join(_set(row, strict=strict) for row in _RULES),
    )
    texts = [head]
    for group in groups:
        if group.lines or group.generated:
            texts.append(group_text(group, strict=strict))
        else:
            texts.append(f"# [shared.{group.name}]: no such files here. {group.why}\n")
    return "\n".join(texts)


def group_text(group: ProposedGroup, *, strict: bool = False) -> str:
    """Give a shared group as a table, ending with a newline."""
    lines = [f"[shared.{group.name}]", f"why = {toml_string(group.why)}"]
    told = group.told
    often = f"{told.people:,} of the last {told.of_people:,} commits touched it" if told else ""
    if group.level:
        lines.append(_set(("level", group.level, "error", often), strict=strict))
    if group.lines:
        lines += ["paths = [", *array_lines(group.lines), "]"]
    if group.generated:
        lines.append(_GENERATED)
    return "\n".join(lines) + "\n"


def _set(row: tuple[str, str, str, str], *, strict: bool) -> str:
    key, lenient, rigid, about = row
    if strict:
        return _line(key, rigid, about)
    return _line(key, lenient, f"strict: {toml_string(rigid)}; {about}")


def _line(key: str, value: str, comment: str) -> str:
    return f"{f'{key} = {toml_string(value)}':30} # {comment}"


def array_lines(lines: Sequence[ProposedLine], indent: str = "    ") -> list[str]:
    """Give the elements of `paths`, one per line, each with its comment."""
    written = [toml_string(line.pattern) + "," for line in lines]
    width = min(max(map(len, written), default=0), _WIDEST)
    return [
        f"{indent}{text:{width}}  # {line.why} ({_count(line.files)})"
        for text, line in zip(written, lines, strict=True)
    ]


def _count(files: Sequence[str]) -> str:
    return counted(len(files), "file") if files else "no file yet"
