"""Whether a shell may run a command, by what it certainly does to hooks, git's files and contracts.

What else it writes is seen later, on the disk.
"""

from __future__ import annotations

import os

from guard.agents.protocol.event import ALLOW, Deed, Event, Reply, Write
from guard.agents.shell.deeds import LEADS, PUSHES_ALL, REWRITES, TAKES, Deeds, Risk
from guard.agents.shell.touches import Touch
from guard.changes.starts_guard import may_start_guard
from guard.git.locate import (
    Place,
    common_dir,
    folder_of,
    git_dir,
    holds,
    linked_dirs,
    locate,
    own_top,
    posix_path,
    top_of,
    tops_beside,
    worktree_in,
)

_LOOKED_AT = frozenset(
    "branch update-ref symbolic-ref worktree reflog filter-branch filter-repo".split()
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def may_run(deeds: Deeds, event: Event, start: str) -> Reply:
    """Say whether a shell may run a command that does `deeds`.

    Raises GuardError if no verdict can be reached.
    """
    here = own_top(start)
    base = os.path.join(start, posix_path(event.directory, event.cwd)) if event.directory else start
    refused = list(_refused(deeds.refused, here, base)) if deeds.refused else []
    placed = [(risk, _top(_joined(base, risk.directory))) for risk in deeds.risks]
    of_guard = [(risk, top) for risk, top in placed if top and risk.words[0] in LEADS]
    if of_guard and not refused:
        from guard.agents.leading import led  # few commands are guard's

        refused = list(led(of_guard, here, event.conversation))
    told = event.conversation
    risks = [one for one in placed if here and one[1] and _may_matter(*one, here, told)]
    if risks and not refused:
        from guard.agents.leading import bound_anywhere
        from guard.agents.others_work import endangered  # few commands are of that kind

        refused = endangered(risks, here, base, bound_anywhere(here, event.conversation))
    if refused:
        from guard.agents.may_write import denied

        return denied(refused)
    touched = list(_protected(deeds.touched, here, base))
    if not touched and not deeds.patched:
        return ALLOW
    from guard.agents.may_write import Found, judged, landing  # few paths are protected

    found = [Found(write, place) for write, place in touched]
    found += landing(deeds.patched, event.cwd, base)
    return judged(here, found, None, event) if found else ALLOW


def _refused(deeds: Sequence[Deed], here: str, base: str) -> Iterator[Deed]:
    """The deeds in worktrees where guard is adopted."""
    from guard.agents.may_write import is_adopted

    adopted: dict[str, bool] = {}
    for deed in deeds:
        top = here if deed.directory is None else top_of(_joined(base, deed.directory))
        if top not in adopted:
            adopted[top] = is_adopted(top)
        if adopted[top]:
            yield deed


def _may_matter(risk: Risk, top: str, here: str, conversation: str) -> bool:
    """Whether a command may be about another session; most are about this worktree and branch."""
    verb, takes = risk.words[0], risk.words[1:2]
    if verb in LEADS:
        return False
    if verb == "stash" and takes and takes[0] in TAKES:
        return True
    if verb == "push":
        names = len(risk.words) > 2 or not PUSHES_ALL.isdisjoint(risk.words)
        return top != here or names or _names_branches(risk.words)
    if verb == "fetch":
        return _names_branches(risk.words)
    if top == here and verb == "pull" and _names_branches(risk.words):
        return True
    if top == here and verb in ("checkout", "switch", *REWRITES):
        creates = not {"-B", "-C", "--force-create"}.isdisjoint(risk.words)
        return creates or _may_have_left(top, conversation)
    return top != here or verb in _LOOKED_AT


def _may_have_left(top: str, conversation: str) -> bool:
    """Whether a conversation is under a contract, and may stand on a branch of something else.

    A command that switches the branch may go on to commit there, so only a branch that is called
    like the contract is surely its own.
    """
    if not conversation:
        return False
    from guard.git.conversations import bound_in

    shared, own = common_dir(top), git_dir(top)
    contract = bound_in(own, conversation)
    if not contract and own == shared:
        return any(bound_in(one, conversation) for one in linked_dirs(shared))
    return contract != ""


def _top(path: str) -> str:
    """The top of the worktree of a folder, which may be git's own for one."""
    if os.path.basename(path) == ".git":
        return top_of(os.path.dirname(path))
    return top_of(folder_of(path) or path)


def _names_branches(words: Sequence[str]) -> bool:
    """Whether a push is to this repository, or a fetch names a branch to bring it to."""
    local = any(word.startswith((".", "/", "~", "file:")) for word in words[1:])
    return local or (words[0] != "push" and any(":" in word for word in words[2:]))


def _joined(base: str, directory: str) -> str:
    return os.path.join(base, os.path.expanduser(directory))


def _protected(touches: Sequence[Touch], here: str, base: str) -> Iterator[tuple[Write, Place]]:
    """The protected places: git's own files, policy, contracts and what starts guard.

    Nobody looks at other worktrees of the repository afterwards, so they are protected too. Each
    worktree is asked once, however many paths of it a command names.
    """
    strange: list[tuple[Write, Place]] = []
    folders: dict[str, list[tuple[Write, Place]]] = {}
    for touch in touches:
        folder = _joined(base, touch.directory)
        if touch.glob:
            yield from _globbed(touch, folder, here)
        if not touch.path:
            continue
        write = Write(touch.path, touch.deletes)
        for place in locate(touch.path, folder, follow=not touch.deletes):
            is_top = place.top != "" and not place.path
            whole = touch.deletes and not touch.inside
            whole = whole and (is_top or worktree_in(place.real, here) != "")
            if place.in_git or whole or _is_minded(place.path or place.real):
                yield write, place
            elif _is_elsewhere(place, here, touch):
                strange.append((Write(touch.path, touch.deletes and not touch.inside), place))
            elif touch.deletes and not touch.inside and place.top and os.path.isdir(place.real):
                folders.setdefault(place.top, []).append((write, place))
    if strange:
        from guard.agents.may_write import ignored_places  # most commands stay in a worktree

        free = ignored_places([place for _, place in strange])
        yield from (one for one in strange if one[1] not in free)
    for top, removed in folders.items():
        yield from _minded_in(top, removed)


def _globbed(touch: Touch, folder: str, here: str) -> Iterator[tuple[Write, Place]]:
    """What a glob removes: worktrees, files of others than this one, and protected files."""
    from guard.agents.globs import matched, reached  # few commands remove by a glob

    for path in reached(touch.glob, folder, tops_beside(here)) if here else ():
        for place in locate(path, folder, follow=False):
            if place.top != here or not place.path or worktree_in(place.real, here):
                yield Write(path, deletes=True), place
    inside = os.path.realpath(_joined(folder, touch.path))
    top = own_top(inside) if os.path.isdir(inside) else ""
    if not top:
        return
    from guard.agents.may_write import tracked

    names = filter(_is_minded, tracked(top, os.path.relpath(inside, top)))
    for path in matched(touch.glob, folder, [os.path.join(top, name) for name in names]):
        for place in locate(path, folder, follow=False):
            yield Write(path, deletes=True), place


def _minded_in(top: str, removed: Sequence[tuple[Write, Place]]) -> Iterator[tuple[Write, Place]]:
    """The protected files in folders of a worktree that are removed as a whole."""
    from guard.agents.may_write import tracked

    names = filter(_is_minded, tracked(top, *(place.path for _, place in removed)))
    for name in names:
        real = os.path.join(top, name)
        yield from (
            (write, place._replace(real=real, path=name))
            for write, place in removed
            if holds(place.real, real)
        )


def _is_elsewhere(place: Place, here: str, touch: Touch) -> bool:
    """Whether a place is in another worktree of the repository, or files of one are touched."""
    is_inside = place.path != "" or not touch.deletes or touch.inside
    is_other = is_inside and here != "" and place.top not in ("", here)
    return is_other and common_dir(place.top) == common_dir(here)


def _is_minded(path: str) -> bool:
    return path.partition("/")[0] in (".guard", "guard.toml") or may_start_guard(path.lstrip("/"))
