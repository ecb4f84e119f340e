"""Whether an agent may write files: each path is judged in the worktree that holds it.

- A session that has a contract may not write into another worktree of its repository.
- git's own files are refused, except drafts of messages.
- Where guard is not adopted, everything is allowed.
"""

from __future__ import annotations

import os

from guard.agents.programs import load_agent
from guard.agents.protocol.event import ALLOW, Deed, Event, Reply, Write
from guard.core.codes import NO_CONTRACT
from guard.core.errors import GuardError
from guard.core.names import shell_quote, show
from guard.core.values import NamedTuple
from guard.git.conversations import bound_by
from guard.git.locate import (
    Place,
    common_dir,
    git_dir,
    locate,
    own_top,
    posix_path,
    seems_adopted,
    worktree_in,
)
from guard.git.plumbing import at, records
from guard.git.repository import ignored, open_repository
from guard.verdict.opening import Opening

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from guard.agents.proposal import Foreseen, Proposal, Shared
    from guard.rules.findings import Finding

# Files of git's that people and agents write. A lock may be removed: git advises it if a process
# that held it was killed.
_DRAFTS = frozenset(
    "COMMIT_EDITMSG MERGE_MSG SQUASH_MSG TAG_EDITMSG NOTES_EDITMSG EDIT_DESCRIPTION "
    "git-rebase-todo".split()
)
_GIT_FILES = (
    "Leave git's own files to git: its commands change them, and their hooks keep parallel "
    "sessions apart."
)
_ELSEWHERE = (
    "Stay in this session's own worktree: every session has its own, and another one's files are "
    "that session's work."
)
_LIST = "git worktree list"


class Found(NamedTuple):
    """One write and where it lands; `named` is its path as it was written, but absolute."""

    write: Write
    place: Place
    named: str = ""


def may_write(event: Event, start: str) -> Reply:
    """Say whether a tool may write the files of an event from an agent in the directory `start`.

    Raises GuardError if no verdict can be reached.
    """
    here = own_top(start)
    found = list(landing(event.writes, event.cwd, start))
    is_here = any(one.place.top == here != "" and not one.place.in_git for one in found)
    opening = Opening(at(here), staged=False) if is_here else None
    return judged(here, found, opening, event)


def landing(writes: Sequence[Write], cwd: str, start: str) -> Iterator[Found]:
    """Yield where writes land, seen from `start`; writing to an existing folder is impossible."""
    for write in writes:
        path = posix_path(write.path, cwd)
        for place in locate(path, start, follow=not write.deletes):
            if place.path or write.deletes or not place.top:
                yield Found(write, place, os.path.join(start, os.path.expanduser(path)))


def denied(deeds: Sequence[Deed]) -> Reply:
    """Give the refusal of what no contract can allow."""
    from guard.agents.protocol.reasons import deed_refusal

    return Reply("deny", deed_refusal(deeds))


def judged(here: str, found: Sequence[Found], opening: Opening | None, event: Event) -> Reply:
    """Refuse what nobody may touch, then judge the other writes, one worktree after the other.

    `opening` is git's first answers at `here`, the top of the agent's worktree, if any.
    """
    conversation = event.conversation
    bound = bound_by(here, conversation)
    known = (lambda: _told(here, conversation)) if load_agent(event.agent).tells_before else None
    astray: list[Finding] = []
    shared: list[Shared] = []
    deeds = list(_untouchable(found, here, bound))
    if deeds:
        return denied(deeds)
    if opening:
        opening.load()  # before anything imports what it loads
    for top in dict.fromkeys(top for one in found for top in (one.place.top, *one.place.around)):
        proposals = [proposal for one in found for proposal in _proposals(one, top)]
        if not proposals:
            continue
        is_here = top == here
        foreseen = _foresee(
            top or here,
            proposals,
            opening if is_here else None,
            bound if is_here else "",
            known,
        )
        if foreseen and foreseen.findings:
            from guard.agents.protocol.reasons import refusal  # most writes are right

            findings = foreseen.findings
            text = refusal(findings, foreseen.base)
            missing = [one for one in findings if one.code == NO_CONTRACT]
            if here and conversation and missing:
                from guard.agents.unbound import once  # most refusals are of a path

                text = once(text, missing, here, conversation)
            return Reply("deny", text)
        if foreseen:
            astray += foreseen.astray
            shared += [foreseen.shared] if foreseen.shared else []
    if astray or shared:
        from guard.agents.live import before_write  # most files are one session's

        return before_write(astray, shared, event, here)
    return ALLOW


def _told(here: str, conversation: str) -> frozenset[str]:
    """What a conversation in the worktree at `here` was told."""
    from guard.agents.notes import read_note  # most writes are where they belong

    return read_note(git_dir(here), conversation).told if here and conversation else frozenset()


def is_adopted(top: str) -> bool:
    """Tell whether guard is adopted in the worktree at `top`, by its base.

    Raises GuardError if that cannot be told.
    """
    return _foresee(top, (), None) is not None


def tracked(top: str, *folders: str) -> list[str]:
    """Give the paths that git tracks in folders of the worktree at `top`."""
    return records(at(top).run("ls-files", "-z", "--", *(one or "." for one in folders)).out)


