"""Whether an agent may do what it is about to do: the paths are found, each is judged in the worktree that holds it, and a no has a reason.

- A path is judged by the contract of the worktree that holds it, whichever session writes there.
- A session that has a contract may not write into another worktree of its repository, the main one included.
- git's own files are nobody's, but for the drafts of messages.
- Where guard is not adopted, it has nothing to say: outside of any repository, in another one, without a policy or a contract.
"""

from __future__ import annotations

import os

from guard.agents.locate import common_dir, locate, posix_path, seems_adopted, top_of
from guard.errors import GitError, GuardError
from guard.integrations.agents.event import ALLOW, Deed, Reply
from guard.names import show
from guard.plumbing import at
from guard.reading.opening import Opening
from guard.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.agents.locate import Place
    from guard.agents.proposal import Foreseen, Proposal
    from guard.integrations.agents.deeds import Deeds
    from guard.integrations.agents.event import Event, Write
    from guard.integrations.agents.touches import Touch

# What is for people and agents to write among git's own files. A lock that a git which was killed has left, git itself tells to remove.
_DRAFTS = ("COMMIT_EDITMSG", "MERGE_MSG", "SQUASH_MSG", "TAG_EDITMSG", "NOTES_EDITMSG", "EDIT_DESCRIPTION", "git-rebase-todo")
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
    here = _session(start)
    found = list(_landing(event.writes, event.cwd, start))
    # git starts to answer now, while Python loads what judges.
    opening = Opening(at(here), staged=False, ahead=True) if any(_is_in(one.place, here) for one in found) else None
    return _judged(here, found, opening)


def may_run(deeds: Deeds, event: Event, start: str) -> Reply:
    """Say whether a shell may run a command that does `deeds`. Raises GuardError where no verdict can be reached."""
    here = _session(start)
    base = os.path.join(start, posix_path(event.directory, event.cwd)) if event.directory else start
    tops = [here if deed.directory is None else top_of(os.path.join(base, os.path.expanduser(deed.directory))) for deed in deeds.refused]
    adopted = {top for top in dict.fromkeys(tops) if _is_adopted(top)}
    refused = [deed for deed, top in zip(deeds.refused, tops, strict=True) if top in adopted]
    if refused:
        return _denied(refused)
    found = [one for touch in deeds.touched for one in _protected(touch, here, base)]
    found += _landing(deeds.patched, event.cwd, base)
    return _judged(here, found, None) if found else ALLOW


def _landing(writes: Sequence[Write], cwd: str, start: str) -> Iterator[Found]:
    """Where writes land that are told from `start`; a folder that is there cannot be written."""
    for write in writes:
        for place in locate(posix_path(write.path, cwd), start, follow=not write.deletes):
            if place.path or write.deletes or not place.top:
                yield Found(write, place)


def _denied(deeds: Sequence[Deed]) -> Reply:
    from guard.integrations.agents.reasons import deed_refusal

    return Reply("deny", deed_refusal(deeds))


def _session(start: str) -> str:
    """The top of the worktree that the agent works in, "" where it is none. Raises GitError where the directory is gone."""
    if not os.path.isdir(start):
        raise GitError(f"the directory that the agent works in is not there: {start}", hint="git worktree list")
    return top_of(start)


def _is_in(place: Place, top: str) -> bool:
    return bool(place.top) and place.top == top and not place.in_git


def _judged(here: str, found: Sequence[Found], opening: Opening | None) -> Reply:
    """Refuse what must not be touched at all, then judge the rest, one worktree after the other."""
    deeds = [deed for one in found if (deed := _untouchable(one, here))]
    if deeds:
        return _denied(deeds)
    for top in dict.fromkeys(top for one in found for top in _concerned(one)):
        proposals = [proposal for one in found for proposal in _proposals(one, top, here)]
        foreseen = _foresee(top or here, proposals, opening if top == here else None) if proposals else None
        if foreseen and foreseen.findings:
            from guard.integrations.agents.reasons import refusal  # most writes are right

            return Reply("deny", refusal(foreseen.findings, foreseen.base))
    return ALLOW


def _foresee(top: str, proposals: Sequence[Proposal], opening: Opening | None) -> Foreseen | None:
    """The verdict in the worktree at `top`; None without one, and where guard is not adopted, whatever else may be wrong there."""
    from guard.agents.proposal import foresee

    try:
        return foresee(top, proposals, opening) if top else None
    except GuardError:
        if seems_adopted(top):
            raise
        return None


def _is_adopted(top: str) -> bool:
    return _foresee(top, (), None) is not None


