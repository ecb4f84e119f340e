"""Writes Markdown: names and text that mean nothing else, and a section to put elsewhere."""

import re
from collections.abc import Callable, Iterator, Sequence

from guard.core.names import show
from guard.handoffs.values import Handoff, Line, Said

# CommonMark, "Fenced code blocks": an open one goes on to the end.
_FENCED = r"^ {0,3}((`|~)\2{2,})(?:(?<=~).*|[^`\n]*)$(?s:.*?)(?:(\n {0,3}\1\2* *$)|\Z)"
_BLOCK = re.compile(_FENCED, re.MULTILINE)
_COMMENT = re.compile(rf"{_FENCED}|<!--(?s:.*?)(?:-->|\Z)", re.MULTILINE)
_BLANKS = re.compile(r"\n(?: *\n){2,}")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)\s*")
_RUN = re.compile("`+")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_BARE = str.maketrans({"(": "[", ")": "]", "`": "'", "<": "\\<", "*": "\\*"})
# What CommonMark reads as a sign; an underscore within a word is none.
_SIGN = re.compile(r"[\\`*\[<~&]|(?<![^\W_])_|_(?![^\W_])")
# What begins a block at the start of a line.
_FIRST = re.compile(r"^(?:\d{1,9}(?=[.)](?: |$))|(?=#{1,6}(?: |$)|>|[+-](?: |$)|-[- ]*$))")


def code(text: str) -> str:
    """Give a name or a command as a code span.

    If a reader would not see all of it, it is in C quotes (git-config(1), `core.quotePath`).
    """
    return code_span(text if show(text) == text.strip() == text else c_quoted(text))


def c_quoted(text: str) -> str:
    """Give a text in double quotes, unprintable bytes in octal (quote.c, `quote_c_style`)."""
    out = []
    for char in text:
        if char in '"\\':
            out.append("\\" + char)
        elif show(char) == char:
            out.append(char)
        else:
            out += [f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogateescape")]
    return '"' + "".join(out) + '"'


def code_span(text: str) -> str:
    """Give a text with any backticks as a code span (CommonMark, "Code spans")."""
    plain = " ".join(text.split("\n"))
    fence = "`" * (max((len(run) for run in _RUN.findall(plain)), default=0) + 1)
    # Markdown strips one blank at both ends, so these need another.
    strips = plain.startswith(" ") and plain.endswith(" ") and plain.strip()
    padding = " " if plain.startswith("`") or plain.endswith("`") or strips else ""
    return f"{fence}{padding}{plain}{padding}{fence}"


def escaped(text: str) -> str:
    """Give a text as one line of Markdown that shows just that. Its code spans are kept."""
    plain = " ".join(text.split())
    shown = _mapped(plain, lambda some: _SIGN.sub(r"\\\g<0>", show(some)), show)
    return _FIRST.sub(r"\g<0>\\", shown, count=1)


def bare(text: str) -> str:
    """Give a text on one line, without brackets or code, to be put in brackets."""
    return show(" ".join(text.split())).translate(_BARE)


def comment_text(text: str) -> str:
    """Give a text that cannot end the comment around it."""
    return show(text).replace("-->", "-- >")


def source_of(handoff: Handoff, said: Said) -> str:
    """Give the Markdown of a section, without its heading, comments and blank lines around it.

    The text cannot affect what surrounds it: tags are escaped, code blocks closed, controls shown.
    """
    if said.label:
        return "\n".join(_of_lines(said.lines)).strip("\n")
    lines = handoff.source
    spans = (_without_heading(lines[first - 1 : last]) for first, last in said.spans)
    parts = [_harmless("\n".join(span).replace("\t", "    ")) for span in spans]
    return "\n\n".join(filter(None, parts))


def _without_heading(lines: Sequence[str]) -> Sequence[str]:
    if lines[0].lstrip().startswith("#"):
        _, colon, rest = lines[0].partition(":")
        return [rest.strip(" #"), *lines[1:]] if colon else lines[1:]
    underlined = len(lines) > 1 and _UNDERLINE.fullmatch(lines[1])
    return lines[2:] if underlined else lines[1:]


def _harmless(text: str) -> str:
    text = _COMMENT.sub(lambda found: found[0] if found[1] else "", text)
    parts, at = [], 0
    for block in _BLOCK.finditer(text):
        end = "" if block[3] else f"\n{block[1]}"
        parts += [_without_tags(text[at : block.start()]), block[0], end]
        at = block.end()
    parts.append(_without_tags(text[at:]))
    return "\n".join(map(show, "".join(parts).split("\n"))).strip("\n")


def _without_tags(text: str) -> str:
    lines = _BLANKS.sub("\n\n", text).split("\n")
    return "\n".join(_mapped(line, lambda some: _TAG.sub("&lt;", some), str) for line in lines)


def _mapped(text: str, outside: Callable[[str], str], inside: Callable[[str], str]) -> str:
    """Apply one function to text, and another to code spans in it."""
    parts, at = [], 0
    for start, end in _code_spans(text):
        parts += [outside(text[at:start]), inside(text[start:end])]
        at = end
    return "".join([*parts, outside(text[at:])])


def _code_spans(text: str) -> Iterator[tuple[int, int]]:
    """Spans between two runs of equally many backticks, in linear time (CommonMark)."""
    runs = [found.span() for found in _RUN.finditer(text)]
    closing = [0] * len(runs)  # the next run of the same length, or the run itself
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
    """For a section whose source begins in the middle of its label's line."""
    for line in lines:
        in_text = line.kind != "code"
        pieces = (
            code_span(piece.text) if in_text and piece.kind == "code" else piece.text
            for piece in line.pieces
        )
        text = show(_without_tags("".join(pieces).strip()))
        if line.kind == "item":
            yield f"{'  ' * (line.level - 1)}- {text}"
        else:
            yield text if in_text else f"    {text}"
