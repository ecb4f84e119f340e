"""A report as rdjson, which reviewdog reads (reviewdog/reviewdog, proto/rdf/reviewdog.proto, DiagnosticResult).

reviewdog puts a message into a comment as it is, where it is Markdown: a line that would be more than text there stands in a code span.
"""

from __future__ import annotations

from collections.abc import Sequence

from guard.core.names import show
from guard.reports.located import Located, advice, counted, failures, word
from guard.reports.plain import as_json, code_span
from guard.rules.findings import Report

_LEVELS = ("ERROR", "WARNING", "INFO")
_FIRST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_TEXT = _FIRST | frozenset(" ,;/()-.:'\"%=+$?")
_LINKS = ("://", "www.", "mailto:", "xmpp:")  # GFM 0.29, 6.9: what is a link without any mark


def render(report: Report) -> str:
    """Give one report as a DiagnosticResult."""
    return render_all([report])


def render_all(reports: Sequence[Report]) -> str:
    """Give several reports as one DiagnosticResult, without what is waived."""
    diagnostics = [*map(_failure, failures(reports)), *map(_finding, counted(reports))]
    return as_json({"source": {"name": "guard"}, "diagnostics": diagnostics})


def _finding(one: Located) -> dict[str, object]:
    finding = one.finding
    return {
        "message": _said(advice(finding)),
        "location": {"path": show(one.path), "range": {"start": {"line": one.line}}},
        "severity": word(finding.severity, _LEVELS),
        "code": {"value": f"{finding.code} {finding.name}"},
    }


def _failure(text: str) -> dict[str, object]:
    return {
        "message": _said(text),
        "location": {"path": "guard.toml", "range": {"start": {"line": 1}}},
        "severity": "ERROR",
    }


def _said(text: str) -> str:
    return "\n".join(line if _is_text(line) else code_span(line) for line in text.split("\n"))


def _is_text(line: str) -> bool:
    """Whether a line is the same in Markdown as without it: `1.` and `1)` begin a list, other words of letters and digits nothing."""
    item = line.partition(" ")[0][:-1].isdigit()
    plain = (
        line[:1] in _FIRST
        and not item
        and all(char in _TEXT or not char.isascii() for char in line)
    )
    return plain and not any(mark in line for mark in _LINKS)
