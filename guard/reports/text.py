"""A report as text, for people and agents: the verdict, then the findings, at most a screen.

A finding is `SEVERITY: PATH: CODE NAME: MESSAGE`, then, indented, the line that decided and a
command after `next:`. Text from a repository is escaped (`guard.core.names.show`), so that no name
can move the cursor or forge a line.
"""

from __future__ import annotations

from itertools import groupby

from guard.core.codes import SEVERITIES
from guard.core.names import counted, shell_quote, show
from guard.rules.report import NOT_YET, TOGETHER, NotChecked, by_reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from guard.rules.findings import Carried, Finding, WaivedBy
    from guard.rules.report import Report

    Paint = Callable[[str], str]  # a word → the word in its colour, if there are colours

_COLOURS = {
    **dict.fromkeys(("broken", "could not judge", "undecided"), "1;31"),
    **dict.fromkeys(("next", "hint", "note", "fix"), "36"),
    **dict.fromkeys(("kept", "disjoint"), "1;32"),
    **dict.fromkeys(("warning", "overlap"), "33"),
    "error": "31",
    "waived": "2",
}
_MOST = 10  # findings of one rule that are listed
_FEW = 5  # carried paths that are named
_SCREEN = 12  # findings of all rules together; each rule shows at least two
# A reason that a kept report does not repeat: the headline names the scope.
_BY_HAND = "scope is worktree"
_VERDICTS = {"broken": "broken", "error": "not judged", "kept": "kept"}
_OPTIONS = {"staged": " --staged", "branch": " --branch"}


def render(report: Report, *, colour: bool = False) -> str:
    """Give a whole report. Ends with a newline; `colour` adds ANSI codes."""
    return "\n".join(_block(report, _SCREEN, painter(colour=colour))) + "\n"


