"""The working tree as git would commit it: a copy of the index brought up to date, in a place that vanishes.

The user's index and object store stay as they are, and no filter of the repository is run. What hides edits from git (`assume-unchanged`,
`skip-worktree`, times that lie) does not hide them here.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from guard.changes.change import ABSENT, GITLINK, SYMLINK, Change
from guard.core.errors import GitError
from guard.core.files import open_file
from guard.core.names import shell_quote
from guard.git.merge import Merged, differing
from guard.git.objects import object_id
from guard.git.plumbing import Git, records
from guard.git.raw import parse_raw
from guard.git.repository import Repository


def working_tree_changes(
    repository: Repository, base: Merged, bases: Sequence[str], folder: str
) -> list[Change]:
    """The changes from the merge base to the files in the working tree, untracked and not ignored ones included.

    `base` stands for all merge `bases`; `folder` is a scratch directory for the copy of the index. New object ids are what git would
    give, without storing an object; of untracked files they are zeros.
    """
    copy = copied(repository, folder, base.store)
    changes = differing(base, bases, lambda tree: _compared(copy.git, tree))
    again = {change.path for change in changes if change.status == "D"}.intersection(copy.untracked)
    if again:  # deleted in the index, there again on disk
        take(copy, repository, sorted(again))
        changes = differing(base, bases, lambda tree: _compared(copy.git, tree))
    return sorted(
        [*changes, *_added(repository, (path for path in copy.untracked if path not in again))],
        key=_by_path,
    )


class Copy(NamedTuple):
    """A copy of the index in which all tracked files are up to date: git that works on it, and the untracked paths beside them.

    A path with a slash at its end is a repository inside the working tree. `filters` are the drivers that are switched off.
    """

    git: Git
    untracked: tuple[str, ...]
    filters: tuple[str, ...]


def copied(repository: Repository, folder: str, store: str = "", *, keep: bool = False) -> Copy:
    """Copy the index into the scratch directory `folder` and bring the copy up to date with the working tree.

    `store` is a further folder of objects to read; `keep` writes new contents to the folder `objects` in `folder` instead of only hashing
    them. Raises UsageError where there is no working tree, GitError where a file cannot be looked at.
    """
    top = repository.require_top()
    filters = _filters(repository.git)
    git = _private(repository, folder, store, filters)
    if keep:
        git = git.moved(GIT_OBJECT_DIRECTORY=os.path.join(folder, "objects"))
    flagged = git.start("ls-files", "-v", "-z")
    others = git.start("ls-files", "-z", "--others", "--exclude-standard")
    _reveal(git, top, _hidden(records(flagged.answer().out)))
    ours = tuple(_below(top, place) for place in (folder, os.path.dirname(store)) if place)
    untracked = [
        path
        for path in records(others.answer().out)
        if not path.startswith(ours) and not _is_worktree(repository, path)
    ]
    copy = Copy(git, tuple(untracked), tuple(filters))
    take(copy, repository, _edited(git, top), keep=keep)
    return copy


def _edited(git: Git, top: str) -> list[str]:
    """The paths whose files are not what the index has. git-diff-files(1) leaves out what it cannot look at, says so, and exits 0."""
    answer = git.run("diff-files", "-z", "--name-only", "--ignore-submodules=dirty")
    unseen = _unseen(top, records(git.run("ls-files", "-z").out)) if answer.err else ()
    return [*records(answer.out), *unseen]


def _unseen(top: str, paths: Iterable[str]) -> Iterator[str]:
    """The paths where there is nothing to look at: gone, or behind a link that leads nowhere. Raises GitError where we may not look."""
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
    """The path of a scratch directory from `top` on, with a slash at its end: temporary files may have to lie in the working tree."""
    return os.path.relpath(os.path.realpath(place), os.path.realpath(top)) + "/"


def _compared(git: Git, tree: str) -> list[Change]:
    raw = git.run(
        "diff-index",
        "--cached",
        "--raw",
        "-z",
        "--no-renames",
        "--no-abbrev",
        "--ignore-submodules=none",
        tree,
        "--",
    ).out
    return list(parse_raw(raw))


def _filters(git: Git) -> list[str]:
    """The names of all filter drivers that any configuration defines (gitattributes(5), `filter`)."""
    keys = records(git.run("config", "--list", "--name-only", "-z").out)
    parts = (key.rpartition(".") for key in keys if key.startswith("filter."))
    return sorted(
        {
            driver.removeprefix("filter.")
            for driver, _, key in parts
            if key in ("clean", "smudge", "process", "required")
        }
    )


def _private(repository: Repository, folder: str, more: str, filters: list[str]) -> Git:
    """git with a copy of the index, `more` objects to read, and every filter switched off."""
    index = os.path.join(folder, "index")
    if os.path.exists(repository.index_file):
        # git looks into a file whose time is not older than the index (its "racy git" note): the copy must not look newer than that
        written = os.stat(repository.index_file).st_mtime_ns
        from shutil import copyfile

        copyfile(repository.index_file, index)
        os.utime(index, ns=(written, written))
    settings = ["core.splitIndex=false", *_file_system(repository)]
    more_objects = (
        {"GIT_ALTERNATE_OBJECT_DIRECTORIES": _with(repository.git.env, more)} if more else {}
    )
    return repository.git.moved(
        settings, GIT_INDEX_FILE=index, **more_objects, **_switched_off(repository.git.env, filters)
    )


def _with(env: Mapping[str, str], folder: str) -> str:
    """The alternates that the environment names, and `folder`, which is ours and has no colon in its name (git(1))."""
    given = env.get("GIT_ALTERNATE_OBJECT_DIRECTORIES")
    return f"{given}{os.pathsep}{folder}" if given else folder


def _switched_off(env: Mapping[str, str], filters: list[str]) -> dict[str, str]:
    """Settings that make every filter a no-op, as variables: a driver's name may hold `=`, which `-c` cannot say (git-config(1))."""
    given = int(env.get("GIT_CONFIG_COUNT", "0") or 0)
    pairs = [
        (f"filter.{name}.{key}", value)
        for name in filters
        for key, value in (("clean", ""), ("process", ""), ("required", "false"))
    ]
    made = {"GIT_CONFIG_COUNT": str(given + len(pairs))}
    for number, (key, value) in enumerate(pairs, given):
        made[f"GIT_CONFIG_KEY_{number}"] = key
        made[f"GIT_CONFIG_VALUE_{number}"] = value
    return made


