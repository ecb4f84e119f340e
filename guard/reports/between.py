"""What is between the sessions, below the reports of all worktrees."""

import shutil
from json import dumps

from guard.core.data import json_text
from guard.core.names import show
from guard.reports import conflicts, conflicts_json
from guard.rules.between import Picture
from guard.rules.findings import Failure


def as_text(between: Picture | Failure, *, colour: bool) -> str:
    """Give it, or why it is not known, as text that ends with a newline."""
    if isinstance(between, Picture):
        width = shutil.get_terminal_size((100, 24)).columns
        return conflicts.render(between, width=width, colour=colour)
    lines = [f"guard: could not judge what is between the sessions: {show(between.message)}"]
    if between.hint:
        lines.append(f"  hint: {show(between.hint)}")
    return "\n".join(lines) + "\n"


def as_json(between: Picture | Failure) -> str:
    """Give it, or why it is not known, as a JSON object."""
    if isinstance(between, Picture):
        return conflicts_json.render(between).rstrip("\n")
    return dumps({"error": {key: json_text(text) for key, text in between._asdict().items()}})
