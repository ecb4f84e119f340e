"""A policy as text: commented TOML (https://toml.io/en/v1.1.0)."""

from __future__ import annotations

from collections.abc import Sequence

from guard.contracts.starter.values import Line, Proposal
from guard.core.names import show

_WIDEST = 48  # columns up to which comments stand below one another
_HEAD = """\
# What parallel sessions agree on in this repository. `guard schema policy` describes the format.
# guard reads this file from the tip of the base, so it takes effect once it is committed there.
{base}
# sessions = 3                 # more open sessions than this are worth a warning

# [contracts]
# missing = "warning"          # a branch with no contract: error (so it is without this line), warning, note or off

# [handoff]
# required = false             # sessions need not leave a handoff (without this line they must); docs/handoffs.md tells what that is

# Nobody edits the files of a shared group in parallel; a contract may own its merge. Patterns are those of .gitignore.
# The numbers tell how many tracked files a line matched when it was written.
"""


def write_policy(proposals: Sequence[Proposal], base: str) -> str:
    """Give the text of a `guard.toml`. `base` is the integration branch's name, "" if it is not known."""
    named = (
        f"base = {toml_string(base)}"
        if base
        else '# base = "main"               # default: origin/HEAD, then init.defaultBranch, then main or master'
    )
    return "\n".join([_HEAD.format(base=named), *(_group(proposal) for proposal in proposals)])


def group_text(proposal: Proposal) -> str:
    """Give a shared group as a table of its own, with a newline at its end."""
    lines = [f"[shared.{proposal.name}]", f"why = {toml_string(proposal.why)}"]
    if proposal.lines:
        lines += ["paths = [", *array_lines(proposal.lines), "]"]
    if proposal.generated:
        lines.append(
            "generated = true               # and what .gitattributes, a well-known name or a header shows to be generated"
        )
    return "\n".join(lines) + "\n"


def array_lines(lines: Sequence[Line], indent: str = "    ") -> list[str]:
    """Give the elements of `paths`, one a line, each with its comment."""
    written = [toml_string(line.pattern) + "," for line in lines]
    width = min(max(map(len, written), default=0), _WIDEST)
    return [
        f"{indent}{text:{width}}  # {line.why} ({_count(len(line.files))})"
        for text, line in zip(written, lines, strict=True)
    ]


def toml_string(text: str) -> str:
    """Give `text` as a TOML string: a basic string, or a literal one where that saves backslashes. Nothing invisible stays in it."""
    if "\\" in text and "'" not in text and show(text) == text:
        return f"'{text}'"
    return '"' + "".join(_in_string(char) for char in text) + '"'


def _in_string(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if show(char) == char:
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def _group(proposal: Proposal) -> str:
    if proposal.lines or proposal.generated:
        return group_text(proposal)
    return f"# [shared.{proposal.name}]: nothing here looks like it. {proposal.why}\n"


def _count(files: int) -> str:
    return f"{files:,} file{'' if files == 1 else 's'}" if files else "no file yet"