def _untouchable(one: Found, here: str) -> Deed | None:
    """Why nobody may touch a path, whatever the contract says; None where the contract decides."""
    place, shared = one.place, common_dir(here) if here else ""
    in_git = place.in_git or (shared != "" and place.real.startswith(shared + "/"))
    if in_git:
        what = f"{place.real} is one of git's own files"
        is_left = os.path.basename(place.real) in _DRAFTS or (one.write.deletes and place.real.endswith(".lock"))
        is_refused = not is_left and _is_adopted(place.top or here)
        return Deed(what, _GIT_FILES, "guard check") if is_refused else None
    if one.write.deletes and _holds(place.real, here) and _is_adopted(here):
        return Deed(f"{here}, a worktree of this repository, lies in {place.real}", _ELSEWHERE, "git worktree list")
    if not place.top or not shared or common_dir(place.top) != shared:
        return None
    if not place.path:  # the top of a worktree, taken away as a whole
        return Deed(f"{place.top} is a worktree of this repository", _ELSEWHERE, "git worktree list") if _is_adopted(here) else None
    if place.top == here:
        return None
    foreseen = _foresee(here, (), None)
    if not foreseen or not foreseen.contract:
        return None
    from guard.rules.advice import explain

    what = f"{place.path} in {place.top} belongs to another worktree; contract {foreseen.contract} works in {here}"
    return Deed(what, f"{_ELSEWHERE} The same file of this session is {show(os.path.join(here, place.path))}.", explain(place.path))


def _concerned(one: Found) -> Iterator[str]:
    """The worktrees in which a write is judged: the one that holds it, and those around it, which may track the folder as well."""
    yield one.place.top
    yield from one.place.around


def _proposals(one: Found, top: str, here: str) -> Iterator[Proposal]:
    """What a write is in the worktree at `top`; "" stands for outside of all, where only settings count that start guard."""
    from guard.agents.proposal import Proposal
    from guard.contracts.settings import may_start_guard

    place, write = one.place, one.write
    if place.in_git or (top and top not in (place.top, *place.around)) or (not top and place.top):
        return
    path = place.below(top) if top else place.real
    if not top and not may_start_guard(path):
        return
    within = place.below(top)[: -len(place.path) - 1] if top != place.top and _has_commit(place.top) else ""
    if write.deletes and os.path.isdir(place.real) and not os.path.islink(place.real):
        for name in _tracked(top, path) if top else ():
            yield Proposal(name, deletes=True, within=within)
        return
    yield Proposal(path, write.deletes, *_content(write, place), within=within)


def _content(write: Write, place: Place) -> tuple[bytes | None, tuple[bytes, bytes] | None]:
    """What a file holds afterwards, and, where that is not known, the texts that are taken out and put in."""
    if write.text is not None:
        return write.text.encode("utf-8", "replace"), None
    if not write.edits:
        return None, None
    from guard.agents.proposal import content_after

    text = content_after(place.top, place.path or place.real, write.edits)
    pieces = ("\n".join(edit.old for edit in write.edits), "\n".join(edit.new for edit in write.edits))
    return text, (pieces[0].encode("utf-8", "replace"), pieces[1].encode("utf-8", "replace")) if text is None else None


def _tracked(top: str, folder: str) -> list[str]:
    from guard.plumbing import records

    return records(at(top).run("ls-files", "-z", "--", folder or ".").out)


def _has_commit(top: str) -> bool:
    """Whether the repository there has begun: git takes the files of one without a commit for those of the repository around it."""
    return at(top).run("rev-parse", "--verify", "-q", "HEAD^{commit}", ok=(0, 1, 128)).code == 0


def _protected(touch: Touch, here: str, base: str) -> Iterator[Found]:
    """The places of a path that a shell command touches, where guard minds: git's own files, policy, contracts, what starts guard.

    So are other worktrees of the session's repository: what else a command writes is seen afterwards, but there nobody would look. (A file
    that it makes here and takes away again has harmed nobody.)
    """
    from guard.integrations.agents.event import Write

    write = Write(touch.path, touch.deletes)
    for place in locate(touch.path, os.path.join(base, os.path.expanduser(touch.directory)), follow=not touch.deletes):
        whole = touch.deletes and not touch.inside and ((place.top != "" and not place.path) or _holds(place.real, here))
        if place.in_git or whole or _is_minded(place.path or place.real) or _is_anothers(place, here):
            yield Found(write, place)
        elif touch.deletes and place.top and os.path.isdir(place.real):
            for name in filter(_is_minded, _tracked(place.top, place.path)):
                yield Found(write, place._replace(real=os.path.join(place.top, name), path=name))


def _holds(folder: str, here: str) -> bool:
    """Whether the session's worktree lies in a folder."""
    return here.startswith(folder.rstrip("/") + "/")


def _is_anothers(place: Place, here: str) -> bool:
    """Whether a path is a file of another worktree of this repository, and none that git ignores there."""
    if not place.path or not here or place.top in ("", here) or common_dir(place.top) != common_dir(here):
        return False
    from guard.reading.standing import is_ignored
    from guard.repository import open_repository

    return not is_ignored(open_repository(at(place.top)), place.path)


def _is_minded(path: str) -> bool:
    from guard.contracts.settings import may_start_guard

    return path.partition("/")[0] in (".guard", "guard.toml") or may_start_guard(path.lstrip("/"))
