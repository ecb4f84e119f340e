"""The trash: worktrees and branches that were removed, whole, with refs that keep their commits.

Nothing is deleted here but by `empty`. An entry is a folder in `guard/trash` of git's directory,
with the worktree (`folder`), git's own files about it (`git`) and `about.json`; the refs are below
`refs/guard/trash/ID/`. A worktree comes by a rename, so it has to be on the same file system. Of
one whose folder is away, only git's files come; of a branch without a worktree, only the note.
"""

import errno
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from guard.core.errors import GitError
from guard.core.files import read_head
from guard.core.mounts import mounts_below, umount
from guard.core.names import ref_of, shell_quote, show
from guard.core.writing import write_whole
from guard.git.ancestry import commit_of
from guard.git.locate import git_dir, linked
from guard.git.plumbing import records
from guard.git.refs import tips
from guard.git.repository import Repository
from guard.git.worktrees import Worktree, operation_in, worktrees
from guard.sessions.life.losses import TRASH
from guard.sessions.life.requests import bring_back

_FOLDER, _GIT, _ABOUT = "folder", "git", "about.json"
_TEXTS = ("name", "path", "branch", "tip", "contract")  # of a note
_MORE = ("when", "settings", "under", "along", "finish")
_MOST = 1 << 23  # bytes of a note; JSON takes up to six for one of a contract


class Entry(NamedTuple):
    """Something in the trash: a session's name, where its worktree was, its branch and tip.

    `under` is the name of its contract, and `contract` the text if that counted, else "". `when` is
    in seconds (time(2)); `whole` tells that its worktree is there. `settings` are the branch's in
    git's configuration, which git removes with it: what it follows, and so whether it is a fork's.
    `along` is the id of what went before it under the same name, and comes back with it. `finish`
    is the same for all that went by one command.
    """

    id: str
    name: str
    path: str
    branch: str
    tip: str
    contract: str
    when: float
    whole: bool
    settings: tuple[tuple[str, str], ...] = ()
    under: str = ""
    along: str = ""
    finish: str = ""


def admin_of(repository: Repository, one: Worktree) -> str:
    """Give git's directory for a linked worktree, also if its folder is away; "" if it has none."""
    path = os.path.normpath(one.path)
    return next((own for own, folder in linked(repository.common_dir) if folder == path), "")


def is_in_place(repository: Repository, one: Worktree) -> bool:
    """Tell whether the folder is the worktree that git knows there, not something else by now."""
    try:
        own = os.path.realpath(git_dir(one.path))
    except (GitError, OSError):
        return False
    return own == os.path.realpath(admin_of(repository, one))


def is_half_made(repository: Repository, one: Worktree) -> bool:
    """Tell whether git was stopped while it made a worktree: it is locked and has no index yet.

    git unlocks a worktree when it is complete (builtin/worktree.c, `add_worktree`).
    """
    admin = admin_of(repository, one) if one.locked else ""
    return bool(admin) and not os.path.lexists(os.path.join(admin, "index"))


def is_apart(repository: Repository, one: Worktree) -> bool:
    """Tell whether a worktree is on another file system than the trash. Raises OSError."""
    return os.lstat(one.path).st_dev != os.lstat(repository.common_dir).st_dev


def apart(one: Worktree) -> GitError:
    """Give the error for a worktree that is on another file system than the trash."""
    return GitError(
        f"{show(one.path)} was not removed: it is on another file system than the repository, "
        "so the trash cannot take it",
        hint=f"git worktree remove {shell_quote(one.path)}   # deletes it",
    )


