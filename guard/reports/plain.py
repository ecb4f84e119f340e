"""JSON, XML and code spans in which no name acts as a command, whoever prints them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from json import dumps

from guard.core.names import show

XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_LAST = 253_370_764_800  # the year 9999, whose last day some time zones do not have
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


def as_json(value: object) -> str:
    """Give a value as harmless JSON, ASCII, indented, with a newline at its end."""
    return harmless(dumps(value, indent=1)) + "\n"


def harmless(json: str) -> str:
    """Give the same JSON without `##`.

    `##[` is a command to the runners of GitHub and Azure anywhere in a line that a job prints
    (actions/runner). In JSON it can only be in a string, where an escape means the same.
    """
    return json.replace("##", "#\\u0023")


def moment(seconds: int) -> datetime:
    """Give a commit's time, which anybody can write, as one that a calendar has."""
    return datetime.fromtimestamp(min(seconds, _LAST), UTC)


def utc(seconds: int) -> str | None:
    """Give a time as JSON has it (RFC 3339); None for 0, which is unknown."""
    return moment(seconds).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else None


def markup(text: str) -> str:
    """Give text that `show` made safe as XML, for between tags and for attributes."""
    return text.translate(_MARKUP)


def element(
    name: str, attributes: Sequence[tuple[str, str]] = (), content: str | None = None
) -> str:
    """Give an XML element. Attributes are escaped here, `content` is markup; None for empty."""
    start = "".join([f"<{name}", *(f' {key}="{markup(value)}"' for key, value in attributes)])
    return f"{start}/>" if content is None else f"{start}>{content}</{name}>"


def code_span(text: str) -> str:
    """Give text as a code span of Markdown, in which only its end is markup (CommonMark 0.31, 6.1).

    The fence is longer than every run of backticks inside.
    """
    shown = show(text) or " "
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
