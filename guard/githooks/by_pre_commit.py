"""Hooks that pre-commit or prek starts: it keeps what git passes to a hook, and gives variables."""

import os
import sys
from collections.abc import Sequence

from guard.core.errors import NotAdopted
from guard.git.plumbing import here
from guard.githooks.events import pushed_by_manager
from guard.githooks.in_ci import in_ci, judge_in_ci
from guard.githooks.pushed import Judged, while_work_goes_on
from guard.githooks.telling import tell, tell_not_adopted, tell_push
from guard.verdict.reading import Ask
from guard.verdict.verdict import verdict_and_history

_ONE_REF = (
    "guard: pre-commit passes on {} alone; git's own hook judges all that is pushed: guard install"
)


def main(words: Sequence[str]) -> int:
    """Judge the one ref of a push that a manager passes on; none if a person runs the hook."""
    updates = pushed_by_manager(os.environ)
    if updates:
        code = tell_push(here(), updates)
        print(_ONE_REF.format(updates[0].ref), file=sys.stderr)
        return code
    if in_ci(os.environ):
        return judge_in_ci(os.environ)
    return tell([while_work_goes_on(_judged("HEAD", Ask("branch")))])


def of_range(head: str) -> int:
    """Judge the commits from the base to the revision `head`, as CI does; give the exit status."""
    try:
        return tell([_judged(head, Ask("range", head=head))])
    except NotAdopted as error:
        return tell_not_adopted(error, "these commits are")


def _judged(head: str, ask: Ask) -> Judged:
    return Judged(head, *verdict_and_history(here(), ask))
