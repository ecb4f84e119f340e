"""reference-transaction: every way to move a branch, even past all other hooks (githooks(5))."""

import sys
from collections.abc import Sequence

from guard.core.codes import NO_CONTRACT
from guard.core.errors import NotAdopted
from guard.core.names import HEADS
from guard.git.ancestry import is_ancestor
from guard.git.plumbing import Git, here
from guard.githooks.correcting import UNREADABLE, corrects
from guard.githooks.events import Update, parse_received
from guard.githooks.pushed import Judged
from guard.githooks.telling import tell
from guard.rules.report import Report
from guard.verdict.reading import Ask
from guard.verdict.search import REMOTES
from guard.verdict.verdict import verdict, verdict_and_history

_NO_CONTRACT = {(NO_CONTRACT, "")}


def main(words: Sequence[str]) -> int:
    """Judge the new tip of each branch that is about to move; give the exit status.

    Only in the state `prepared` can a move be stopped. The new tip may be as bad as the old one, or
    an ancestor of it: someone who repairs a branch must not be stopped on the way.
    """
    if words[1:2] != ["prepared"]:
        return 0
    git = here()
    updates = parse_received("reference-transaction", sys.stdin.buffer.read())
    moved = [
        update
        for update in updates
        if update.branch and not update.deletes and update.old != update.new
    ]
    try:
        judged = [_judged(git, update) for update in moved]
    except NotAdopted:
        return 0
    return tell([one for one in judged if one.exit_code or one.why_not])


def _judged(git: Git, update: Update) -> Judged:
    try:
        report, history = verdict_and_history(git, _ask(update, update.new))
    except UNREADABLE as error:
        old = _tip(git, update)
        if not _is_on_a_branch(git, update.new) and not (old and corrects(git, old, update.new)):
            raise
        reason = error.message.partition("\n")[0]
        return Judged(update.ref, why_not=f"it brings nothing but guard's own files: {reason}")
    if report.verdict == "broken" and _is_no_worse(git, update, report):
        return Judged(update.ref)
    return Judged(update.ref, report, history)


def _is_no_worse(git: Git, update: Update, report: Report) -> bool:
    """Whether the tip was as bad before.

    Without a contract a branch may begin, or follow another: at a commit that a branch has already.
    """
    new = _errors(report)
    if new == _NO_CONTRACT and _is_on_a_branch(git, update.new):
        return True
    old = _tip(git, update)
    if not old:
        return False
    if is_ancestor(git, update.new, old):
        return True
    return new <= _errors(verdict(git, _ask(update, old))) - _NO_CONTRACT


def _tip(git: Git, update: Update) -> str:
    """Zeros as the old id can also mean that the caller does not care, so the ref is read."""
    tip = f"{update.ref}^{{commit}}"
    shown = git.run("rev-parse", "--verify", "-q", "--end-of-options", tip, ok=(0, 1, 128))
    return shown.out.decode().strip()


def _is_on_a_branch(git: Git, commit: str) -> bool:
    return git.run("for-each-ref", "--count=1", f"--contains={commit}", HEADS, REMOTES).out != b""


def _ask(update: Update, commit: str) -> Ask:
    return Ask("branch", head=commit, branch=update.branch, arriving=True, closing=False)


def _errors(report: Report) -> set[tuple[str, str]]:
    return {(finding.code, finding.path) for finding in report.findings if finding.breaks}
