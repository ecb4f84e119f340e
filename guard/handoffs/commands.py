"""Commands: those that `Commands run` claims, and the words by which two texts are known to mean the same one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from guard.handoffs.outcome import NOT_RUN, denies, last_outcome, outcome
from guard.handoffs.sections import folded
from guard.handoffs.values import Command, Line
from guard.receipts.words import words

_SHELL_LANGUAGES = frozenset(
    ("sh", "bash", "shell", "zsh", "powershell", "pwsh", "ps1", "cmd", "bat")
)
_TERMINALS = frozenset(("console", "shellsession", "sh-session", "terminal"))
_LANGUAGES = frozenset(("", "text", "txt")) | _SHELL_LANGUAGES | _TERMINALS
_COLUMNS = (
    "command",
    "commands",
    "cmd",
    "check",
    "checks",
    "verification",
    "what",
    "step",
)  # the first of them that there is
_RESULTS = frozenset(("result", "results", "outcome", "status", "exit", "exit status", "exit code"))
# `(venv) $ make`, `ada@box:~/shop$ make`, `PS C:\shop> make`
_PROMPT = re.compile(
    r"(?:\([^()]*\)\s)?(?:[\w.-]+@[\w.-]+[:\s][^\s$#%]*\s?)?[$%❯]\s+|PS\s?[^<>]*>\s+"
)
_THROUGH_GUARD = re.compile(r"guard\s+run\s+(?:--\s+)?")
_ENDS = re.compile(r"\s(?:[-–—|]|->|→|=>|⇒)(?=\s)|:(?=\s|$)|\s\((?=[^()]*\)\s*[.,;]?\s*$)|,\s")
_IN_TURN = re.compile(r"\s*(?:&&|\|\||[;|])\s*|\s+#\s.*$")  # `make lint && make test  # both`


def commands(lines: Sequence[Line]) -> list[Command]:
    """Give the commands that the lines of `Commands run` claim, in order.

    What came of a command may also stand in the lines below it. A box that is not ticked claims nothing, and neither does a line that says
    of a command that it did not run.
    """
    found: list[Command] = []
    head, below = _Part((), ()), list[str]()
    for part in _parts(lines):
        if head.waits and _is_below(part, head):
            found += (command._replace(sure=False) for command in part.commands)
            below += (line.text for line in part.lines)
        else:
            found += _told(head, below)
            head, below = part, []
    found += _told(head, below)
    return sorted(
        (command for command in found if command.outcome != NOT_RUN),
        key=lambda command: command.number,
    )


class _Part(NamedTuple):
    """Lines that are to be read together, and the commands that stand in them."""

    lines: tuple[Line, ...]
    commands: tuple[Command, ...]

    @property
    def waits(self) -> bool:
        """Whether it names commands and does not say what came of them; of a listing the next command follows as soon."""
        return any(
            command.sure and not command.outcome for command in self.commands
        ) and self.lines[0].kind not in ("code", "cell")


def _parts(lines: Sequence[Line]) -> Iterator[_Part]:
    """Blocks of code, rows of tables and single lines."""
    for kind, group in groupby(
        lines, key=lambda line: (line.kind, line.title if line.kind == "code" else "")
    ):
        some = tuple(group)
        if kind[0] == "code":
            yield _Part(some, tuple(_listed(some)) if kind[1] in _LANGUAGES else ())
        elif kind[0] == "cell":
            for _, row in groupby(some, key=lambda line: line.number):
                cells = tuple(row)
                yield _Part(cells, tuple(_in_row(cells)))
        else:
            yield from (
                _Part(
                    (line,), () if kind[0] == "heading" or line.box == " " else tuple(_named(line))
                )
                for line in some
            )


def _is_below(part: _Part, head: _Part) -> bool:
    """Whether a part goes on about the commands of `head`: what they printed, or a further line, item or paragraph without a command."""
    line, first = part.lines[0], head.lines[0]
    if line.kind == "code":
        return line.title not in _SHELL_LANGUAGES and not any(
            _PROMPT.match(one.text) for one in part.lines
        )
    if any(command.sure for command in part.commands):
        return False
    if line.kind == "paragraph":
        return first.kind == "paragraph" and line.number <= first.number + 2
    return line.kind == "more" or (line.kind == first.kind == "item" and line.level > first.level)


def _told(head: _Part, below: Sequence[str]) -> Iterator[Command]:
    """The commands of a part, with what the lines below say came of those of which it does not say so itself."""
    came = last_outcome(below) if head.waits else ""
    return (command._replace(outcome=command.outcome or came) for command in head.commands)


def mentions_command(line: Line, command: str) -> bool:
    """Whether a line reports a command somewhere: in its prose word for word, in its code as one of several that a shell runs in turn."""
    if line.box == " ":
        return False
    wanted, first = words(command), command.split(maxsplit=1)[0]
    prose = "".join("\0" if piece.kind == "code" else piece.text for piece in line.pieces)
    codes = (
        part
        for piece in line.pieces
        if piece.kind == "code" and first in piece.text
        for part in _split(line, piece.text)
    )
    return any(words(part) == wanted for part in codes if part) or _has_words(
        " ".join(prose.split()), " ".join(command.split())
    )


def _split(line: Line, code: str) -> list[str]:
    """The commands that a shell runs in turn, without any prompt: a `>` may be one, too, and in what a terminal showed the root's `#`."""
    signs = ">#" if line.title in _TERMINALS else ">"
    return _IN_TURN.split(_bare(re.sub(rf"^[{signs}]\s+", "", code.strip())))


