"""The commands that `Commands run` reports, and what it states came of them.

A command stands in code, after a prompt or at the front of an item; its outcome follows directly,
on its line or the next one. What else a line says is prose and states nothing.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from guard.handoffs.sections import COMMANDS, keys_named
from guard.handoffs.values import Command, Line
from guard.handoffs.wording import NOT_RUN, PASSED, Outcome, outcome

_SHELLS = frozenset("sh bash shell zsh powershell pwsh ps1 cmd bat".split())
_TERMINALS = frozenset("console shellsession sh-session terminal".split())
_LANGUAGES = frozenset(("", "text", "txt")) | _SHELLS | _TERMINALS
# `(venv) $ make`, `ada@box:~/shop$ make`, `PS C:\shop> make`
_PROMPT = re.compile(
    r"(?:\([^()]*\)\s)?(?:[\w.-]+@[\w.-]+[:\s][^\s$#%]*\s?)?[$%❯]\s+|PS\s?[^<>]*>\s+"
)
_THROUGH_GUARD = re.compile(r"guard\s+run\s+(?:--\s+)?")
_ENDS = re.compile(r"\s+(?:#|[-–—|]|->|→|=>|⇒)(?=\s)|:(?=\s|$)|\s+\(|,\s|\s+--(?=\s+\d+\s)")
_IN_TURN = re.compile(r"\s*(?:&&|;)\s*|\s+and\s+")  # `make lint && make test`
_COMMA = re.compile(r"[\s)\]]*,\s+(?:and\s+)?(?=\S)")
_BETWEEN = re.compile(r"[\s,&+]*(?:and|und|et|y|e)?\s*")
_MOST_WORDS = 12  # of a command without code
_MOST_COMMANDS = 12  # without code, on a line
_EXIT = re.compile(r"exit|rc\b", re.IGNORECASE)


def commands(lines: Sequence[Line]) -> list[Command]:
    """Give the commands that the lines of `Commands run` report, in order.

    One that was not run is not reported. The parts of `make lint && make test` are reported with
    it, and passed if it did.
    """
    found: list[Command] = []
    waiting: list[Command] = []
    before: Line | None = None
    for part in _parts(lines):
        stated = _below(part, before) if waiting and before else Outcome()
        if stated.kind:
            found += _settled(waiting, stated)
            waiting = []
            continue
        made = list(_reported(part))
        if not any(command.sure for command in made) and waiting and _is_nested(part[0], before):
            continue
        found += waiting
        waiting = made
        before = part[-1]
    found += waiting
    claimed = [one for command in found if command.outcome != NOT_RUN for one in _in_turn(command)]
    return sorted(claimed, key=lambda command: command.number)


def _parts(lines: Sequence[Line]) -> Iterator[tuple[Line, ...]]:
    """Rows and blocks of code are read whole."""
    numbered = enumerate(lines)
    for _, group in groupby(numbered, lambda pair: _together(*pair)):
        yield tuple(line for _, line in group)


def _together(at: int, line: Line) -> tuple[str, int]:
    if line.kind == "code":
        return line.title, -1
    return (line.kind, line.number) if line.kind == "cell" else ("", at)


def _below(part: tuple[Line, ...], before: Line) -> Outcome:
    """What the next part states of the commands above it: printed output, or a line of text."""
    first = part[0]
    if first.kind == "code":
        has_prompt = any(_PROMPT.match(line.text) for line in part)
        is_output = first.title not in _SHELLS and not has_prompt
        return _printed(line.text for line in part[::-1]) if is_output else Outcome()
    is_near = first.number <= before.number + 3 and first.kind == "paragraph"
    has_code = any(piece.kind == "code" for piece in first.pieces)
    if has_code or not (is_near or _is_nested(first, before)):
        return Outcome()
    return outcome(first.text)


def _is_nested(line: Line, before: Line | None) -> bool:
    if before is None:
        return False
    return line.kind == "more" or (line.kind == before.kind == "item" and line.level > before.level)


def _printed(texts: Iterator[str] | Sequence[str]) -> Outcome:
    """What a program's output states; `texts` begin with the last line."""
    stated = (outcome(text, printed=True) for text in texts)
    return next((one for one in stated if one.kind), Outcome())


def _settled(waiting: Sequence[Command], stated: Outcome) -> Iterator[Command]:
    for at, command in enumerate(waiting):
        if command.outcome:
            yield command
        else:
            count = stated.tests if at == len(waiting) - 1 else 0
            yield command._replace(outcome=stated.kind, tests=count)


def _in_turn(command: Command) -> Iterator[Command]:
    yield command
    parts = _IN_TURN.split(command.text)
    if len(parts) > 1:
        result = PASSED if command.outcome == PASSED else ""
        for part in filter(None, parts):
            yield Command(part, command.number, result, sure=False)


def _reported(part: tuple[Line, ...]) -> Iterator[Command]:
    first = part[0]
    if first.kind == "code":
        yield from _listed(part) if first.title in _LANGUAGES else ()
    elif first.kind == "cell":
        yield from _in_row(part)
    elif first.kind != "heading":
        yield from _named(first)


def _named(line: Line) -> Iterator[Command]:
    """Each code span, with what follows it; without code, the first words of the line."""
    codes = [at for at, piece in enumerate(line.pieces) if piece.kind == "code"]
    box = {"x": PASSED, " ": NOT_RUN}.get(line.box, "")
    if not codes:
        yield from _bare_line(line, box)
        return
    texts = [piece.text for piece in line.pieces]
    default = outcome("".join(texts[: codes[0]])).kind or box
    found: list[Command] = []
    joined = True  # by commas, with the first
    for at, after in zip(codes, [*codes[1:], len(texts)], strict=True):
        between = "".join(texts[at + 1 : after])
        stated = outcome(between)
        sure = joined or bool(stated.kind)
        found.append(Command(_bare(texts[at]), line.number, stated.kind, sure, stated.tests))
        joined = joined and _BETWEEN.fullmatch(between) is not None
        if not joined:
            yield from _with_default(found, default)
            default, found = box if box == NOT_RUN else "", []
    yield from _with_default(found, default)


