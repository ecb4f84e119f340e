"""pre-receive and update: on a server, what was pushed, before it becomes visible (githooks(5)).

git sends what is written here to the person who pushes, each line after `remote: `.
"""

import sys
from collections.abc import Sequence

from guard.git.plumbing import here
from guard.githooks.events import parse_received, parse_update
from guard.githooks.telling import tell_push


def main(words: Sequence[str]) -> int:
    """Judge the whole push in pre-receive, a single ref in update; give the exit status.

    The objects are in git's quarantine, which the environment names (git-receive-pack(1),
    "QUARANTINE ENVIRONMENT") and `here` keeps.
    """
    if words[0] == "update":
        return tell_push(here(), [parse_update(list(words[1:]))], served=True)
    updates = parse_received("pre-receive", sys.stdin.buffer.read())
    return tell_push(here(), updates, served=True)
