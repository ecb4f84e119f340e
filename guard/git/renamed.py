"""What a branch was called before `git branch -m`, by its log."""

import re
from collections.abc import Iterator

from guard.core.names import ref_of
from guard.git.plumbing import Git, records
from guard.git.repository import has_ref

_RENAMED = re.compile(r"Branch: renamed refs/heads/(\S+) to refs/heads/\S+")  # refs/files-backend.c
_LOOKED_BACK = 200  # entries of the log


def former_names(git: Git, branch: str) -> Iterator[str]:
    """Yield the names that `branch` had, the latest first, but none that another branch has now."""
    words = ("log", "-g", "-z", f"-{_LOOKED_BACK}", "--format=%gs", "--no-show-signature")
    for subject in records(git.run(*words, ref_of(branch), "--", ok=(0, 128)).out):
        found = _RENAMED.fullmatch(subject)
        if found and not has_ref(git, ref_of(found[1])):
            yield found[1]
