"""A session's own worktree: created with a branch under a contract, removed without losing work.

The layout is Claude Code's (code.claude.com/docs/en/worktrees): the folder `.claude/worktrees/NAME`
at the repository's root, and the files that `.worktreeinclude` names and git ignores.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator

from guard.contracts.new_branches import branch_under
from guard.core.errors import GitError, GuardError, NotAdopted, UsageError
from guard.core.names import ALPHANUMERICS, ref_of, shell_quote, show
from guard.git import porcelain
from guard.git.ancestry import commit_of, is_ancestor
from guard.git.locate import common_dir, top_of
from guard.git.plumbing import at, records
from guard.git.worktrees import Worktree, worktrees
from guard.sessions.losses import losses, told
from guard.verdict.reading import facts_without_changes

_FOLDER = ".claude/worktrees"
_INCLUDE = ".worktreeinclude"
_LETTERS = ALPHANUMERICS | frozenset("-_.")
_LONGEST = 64  # characters of a name (code.claude.com/docs/en/hooks, "WorktreeCreate input")


def create(start: str, name: str) -> str:
    """Create the worktree `name` in the repository of the directory `start`; give its path.

    It works under the contract called `name`, or else under that of the session in `start`. An
    existing worktree of that name is used. Raises GuardError and leaves nothing then.
    """
    _require_name(name)
    here = top_of(start)
    if not here:
        raise GitError(f"{start} is not in a git repository", hint="git init")
    root = _root(here)
    path = os.path.join(root, _FOLDER, name)
    known = _worktree_at(path, worktrees(at(here)))
    _require_place(root, path, known)
    if known:
        return path
    branch, base = _branch_and_start(here, name)
    tip = commit_of(at(here), ref_of(branch))
    try:
        if tip:
            porcelain.check_out_worktree(here, path, branch)
        else:
            porcelain.create_worktree(here, path, branch, base, as_user=True)
        for file in _included(root):
            _copy(os.path.join(root, file), os.path.join(path, file))
    except (GuardError, OSError) as error:
        _undo(here, path, branch, "" if tip else base)
        if isinstance(error, GuardError):
            raise
        message = f"{error.filename} could not be copied: {error.strerror}"
        raise GitError(message, hint=f"look at {_INCLUDE}") from error
    return path


def remove(path: str) -> tuple[bool, str]:
    """Remove a worktree that holds no work; tell whether it is gone, and say what became of it.

    Nothing is forced, and a branch with commits of its own stays.
    """
    top = top_of(path) if os.path.isdir(path) else ""
    if not top or os.path.realpath(path) != top:
        return True, f"{show(path)} is not a worktree; nothing was removed"
    known = worktrees(at(top))
    one = _worktree_at(top, known[1:])
    why = "it is the main worktree" if one is None else _why_kept(one, top)
    if one is None or why:
        return False, f"kept at {show(path)}, because {why}"
    root, head = _root(top), commit_of(at(top), "HEAD")
    try:
        porcelain.remove_worktree(root if known[0].bare else known[0].path, top)
    except (GuardError, OSError) as error:
        return False, f"kept at {show(path)}, because {_plainly(error)}"
    return True, f"removed {show(path)}{_released(root, one.branch, head)}"


def _why_kept(one: Worktree, top: str) -> str:
    if os.path.islink(one.path):  # git would empty what it leads to, and fail then
        return "it is a symbolic link; replace it with the folder"
    if one.locked:
        unlock = f"git -C {shell_quote(top)} worktree unlock {shell_quote(one.path)}"
        return f"it is locked; if it may go: {unlock}"
    try:
        lost = losses(top)
    except (GuardError, OSError) as error:
        return _plainly(error)
    return told(top, lost) if lost else ""


def _plainly(error: GuardError | OSError) -> str:
    """git advises to force it, which would lose the work."""
    why = error.message if isinstance(error, GuardError) else str(error)
    return show(why.partition(", use --force")[0])


def _worktree_at(path: str, known: list[Worktree]) -> Worktree | None:
    real = os.path.realpath(path)
    return next((one for one in known if os.path.realpath(one.path) == real), None)


def _require_name(name: str) -> None:
    sound = len(name) <= _LONGEST and all(
        part and _LETTERS.issuperset(part) and part[0] not in ".-" for part in name.split("/")
    )
    if not sound or ".." in name or name.endswith((".lock", ".")):
        hint = "use letters, digits, dots, dashes and slashes, such as feature-auth"
        raise UsageError(f"{show(name)!r} is not a valid name for a worktree", hint=hint)


def _require_place(root: str, path: str, known: Worktree | None) -> None:
    place = root
    for part in os.path.relpath(path, root).split("/"):
        place = os.path.join(place, part)
        if os.path.islink(place):
            raise GitError(
                f"{show(place)} is a symbolic link", hint="replace the link with a folder"
            )
    if known and known.missing:
        message = f"the folder of the worktree {show(path)} is not there"
        raise GitError(message, hint=f"{known.forget}   # if it is gone for good")
    if not known and os.path.isdir(path) and os.listdir(path):
        message = f"{show(path)} exists and is not a worktree"
        raise GitError(message, hint="choose another name")


def _root(top: str) -> str:
    shared = common_dir(top)
    return os.path.dirname(shared) if os.path.basename(shared) == ".git" else top


def _branch_and_start(here: str, name: str) -> tuple[str, str]:
    """The branch of a new worktree, and the commit where it starts.

    The branch belongs to the contract `name`, or else to the contract of the session that asks.
    """
    own = f"worktree-{name}"
    try:
        facts = facts_without_changes(at(here))
    except NotAdopted:
        # As Claude Code does without guard.
        git = at(here)
        start = commit_of(git, "refs/remotes/origin/HEAD") or commit_of(git, "HEAD")
        if not start:
            raise GitError("there is no commit here to start from", hint="git commit") from None
        return own, start
    contract = next((contract for contract in facts.contracts if contract.name == name), None)
    if contract is None and facts.trusted.contract_from == "base":
        contract = facts.contract
    branch = branch_under(contract, name) if contract else ""
    return branch or own, facts.trusted.oid


def _included(root: str) -> Iterator[str]:
    include = os.path.join(root, _INCLUDE)
    if not os.path.isfile(include) or os.path.islink(include):
        return
    git = at(root).moved(GIT_LITERAL_PATHSPECS="0")  # check-ignore refuses to work with it
    named = git.run("ls-files", "-z", "--others", "--ignored", f"--exclude-from={include}").out
    inside = tuple(os.path.relpath(one.path, root) + "/" for one in worktrees(git)[1:])
    if not named:
        return
    ignored = git.run("check-ignore", "-z", "--stdin", stdin=named, ok=(0, 1)).out
    for file in records(ignored):
        if not file.startswith((*inside, f"{_FOLDER}/")) and not file.endswith("/"):
            yield file


def _copy(source: str, target: str) -> None:
    if os.path.lexists(target):
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)


def _released(root: str, branch: str, head: str) -> str:
    if not branch:
        return ""
    with contextlib.suppress(GuardError):
        if is_ancestor(at(root), head, facts_without_changes(at(root)).trusted.oid):
            porcelain.delete_branch(root, branch, head)
            return f" and its branch {show(branch)}, which had no commits of its own"
    return f"; its branch {show(branch)} stays"


def _undo(here: str, path: str, branch: str, start: str) -> None:
    with contextlib.suppress(GuardError):
        porcelain.remove_worktree(here, path)
    if not os.path.lexists(path):
        with contextlib.suppress(OSError):
            os.removedirs(os.path.dirname(path))
    if start:
        with contextlib.suppress(GuardError):
            porcelain.delete_branch(here, branch, start)
