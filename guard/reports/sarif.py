"""A report as SARIF 2.1.0 (OASIS), as GitHub code scanning takes it (docs.github.com, "SARIF support for code scanning")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from guard import __version__
from guard.core.names import show
from guard.reports.located import Located, advice, failures, located, word
from guard.reports.plain import as_json
from guard.rules.findings import Report

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = ("error", "warning", "note")
_MOST = 5_000  # results that GitHub shows of a run; with 25,000 it refuses the file
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")


def render(report: Report, *, texts: Mapping[str, str]) -> str:
    """Give one report as SARIF; `texts` are what the rules ask, by code."""
    return render_all([report], texts=texts)


def render_all(reports: Sequence[Report], *, texts: Mapping[str, str]) -> str:
    """Give several reports as one run of SARIF: GitHub takes one run of a tool in an upload."""
    findings = list(located(reports))
    told = sorted(
        findings, key=lambda one: (one.finding.waived_by is not None, -one.finding.severity)
    )[:_MOST]
    rules = list(dict.fromkeys(one.finding.code for one in told))
    names = {one.finding.code: one.finding.name for one in told}
    driver = {
        "name": "guard",
        "fullName": f"guard {__version__}",
        "semanticVersion": __version__,
        "version": __version__,
        "rules": [_rule(code, names[code], texts.get(code, "")) for code in rules],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "guard/"},  # what GitHub calls the category
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The top of the repository."}}},
        "invocations": [_invocation(reports, len(findings) - len(told))],
        "results": [_result(one, rules) for one in told],
    }
    return as_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(code: str, name: str, text: str) -> dict[str, object]:
    """A rule: its question, and its whole docstring as help."""
    question, _, rest = text.strip().partition("\n")
    paragraphs = [" ".join(part.split()) for part in rest.split("\n\n")]
    help_text = "\n\n".join(part for part in paragraphs if part) or question or name
    return {
        "id": code,
        "name": name.title().replace("-", ""),
        "shortDescription": {"text": question or name},
        "fullDescription": {"text": question or name},
        "help": {"text": help_text, "markdown": help_text},
        "properties": {"tags": [name]},
    }


def _invocation(reports: Sequence[Report], left_out: int) -> dict[str, object]:
    """How the run went: without a verdict it was no success, whatever it found."""
    notes: list[dict[str, object]] = [
        {"level": "error", "message": {"text": _said(text)}} for text in failures(reports)
    ]
    if left_out:
        notes.append(
            {
                "level": "warning",
                "message": {
                    "text": f"{left_out} further findings are not listed: guard check --format json has all"
                },
            }
        )
    errors = any(report.error for report in reports)
    exit_code = max((report.exit_code for report in reports), default=0)
    return {
        "executionSuccessful": not errors,
        "exitCode": exit_code,
        "toolExecutionNotifications": notes,
    }


def _result(one: Located, rules: Sequence[str]) -> dict[str, object]:
    finding = one.finding
    place = {
        "artifactLocation": {"uri": _uri(one.path), "uriBaseId": "SRCROOT"},
        "region": {"startLine": one.line},
    }
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": rules.index(finding.code),
        "level": "note" if finding.waived_by else word(finding.severity, _LEVELS),
        "message": {"text": _said(advice(finding))},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"guard/v1": one.fingerprint},
    }
    if finding.waived_by:
        why = f"{show(finding.waived_by.why)} ({show(finding.waived_by.file)}:{finding.waived_by.line})"
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": _said(why)}
        ]
    return result


def _said(text: str) -> str:
    """Text of a message, in which nothing is a link: `[text](target)` is one even in plain text (SARIF 2.1.0, 3.11.6, "embedded links")."""
    return text.replace("](", "]\\x28")


def _uri(path: str) -> str:
    """A path as a relative URI reference: every byte that is not unreserved as `%NN` (RFC 3986, 2.3); a colon would begin a scheme."""
    raw = (
        path.encode("utf-8", "surrogateescape")
        if not _lone(path)
        else path.encode("utf-8", "surrogatepass")
    )
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in raw)


def _lone(path: str) -> bool:
    """Whether a path has surrogates that stand for no byte; git's never do."""
    return any("\ud800" <= char <= "\udfff" and not "\udc80" <= char <= "\udcff" for char in path)
