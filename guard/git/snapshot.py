"""The working tree as git would commit it: a copy of the index, brought up to date.

The user's index and object store stay as they are, and no filter of the repository runs. What
hides edits from git (`assume-unchanged`, `skip-worktree`, wrong times) does not hide them here.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from guard.changes.change import ABSENT, GITLINK, SYMLINK, Change
from guard.core.errors import GitError
from guard.core.files import open_file, read_head
from guard.core.names import shell_quote
from guard.git.compare import diff_index, read_changes
from guard.git.merge import VirtualBase, differing
from guard.git.objects import object_id
from guard.git.plumbing import Git, records
from guard.git.repository import Repository


def working_tree_changes(
    repository: Repository, base: VirtualBase, bases: Sequence[str], folder: str
) -> list[Change]:
    """The changes from the merge base to the working tree, with untracked but not ignored files.

    `base` stands for all merge `bases`; `folder` is a scratch directory for the copy of the index.
    New object ids are git's, without storing an object; those of untracked files are zeros.
    """
    copy = copied(repository, folder, base.store)

    def changed() -> list[Change]:
        return differing(base, bases, lambda tree: read_changes(diff_index(copy.git, tree)))

    changes = changed()
    again = {change.path for change in changes if change.status == "D"}.intersection(copy.untracked)
    if again:  # deleted in the index, but on disk
        take(copy, repository, sorted(again))
        changes = changed()
    for path in copy.untracked:
        if path not in again:
            mode, zero = _mode(repository, path), repository.zero
            changes.append(Change("A", path.rstrip("/"), ABSENT, mode, zero, zero))
    return sorted(changes, key=lambda change: change.path)


class Copy(NamedTuple):
    """A copy of the index in which all tracked files are up to date.

    `git` works on the copy. `untracked` are the paths that are not in it, a repository inside the
    working tree with a slash at its end. `filters` are the filter drivers that are switched off.
    """

    git: Git
    untracked: tuple[str, ...]
    filters: tuple[str, ...]


def copied(repository: Repository, folder: str, store: str = "", *, keep: bool = False) -> Copy:
    """Copy the index into the scratch directory `folder` and update it from the working tree.

    `store` is another object store to read from. `keep` writes new contents to `objects` in
    `folder` instead of only hashing them. Raises UsageError if there is no working tree, GitError
    if a file cannot be inspected.
    """
    top = repository.require_top()
    filters = _filters(repository.git)
    git = _on_copy(repository, folder, store, filters)
    if keep:
        git = git.moved(GIT_OBJECT_DIRECTORY=os.path.join(folder, "objects"))
    flagged = git.start("ls-files", "-v", "-z")
    others = git.start("ls-files", "-z", "--others", "--exclude-standard")
    _reveal(git, top, records(flagged.answer().out))
    # Temporary files may lie in the working tree.
    ours = tuple(_below(top, place) for place in (folder, os.path.dirname(store)) if place)
    untracked = [
        path
        for path in records(others.answer().out)
        if not path.startswith(ours) and not _is_worktree(repository, path)
    ]
    copy = Copy(git, tuple(untracked), tuple(filters))
    take(copy, repository, _edited(git, top), keep=keep)
    return copy


def take(copy: Copy, repository: Repository, paths: list[str], *, keep: bool = False) -> None:
    """Update `paths` in the copy of the index; `keep` stores their contents.

    A path behind a symbolic link is removed: git would not follow the link.
    """
    git, top = copy.git, repository.top
    away = _behind_links(top, paths)
    if away:
        remove(git, sorted(away))
        paths = [path for path in paths if path not in away]
    filtered = _filtered(git, paths) if copy.filters and paths else {}
    pointers: dict[str, bytes] = {}
    for path, driver in filtered.items():
        pointer = _pointer(os.path.join(top, path)) if driver == "lfs" else b""
        if pointer:
            pointers[path] = pointer
    others = [path for path, driver in filtered.items() if driver != "lfs"]
    kept = _untouched(git, top, others).union(pointers)
    plain = [path for path in paths if path not in kept]
    if plain:
        how = () if keep else ("--info-only",)
        _update(git, *how, "--add", "--remove", "--replace", "--stdin", listed=plain)
    if pointers:
        lines = [
            f"{_mode(repository, path)} {_blob(copy, repository, pointer, keep=keep)}\t{path}"
            for path, pointer in pointers.items()
        ]
        _update(git, "--index-info", listed=lines)


def remove(git: Git, paths: Iterable[str]) -> None:
    """Remove paths from the copy of the index."""
    _update(git, "--force-remove", "--stdin", listed=paths)


def _update(git: Git, *options: str, listed: Iterable[str]) -> None:
    git.run("update-index", "-z", *options, stdin=_lines(listed))


def _lines(texts: Iterable[str]) -> bytes:
    return "".join(f"{text}\0" for text in texts).encode("utf-8", "surrogateescape")


def _edited(git: Git, top: str) -> list[str]:
    """The paths whose files differ from the index.

    git-diff-files(1) omits what it cannot inspect, with a warning and exit status 0.
    """
    answer = git.run("diff-files", "-z", "--name-only", "--ignore-submodules=dirty")
    edited = records(answer.out)
    if answer.err:
        edited += _missing(top, records(git.run("ls-files", "-z").out))
    return edited


def _missing(top: str, paths: Iterable[str]) -> Iterator[str]:
    """The paths without a file. Raises GitError if permissions hide whether there is one."""
    for path in paths:
        try:
            os.lstat(os.path.join(top, path))
        except PermissionError as error:
            raise GitError(
                f"{path} cannot be looked at: {error.strerror}",
                hint=f"ls -ld {shell_quote(os.path.dirname(path))}",
            ) from error
        except OSError:
            yield path


def _below(top: str, place: str) -> str:
    return os.path.relpath(os.path.realpath(place), os.path.realpath(top)) + "/"


def _filters(git: Git) -> list[str]:
    """The names of all filter drivers in any configuration (gitattributes(5), `filter`)."""
    names = set()
    for entry in records(git.run("config", "--list", "--name-only", "-z").out):
        driver, _, key = entry.rpartition(".")
        if driver.startswith("filter.") and key in ("clean", "smudge", "process", "required"):
            names.add(driver.removeprefix("filter."))
    return sorted(names)


def _on_copy(repository: Repository, folder: str, store: str, filters: list[str]) -> Git:
    """git with a copy of the index, another object store to read, and no filters."""
    index = os.path.join(folder, "index")
    if os.path.exists(repository.index_file):
        # git inspects files that are not older than the index (Documentation/technical/racy-git),
        # so the copy must not seem newer than the original.
        written = os.stat(repository.index_file).st_mtime_ns
        from shutil import copyfile

        copyfile(repository.index_file, index)
        os.utime(index, ns=(written, written))
    settings = ["core.splitIndex=false", *_file_system(repository)]
    variables = {"GIT_INDEX_FILE": index, **_switched_off(repository.git, filters)}
    if store:  # guard's own folder, which has no colon in its name (git(1))
        more = repository.git.env.get("GIT_ALTERNATE_OBJECT_DIRECTORIES")
        variables["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = (
            f"{more}{os.pathsep}{store}" if more else store
        )
    return repository.git.moved(settings, **variables)


def _switched_off(git: Git, filters: list[str]) -> dict[str, str]:
    """Variables with settings that switch every filter off (git-config(1), `GIT_CONFIG_COUNT`).

    The name of a driver may contain `=`, which `-c` does not allow.
    """
    count = int(git.env.get("GIT_CONFIG_COUNT", "0") or 0)
    variables = {}
    for name in filters:
        for key, value in (("clean", ""), ("process", ""), ("required", "false")):
            variables[f"GIT_CONFIG_KEY_{count}"] = f"filter.{name}.{key}"
            variables[f"GIT_CONFIG_VALUE_{count}"] = value
            count += 1
    return {"GIT_CONFIG_COUNT": str(count), **variables}


def _file_system(repository: Repository) -> list[str]:
    """Settings for what the file system supports, tested on git's own config file.

    git tests it in the same way (setup.c, create_default_files). `core.fileMode=false` must not
    hide a mode change where modes are kept, nor `core.ignoreCase=true` a file where case matters.
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


