"""The commands that `Commands run` reports, and what it states came of them.

A command stands in code, after a prompt or at the front of an item; its outcome follows directly,
on its line or the next one. What else a line says is prose and states nothing.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from guard.handoffs.sections import COMMANDS, keys_named
from guard.handoffs.values import Command, Line, together
from guard.handoffs.wording import NOT_RUN, PASSED, Outcome, outcome

_SHELLS = frozenset("sh bash shell zsh powershell pwsh ps1 cmd bat".split())
_LANGUAGES = _SHELLS | {"", "text", "txt", "console", "shellsession", "sh-session", "terminal"}
# `(venv) $ make`, `ada@box:~/shop$ make`, `PS C:\shop> make`
_PROMPT = re.compile(
    r"(?:\([^()]*\)\s)?(?:[\w.-]+@[\w.-]+[:\s][^\s$#%]*\s?)?[$%❯]\s+|PS\s?[^<>]*>\s+"
)
_THROUGH_GUARD = re.compile(r"guard\s+run\s+(?:--\s+)?")
_ENDS = re.compile(r"\s+(?:#|[-–—|]|->|→|=>|⇒)(?=\s)|:(?=\s|$)|\s+\(|,\s|\s+--(?=\s+\d+\s)")
_IN_TURN = re.compile(r"\s*(?:&&|;)\s*|\s+and\s+")  # `make lint && make test`
_COMMA = re.compile(r"(?:\s*\([^()]*\))?[\s)\]]*,\s+(?:and\s+)?(?=\S)")
_BETWEEN = re.compile(r"[\s,&+]*(?:and|und|et|y|e)?\s*")
_REMARK = re.compile(r"\s+(?:#|→|->|=>|—|–)\s+")  # `make test  # 34 passed`
_MOST = 12  # words of a command without code, and such commands on a line
_EXIT = re.compile(r"exit|rc\b", re.IGNORECASE)


def commands(lines: Sequence[Line]) -> list[Command]:
    """Give the commands that the lines of `Commands run` report, in order.

    One that was not run is not reported. The parts of `make lint && make test` are reported with
    it, and passed if it did.
    """
    found: list[Command] = []
    waiting: list[Command] = []
    before: Line | None = None
    for part in together(lines):
        is_below = before is not None and _is_nested(part[0], before)
        stated = _below(part, before, is_below=is_below) if waiting and before else Outcome()
        if stated.kind:
            found += _filled(waiting, stated)
            waiting = []
            continue
        made = list(_reported(part))
        if waiting and is_below and not any(command.sure for command in made):
            continue
        found += waiting
        waiting, before = made, part[-1]
    found += waiting
    claimed = [one for command in found if command.outcome != NOT_RUN for one in _in_turn(command)]
    return sorted(claimed, key=lambda command: command.number)


def _is_nested(line: Line, before: Line) -> bool:
    return line.kind == "more" or (line.kind == before.kind == "item" and line.level > before.level)


def _below(part: Sequence[Line], before: Line, *, is_below: bool) -> Outcome:
    """What the next part states of the commands above it: printed output, or a line of text."""
    first = part[0]
    if first.kind == "code":
        has_prompt = any(_PROMPT.match(line.text) for line in part)
        is_output = first.title not in _SHELLS and not has_prompt
        return _printed(line.text for line in part[::-1]) if is_output else Outcome()
    is_near = first.number <= before.number + 3 and first.kind == "paragraph"
    has_code = any(piece.kind == "code" for piece in first.pieces)
    return outcome(first.text) if (is_near or is_below) and not has_code else Outcome()


def _printed(texts: Iterable[str]) -> Outcome:
    """What a program's output states; `texts` begin with the last line."""
    stated = (outcome(text, printed=True) for text in texts)
    return next((one for one in stated if one.kind), Outcome())


def _filled(found: Sequence[Command], stated: Outcome) -> Iterator[Command]:
    """State the outcome of commands without one; a number of tests is about the last of them."""
    for command in found:
        tests = stated.tests if command is found[-1] else 0
        yield command if command.outcome else command._replace(outcome=stated.kind, tests=tests)


def _in_turn(command: Command) -> Iterator[Command]:
    yield command
    parts = _IN_TURN.split(command.text)
    result = PASSED if command.outcome == PASSED else ""
    for part in filter(None, parts if len(parts) > 1 else ()):
        yield Command(part, command.number, result, sure=False)


def _reported(part: Sequence[Line]) -> Iterator[Command]:
    first = part[0]
    if first.kind == "code":
        yield from _listed(part) if first.title in _LANGUAGES else ()
    elif first.kind == "cell":
        yield from _in_row(part)
    elif first.kind != "heading":
        yield from _named(first)


