"""What a branch was called, and which one was checked out, by git's logs (git-reflog(1))."""

import re
from collections.abc import Iterator

from guard.core.names import is_object_id, ref_of
from guard.git.plumbing import Git, records
from guard.git.repository import has_ref

_RENAMED = re.compile(r"Branch: renamed refs/heads/(\S+) to refs/heads/\S+")  # refs/files-backend.c
_SWITCHED = re.compile(r"checkout: moving from (\S+) to \S+")  # builtin/checkout.c
_LOOKED_BACK = 200  # entries of a log


def former_names(git: Git, branch: str) -> Iterator[str]:
    """Yield the names that `branch` had, the latest first, but none that another branch has now."""
    for subject in _logged(git, ref_of(branch)):
        found = _RENAMED.fullmatch(subject)
        if found and not has_ref(git, ref_of(found[1])):
            yield found[1]


def last_branch(git: Git) -> str:
    """Give the branch that was checked out before HEAD was detached; "" if no log tells it."""
    return next(last_branches(git), "")


def last_branches(git: Git) -> Iterator[str]:
    """Yield the branches that HEAD has left, the latest first, as often as it did."""
    for subject in _logged(git, "HEAD"):
        found = _SWITCHED.fullmatch(subject)
        if found and not is_object_id(found[1]):
            yield found[1]


def _logged(git: Git, ref: str) -> list[str]:
    """What git wrote into the log of a ref, the latest first; nothing if there is none."""
    words = ("log", "-g", "-z", f"-{_LOOKED_BACK}", "--format=%gs", "--no-show-signature")
    return records(git.run(*words, ref, "--", ok=(0, 128)).out)
