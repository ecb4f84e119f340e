"""A session's worktree for Claude Code's WorktreeCreate and WorktreeRemove: made with a contract, released without losing work.

The layout is Claude Code's own, so that its other commands find what they expect (code.claude.com/docs/en/worktrees): the folder
`.claude/worktrees/NAME` at the repository's root, and the files that `.worktreeinclude` names and git ignores.
"""

from __future__ import annotations

import contextlib
import filecmp
import os
import shutil
from collections.abc import Iterator
from typing import NamedTuple

from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import Event, Reply
from guard.contracts.branches import branch_under
from guard.contracts.model import Contract
from guard.core.errors import GitError, GuardError, NotAdopted, UsageError
from guard.core.names import show
from guard.git import porcelain
from guard.git.locate import common_dir, top_of
from guard.git.plumbing import Worktree, at, records, worktrees
from guard.rules.facts import Facts
from guard.verdict.reading import facts_without_changes

_FOLDER = (".claude", "worktrees")
_INCLUDE = ".worktreeinclude"
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
_LONGEST = 64  # characters of a name (code.claude.com/docs/en/hooks, "WorktreeCreate input")


class Plan(NamedTuple):
    """A worktree to be made: its path, its branch, the commit that a new branch starts at, and the contract that claims it ("": none)."""

    path: str
    branch: str
    start: str
    contract: str


def answered(event: Event, start: str) -> Reply:
    """Make or remove a worktree; the reply's text is its absolute path, or why not."""
    if event.kind == kinds.WORKTREE_REMOVE:
        return Reply("allow", _removed(event.name))
    try:
        return Reply("allow", create(start, event.name))
    except GuardError as error:
        return Reply(
            "deny",
            f"guard: {show(error.message)}"
            + (f"\n  hint: {show(error.hint)}" if error.hint else ""),
        )


def create(start: str, name: str) -> str:
    """Make the worktree `name` for a session, asked for in the directory `start`; give its path. Raises GuardError and leaves nothing then.

    It works under the contract called `name`, else under the one of the session that asks for it. A worktree that is there already is
    given as it is.
    """
    _require_name(name)
    here = top_of(start)
    if not here:
        raise GitError(f"{start} is in no git repository", hint="git init")
    root = _root(here)
    path = os.path.join(root, *_FOLDER, name)
    known = next(
        (
            one
            for one in worktrees(at(here))
            if os.path.realpath(one.path) == os.path.realpath(path)
        ),
        None,
    )
    _require_place(root, path, known)
    if known:
        return path
    plan = _plan(here, path, name)
    tip = _commit(here, f"refs/heads/{plan.branch}")
    try:
        if tip:
            porcelain.check_out_worktree(here, path, plan.branch)
        else:
            porcelain.create_worktree(here, path, plan.branch, plan.start, as_user=True)
        for file in _included(root):
            _copy(os.path.join(root, file), os.path.join(path, file))
    except (GuardError, OSError) as error:
        _undo(here, plan, existed=bool(tip))
        if isinstance(error, OSError):
            raise GitError(
                f"{error.filename} could not be copied: {error.strerror}",
                hint=f"look at {_INCLUDE}",
            ) from error
        raise
    return path


def _removed(path: str) -> str:
    """Remove a worktree that holds no work; say what became of it. Nothing is forced, and a branch with commits of its own stays."""
    top = top_of(path) if os.path.isdir(path) else ""
    if not top or os.path.realpath(path) != top:
        return f"guard: {show(path)} is no worktree; nothing was removed"
    known = worktrees(at(top))
    one = next((other for other in known[1:] if os.path.realpath(other.path) == top), None)
    if one is None:
        return f"guard: {show(path)} is the main worktree; nothing was removed"
    root = _root(top)
    differing = [
        file
        for file in _included(root)
        if _differs(os.path.join(root, file), os.path.join(top, file))
    ]
    if differing:
        return f"guard: {show(path)} is kept: {show(differing[0])} differs from the one in {show(root)}"
    head = _commit(top, "HEAD")
    if not one.branch and not _is_reachable(root, head):
        return f"guard: {show(path)} is kept: its commits are on no branch"
    try:
        porcelain.remove_worktree(known[0].path if not known[0].bare else root, top)
    except GuardError as error:
        why = error.message.partition(", use --force")[
            0
        ]  # git's advice is what must not be followed here
        return f"guard: {show(path)} is kept: {show(why)}"
    return f"guard: removed {show(path)}{_released(root, one.branch, head)}"


def _require_name(name: str) -> None:
    parts = name.split("/")
    sound = 0 < len(name) <= _LONGEST and all(
        part and _LETTERS.issuperset(part) and part[0] not in ".-" for part in parts
    )
    if not sound or ".." in name or name.endswith((".lock", ".")):
        hint = "take letters, digits, dots, dashes and slashes, such as feature-auth"
        raise UsageError(f"{show(name)!r} is no name for a worktree", hint=hint)


