"""A report as JUnit XML in Ant's format, which readers of Jenkins' format take as well.

A rule without findings is a test case, and so is a finding that is not waived. A rule that was not
asked is skipped. A missing verdict is an error.
"""

from collections.abc import Iterator, Sequence

from guard.core.codes import CODES, Severity
from guard.core.names import show
from guard.reports.located import Located, advice, counting, failures
from guard.reports.plain import XML, element, markup
from guard.reports.text import headline, render
from guard.rules.report import Report

_COUNTS = (("failures", "failure "), ("errors", "error "), ("skipped", "skipped/"))


def render_all(reports: Sequence[Report], *, at: str) -> str:
    """Give reports as one XML document, a suite each; `at` is the time, `YYYY-MM-DDThh:mm:ss`."""
    suites = []
    for number, report in enumerate(reports):
        worktree = show(report.worktree) if len(reports) > 1 else ""
        name = " ".join(filter(None, ("guard", show(report.contract), worktree)))
        suites.append(_suite(report, number, at, name))
    return XML + element("testsuites", (), "".join(suites) + "\n") + "\n"


def _suite(report: Report, number: int, at: str, name: str) -> str:
    cases = list(_cases(report))
    attributes = [
        ("name", name),
        ("package", "guard"),
        ("id", str(number)),
        ("timestamp", at),
        ("hostname", "localhost"),
        ("tests", str(len(cases))),
        *((word, str(sum(f"<{tag}" in case for case in cases))) for word, tag in _COUNTS),
        ("time", "0"),
    ]
    out = element("system-out", (), markup(render(report)))
    inner = [_properties(report), *cases, "\n", out, "\n<system-err/>\n"]
    return "\n" + element("testsuite", attributes, "".join(inner))


def _properties(report: Report) -> str:
    values = {
        "verdict": report.verdict,
        "scope": report.scope,
        "base": report.trusted.oid,
        "head": report.head,
    }
    inner = ["\n" + element("property", [("name", key), ("value", values[key])]) for key in values]
    return "\n" + element("properties", (), "".join(inner) + "\n")


def _cases(report: Report) -> Iterator[str]:
    for text in failures([report]):
        attributes = [("type", "error"), ("message", headline(report))]
        yield _case("guard", "verdict", element("error", attributes, markup(text)))
    findings = counting([report])
    found = {one.finding.code for one in findings}
    for code in report.rules:
        if code not in found:
            yield _case(f"guard.{code}", f"{code} {CODES[code]}", None)
    yield from map(_finding, findings)
    for code, _ in report.not_checked:
        if code not in report.rules:
            yield _case(f"guard.{code}", f"{code} {CODES[code]}", "<skipped/>")


def _finding(one: Located) -> str:
    """Only an error fails its test case."""
    finding = one.finding
    title = f"{finding.code} {finding.name}"
    failure = None
    if finding.severity == Severity.ERROR:
        attributes = [("type", title), ("message", show(finding.message))]
        text = f"{show(one.path)}:{one.line}\n{advice(finding)}"
        failure = element("failure", attributes, markup(text))
    return _case(f"guard.{finding.code}", f"{title}: {show(finding.path) or 'the branch'}", failure)


def _case(kind: str, name: str, content: str | None) -> str:
    return "\n" + element("testcase", [("classname", kind), ("name", name), ("time", "0")], content)