def _foresee(
    top: str,
    proposals: Sequence[Proposal],
    opening: Opening | None,
    bound: str = "",
    known: Callable[[], frozenset[str]] | None = None,
) -> Foreseen | None:
    """The verdict in the worktree at `top`; None if there is none or guard is not adopted."""
    from guard.agents.proposal import foresee

    try:
        return foresee(top, proposals, opening, bound, known) if top else None
    except GuardError:
        if seems_adopted(top):
            raise
        return None


class _Adopted(dict[str, bool]):
    """By the top of a worktree, whether guard is adopted there; asked once."""

    def __missing__(self, top: str) -> bool:
        self[top] = is_adopted(top)
        return self[top]


def _untouchable(found: Sequence[Found], here: str, bound: str) -> Iterator[Deed]:
    """What no contract can allow; however many paths there are, git is asked the same few things.

    An agent does not wait for ever: a hook that takes too long lets most of them go on.
    """
    shared, adopted = common_dir(here) if here else "", _Adopted()
    elsewhere: list[Found] = []
    for one in found:
        place = one.place
        if place.in_git or (shared and place.real.startswith(f"{shared}/")):
            if not _is_free(one) and adopted[place.top or here]:
                yield Deed(f"{place.real} is one of git's own files", _GIT_FILES, "guard check")
        elif one.write.deletes and (inner := worktree_in(place.real, here)) and adopted[here]:
            what = f"{inner}, a worktree of this repository, lies in {place.real}"
            yield Deed(what, _ELSEWHERE, _LIST)
        elif place.top and shared and common_dir(place.top) == shared:
            if place.path or not one.write.deletes:
                elsewhere += [one] if place.top != here else []
            elif adopted[here]:  # the top of a worktree, deleted as a whole
                what = f"{place.top} is a worktree of this repository"
                yield Deed(what, _ELSEWHERE, _LIST)
    if elsewhere:
        yield from _anothers(elsewhere, here, bound)


def _is_free(one: Found) -> bool:
    """Whether a file of git's may be written: a draft, or a lock that is removed."""
    real = one.place.real
    return os.path.basename(real) in _DRAFTS or (one.write.deletes and real.endswith(".lock"))


def _anothers(found: Sequence[Found], here: str, bound: str) -> Iterator[Deed]:
    """A session that has a contract stays out of the other worktrees."""
    foreseen = _foresee(here, (), None, bound)
    if not foreseen or not foreseen.contract:
        return
    works = f"contract {foreseen.contract} works in {here}"
    lent = _lent(found, here)
    for place in (one.place for one in found if one.place not in lent):
        from guard.rules.advice import explain

        if not place.path:  # some files of the worktree, which of them is not known
            yield Deed(f"{place.top} is another worktree; {works}", _ELSEWHERE, _LIST)
            continue
        same = os.path.join(here, place.path)
        advice = f"This session's copy of the file is {show(same)}."
        next_ = explain(place.path)
        if os.path.realpath(same) == place.real:  # a link leads to the other worktree
            while not os.path.islink(same):
                same = os.path.dirname(same)
            is_link = f"{show(same)} is a link to that worktree"
            advice = f"{is_link}; this session needs a copy in its place."
            next_ = f"ls -ld {shell_quote(same)}"
        what = f"{place.path} in {place.top} belongs to another worktree; {works}"
        yield Deed(what, f"{_ELSEWHERE} {advice}", next_)


def _lent(found: Sequence[Found], here: str) -> frozenset[Place]:
    """The places that links of this worktree reach and another one ignores, such as packages."""
    linked = [one.place for one in found if _is_below(one.named, here)]
    return ignored_places(linked)


def ignored_places(places: Sequence[Place]) -> frozenset[Place]:
    """Give the places that git ignores in their worktrees, which are asked once each."""
    found: list[Place] = []
    for top in dict.fromkeys(place.top for place in places):
        inside = [place for place in places if place.top == top and place.path]
        names = ignored(open_repository(at(top)), [place.path for place in inside])
        found += (place for place in inside if place.path in names)
    return frozenset(found)


def _is_below(named: str, here: str) -> bool:
    folder = os.path.normpath(named)
    while os.path.realpath(folder) != here:
        folder, inner = os.path.dirname(folder), folder
        if folder == inner:
            return False
    return True


def _proposals(one: Found, top: str) -> Iterator[Proposal]:
    from guard.agents.proposal import Proposal
    from guard.changes.starts_guard import may_start_guard

    place, write = one.place, one.write
    if place.in_git or (top and top not in (place.top, *place.around)) or (not top and place.top):
        return
    if place.top and not place.path and not write.deletes:  # no path that a contract could own
        return
    # Outside of all worktrees, only settings count.
    path = place.below(top) if top else place.real
    if not top and not may_start_guard(path):
        return
    within = ""
    if top != place.top:
        from guard.git.ancestry import has_commit  # most repositories are in no other

        # Without a commit, git counts a repository's files to the one around it.
        if has_commit(at(place.top)):
            within = path[: -len(place.path) - 1]
    if write.deletes and os.path.isdir(place.real) and not os.path.islink(place.real):
        for name in tracked(top, path) if top else ():
            yield Proposal(name, write, place.real, within)
        return
    yield Proposal(path, write, place.real, within)
