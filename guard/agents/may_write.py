"""Whether an agent may do what it is about to do: the paths are found, each is judged in the worktree that holds it, and a no has a reason.

- A path is judged by the contract of the worktree that holds it, whichever session writes there.
- A session that has a contract may not write into another worktree of its repository, the main one included.
- git's own files are nobody's, but for the drafts of messages.
- Where guard is not adopted, it has nothing to say: outside of any repository, in another one, without a policy or a contract.
"""

from __future__ import annotations

import os

from guard.agents.protocol.event import ALLOW, Deed, Reply
from guard.core.errors import GitError, GuardError
from guard.core.names import show
from guard.core.values import NamedTuple
from guard.git.locate import common_dir, locate, posix_path, seems_adopted, top_of
from guard.git.plumbing import at
from guard.verdict.opening import Opening

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.agents.proposal import Foreseen, Proposal
    from guard.agents.protocol.event import Event, Write
    from guard.git.locate import Place

# What is for people and agents to write among git's own files. A lock that a git which was killed has left, git itself tells to remove.
_DRAFTS = (
    "COMMIT_EDITMSG",
    "MERGE_MSG",
    "SQUASH_MSG",
    "TAG_EDITMSG",
    "NOTES_EDITMSG",
    "EDIT_DESCRIPTION",
    "git-rebase-todo",
)
_GIT_FILES = "Leave git's own files to git: its commands change them, and their hooks keep parallel sessions apart."
_ELSEWHERE = "Stay in this session's own worktree: every session has its own, and another one's files are that session's work."


class Found(NamedTuple):
    """One write and where it lands."""

    write: Write
    place: Place


def may_write(event: Event, start: str) -> Reply:
    """Say whether a tool may write the files that an event names; `start` is the directory the agent works in.

    Raises GuardError where no verdict can be reached.
    """
    here = session(start)
    found = list(landing(event.writes, event.cwd, start))
    opening = (
        Opening(at(here), staged=False) if any(_is_in(one.place, here) for one in found) else None
    )
    return judged(here, found, opening)


def landing(writes: Sequence[Write], cwd: str, start: str) -> Iterator[Found]:
    """Yield where writes land that are told from `start`; a folder that is there cannot be written."""
    for write in writes:
        for place in locate(posix_path(write.path, cwd), start, follow=not write.deletes):
            if place.path or write.deletes or not place.top:
                yield Found(write, place)


def denied(deeds: Sequence[Deed]) -> Reply:
    """Give the refusal of what no contract can allow."""
    from guard.agents.protocol.reasons import deed_refusal

    return Reply("deny", deed_refusal(deeds))


def session(start: str) -> str:
    """Give the top of the worktree that the agent works in, "" where it is none. Raises GitError where the directory is gone."""
    if not os.path.isdir(start):
        raise GitError(
            f"the directory that the agent works in is not there: {start}", hint="git worktree list"
        )
    return top_of(start)


def _is_in(place: Place, top: str) -> bool:
    return bool(place.top) and place.top == top and not place.in_git


def judged(here: str, found: Sequence[Found], opening: Opening | None) -> Reply:
    """Refuse what must not be touched at all, then judge the rest, one worktree after the other."""
    deeds = [deed for one in found if (deed := _untouchable(one, here))]
    if deeds:
        return denied(deeds)
    for top in dict.fromkeys(top for one in found for top in _concerned(one)):
        proposals = [proposal for one in found for proposal in _proposals(one, top, here)]
        foreseen = (
            _foresee(top or here, proposals, opening if top == here else None)
            if proposals
            else None
        )
        if foreseen and foreseen.findings:
            from guard.agents.protocol.reasons import refusal  # most writes are right

            return Reply("deny", refusal(foreseen.findings, foreseen.base))
    return ALLOW


def _foresee(top: str, proposals: Sequence[Proposal], opening: Opening | None) -> Foreseen | None:
    """The verdict in the worktree at `top`; None without one, and where guard is not adopted, whatever else may be wrong there."""
    if opening:
        opening.load()
    from guard.agents.proposal import foresee

    try:
        return foresee(top, proposals, opening) if top else None
    except GuardError:
        if seems_adopted(top):
            raise
        return None


def is_adopted(top: str) -> bool:
    """Tell whether guard is adopted in the worktree at `top`, as its base says. Raises GuardError where that cannot be told."""
    return _foresee(top, (), None) is not None


def _untouchable(one: Found, here: str) -> Deed | None:
    """Why nobody may touch a path, whatever the contract says; None where the contract decides."""
    place, shared = one.place, common_dir(here) if here else ""
    in_git = place.in_git or (shared != "" and place.real.startswith(shared + "/"))
    if in_git:
        what = f"{place.real} is one of git's own files"
        is_left = os.path.basename(place.real) in _DRAFTS or (
            one.write.deletes and place.real.endswith(".lock")
        )
        is_refused = not is_left and is_adopted(place.top or here)
        return Deed(what, _GIT_FILES, "guard check") if is_refused else None
    if one.write.deletes and holds(place.real, here) and is_adopted(here):
        return Deed(
            f"{here}, a worktree of this repository, lies in {place.real}",
            _ELSEWHERE,
            "git worktree list",
        )
    if not place.top or not shared or common_dir(place.top) != shared:
        return None
    if not place.path:  # the top of a worktree, taken away as a whole
        return (
            Deed(f"{place.top} is a worktree of this repository", _ELSEWHERE, "git worktree list")
            if is_adopted(here)
            else None
        )
    if place.top == here:
        return None
    foreseen = _foresee(here, (), None)
    if not foreseen or not foreseen.contract:
        return None
    from guard.rules.advice import explain

    what = f"{place.path} in {place.top} belongs to another worktree; contract {foreseen.contract} works in {here}"
    return Deed(
        what,
        f"{_ELSEWHERE} The same file of this session is {show(os.path.join(here, place.path))}.",
        explain(place.path),
    )


def _concerned(one: Found) -> Iterator[str]:
    """The worktrees in which a write is judged: the one that holds it, and those around it, which may track the folder as well."""
    yield one.place.top
    yield from one.place.around


def _proposals(one: Found, top: str, here: str) -> Iterator[Proposal]:
    """What a write is in the worktree at `top`; "" stands for outside of all, where only settings count that start guard."""
    from guard.agents.proposal import Proposal
    from guard.changes.starts_guard import may_start_guard

    place, write = one.place, one.write
    if place.in_git or (top and top not in (place.top, *place.around)) or (not top and place.top):
        return
    path = place.below(top) if top else place.real
    if not top and not may_start_guard(path):
        return
    within = (
        place.below(top)[: -len(place.path) - 1]
        if top != place.top and _has_commit(place.top)
        else ""
    )
    if write.deletes and os.path.isdir(place.real) and not os.path.islink(place.real):
        for name in tracked(top, path) if top else ():
            yield Proposal(name, write, place.real, within)
        return
    yield Proposal(path, write, place.real, within)


def tracked(top: str, folder: str) -> list[str]:
    """Give the paths that git tracks in a folder of the worktree at `top`."""
    from guard.git.plumbing import records

    return records(at(top).run("ls-files", "-z", "--", folder or ".").out)


def _has_commit(top: str) -> bool:
    """Whether the repository there has begun: git takes the files of one without a commit for those of the repository around it."""
    return at(top).run("rev-parse", "--verify", "-q", "HEAD^{commit}", ok=(0, 1, 128)).code == 0


def holds(folder: str, here: str) -> bool:
    """Tell whether the session's worktree lies in a folder."""
    return here.startswith(folder.rstrip("/") + "/")
