r"""A report as JSON: `guard-report-1`, frozen; `reports/schemas/report.json` describes it.

Everything is ASCII. In a path that is not UTF-8 each stray byte is written as `\xNN`, and
`path_base64` has its bytes. Each finding has a line of its own, to read and to compare.
"""

from collections.abc import Iterable, Mapping, Sequence
from json import dumps

from guard.core.data import json_path, json_text
from guard.reports.plain import harmless
from guard.reports.text import carried_step
from guard.rules.findings import Finding
from guard.rules.report import Report


def render(report: Report, more: Mapping[str, object] | None = None) -> str:
    """Give one report, and values that only its command has, as JSON that ends with a newline."""
    values = {"format": "guard-report-1", **_report(report), **(more or {})}
    return harmless(_laid_out(values)) + "\n"


def render_all(reports: Sequence[Report], *, between: str = "") -> str:
    """Give several reports, one for each worktree, as one JSON text that ends with a newline.

    `between` is what is between the sessions, as JSON; "" if it was not asked.
    """
    tables = (
        {"format": "guard-report-1", "worktree": or_null(report.worktree), **_report(report)}
        for report in reports
    )
    inner = ",\n".join(_laid_out(table) for table in tables)
    more = f',\n"between": {between}' if between else ""
    return harmless(f'{{"format": "guard-reports-1", "reports": [\n{inner}\n]{more}}}\n')


def _report(report: Report) -> dict[str, object]:
    trusted, error = report.trusted, report.error
    ref, oid = trusted.home
    against = {"ref": or_null(trusted.ref), "oid": or_null(trusted.oid)}
    granting = {"ref": json_text(trusted.contracts_ref), "oid": trusted.contracts_oid}
    return {
        "verdict": report.verdict,
        "contract": or_null(report.contract),
        "branch": or_null(report.branch),
        "scope": report.scope,
        "base": or_null(report.base),
        "head": or_null(report.head),
        "trusted": {
            "ref": or_null(ref),
            "oid": or_null(oid),
            "contract_from": or_null(trusted.contract_from),
        },
        **({"contracts": granting} if trusted.contracts_oid else {}),
        **({"against": against} if oid != trusted.oid else {}),
        "findings": [finding_table(finding) for finding in report.findings],
        "checked": {"paths": report.paths, "rules": list(report.rules)},
        "carried": [
            {
                "contract": one.contract,
                "branch": json_text(one.branch),
                "paths": [*map(json_text, one.paths)],
                "next": json_text(carried_step(report, one)),
            }
            for one in report.carried
        ],
        "notes": [
            {"message": json_text(text), "next": json_text(step)} for text, step in report.notes
        ],
        "not_checked": [{"rule": rule, "why": json_text(why)} for rule, why in report.not_checked],
        "error": error and {"message": json_text(error.message), "hint": json_text(error.hint)},
    }


def finding_table(finding: Finding) -> dict[str, object]:
    """Give a finding as JSON has it."""
    decided, waived = finding.decided_by, finding.waived_by
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.word,
        **json_path(finding.path),
        "line": finding.line,
        "message": json_text(finding.message),
        "next": json_text(finding.next),
        "decided_by": decided and json_texts(decided._asdict()),
        "waived_by": waived and json_texts(waived._asdict()) | {"until": or_null(waived.until)},
    }


def json_texts(values: dict[str, object]) -> dict[str, object]:
    """Give a table whose texts can stand in JSON."""
    return {
        key: json_text(value) if isinstance(value, str) else value for key, value in values.items()
    }


def or_null(text: str) -> str | None:
    """Give a text as it can stand in JSON, null for an empty one."""
    return json_text(text) or None


def document(parts: Mapping[str, str]) -> str:
    """Give an object whose values are JSON already as a document, with a line for each key."""
    inner = ",\n".join(f" {dumps(key)}: {value}" for key, value in parts.items())
    return harmless(f"{{\n{inner}\n}}\n")


def one_a_line(tables: Iterable[dict[str, object]]) -> str:
    """Give a list as JSON for `document`, with a line for each table."""
    listed = ",\n".join(f"  {dumps(table)}" for table in tables)
    return f"[\n{listed}\n ]" if listed else "[]"


def _laid_out(table: dict[str, object]) -> str:
    """One line for each key and finding; json's own `indent` is slow, since it bypasses C."""
    return "{" + ",\n ".join(f"{dumps(key)}: {_value(value)}" for key, value in table.items()) + "}"


def _value(value: object) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[" + ",".join(f"\n  {dumps(item)}" for item in value) + "]"
    return dumps(value)
