"""What a starter policy is made of: a line of a shared group, and a group with its lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Line(NamedTuple):
    """A pattern for a shared group, a few words why, and the tracked files that it matches today."""

    pattern: str
    why: str
    files: Sequence[str] = ()


class Proposal(NamedTuple):
    """A shared group that fits a repository. Without lines nothing was found for it; `generated` is the group's key of that name."""

    name: str
    why: str
    lines: tuple[Line, ...]
    generated: bool = False
