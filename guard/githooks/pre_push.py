"""`guard hook pre-push`: every ref that is pushed, before anything is sent (githooks(5))."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from guard.core.errors import NotAdopted, UsageError
from guard.git.plumbing import here
from guard.githooks.events import parse_pushed, pushed_by_manager
from guard.githooks.pushed import Judged
from guard.githooks.telling import tell, tell_push
from guard.verdict.reading import Ask
from guard.verdict.verdict import verdict_and_history

_ONE_REF = "guard: pre-commit tells of {} alone; what else this push brings is judged by git's own hook: guard install"
_UNFINISHED = """\
guard: nothing but the end of the session is missing
  next: git push --no-verify   # only if the work goes on; the gate will ask for the handoff all the same"""


def main(words: Sequence[str]) -> int:
    """Judge what is pushed; give the exit status. Words behind the hook's name (the remote, its URL) are of no consequence."""
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "guard hook pre-push reads from git what is pushed",
            hint="to judge this branch by hand: guard check --branch",
        )
    if "PRE_COMMIT" in os.environ:
        return _by_manager()
    return tell_push(here(), parse_pushed(sys.stdin.buffer.read()), _UNFINISHED)


def of_range(head: str) -> int:
    """Judge what leads from the base to `head`, a rev, as the gate does; give the exit status."""
    try:
        return tell([Judged(head, *verdict_and_history(here(), Ask("range", head=head)))])
    except NotAdopted as error:
        print(f"guard: {error.message} yet; these commits are not judged", file=sys.stderr)
        return 0


def _by_manager() -> int:
    """Under pre-commit and prek standard input is empty and variables tell of one ref; of none, where somebody runs the hook by hand.

    Then the branch that is checked out is judged.
    """
    updates = pushed_by_manager(os.environ)
    if not updates:
        return tell([Judged("HEAD", *verdict_and_history(here(), Ask("branch")))])
    code = tell_push(here(), updates, _UNFINISHED)
    print(_ONE_REF.format(updates[0].ref), file=sys.stderr)
    return code
