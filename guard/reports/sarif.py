"""A report as SARIF 2.1.0 (OASIS), for GitHub code scanning.

Source: docs.github.com, "SARIF support for code scanning".
"""

from collections.abc import Sequence

from guard import __version__
from guard.core.names import show
from guard.reports.located import Located, advice, failures, located, remarks, word
from guard.reports.plain import as_json
from guard.rules import rule_of
from guard.rules.report import Report

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = ("error", "warning", "note")
_MOST = 5_000  # results that GitHub shows of a run; it refuses a file with 25,000
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")


def render_all(reports: Sequence[Report]) -> str:
    """Give reports as one run of SARIF: GitHub takes one run of a tool in an upload."""
    findings = sorted(
        located(reports),
        key=lambda one: (one.finding.waived_by is not None, -one.finding.severity),
    )
    listed = findings[:_MOST]
    names = {one.finding.code: one.finding.name for one in listed}
    driver = {
        "name": "guard",
        "fullName": f"guard {__version__}",
        "semanticVersion": __version__,
        "version": __version__,
        "rules": [_rule(code, name) for code, name in names.items()],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "guard/"},  # GitHub's category
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The top of the repository."}}},
        "invocations": [_invocation(reports, len(findings) - len(listed))],
        "results": [_result(one, list(names)) for one in listed],
    }
    return as_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(code: str, name: str) -> dict[str, object]:
    rule = rule_of(code)
    question, _, rest = (rule.text if rule else "").partition("\n")
    paragraphs = [" ".join(part.split()) for part in rest.split("\n\n")]
    help_text = "\n\n".join(filter(None, paragraphs)) or question or name
    return {
        "id": code,
        "name": name.title().replace("-", ""),
        "shortDescription": {"text": question or name},
        "fullDescription": {"text": question or name},
        "help": {"text": help_text, "markdown": help_text},
        "properties": {"tags": [name]},
    }


def _invocation(reports: Sequence[Report], left_out: int) -> dict[str, object]:
    notes = [("error", _message(text)) for text in failures(reports)]
    notes += [(word(one, _LEVELS), _message(text)) for one, text in remarks(reports)]
    if left_out:
        hint = "guard check --format json has all"
        notes.append(("warning", f"{left_out} further findings are not listed: {hint}"))
    return {
        "executionSuccessful": not any(report.error for report in reports),
        "exitCode": max((report.exit_code for report in reports), default=0),
        "toolExecutionNotifications": [
            {"level": level, "message": {"text": text}} for level, text in notes
        ],
    }


def _result(one: Located, rules: Sequence[str]) -> dict[str, object]:
    finding, waived = one.finding, one.finding.waived_by
    place = {
        "artifactLocation": {"uri": _uri(one.path), "uriBaseId": "SRCROOT"},
        "region": {"startLine": one.line},
    }
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": rules.index(finding.code),
        "level": "note" if waived else word(finding.severity, _LEVELS),
        "message": {"text": _message(advice(finding))},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"guard/v1": one.fingerprint},
    }
    if waived:
        until = f"until {show(waived.until)}, " if waived.until else ""
        why = _message(f"{show(waived.why)} ({until}{show(waived.file)}:{waived.line})")
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return result


def _message(text: str) -> str:
    """`[text](target)` is a link even in plain text (SARIF 2.1.0, 3.11.6)."""
    return text.replace("](", "]\\x28")


def _uri(path: str) -> str:
    """A relative URI reference (RFC 3986, 2.3); a colon would begin a scheme."""
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # surrogates that stand for no byte; git's never do
        raw = path.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in raw)
