"""What it means that git failed, as an error with the next step."""

import os
from collections.abc import Sequence

from guard.core.errors import GitError, Incomplete, Unreachable
from guard.core.names import shell_quote
from guard.git.plumbing import Answer, Git

_OLDEST = (2, 38)  # `cat-file --batch-command`, `merge-tree --write-tree`
_BY_HAND = "run the command by hand, or check the repository: git fsck"
_TALKING = ("fetch", "ls-remote", "push")  # with `--` before the remote
# What git, ssh, curl and the hosts say (connect.c, remote-curl.c, credential.c, git-daemon(1)).
_LOCKED_OUT = (
    "Permission denied (",
    "Permission to ",
    "Authentication failed",
    "could not read Username",
    "could not read Password",
    "Host key verification failed",
    "returned error: 401",
    "returned error: 403",
    "access denied",
)
_AWAY = (
    "Could not read from remote repository",
    "does not appear to be a git repository",
    "unable to access '",
    "unable to connect",
    "unable to look up",
    "hung up",
    "early EOF",
    "repository '",  # … not found
)
_NO_REF = "couldn't find remote ref "
_FULL = ("No space left on device", "Out of diskspace", "Disk quota exceeded")
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
    if args[0] in _TALKING and (away := _unreachable(said, args)):
        return away
    old = _version_if_old() if answer.code == 129 else ""
    if old:
        return GitError(f"git {old} is too old for guard", hint="install git 2.38 or newer")
    if any(words in said for words in _MISSING):
        return Incomplete(
            f"git {args[0]}: an object is missing here: {said}",
            hint="git fetch --refetch --no-filter (in a partial clone), or git fsck",
        )
    by_hand = _asked(args) if args[0] in _TALKING else _BY_HAND
    return GitError(f"git {args[0]}: {said}", hint=hint_of(said) or by_hand)


def _unreachable(said: str, args: Sequence[str]) -> Unreachable | None:
    """The error for a remote that does not serve; None if git complains of something else."""
    remote, ask = args[args.index("--") + 1], _asked(args)
    _, _, ref = said.partition(_NO_REF)
    if ref:
        name = ref.split()[0].removeprefix("refs/heads/")
        return Unreachable(f"{remote} has no {name}", hint=f"{ask}   # what it has")
    words = _words_of(said)
    if any(one in said for one in _LOCKED_OUT):
        hint = f"{ask}   # with whose key or password? once that works, run it again"
        return Unreachable(f"{remote} does not let this user in: {words}", hint=hint)
    if any(one in said for one in _AWAY):
        hint = f"{ask}   # once that works, run it again; its address: git remote -v"
        return Unreachable(f"{remote} could not be reached: {words}", hint=hint)
    return None


def _asked(args: Sequence[str]) -> str:
    return f"git ls-remote {shell_quote(args[args.index('--') + 1])}"


def _words_of(said: str) -> str:
    """What git and the remote say about a connection, in one line without what they always say."""
    lines = [line.strip().removeprefix("fatal: ").rstrip(".") for line in said.split("\n")]
    usual = ("", "Please make sure you have the correct access rights", "and the repository exists")
    kept = [line for line in lines if line not in usual and not line.startswith("Warning: ")]
    telling = [line for line in kept if line != "Could not read from remote repository"]
    return "; ".join((telling or kept)[-3:])


def complaint(answer: Answer) -> str:
    """What git complained of, without its hints, which are for people who run git themselves."""
    said, _, _ = answer.err.partition("\n\nAnother git process seems to be running")  # a lock
    lines = (line for line in said.strip().split("\n") if not line.startswith("hint:"))
    return "\n".join(lines).strip().removeprefix("fatal: ") or f"exit status {answer.code}"


def hint_of(said: str) -> str:
    """Give the next step for what git complained of, "" if it is none of those that guard knows."""
    if lock := _lock_in(said):
        return f"rm {shell_quote(lock)}   # a git process that was killed left it, if none runs now"
    if any(words in said for words in _FULL):
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