def _file_system(repository: Repository) -> list[str]:
    """Settings for what the file system can do: git's own config file shows it, as it does to git (setup.c, create_default_files).

    `core.fileMode=false` must not hide a mode change where modes are kept, nor `core.ignoreCase=true` a file where case is.
    """
    config = os.path.join(repository.common_dir, "config")
    try:
        mode = os.stat(config).st_mode
    except OSError:
        return []
    case = (
        []
        if os.path.lexists(os.path.join(repository.common_dir, "CoNfIg"))
        else ["core.ignoreCase=false"]
    )
    return case if mode & 0o111 else ["core.fileMode=true", *case]


def _hidden(listed: Iterable[str]) -> list[tuple[str, str]]:
    """(tag, path) of entries whose edits git would not show: lower case is assume-unchanged, `S` skip-worktree (git-ls-files(1))."""
    return [(entry[0], entry[2:]) for entry in listed if entry[0].islower() or entry[0] == "S"]


def _reveal(git: Git, top: str, hidden: list[tuple[str, str]]) -> None:
    """Take the bits away in the copy; a skipped file that is not there stays skipped: that is a sparse checkout."""
    assumed = [path for tag, path in hidden if tag.islower()]
    skipped = [
        path for tag, path in hidden if tag in "Ss" and os.path.lexists(os.path.join(top, path))
    ]
    for option, paths in (("--no-assume-unchanged", assumed), ("--no-skip-worktree", skipped)):
        if paths:
            git.run("update-index", option, "-z", "--stdin", stdin=_list(paths))


