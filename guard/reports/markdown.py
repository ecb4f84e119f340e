"""A report as Markdown, for a job's summary and for a comment on a pull request.

The first line is a mark by which a comment can be found and replaced. The text keeps below what GitHub takes in a comment (65,536
characters). Names stand in code spans, in which nothing but the closing backticks means anything (CommonMark 0.31, 6.1). Other text has
every character that could mean something written as a reference (2.5), and what would call a person or link an issue in a code span.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guard.core.names import show
from guard.core.severity import Severity
from guard.reports.located import counted
from guard.reports.plain import code_span
from guard.reports.text import headline_all
from guard.rules.findings import Decision, Finding, Report

MARK = "<!-- guard: report -->"
_TITLES = {"kept": "kept", "broken": "broken", "error": "could not judge"}
_MOST = 60_000  # characters
_SAFE = frozenset(" ,;/()-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_CALLING = frozenset("@#!")  # GitHub: @user, #issue; GitLab: !request


def render(report: Report) -> str:
    """Give one report. Ends with a newline."""
    return _bounded([MARK, *_section(report)], _counts([report]))


def render_all(reports: Sequence[Report]) -> str:
    """Give several reports, one section a worktree, below one line that counts the verdicts."""
    lines = [MARK, _text(headline_all(reports)), ""]
    for report in reports:
        lines += [*_section(report), ""]
    return _bounded(lines[:-1], _counts(reports))


def _section(report: Report) -> Iterator[str]:
    whose = f" contract {code_span(report.contract)}" if report.contract else ""
    yield f"### guard:{whose} {_TITLES[report.verdict]}"
    yield ""
    if report.error:
        yield from _error(report)
        return
    yield _judged(report)
    findings = [one.finding for one in counted([report])]
    waived = [finding for finding in report.findings if finding.waived_by]
    if findings or waived:
        yield ""
    for finding in findings:
        yield from _finding(finding)
    yield from map(_waived, waived)
    if report.not_checked:
        yield ""
        yield from _not_checked(report)


def _judged(report: Report) -> str:
    paths = f"{report.paths} path{'' if report.paths == 1 else 's'}"
    place = f" on {code_span(report.branch)}" if report.branch else ""
    head = f" ({code_span(report.head[:12])})" if report.head else ""
    worktree = (
        f", worktree {code_span(report.worktree)}"
        if report.worktree and report.scope != "range"
        else ""
    )
    base = f"{code_span(report.trusted.ref)} ({code_span(report.trusted.oid[:12])})"
    return f"{paths}{place}{head} against {base}{worktree}; {_counts([report])}."


def _counts(reports: Sequence[Report]) -> str:
    """How many findings there are of each weight, in words."""
    weights = [one.finding.severity for one in counted(reports)]
    waived = sum(finding.waived_by is not None for report in reports for finding in report.findings)
    words = [
        (weights.count(weight), weight.word)
        for weight in (Severity.ERROR, Severity.WARNING, Severity.NOTE)
    ]
    told = [f"{count} {word}{'' if count == 1 else 's'}" for count, word in words if count]
    return ", ".join([*told, *([f"{waived} waived"] if waived else [])]) or "no findings"


def _finding(finding: Finding) -> Iterator[str]:
    where = (
        f"{code_span(finding.path)}{f' line {finding.line}' if finding.line else ''}: "
        if finding.path
        else ""
    )
    yield f"- **{finding.severity.word}** {where}{finding.code} {_text(finding.name)}: {_text(finding.message)}"
    if finding.decided_by:
        yield f"  - decided by {_decision(finding.decided_by)}"
    if finding.next:
        yield f"  - next: {code_span(finding.next)}"


def _decision(decision: Decision) -> str:
    line = f":{decision.line}" if decision.line else ""
    return code_span(f"{decision.file}{line}") + (
        f" {code_span(decision.pattern)}" if decision.pattern else ""
    )


def _waived(finding: Finding) -> str:
    by = finding.waived_by
    why = f"{_text(by.why)} ({code_span(f'{by.file}:{by.line}')})" if by else ""
    return f"- waived {code_span(finding.path)}: {finding.code} {_text(finding.name)}: {why}"


def _not_checked(report: Report) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for rule, why in report.not_checked:
        reasons.setdefault(why, []).append(rule)
    yield from (
        f"Not asked: {_text(', '.join(rules))}: {_text(why)}" for why, rules in reasons.items()
    )


def _error(report: Report) -> Iterator[str]:
    """The message and the hint, a code span a line."""
    message, hint = (report.error.message, report.error.hint) if report.error else ("", "")
    yield from (f"- {code_span(line)}" for line in message.split("\n") if line.strip())
    if hint:
        yield f"- hint: {code_span(hint)}"


def _bounded(lines: Sequence[str], counts: str) -> str:
    """The lines, cut between two findings where they are too many for a comment."""
    room = _MOST - len(counts)
    for number, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            return (
                "\n".join(
                    [
                        *lines[:number],
                        "",
                        f"And more ({counts} in all): `guard check --format json` has everything.",
                    ]
                )
                + "\n"
            )
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """Plain text, in which no character means anything."""
    return "".join(_plain(char) for char in show(text))


def _plain(char: str) -> str:
    if char in _CALLING:
        return f"`{char}`"
    return char if char in _SAFE or not char.isascii() else f"&#{ord(char)};"
