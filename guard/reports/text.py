"""A report as text, for a person and for an agent alike: the verdict first, then one fact a line, worst first, at most a screen.

A finding is `SEVERITY: PATH: CODE NAME: MESSAGE`; indented below it stand the line that decided and `next:` with something to type.
Whatever comes from a repository is escaped (`guard.core.names.show`), so that no name can move the cursor or make up a line.
"""

from __future__ import annotations

from itertools import groupby

from guard.core.names import shell_quote, show
from guard.core.severity import SEVERITIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from guard.rules.findings import Decision, Finding, Report, WaivedBy

    Paint = Callable[[str], str]  # a word → the word in its colour, if there are colours

_COLOURS = {
    **dict.fromkeys(("broken", "could not judge"), "1;31"),
    **dict.fromkeys(("next", "hint", "note"), "36"),
    "kept": "1;32",
    "error": "31",
    "warning": "33",
    "waived": "2",
}
_MOST = 10  # findings of one rule that are listed
_SCREEN = 12  # findings of all rules together; every rule that fired shows two
_NOT_YET = "not asked by this version of guard"  # a reason that is the same every time, and not worth a line each time
_BY_HAND = "scope is worktree"  # the headline names the scope; what only commits can be asked, `--branch` and the gate ask
_VERDICTS = {"broken": "broken", "error": "not judged", "kept": "kept"}


def render(report: Report, *, colour: bool = False) -> str:
    """Give a whole report: its headline, then what was found, waived and not asked. Ends with a newline; `colour` adds ANSI codes."""
    return "\n".join(_block(report, _SCREEN, _paint(colour=colour))) + "\n"


