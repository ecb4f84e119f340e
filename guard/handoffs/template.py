"""An empty handoff: the headings, and what belongs below each as a comment."""

from __future__ import annotations

from guard.handoffs.sections import SECTIONS


def template(name: str) -> str:
    """Give an empty handoff of the contract `name` as Markdown. It passes for nothing until each section says something."""
    parts = [
        f"# Handoff: {name}\n",
        *(f"## {section.title}\n\n<!-- {section.hint} -->\n" for section in SECTIONS),
    ]
    return "\n".join(parts)
