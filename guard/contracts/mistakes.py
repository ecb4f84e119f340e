"""Writes the mistakes of a file as messages, each with its place and what was expected.

Loaded only if there is a mistake.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence

from guard.contracts.checks import Mistake
from guard.contracts.key import Key
from guard.contracts.model import FILES, SHAPES
from guard.contracts.positions import Path, Position, position_inside, positions
from guard.core.errors import ContractError
from guard.core.names import counted, shell_quote, show

_MOST = 50  # mistakes with a line each; the others are counted
_LONGEST = 60  # characters of a word that is looked up or shown
_MOST_WORDS = 20  # of a choice that is listed; there are more rules


def error_of(kind: str, mistakes: Sequence[Mistake], text: str, file: str) -> ContractError:
    """Give one error with every mistake of a file, in its order.

    `kind` is `policy` or `contract`.
    """
    lines = mistake_lines(kind, mistakes, text, file)
    rest = len(mistakes) - len(lines)
    if rest:
        lines.append(f"{show(file)}: and {counted(rest, 'more mistake')}")
    return ContractError(
        "\n".join(lines), hint=f"guard contract check {shell_quote(file)}   # once it is corrected"
    )


def mistake_lines(kind: str, mistakes: Sequence[Mistake], text: str, file: str) -> list[str]:
    """Give a line for each of the first 50 mistakes of a file.

    It reads `FILE:LINE:COLUMN: key: problem; expected …`.
    """
    found = positions(text)
    placed = [(_position(found, text, mistake), mistake) for mistake in mistakes]
    placed.sort(key=lambda pair: pair[0])
    return [
        f"{show(file)}:{line}:{column}: {_message(kind, mistake)}"
        for (line, column), mistake in placed[:_MOST]
    ]


def word_lines(mistakes: Sequence[Mistake], words: Mapping[str, str]) -> list[str]:
    """Give a line per mistake in values that came from no file.

    `words` has, by key, what the user wrote instead of the key.
    """
    return [
        f"{words[str(mistake.path[0])]}{_dotted(mistake.path[1:])}: {_told(mistake)}"
        for mistake in mistakes
    ]


def _position(found: Mapping[Path, Position], text: str, mistake: Mistake) -> Position:
    """A missing key has the position of its table."""
    path = mistake.path
    if mistake.offset >= 0 and path in found:
        return position_inside(text, path, mistake.offset)
    while path and path not in found:
        path = path[:-1]
    return found.get(path, (1, 1))


def _message(kind: str, mistake: Mistake) -> str:
    key = f"{_dotted(mistake.path)}: " if mistake.path else ""
    message = key + _told(mistake)
    if mistake.problem == "unknown key":
        message += _elsewhere(kind, mistake)
    return message


def _told(mistake: Mistake) -> str:
    return f"{mistake.problem}; expected {mistake.expected or _choice(mistake)}"


def _dotted(path: Path) -> str:
    """Write a path as `waive[0].rule`; what is no bare TOML key is quoted."""
    written = ""
    for part in path:
        if isinstance(part, int):
            written += f"[{part}]"
            continue
        bare = part.isascii() and part.replace("-", "").replace("_", "").isalnum()
        shown = show(part[:_LONGEST]) + ("…" if len(part) > _LONGEST else "")
        written += ("." if written else "") + (shown if bare else f'"{shown}"')
    return written


def _choice(mistake: Mistake) -> str:
    lowered = {valid.lower(): valid for valid in mistake.valid}
    if len(mistake.word) <= _LONGEST:
        for near in difflib.get_close_matches(mistake.word.lower(), lowered, 1):
            return lowered[near]
    if len(mistake.valid) == 1:
        return mistake.valid[0]
    if len(mistake.valid) > _MOST_WORDS:
        return f"a rule's code or name, such as {mistake.valid[0]}"
    return "one of " + ", ".join(mistake.valid)


def _elsewhere(kind: str, mistake: Mistake) -> str:
    """Tell where an unknown key belongs: to another table or to the other file."""
    word = mistake.word
    for other in sorted(SHAPES, key=lambda name: name != kind):
        for home in _homes(SHAPES[other], ()):
            if home[-1] != word:
                continue
            if other != kind:
                return f" ({word} is a key of {FILES[other]})"
            if len(home) > 1:
                return f" ({word} belongs under [{'.'.join(home[:-1])}])"
            if len(mistake.path) > 1:
                return f" ({word} belongs at the top of the file, above the first [table])"
            return ""
    return ""


def _homes(key: Key, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, inner in key.keys.items():
        yield (*path, name)
        below = inner.item or inner
        step = {"map": (name, "NAME"), "tables": (f"[{name}]",)}.get(inner.kind, (name,))
        yield from _homes(below, (*path, *step))