def take(copy: Copy, repository: Repository, paths: list[str], *, keep: bool = False) -> None:
    """Bring `paths` up to date in the copy of the index. A path beyond a symbolic link is not there any more: git would not follow it."""
    git = copy.git
    away = set(_beyond_link(repository.top, paths))
    if away:
        git.run("update-index", "--force-remove", "-z", "--stdin", stdin=_list(sorted(away)))
        paths = [path for path in paths if path not in away]
    filtered = _filtered(git, paths) if copy.filters and paths else {}
    pointers = [
        (path, pointer)
        for path in paths
        if filtered.get(path) == "lfs" and (pointer := _pointer(os.path.join(repository.top, path)))
    ]
    kept = {path for path, _ in pointers} | _untouched(
        git, repository.top, [path for path in filtered if filtered[path] != "lfs"]
    )
    plain = [path for path in paths if path not in kept]
    if plain:
        how = (
            ("--add", "--remove", "--replace")
            if keep
            else ("--info-only", "--add", "--remove", "--replace")
        )
        git.run("update-index", *how, "-z", "--stdin", stdin=_list(plain))
    if pointers:
        lines = (
            f"{_mode(repository, path)} {_blob(copy, repository, pointer, keep=keep)}\t{path}"
            for path, pointer in pointers
        )
        git.run("update-index", "-z", "--index-info", stdin=_list(list(lines)))


def _beyond_link(top: str, paths: Iterable[str]) -> list[str]:
    known: dict[str, bool] = {"": False}

    def linked(folder: str) -> bool:
        if folder not in known:
            known[folder] = linked(folder.rpartition("/")[0]) or os.path.islink(
                os.path.join(top, folder)
            )
        return known[folder]

    return [path for path in paths if linked(path.rpartition("/")[0])]


def _filtered(git: Git, paths: list[str]) -> dict[str, str]:
    """path → name of its filter, for paths that have one (git-check-attr(1), `-z`: path, attribute, value)."""
    fields = records(git.run("check-attr", "-z", "--stdin", "filter", stdin=_list(paths)).out)
    return {
        path: value
        for path, value in zip(fields[::3], fields[2::3], strict=True)
        if value not in ("unspecified", "unset", "set")
    }


def _pointer(path: str) -> bytes:
    """What Git LFS would store for the file: a pointer (git-lfs-spec(5)); b"" where it already is one or there is no such file."""
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
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest.hexdigest()}\nsize {size}\n".encode()


def _blob(copy: Copy, repository: Repository, content: bytes, *, keep: bool) -> str:
    if keep:
        return (
            copy.git.run("hash-object", "-w", "--no-filters", "--stdin", stdin=content)
            .out.decode()
            .strip()
        )
    return object_id("blob", content, repository.object_format)


def _untouched(git: Git, top: str, paths: list[str]) -> set[str]:
    """Paths with a filter that we do not run, whose files are to the nanosecond what git last checked out: not edited.

    Only a time that git calls racy made it doubt them. `ls-files --debug` prints the index's record of the file.
    """
    if not paths:
        return set()
    some = (
        paths if len(paths) <= 100 else []
    )  # a command line is not long enough for many: then all are listed
    listed = git.run("ls-files", "--debug", "-z", "--", *some).out.decode(
        "utf-8", "surrogateescape"
    )
    wanted, found = set(paths), set[str]()
    for entry, after in zip(listed.split("\0"), listed.split("\0")[1:], strict=False):
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
    told = (recorded.get("mtime"), recorded.get("ctime"), recorded.get("size"))
    return told == (_time(now.st_mtime_ns), _time(now.st_ctime_ns), str(now.st_size))


def _time(nanoseconds: int) -> str:
    return f"{nanoseconds // 10**9}:{nanoseconds % 10**9}"


def _added(repository: Repository, paths: Iterable[str]) -> list[Change]:
    """Untracked files, and repositories inside the working tree that git would take for submodules (a path with a slash at the end)."""
    return [
        Change(
            "A", path.rstrip("/"), ABSENT, _mode(repository, path), repository.zero, repository.zero
        )
        for path in paths
    ]


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
    """Whether an untracked folder is another worktree of this very repository: its `.git` file points into our common directory."""
    if not path.endswith("/"):
        return False
    try:
        with open(
            os.path.join(repository.top, path, ".git"), encoding="utf-8", errors="surrogateescape"
        ) as file:
            pointer = file.read(1 << 16).strip().removeprefix("gitdir: ")
    except OSError:
        return False
    folder = os.path.realpath(os.path.join(repository.top, path, pointer))
    return folder.startswith(
        os.path.realpath(os.path.join(repository.common_dir, "worktrees")) + os.sep
    )


def _list(paths: list[str]) -> bytes:
    return "".join(path + "\0" for path in paths).encode("utf-8", "surrogateescape")


def _by_path(change: Change) -> str:
    return change.path
