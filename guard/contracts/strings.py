"""Checks the strings of policies and contracts: patterns, branches, names, paths, lines.

Nearly all are fine, which these short tests tell; `complaints.py` looks at the others.
"""

from __future__ import annotations

from guard.contracts.model import LONGEST_NAME, LONGEST_PATTERN
from guard.contracts.plain import BARE_KEY
from guard.core.names import ALPHANUMERICS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

NAME = BARE_KEY | frozenset(".")
NAME_PATTERN = NAME | frozenset("*?")
_FILE = NAME | frozenset("/")
# In patterns joined by newlines: brackets, escapes, comments, negations, trailing blanks, NUL, and
# names that are empty, `.` or `..`.
_SIGNS = (
    "[",
    "\\",
    "\n#",
    "\n!",
    " \n",
    "\0",
    "\n\n",
    "\n/\n",
    "//",
    "/./",
    "/../",
    "\n./",
    "\n../",
    "/.\n",
    "/..\n",
    "\n.\n",
    "\n..\n",
)


def hold(check: str, values: Sequence[str]) -> bool:
    """Tell whether all of `values` pass the check: one look at all of them instead of one each."""
    if check == "pattern":
        return _are_patterns(values)
    is_fine = _FINE[check]
    unsure = [value for value in values if not is_fine(value)]
    if not unsure:
        return True
    from guard.contracts.complaints import STRINGS  # few strings are that odd

    return not any(STRINGS[check](value) for value in unsure)


def _are_patterns(values: Sequence[str]) -> bool:
    if max(map(len, values), default=0) * 4 > LONGEST_PATTERN:  # a character has four bytes at most
        return False
    # Nearly all patterns have none of the signs, which takes a twentieth of the time to tell.
    text = "\n".join(("", *values, ""))
    if text.count("\n") == len(values) + 1 and not any(sign in text for sign in _SIGNS):
        return True
    from guard.contracts.complaints import malformed
    from guard.patterns import PatternSet

    return not malformed(lambda: PatternSet(values))


def _is_name(value: str) -> bool:
    is_short = 0 < len(value) <= LONGEST_NAME
    is_plain = is_short and value[0] in ALPHANUMERICS and NAME.issuperset(value)
    return is_plain and ".." not in value and not value.endswith((".", ".lock"))


def _is_name_pattern(value: str) -> bool:
    return 0 < len(value) <= LONGEST_NAME and NAME_PATTERN.issuperset(value)


def _is_branch(value: str) -> bool:
    is_plain = value[:1] in ALPHANUMERICS and _FILE.issuperset(value) and value != "HEAD"
    odd = ("//", "/.", "..", ".lock")
    return is_plain and value[-1] not in "/." and not any(sign in value for sign in odd)


def _is_branch_pattern(value: str) -> bool:
    if value.startswith("refs/") or len(value) > LONGEST_PATTERN:
        return False
    return _is_branch(value.replace("*", "x"))


def _is_file(value: str) -> bool:
    bare = value.replace("{name}", "NAME")
    parts = bare.split("/")
    has_all = bare != value and all(part.strip(".") and part.lower() != ".git" for part in parts)
    return has_all and _FILE.issuperset(bare) and not bare.lower().endswith(".toml")


def _is_sessions_branch(value: str) -> bool:
    return "{name}" in value and _is_branch(value.replace("{name}", "x"))


def _is_sessions_folder(value: str) -> bool:
    plain = value.replace("{name}", "x")
    return plain != value and _FILE.issuperset(plain)


def _is_version(value: str) -> bool:
    return all(part.isascii() and part.isdecimal() for part in value.split("."))


def _is_line(value: str) -> bool:
    return value.isprintable() and value.strip() != ""


# What passes is fine; what does not may be.
_FINE: Mapping[str, Callable[[str], bool]] = {
    "branch pattern": _is_branch_pattern,
    "branch name": _is_branch,
    "name": _is_name,
    "name pattern": _is_name_pattern,
    "handoff": _is_file,
    "session's branch": _is_sessions_branch,
    "session's folder": _is_sessions_folder,
    "version": _is_version,
    "text": _is_line,
    "line": _is_line,
}
