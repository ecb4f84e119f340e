"""JSON, XML and spans of Markdown as text, in which no name that somebody chose is a command to whoever prints it."""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps

from guard.core.names import show

_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


def as_json(value: object) -> str:
    """Give a value as JSON, ASCII, indented, with a newline at its end. A number sign behind another one is escaped.

    `##[` is a command to the runners of GitHub and Azure wherever it stands in a line that a job prints; in JSON it can only stand in a
    string, where an escape means the same.
    """
    return dumps(value, indent=1).replace("##", "#\\u0023") + "\n"


def markup(text: str) -> str:
    """Give text, safe for a terminal already (`guard.core.names.show`), as it can stand in XML, between tags and in attributes."""
    return text.translate(_MARKUP)


def element(
    name: str, attributes: Sequence[tuple[str, str]] = (), content: str | None = None
) -> str:
    """Give an XML element. Values of attributes are escaped here, `content` is markup already; None makes an empty element."""
    start = "".join([f"<{name}", *(f' {key}="{markup(value)}"' for key, value in attributes)])
    return f"{start}/>" if content is None else f"{start}>{content}</{name}>"


def code_span(text: str) -> str:
    """Give text as a code span of Markdown: as many backticks around it as do not stand in a row inside, a space where one is at an end.

    Nothing in it means anything but the closing backticks (CommonMark 0.31, 6.1).
    """
    shown = show(text) or " "
    longest = max(
        (len(run) for run in "".join(char if char == "`" else " " for char in shown).split()),
        default=0,
    )
    fence = "`" * (longest + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
