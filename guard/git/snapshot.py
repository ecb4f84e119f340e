"""The working tree as git would commit it: a copy of the index, brought up to date.

The user's index and object store stay as they are, and no filter of the repository runs. What
hides edits from git (`assume-unchanged`, `skip-worktree`, wrong times) does not hide them here.
"""

import os
import stat
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from guard.changes.change import ABSENT, GITLINK, SYMLINK, Change, folders_above
from guard.core.errors import GitError
from guard.core.files import look_at_folder, open_file, read_head
from guard.git.ancestry import has_commit
from guard.git.compare import diff_index, read_changes
from guard.git.filters import filtered, filters_of, lfs_pointer, switched_off, untouched
from guard.git.isolate import quoted
from guard.git.merge import VirtualBase, differing
from guard.git.objects import object_id
from guard.git.plumbing import Answer, Git, Process, as_records, records, require
from guard.git.repository import Repository

_EDITED = ("diff-files", "-z", "--name-only", "--ignore-submodules=dirty")
_OTHERS = ("ls-files", "-z", "--others", "--exclude-standard")
_LISTINGS = 5  # of what is not tracked, until no folder was changed meanwhile
GRAIN = 20_000_000  # nanoseconds: the clock of a file system moves in steps (a jiffy)


class Asked(NamedTuple):
    """What git is asked about a working tree: hidden index bits, and edited and other paths.

    `at` is what a write would change of the index; `filters` are the drivers switched off.
    """

    at: tuple[int, ...]
    filters: list[str]
    flagged: Process
    edited: Process
    others: Process

    def end(self) -> None:
        """Let every process end; nobody waits for its answer any more."""
        for process in (self.flagged, self.edited, self.others):
            if not process.ended():
                process.stop()
            process.end()


def working_tree_changes(
    repository: Repository,
    base: VirtualBase,
    bases: Sequence[str],
    folder: str,
    early: Asked | None,
) -> list[Change]:
    """The changes from the merge base to the working tree, with untracked but not ignored files.

    `base` stands for all merge `bases`; `folder` is a scratch directory; `early` is from
    `ask_early`. No object is stored; the ids of untracked files are zeros.
    """
    copy = copied(repository, folder, base.store, early=early)

    def compare(tree: str) -> list[Change]:
        return read_changes(diff_index(copy.git, tree))

    changes = differing(base, bases, compare)
    again = {change.path for change in changes if change.status == "D"}.intersection(copy.untracked)
    if again:  # deleted in the index, but on disk
        take(copy, sorted(again))
        changes = differing(base, bases, compare)
    for path in copy.untracked:
        if path not in again:
            mode = _mode(repository.top, path)
            zero = repository.zero
            changes.append(Change("A", path.rstrip("/"), ABSENT, mode, zero, zero))
    return sorted(changes, key=lambda change: change.path)


class Copy(NamedTuple):
    """A copy of the index with all tracked files up to date, and the git that works on it.

    `untracked` are the paths outside it, an inner repository with a slash at its end. `filters`
    are the drivers switched off. `keep` stores new contents instead of only hashing them. `looks`
    has the edited paths as they were before they were read.
    """

    repository: Repository
    git: Git
    untracked: list[str]
    filters: list[str]
    keep: bool
    looks: dict[str, tuple[int, ...]]


def ask_early(repository: Repository, names: Process) -> Asked:
    """Start asking what `copied` will need of the working tree; git reads the index itself.

    `names` are those of the configuration, asked for before (`filters.ask_filters`).
    """
    filters = filters_of(repository.git, names)
    git = on_copy(repository, "", filters, copy=False)
    return _ask(git, repository.index_file, filters)


def _ask(git: Git, index: str, filters: list[str]) -> Asked:
    return Asked(
        look_at(index),
        filters,
        git.start("ls-files", "-v", "-z"),
        git.start(*_EDITED),
        git.start(*_OTHERS),
    )


def copied(
    repository: Repository,
    folder: str,
    store: str = "",
    *,
    keep: str = "",
    early: Asked | None = None,
) -> Copy:
    """Copy the index into the scratch directory `folder` and update it from the working tree.

    `store` is another object store to read from. `keep` is an object store for new contents.
    `early` is from `ask_early`; if the index was written since, git is asked again. Raises
    UsageError if there is no working tree, GitError if a file cannot be inspected.
    """
    top = repository.require_top()
    filters = early.filters if early else filters_of(repository.git)
    git = on_copy(repository, folder, filters, store, copy=True)
    if keep:
        git = git.moved(GIT_OBJECT_DIRECTORY=keep)
    asked = early
    if asked is None or asked.at != look_at(repository.index_file):
        asked = _ask(git, os.path.join(folder, "index"), filters)
    edits = asked.edited
    if _reveal(git, top, records(asked.flagged.answer().out)):
        edits = git.start(*_EDITED)
    # Temporary files may lie in the working tree.
    places = [folder, os.path.dirname(store), os.path.dirname(keep)]
    untracked = untracked_in(repository, records(asked.others.answer().out), places)
    edited = _edited(git, top, require(edits.answer(), _EDITED))
    looks = {path: _look(top, path) for path in edited}
    copy = Copy(repository, git, untracked, filters, bool(keep), looks)
    take(copy, edited)
    return copy


