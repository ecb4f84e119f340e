"""`guard hook pre-receive` and `guard hook update`: a server's hooks, before what was pushed becomes visible (githooks(5)).

git hands on what is written here to the person who pushes, each line behind `remote: `.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from guard.git.plumbing import here
from guard.githooks.events import parse_received, parse_update
from guard.githooks.telling import tell_push


def main(words: Sequence[str]) -> int:
    """Judge what arrives: all of it in pre-receive, which stops the whole push, one ref in update, which stops that ref.

    The objects lie in git's quarantine, which the environment names (git-receive-pack(1), "QUARANTINE ENVIRONMENT") and `here` keeps.
    """
    by_update = words[0] == "update"
    updates = (
        [parse_update(list(words[1:]))]
        if by_update
        else parse_received("pre-receive", sys.stdin.buffer.read())
    )
    return tell_push(here(), updates)