def _reveal(git: Git, top: str, listed: list[str]) -> None:
    """Clear the bits that hide edits; `listed` is the output of `ls-files -v` (git-ls-files(1)).

    A lower-case tag means assume-unchanged, `S` skip-worktree. A skipped path without a file stays
    skipped: it is part of a sparse checkout.
    """
    entries = [(entry[0], entry[2:]) for entry in listed]
    assumed = [path for tag, path in entries if tag.islower()]
    skipped = [
        path for tag, path in entries if tag in "Ss" and os.path.lexists(os.path.join(top, path))
    ]
    for option, paths in (("--no-assume-unchanged", assumed), ("--no-skip-worktree", skipped)):
        if paths:
            _update(git, option, "--stdin", listed=paths)


def _behind_links(top: str, paths: Iterable[str]) -> set[str]:
    known = {"": False}

    def linked(folder: str) -> bool:
        if folder not in known:
            above = os.path.dirname(folder)
            known[folder] = linked(above) or os.path.islink(os.path.join(top, folder))
        return known[folder]

    return {path for path in paths if linked(os.path.dirname(path))}


def _filtered(git: Git, paths: list[str]) -> dict[str, str]:
    """The filter drivers of the paths that have one (git-check-attr(1), `-z`)."""
    fields = records(git.run("check-attr", "-z", "--stdin", "filter", stdin=_lines(paths)).out)
    drivers = zip(fields[::3], fields[2::3], strict=True)
    return {
        path: driver for path, driver in drivers if driver not in ("unspecified", "unset", "set")
    }


