"""A report as rdjson, which reviewdog reads (reviewdog/reviewdog, proto/rdf/reviewdog.proto, DiagnosticResult)."""

from __future__ import annotations

from guard.names import show
from guard.renderers.located import advice, counted, failures, word
from guard.renderers.plain import as_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guard.findings import Report
    from guard.renderers.located import Located

_LEVELS = ("ERROR", "WARNING", "INFO")


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
        "message": advice(finding),
        "location": {"path": show(one.path), "range": {"start": {"line": one.line}}},
        "severity": word(finding.severity, _LEVELS),
        "code": {"value": f"{finding.code} {finding.name}"},
    }


def _failure(text: str) -> dict[str, object]:
    return {"message": text, "location": {"path": "guard.toml", "range": {"start": {"line": 1}}}, "severity": "ERROR"}