def untracked_in(
    repository: Repository, listed: Sequence[str], besides: Sequence[str]
) -> list[str]:
    """Give untracked paths without other worktrees, and without what lies in guard's own places."""
    top = os.path.realpath(repository.top)
    places = [os.path.realpath(place) for place in besides if place]
    ours = tuple(os.path.relpath(place, top) + "/" for place in places)
    return [
        path for path in listed if not path.startswith(ours) and not _is_worktree(repository, path)
    ]


def is_current(copy: Copy, added: Sequence[str], folder: str) -> bool:
    """Tell whether the working tree is still as it was read, with the untracked paths `added`.

    The copy knows the times of what was read; what differs from it was written since. A path whose
    filter did not run differs anyway: there the times before the reading count.
    """
    git, top = copy.git, copy.repository.top
    written = records(git.run(*_EDITED).out)
    if any(copy.looks.get(path) != _look(top, path) for path in written):
        return False
    places = [folder, os.path.dirname(git.env.get("GIT_OBJECT_DIRECTORY", ""))]
    folders = folders_above((*records(git.run("ls-files", "-z").out), *copy.untracked))
    for _ in range(_LISTINGS):
        begun = time.time_ns() - GRAIN
        listed = records(git.run(*_OTHERS).out)
        if are_still(top, folders, begun):  # else a file may have gone where git had been already
            new = untracked_in(copy.repository, listed, places)
            return set(new) <= set(copy.untracked) - set(added)
    return False


def are_still(top: str, folders: Iterable[str], begun: int) -> bool:
    """Tell whether no folder below `top` was changed in any way since `begun` (nanoseconds).

    One that is gone was not: the one above it has changed.
    """
    at = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return all(_changed(at, folder) < begun for folder in folders)
    finally:
        os.close(at)


def _changed(top: int, folder: str) -> int:
    try:
        return os.stat(folder[:-1] or ".", dir_fd=top, follow_symlinks=False).st_ctime_ns
    except OSError:
        return 0


def _look(top: str, path: str) -> tuple[int, ...]:
    """What a write changes of a file (lstat(2)); nothing if there is no file."""
    return look_at(os.path.join(top, path))


