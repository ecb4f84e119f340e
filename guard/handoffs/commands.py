"""The commands that `Commands run` claims, and what it says came of them.

Results come in the words and numbers that people and test runners use.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from guard.handoffs.sections import folded
from guard.handoffs.values import Command, Line
from guard.receipts.words import words

_SHELL_LANGUAGES = frozenset("sh bash shell zsh powershell pwsh ps1 cmd bat".split())
_TERMINALS = frozenset(("console", "shellsession", "sh-session", "terminal"))
_LANGUAGES = frozenset(("", "text", "txt")) | _SHELL_LANGUAGES | _TERMINALS
# Titles of a table's columns; the first of `_COLUMNS` that is there has the commands.
_COLUMNS = tuple("command commands cmd check checks verification what step".split())
_RESULTS = frozenset("result|results|outcome|status|exit|exit status|exit code".split("|"))
# `(venv) $ make`, `ada@box:~/shop$ make`, `PS C:\shop> make`
_PROMPT = re.compile(
    r"(?:\([^()]*\)\s)?(?:[\w.-]+@[\w.-]+[:\s][^\s$#%]*\s?)?[$%❯]\s+|PS\s?[^<>]*>\s+"
)
_THROUGH_GUARD = re.compile(r"guard\s+run\s+(?:--\s+)?")
_ENDS = re.compile(r"\s(?:[-–—|]|->|→|=>|⇒)(?=\s)|:(?=\s|$)|\s\((?=[^()]*\)\s*[.,;]?\s*$)|,\s")
_IN_TURN = re.compile(r"\s*(?:&&|\|\||[;|])\s*|\s+#\s.*$")  # `make lint && make test  # both`

_DID_NOT_RUN = "not run"
_STATUS = re.compile(
    r"\b(?:exit(?:ed)?(?:\s+(?:status|code|with))*|rc)\s*[:=]?\s*(-?\d{1,3})\b", re.IGNORECASE
)
_DENIAL = (
    r"(?:(?:i|we|was|were|has|have|is|are|could|did|can|been|yet|still|to|be)\s)*(?:"
    r"(?:not|never|cannot|unable\sto|(?:could|did|was|is|has|have|ca)n['’]t)"
    r"(?:\s(?:yet|be|been|able|to))*\s(?:run|ran|executed?|tried)|"
    r"skipped|deferred|todo|(?:to\sbe|still\sto|will|to)\srun)"
)
_NOT_RUN = re.compile(rf"\W*{_DENIAL}\b", re.IGNORECASE)
_ENDS_NOT_RUN = re.compile(rf"\b{_DENIAL}\W*$", re.IGNORECASE)
_NEAR = 60  # characters before a command that may deny that it ran
_COUNTED = re.compile(
    r"\b[1-9]\d*\s+(?:fail(?:ed|ing|ures?)|errors?)\b(?!\s?[:=]|\s+(?:fixed|resolved|gone))|"
    r"\b(?:fail(?:ed|ures)|errors)\s?[:=]\s?[1-9]|[❌✗✘✖🔴]|:x:",
    re.IGNORECASE,
)
# `32/34 passed`, `32 of 34 tests pass`
_SOME = re.compile(r"\b(\d+)\s?(?:/|of|out of)\s?(\d+)\s+(?:\w+\s+)?pass", re.IGNORECASE)
_NOT_PASSED = re.compile(
    r"(?:\b(?:not|never|cannot)|n['’]t)\s+(?:yet\s+)?(?:pass\w*|ok|green|clean|succe\w+)\b|"
    r"\bunsuccess|\bpass\w*\s+(?:except|apart|but\s+for)\b|\bnon-?zero\b",
    re.IGNORECASE,
)
# After a failure: `2 failed at first, passes now`.
_AGAIN = re.compile(
    r"\b(?:now|then|finally|second\srun|re-?run|retr(?:y|ied))\b.*\b(?:pass\w*|ok|green|clean)\b|"
    r"\b(?:pass\w*|ok|green|clean)\snow\b",
    re.IGNORECASE,
)
_NO_FAILURE = re.compile(
    r"\b(?:0|no|zero|without|never|nothing|none)\s+(?:\w+\s+)?"
    r"(?:fail\w*|errors?|problems?|issues?|warnings?)|"
    r"\b(?:fail(?:ed|ures)|errors)\s?[:=]\s?0\b",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"\bfail(?:s|ed|ing|ures?)?\b|\btim(?:ed|es)\s?out\b|\btimeout\b|"
    r"\b(?:crash(?:ed|es)|killed|broken|breaks|aborted|red|ko)\b|"
    r"\berrors?\b(?![- ](?:free|handl\w+|messages?|paths?|cases?|codes?|pages?|states?|types?))",
    re.IGNORECASE,
)
# The word at the end, where it is the result.
_FAIL = re.compile(r"(?:^|[\s:(–—-])fail(?:ure)?[\s).!]*$", re.IGNORECASE)
_PASSED = re.compile(
    r"\b(?:pass(?:es|ed|ing)?|ok|green|clean|succe(?:ss|ssful|ssfully|eds|eded))\b|"
    r"[✅✓✔☑🟢]|:(?:white|heavy)_check_mark:",
    re.IGNORECASE,
)


def commands(lines: Sequence[Line]) -> list[Command]:
    """Give the commands that the lines of `Commands run` claim, in order.

    The result of a command may be on its line or below. An unticked box claims nothing, nor does a
    line that denies that its command ran.
    """
    found: list[Command] = []
    head, below = _Part((), ()), list[str]()
    for part in _parts(lines):
        if head.waits and _is_below(part, head):
            found += (command._replace(sure=False) for command in part.commands)
            below += (line.text for line in part.lines)
        else:
            found += _with_result(head, below)
            head, below = part, []
    found += _with_result(head, below)
    claimed = [command for command in found if command.outcome != _DID_NOT_RUN]
    return sorted(claimed, key=lambda command: command.number)


def mentions_command(line: Line, command: str) -> bool:
    """Tell whether a line reports a command anywhere.

    In prose it must appear word for word; in code it may be one of several joined by `&&` or `;`.
    """
    if line.box == " ":
        return False
    wanted, first = words(command), command.split(maxsplit=1)[0]
    for piece in line.pieces:
        parts = _split(line, piece.text) if piece.kind == "code" and first in piece.text else []
        if any(part and words(part) == wanted for part in parts):
            return True
    prose = "".join("\0" if piece.kind == "code" else piece.text for piece in line.pieces)
    return _has_words(" ".join(prose.split()), " ".join(command.split()))


class _Part(NamedTuple):
    lines: tuple[Line, ...]
    commands: tuple[Command, ...]

    @property
    def waits(self) -> bool:
        """Whether a command has no result yet; in a listing none can follow."""
        is_open = any(command.sure and not command.outcome for command in self.commands)
        return is_open and self.lines[0].kind not in ("code", "cell")


def _parts(lines: Sequence[Line]) -> Iterator[_Part]:
    by_kind = groupby(lines, lambda line: (line.kind, line.title if line.kind == "code" else ""))
    for (kind, language), group in by_kind:
        some = tuple(group)
        if kind == "code":
            yield _Part(some, tuple(_listed(some)) if language in _LANGUAGES else ())
        elif kind == "cell":
            for _, row in groupby(some, key=lambda line: line.number):
                cells = tuple(row)
                yield _Part(cells, tuple(_in_row(cells)))
        else:
            for line in some:
                is_claim = kind != "heading" and line.box != " "
                yield _Part((line,), tuple(_named(line)) if is_claim else ())


def _is_below(part: _Part, head: _Part) -> bool:
    """Printed output, or text below `head` without a command."""
    line, first = part.lines[0], head.lines[0]
    if line.kind == "code":
        has_prompt = any(_PROMPT.match(one.text) for one in part.lines)
        return line.title not in _SHELL_LANGUAGES and not has_prompt
    if any(command.sure for command in part.commands):
        return False
    if line.kind == "paragraph":
        return first.kind == "paragraph" and line.number <= first.number + 2
    return line.kind == "more" or (line.kind == first.kind == "item" and line.level > first.level)


def _with_result(head: _Part, below: Sequence[str]) -> Iterator[Command]:
    result = _last_outcome(below) if head.waits else ""
    return (command._replace(outcome=command.outcome or result) for command in head.commands)


def _split(line: Line, code: str) -> list[str]:
    """`>` may be a prompt, too, and in a terminal's output `#`, root's."""
    signs = ">#" if line.title in _TERMINALS else ">"
    return _IN_TURN.split(_bare(re.sub(rf"^[{signs}]\s+", "", code.strip())))


def _has_words(text: str, wanted: str) -> bool:
    """Whether prose has a command: not within a longer word, followed by an option or denied."""
    at = text.find(wanted)
    while wanted and at >= 0:
        before, after = text[:at], text[at + len(wanted) :]
        around = (before[-1:] + after[:1]).rstrip(".")
        is_longer = re.search(r"[\w./=@-]", around) or re.match(r"\s--?\w", after)
        if not is_longer and not _denies(before, after):
            return True
        at = text.find(wanted, at + 1)
    return False


def _listed(listing: Sequence[Line]) -> Iterator[Command]:
    """Commands follow prompts, the rest is output; without prompts each line is a command."""
    texts = [(line.number, line.pieces[0].text) for line in listing]
    prompted = any(_PROMPT.match(text.strip()) for _, text in texts)
    number, joined = 0, ""
    latest: Command | None = None
    output: list[str] = []
    for at, text in texts:
        plain = text.strip()
        if joined:
            plain = joined + plain
        elif prompted and not _PROMPT.match(plain):
            output.append(plain)
            continue
        number = number if joined else at
        joined = plain.removesuffix("\\").rstrip() + " " if plain.endswith("\\") else ""
        if plain and not joined and not plain.startswith("#"):
            if latest:
                yield latest._replace(outcome=_last_outcome(output))
            sure = prompted or plain[:1].isascii()
            latest, output = Command(_bare(plain), number, "", sure), []
    if latest:
        yield latest._replace(outcome=_last_outcome(output))


def _named(line: Line) -> Iterator[Command]:
    """The code at the front of a line, and more joined by commas; without code, its first words."""
    codes = [place for place, piece in enumerate(line.pieces) if piece.kind == "code"]
    result = _outcome("".join(piece.text for piece in line.pieces if piece.kind != "code"))
    if not codes:
        plain = _ENDS.split(line.text, maxsplit=1)[0]
        if _denies("", line.text[len(plain) :]):
            result = _DID_NOT_RUN
        yield Command(_bare(plain), line.number, result, sure=False)
        return
    for before, place in zip([-1, *codes], codes, strict=False):
        between = "".join(piece.text for piece in line.pieces[before + 1 : place])
        joined = before < 0 or between.strip(" ,&").casefold() in ("", "and", "then")
        yield Command(_bare(line.pieces[place].text), line.number, result, sure=joined)


def _in_row(row: Sequence[Line]) -> Iterator[Command]:
    if any(cell.title == "header" for cell in row):
        return
    titles = [folded(cell.title) for cell in row]
    column = next((name for name in _COLUMNS if name in titles), "")
    own: list[Line] = []
    others: list[Line] = []
    for cell, title in zip(row, titles, strict=True):
        is_own = title == column if column else not cell.level
        (own if is_own else others).append(cell)
    result = _result(row, titles) or _outcome(" ".join(cell.text for cell in others))
    for cell in own:
        for command in _named(cell):
            yield command._replace(outcome=command.outcome or result)


def _result(row: Sequence[Line], titles: Sequence[str]) -> str:
    """A bare number below `Exit` is an exit status."""
    for cell, title in zip(row, titles, strict=True):
        if title in _RESULTS and cell.text:
            is_status = title.startswith("exit") and cell.text.isdecimal()
            return _outcome(f"exit {cell.text}" if is_status else cell.text)
    return ""


def _bare(text: str) -> str:
    plain = " ".join(text.split())
    for prefix in (_PROMPT, _THROUGH_GUARD):
        found = prefix.match(plain)
        plain = plain[found.end() :] if found else plain
    return plain


def _outcome(text: str) -> str:
    """Exit statuses count more than numbers of tests, and those more than words."""
    statuses = [int(found) for found in _STATUS.findall(text)]
    if statuses:
        return "failed" if any(statuses) else "passed"
    if _NOT_RUN.match(text):
        return _DID_NOT_RUN
    failures = [found.end() for found in _COUNTED.finditer(text)]
    if failures:
        return "passed" if _AGAIN.search(text, failures[-1]) else "failed"
    is_short = any(int(some) < int(every) for some, every in _SOME.findall(text))
    if is_short or _FAIL.search(text) or _NOT_PASSED.search(text):
        return "failed"
    if _PASSED.search(text) or _NO_FAILURE.search(text):
        return "passed"
    return "failed" if _FAILED.search(text) else ""


def _denies(before: str, after: str) -> bool:
    return _NOT_RUN.match(after) is not None or _ENDS_NOT_RUN.search(before[-_NEAR:]) is not None


def _last_outcome(texts: Iterable[str]) -> str:
    """Test runners print the result at the end."""
    results = map(_outcome, reversed([*texts]))
    return next((result for result in results if result in ("passed", "failed")), "")