def throw(
    repository: Repository, name: str, one: Worktree, contract: str = "", **more: str
) -> Entry:
    """Move a linked worktree into the trash, with whatever is in it; its branch stays.

    `name`, `contract` and `more` (`under`, `finish`) are of an Entry, for whoever brings it back.
    Raises GitError, and moves nothing, if it is on another file system or cannot be moved.
    """
    admin = admin_of(repository, one)
    if not admin:
        raise GitError(f"git knows no worktree at {show(one.path)}", hint="git worktree list")
    if one.missing and (begun := _begun(repository, name, one)):
        os.rename(admin, os.path.join(_root(repository), begun.id, _GIT))
        return begun
    entry, place = _new(repository, name, one.path, one.branch, contract, **more)
    _keep(repository, entry, one.head)
    try:
        if not one.missing:
            os.rename(one.path, os.path.join(place, _FOLDER))
        os.rename(admin, os.path.join(place, _GIT))
    except OSError as error:
        with suppress(OSError):
            os.rename(os.path.join(place, _FOLDER), one.path)
        forget(repository, entry.id)
        if error.errno == errno.EXDEV:
            raise apart(one) from error
        raise GitError(
            f"{show(one.path)} was not removed: {os.strerror(error.errno or 0)}",
            hint=f"ls -ld {shell_quote(os.path.dirname(one.path))}   # who may write there",
        ) from error
    return entry._replace(whole=not one.missing)


def _begun(repository: Repository, name: str, one: Worktree) -> Entry | None:
    """The entry that has the folder of a worktree alone: guard was stopped between the two."""
    for known in entries(repository):
        has_git = os.path.isdir(os.path.join(_root(repository), known.id, _GIT))
        if (known.name, known.path) == (name, one.path) and known.whole and not has_git:
            return known
    return None


def throw_branch(
    repository: Repository, name: str, branch: str, contract: str, **more: str
) -> Entry:
    """Note a branch without a worktree, which is about to be deleted. Raises GitError.

    If guard was stopped before that, its worktree is in the trash already, with the branch.
    """
    tip = commit_of(repository.git, ref_of(branch))
    for known in entries(repository):
        if (known.name, known.branch, known.tip) == (name, branch, tip):
            return known
    entry, _ = _new(repository, name, "", branch, contract, **more)
    _keep(repository, entry, "")
    return entry


def put_aside(repository: Repository, one: Worktree) -> Entry:
    """Move a worktree that git did not finish into the trash, where nothing of it is lost."""
    return throw(repository, os.path.basename(one.path), one)


def entries(repository: Repository) -> list[Entry]:
    """List what is in the trash, the newest first; what cannot be read is left out."""
    root = _root(repository)
    found = []
    for name in os.listdir(root) if os.path.isdir(root) else ():
        place = os.path.join(root, name)
        try:
            said = json.loads(read_head(os.path.join(place, _ABOUT), _MOST))
            texts = {key: str(said[key]) for key in _TEXTS}
            when = float(said["when"])
            settings = tuple((str(key), str(value)) for key, value in said.get("settings", ()))
            more = {key: str(said.get(key, "")) for key in ("under", "along", "finish")}
        except (ValueError, TypeError, KeyError):
            continue
        whole = os.path.isdir(os.path.join(place, _FOLDER))
        more["under"] = more["under"] or texts["name"]
        found.append(Entry(name, **texts, when=when, whole=whole, settings=settings, **more))
    return sorted(found, key=lambda entry: (entry.when, entry.id), reverse=True)


def together(repository: Repository, name: str = "") -> list[Entry]:
    """Give what comes back as one: the session `name`, or all that went by the last finish."""
    known = entries(repository)
    found = next((one for one in known if name in ("", one.name)), None)
    if not found:
        return []
    first = found.along or found.id
    all_of_it = found.finish if not name else ""
    return sorted(
        (one for one in known if first in (one.id, one.along) or one.finish == all_of_it != ""),
        key=lambda one: (bool(one.along), one.when, one.id),
    )


