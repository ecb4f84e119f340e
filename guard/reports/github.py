"""A report as workflow commands of GitHub Actions (docs.github.com, "Workflow commands").

GitHub shows ten annotations of each kind in a step; guard writes the nine worst findings, and a
notice that counts the others.
"""

from collections.abc import Sequence

from guard.core.codes import Severity
from guard.core.names import show
from guard.reports.located import Located, advice, counting, failures, remarks, word
from guard.reports.text import headline
from guard.rules.report import Report

_LEVELS = ("error", "warning", "notice")
_MOST = 9


def render_all(reports: Sequence[Report], *, headed: bool = False) -> str:
    """Give the worst findings as annotations, one a line.

    The headlines come first, unless the text report above has them already (`headed`).
    """
    lines = [] if headed else [headline(report) for report in reports]
    errors = [f"::error title=guard::{_data(text)}" for text in failures(reports)]
    told = [
        (weight, f"::{word(weight, _LEVELS)} title=guard::{_data(text)}")
        for weight, text in remarks(reports)
    ]
    notes = [line for weight, line in told if weight > Severity.NOTE]
    last = [line for weight, line in told if weight <= Severity.NOTE]
    annotations = [*errors, *notes, *map(_annotation, counting(reports)), *last]
    lines += annotations[:_MOST]
    more = len(annotations) - _MOST
    if more > 0:
        hint = "the job's summary has them, or: guard check --format json"
        lines.append(f"::notice title=guard::{more} more; {hint}")
    return "".join(f"{line}\n" for line in lines)


def _annotation(one: Located) -> str:
    finding = one.finding
    file, title = _property(show(one.path)), _property(f"{finding.code} {finding.name}")
    level, message = word(finding.severity, _LEVELS), _data(advice(finding))
    return f"::{level} file={file},line={one.line},title={title}::{message}"


def _data(text: str) -> str:
    """Source: actions/toolkit, packages/core/src/command.ts."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
