r"""A report as JSON: `guard-report-1`, a frozen shape that `guard/schemas/report.json` describes. Not a dump of our own values.

Everything is ASCII. A path that is not UTF-8 is shown with `\xNN` for each stray byte, and its bytes stand beside it in `path_base64`.
One finding a line, so that long reports can be read and compared.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Sequence
from json import dumps

from guard.rules.findings import Decision, Failure, Finding, Report, WaivedBy

_STRAY = re.compile("[\ud800-\udfff]")


def render(report: Report) -> str:
    """Give one report as a JSON text that ends with a newline."""
    return _harmless(_laid_out({"format": "guard-report-1", **_report(report)})) + "\n"


def render_all(reports: Sequence[Report]) -> str:
    """Give several reports, one a worktree, as one JSON text that ends with a newline; each names its `worktree`."""
    tables = (
        {"format": "guard-report-1", "worktree": _or_null(report.worktree), **_report(report)}
        for report in reports
    )
    inner = ",\n".join(_laid_out(table) for table in tables)
    return _harmless(f'{{"format": "guard-reports-1", "reports": [\n{inner}\n]}}\n')


def _harmless(text: str) -> str:
    """The same JSON without `##[`, which is a command to a CI system's runner wherever it stands in a line (actions/runner).

    `#` can only stand in a string, where an escape means the same.
    """
    return text.replace("##", "#\\u0023")


def _report(report: Report) -> dict[str, object]:
    ref, oid, contract_from = report.trusted
    return {
        "verdict": report.verdict,
        "contract": _or_null(report.contract),
        "branch": _or_null(report.branch),
        "scope": report.scope,
        "base": _or_null(report.base),
        "head": _or_null(report.head),
        "trusted": {
            "ref": _or_null(ref),
            "oid": _or_null(oid),
            "contract_from": _or_null(contract_from),
        },
        "findings": [_finding(finding) for finding in report.findings],
        "checked": {"paths": report.paths, "rules": list(report.rules)},
        "not_checked": [{"rule": rule, "why": _text(why)} for rule, why in report.not_checked],
        "error": _error(report.error),
    }


def _finding(finding: Finding) -> dict[str, object]:
    stray = {"path_base64": _bytes(finding.path)} if _STRAY.search(finding.path) else {}
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.word,
        "path": _text(finding.path),
        **stray,
        "line": finding.line,
        "message": _text(finding.message),
        "next": _text(finding.next),
        "decided_by": _decision(finding.decided_by),
        "waived_by": _waiver(finding.waived_by),
    }


def _decision(decision: Decision | None) -> dict[str, object] | None:
    if decision is None:
        return None
    return {"file": _text(decision.file), "line": decision.line, "pattern": _text(decision.pattern)}


def _waiver(waiver: WaivedBy | None) -> dict[str, object] | None:
    if waiver is None:
        return None
    return {
        "file": _text(waiver.file),
        "line": waiver.line,
        "why": _text(waiver.why),
        "until": _or_null(waiver.until),
    }


def _error(error: Failure | None) -> dict[str, object] | None:
    if error is None:
        return None
    return {"message": _text(error.message), "hint": _text(error.hint)}


def _or_null(text: str) -> str | None:
    return _text(text) or None


def _text(text: str) -> str:
    """The text without lone surrogates, which many JSON readers reject (RFC 8259, section 8.2)."""
    return text if text.isascii() else _STRAY.sub(_escape, text)


def _escape(stray: re.Match[str]) -> str:
    code = ord(stray[0])
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


def _bytes(path: str) -> str:
    return b2a_base64(path.encode("utf-8", "surrogateescape"), newline=False).decode()


def _laid_out(table: dict[str, object]) -> str:
    """One key a line, and one finding a line; the C encoder writes each line, which indentation would not let it."""
    return "{" + ",\n ".join(f"{dumps(key)}: {_value(value)}" for key, value in table.items()) + "}"


def _value(value: object) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[" + ",".join(f"\n  {dumps(item)}" for item in value) + "]"
    return dumps(value)
