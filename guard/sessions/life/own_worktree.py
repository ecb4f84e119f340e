"""A session's own worktree: created with a branch under a contract, removed without losing work.

The layout is Claude Code's (code.claude.com/docs/en/worktrees): the folder `.claude/worktrees/NAME`
at the repository's root, and the files that `.worktreeinclude` names and git ignores.
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from typing import NamedTuple

from guard.contracts.model import LARGEST_FILE
from guard.contracts.new_branches import branch_under
from guard.core.errors import GitError, GuardError, NotAdopted, UsageError
from guard.core.files import open_file
from guard.core.names import ALPHANUMERICS, ref_of, shell_quote, show
from guard.core.writing import TEMPORARY
from guard.git.ancestry import commit_of, is_ancestor
from guard.git.isolate import scratch
from guard.git.linked import add_worktree, delete_branch, remove_worktree
from guard.git.locate import common_dir, top_of
from guard.git.objects import Objects
from guard.git.plumbing import at, records
from guard.git.repository import open_repository
from guard.git.worktrees import Worktree, worktrees
from guard.sessions.life.alone import alone
from guard.sessions.life.arriving import is_foreign
from guard.sessions.life.binding import bind
from guard.sessions.life.folder import main_tree, require_place, root_of, worktree_at
from guard.sessions.life.losses import losses, told
from guard.sessions.life.preparing import Left, announce, left_at, note_left
from guard.sessions.life.trash import throw
from guard.verdict.verdict import facts_without_changes

_FOLDER = ".claude/worktrees"
INCLUDE = ".worktreeinclude"
_UNFINISHED = f"{TEMPORARY}copy"  # a file that is being copied, beside its place
_LETTERS = ALPHANUMERICS | frozenset("-_.")
_FICLONE = 0x40049409  # linux/fs.h
_LONGEST = 64  # characters of a name (code.claude.com/docs/en/hooks, "WorktreeCreate input")


def create(start: str, name: str, bound: str = "") -> str:
    """Create the worktree `name` in the repository of the directory `start`; give its path.

    It works under the contract called `name`, or else under that of the session in `start`, which
    is `bound` if a conversation began under that. An existing worktree of that name is used. For
    the branch of a fork's pull request no file is copied and no hook runs. Raises GuardError and
    leaves nothing then.
    """
    _require_name(name)
    here = top_of(start)
    if not here:
        raise GitError(f"{start} is not in a git repository", hint="git init")
    root = root_of(here)
    path = os.path.join(root, _FOLDER, name)
    known = worktree_at(path, worktrees(at(here)))
    require_place(root, path, known)
    if known:
        if not (known.branch and is_foreign(open_repository(at(here)), known.branch)):
            complete(here, path, Preparing(_patterns(here)))
        return path
    branch, base, contract = _branch_and_start(here, name, bound)
    trusted = True
    if commit_of(at(here), ref_of(branch)):
        base, trusted = "", not is_foreign(open_repository(at(here)), branch)
    make(here, path, branch, base, Preparing(_patterns(here), trusted=trusted))
    if contract and trusted:
        _bind(here, path, branch, base, contract)
    return path


class Preparing(NamedTuple):
    """How a new worktree is prepared.

    The ignored files that `include` names, in gitignore's syntax, come along from the main
    worktree, copied or as links (`link`). With `commands` the policy's are to run, which whoever
    makes it does. Of a branch that is not `trusted` nothing is copied, and no hook runs.
    """

    include: bytes = b""
    link: bool = False
    commands: bool = False
    trusted: bool = True


def make(here: str, path: str, branch: str, start: str, how: Preparing) -> None:
    """Make the worktree `path` with `branch`: a new one at the commit `start`, or "" for one there.

    Filters are the user's, and so are hooks. What is left to do is noted meanwhile. Raises
    GuardError and leaves nothing then.
    """
    left = Left(copies=bool(how.include.strip()), commands=how.commands)
    try:
        announce(_shared(here), path, left)
        add_worktree(here, path, branch, start, hooks=how.trusted)
        if how.trusted:
            complete(here, path, how)
    except (GuardError, OSError) as error:
        _undo(here, path, branch, start)
        raise _uncopied(error) from error


def complete(here: str, path: str, how: Preparing) -> bool:
    """Copy what the worktree `path` still lacks of the ignored files, as `make` does.

    Tells whether something was left to do, copies or commands. Raises GuardError.
    """
    try:
        left = left_at(_shared(here), path)
        if left and left.copies:
            root = main_tree(here)
            for file in _included(root, how.include):
                _bring(os.path.join(root, file), os.path.join(path, file), link=how.link)
            note_left(path, left._replace(copies=False))
    except OSError as error:
        raise _uncopied(error) from error
    return left is not None


def is_unprepared(here: str, path: str) -> bool:
    """Tell whether something is left to do for the worktree `path`. Raises GuardError."""
    try:
        return left_at(_shared(here), path) is not None
    except OSError as error:
        raise _uncopied(error) from error


def _uncopied(error: GuardError | OSError) -> GuardError:
    if isinstance(error, GuardError):
        return error
    message = f"{error.filename} could not be copied: {error.strerror}"
    return GitError(message, hint=f"make room, or look at {INCLUDE}")


def remove(path: str) -> tuple[bool, str]:
    """Remove a worktree that holds no work; tell whether it is gone, and say what became of it.

    It goes to the trash, unless that is on another file system. Nothing is forced, and a branch
    with commits of its own stays.
    """
    top = top_of(path) if os.path.isdir(path) else ""
    if not top or os.path.realpath(path) != top:
        return True, f"{show(path)} is not a worktree; nothing was removed"
    known = worktrees(at(top))
    one = worktree_at(top, known[1:])
    why = "it is the main worktree" if one is None else _why_kept(one, top)
    if one is None or why:
        return False, f"kept at {show(path)}, because {why}"
    root, head = root_of(top), commit_of(at(top), "HEAD")
    main = root if known[0].bare else known[0].path
    try:
        is_whole = _thrown(main, one)
        if not is_whole:
            remove_worktree(main, top)
    except (GuardError, OSError) as error:
        return False, f"kept at {show(path)}, because {_plainly(error)}"
    back = f"; to bring it back: guard finish --undo {shell_quote(os.path.basename(top))}"
    return (
        True,
        f"removed {show(path)}{_released(root, one.branch, head)}{back if is_whole else ''}",
    )


def _thrown(main: str, one: Worktree) -> bool:
    """Whether the worktree is in the trash now; it cannot be if that is on another file system."""
    repository = open_repository(at(main))
    if os.lstat(one.path).st_dev != os.lstat(repository.common_dir).st_dev:
        return False
    with alone(repository.common_dir):
        throw(repository, os.path.basename(one.path), one)
    return True


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


def _require_name(name: str) -> None:
    sound = len(name) <= _LONGEST and all(
        part and _LETTERS.issuperset(part) and part[0] not in ".-" for part in name.split("/")
    )
    if not sound or ".." in name or name.endswith((".lock", ".")):
        hint = "use letters, digits, dots, dashes and slashes, such as feature-auth"
        raise UsageError(f"{show(name)!r} is not a valid name for a worktree", hint=hint)


def _bind(here: str, path: str, branch: str, start: str, contract: str) -> None:
    try:
        bind(open_repository(at(path)), contract)
    except (GuardError, OSError):
        _undo(here, path, branch, start)
        raise


def _branch_and_start(here: str, name: str, bound: str) -> tuple[str, str, str]:
    """The branch of a new worktree, the commit where it starts, and what it has to be bound to.

    The branch belongs to the contract `name`, or else to the contract of the session that asks. If
    that claims no branch of such a name, the worktree is bound to it.
    """
    own = f"worktree-{name}"
    try:
        facts = facts_without_changes(at(here), bound=bound)
    except NotAdopted:
        # As Claude Code does without guard.
        git = at(here)
        start = commit_of(git, "refs/remotes/origin/HEAD") or commit_of(git, "HEAD")
        if not start:
            raise GitError("there is no commit here to start from", hint="git commit") from None
        return own, start, ""
    contract = next((contract for contract in facts.contracts if contract.name == name), None)
    if contract is None and facts.trusted.contract_from == "base":
        contract = facts.contract
    branch = branch_under(contract, name) if contract else ""
    to = contract.name if contract and not branch else ""
    return branch or own, facts.trusted.oid, to


def _patterns(here: str) -> bytes:
    """What INCLUDE says on the base, or where there is no policy in the main worktree."""
    try:
        base = facts_without_changes(at(here)).trusted.oid
    except NotAdopted:
        return _on_disk(here)
    with contextlib.closing(Objects(at(here))) as objects:
        return include_of(objects, base)


def include_of(objects: Objects, oid: str) -> bytes:
    """Give what INCLUDE says in a commit, b"" if it is no file there."""
    found = objects.read(f"{oid}:{INCLUDE}", LARGEST_FILE)
    return found[1] if found and found[0].kind == "blob" else b""


def _on_disk(here: str) -> bytes:
    root = main_tree(here)
    include = os.path.join(root, INCLUDE)
    if not root or not os.path.isfile(include) or os.path.islink(include):
        return b""
    with open_file(include) as file:
        return file.read(LARGEST_FILE)


def _included(root: str, patterns: bytes) -> Iterator[str]:
    if not patterns.strip() or not root:
        return
    git = at(root).moved(GIT_LITERAL_PATHSPECS="0")  # check-ignore refuses to work with it
    with scratch() as folder:
        include = os.path.join(folder, "include")
        with open(include, "wb") as written:
            written.write(patterns)
        named = git.run("ls-files", "-z", "--others", "--ignored", f"--exclude-from={include}").out
    if not named:
        return
    inside = tuple(os.path.relpath(one.path, root) + "/" for one in worktrees(git)[1:])
    ignored = git.run("check-ignore", "-z", "--stdin", stdin=named, ok=(0, 1)).out
    for file in records(ignored):
        if not file.startswith((*inside, f"{_FOLDER}/")) and not file.endswith("/"):
            yield file


def _bring(source: str, target: str, *, link: bool) -> None:
    if os.path.lexists(target):
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if link:
        os.symlink(source, target)
        return
    unfinished = os.path.join(os.path.dirname(target), _UNFINISHED)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(unfinished)
    try:
        if os.path.islink(source) or not _cloned(source, unfinished):
            shutil.copy2(source, unfinished, follow_symlinks=False)
        os.rename(unfinished, target)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(unfinished)
        raise


def _cloned(source: str, target: str) -> bool:
    """Let both share the content, where the file system can (ioctl_ficlone(2))."""
    with open(source, "rb") as old, open(target, "xb") as new:
        try:
            fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
        except OSError:
            return False
    shutil.copystat(source, target)
    return True


def _released(root: str, branch: str, head: str) -> str:
    if not branch:
        return ""
    with contextlib.suppress(GuardError):
        if is_ancestor(at(root), head, facts_without_changes(at(root)).trusted.oid):
            delete_branch(root, branch, head)
            return f" and its branch {show(branch)}, which had no commits of its own"
    return f"; its branch {show(branch)} stays"


def _shared(here: str) -> str:
    return common_dir(here) or here  # which is git's own folder of a bare repository


def _undo(here: str, path: str, branch: str, start: str) -> None:
    with contextlib.suppress(OSError):
        announce(_shared(here), path, Left(copies=False, commands=False))
    with contextlib.suppress(GuardError):
        remove_worktree(here, path)
    if not os.path.lexists(path):
        with contextlib.suppress(OSError):
            os.removedirs(os.path.dirname(path))
    if start:
        with contextlib.suppress(GuardError):
            delete_branch(here, branch, start)
