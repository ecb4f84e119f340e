"""A report for GitLab (docs.gitlab.com, "Code Quality", "Code Quality report format")."""

from collections.abc import Sequence

from guard.core.names import show
from guard.reports.located import Located, advice, counting, failures, word
from guard.reports.plain import as_json
from guard.rules.report import Report

_LEVELS = ("critical", "minor", "info")


def render_all(reports: Sequence[Report]) -> str:
    """Give reports as one JSON array.

    The format cannot hold waived findings; an error is a finding of its own.
    """
    problems = [_problem(number, text) for number, text in enumerate(failures(reports))]
    return as_json([*problems, *map(_finding, counting(reports))])


def _finding(one: Located) -> dict[str, object]:
    finding = one.finding
    return {
        "description": advice(finding),
        "check_name": f"{finding.code} {finding.name}",
        "fingerprint": one.fingerprint,
        "severity": word(finding.severity, _LEVELS),
        "location": {"path": show(one.path), "lines": {"begin": one.line}},
    }


def _problem(number: int, text: str) -> dict[str, object]:
    return {
        "description": text,
        "check_name": "guard",
        "fingerprint": f"guard-could-not-judge-{number}",
        "severity": "blocker",
        "location": {"path": "guard.toml", "lines": {"begin": 1}},
    }
