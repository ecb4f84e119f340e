"""Findings as code hosts need them: each with a file, a line and a stable fingerprint."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from guard.core.codes import Severity
from guard.core.names import show
from guard.reports.text import carried_note, carried_step
from guard.rules.findings import Finding
from guard.rules.report import Report, by_reason

_DIGITS = 32  # hexadecimal, of a fingerprint


class Located(NamedTuple):
    """A finding with a place: `path` as git has it, `line` from 1.

    A finding about the whole branch is placed at its contract, else at the policy. `fingerprint` is
    made of what is found and where, not of line numbers or messages; it is unique in a report.
    """

    finding: Finding
    path: str
    line: int
    fingerprint: str


def located(reports: Sequence[Report]) -> Iterator[Located]:
    """Place every finding of the reports, waived ones included, the worst of each report first."""
    seen: dict[str, int] = {}
    for report in reports:
        home = f".guard/contracts/{report.contract}.toml" if report.contract else "guard.toml"
        for finding in report.findings:
            decided = finding.decided_by
            by = f"{decided.file}\0{decided.pattern}" if decided else ""
            mark = f"{finding.code}\0{finding.path}\0{by}"
            again = seen[mark] = seen.get(mark, -1) + 1
            digest = sha256(f"{mark}\0{again}".encode("utf-8", "surrogatepass")).hexdigest()
            line = finding.line if finding.path else 0
            yield Located(finding, finding.path or home, line or 1, digest[:_DIGITS])


def counting(reports: Sequence[Report]) -> list[Located]:
    """Give the findings that are not waived, the worst of all reports first."""
    found = [one for one in located(reports) if one.finding.waived_by is None]
    return sorted(found, key=lambda one: -one.finding.severity)


def advice(finding: Finding) -> str:
    """Say what is wrong and what to do, in two lines at most, safe for any terminal."""
    said = show(finding.message) or finding.name
    return f"{said}\nnext: {show(finding.next)}" if finding.next else said


def failures(reports: Sequence[Report]) -> Iterator[str]:
    """Say why there is no verdict, for each report without one; safe for any terminal."""
    for report in reports:
        if report.error:
            lines = [line.strip() for line in report.error.message.split("\n") if line.strip()]
            text = "guard could not judge: " + "\n".join(map(show, lines))
            yield text + (f"\nhint: {show(report.error.hint)}" if report.error.hint else "")


def remarks(reports: Sequence[Report]) -> Iterator[tuple[Severity, str]]:
    """Say what is no finding, each with its weight: notes, what is carried, what is judged in part.

    The texts are safe for any terminal.
    """
    for report in reports:
        for text, step in report.notes:
            yield Severity.WARNING, f"{show(text)}\nnext: {show(step)}"
        for one in report.carried:
            step = report.command(carried_step(report, one))
            yield Severity.NOTE, f"{carried_note(one)}\nnext: {step}"
        for why, codes in by_reason(report.not_checked).items():
            if why.startswith("in part: "):
                yield Severity.NOTE, f"{', '.join(codes)} {show(why)}"


def word(severity: Severity, words: Sequence[str]) -> str:
    """Choose from a format's three words for error, warning and note."""
    return words[min(Severity.ERROR - severity, 2)]
