"""A report as Checkstyle XML (checkstyle/checkstyle, XMLLogger.java), which many review tools read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from guard.core.names import show
from guard.reports.located import Located, advice, counted, failures, word
from guard.reports.plain import element
from guard.rules.findings import Report

_LEVELS = ("error", "warning", "info")
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def render(report: Report) -> str:
    """Give one report as XML."""
    return render_all([report])


def render_all(reports: Sequence[Report]) -> str:
    """Give several reports as one XML document, a `file` a path, without what is waived."""
    return f"{_HEAD}{element('checkstyle', [('version', '4.3')], ''.join(_files(reports)) + chr(10))}\n"


def _files(reports: Sequence[Report]) -> Iterator[str]:
    problems = [_error(1, "error", text, "guard") for text in failures(reports)]
    if problems:
        yield "\n" + element("file", [("name", "guard.toml")], "".join(problems) + "\n")
    findings = sorted(counted(reports), key=_path)
    for path, group in groupby(findings, _path):
        yield "\n" + element("file", [("name", path)], "".join(map(_finding, group)) + "\n")


def _path(one: Located) -> str:
    return show(one.path)


def _finding(one: Located) -> str:
    finding = one.finding
    return _error(
        one.line,
        word(finding.severity, _LEVELS),
        advice(finding),
        f"guard.{finding.code}.{finding.name}",
    )


def _error(line: int, severity: str, message: str, source: str) -> str:
    said = message.replace(
        "\n", "; "
    )  # an attribute has no line ends: readers turn them into spaces (XML 1.0, 3.3.3)
    return "\n" + element(
        "error",
        [
            ("line", str(line)),
            ("column", "1"),
            ("severity", severity),
            ("message", said),
            ("source", source),
        ],
    )
