"""What is said to the person who pushes or commits: the worst first, then which commits to look at; at most a screen or so."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from guard.core.codes import CLOSING
from guard.core.errors import GuardError, NotAdopted
from guard.core.names import shell_quote, show
from guard.git.plumbing import Git
from guard.githooks.events import Update
from guard.githooks.pushed import Judged, judge_push
from guard.reports.endings import text_of
from guard.reports.text import headline, render
from guard.rules.findings import Report
from guard.verdict.history import Culprit

_SCREEN = (
    40  # lines; a report that would go beyond them, and is not the first, is its headline alone
)
_COMMITS = 5  # of one report, by name
_PATHS = 3  # of one commit, by name
_REFS = 5  # that are not judged, by name


def tell_push(git: Git, updates: Sequence[Update], unfinished: str = "") -> int:
    """Judge what a push brings and say what is to be said; give the exit status. Raises GitError where no ref can be judged.

    `unfinished` is said last where nothing but the end of a session keeps the push from going through.
    """
    try:
        return tell(judge_push(git, updates), unfinished)
    except NotAdopted as error:
        print(f"guard: {error.message} yet; this push is not judged", file=sys.stderr)
        return 0


def only_tell(say: Callable[[], object]) -> int:
    """Run what stops nothing and give 0: an error is told, and where guard is not adopted there is nothing to tell."""
    try:
        say()
    except NotAdopted:
        return 0
    except GuardError as error:
        print(text_of(error), end="", file=sys.stderr)
    return 0


def tell(judged: Sequence[Judged], unfinished: str = "") -> int:
    """Write to standard error what is to be said, nothing where all is well, and give the exit status: the worst of all."""
    if any(one.error or one.report or one.why_not for one in judged):
        print("".join(f"{line}\n" for line in _lines(judged)), end="", file=sys.stderr)
    code = max((one.exit_code for one in judged), default=0)
    if unfinished and code == 1 and all(map(_lacks_its_end_alone, judged)):
        print(unfinished, file=sys.stderr)
    return code


def _lacks_its_end_alone(one: Judged) -> bool:
    """Whether nothing else breaks the contract than a handoff that is not there, not whole or not proved."""
    return not one.report or all(
        finding.code.startswith(CLOSING) for finding in one.report.findings if finding.breaks
    )


def _lines(judged: Sequence[Judged]) -> Iterator[str]:
    shown = 0
    for one in sorted(judged, key=lambda one: -one.exit_code if one.exit_code != 2 else 0):
        if one.error:
            yield text_of(one.error).rstrip("\n")
            yield f"  for {show(one.ref)}"
        if one.report and (one.report.findings or one.history.detours or one.history.too_long):
            whole = [*render(one.report).splitlines(), *_history(one)]
            told = (
                whole
                if not shown or shown + len(whole) <= _SCREEN
                else [headline(one.report), _see(one.report)]
            )
            shown += len(told)
            yield from told
    yield from _not_judged([one for one in judged if one.why_not])


def _see(report: Report) -> str:
    return f"  next: guard check --base {shell_quote(report.trusted.ref)} --head {report.head}"


def _history(one: Judged) -> Iterator[str]:
    brought, detours, too_long = one.history
    yield from _commits("brought by", brought)
    if detours:
        yield "note: the branch as a whole does not show it, but on the way there were changes that the contract does not allow"
        yield from _commits("changed on the way by", detours)
    if one.report and one.along:
        ref = show(one.report.trusted.ref)
        yield f"note: it brings commits of {show(one.along)} here that {ref} does not have, and they count as its own"
        yield f"  next: git push origin {shell_quote(one.along)}   # or git fetch origin, where they have landed by now"
    if too_long:
        yield "note: there are too many commits to look at one by one; they were judged together"


def _commits(what: str, culprits: Sequence[Culprit]) -> Iterator[str]:
    for culprit in culprits[:_COMMITS]:
        paths = list(dict.fromkeys(finding.path for finding in culprit.findings))
        more = f" and {len(paths) - _PATHS} more" if len(paths) > _PATHS else ""
        yield f"{what} {culprit.commit[:12]} ({show(culprit.subject[:60])}): {', '.join(show(path) for path in paths[:_PATHS])}{more}"
    if len(culprits) > _COMMITS:
        yield f"{what} {len(culprits) - _COMMITS} more commits"
    if culprits:
        yield f"  next: git show {culprits[0].commit[:12]}"


def _not_judged(judged: Sequence[Judged]) -> Iterator[str]:
    """Refs that nobody asked about, by reason: what is not judged is said, or it would pass for kept."""
    for why, group in groupby(
        sorted(judged, key=lambda one: one.why_not), key=lambda one: one.why_not
    ):
        refs = [show(one.ref) for one in group]
        more = f" and {len(refs) - _REFS} more" if len(refs) > _REFS else ""
        yield f"guard: not judged: {', '.join(refs[:_REFS])}{more}: {show(why)}"
