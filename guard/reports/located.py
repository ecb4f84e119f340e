"""Findings as code hosts want them: each at a file and a line, with a fingerprint that stays the same when lines move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from guard.core.names import show
from guard.core.severity import Severity
from guard.rules.findings import Finding, Report

_POLICY = "guard.toml"
_DIGITS = 32  # hexadecimal, of a fingerprint


class Located(NamedTuple):
    """A finding with a place: `path` as git has it, `line` from 1; what is about the whole branch stands at its contract or policy.

    `fingerprint` is made of what is found and where, not of line numbers or words; two of one report are never equal.
    """

    finding: Finding
    path: str
    line: int
    fingerprint: str


def located(reports: Sequence[Report]) -> Iterator[Located]:
    """Give a place to every finding of the reports, waived ones included, the worst of each report first."""
    seen: dict[str, int] = {}
    for report in reports:
        for finding in report.findings:
            mark = _mark(finding)
            again = seen[mark] = seen.get(mark, -1) + 1
            path = finding.path or _home(report)
            yield Located(
                finding,
                path,
                finding.line if finding.path and finding.line else 1,
                _digest(f"{mark}\0{again}"),
            )


def counted(reports: Sequence[Report]) -> list[Located]:
    """The findings that count, waived ones left out, the worst of all reports first."""
    return sorted(
        (one for one in located(reports) if one.finding.waived_by is None),
        key=lambda one: -one.finding.severity,
    )


def advice(finding: Finding) -> str:
    """What is wrong and what to do, in two lines at most, safe for any terminal."""
    said = show(finding.message) or finding.name
    return f"{said}\nnext: {show(finding.next)}" if finding.next else said


def failures(reports: Sequence[Report]) -> Iterator[str]:
    """Why there is no verdict, for each report that has none: message and hint, a line each, safe for any terminal."""
    for report in reports:
        if report.error:
            lines = [
                show(line.strip()) for line in report.error.message.split("\n") if line.strip()
            ]
            yield "\n".join(
                [
                    "guard could not judge: " + "\n".join(lines),
                    *([f"hint: {show(report.error.hint)}"] if report.error.hint else []),
                ]
            )


def word(severity: Severity, words: Sequence[str]) -> str:
    """One of three words of a format, for error, warning and note."""
    return (
        words[0]
        if severity == Severity.ERROR
        else words[1]
        if severity == Severity.WARNING
        else words[2]
    )


def _home(report: Report) -> str:
    """The file at which that is told which concerns no file: the contract, else the policy."""
    return f".guard/contracts/{report.contract}.toml" if report.contract else _POLICY


def _mark(finding: Finding) -> str:
    decided = finding.decided_by
    by = f"{decided.file}\0{decided.pattern}" if decided else ""
    return f"{finding.code}\0{finding.path}\0{by}"


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
