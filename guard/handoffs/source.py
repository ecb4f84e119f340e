"""The Markdown of one section, to be put into another document: what it says, and nothing that could reach beyond it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from guard.core.names import show
from guard.handoffs.values import Handoff, Line, Said

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)\s*")
_RUN = re.compile("`+")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def source_of(handoff: Handoff, said: Said) -> str:
    """Give what a section says as Markdown, without its heading, comments and blank lines around it.

    Tags are escaped, blocks of code closed and whatever a terminal would obey shown, so that the text can stand in front of others.
    """
    if said.label:
        return "\n".join(_of_lines(said.lines)).strip("\n")
    lines = handoff.text.replace("\r\n", "\n").split("\n")
    parts = [
        "\n".join(_clean(_without_heading(lines[first - 1 : last]))) for first, last in said.spans
    ]
    return "\n\n".join(part.strip("\n") for part in parts if part.strip())


def _without_heading(lines: Sequence[str]) -> Sequence[str]:
    first, colon, rest = lines[0].partition(":") if lines else ("", "", "")
    kept = [rest.strip(" #")] if first.lstrip().startswith("#") and colon else []
    after = (
        lines[2:]
        if not first.lstrip().startswith("#") and len(lines) > 1 and _UNDERLINE.fullmatch(lines[1])
        else lines[1:]
    )
    return [*kept, *after]


def _clean(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines without comments, and with tags escaped outside of code."""
    fence, hidden, blank = "", False, True
    for line in lines:
        found = _FENCE.match(line)
        if fence:
            fence = (
                ""
                if found
                and found[1][0] == fence[0]
                and len(found[1]) >= len(fence)
                and not line.strip().strip(fence[0])
                else fence
            )
            yield show(line.replace("\t", "    "))
            continue
        text, hidden = _uncommented(line, hidden=hidden)
        if not text.strip() and (text != line or blank):  # a comment leaves no blank lines behind
            continue
        blank = not text.strip()
        fence = found[1] if found and text == line else ""
        yield (
            show(text.replace("\t", "    "))
            if fence
            else show(_escaped(text.replace("\t", "    ")))
        )
    if fence:
        yield fence


def _uncommented(line: str, *, hidden: bool) -> tuple[str, bool]:
    """Take comments out of a line; `hidden` tells that one is open."""
    kept, at = [], 0
    while at < len(line):
        sign = "-->" if hidden else "<!--"
        end = line.find(sign, at)
        if end < 0:
            kept += [] if hidden else [line[at:]]
            break
        kept += [] if hidden else [line[at:end]]
        at, hidden = end + len(sign), not hidden
    return "".join(kept), hidden


def _escaped(text: str) -> str:
    parts, at = [], 0
    for start, end in code_spans(text):
        parts += [_TAG.sub("&lt;", text[at:start]), text[start:end]]
        at = end
    return "".join([*parts, _TAG.sub("&lt;", text[at:])])


def code_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where code stands in a line: between two runs of as many backticks (CommonMark, "Code spans"), found in one pass from the end."""
    runs = [(found.start(), found.end()) for found in _RUN.finditer(text)]
    closing: list[int] = [0] * len(
        runs
    )  # for each run the next one of its length, itself where there is none
    latest: dict[int, int] = {}
    for number in range(len(runs) - 1, -1, -1):
        length = runs[number][1] - runs[number][0]
        closing[number] = latest.get(length, number)
        latest[length] = number
    number = 0
    while number < len(runs):
        end = closing[number]
        if end > number:
            yield runs[number][0], runs[end][1]
        number = end + 1


def _of_lines(lines: Sequence[Line]) -> Iterator[str]:
    """The lines of a section that begins with a label, written anew: its own source goes on where the label ends."""
    for line in lines:
        text = "".join(
            code_span(piece.text) if piece.kind == "code" and line.kind != "code" else piece.text
            for piece in line.pieces
        )
        text = show(_escaped(text.strip()))
        yield (
            f"{'  ' * (line.level - 1)}- {text}"
            if line.kind == "item"
            else f"    {text}"
            if line.kind == "code"
            else text
        )


def code_span(text: str) -> str:
    """Give a text as a code span, whatever backticks it has (CommonMark, "Code spans"). Blanks at both ends would be lost: it keeps one."""
    plain = " ".join(text.split("\n"))
    longest = max((len(run) for run in re.findall("`+", plain)), default=0)
    fence = "`" * (longest + 1)
    padding = (
        " "
        if plain.startswith("`")
        or plain.endswith("`")
        or (plain.startswith(" ") and plain.endswith(" ") and plain.strip())
        else ""
    )
    return f"{fence}{padding}{plain}{padding}{fence}"
