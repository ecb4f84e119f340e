"""Whether a shell may run a command: what it certainly does to hooks, to git's own files and to what guards the contract.

What else it writes is seen afterwards, from the disk.
"""

from __future__ import annotations

import os

from guard.agents.may_write import (
    Found,
    denied,
    holds,
    is_adopted,
    judged,
    landing,
    session,
    tracked,
)
from guard.agents.protocol.event import ALLOW, Write
from guard.changes.starts_guard import may_start_guard
from guard.git.locate import common_dir, locate, posix_path, top_of
from guard.git.plumbing import at
from guard.git.repository import is_ignored, open_repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guard.agents.protocol.event import Event, Reply
    from guard.agents.shell.deeds import Deeds
    from guard.agents.shell.touches import Touch
    from guard.git.locate import Place


def may_run(deeds: Deeds, event: Event, start: str) -> Reply:
    """Say whether a shell may run a command that does `deeds`. Raises GuardError where no verdict can be reached."""
    here = session(start)
    base = os.path.join(start, posix_path(event.directory, event.cwd)) if event.directory else start
    tops = [
        here
        if deed.directory is None
        else top_of(os.path.join(base, os.path.expanduser(deed.directory)))
        for deed in deeds.refused
    ]
    adopted = {top for top in dict.fromkeys(tops) if is_adopted(top)}
    refused = [deed for deed, top in zip(deeds.refused, tops, strict=True) if top in adopted]
    if refused:
        return denied(refused)
    found = [one for touch in deeds.touched for one in _protected(touch, here, base)]
    found += landing(deeds.patched, event.cwd, base)
    return judged(here, found, None) if found else ALLOW


def _protected(touch: Touch, here: str, base: str) -> Iterator[Found]:
    """The places of a path that a shell command touches, where guard minds: git's own files, policy, contracts, what starts guard.

    So are other worktrees of the session's repository: what else a command writes is seen afterwards, but there nobody would look. (A file
    that it makes here and takes away again has harmed nobody.)
    """
    write = Write(touch.path, touch.deletes)
    for place in locate(
        touch.path,
        os.path.join(base, os.path.expanduser(touch.directory)),
        follow=not touch.deletes,
    ):
        whole = (
            touch.deletes
            and not touch.inside
            and ((place.top != "" and not place.path) or holds(place.real, here))
        )
        if (
            place.in_git
            or whole
            or _is_minded(place.path or place.real)
            or _is_anothers(place, here)
        ):
            yield Found(write, place)
        elif touch.deletes and place.top and os.path.isdir(place.real):
            for name in filter(_is_minded, tracked(place.top, place.path)):
                yield Found(write, place._replace(real=os.path.join(place.top, name), path=name))


def _is_anothers(place: Place, here: str) -> bool:
    """Whether a path is a file of another worktree of this repository, and none that git ignores there."""
    if (
        not place.path
        or not here
        or place.top in ("", here)
        or common_dir(place.top) != common_dir(here)
    ):
        return False
    return not is_ignored(open_repository(at(place.top)), place.path)


def _is_minded(path: str) -> bool:
    return path.partition("/")[0] in (".guard", "guard.toml") or may_start_guard(path.lstrip("/"))
