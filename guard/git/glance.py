"""A quick snapshot of a working tree: one `git status`, and only what differs is read.

What it cannot tell for sure it leaves to `snapshot`, which takes three times as long: an index that
hides edits, a file that cannot be looked at, a repository that was written to meanwhile.
"""

import os
import stat
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import NamedTuple

from guard.changes.change import folders_above
from guard.core.files import open_file
from guard.git.plumbing import Git, records
from guard.git.repository import Repository
from guard.git.snapshot import (
    GRAIN,
    Copy,
    addable,
    are_still,
    look_at,
    on_copy,
    take,
    untracked_in,
)

_STATUS = (
    "status --porcelain=v2 -z --branch --untracked-files=all --no-renames "
    "--ignore-submodules=dirty --no-ahead-behind"
).split()
_HEALED = "guard/index"  # below a worktree's git directory
_QUIET = "advice.graftFileDeprecated=false"  # status speaks of the file that stands for none
_FIXED = {"sha1": 62, "sha256": 74}  # bytes of an entry before its path (gitformat-index(5))
_SECOND = 1_000_000_000  # nanoseconds
_NEVER = 0xFFFFFFFF * _SECOND
_ASSUMED, _LENGTH = 0x80, 0xFFF  # of an entry's flags


class Seen(NamedTuple):
    """How a working tree looked: `times` and `state` stand for all that decides about `tree`.

    `times` are those of an index that hides no edits.
    """

    times: str = ""
    state: str = ""
    tree: str = ""


UNSEEN = Seen()


class Glanced(NamedTuple):
    """The commit and the tree of a working tree, "" if it was written to meanwhile.

    `edited` counts the paths that `git status` lists, `latest` is when the last was written. `seen`
    is to be given at the next look.
    """

    head: str
    tree: str
    edited: int = 0
    latest: int = 0
    seen: Seen = UNSEEN


def glance(
    repository: Repository,
    filters: Sequence[str],
    folder: str,
    store: str,
    last: Seen = UNSEEN,
    *,
    heals: bool = False,
) -> Glanced | None:
    """Write the working tree as a tree into the object `store`; None if that needs a closer look.

    `filters` are the filter drivers, which do not run. `folder` is the name of a scratch directory.
    A tree that is that of the commit is not written and given as "HEAD". If it `heals`, the next
    look need not read again what git has read now and found as the index has it.

    The tree was there when the look began. What differs was last written before, and is the same
    after it was read. A file that git finds unchanged has the times of the index, or git had to
    read it and noted its times in a copy of the index: nobody wrote it meanwhile. What git did not
    see because it was gone by then would have changed its folder. What is as at the `last` look,
    with every file's times, is not read again, and there folders are taken to be as they were; so
    they are if it `heals` and something differs: nothing is called clean then.
    """
    begun = time.time_ns() - GRAIN
    index, copy = look_at(repository.index_file), os.path.join(repository.git_dir, _HEALED)
    entries, is_kept = None, heals and os.path.exists(copy)
    if repr(index) != last.times or (heals and not is_kept):
        content = _content(repository.index_file)
        entries = entries_in(content, repository.object_format)
        if entries.hides:
            return None
        is_kept = heals and _keep_copy(copy, content, index)
    if is_kept:
        git = on_copy(repository, folder, filters, copy=False).moved(GIT_INDEX_FILE=copy)
    else:
        os.mkdir(folder)
        git, copy = on_copy(repository, folder, filters, copy=True), os.path.join(folder, "index")
    look = _Look(repository, git, copy, folder, store, begun, index)
    try:
        return _taken(look, filters, last, entries)
    finally:
        if not is_kept:
            with suppress(OSError):
                os.unlink(copy)


