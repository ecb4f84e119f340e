"""A proposed policy: shared groups with their lines, and their text as commented TOML."""

from collections.abc import Sequence
from typing import NamedTuple

from guard.contracts.draft import toml_string
from guard.core.names import counted

_WIDEST = 48  # columns up to which comments are aligned
_NO_BASE = (
    '# base = "main"               '
    "# default: origin/HEAD, then init.defaultBranch, then main or master"
)
_HEAD = """\
# What parallel sessions agree on in this repository. `guard schema policy` describes the format.
# guard reads this file from the tip of the base, so it takes effect once it is committed there.
{base}
# sessions = 3                 # more open sessions than this are worth a warning

# [contracts]
# missing = "warning"          # a branch with no contract: error (default), warning, note or off

# [handoff]
# required = false             # sessions need not leave a handoff (default: true); docs/handoffs.md

# Nobody edits the files of a shared group in parallel; a contract may own its merge. Patterns are
# those of .gitignore. The numbers are the tracked files that a line matched when it was written.
"""
_GENERATED = (
    "generated = true               "
    "# and what .gitattributes, a well-known name or a header shows to be generated"
)


class ProposedLine(NamedTuple):
    """A pattern for a shared group, the reason, and the tracked files that it matches today."""

    pattern: str
    why: str
    files: Sequence[str] = ()


class ProposedGroup(NamedTuple):
    """A shared group; without lines nothing was found for it. `generated` is the group's key."""

    name: str
    why: str
    lines: tuple[ProposedLine, ...]
    generated: bool = False


def write_policy(groups: Sequence[ProposedGroup], base: str) -> str:
    """Give the text of a `guard.toml`; `base` is the integration branch, "" if unknown."""
    texts = [_HEAD.format(base=f"base = {toml_string(base)}" if base else _NO_BASE)]
    for group in groups:
        if group.lines or group.generated:
            texts.append(group_text(group))
        else:
            texts.append(f"# [shared.{group.name}]: no such files here. {group.why}\n")
    return "\n".join(texts)


def group_text(group: ProposedGroup) -> str:
    """Give a shared group as a table, ending with a newline."""
    lines = [f"[shared.{group.name}]", f"why = {toml_string(group.why)}"]
    if group.lines:
        lines += ["paths = [", *array_lines(group.lines), "]"]
    if group.generated:
        lines.append(_GENERATED)
    return "\n".join(lines) + "\n"


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