def _require_place(root: str, path: str, known: Worktree | None) -> None:
    """Refuse a path through a link, which Claude Code refuses as well, and one where something else is, or was."""
    place = root
    for part in os.path.relpath(path, root).split("/"):
        place = os.path.join(place, part)
        if os.path.islink(place):
            raise GitError(f"{show(place)} is a symbolic link", hint="replace the link by a folder")
    if known and known.missing:
        raise GitError(
            f"the folder of the worktree {show(path)} is gone", hint="git worktree prune"
        )
    if not known and os.path.isdir(path) and os.listdir(path):
        raise GitError(
            f"{show(path)} is there already and is no worktree", hint="choose another name"
        )


def _root(top: str) -> str:
    """The top of the main worktree; where there is none, of the one that asks."""
    shared = common_dir(top)
    return os.path.dirname(shared) if os.path.basename(shared) == ".git" else top


def _plan(here: str, path: str, name: str) -> Plan:
    """Choose the branch: of the contract called like the worktree, else one more under the contract of the session that asks."""
    own = f"worktree-{name}"
    try:
        facts = _facts(here)
    except NotAdopted:
        start = _commit(here, "refs/remotes/origin/HEAD") or _commit(
            here, "HEAD"
        )  # as Claude Code does it by itself
        if not start:
            raise GitError("there is no commit here to start from", hint="git commit") from None
        return Plan(path, own, start, "")
    named = next((contract for contract in facts.contracts if contract.name == name), None)
    for contract in _candidates(named, facts):
        branch = branch_under(contract, name)
        if branch:
            return Plan(path, branch, facts.trusted.oid, contract.name)
    return Plan(path, own, facts.trusted.oid, "")


def _candidates(named: Contract | None, facts: Facts) -> Iterator[Contract]:
    if named:
        yield named
    elif facts.contract and facts.trusted.contract_from == "base":
        yield facts.contract


def _facts(here: str) -> Facts:
    return facts_without_changes(at(here))


def _commit(here: str, ref: str) -> str:
    """The commit that a ref stands for, "" where there is none."""
    return (
        at(here)
        .run("rev-parse", "--verify", "-q", ref + "^{commit}", ok=(0, 1, 128))
        .out.decode()
        .strip()
    )


def _included(root: str) -> Iterator[str]:
    """The files in the main worktree that `.worktreeinclude` names and git ignores, none of them in another worktree."""
    include = os.path.join(root, _INCLUDE)
    if not os.path.isfile(include) or os.path.islink(include):
        return
    git = at(root).moved(GIT_LITERAL_PATHSPECS="0")  # check-ignore refuses to work with it
    named = git.run("ls-files", "-z", "--others", "--ignored", f"--exclude-from={include}").out
    inside = tuple(os.path.relpath(one.path, root) + "/" for one in worktrees(git)[1:])
    for file in (
        records(git.run("check-ignore", "-z", "--stdin", stdin=named, ok=(0, 1)).out)
        if named
        else ()
    ):
        if not file.startswith((*inside, "/".join(_FOLDER) + "/")) and not file.endswith("/"):
            yield file


def _copy(source: str, target: str) -> None:
    """Copy one file, a link as a link; what the checkout has put there already stays."""
    if os.path.lexists(target):
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)


def _differs(one: str, other: str) -> bool:
    """Whether a copied file has been changed since."""
    if os.path.islink(one) or os.path.islink(other) or not os.path.isfile(other):
        return False
    return not os.path.isfile(one) or not filecmp.cmp(one, other, shallow=True)


def _is_reachable(root: str, commit: str) -> bool:
    return bool(commit) and bool(
        at(root).run("for-each-ref", "--count=1", f"--contains={commit}").out
    )


def _released(root: str, branch: str, head: str) -> str:
    """Delete a branch that has no commit which the base has not; say whether it stays."""
    if not branch:
        return ""
    with contextlib.suppress(GuardError):
        base = _facts(root).trusted.oid
        if at(root).run("merge-base", "--is-ancestor", head, base, ok=(0, 1)).code == 0:
            porcelain.delete_branch(root, branch, head)
            return f" and its branch {show(branch)}, which had no commits of its own"
    return f"; its branch {show(branch)} stays"


def _undo(here: str, plan: Plan, *, existed: bool) -> None:
    """Take back what there is of a worktree that could not be made whole."""
    with contextlib.suppress(GuardError):
        porcelain.remove_worktree(here, plan.path)
    with contextlib.suppress(OSError):
        os.removedirs(os.path.dirname(plan.path)) if not os.path.lexists(plan.path) else None
    if not existed:
        with contextlib.suppress(GuardError):
            porcelain.delete_branch(here, plan.branch, plan.start)