def require_free(repository: Repository, entry: Entry) -> None:
    """Raise GitError if the path or the branch of an entry is taken by now."""
    known = worktrees(repository.git)
    place, branch = shell_quote(entry.path), shell_quote(entry.branch)
    tip = commit_of(repository.git, ref_of(entry.branch)) if entry.branch else ""
    is_used = entry.whole and any(one.branch == entry.branch != "" for one in known)
    is_taken = bool(tip) and (tip != entry.tip or is_used)
    # A contract claims such a branch, unless it was told otherwise.
    rename = f"git branch -m {branch} {shell_quote(f'other/{entry.under}')}"
    if entry.whole and os.path.lexists(entry.path):
        is_worktree = any(one.path == entry.path for one in known)
        move = "git worktree move" if is_worktree else "mv"
        moved = f"{move} {place} {shell_quote(f'{entry.path}.other')}"
        raise GitError(
            f"{show(entry.path)} is there again, so the old one cannot come back",
            hint=f"{moved} && {rename}" if is_taken else moved,
        )
    if is_taken:
        how = "with other commits" if tip != entry.tip else "and checked out"
        raise GitError(f"the branch {show(entry.branch)} is there again, {how}", hint=rename)


def restore(repository: Repository, entry: Entry) -> str:
    """Bring a worktree and its branch back, whose places are free; give the path.

    Its note stays until `forget`, so that whoever is stopped before that can go on.
    If its folder was away, git knows it again, wherever that is now. Raises GitError.
    """
    place = folder_of(repository, entry.id)
    tip = commit_of(repository.git, ref_of(entry.branch)) if entry.branch else ""
    if entry.branch and not tip and entry.tip:
        words = ("update-ref", "-m", "guard: finish --undo", ref_of(entry.branch), entry.tip)
        repository.git.run(*words, repository.zero)
        config = os.path.join(repository.common_dir, "config")
        for key, value in entry.settings:
            repository.git.run("config", "--file", config, "--add", key, value)
    if entry.whole or os.path.isdir(os.path.join(place, _GIT)):
        _put_back(repository, entry, place)
    bring_back(repository.common_dir, entry.name, place)
    return entry.path if entry.whole else ""


def _put_back(repository: Repository, entry: Entry, place: str) -> None:
    worktrees = os.path.join(repository.common_dir, "worktrees")
    folder = os.path.join(place, _FOLDER) if entry.whole else entry.path
    said = read_head(os.path.join(folder, ".git"), 1 << 13).decode("utf-8", "replace")
    name = os.path.basename(said.strip()) or os.path.basename(entry.path)
    admin = os.path.join(worktrees, name)
    try:
        os.makedirs(worktrees, exist_ok=True)
        if os.path.isdir(os.path.join(place, _GIT)):
            while os.path.lexists(admin):
                admin += "-again"
            os.rename(os.path.join(place, _GIT), admin)
        if entry.whole:
            os.makedirs(os.path.dirname(entry.path), exist_ok=True)
            os.rename(folder, entry.path)
    except OSError as error:
        message = f"{show(entry.path)} cannot come back: {os.strerror(error.errno or 0)}"
        raise GitError(message, hint=f"ls {shell_quote(place)}") from error
    if os.path.isdir(entry.path):
        repository.git.run("worktree", "repair", "--", entry.path)


def unseen(repository: Repository, entry: Entry) -> bool:
    """Tell whether git's files of a worktree whose folder was away have work that nobody saw.

    That is what was staged, an operation in progress, or refs of its own (gitrepository-layout(5)).
    """
    own = os.path.join(_root(repository), entry.id, _GIT)
    if entry.whole or not os.path.isdir(own):
        return False
    refs = os.path.join(own, "refs", "worktree")
    index = os.path.join(own, "index")
    if operation_in(own) or (os.path.isdir(refs) and os.listdir(refs)):
        return True
    if not os.path.lexists(index):
        return False
    words = ("diff-index", "--cached", "--quiet", f"{TRASH}/{entry.id}/head", "--")
    git = repository.git.moved(GIT_INDEX_FILE=index)
    return git.run(*words, ok=(0, 1, 128)).code != 0


def look_at_unseen(repository: Repository, entry: Entry) -> tuple[str, str]:
    """Give the commands for an entry that is `unseen`: to have it back, and to let go of it."""
    own = os.path.join(_root(repository), entry.id, _GIT)
    return (
        f"guard finish --undo {shell_quote(entry.name)}   # once its folder is there again",
        f"rm -r {shell_quote(own)}   # if that is gone for good",
    )


