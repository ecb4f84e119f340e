"""What a string of a policy or a contract must be: a pattern, a branch, a name, a path, a line."""

from __future__ import annotations

from guard.contracts.model import LONGEST_NAME, LONGEST_PATTERN
from guard.core.names import show
from guard.core.values import NamedTuple
from guard.patterns import PatternError, PatternSet, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_NAME = _LETTERS | frozenset("._-")
_NAME_PATTERN = _NAME | frozenset("*?")
_NOT_IN_A_REF = frozenset(map(chr, range(32))) | frozenset("\x7f ~^:?*[\\")
# Brackets, escapes, comments, negations, blanks at the end, NUL, and names that are empty, `.` or `..`; patterns stand between newlines.
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
_BRACKET = r"\[[!^]?\]?(?:\[:[a-z]*:\]|[^\]])*\]"


class Complaint(NamedTuple):
    """What is wrong with a string, what was expected, and at which character (-1: the whole)."""

    problem: str
    expected: str
    offset: int = -1


def excerpt(text: str) -> str:
    """Give the beginning of `text` in quotes, as it can be printed on one line."""
    return f'"{show(text[:60])}{"…" if len(text) > 60 else ""}"'


def hold(check: str, values: Sequence[str]) -> bool:
    """Tell whether nothing is wrong with any of `values`, at the cost of looking at all of them at once."""
    if check != "pattern":
        return not any(STRINGS[check](value) for value in values)
    if max(map(len, values), default=0) * 4 > LONGEST_PATTERN:  # a character has four bytes at most
        return False
    return _plain(values) or not _malformed(lambda: PatternSet(values))


def _plain(patterns: Sequence[str]) -> bool:
    """Tell whether no pattern has anything in it that could be malformed: what nearly all look like, at a twentieth of the cost."""
    text = "\n".join(("", *patterns, ""))
    return text.count("\n") == len(patterns) + 1 and not any(sign in text for sign in _SIGNS)


def name_complaint(name: str) -> Complaint | None:
    """Tell what is wrong with the name of a contract or a shared group. A contract's name is a branch's too (git-check-ref-format(1))."""
    wanted = "letters, digits, dots, dashes and underscores, the first a letter or a digit"
    if len(name) > LONGEST_NAME:
        return Complaint(f"has {len(name):,} characters", f"at most {LONGEST_NAME}")
    if not name or name[0] not in _LETTERS or not _NAME.issuperset(name):
        return Complaint(f"{excerpt(name)} is no name", wanted)
    if ".." in name or name.endswith((".", ".lock")):
        return Complaint(
            f"{excerpt(name)} cannot be a name",
            "a name without .., that does not end in a dot or in .lock",
        )
    return None


def _pattern(value: str) -> Complaint | None:
    size = len(value.encode())
    if size > LONGEST_PATTERN:
        return Complaint(f"has {size:,} bytes", f"at most {LONGEST_PATTERN:,}")
    return _malformed(lambda: PatternSet([value]))


def _branch_pattern(value: str) -> Complaint | None:
    if value.startswith("refs/"):
        return Complaint(
            "is a ref",
            f"a branch's short name, such as {excerpt(value.removeprefix('refs/heads/'))}",
        )
    wrong = _malformed(lambda: whole(value, "x"))
    if wrong:
        return wrong
    complaint = _ref_complaint(
        "".join(_literal(_without_brackets(value) if "[" in value else value))
    )
    moved = (
        "[" in value or "\\" in value
    )  # then an offset in the literal text is not one in the pattern
    return complaint._replace(offset=-1) if complaint and moved else complaint


def _without_brackets(pattern: str) -> str:
    """Give a branch pattern with `x` for each bracket expression."""
    import re  # most patterns have none, and then a commit does without

    return re.sub(_BRACKET, "x", pattern)


def _literal(pattern: str) -> list[str]:
    """Give a branch pattern's characters with `x` for each wildcard; an escaped character stands for itself."""
    literal: list[str] = []
    escaped = False
    for char in pattern:
        if char == "\\" and not escaped:
            escaped = True
            continue
        literal.append("x" if char in "*?" and not escaped else char)
        escaped = False
    return literal


def _branch_name(value: str) -> Complaint | None:
    if value in ("HEAD", "@"):
        return Complaint(
            f"{excerpt(value)} is whatever is checked out", 'the integration branch, such as "main"'
        )
    return _ref_complaint(value)


def _ref_complaint(name: str) -> Complaint | None:
    """Tell why git would not take `name` for a branch (git-check-ref-format(1), rules 1 to 10, and `--branch`)."""
    expected = "what git takes for a branch's name"
    if not name:
        return Complaint("is empty", expected)
    bad = next((index for index, char in enumerate(name) if char in _NOT_IN_A_REF), -1)
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
    bad = next((index for index, char in enumerate(value) if char not in _NAME_PATTERN), -1)
    if value and bad < 0 and len(value) <= LONGEST_NAME:
        return None
    return Complaint(
        f"{excerpt(value)} is no name",
        f"at most {LONGEST_NAME} letters, digits, dots, dashes, underscores, * and ?",
        bad,
    )


def _handoff(value: str) -> Complaint | None:
    expected = 'a path inside the repository, such as ".guard/handoffs/{name}.md"'
    if "{name}" not in value:
        return Complaint(
            "does not contain {name}, so that all sessions would share one file", expected
        )
    bare = value.replace("{name}", "NAME")
    if "{" in bare or "}" in bare:
        return Complaint("only {name} can stand in braces", expected)
    if bare.startswith("/") or "\\" in bare or bare[1:2] == ":":
        return Complaint("is not a relative path with slashes", expected)
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in bare.split("/")):
        return Complaint('has an empty part, ".", ".." or ".git" in it', expected)
    if bare.lower().endswith(".toml"):
        return Complaint("is no name for Markdown", expected)
    return _line(value)


def _text(value: str) -> Complaint | None:
    return _printable(value, "\n\t")


def _line(value: str) -> Complaint | None:
    return _printable(value, "")


def _printable(value: str, allowed: str) -> Complaint | None:
    if not value.strip():
        return Complaint("is empty", "some words")
    if value.isprintable():
        return None
    bad = next(
        (
            index
            for index, char in enumerate(value)
            if (char < " " or char == "\x7f") and char not in allowed
        ),
        -1,
    )
    if bad < 0:
        return None
    return Complaint(
        f"has a control character, {excerpt(value[bad])}",
        "text" if allowed else "text on one line",
        bad,
    )


def _malformed(use: Callable[[], object]) -> Complaint | None:
    try:
        use()
    except PatternError as error:
        return Complaint(
            f"malformed pattern: {error.reason}",
            f"a well-formed one ({error.hint})",
            error.position,
        )
    return None


STRINGS: Mapping[str, Callable[[str], Complaint | None]] = {
    "pattern": _pattern,
    "branch pattern": _branch_pattern,
    "branch name": _branch_name,
    "name": name_complaint,
    "name pattern": _name_pattern,
    "handoff": _handoff,
    "text": _text,
    "line": _line,
}
