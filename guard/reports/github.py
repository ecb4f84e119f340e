"""A report as workflow commands of GitHub Actions, which become annotations (docs.github.com, "Workflow commands").

A step may annotate ten errors, ten warnings and ten notices; nine of all are made here, the worst first, and one that counts the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guard.core.names import show
from guard.reports.located import Located, advice, counted, failures, word
from guard.reports.text import headline
from guard.rules.findings import Report

_LEVELS = ("error", "warning", "notice")
_MOST = 9


def render(report: Report, *, headed: bool = False) -> str:
    """Give one report: its headline, unless it is `headed` by one already, then the annotations, a line each."""
    return render_all([report], headed=headed)


def render_all(reports: Sequence[Report], *, headed: bool = False) -> str:
    """Give several reports: a headline each, unless they are `headed` already, then the worst annotations of all."""
    lines = [*(headline(report) for report in reports if not headed), *_commands(reports)]
    return "".join(f"{line}\n" for line in lines)


def _commands(reports: Sequence[Report]) -> Iterator[str]:
    errors = [f"::error title=guard::{_data(text)}" for text in failures(reports)]
    findings = counted(reports)
    told = [*errors, *map(_annotation, findings)]
    yield from told[:_MOST]
    if len(told) > _MOST:
        yield f"::notice title=guard::{len(told) - _MOST} more; the job's summary has them, or: guard check --format json"


def _annotation(one: Located) -> str:
    finding = one.finding
    properties = f"file={_property(show(one.path))},line={one.line},title={_property(f'{finding.code} {finding.name}')}"
    return f"::{word(finding.severity, _LEVELS)} {properties}::{_data(advice(finding))}"


def _data(text: str) -> str:
    """Escape what stands behind `::` (actions/toolkit, packages/core/src/command.ts)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape the value of a property."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
