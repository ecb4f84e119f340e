"""What it means that git failed, as an error with the next step."""

import os
from collections.abc import Sequence

from guard.core.errors import GitError, Incomplete
from guard.core.names import shell_quote
from guard.git.plumbing import Answer, Git

_OLDEST = (2, 38)  # `cat-file --batch-command`, `merge-tree --write-tree`
_BY_HAND = "run the command by hand, or check the repository: git fsck"
_MISSING = ("missing blob", "unable to read", "bad object", "promisor")


def failure_of(answer: Answer, args: Sequence[str]) -> GitError:
    """Give the error for the answer of a `git ARGS` that failed, with git's words."""
    said = complaint(answer)
    if "dubious ownership" in said:
        directory = said.partition("'")[2].partition("'")[0]
        return GitError(
            f"git does not trust this repository: {said.splitlines()[0]}",
            hint=f"git config --global --add safe.directory '{directory}'",
        )
    old = _version_if_old() if answer.code == 129 else ""
    if old:
        return GitError(f"git {old} is too old for guard", hint="install git 2.38 or newer")
    if any(words in said for words in _MISSING):
        return Incomplete(
            f"git {args[0]}: an object is missing here: {said}",
            hint="git fetch --refetch --no-filter (in a partial clone), or git fsck",
        )
    return GitError(f"git {args[0]}: {said}", hint=hint_of(said) or _BY_HAND)


def complaint(answer: Answer) -> str:
    """What git complained of, without its hints, which are for people who run git themselves."""
    said, _, _ = answer.err.partition("\n\nAnother git process seems to be running")  # a lock
    lines = (line for line in said.strip().split("\n") if not line.startswith("hint:"))
    return "\n".join(lines).strip().removeprefix("fatal: ") or f"exit status {answer.code}"


def hint_of(said: str) -> str:
    """Give the next step for what git complained of, "" if it is none of those that guard knows."""
    if lock := _lock_in(said):
        return f"rm {shell_quote(lock)}   # a git process that was killed left it, if none runs now"
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return "df -h .   # the disk is full: make room, then again"
    if "unknown repository extension" in said or "repository version" in said:
        return "this repository needs a newer git; yours: git --version"
    if "Unable to process path" in said:
        path = shell_quote(said.rpartition("Unable to process path ")[2])
        return f"git could not add it either; look at it, or restore it: git restore -- {path}"
    if "current working directory" in said:
        return "the directory was deleted; go to another one: cd DIRECTORY"
    return ""


def hook_in(answer: Answer, args: Sequence[str]) -> str:
    """Give the hook of git's that made a `git ARGS` fail, "" if it was none, or it is not known.

    The status of post-checkout becomes git's, which says nothing itself (builtin/worktree.c).
    """
    if "aborted by hook" in answer.err or "aborted by the reference-transaction hook" in answer.err:
        return "reference-transaction"
    lines = answer.err.split("\n")
    is_gits = any(line.startswith(("fatal:", "error:", "usage:")) for line in lines)
    is_hooks = [*args[:2]] == ["worktree", "add"] and answer.code > 0 and not is_gits
    return "post-checkout" if is_hooks else ""


def _lock_in(said: str) -> str:
    """The lock file that is in git's way (lockfile.c; config.c does not name it itself)."""
    if ".lock': File exists" in said:
        return said.partition(".lock': File exists")[0].rpartition("'")[2] + ".lock"
    before, found, _ = said.partition(": File exists")
    _, config, path = before.rpartition("could not lock config file ")
    return f"{path}.lock" if found and config else ""


def _version_if_old() -> str:
    version = git_version()
    numbers = tuple(int(part) if part.isdigit() else 0 for part in version.split(".")[:2])
    return version if numbers < _OLDEST else ""


def git_version() -> str:
    """Give git's version, as `2.39.5`; "?" if it does not tell."""
    words = Git("", os.environ, ()).start("version").answer().out.split()
    return words[2].decode() if len(words) > 2 else "?"
