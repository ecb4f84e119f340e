"""Handoffs made by hand, in one line a test."""

from __future__ import annotations

from guard.handoffs.parse import parse_handoff
from guard.handoffs.values import Handoff, Said

WHOLE = """\
# Handoff: api

## Files changed

- `src/a.py`: what it does

## Behavior changed

Routes know their language.

## Commands run

- `make test`: 34 passed

## Known risks

None: only new files.

## Follow-up work

- Translate the footer.
"""


def section(title: str, body: str) -> Said:
    """The section of a handoff with only `title` and `body`, which begins on line 3."""
    (said,) = handoff(f"## {title}\n\n{body}\n").sections.values()
    return said


def handoff(text: str) -> Handoff:
    """A handoff as it is read."""
    return parse_handoff(text)


def files(body: str) -> Said:
    """What `Files changed` says; the body begins on line 3."""
    return section("Files changed", body)


def commands(body: str) -> Said:
    """What `Commands run` says; the body begins on line 3."""
    return section("Commands run", body)