def empty(repository: Repository) -> tuple[int, list[Entry]]:
    """Delete what is in the trash, and its refs; give the number of entries, and what stays.

    What is `unseen` stays. Raises GitError, and deletes nothing, if something is mounted there:
    that lies elsewhere.
    """
    root, count = _root(repository), 0
    if not os.path.isdir(root):
        return 0, []
    try:
        mounted = mounts_below(root)
    except OSError as error:
        raise _undeletable(root, str(error.filename), error) from error
    if mounted:
        raise GitError(
            f"nothing was deleted: {show(', '.join(mounted))} is mounted from elsewhere",
            hint=umount(mounted),
        )
    stay = [entry for entry in entries(repository) if unseen(repository, entry)]
    for name in sorted({*os.listdir(root)} - {entry.id for entry in stay}):
        try:
            shutil.rmtree(os.path.join(root, name))
        except OSError as error:
            raise _undeletable(root, os.path.join(root, name), error) from error
        forget(repository, name)
        count += 1
    return count, stay


def _undeletable(root: str, path: str, error: OSError) -> GitError:
    message = f"{show(path)} cannot be deleted: {error.strerror}"
    return GitError(message, hint=f"ls -la {shell_quote(root)}")


def folder_of(repository: Repository, entry_id: str) -> str:
    """Give the folder of an entry."""
    return os.path.join(_root(repository), entry_id)


def _root(repository: Repository) -> str:
    return os.path.join(repository.common_dir, "guard", "trash")


def _new(
    repository: Repository,
    name: str,
    path: str,
    branch: str,
    contract: str,
    **more: str,
) -> tuple[Entry, str]:
    when = time.time()
    tip = commit_of(repository.git, ref_of(branch)) if branch else ""
    settings = tuple(_settings(repository, branch)) if branch else ()
    stem = time.strftime("%Y%m%d-%H%M%S", time.gmtime(when))
    for number in range(1, 1000):
        id_ = f"{stem}-{number}"
        place = os.path.join(_root(repository), id_)
        try:
            os.makedirs(place)
        except FileExistsError:
            continue
        except OSError as error:
            message = f"{show(place)} cannot be made: {error.strerror}"
            raise GitError(message, hint="make room, then run it again") from error
        entry = Entry(id_, name, path, branch, tip, contract, when, whole=False, settings=settings)
        along, finish = more.get("along", ""), more.get("finish", "")
        entry = entry._replace(under=more.get("under") or name, along=along, finish=finish)
        said = {key: getattr(entry, key) for key in (*_TEXTS, *_MORE)}
        try:
            write_whole(os.path.join(place, _ABOUT), json.dumps(said).encode())
        except OSError:
            forget(repository, id_)
            raise
        return entry, place
    raise GitError("the trash has too many entries of this second", hint="run it again")


def _settings(repository: Repository, branch: str) -> Iterator[tuple[str, str]]:
    """The settings of a branch in the repository's own configuration (git-config(1))."""
    config = os.path.join(repository.common_dir, "config")
    words = ("config", "--file", config, "-z", "--get-regexp", r"^branch\.")
    for line in records(repository.git.run(*words, ok=(0, 1)).out):
        key, _, value = line.partition("\n")
        if key.rpartition(".")[0] == f"branch.{branch}":
            yield key, value


def _keep(repository: Repository, entry: Entry, head: str) -> None:
    for what, commit in (("branch", entry.tip), ("head", head)):
        if commit:
            repository.git.run("update-ref", f"{TRASH}/{entry.id}/{what}", commit)


def forget(repository: Repository, id_: str) -> None:
    """Remove an entry's refs and its note; whatever else is in its folder stays."""
    for ref in _refs(repository, id_):
        repository.git.run("update-ref", "-d", ref)
    place = os.path.join(_root(repository), id_)
    with suppress(OSError):
        os.unlink(os.path.join(place, _ABOUT))
    with suppress(OSError):
        os.rmdir(place)


def _refs(repository: Repository, id_: str) -> Iterator[str]:
    return iter(tips(repository.git, f"{TRASH}/{id_}"))
