"""A report as `name=value` lines, for the outputs of a step: GitHub's `GITHUB_OUTPUT`, GitLab's `artifacts:reports:dotenv`.

Only words of ours, numbers and object ids: no value has text that somebody else wrote.
"""

from __future__ import annotations

from collections.abc import Sequence

from guard.core.severity import Severity
from guard.reports.located import counted
from guard.rules.findings import Report

_WORST = ("error", "broken", "kept")


def render(report: Report) -> str:
    """Give one report, a line a value."""
    return render_all([report])


def render_all(reports: Sequence[Report]) -> str:
    """Give several reports added up; the verdict is the worst of them, `kept` where there is none."""
    weights = [one.finding.severity for one in counted(reports)]
    verdicts = {report.verdict for report in reports}
    values = {
        "verdict": next((verdict for verdict in _WORST if verdict in verdicts), "kept"),
        "exit_code": max((report.exit_code for report in reports), default=0),
        "errors": weights.count(Severity.ERROR),
        "warnings": weights.count(Severity.WARNING),
        "notes": weights.count(Severity.NOTE),
        "waived": sum(
            finding.waived_by is not None for report in reports for finding in report.findings
        ),
        "paths": sum(report.paths for report in reports),
        "base": next((report.trusted.oid for report in reports), ""),
        "head": next((report.head for report in reports), ""),
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())
