"""Tells what is wrong with a string of a policy or a contract, and what was expected.

`strings.py` knows at once that nearly all are fine: this is loaded for the others.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from guard.contracts.model import LONGEST_NAME, LONGEST_PATTERN
from guard.contracts.strings import NAME, NAME_PATTERN
from guard.core.errors import ContractError
from guard.core.names import ALPHANUMERICS, HEADS, show
from guard.patterns import PatternError, PatternSet, whole

_NOT_IN_A_REF = frozenset(map(chr, range(32))) | frozenset("\x7f ~^:?*[\\")
_BRACKET = r"\[[!^]?\]?(?:\[:[a-z]*:\]|[^\]])*\]"


class Complaint(NamedTuple):
    """What is wrong with a string, what was expected, and at which character (-1: all of it)."""

    problem: str
    expected: str
    offset: int = -1


def excerpt(text: str) -> str:
    """Give the beginning of `text` in quotes, printable on one line."""
    return f'"{show(text[:60])}{"…" if len(text) > 60 else ""}"'


def name_complaint(name: str) -> Complaint | None:
    """Tell what is wrong with the name of a contract or a shared group; None if it is fine.

    A contract's name is a branch's name too (git-check-ref-format(1)).
    """
    wanted = "letters, digits, dots, dashes and underscores, the first a letter or a digit"
    if len(name) > LONGEST_NAME:
        return Complaint(f"has {len(name):,} characters", f"at most {LONGEST_NAME}")
    if not name or name[0] not in ALPHANUMERICS or not NAME.issuperset(name):
        return Complaint(f"{excerpt(name)} is not a valid name", wanted)
    if ".." in name or name.endswith((".", ".lock")):
        wanted = "a name without .., that does not end in a dot or in .lock"
        return Complaint(f"{excerpt(name)} cannot be a name", wanted)
    return None


def misnamed(name: str, file: str) -> ContractError:
    """Give the error that a contract's file has no name of a contract."""
    problem, expected, _ = name_complaint(name) or Complaint("", "")
    message = f"{show(file)}: the file's name: {problem}; expected {expected}"
    return ContractError(message, hint="rename the file")


def _pattern(value: str) -> Complaint | None:
    size = len(value.encode())
    if size > LONGEST_PATTERN:
        return Complaint(f"has {size:,} bytes", f"at most {LONGEST_PATTERN:,}")
    return malformed(lambda: PatternSet([value]))


def _branch_pattern(value: str) -> Complaint | None:
    if value.startswith("refs/"):
        short = excerpt(value.removeprefix(HEADS))
        return Complaint("is a ref", f"a branch's short name, such as {short}")
    wrong = malformed(lambda: whole(value, "x"))
    if wrong:
        return wrong
    complaint = _ref_complaint(_literal(value))
    if complaint and ("[" in value or "\\" in value):  # the offset is one of the literal text
        return complaint._replace(offset=-1)
    return complaint


def _literal(pattern: str) -> str:
    """The pattern with `x` for each wildcard and bracket, and without escapes."""
    if "[" in pattern:
        pattern = re.sub(_BRACKET, "x", pattern)
    literal = ""
    escaped = False
    for char in pattern:
        if char == "\\" and not escaped:
            escaped = True
            continue
        literal += "x" if char in "*?" and not escaped else char
        escaped = False
    return literal


def _branch_name(value: str) -> Complaint | None:
    if value in ("HEAD", "@"):
        problem = f"{excerpt(value)} names whatever is checked out"
        return Complaint(problem, 'the integration branch, such as "main"')
    return _ref_complaint(value)


