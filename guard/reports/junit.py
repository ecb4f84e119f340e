"""A report as JUnit XML, in the shape that Ant writes: readers that know only Jenkins' shape take it, too.

One test case a rule that found nothing, one a finding that counts; a rule that was not asked is skipped, no verdict is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guard.core.codes import CODES
from guard.core.names import show
from guard.core.severity import Severity
from guard.reports.located import Located, advice, counted, failures
from guard.reports.plain import element, markup
from guard.reports.text import headline
from guard.reports.text import render as as_text
from guard.rules.findings import Report

_COUNTS = (("failures", "failure "), ("errors", "error "), ("skipped", "skipped/"))
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def render(report: Report, *, at: str) -> str:
    """Give one report as XML; `at` is the time of the run, `YYYY-MM-DDThh:mm:ss`."""
    return render_all([report], at=at)


def render_all(reports: Sequence[Report], *, at: str) -> str:
    """Give several reports as one XML document, a suite each."""
    names = [show(report.worktree) if len(reports) > 1 else "" for report in reports]
    suites = "".join(
        _suite(report, number, at, names[number]) for number, report in enumerate(reports)
    )
    return f"{_HEAD}{element('testsuites', (), suites + chr(10))}\n"


def _suite(report: Report, number: int, at: str, worktree: str) -> str:
    cases = list(_cases(report))
    counts = [(word, str(sum(f"<{tag}" in case for case in cases))) for word, tag in _COUNTS]
    name = " ".join(filter(None, ("guard", show(report.contract), worktree)))
    attributes = [
        ("name", name),
        ("package", "guard"),
        ("id", str(number)),
        ("timestamp", at),
        ("hostname", "localhost"),
    ]
    attributes += [("tests", str(len(cases))), *counts, ("time", "0")]
    out = element("system-out", (), markup(as_text(report)))
    return "\n" + element(
        "testsuite",
        attributes,
        "".join([_properties(report), *cases, "\n", out, "\n<system-err/>\n"]),
    )


def _properties(report: Report) -> str:
    values = [
        ("verdict", report.verdict),
        ("scope", report.scope),
        ("base", report.trusted.oid),
        ("head", report.head),
    ]
    inner = "".join(
        "\n" + element("property", [("name", name), ("value", value)]) for name, value in values
    )
    return "\n" + element("properties", (), inner + "\n")


def _cases(report: Report) -> Iterator[str]:
    for text in failures([report]):
        yield _case(
            "guard",
            "verdict",
            element("error", [("type", "error"), ("message", headline(report))], markup(text)),
        )
    findings = counted([report])
    found = {one.finding.code for one in findings}
    yield from (
        _case(f"guard.{code}", f"{code} {CODES[code]}", None)
        for code in report.rules
        if code not in found
    )
    yield from map(_finding, findings)
    asked = set(report.rules)
    skipped = (one.rule for one in report.not_checked if one.rule not in asked)
    yield from (_case(f"guard.{code}", f"{code} {CODES[code]}", "<skipped/>") for code in skipped)


def _finding(one: Located) -> str:
    """An error fails its test case; what does not break the contract passes, and is told in the suite's output."""
    finding = one.finding
    title = f"{finding.code} {finding.name}"
    failure = None
    if finding.severity == Severity.ERROR:
        failure = element(
            "failure",
            [("type", title), ("message", show(finding.message))],
            markup(f"{show(one.path)}:{one.line}\n{advice(finding)}"),
        )
    return _case(f"guard.{finding.code}", f"{title}: {show(finding.path) or 'the branch'}", failure)


def _case(kind: str, name: str, content: str | None) -> str:
    return "\n" + element("testcase", [("classname", kind), ("name", name), ("time", "0")], content)
