"""A report as GitLab's code quality report (docs.gitlab.com, "Code Quality", "Code Quality report format")."""

from __future__ import annotations

from collections.abc import Sequence

from guard.core.names import show
from guard.reports.located import Located, advice, counted, failures, word
from guard.reports.plain import as_json
from guard.rules.findings import Report

_LEVELS = ("critical", "minor", "info")


def render(report: Report) -> str:
    """Give one report as a JSON array."""
    return render_all([report])


def render_all(reports: Sequence[Report]) -> str:
    """Give several reports as one JSON array. The format has no place for what is waived, nor for an error but a finding of its own."""
    return as_json(
        [
            *(_failure(number, text) for number, text in enumerate(failures(reports))),
            *map(_finding, counted(reports)),
        ]
    )


def _finding(one: Located) -> dict[str, object]:
    finding = one.finding
    return {
        "description": advice(finding),
        "check_name": f"{finding.code} {finding.name}",
        "fingerprint": one.fingerprint,
        "severity": word(finding.severity, _LEVELS),
        "location": {"path": show(one.path), "lines": {"begin": one.line}},
    }


def _failure(number: int, text: str) -> dict[str, object]:
    return {
        "description": text,
        "check_name": "guard",
        "fingerprint": f"guard-could-not-judge-{number}",
        "severity": "blocker",
        "location": {"path": "guard.toml", "lines": {"begin": 1}},
    }