def _ref_complaint(name: str) -> Complaint | None:
    """Tell why git refuses `name` for a branch (git-check-ref-format(1), with `--branch`)."""
    expected = "what git takes for a branch's name"
    if not name:
        return Complaint("is empty", expected)
    bad = _first(name, lambda char: char in _NOT_IN_A_REF)
    if bad >= 0:
        return Complaint(f"{excerpt(name[bad])} cannot be in a branch's name", expected, bad)
    if name.startswith("-"):
        return Complaint("begins with a dash", expected)
    for part in ("..", "@{", "//"):
        if part in name:
            return Complaint(f'"{part}" cannot be in a branch\'s name', expected, name.index(part))
    if name.startswith("/") or name.endswith(("/", ".")):
        return Complaint("begins with a slash, or ends with a slash or a dot", expected)
    if any(part.startswith(".") or part.endswith(".lock") for part in name.split("/")):
        return Complaint("a part begins with a dot or ends with .lock", expected)
    return None


def _name_pattern(value: str) -> Complaint | None:
    bad = _first(value, lambda char: char not in NAME_PATTERN)
    if value and bad < 0 and len(value) <= LONGEST_NAME:
        return None
    wanted = f"at most {LONGEST_NAME} letters, digits, dots, dashes, underscores, * and ?"
    return Complaint(f"{excerpt(value)} is not a valid name", wanted, bad)


def _version(value: str) -> Complaint | None:
    if all(part.isascii() and part.isdecimal() for part in value.split(".")):
        return None
    return Complaint(f"{excerpt(value)} is not a version", "numbers and dots, such as 0.2")


def _handoff(value: str) -> Complaint | None:
    expected = 'a path inside the repository, such as ".guard/handoffs/{name}.md"'
    if "{name}" not in value:
        problem = "does not contain {name}, so that all sessions would share one file"
        return Complaint(problem, expected)
    bare = value.replace("{name}", "NAME")
    if "{" in bare or "}" in bare:
        return Complaint("only {name} may be in braces", expected)
    if bare.startswith("/") or "\\" in bare or bare[1:2] == ":":
        return Complaint("is not a relative path with slashes", expected)
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in bare.split("/")):
        return Complaint('has an empty part, ".", ".." or ".git" in it', expected)
    if bare.lower().endswith(".toml"):
        return Complaint("is not the name of a Markdown file", expected)
    return _line(value)


def _sessions_branch(value: str) -> Complaint | None:
    if "{name}" not in value:
        problem = "does not contain {name}, so that all sessions would have one branch"
        return Complaint(problem, 'a branch\'s name, such as "work/{name}"')
    return _ref_complaint(value.replace("{name}", "x"))


def _sessions_folder(value: str) -> Complaint | None:
    if "{name}" not in value:
        problem = "does not contain {name}, so that all sessions would have one folder"
        return Complaint(problem, 'a folder, such as "../shop-{name}"')
    return _line(value)


def _line(value: str) -> Complaint | None:
    return _text(value, "")


def _text(value: str, allowed: str = "\n\t") -> Complaint | None:
    if not value.strip():
        return Complaint("is empty", "some words")
    if value.isprintable():
        return None
    bad = _first(value, lambda char: (char < " " or char == "\x7f") and char not in allowed)
    if bad < 0:
        return None
    wanted = "text" if allowed else "text on one line"
    return Complaint(f"has a control character, {excerpt(value[bad])}", wanted, bad)


def _first(text: str, is_bad: Callable[[str], bool]) -> int:
    return next((index for index, char in enumerate(text) if is_bad(char)), -1)


def malformed(use: Callable[[], object]) -> Complaint | None:
    """Tell why a pattern can match nothing, if `use` finds that out."""
    try:
        use()
    except PatternError as error:
        problem = f"malformed pattern: {error.reason}"
        return Complaint(problem, f"a well-formed one ({error.hint})", error.position)
    return None


STRINGS: Mapping[str, Callable[[str], Complaint | None]] = {
    "pattern": _pattern,
    "branch pattern": _branch_pattern,
    "branch name": _branch_name,
    "name": name_complaint,
    "name pattern": _name_pattern,
    "handoff": _handoff,
    "session's branch": _sessions_branch,
    "session's folder": _sessions_folder,
    "version": _version,
    "text": _text,
    "line": _line,
}
