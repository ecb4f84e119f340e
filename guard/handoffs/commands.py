"""Commands: those that `Commands run` claims, and the words by which two texts are known to mean the same one."""

from __future__ import annotations

import re
import shlex

from guard.handoffs.sections import folded
from guard.handoffs.values import Command
from guard.names import shell_quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.handoffs.values import Line

_SHELLS = frozenset(("sh", "bash", "zsh", "dash", "ksh"))
_LANGUAGES = frozenset(("", "sh", "bash", "shell", "zsh", "console", "text", "txt", "shellsession", "sh-session", "terminal"))
_COLUMNS = ("command", "commands", "cmd", "check", "checks", "verification", "what", "step")  # the first of them that there is
_RESULTS = frozenset(("result", "results", "outcome", "status", "exit", "exit status", "exit code"))
_PROMPT = re.compile(r"(?:\([^()]*\)\s)?[$%❯]\s+")  # `(venv) $ make`
_THROUGH_GUARD = re.compile(r"guard\s+run\s+(?:--\s+)?")
_ENDS = re.compile(r"\s(?:[-–—|]|->|→|=>|⇒)(?=\s)|:(?=\s|$)|\s\((?=[^()]*\)\s*[.,;]?\s*$)|,\s")
_STATUS = re.compile(r"\b(?:exit(?:ed)?(?:\s+(?:status|code|with))*|rc)\s*[:=]?\s*(-?\d{1,3})\b", re.IGNORECASE)
_COUNTED = re.compile(r"\b[1-9]\d*\s+(?:fail(?:ed|ing|ures?)|errors?)\b|[❌✗✘✖]", re.IGNORECASE)
_NO_FAILURE = re.compile(r"\b(?:0|no|zero|without|never|nothing|none)\s+(?:\w+\s+)?fail\w*", re.IGNORECASE)
_FAILED = re.compile(r"\bfail(?:s|ed|ing)\b|\btimed out\b", re.IGNORECASE)
_FAIL = re.compile(r"(?:^|[\s:(–—-])fail(?:ure)?[\s).!]*$", re.IGNORECASE)  # as a word of its own at the end, where it is the result
_PASSED = re.compile(r"\b(?:pass(?:es|ed|ing)?|ok|green|clean|succe(?:ss|ssful|ssfully|eds|eded))\b|[✅✓✔☑]", re.IGNORECASE)
# What a shell takes for more than a word outside quotes (POSIX.1-2024, XCU 2.2), a comment and an assignment aside.
_SPECIAL = frozenset("|&;<>()$`*?[]#~{}!\n")


def commands(lines: Sequence[Line]) -> list[Command]:
    """Give the commands that the lines of `Commands run` claim, in order. A box that is not ticked claims nothing."""
    found: list[Command] = []
    listing: list[Line] = []
    rows: dict[int, list[Line]] = {}
    for line in lines:
        if line.kind == "code" and line.title in _LANGUAGES:
            listing.append(line)
            continue
        found += _listed(listing)
        listing = []
        if line.kind == "cell":
            rows.setdefault(line.number, []).append(line)
        elif line.kind not in ("heading", "code") and line.box != " ":
            found += _named(line)
    found += _listed(listing)
    found += [command for row in rows.values() for command in _in_row(row)]
    return sorted(found, key=lambda command: command.number)


def words(command: str) -> tuple[str, ...]:
    """Give the words of a command line, or, where a shell would do more than split it, `sh`, `-c` and the line, blanks evened out."""
    plain = command.strip()
    return ("sh", "-c", " ".join(plain.split())) if needs_shell(plain) else tuple(shlex.split(plain))


def words_of(argv: Sequence[str]) -> tuple[str, ...]:
    """Give the words of a command that was started with `argv`; `sh -c LINE` is what LINE is."""
    line = shell_line(argv)
    return words(line) if line else tuple(argv)


def shell_line(argv: Sequence[str]) -> str:
    """Give the line that `argv` hands to a shell (`sh -c LINE`, with any usual shell); "" where it starts something else."""
    is_shell = len(argv) == 3 and argv[0].rpartition("/")[2] in _SHELLS and re.fullmatch(r"-[a-z]*c", argv[1])
    return argv[2] if is_shell else ""


def needs_shell(command: str) -> bool:
    """Whether a shell does more with a line than split it: it has operators, expansions, an assignment, or a quote that is not closed."""
    quote, escaped = "", False
    for char in command:
        if escaped:
            escaped = False
            if quote and char in "$`\n":  # a shell takes the backslash away here, `shlex` does not
                return True
        elif char == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if char == quote else quote
            if quote == '"' and char in "$`":
                return True
        elif char in "'\"":
            quote = char
        elif char in _SPECIAL:
            return True
    return bool(quote or escaped) or re.match(r"[A-Za-z_]\w*=", command) is not None


