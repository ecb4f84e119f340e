"""A report as `name=value` lines: GitHub's `GITHUB_OUTPUT`, GitLab's `artifacts:reports:dotenv`.

They hold guard's own words, numbers and object ids, never a text that somebody else wrote.
"""

from collections.abc import Sequence

from guard.core.codes import Severity
from guard.reports.located import counting
from guard.rules.report import Report

_WORST = ("error", "broken", "kept")


def render_all(reports: Sequence[Report]) -> str:
    """Give reports added up; the verdict is the worst of them, `kept` without any."""
    weights = [one.finding.severity for one in counting(reports)]
    verdicts = {report.verdict for report in reports}
    values = {
        "verdict": next((verdict for verdict in _WORST if verdict in verdicts), "kept"),
        "exit_code": max((report.exit_code for report in reports), default=0),
        "errors": weights.count(Severity.ERROR),
        "warnings": weights.count(Severity.WARNING),
        "notes": weights.count(Severity.NOTE),
        "waived": sum(len(report.findings) for report in reports) - len(weights),
        "paths": sum(report.paths for report in reports),
        "base": next((report.trusted.oid for report in reports), ""),
        "head": next((report.head for report in reports), ""),
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())
