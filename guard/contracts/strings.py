"""Checks the strings of policies and contracts: patterns, branches, names, paths, lines."""

from __future__ import annotations

from guard.contracts.model import LONGEST_NAME, LONGEST_PATTERN
from guard.contracts.plain import BARE_KEY
from guard.core.names import ALPHANUMERICS, HEADS, show
from guard.core.values import NamedTuple
from guard.patterns import PatternError, PatternSet, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_NAME = BARE_KEY | frozenset(".")
_NAME_PATTERN = _NAME | frozenset("*?")
_NOT_IN_A_REF = frozenset(map(chr, range(32))) | frozenset("\x7f ~^:?*[\\")
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
_BRACKET = r"\[[!^]?\]?(?:\[:[a-z]*:\]|[^\]])*\]"


class Complaint(NamedTuple):
    """What is wrong with a string, what was expected, and at which character (-1: all of it)."""

    problem: str
    expected: str
    offset: int = -1


def excerpt(text: str) -> str:
    """Give the beginning of `text` in quotes, printable on one line."""
    return f'"{show(text[:60])}{"…" if len(text) > 60 else ""}"'


def hold(check: str, values: Sequence[str]) -> bool:
    """Tell whether all of `values` pass the check: one look at all of them instead of one each."""
    if check != "pattern":
        return not any(STRINGS[check](value) for value in values)
    if max(map(len, values), default=0) * 4 > LONGEST_PATTERN:  # a character has four bytes at most
        return False
    # Nearly all patterns have none of the signs, which takes a twentieth of the time to tell.
    text = "\n".join(("", *values, ""))
    plain = text.count("\n") == len(values) + 1 and not any(sign in text for sign in _SIGNS)
    return plain or not _malformed(lambda: PatternSet(values))


def names_one(patterns: Iterable[str], name: str, *, any_case: bool = False) -> bool:
    """Tell whether one of the name patterns of a policy matches the name of an option or variable.

    `*` and `?` stand for other letters; dashes at the start do not count.
    """
    # To `whole` a slash is more than a letter.
    wanted = name.lstrip("-").replace("/", "-")
    bare = [pattern.lstrip("-") for pattern in patterns]
    if any_case:
        wanted, bare = wanted.casefold(), [pattern.casefold() for pattern in bare]
    return any(whole(pattern, wanted) for pattern in bare)


def name_complaint(name: str) -> Complaint | None:
    """Tell what is wrong with the name of a contract or a shared group; None if it is fine.

    A contract's name is a branch's name too (git-check-ref-format(1)).
    """
    wanted = "letters, digits, dots, dashes and underscores, the first a letter or a digit"
    if len(name) > LONGEST_NAME:
        return Complaint(f"has {len(name):,} characters", f"at most {LONGEST_NAME}")
    if not name or name[0] not in ALPHANUMERICS or not _NAME.issuperset(name):
        return Complaint(f"{excerpt(name)} is not a valid name", wanted)
    if ".." in name or name.endswith((".", ".lock")):
        wanted = "a name without .., that does not end in a dot or in .lock"
        return Complaint(f"{excerpt(name)} cannot be a name", wanted)
    return None


def _pattern(value: str) -> Complaint | None:
    size = len(value.encode())
    if size > LONGEST_PATTERN:
        return Complaint(f"has {size:,} bytes", f"at most {LONGEST_PATTERN:,}")
    return _malformed(lambda: PatternSet([value]))


def _branch_pattern(value: str) -> Complaint | None:
    if value.startswith("refs/"):
        short = excerpt(value.removeprefix(HEADS))
        return Complaint("is a ref", f"a branch's short name, such as {short}")
    wrong = _malformed(lambda: whole(value, "x"))
    if wrong:
        return wrong
    complaint = _ref_complaint(_literal(value))
    if complaint and ("[" in value or "\\" in value):  # the offset is one of the literal text
        return complaint._replace(offset=-1)
    return complaint


def _literal(pattern: str) -> str:
    """The pattern with `x` for each wildcard and bracket, and without escapes."""
    if "[" in pattern:
        import re  # most patterns have no bracket: a commit does without

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
    bad = _first(value, lambda char: char not in _NAME_PATTERN)
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


def _malformed(use: Callable[[], object]) -> Complaint | None:
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
    "version": _version,
    "text": _text,
    "line": _line,
}
