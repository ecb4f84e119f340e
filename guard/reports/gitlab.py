"""A report for GitLab (docs.gitlab.com, "Code Quality", "Code Quality report format")."""

from collections.abc import Sequence

from guard.core.names import show
from guard.reports.located import Located, advice, counting, failures, remarks, word
from guard.reports.plain import as_json
from guard.rules.report import Report

_LEVELS = ("critical", "minor", "info")


def render_all(reports: Sequence[Report]) -> str:
    """Give reports as one JSON array.

    The format cannot hold waived findings; an error is a finding of its own, and so is a note.
    """
    problems = [
        _whole(text, "blocker", f"guard-could-not-judge-{number}")
        for number, text in enumerate(failures(reports))
    ]
    notes = [
        _whole(text, word(weight, _LEVELS), f"guard-note-{number}")
        for number, (weight, text) in enumerate(remarks(reports))
    ]
    return as_json([*problems, *notes, *map(_finding, counting(reports))])


def _finding(one: Located) -> dict[str, object]:
    finding = one.finding
    return {
        "description": advice(finding),
        "check_name": f"{finding.code} {finding.name}",
        "fingerprint": one.fingerprint,
        "severity": word(finding.severity, _LEVELS),
        "location": {"path": show(one.path), "lines": {"begin": one.line}},
    }


def _whole(text: str, severity: str, fingerprint: str) -> dict[str, object]:
    return {
        "description": text,
        "check_name": "guard",
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": "guard.toml", "lines": {"begin": 1}},
    }