class _Look(NamedTuple):
    """A look at a working tree: git and its `copy` of the index; the index as the look began."""

    repository: Repository
    git: Git
    copy: str
    folder: str
    store: str
    begun: int
    began_with: tuple[int, ...]

    @property
    def is_kept(self) -> bool:
        """Whether the copy stays for the next look."""
        return os.path.dirname(self.copy) != self.folder

    def when(self, path: str) -> tuple[int, int]:
        """When a path was last written, as `time_of` tells."""
        return time_of(self.repository.top, path)

    def looks(self, paths: Iterable[str]) -> dict[str, tuple[int, ...]]:
        """How the files look."""
        return {path: look_at(os.path.join(self.repository.top, path)) for path in paths}


def _taken(
    look: _Look, filters: Sequence[str], last: Seen, entries: "Entries | None"
) -> Glanced | None:
    """What `glance` gives; `entries` are those of the index, if they are known."""
    repository, made = look.repository, look_at(look.copy)
    answer = look.git.moved([_QUIET], GIT_OPTIONAL_LOCKS="1").run(*_STATUS)
    listed = _Listed(records(answer.out))
    if answer.err or not listed.head:
        return None
    places = [look.folder, os.path.dirname(look.store)]
    others = untracked_in(repository, listed.untracked, places)
    paths = [*listed.edited, *others]
    every = dict.fromkeys([*paths, *listed.staged])
    looks = look.looks(paths)
    seen = Seen(repr(look.began_with), _digest(answer.out, look.began_with, looks) if every else "")
    noted = look_at(look.copy)
    is_known = last[:2] == seen[:2]
    if noted != made or not (is_known or entries):
        entries = entries_in(_content(look.copy), repository.object_format, look.begun)
    torn = Glanced(listed.head, "")
    anew = not (is_known or (look.is_kept and every))
    if entries and _is_torn(look, entries, others, anew=anew):
        return torn
    if not every:
        return Glanced(listed.head, "HEAD", seen=seen)
    latest = max(look.when(path)[0] for path in every)
    is_known = is_known and _is_stored(look.store, last.tree)
    if is_known and not any(map(_is_folder, looks.values())):
        return Glanced(listed.head, last.tree, len(every), latest, last)
    if any(look.when(path)[1] >= look.begun for path in paths):
        return torn
    git = look.git
    if look.is_kept:  # what is added is not for it
        own = repository._replace(index_file=look.copy)
        os.mkdir(look.folder)
        git = on_copy(own, look.folder, filters, copy=True)
    git = git.moved(GIT_OBJECT_DIRECTORY=look.store)
    copy = Copy(repository, git, others, list(filters), keep=True, looks=looks)
    added = [path.rstrip("/") for path in others if addable(repository, path)]
    take(copy, [*listed.edited, *added])
    tree = git.run("write-tree", "--missing-ok").text.strip()
    if look.looks(paths) != looks or look_at(repository.index_file) != look.began_with:
        return torn
    return Glanced(listed.head, tree, len(every), latest, seen._replace(tree=tree))


def _is_torn(look: _Look, entries: "Entries", others: Iterable[str], *, anew: bool) -> bool:
    """Whether a file that is as the index has it was written meanwhile, or (`anew`) a folder."""
    if any(look.when(path)[1] >= look.begun for path in entries.recent):
        return True
    if not anew:
        return False
    folders = folders_above((*(f"{folder}/" for folder in entries.folders), *others))
    return not are_still(look.repository.top, folders, look.begun)


def _digest(listed: bytes, index: object, looks: object) -> str:
    return sha256(listed + repr((index, looks)).encode("utf-8", "surrogateescape")).hexdigest()


def _is_folder(look: tuple[int, ...]) -> bool:
    """Whether it is a repository within: its commit may be another, and the folder the same."""
    return bool(look) and stat.S_ISDIR(look[0])


def _is_stored(store: str, tree: str) -> bool:
    return bool(tree) and os.path.exists(os.path.join(store, tree[:2], tree[2:]))


