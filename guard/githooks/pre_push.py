"""pre-push: has `pushed` judge every ref, before anything is sent (githooks(5))."""

import sys
from collections.abc import Sequence

from guard.core.errors import UsageError
from guard.git.plumbing import here
from guard.githooks.events import parse_pushed
from guard.githooks.telling import tell_push


def main(words: Sequence[str]) -> int:
    """Judge what is pushed; give the exit status. The remote matters where the base is deleted."""
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "guard hook pre-push reads from git what is pushed",
            hint="to judge this branch by hand: guard check --branch",
        )
    updates = parse_pushed(sys.stdin.buffer.read())
    return tell_push(here(), updates, "".join(words[1:2]))
