"""A report as rdjson for reviewdog (reviewdog/reviewdog, proto/rdf/reviewdog.proto).

reviewdog shows a message as Markdown: a line that would be more than text becomes a code span.
"""

from collections.abc import Sequence

from guard.core.names import ALPHANUMERICS, show
from guard.reports.located import Located, advice, counting, failures, remarks, word
from guard.reports.plain import as_json, code_span
from guard.rules.report import Report

_LEVELS = ("ERROR", "WARNING", "INFO")
_TEXT = ALPHANUMERICS | frozenset(" ,;/()-.:'\"%=+$?")
_LINKS = ("://", "www.", "mailto:", "xmpp:")  # a link without any mark (GFM 0.29, 6.9)


def render_all(reports: Sequence[Report]) -> str:
    """Give reports as one DiagnosticResult, without waived findings."""
    wholes = [("ERROR", text) for text in failures(reports)]
    wholes += [(word(weight, _LEVELS), text) for weight, text in remarks(reports)]
    diagnostics = [
        *(_whole(level, text) for level, text in wholes),
        *map(_finding, counting(reports)),
    ]
    return as_json({"source": {"name": "guard"}, "diagnostics": diagnostics})


def _finding(one: Located) -> dict[str, object]:
    finding = one.finding
    return {
        "message": _message(advice(finding)),
        "location": {"path": show(one.path), "range": {"start": {"line": one.line}}},
        "severity": word(finding.severity, _LEVELS),
        "code": {"value": f"{finding.code} {finding.name}"},
    }


def _whole(severity: str, text: str) -> dict[str, object]:
    return {
        "message": _message(text),
        "location": {"path": "guard.toml", "range": {"start": {"line": 1}}},
        "severity": severity,
    }


def _message(text: str) -> str:
    return "\n".join(line if _is_text(line) else code_span(line) for line in text.split("\n"))


def _is_text(line: str) -> bool:
    """Whether a line means nothing more in Markdown; `1.` and `1)` begin a list."""
    if line[:1] not in ALPHANUMERICS or line.partition(" ")[0][:-1].isdigit():
        return False
    plain = all(char in _TEXT or not char.isascii() for char in line)
    return plain and not any(mark in line for mark in _LINKS)
