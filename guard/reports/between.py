"""What is between the sessions, below the reports of all worktrees."""

import shutil
from collections.abc import Sequence
from json import dumps

from guard.core.data import json_text
from guard.core.names import show
from guard.reports import conflicts, conflicts_json
from guard.rules.between import Picture
from guard.rules.findings import Failure
from guard.rules.report import Report


def as_text(between: Picture | Failure, *, colour: bool) -> str:
    """Give it, or why it is not known, as text that ends with a newline."""
    if isinstance(between, Picture):
        width = shutil.get_terminal_size((100, 24)).columns
        return conflicts.render(between, width=width, colour=colour)
    lines = [f"guard: could not judge what is between the sessions: {show(between.message)}"]
    if between.hint:
        lines.append(f"  hint: {show(between.hint)}")
    return "\n".join(lines) + "\n"


def in_reports(reports: Sequence[Report], between: Picture) -> list[Report]:
    """For formats that have no place for it: the first report has its findings, and a note.

    What the policy makes an error breaks that report, since guard's exit status says so, too.
    """
    first, *others = reports
    notes = first.notes
    if between.verdict != "clean":
        said = conflicts.headline(between).removeprefix("guard: ")
        notes = (*notes, (f"between the sessions: {said}", "guard check --all"))
    elif between.is_raised and not between.findings:
        said = "sessions changed the same file, which the policy makes an error"
        notes = (*notes, (said, "guard check --all"))
    findings = (*first.findings, *between.findings)
    is_broken = between.is_raised and first.verdict == "kept"
    verdict = "broken" if is_broken else first.verdict
    return [first._replace(verdict=verdict, findings=findings, notes=notes), *others]


def as_json(between: Picture | Failure) -> str:
    """Give it, or why it is not known, as a JSON object."""
    if isinstance(between, Picture):
        return conflicts_json.render(between).rstrip("\n")
    return dumps({"error": {key: json_text(text) for key, text in between._asdict().items()}})