def look_at(file: str) -> tuple[int, ...]:
    """Give what a write changes of a file (lstat(2)); nothing if there is no file."""
    try:
        found = os.lstat(file)
    except OSError:
        return ()
    return (found.st_mode, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def unfiltered(repository: Repository, path: str) -> Git | None:
    """Give a git that runs no filter driver; None if `path` has one, so its file tells nothing."""
    filters = filters_of(repository.git)
    if not filters:
        return repository.git
    git = repository.git.moved(**switched_off(repository.git, filters))
    return None if any(filtered(git, [path])) else git


def take(copy: Copy, paths: list[str]) -> None:
    """Update `paths` in the copy. A path behind a link, which git never follows, is removed."""
    git, top = copy.git, copy.repository.top
    away = _behind_links(top, paths)
    if away:
        remove(git, sorted(away))
        paths = [path for path in paths if path not in away]
    others = []
    pointers: dict[str, bytes] = {}
    if copy.filters and paths:
        for path, driver in filtered(git, paths):
            if driver != "lfs":
                others.append(path)
            elif pointer := lfs_pointer(os.path.join(top, path)):
                pointers[path] = pointer
    kept = untouched(git, top, others).union(pointers)
    plain = [path for path in paths if path not in kept]
    if plain:
        how = () if copy.keep else ("--info-only",)
        _update(git, *how, "--add", "--remove", "--replace", "--stdin", listed=plain)
    if pointers:
        lines = [
            f"{_mode(top, path)} {_blob(copy, pointer)}\t{path}"
            for path, pointer in pointers.items()
        ]
        _update(git, "--index-info", listed=lines)


def remove(git: Git, paths: Iterable[str]) -> None:
    """Remove paths from the copy of the index."""
    _update(git, "--force-remove", "--stdin", listed=paths)


def _update(git: Git, *options: str, listed: Iterable[str]) -> None:
    git.run("update-index", "-z", *options, stdin=as_records(listed))


def _edited(git: Git, top: str, answer: Answer) -> list[str]:
    """The paths that differ; git-diff-files(1) omits what it cannot inspect."""
    edited = records(answer.out)
    if not answer.err:
        return edited
    for path in records(git.run("ls-files", "-z").out):
        try:
            os.lstat(os.path.join(top, path))
        except PermissionError as error:
            message = f"{path} cannot be looked at: {error.strerror}"
            raise GitError(message, hint=look_at_folder(path)) from error
        except OSError:
            edited.append(path)
    return edited


def on_copy(
    repository: Repository, folder: str, filters: Sequence[str], store: str = "", *, copy: bool
) -> Git:
    """Give a git that works on a copy of the index in `folder`, and reads the object `store`, too.

    Without `copy` it reads the index itself. No filter runs, and no setting hides what the file
    system keeps.
    """
    settings = ["core.splitIndex=false", *_file_system(repository)]
    variables = switched_off(repository.git, list(filters))
    if copy:
        variables["GIT_INDEX_FILE"] = _copied_index(repository, folder)
    if store:
        more = repository.git.env.get("GIT_ALTERNATE_OBJECT_DIRECTORIES")
        folders = [*([more] if more else []), quoted(store)]
        variables["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = os.pathsep.join(folders)
    return repository.git.moved(settings, **variables)


def _copied_index(repository: Repository, folder: str) -> str:
    """The copy has the time of the index: what is not older is looked into (racy-git)."""
    index = os.path.join(folder, "index")
    try:
        with open_file(repository.index_file) as old, open(index, "wb") as new:
            written = os.fstat(old.fileno()).st_mtime_ns
            new.write(old.read())
    except FileNotFoundError:  # nothing was ever added
        return index
    except OSError as error:
        message = f"the index cannot be read: {error.strerror}"
        raise GitError(message, hint=look_at_folder(repository.index_file)) from error
    os.utime(index, ns=(written, written))
    return index


def _file_system(repository: Repository) -> list[str]:
    """Settings that do not hide changes of mode or case, where the file system keeps them.

    git's config file shows what it keeps, as it does to git (setup.c, create_default_files).
    """
    settings: list[str] = []
    try:
        mode = os.stat(os.path.join(repository.common_dir, "config")).st_mode
    except OSError:
        return settings
    if not mode & 0o111:
        settings.append("core.fileMode=true")
    if not os.path.lexists(os.path.join(repository.common_dir, "CoNfIg")):
        settings.append("core.ignoreCase=false")
    return settings


def _reveal(git: Git, top: str, listed: list[str]) -> bool:
    """Clear the bits that hide edits: assume-unchanged (lower case), skip-worktree (`S`).

    `listed` is from `ls-files -v`. A skipped path without a file is part of a sparse checkout.
    Gives whether there were any bits to clear.
    """
    assumed = [entry[2:] for entry in listed if entry[0].islower()]
    skipped = [entry[2:] for entry in listed if entry[0] in "Ss"]
    skipped = [path for path in skipped if os.path.lexists(os.path.join(top, path))]
    for option, paths in (("--no-assume-unchanged", assumed), ("--no-skip-worktree", skipped)):
        if paths:
            _update(git, option, "--stdin", listed=paths)
    return bool(assumed or skipped)


def _behind_links(top: str, paths: Iterable[str]) -> set[str]:
    known = {"": False}

    def linked(folder: str) -> bool:
        if folder not in known:
            above = os.path.dirname(folder)
            known[folder] = linked(above) or os.path.islink(os.path.join(top, folder))
        return known[folder]

    return {path for path in paths if linked(os.path.dirname(path))}


def _blob(copy: Copy, content: bytes) -> str:
    if not copy.keep:
        return object_id("blob", content, copy.repository.object_format)
    words = ("hash-object", "-w", "--no-filters", "--stdin")
    return copy.git.run(*words, stdin=content).text.strip()


def _mode(top: str, path: str) -> str:
    if path.endswith("/"):
        return GITLINK
    try:
        return mode_on_disk(os.path.join(top, path))
    except OSError:
        return "100644"


def mode_on_disk(file: str) -> str:
    """Give the mode that git would record for a file (git-update-index(1), `--chmod`)."""
    mode = os.lstat(file).st_mode
    if stat.S_ISLNK(mode):
        return SYMLINK
    return "100755" if mode & stat.S_IXUSR else "100644"


def addable(repository: Repository, path: str) -> bool:
    """Tell whether git could add a path: a repository only if it has a commit (git-add(1))."""
    if not path.endswith("/"):
        return True
    inner = os.path.join(repository.top, path, ".git")
    return has_commit(repository.git.moved(GIT_DIR=inner))


def _is_worktree(repository: Repository, path: str) -> bool:
    """Whether an untracked folder is another worktree: its `.git` points into `worktrees`."""
    if not path.endswith("/"):
        return False
    inner = os.path.join(repository.top, path)
    raw = read_head(os.path.join(inner, ".git"), 1 << 16, follow=True)
    pointer = raw.decode("utf-8", "surrogateescape").strip().removeprefix("gitdir: ")
    linked = os.path.join(os.path.realpath(os.path.join(repository.common_dir, "worktrees")), "")
    return os.path.realpath(os.path.join(inner, pointer)).startswith(linked)
