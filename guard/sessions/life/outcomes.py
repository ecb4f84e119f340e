"""What may become of a session that is to be finished, and what keeps it."""

from collections.abc import Sequence
from typing import NamedTuple

from guard.core.mounts import umount
from guard.core.names import shell_quote
from guard.sessions.life.losses import (
    BUSY,
    HIDDEN,
    IGNORED,
    IN_PROGRESS,
    INSIDE,
    MODIFIED,
    MOUNTED,
    STASHED,
    UNREACHED,
    UNTRACKED,
    Loss,
    told,
)
from guard.sessions.life.parts import Part

OUTCOMES = (
    "removed",
    "archived",
    "abandoned",
    "kept-unbegun",
    "kept-unmerged",
    "kept-dirty",
    "kept-ignored",
    "kept-nested",
    "kept-held",
    "kept-stashed",
    "kept-unfinished",
    "kept-busy",
    "kept-locked",
    "kept-main",
    "kept-unmoved",
    "kept-unreadable",
)
# What keeps a worktree, and the word for it; what comes first is told first.
_WORDS = {
    MOUNTED: "kept-unmoved",
    BUSY: "kept-busy",
    IN_PROGRESS: "kept-unfinished",
    INSIDE: "kept-nested",
    MODIFIED: "kept-dirty",
    HIDDEN: "kept-dirty",
    UNTRACKED: "kept-dirty",
    UNREACHED: "kept-unmerged",
    STASHED: "kept-stashed",
    IGNORED: "kept-ignored",
}
# What no option removes, and what comes first.
_FIRST = {
    MOUNTED: "then again",
    BUSY: "once it has ended",
    IN_PROGRESS: "once that is finished or given up",
    INSIDE: "once that is pushed or moved out of the worktree",
}


class Outcome(NamedTuple):
    """What became of a session's worktree and branch, or of its branch alone (`path` is "").

    `outcome` is one of `OUTCOMES`. `why` says what kept it, and `steps` are commands that keep what
    would be lost or let it go. `archive` is the ref that has its work, `trash` the entry's id.
    `ignored` are the files and folders that git ignores and that went along into the trash.
    """

    name: str
    outcome: str
    branch: str = ""
    path: str = ""
    why: str = ""
    steps: tuple[str, ...] = ()
    archive: str = ""
    trash: str = ""
    ignored: tuple[str, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Whether it is still there."""
        return self.outcome.startswith("kept")


class Finished(NamedTuple):
    """What became of the sessions, the contracts that were closed, or why they could not be.

    `strangers` are worktrees of no session, where all sessions were asked. `push` is the command by
    which other clones get to know what was closed, "" if there is none.
    """

    outcomes: tuple[Outcome, ...]
    closed: tuple[str, ...] = ()
    left: str = ""
    strangers: tuple[str, ...] = ()
    push: str = ""


def held_by_stranger(part: Part, path: str, *, is_own: bool) -> Outcome:
    """Give the outcome of a branch whose worktree at `path` is no session of its contract now.

    It may be the session's own (`is_own`), with another branch.
    """
    git, again = f"git -C {shell_quote(path)}", f"guard finish {shell_quote(part.name)}"
    back = f"{git} switch {shell_quote(part.branch)} && {again}   # both go"
    apart = f"{git} switch -c {shell_quote(f'{part.name}-kept')} && {again}   # it stays"
    return Outcome(
        part.name,
        "kept-held",
        part.branch,
        why=f"{path} had it, and has left it for what is no session of the contract",
        steps=(
            f"{git} status   # what it is for now",
            back if is_own else apart,
        ),
    )


def kept_by(
    lost: Sequence[Loss], told_of: Outcome, tip: str, *, how: str, is_apart: bool
) -> Outcome | None:
    """Give the outcome of a worktree that what is `lost` keeps, None if that keeps nothing.

    `how` is the option that was typed, "" for none: it lets go what a commit can keep, but not if
    the worktree `is_apart`, on another file system than the trash. `tip` is the commit of its
    branch or of its detached HEAD.
    """
    order = list(_WORDS)
    lost = sorted(lost, key=lambda one: order.index(one.kind))
    stays = [one for one in lost if not how or is_apart or one.kind in _FIRST]
    if not stays:
        return None
    why, name = told(told_of.path, stays), shell_quote(told_of.name)
    word, git = _WORDS[stays[0].kind], f"git -C {shell_quote(told_of.path)}"
    steps = [f"{git} add -A && {git} commit"] if word == "kept-dirty" else []
    if stays[0].kind == UNREACHED:
        is_head = not told_of.branch and tip.startswith(stays[0].name)
        how = "switch -c {}" if is_head else f"branch {{}} {stays[0].name}"
        steps = [f"{git} {how.format(f'{name}-kept')}   # a branch keeps it"]
    if word == "kept-unmoved":
        mounts = [f"{told_of.path}/{one.name}" for one in stays if one.kind == MOUNTED]
        steps = [f"{umount(mounts)}   # what is mounted there is not the session's"]
    again = _FIRST.get(stays[0].kind, "")
    if again:
        steps += [f"guard finish {name}{how}   # {again}"]
    elif not is_apart:
        steps += [f"guard finish {name} --archive   # keeps it as a commit, and removes the rest"]
    return told_of._replace(outcome=word, why=why, steps=tuple(steps))