def _with_default(found: Sequence[Command], default: str) -> Iterator[Command]:
    """Of commands joined by commas, one without an outcome has that of the last."""
    last = found[-1].outcome if found else ""
    return (one._replace(outcome=one.outcome or last or default) for one in found)


def _bare_line(line: Line, box: str) -> Iterator[Command]:
    """Without code, words between commas may be commands; all of them passed if the last did."""
    found: list[Command] = []
    text = _bare(line.text)
    while text and len(found) < _MOST_COMMANDS:
        command, text = _first_bare(text)
        if command:
            found.append(command._replace(number=line.number))
        elif not found:
            return
    default = PASSED if found and found[-1].outcome == PASSED and not box else box
    for command in found:
        yield command._replace(outcome=command.outcome or default)


def _first_bare(text: str) -> tuple[Command | None, str]:
    """The words before an outcome, a colon, a dash or a bracket, and what follows a comma."""
    stated = outcome(text)
    if stated.kind and not text[stated.end :].strip(" ."):
        return None, ""  # `34 passed` is a result, not a command
    end = _ENDS.search(text)
    stop = end.start() if end else len(text)
    behind = outcome(text[stop:])
    rest = stop + behind.end
    for word in list(re.finditer(r"(?<=\s)\S", text[:stop]))[:_MOST_WORDS]:
        found = outcome(text[word.start() :])
        # `make test passed`: neither `test passed` nor anything before it
        is_later = behind.end == word.start() + found.end and not text[stop].isdigit()
        if found.kind and (is_later or not behind.end):
            behind, stop = found._replace(end=word.start() + found.end), word.start()
            rest = behind.end
    plain = re.sub(r"(?<=\w)\.$|\s--$", "", text[:stop].strip())
    comma = _COMMA.match(text, rest)
    made = Command(plain, 0, behind.kind, sure=False, tests=behind.tests) if plain else None
    return made, text[comma.end() :] if comma and stated.kind != NOT_RUN else ""


def _in_row(row: Sequence[Line]) -> Iterator[Command]:
    """The first cell with code has the command, or the column that is called so."""
    if row[0].title == "header":
        return
    with_code = [cell for cell in row if any(piece.kind == "code" for piece in cell.pieces)]
    titled = [cell for cell in row if COMMANDS.key in keys_named(cell.title)]
    own = ([cell for cell in with_code if cell in titled] or with_code or titled or [*row])[0]
    others = [cell for cell in row if cell is not own]
    told = [one for one in map(_in_cell, others) if one.kind]
    tests = next((one.tests for one in told if one.tests), 0)
    stated = told[0]._replace(tests=tests) if told else Outcome()
    for command in _named(own):
        if command.outcome:
            yield command
        else:
            yield command._replace(outcome=stated.kind, tests=stated.tests)


def _in_cell(cell: Line) -> Outcome:
    """A bare number below `Exit` is an exit status."""
    text = cell.text
    if _EXIT.match(cell.title) and text.lstrip("-").isdecimal():
        text = f"exit {text}"
    return outcome(text)


def _listed(listing: Sequence[Line]) -> Iterator[Command]:
    """Commands follow prompts, the rest is output; without prompts each line is a command."""
    prompted = any(_PROMPT.match(line.text) for line in listing)
    is_root = not prompted and listing[0].title in _TERMINALS  # `#` and `>` are prompts there
    prompt = re.compile(r"[>#]\s+") if is_root else _PROMPT
    prompted = prompted or any(prompt.match(line.text) for line in listing)
    latest: Command | None = None
    output: list[str] = []
    joined, number = "", 0
    for line in listing:
        plain = joined + line.text
        if not joined and prompted and not prompt.match(plain):
            output.insert(0, plain)
            continue
        if not joined and not prompted and outcome(plain, printed=True).kind:
            output.insert(0, plain)
            continue
        number = number if joined else line.number
        joined = plain.removesuffix("\\").rstrip() + " " if plain.endswith("\\") else ""
        if plain and not joined and not plain.startswith("#"):
            if latest:
                yield _with_output(latest, output)
            text, remark = _without_remark(_bare(prompt.sub("", plain, count=1)))
            sure = prompted or plain[:1].isascii()
            latest = Command(text, number, remark.kind, sure, remark.tests)
            output = []
    if latest:
        yield _with_output(latest, output)


def _without_remark(text: str) -> tuple[str, Outcome]:
    """`make test  # 34 passed`."""
    end = re.search(r"\s+(?:#|→|->|=>|—|–)\s+", text)
    if not end:
        return text, Outcome()
    stated = outcome(text[end.start() :].replace("#", " ", 1))
    return (text[: end.start()], stated) if stated.kind or "#" in end[0] else (text, stated)


def _with_output(command: Command, output: Sequence[str]) -> Command:
    stated = Outcome() if command.outcome else _printed(output)
    if not stated.kind:
        return command
    return command._replace(outcome=stated.kind, tests=stated.tests)


def _bare(text: str) -> str:
    plain = " ".join(text.split())
    for prefix in (_PROMPT, _THROUGH_GUARD):
        found = prefix.match(plain)
        plain = plain[found.end() :] if found else plain
    return plain
