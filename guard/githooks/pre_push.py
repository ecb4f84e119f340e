"""pre-push: has `pushed` judge every ref, before anything is sent (githooks(5))."""

import os
import sys
from collections.abc import Sequence

from guard.core.errors import NotAdopted, UsageError
from guard.git.plumbing import here
from guard.githooks.events import parse_pushed, pushed_by_manager
from guard.githooks.in_ci import in_ci, judge_in_ci
from guard.githooks.pushed import Judged, while_work_goes_on
from guard.githooks.telling import tell, tell_not_adopted, tell_push
from guard.verdict.reading import Ask
from guard.verdict.verdict import verdict_and_history

_ONE_REF = (
    "guard: pre-commit passes on {} alone; git's own hook judges all that is pushed: guard install"
)


def main(words: Sequence[str]) -> int:
    """Judge what is pushed; give the exit status. The remote matters where the base is deleted."""
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "guard hook pre-push reads from git what is pushed",
            hint="to judge this branch by hand: guard check --branch",
        )
    if "PRE_COMMIT" in os.environ:
        return _by_manager()
    updates = parse_pushed(sys.stdin.buffer.read())
    return tell_push(here(), updates, "".join(words[1:2]))


def of_range(head: str) -> int:
    """Judge the commits from the base to the revision `head`, as CI does; give the exit status."""
    try:
        return tell([_judged(head, Ask("range", head=head))])
    except NotAdopted as error:
        return tell_not_adopted(error, "these commits are")


def _by_manager() -> int:
    """pre-commit and prek pass one ref, or none if the user runs the hook by hand."""
    updates = pushed_by_manager(os.environ)
    if not updates:
        if in_ci(os.environ):
            return judge_in_ci(os.environ)
        return tell([while_work_goes_on(_judged("HEAD", Ask("branch")))])
    code = tell_push(here(), updates)
    print(_ONE_REF.format(updates[0].ref), file=sys.stderr)
    return code


def _judged(head: str, ask: Ask) -> Judged:
    return Judged(head, *verdict_and_history(here(), ask))