def _named(line: Line) -> Iterator[Command]:
    """Each code span, with what follows it; without code, the first words of the line.

    Of commands that commas join, those without an outcome passed if the last did.
    """
    codes = [at for at, piece in enumerate(line.pieces) if piece.kind == "code"]
    texts = [piece.text for piece in line.pieces]
    default = {"x": PASSED, " ": NOT_RUN}.get(line.box, "")
    found = [] if codes else list(_in_words(line))
    joined = len(found)  # by commas, with the first
    if codes:
        default, joined = outcome("".join(texts[: codes[0]])).kind or default, 1
    for at, after in zip(codes, [*codes[1:], len(texts)], strict=False):
        between = "".join(texts[at + 1 : after])
        stated, is_joined = outcome(between), joined > len(found)
        sure = is_joined or bool(stated.kind)
        found.append(Command(_bare(texts[at]), line.number, stated.kind, sure, stated.tests))
        joined += is_joined and _BETWEEN.fullmatch(between) is not None
    passed = PASSED if found and found[:joined][-1].outcome == PASSED else ""
    yield from _filled(found[:joined], Outcome(default or passed))
    yield from _filled(found[joined:], Outcome(default if default == NOT_RUN else ""))


def _in_words(line: Line) -> Iterator[Command]:
    """Without code, words between commas may be commands."""
    text = _bare(line.text)
    for _ in range(_MOST):
        stated = outcome(text)
        if not text or (stated.kind and not text[stated.end :].strip(" .")):
            return  # `34 passed` is a result, not a command
        stop, rest, behind = _end_of_words(text)
        plain = re.sub(r"(?<=\w)\.$|\s--$", "", text[:stop].strip())
        if plain:
            yield Command(plain, line.number, behind.kind, sure=False, tests=behind.tests)
        comma = _COMMA.match(text, rest)
        text = text[comma.end() :] if comma and plain and stated.kind != NOT_RUN else ""


def _end_of_words(text: str) -> tuple[int, int, Outcome]:
    """Where the command ends, before a sign or an outcome, and where and what the outcome is."""
    sign = _ENDS.search(text)
    stop = sign.start() if sign else len(text)
    behind = outcome(text[stop:])
    rest = stop + behind.end
    words = () if behind.kind else re.finditer(r"(?<=\s)\S", text[:stop])
    for word in islice(words, _MOST):
        found = outcome(text[word.start() :])
        end = word.start() + found.end
        # `make test passed`: neither `test passed` nor anything before it
        is_later = end == rest and not text[stop : stop + 1].isdigit()
        if found.kind and (is_later or not behind.kind):
            stop, rest, behind = word.start(), end, found
    return stop, rest, behind


def _in_row(row: Sequence[Line]) -> Iterator[Command]:
    """The first cell with code has the command, or the column that is called so."""
    if row[0].title == "header":
        return
    with_code = [cell for cell in row if any(piece.kind == "code" for piece in cell.pieces)]
    titled = [cell for cell in row if COMMANDS.key in keys_named(cell.title)]
    own = ([cell for cell in with_code if cell in titled] or with_code or titled or [*row])[0]
    told = [one for cell in row if cell is not own and (one := _in_cell(cell)).kind]
    tests = next((one.tests for one in told if one.tests), 0)
    kind = told[0].kind if told else ""
    yield from _filled(list(_named(own)), Outcome(kind, tests))


def _in_cell(cell: Line) -> Outcome:
    """A bare number below `Exit` is an exit status."""
    is_status = _EXIT.match(cell.title) and cell.text.lstrip("-").isdecimal()
    return outcome(f"exit {cell.text}" if is_status else cell.text)


def _listed(listing: Sequence[Line]) -> Iterator[Command]:
    """Commands follow prompts, the rest is output; without prompts each line is a command."""
    prompted = any(_PROMPT.match(line.text) for line in listing)
    latest: list[Command] = []
    output: list[str] = []
    for number, text in _unbroken(listing):
        prompt = _PROMPT.match(text)
        if not prompt if prompted else outcome(text, printed=True).kind:
            output.insert(0, text)
        elif text and not text.startswith("#"):
            yield from _filled(latest, _printed(output))
            latest, output = [_before_remark(text, number, sure=prompted or text[0].isascii())], []
    yield from _filled(latest, _printed(output))


def _unbroken(listing: Sequence[Line]) -> Iterator[tuple[int, str]]:
    """A backslash joins a line with the next one."""
    joined, number = "", 0
    for line in listing:
        text, number = joined + line.text, number if joined else line.number
        joined = text.removesuffix("\\").rstrip() + " " if text.endswith("\\") else ""
        if not joined:
            yield number, text


def _before_remark(line: str, number: int, *, sure: bool) -> Command:
    text = _bare(line)
    remark = _REMARK.search(text)
    stated = outcome(text[remark.start() :].replace("#", " ", 1)) if remark else Outcome()
    if remark and (stated.kind or "#" in remark[0]):
        text = text[: remark.start()]
    return Command(text, number, stated.kind, sure, stated.tests)


def _bare(text: str) -> str:
    plain = " ".join(text.split())
    for prefix in (_PROMPT, _THROUGH_GUARD):
        found = prefix.match(plain)
        plain = plain[found.end() :] if found else plain
    return plain