class _Listed:
    """What `git status --porcelain=v2 -z --branch` says (git-status(1))."""

    def __init__(self, fields: Sequence[str]) -> None:
        self.head = ""
        self.edited: list[str] = []
        self.staged: list[str] = []
        self.untracked: list[str] = []
        for field in fields:
            kind, _, rest = field.partition(" ")
            if kind == "1":  # XY sub mH mI mW hH hI path
                how, path = rest[:2], rest.split(" ", 7)[7]
                (self.edited if how[1] != "." else self.staged).append(path)
            elif kind == "u":  # XY sub m1 m2 m3 mW h1 h2 h3 path
                self.edited.append(rest.split(" ", 9)[9])
            elif kind == "?":
                self.untracked.append(rest)
            elif field.startswith("# branch.oid ") and "(" not in field:
                self.head = field.removeprefix("# branch.oid ")


class Entries(NamedTuple):
    """What is to know of an index.

    `hides`: it may keep git from seeing edits, or is of a kind that is not read here. `folders`
    have tracked files; `recent` are the files that were written not long ago.
    """

    hides: bool
    folders: Collection[str] = ()
    recent: Sequence[str] = ()


def entries_in(index: bytes, object_format: str, since: int = _NEVER) -> Entries:
    """Look through the content of an index.

    What hides edits are the bits assume-unchanged and skip-worktree; the latter needs version 3
    (gitformat-index(5)). `recent` are those that were written `since` that second (the time is in
    nanoseconds).
    """
    if index[:4] != b"DIRC" or index[4:8] != b"\0\0\0\2":
        return Entries(hides=True)
    fixed, at = _FIXED[object_format], 12
    newest = (since // _SECOND & 0xFFFFFFFF).to_bytes(4, "big")
    folder, folders, recent = b"", {b""}, []
    for _ in range(int.from_bytes(index[8:12], "big")):
        path = at + fixed
        if path > len(index):
            return Entries(hides=True)
        high = index[path - 2]
        if high & _ASSUMED:
            return Entries(hides=True)
        length = (high << 8 | index[path - 1]) & _LENGTH
        if length == _LENGTH:
            length = index.index(b"\0", path) - path
        end = path + length
        if index[at] >= newest[0] and index[at : at + 4] >= newest:
            recent.append(_name(index[path:end]))
        slash = index.rfind(b"/", path, end) + 1
        if slash > path and index[path:slash] != folder:
            folder = index[path:slash]
            folders.add(folder)
        at += (fixed + length + 8) & ~7
    hides = any(name in (b"link", b"sdir") for name in _extensions(index, at))
    return Entries(hides, [_name(one[:-1]) for one in folders], recent)


def _name(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


def _content(file: str) -> bytes:
    try:
        with open_file(file) as opened:
            return opened.read()
    except OSError:
        return b""


def _keep_copy(file: str, index: bytes, look: tuple[int, ...]) -> bool:
    """Make `file` a copy of an index, `look_at` of which was `look`; tell whether it could be done.

    It has the time of the index: by that git tells what to doubt (racy-git).
    """
    new = f"{file}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(new, "wb") as copy:
            copy.write(index)
        os.utime(new, ns=(look[3], look[3]))
        os.replace(new, file)
    except OSError:
        return False
    return True


def _extensions(data: bytes, at: int) -> Iterator[bytes]:
    """The names of an index's extensions: `link` is a split index, `sdir` a sparse one."""
    while at + 8 < len(data) - 20:
        yield data[at : at + 4]
        at += 8 + int.from_bytes(data[at + 4 : at + 8], "big")


def time_of(top: str, path: str) -> tuple[int, int]:
    """Give when a path was last written (seconds), and last changed in any way (nanoseconds).

    Its folder's times count if it is gone (stat(2), `st_mtime` and `st_ctime`).
    """
    file = os.path.join(top, path.rstrip("/"))
    while True:
        try:
            found = os.lstat(file)
        except OSError:
            file = os.path.dirname(file)
        else:
            return int(found.st_mtime), found.st_ctime_ns