def render_all(reports: Sequence[Report], *, colour: bool = False) -> str:
    """Give the reports of several worktrees, below one line that counts the verdicts."""
    lines = [headline_all(reports)]
    for report in reports:
        block = _block(report, _SCREEN // 2, painter(colour=colour), show(report.worktree))
        lines += ["", *block] if len(block) > 1 else block
    return "\n".join(lines) + "\n"


def headline(report: Report, *, colour: bool = False) -> str:
    """Give the verdict in one line, without a newline: contract, findings, change set and base."""
    return _headline(report, painter(colour=colour))


def headline_all(reports: Sequence[Report]) -> str:
    """Count the verdicts in one line, without a newline."""
    verdicts = [report.verdict for report in reports]
    words = [
        f"{verdicts.count(verdict)} {word}"
        for verdict, word in _VERDICTS.items()
        if verdict in verdicts
    ]
    return f"guard: {counted(len(reports), 'worktree')} · {', '.join(words)}"


def counts(reports: Sequence[Report]) -> str:
    """Say how many findings there are of each severity, and how many are waived; "" for none."""
    findings = [finding for report in reports for finding in report.findings]
    weights = [finding.severity for finding in findings if finding.waived_by is None]
    words = [
        counted(weights.count(weight), weight.word)
        for weight in reversed(SEVERITIES)
        if weight in weights
    ]
    waived = len(findings) - len(weights)
    return ", ".join([*words, f"{waived} waived"] if waived else words)


def body(report: Report, see_all: str, *, colour: bool = False) -> str:
    """Give the report without its headline; `see_all` is the command that lists everything."""
    paint = painter(colour=colour)
    lines = [*_findings(report, _SCREEN, paint, see_all), *_waived(report, paint)]
    lines += _carried(report, paint)
    lines += [*_not_asked(report), *_notes(report, paint)]
    return "".join(f"{line}\n" for line in lines)


def _block(report: Report, most: int, paint: Paint, where: str = "") -> list[str]:
    lines = [_headline(report, paint, where)]
    if report.error:
        lines += [f"  {show(line.strip())}" for line in report.error.message.split("\n")[1:]]
        if report.error.hint:
            lines.append(f"  {paint('hint')}: {show(report.error.hint)}")
        return lines
    lines += [*_findings(report, most, paint, _see_all(report)), *_waived(report, paint)]
    lines += _carried(report, paint)
    if report.verdict == "kept":
        lines[0] += _left_out(report)
    else:
        lines += _not_asked(report)
    return [*lines, *_notes(report, paint)]


def _headline(report: Report, paint: Paint, where: str = "") -> str:
    if report.error:
        message = show(report.error.message.partition("\n")[0])
        place = where or (f"on {show(report.branch)}" if report.branch else "")
        return f"guard: {paint('could not judge')} {place}".rstrip() + f": {message}"
    verdict = paint(report.verdict)
    parts = [f"guard: {verdict} (no contract)"]
    if report.contract:
        parts = [f"guard: contract {show(report.contract)} {verdict}"]
    found = counts([report])
    if found:
        parts.append(found)
    changed = counted(report.paths, "path") if report.paths else "nothing changed"
    parts.append(f"{changed} {_place(report)} against {_base(report)}")
    return " · ".join([*parts, where] if where else parts)


def _base(report: Report) -> str:
    trusted = report.trusted
    words = [
        show(trusted.ref) if trusted.ref != trusted.oid else "",
        trusted.oid[:12],
        f"by the policy of {show(trusted.policy_ref)}" if trusted.policy_ref else "",
        f"by the contracts of {show(trusted.contracts_ref)}" if trusted.contracts_ref else "",
    ]
    return " ".join([*filter(None, words), f"({show(report.scope)})"])


def _place(report: Report) -> str:
    if report.branch:
        return f"on {show(report.branch)}"
    return f"at {show(report.head[:12])}" if report.head else "on a detached HEAD"


def _findings(report: Report, most: int, paint: Paint, see_all: str) -> Iterator[str]:
    """The worst rule first; each rule has as many findings as there is room for."""
    unwaived = [finding for finding in report.findings if finding.waived_by is None]
    groups = [list(group) for _, group in groupby(sorted(unwaived, key=_rank), key=_rank)]
    room = min(_MOST, max(2, most // max(1, len(groups))))
    for group in groups:
        for finding in group[:room]:
            yield from _finding(finding, paint)
        more = len(group) - room
        if more > 0:
            first = group[0]
            rule = f"{show(first.code)} {show(first.name)}"
            yield f"{paint(first.severity.word)}: and {more} more: {rule}"
            yield f"  {paint('next')}: {see_all}"


def _rank(finding: Finding) -> tuple[int, str]:
    return -finding.severity, finding.code


def _finding(finding: Finding, paint: Paint) -> Iterator[str]:
    rule = f"{show(finding.code)} {show(finding.name)}"
    yield f"{paint(finding.severity.word)}: {_where(finding)}{rule}: {show(finding.message)}"
    decided = finding.decided_by
    if decided:
        line = f":{decided.line}" if decided.line else ""
        yield f"  decided by {show(decided.file)}{line}  {show(decided.pattern)}".rstrip()
    if finding.next:
        yield f"  {paint('next')}: {show(finding.next)}"


def _where(finding: Finding) -> str:
    line = f"{finding.line}:" if finding.line else ""
    if not finding.path:  # a text from elsewhere, which has no path here
        return f"line {line} " if line else ""
    return f"{show(finding.path)}:{line} "


def _see_all(report: Report) -> str:
    if report.scope == "range":
        options = f" --base {shell_quote(report.trusted.ref)} --head {shell_quote(report.head)}"
        return report.command(f"guard check{options} --format json")
    way = f"{report.way} && " if report.way else ""
    return report.command(f"{way}guard check{_OPTIONS.get(report.scope, '')} --format json")


def _waived(report: Report, paint: Paint) -> Iterator[str]:
    waivers: dict[tuple[WaivedBy, str], list[Finding]] = {}
    for finding in report.findings:
        if finding.waived_by:
            waivers.setdefault((finding.waived_by, finding.code), []).append(finding)
    for (by, code), findings in list(waivers.items())[:_MOST]:
        first, others = findings[0], len(findings) - 1
        more = f"and {others} more: " if others else ""
        until = f"until {show(by.until)}, " if by.until else ""
        rule = f"{_where(first)}{more}{show(code)} {show(first.name)}"
        yield f"{paint('waived')}: {rule}: {show(by.why)} ({until}{show(by.file)}:{by.line})"
    if len(waivers) > _MOST:
        yield f"{paint('waived')}: and more by {len(waivers) - _MOST} further waivers"


def _carried(report: Report, paint: Paint) -> Iterator[str]:
    for one in report.carried:
        yield f"{paint('note')}: {carried_note(one)}"
        yield f"  {paint('next')}: {report.command(carried_step(report, one))}"


def carried_note(carried: Carried) -> str:
    """Say what is carried from whom, and what that means; safe for any terminal."""
    contract, branch, paths = carried
    more = f" and {len(paths) - _FEW} more" if len(paths) > _FEW else ""
    return (
        f"{counted(len(paths), 'path')} carried from {show(branch)} "
        f"(contract {show(contract)}), not blamed here; CI blames this branch for "
        f"{'them' if len(paths) > 1 else 'it'} until {show(branch)} is merged: "
        f"{', '.join(show(path) for path in paths[:_FEW])}{more}"
    )


def carried_step(report: Report, carried: Carried) -> str:
    """Give the command that judges the branch from which something is carried."""
    base, head = (show(shell_quote(one)) for one in (report.trusted.ref, carried.branch))
    return f"guard check --base {base} --head {head}   # that branch is to be merged first"


def _notes(report: Report, paint: Paint) -> Iterator[str]:
    for message, command in report.notes:
        yield f"{paint('note')}: {show(message)}"
        yield f"  {paint('next')}: {show(command)}"


def _not_asked(report: Report) -> Iterator[str]:
    """One line at most; what no version asks yet is for those who write the policy."""
    reasons = by_reason(report.not_checked)
    for why in (NOT_YET, TOGETHER):
        reasons.pop(why, None)
    told = [f"{show(', '.join(_runs(rules)))}: {show(why)}" for why, rules in reasons.items()]
    if told:
        yield f"not asked: {'; '.join(told)}"


def _runs(codes: Sequence[str]) -> Iterator[str]:
    """Three codes or more in a row are joined: `HND001 to HND005`."""
    numbered = [
        (code, (code[:3], int(code[3:]) - place) if code[3:].isdecimal() else (code, place))
        for place, code in enumerate(codes)
    ]
    for _, group in groupby(numbered, key=lambda pair: pair[1]):
        run = [code for code, _ in group]
        yield from [f"{run[0]} to {run[-1]}"] if len(run) > 2 else run


def _left_out(report: Report) -> str:
    """The rules that were not asked, or their number; what was asked in part is always named."""
    left = [one for one in report.not_checked if one.why not in (NOT_YET, _BY_HAND, TOGETHER)]
    partly: list[NotChecked] = []
    if len(left) > 3:
        partly = [one for one in left if one.why.startswith("in part: ")]
        left = [one for one in left if one not in partly]
    reasons = {one.why for one in left}
    why = f" ({show(reasons.pop())})" if len(reasons) == 1 else ""
    said = f" · not asked: {show(', '.join(one.rule for one in left))}{why}" if left else ""
    if len(left) > 3:
        said = f" · {len(left)} rules not asked{why}"
    for reason, rules in by_reason(partly).items():
        said += f" · {', '.join(_runs(rules))} {show(reason)}"
    return said


def painter(*, colour: bool) -> Paint:
    """Give what puts a word of `_COLOURS` in its colour, or leaves it."""
    return (lambda word: f"\x1b[{_COLOURS[word]}m{word}\x1b[0m") if colour else str