def _pointer(path: str) -> bytes:
    """The pointer that Git LFS would store for a file (git-lfs-spec(5)).

    b"" if the file is a pointer already, or there is no such file.
    """
    digest, size = hashlib.sha256(), 0
    try:
        with open_file(path) as file:
            while chunk := file.read(1 << 20):
                if not size and chunk.startswith(b"version https://git-lfs") and len(chunk) < 1024:
                    return b""
                digest.update(chunk)
                size += len(chunk)
    except OSError:
        return b""
    version = "version https://git-lfs.github.com/spec/v1"
    return f"{version}\noid sha256:{digest.hexdigest()}\nsize {size}\n".encode()


def _blob(copy: Copy, repository: Repository, content: bytes, *, keep: bool) -> str:
    if not keep:
        return object_id("blob", content, repository.object_format)
    words = ("hash-object", "-w", "--no-filters", "--stdin")
    return copy.git.run(*words, stdin=content).text.strip()


def _untouched(git: Git, top: str, paths: list[str]) -> set[str]:
    """The filtered paths whose files have exactly the times and size that the index records.

    They are not edited; git only doubts them because their times are racy. Their filters do not
    run here, so their contents cannot be hashed. `ls-files --debug` prints the index's record.
    """
    if not paths:
        return set()
    # More do not fit on a command line; without any, git lists all.
    named = paths if len(paths) <= 100 else []
    fields = git.run("ls-files", "--debug", "-z", "--", *named).text.split("\0")
    wanted, found = set(paths), set[str]()
    for entry, after in pairwise(fields):
        # A field holds the record of the path before it, then its own path.
        path = entry.rpartition("\n")[2] if "flags:" in entry else entry
        words = after.replace("\t", "\n").split("\n")
        recorded = dict(word.strip().split(": ", 1) for word in words[:8] if ": " in word)
        if path in wanted and _same_file(os.path.join(top, path), recorded):
            found.add(path)
    return found


def _same_file(path: str, recorded: dict[str, str]) -> bool:
    try:
        now = os.lstat(path)
    except OSError:
        return False
    known = (recorded.get("mtime"), recorded.get("ctime"), recorded.get("size"))
    return known == (_time(now.st_mtime_ns), _time(now.st_ctime_ns), str(now.st_size))


def _time(nanoseconds: int) -> str:
    return f"{nanoseconds // 10**9}:{nanoseconds % 10**9}"


def _mode(repository: Repository, path: str) -> str:
    if path.endswith("/"):
        return GITLINK
    try:
        mode = os.lstat(os.path.join(repository.top, path)).st_mode
    except OSError:
        return "100644"
    if stat.S_ISLNK(mode):
        return SYMLINK
    return "100755" if mode & stat.S_IXUSR else "100644"


def _is_worktree(repository: Repository, path: str) -> bool:
    """Whether an untracked folder is another worktree of this repository.

    Then its `.git` file points into the common directory.
    """
    if not path.endswith("/"):
        return False
    inner = os.path.join(repository.top, path)
    raw = read_head(os.path.join(inner, ".git"), 1 << 16, follow=True)
    pointer = raw.decode("utf-8", "surrogateescape").strip().removeprefix("gitdir: ")
    linked = os.path.join(os.path.realpath(os.path.join(repository.common_dir, "worktrees")), "")
    return os.path.realpath(os.path.join(inner, pointer)).startswith(linked)
