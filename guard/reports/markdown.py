"""A report as Markdown, for a job's summary and for a comment on a pull request.

The first line is a mark by which a comment can be found and replaced. The text stays below GitHub's
limit for a comment (65,536 characters). Names are in code spans; in other text every character that
could be markup is a reference (CommonMark 0.31, 2.5), and what would mention a person or link an
issue is in a code span.
"""

from collections.abc import Iterator, Sequence

from guard.core.names import ALPHANUMERICS, counted, show
from guard.reports.located import counting
from guard.reports.plain import code_span
from guard.reports.text import carried_note, carried_step, counts, headline_all
from guard.rules.findings import Finding
from guard.rules.report import NOT_YET, TOGETHER, Report, by_reason

MARK = "<!-- guard: report -->"
_MOST = 60_000  # characters
_SAFE = ALPHANUMERICS | frozenset(" ,;/()-")
_CALLING = frozenset("@#!")  # GitHub: @user, #issue; GitLab: !request


def render(report: Report) -> str:
    """Give one report. Ends with a newline."""
    return _bounded([MARK, *_section(report)], [report])


def render_all(reports: Sequence[Report]) -> str:
    """Give several reports, a section for each worktree, below a line that counts the verdicts."""
    lines = [MARK, _text(headline_all(reports)), ""]
    for report in reports:
        lines += [*_section(report), ""]
    return _bounded(lines[:-1], reports)


def _section(report: Report) -> Iterator[str]:
    whose = f" contract {code_span(report.contract)}" if report.contract else ""
    yield f"### guard:{whose} {'could not judge' if report.error else report.verdict}"
    yield ""
    if report.error:
        lines = [line for line in report.error.message.split("\n") if line.strip()]
        yield from (f"- {code_span(line)}" for line in lines)
        if report.error.hint:
            yield f"- hint: {code_span(report.error.hint)}"
        return
    yield _judged(report)
    if report.findings:
        yield ""
    for one in counting([report]):
        yield from _finding(one.finding)
    yield from (_waived(finding) for finding in report.findings if finding.waived_by)
    yield from (f"- note: {_text(text)}: {code_span(step)}" for text, step in report.notes)
    for carried in report.carried:
        step = code_span(report.command(carried_step(report, carried)))
        yield f"- note: {_text(carried_note(carried))}: {step}"
    reasons = by_reason(report.not_checked)
    for why in (NOT_YET, TOGETHER):
        reasons.pop(why, None)
    if reasons:
        told = (f"{_text(', '.join(rules))}: {_text(why)}" for why, rules in reasons.items())
        # Two blanks at the end would be a line break (CommonMark, "Hard line breaks").
        yield from ("", f"Not asked: {'; '.join(told)}".rstrip(" "))


def _judged(report: Report) -> str:
    text = counted(report.paths, "path")
    if report.branch:
        text += f" on {code_span(report.branch)}"
    if report.head:
        text += f" ({code_span(report.head[:12])})"
    trusted = report.trusted
    text += f" against {code_span(trusted.ref)} ({code_span(trusted.oid[:12])})"
    if trusted.policy_ref:
        text += f" by the policy of {code_span(trusted.policy_ref)}"
    if trusted.contracts_ref:
        text += f" by the contracts of {code_span(trusted.contracts_ref)}"
    if report.worktree and report.scope != "range":
        text += f", worktree {code_span(report.worktree)}"
    return f"{text}; {counts([report]) or 'no findings'}."


def _finding(finding: Finding) -> Iterator[str]:
    line = f" line {finding.line}" if finding.line else ""
    where = f"{code_span(finding.path)}{line}: " if finding.path else ""
    text = f"{finding.code} {_text(finding.name)}: {_text(finding.message)}"
    yield f"- **{finding.severity.word}** {where}{text}"
    decided = finding.decided_by
    if decided:
        line = f":{decided.line}" if decided.line else ""
        pattern = f" {code_span(decided.pattern)}" if decided.pattern else ""
        yield f"  - decided by {code_span(f'{decided.file}{line}')}{pattern}"
    if finding.next:
        yield f"  - next: {code_span(finding.next)}"


def _waived(finding: Finding) -> str:
    by = finding.waived_by
    until = f"until {_text(by.until)}, " if by and by.until else ""
    why = f"{_text(by.why)} ({until}{code_span(f'{by.file}:{by.line}')})" if by else ""
    return f"- waived {code_span(finding.path)}: {finding.code} {_text(finding.name)}: {why}"


def _bounded(lines: Sequence[str], reports: Sequence[Report]) -> str:
    """Cut between two findings if the text is too long for a comment."""
    found = counts(reports) or "no findings"
    room = _MOST - len(found)
    for number, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            more = f"And more ({found} in all): `guard check --format json` has everything."
            lines = [*lines[:number], "", more]
            break
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    return "".join(_plain(char) for char in show(text))


def _plain(char: str) -> str:
    if char in _CALLING:
        return f"`{char}`"
    return char if char in _SAFE or not char.isascii() else f"&#{ord(char)};"