def _has_words(text: str, wanted: str) -> bool:
    """Whether prose has a command in it, not in a longer word, nor with an option behind, and does not say that it did not run."""
    at = text.find(wanted)
    while wanted and at >= 0:
        before, after = text[:at], text[at + len(wanted) :]
        around = before[-1:] + after[:1]
        if (
            not re.search(r"[\w./=@-]", around.rstrip("."))
            and not re.match(r"\s--?\w", after)
            and not denies(before, after)
        ):
            return True
        at = text.find(wanted, at + 1)
    return False


def _listed(listing: Sequence[Line]) -> Iterator[Command]:
    """A block of code: behind prompts stand commands and between them output; without prompts every line is a command."""
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
                yield latest._replace(outcome=last_outcome(output))
            latest, output = (
                Command(_bare(plain), number, "", sure=prompted or plain[:1].isascii()),
                [],
            )
    if latest:
        yield latest._replace(outcome=last_outcome(output))


def _named(line: Line) -> Iterator[Command]:
    """The code at the front of a line and what is joined to it by commas; without any, the words up to what comes of it."""
    codes = [place for place, piece in enumerate(line.pieces) if piece.kind == "code"]
    told = outcome("".join(piece.text for piece in line.pieces if piece.kind != "code"))
    if not codes:
        plain = _ENDS.split(line.text, maxsplit=1)[0]
        denied = denies("", line.text[len(plain) :])
        yield Command(_bare(plain), line.number, NOT_RUN if denied else told, sure=False)
        return
    for before, place in zip([-1, *codes], codes, strict=False):
        between = "".join(piece.text for piece in line.pieces[before + 1 : place])
        joined = before < 0 or between.strip(" ,&").casefold() in ("", "and", "then")
        yield Command(_bare(line.pieces[place].text), line.number, told, sure=joined)


def _in_row(row: Sequence[Line]) -> Iterator[Command]:
    """A row of a table: the command stands in its column, what came of it anywhere else."""
    if any(cell.title == "header" for cell in row):
        return
    titles = [folded(cell.title) for cell in row]
    column = next((name for name in _COLUMNS if name in titles), "")
    own = [
        cell
        for cell, title in zip(row, titles, strict=True)
        if (title == column if column else not cell.level)
    ]
    told = _result(row, titles) or outcome(" ".join(cell.text for cell in row if cell not in own))
    for cell in own:
        for command in _named(cell):
            yield command._replace(outcome=command.outcome or told)


def _result(row: Sequence[Line], titles: Sequence[str]) -> str:
    """What the column for it says came of a command; a bare number under `Exit` is its status."""
    told = (
        (title, cell.text)
        for cell, title in zip(row, titles, strict=True)
        if title in _RESULTS and cell.text
    )
    return next(
        (
            outcome(f"exit {text}" if title.startswith("exit") and text.isdecimal() else text)
            for title, text in told
        ),
        "",
    )


def _bare(text: str) -> str:
    """A command without prompt, and without `guard run` before it."""
    plain = " ".join(text.split())
    prompt = _PROMPT.match(plain)
    plain = plain[prompt.end() :] if prompt else plain
    through = _THROUGH_GUARD.match(plain)
    return plain[through.end() :] if through else plain
