"""Writes Markdown: names and text that mean nothing else, and a section to put elsewhere."""

import re
from collections.abc import Iterator, Sequence

from guard.core.names import show
from guard.handoffs.values import Handoff, Line, Said

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
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
    parts, at = [], 0
    for start, end in _code_spans(plain):
        parts += [_SIGN.sub(r"\\\g<0>", show(plain[at:start])), show(plain[start:end])]
        at = end
    parts.append(_SIGN.sub(r"\\\g<0>", show(plain[at:])))
    return _FIRST.sub(r"\g<0>\\", "".join(parts), count=1)


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
    lines = handoff.text.replace("\r\n", "\n").split("\n")
    spans = (_without_heading(lines[first - 1 : last]) for first, last in said.spans)
    parts = ["\n".join(_clean(span)) for span in spans]
    return "\n\n".join(part.strip("\n") for part in parts if part.strip())


def _without_heading(lines: Sequence[str]) -> Sequence[str]:
    if not lines:
        return []
    if lines[0].lstrip().startswith("#"):
        _, colon, rest = lines[0].partition(":")
        return [rest.strip(" #"), *lines[1:]] if colon else lines[1:]
    underlined = len(lines) > 1 and _UNDERLINE.fullmatch(lines[1])
    return lines[2:] if underlined else lines[1:]


def _clean(lines: Sequence[str]) -> Iterator[str]:
    fence, hidden, blank = "", False, True
    for line in lines:
        found = _FENCE.match(line)
        if fence:
            if found and _closes(found[1], fence, line):
                fence = ""
            yield show(line.replace("\t", "    "))
            continue
        text, hidden = _uncommented(line, hidden=hidden)
        is_blank = not text.strip()
        if is_blank and (text != line or blank):  # a comment leaves no blank lines behind
            continue
        blank = is_blank
        fence = found[1] if found and text == line else ""
        plain = text.replace("\t", "    ")
        yield show(plain if fence else _without_tags(plain))
    if fence:
        yield fence


def _closes(run: str, fence: str, line: str) -> bool:
    is_same = run[0] == fence[0] and len(run) >= len(fence)
    return is_same and not line.strip().strip(fence[0])


def _uncommented(line: str, *, hidden: bool) -> tuple[str, bool]:
    """`hidden`: a comment is open before the line; the result says whether one is open after."""
    kept, at = [], 0
    while at < len(line):
        sign = "-->" if hidden else "<!--"
        end = line.find(sign, at)
        if not hidden:
            kept.append(line[at:] if end < 0 else line[at:end])
        if end < 0:
            break
        at, hidden = end + len(sign), not hidden
    return "".join(kept), hidden


def _without_tags(text: str) -> str:
    parts, at = [], 0
    for start, end in _code_spans(text):
        parts += [_TAG.sub("&lt;", text[at:start]), text[start:end]]
        at = end
    return "".join([*parts, _TAG.sub("&lt;", text[at:])])


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
