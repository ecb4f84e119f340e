"""What each of many commits changed, as git tells it of all of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from guard.changes.change import Change
from guard.git.raw import parse_raw


class Step(NamedTuple):
    """One path that one commit changed, against its only parent or, of a first commit, against nothing."""

    commit: str
    change: Change


def parse_steps(raw: bytes) -> Iterator[Step]:
    """Read `git diff-tree --stdin --root --raw -z`: `<commit> NUL`, and behind it the commit's records as `parse_raw` knows them.

    A record begins with a colon and the field behind it is its path, whatever the path looks like; an object id begins with neither.
    """
    commit = ""
    fields = iter(raw.split(b"\0"))
    for field in fields:
        if not field.startswith(b":"):
            commit = field.decode() or commit
            continue
        for change in parse_raw(b"\0".join((field, next(fields, b""), b""))):
            yield Step(commit, change)
