"""The report of a push or a commit on a terminal: worst first, then the commits; about a screen."""

import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from guard.core.errors import GuardError, NotAdopted, text_of
from guard.core.names import shell_quote, show
from guard.git.plumbing import Git
from guard.githooks.events import Update
from guard.githooks.pushed import Judged, judge_push
from guard.reports.for_others import for_others
from guard.reports.text import headline, render
from guard.rules.report import Report
from guard.verdict.history import Culprit

_SCREEN = 40  # lines; a report that exceeds them, and is not the first, is only its headline
_COMMITS = 5  # named for each report
_PATHS = 3  # named for each commit
_MISSING = 3  # named of what a handoff lacks
_REFS = 5  # named of those that are not judged


def tell_push(
    git: Git, updates: Sequence[Update], remote: str = "", *, served: bool = False
) -> int:
    """Judge a push as `judge_push` does and print the result; give the exit status.

    Raises GitError if no ref can be judged.
    """
    try:
        return tell(judge_push(git, updates, remote, served=served))
    except NotAdopted as error:
        return tell_not_adopted(error, "this push is")


def tell_not_adopted(error: NotAdopted, what: str) -> int:
    """Print that `what` (`this push is`) not judged, since guard is not adopted; give 0."""
    print(f"guard: {error.reason}; {what} not judged", file=sys.stderr)
    return 0


def only_tell(say: Callable[[], object]) -> int:
    """Run a hook that stops nothing and give 0: errors are printed, NotAdopted is ignored."""
    try:
        say()
    except NotAdopted:
        return 0
    except GuardError as error:
        print(text_of(error), end="", file=sys.stderr)
    return 0


def tell(judged: Sequence[Judged]) -> int:
    """Print problems to standard error; give the worst exit status."""
    if any(one.error or one.report or one.why_not for one in judged):
        print("".join(f"{line}\n" for line in _lines(judged)), end="", file=sys.stderr)
    return max((one.exit_code for one in judged), default=0)


def _lines(judged: Sequence[Judged]) -> Iterator[str]:
    shown = 0
    for one in sorted(judged, key=lambda one: -one.exit_code if one.exit_code != 2 else 0):
        if one.error:
            yield text_of(one.error).rstrip("\n")
            yield f"  for {show(one.ref)}"
        report = for_others(one.report) if one.report else None
        told = report and (report.findings or report.carried)
        if report and (told or one.history.detours or one.history.too_long):
            lines = [*render(report).splitlines(), *_history(one, report)]
            if shown and shown + len(lines) > _SCREEN:
                base = shell_quote(report.trusted.ref)
                step = report.command(f"guard check --base {base} --head {report.head}")
                lines = [headline(report), f"  next: {step}"]
            shown += len(lines)
            yield from lines
        if report and one.unfinished:
            yield _unfinished(one, report)
    yield from _not_judged([one for one in judged if one.why_not])


def _unfinished(one: Judged, report: Report) -> str:
    """One line, for the push goes on."""
    missing = list(dict.fromkeys(f"{finding.code} {finding.name}" for finding in one.unfinished))
    what = f"{show(report.contract)} still lacks, before it lands: {_first(missing, _MISSING)}"
    where = f"--head {report.head[:12]} --contract {shell_quote(report.contract)}"
    step = report.command(f"guard handoff check {where}")
    return f"note: the handoff of {what}; see: {step}"


def _history(one: Judged, report: Report) -> Iterator[str]:
    brought, detours, too_long = one.history
    yield from _commits("brought by", brought)
    if detours:
        yield (
            "note: the branch as a whole keeps the contract, "
            "but some of its commits changed what the contract does not allow"
        )
        yield from _commits("changed on the way by", detours)
    if one.along:
        ref, along = show(report.trusted.ref), show(one.along)
        has = f"here that {ref} does not have"
        then = "or git fetch origin, if they have landed by now"
        if one.together:
            has, then = "that are not there yet", "first; then this branch, in a push of its own"
        yield f"note: it brings commits of {along} {has}, and they count as its own"
        yield f"  next: git push origin {shell_quote(one.along)}   # {then}"
    if too_long:
        yield "note: there are too many commits to look at one by one; they were judged together"


def _commits(what: str, culprits: Sequence[Culprit]) -> Iterator[str]:
    for culprit in culprits[:_COMMITS]:
        paths = list(dict.fromkeys(finding.path for finding in culprit.findings))
        named = f"{culprit.commit[:12]} ({show(culprit.subject[:60])})"
        yield f"{what} {named}: {_first(paths, _PATHS)}"
    if len(culprits) > _COMMITS:
        yield f"{what} {len(culprits) - _COMMITS} more commits"
    if culprits:
        yield f"  next: git show {culprits[0].commit[:12]}"


def _not_judged(judged: Sequence[Judged]) -> Iterator[str]:
    """Without a word these refs would pass for kept."""
    for why, group in groupby(
        sorted(judged, key=lambda one: one.why_not), key=lambda one: one.why_not
    ):
        yield f"guard: not judged: {_first([one.ref for one in group], _REFS)}: {show(why)}"


def _first(names: Sequence[str], most: int) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(show(name) for name in names[:most]) + more
