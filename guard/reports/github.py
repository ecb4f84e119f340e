"""A report as workflow commands of GitHub Actions (docs.github.com, "Workflow commands").

GitHub shows ten annotations of each kind in a step; guard writes the nine worst findings, and a
notice that counts the others.
"""

from collections.abc import Iterator, Sequence

from guard.core.names import show
from guard.reports.located import Located, advice, counting, failures, word
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
    notes = [f"::warning title=guard::{_data(text)}" for text in _notes(reports)]
    annotations = [*errors, *notes, *map(_annotation, counting(reports))]
    lines += annotations[:_MOST]
    more = len(annotations) - _MOST
    if more > 0:
        hint = "the job's summary has them, or: guard check --format json"
        lines.append(f"::notice title=guard::{more} more; {hint}")
    return "".join(f"{line}\n" for line in lines)


def _notes(reports: Sequence[Report]) -> Iterator[str]:
    for report in reports:
        yield from (f"{show(text)}\nnext: {show(step)}" for text, step in report.notes)


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