def typed(command: str) -> str:
    """Give what to type to run a command line through guard, so that the receipt is one of this very line."""
    plain = command.strip()
    return f"guard run -- sh -c {shell_quote(plain)}" if needs_shell(plain) else f"guard run -- {plain}"


def mentions_command(line: Line, command: str) -> bool:
    """Whether a line of prose has a command in it, word for word, with nothing of a longer word around it."""
    text, wanted = " ".join(line.text.split()), " ".join(command.split())
    at = text.find(wanted)
    while wanted and at >= 0:
        around = text[at - 1 : at] + text[at + len(wanted) : at + len(wanted) + 1]
        if not re.search(r"[\w./=@-]", around.rstrip(".")):
            return line.box != " "
        at = text.find(wanted, at + 1)
    return False


def _listed(listing: Sequence[Line]) -> Iterator[Command]:
    """A block of code: behind prompts stand commands and between them output; without prompts every line is a command."""
    texts = [(line.number, line.pieces[0].text) for line in listing]
    prompted = any(_PROMPT.match(text.strip()) for _, text in texts)
    number, joined = 0, ""
    for at, text in texts:
        plain = text.strip()
        if joined:
            plain = joined + plain
        elif prompted and not _PROMPT.match(plain):
            continue
        number = number if joined else at
        joined = plain.removesuffix("\\").rstrip() + " " if plain.endswith("\\") else ""
        if plain and not joined and not plain.startswith("#"):
            yield Command(_bare(plain), number, "", sure=prompted or plain[:1].isascii())


def _named(line: Line) -> Iterator[Command]:
    """The code at the front of a line and what is joined to it by commas; without any, the words up to what comes of it."""
    codes = [piece.text for piece in line.pieces if piece.kind == "code"]
    outcome = _outcome("".join(piece.text for piece in line.pieces if piece.kind != "code"))
    if not codes:
        plain = _ENDS.split(line.text, maxsplit=1)[0]
        yield Command(_bare(plain), line.number, outcome, sure=False)
        return
    for place, text in enumerate(codes):
        yield Command(_bare(text), line.number, outcome, sure=not place or _is_joined(line, place))


def _is_joined(line: Line, place: int) -> bool:
    """Whether only a comma or an `and` stands before the code number `place` of a line, as far back as the code before."""
    at = [number for number, piece in enumerate(line.pieces) if piece.kind == "code"]
    between = "".join(piece.text for piece in line.pieces[at[place - 1] + 1 : at[place]])
    return between.strip(" ,&").casefold() in ("", "and", "then")


def _in_row(row: Sequence[Line]) -> Iterator[Command]:
    """A row of a table: the command stands in its column, what came of it anywhere else."""
    if any(cell.title == "header" for cell in row):
        return
    titles = [folded(cell.title) for cell in row]
    column = next((name for name in _COLUMNS if name in titles), "")
    own = [cell for cell, title in zip(row, titles, strict=True) if (title == column if column else not cell.level)]
    outcome = _result(row, titles) or _outcome(" ".join(cell.text for cell in row if cell not in own))
    for cell in own:
        for command in _named(cell):
            yield command._replace(outcome=command.outcome or outcome)


def _result(row: Sequence[Line], titles: Sequence[str]) -> str:
    """What the column for it says came of a command; a bare number under `Exit` is its status."""
    told = ((title, cell.text) for cell, title in zip(row, titles, strict=True) if title in _RESULTS and cell.text)
    return next((_outcome(f"exit {text}" if title.startswith("exit") and text.isdecimal() else text) for title, text in told), "")


def _bare(text: str) -> str:
    """A command without prompt, and without `guard run` before it."""
    plain = " ".join(text.split())
    prompt = _PROMPT.match(plain)
    plain = plain[prompt.end() :] if prompt else plain
    through = _THROUGH_GUARD.match(plain)
    return plain[through.end() :] if through else plain


def _outcome(text: str) -> str:
    """What a report says came of a command: `passed`, `failed`, or "" where it does not say. Numbers say more than words."""
    statuses = [int(found) for found in _STATUS.findall(text)]
    if statuses:
        return "failed" if any(statuses) else "passed"
    if _COUNTED.search(text) or _FAIL.search(text):
        return "failed"
    if _PASSED.search(text) or _NO_FAILURE.search(text):
        return "passed"
    return "failed" if _FAILED.search(text) else ""