def render_all(reports: Sequence[Report], *, colour: bool = False) -> str:
    """Give the reports of several worktrees, each under its own headline, below one line that counts the verdicts."""
    lines = [headline_all(reports)]
    for report in reports:
        block = _block(report, _SCREEN // 2, _paint(colour=colour), show(report.worktree))
        lines += ["", *block] if len(block) > 1 else block
    return "\n".join(lines) + "\n"


def headline(report: Report, *, colour: bool = False) -> str:
    """Give the verdict in one line, without a newline: whose contract, how many findings, what was judged against what."""
    return _headline(report, _paint(colour=colour))


def headline_all(reports: Sequence[Report]) -> str:
    """Count the verdicts in one line, without a newline."""
    verdicts = [report.verdict for report in reports]
    counts = [
        f"{verdicts.count(verdict)} {word}"
        for verdict, word in _VERDICTS.items()
        if verdict in verdicts
    ]
    return f"guard: {_plural(len(reports), 'worktree')} · {', '.join(counts)}"


def body(report: Report, see_all: str, *, colour: bool = False) -> str:
    """Give what was found, waived and not asked, without a headline; `see_all` is the command that lists what is left out."""
    paint = _paint(colour=colour)
    return "".join(
        f"{line}\n"
        for line in (
            *_findings(report, _SCREEN, paint, see_all),
            *_waived(report, paint),
            *_not_asked(report),
        )
    )


def _block(report: Report, most: int, paint: Paint, where: str = "") -> list[str]:
    first = _headline(report, paint, where)
    if report.error:
        return [first, *_error_lines(report.error.message, report.error.hint, paint)]
    found = [*_findings(report, most, paint, _see_all(report)), *_waived(report, paint)]
    if report.verdict == "kept":
        return [first + _left_out(report), *found]
    return [first, *found, *_not_asked(report)]


def _headline(report: Report, paint: Paint, where: str = "") -> str:
    if report.error:
        message = show(report.error.message.partition("\n")[0])
        place = where or (f"on {show(report.branch)}" if report.branch else "")
        return f"guard: {paint('could not judge')} {place}".rstrip() + f": {message}"
    verdict = paint(report.verdict)
    whose = (
        f"contract {show(report.contract)} {verdict}"
        if report.contract
        else f"{verdict} (no contract)"
    )
    changed = _plural(report.paths, "path") if report.paths else "nothing changed"
    judged = f"{changed} {_place(report)} against {show(report.trusted.ref)} ({show(report.scope)})"
    return " · ".join([f"guard: {whose}", *_counts(report), judged, *([where] if where else [])])


def _place(report: Report) -> str:
    if report.branch:
        return f"on {show(report.branch)}"
    return f"at {show(report.head[:12])}" if report.head else "on a detached HEAD"


def _counts(report: Report) -> list[str]:
    weights = [finding.severity for finding in report.findings if finding.waived_by is None]
    counts = [
        _plural(weights.count(weight), weight.word)
        for weight in reversed(SEVERITIES)
        if weight in weights
    ]
    waived = len(report.findings) - len(weights)
    counts += [f"{waived} waived"] if waived else []
    return [", ".join(counts)] if counts else []


def _error_lines(message: str, hint: str, paint: Paint) -> Iterator[str]:
    """The message's further lines, and what to do about it."""
    yield from (f"  {show(line.strip())}" for line in message.split("\n")[1:])
    if hint:
        yield f"  {paint('hint')}: {show(hint)}"


def _findings(report: Report, most: int, paint: Paint, see_all: str) -> Iterator[str]:
    """Every rule that fired, the worst first, with as many of its findings as there is room for."""
    counted = [finding for finding in report.findings if finding.waived_by is None]
    groups = [list(group) for _, group in groupby(sorted(counted, key=_rank), key=_rank)]
    room = min(_MOST, max(2, most // max(1, len(groups))))
    for group in groups:
        for finding in group[:room]:
            yield from _finding(finding, paint)
        if len(group) > room:
            first = group[0]
            yield f"{paint(first.severity.word)}: and {len(group) - room} more: {show(first.code)} {show(first.name)}"
            yield f"  {paint('next')}: {see_all}"


def _rank(finding: Finding) -> tuple[int, str]:
    return -finding.severity, finding.code


def _finding(finding: Finding, paint: Paint) -> Iterator[str]:
    yield f"{paint(finding.severity.word)}: {_where(finding)}{show(finding.code)} {show(finding.name)}: {show(finding.message)}"
    if finding.decided_by:
        yield f"  decided by {_decision(finding.decided_by)}"
    if finding.next:
        yield f"  {paint('next')}: {show(finding.next)}"


def _where(finding: Finding) -> str:
    line = f"{finding.line}:" if finding.line else ""
    if not finding.path:  # a text from elsewhere, which has no path here
        return f"line {line} " if line else ""
    return f"{show(finding.path)}:{line} "


def _decision(decision: Decision) -> str:
    line = f":{decision.line}" if decision.line else ""
    return f"{show(decision.file)}{line}  {show(decision.pattern)}".rstrip()


def _see_all(report: Report) -> str:
    """The command that lists what this text leaves out."""
    options = {"staged": " --staged", "branch": " --branch"}
    if report.scope == "range":
        options["range"] = (
            f" --base {shell_quote(report.trusted.ref)} --head {shell_quote(report.head)}"
        )
    return f"guard check{options.get(report.scope, '')} --format json"


def _waived(report: Report, paint: Paint) -> Iterator[str]:
    """One line a waiver: the first path, how many more, why, until when, and where it stands."""
    waivers: dict[tuple[WaivedBy, str], list[Finding]] = {}
    for finding in report.findings:
        if finding.waived_by:
            waivers.setdefault((finding.waived_by, finding.code), []).append(finding)
    for (by, code), findings in list(waivers.items())[:_MOST]:
        first, others = findings[0], len(findings) - 1
        more = f"and {others} more: " if others else ""
        until = f"until {show(by.until)}, " if by.until else ""
        yield f"{paint('waived')}: {_where(first)}{more}{show(code)} {show(first.name)}: {show(by.why)} ({until}{show(by.file)}:{by.line})"
    if len(waivers) > _MOST:
        yield f"{paint('waived')}: and more by {len(waivers) - _MOST} further waivers"


def _not_asked(report: Report) -> Iterator[str]:
    """One line a reason, with the codes of the rules that it kept from being asked."""
    reasons: dict[str, list[str]] = {}
    for rule, why in report.not_checked:
        reasons.setdefault(why, []).append(rule)
    later = reasons.pop(_NOT_YET, [])
    yield from (
        f"not asked: {show(', '.join(_runs(rules)))}: {show(why)}" for why, rules in reasons.items()
    )
    if later:
        yield f"not asked: {_plural(len(later), 'further rule')}: {_NOT_YET}"


def _runs(codes: Sequence[str]) -> Iterator[str]:
    """The codes, those of a family that follow each other as one: `HND001 to HND005`."""
    numbered = [
        (code, (code[:3], int(code[3:]) - place) if code[3:].isdecimal() else (code, place))
        for place, code in enumerate(codes)
    ]
    for _, group in groupby(numbered, key=lambda pair: pair[1]):
        run = [code for code, _ in group]
        yield from [f"{run[0]} to {run[-1]}"] if len(run) > 2 else run


def _left_out(report: Report) -> str:
    """The end of a kept report's one line: it says no more than was asked."""
    left = [(rule, why) for rule, why in report.not_checked if why not in (_NOT_YET, _BY_HAND)]
    if not left:
        return ""
    reasons = {why for _, why in left}
    why = f" ({show(reasons.pop())})" if len(reasons) == 1 else ""
    rules = (
        f"{len(left)} rules not asked"
        if len(left) > 3
        else f"not asked: {show(', '.join(rule for rule, _ in left))}"
    )
    return f" · {rules}{why}"


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _paint(*, colour: bool) -> Paint:
    return (lambda word: f"\x1b[{_COLOURS[word]}m{word}\x1b[0m") if colour else str
