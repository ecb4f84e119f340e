"""A report as Checkstyle XML (checkstyle/checkstyle, XMLLogger.java), for many review tools."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from guard.core.names import show
from guard.reports.located import Located, advice, counting, failures, remarks, word
from guard.reports.plain import XML, element
from guard.rules.report import Report

_LEVELS = ("error", "warning", "info")


def render_all(reports: Sequence[Report]) -> str:
    """Give reports as one XML document with a `file` for each path, without waived findings."""
    files = []
    wholes = [_error(1, "error", text, "guard") for text in failures(reports)]
    wholes += [_error(1, word(weight, _LEVELS), text, "guard") for weight, text in remarks(reports)]
    if wholes:
        files.append(_file("guard.toml", wholes))
    for path, findings in groupby(sorted(counting(reports), key=_path), _path):
        files.append(_file(path, map(_finding, findings)))
    return XML + element("checkstyle", [("version", "4.3")], "".join(files) + "\n") + "\n"


def _path(one: Located) -> str:
    return show(one.path)


def _file(path: str, errors: Iterable[str]) -> str:
    return "\n" + element("file", [("name", path)], "".join(errors) + "\n")


def _finding(one: Located) -> str:
    finding = one.finding
    source = f"guard.{finding.code}.{finding.name}"
    return _error(one.line, word(finding.severity, _LEVELS), advice(finding), source)


def _error(line: int, severity: str, message: str, source: str) -> str:
    # readers turn a line end in an attribute into a space (XML 1.0, 3.3.3)
    attributes = [
        ("line", str(line)),
        ("column", "1"),
        ("severity", severity),
        ("message", message.replace("\n", "; ")),
        ("source", source),
    ]
    return "\n" + element("error", attributes)
