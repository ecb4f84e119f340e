"""A quick snapshot of a working tree: one `git status`, and only what differs is read.

What it cannot tell for sure it leaves to `snapshot`, which takes three times as long: an index that
hides edits, a file that cannot be looked at, a repository that was written to meanwhile.
"""

import os
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import NamedTuple

from guard.core.files import open_file
from guard.git.plumbing import records
from guard.git.repository import Repository
from guard.git.snapshot import Copy, addable, look_at, on_copy, take, untracked_in

_STATUS = (
    "status --porcelain=v2 -z --branch --untracked-files=all --no-renames "
    "--ignore-submodules=dirty --no-ahead-behind"
).split()
_HEALED = "guard/index"  # below a worktree's git directory
_QUIET = "advice.graftFileDeprecated=false"  # status speaks of the file that stands for none
_GRAIN = 20_000_000  # nanoseconds: the clock of a file system moves in steps (a jiffy)
_FIXED = {"sha1": 62, "sha256": 74}  # bytes of an entry before its path (gitformat-index(5))
_MTIME = 8  # where an entry has the seconds of the file's time
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
    A tree that is that of the commit is not written and given as "HEAD". It is a state that was
    there at one moment: whatever differs was last written before git looked, and is the same after
    it was read. What is as at the `last` look, with every file's times, is not read again. If it
    `heals`, an index with entries that git doubts is copied, and git notes there what it has read.
    """
    begun = time.time_ns() - _GRAIN
    index, healed = look_at(repository.index_file), os.path.join(repository.git_dir, _HEALED)
    seen = Seen(repr(index))
    if seen.times != last.times:
        content = _content(repository.index_file)
        written = index[3] // 1_000_000_000 if index else 0
        entries = entries_in(content, repository.object_format, written)
        if entries.hide:
            return None
        if heals:
            _keep_copy(healed, content if entries.doubted else None, index)
    git = on_copy(repository, folder, filters, copy=False).moved([_QUIET])
    if heals and os.path.exists(healed):
        git = git.moved(GIT_INDEX_FILE=healed, GIT_OPTIONAL_LOCKS="1")
    answer = git.run(*_STATUS)
    listed = _Listed(records(answer.out))
    if answer.err or not listed.head:
        return None
    others = untracked_in(repository, listed.untracked, [folder, os.path.dirname(store)])
    paths = [*listed.edited, *others]
    every = dict.fromkeys([*paths, *listed.staged])
    if not every:
        return Glanced(listed.head, "HEAD", seen=seen)
    looks = {path: look_at(os.path.join(repository.top, path)) for path in paths}
    seen = seen._replace(state=_digest(answer.out, index, looks))
    latest = max(_time_of(repository.top, path)[0] for path in every)
    is_known = last[:2] == seen[:2] and _is_stored(store, last.tree)
    if is_known and not any(map(_is_folder, looks.values())):
        return Glanced(listed.head, last.tree, len(every), latest, last)
    if any(_time_of(repository.top, path)[1] >= begun for path in paths):
        return Glanced(listed.head, "")
    os.mkdir(folder)
    git = on_copy(repository, folder, filters, copy=True).moved(GIT_OBJECT_DIRECTORY=store)
    copy = Copy(repository, git, others, list(filters), keep=True, looks=looks)
    added = [path.rstrip("/") for path in others if addable(repository, path)]
    take(copy, [*listed.edited, *added])
    tree = git.run("write-tree", "--missing-ok").text.strip()
    now = {path: look_at(os.path.join(repository.top, path)) for path in paths}
    if now != looks or look_at(repository.index_file) != index:
        return Glanced(listed.head, "")
    return Glanced(listed.head, tree, len(every), latest, seen._replace(tree=tree))


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
    """What is to know of an index before git reads it.

    `hide`: it may keep git from seeing edits, or is of a kind that is not read here. `doubted`: git
    reads the files of some entries at each look, as they are as old as the index (racy-git).
    """

    hide: bool
    doubted: bool = False


def entries_in(index: bytes, object_format: str, written: int) -> Entries:
    """Look through the content of an index that was `written` at that time (seconds).

    What hides edits are the bits assume-unchanged and skip-worktree; the latter needs version 3
    (gitformat-index(5)).
    """
    if index[:4] != b"DIRC" or index[4:8] != b"\0\0\0\2":
        return Entries(hide=True)
    fixed, at, doubted = _FIXED[object_format], 12, False
    since = (written & 0xFFFFFFFF).to_bytes(4, "big")
    for _ in range(int.from_bytes(index[8:12], "big")):
        if at + fixed > len(index):
            return Entries(hide=True)
        high = index[at + fixed - 2]
        if high & _ASSUMED:
            return Entries(hide=True)
        doubted = doubted or index[at + _MTIME : at + _MTIME + 4] >= since
        length = (high << 8 | index[at + fixed - 1]) & _LENGTH
        if length == _LENGTH:
            length = index.index(b"\0", at + fixed) - at - fixed
        at += (fixed + length + 8) & ~7
    hides = any(name in (b"link", b"sdir") for name in _extensions(index, at))
    return Entries(hides, doubted)


def _content(file: str) -> bytes:
    try:
        with open_file(file) as opened:
            return opened.read()
    except OSError:
        return b""


def _keep_copy(file: str, index: bytes | None, look: tuple[int, ...]) -> None:
    """Let `file` be a copy of an index for git alone; None for no copy.

    It has the time of the index, `look_at` of which was `look`: by that git tells what to doubt.
    """
    with suppress(OSError):
        for old in (file, f"{file}.lock"):  # git may have been killed
            with suppress(FileNotFoundError):
                os.unlink(old)
        if index is not None:
            os.makedirs(os.path.dirname(file), exist_ok=True)
            new = f"{file}.{os.getpid()}"
            with open(new, "wb") as copy:
                copy.write(index)
            os.utime(new, ns=(look[3], look[3]))
            os.replace(new, file)


def _extensions(data: bytes, at: int) -> Iterator[bytes]:
    """The names of an index's extensions: `link` is a split index, `sdir` a sparse one."""
    while at + 8 < len(data) - 20:
        yield data[at : at + 4]
        at += 8 + int.from_bytes(data[at + 4 : at + 8], "big")


def _time_of(top: str, path: str) -> tuple[int, int]:
    """When a path was last written (seconds), and when it last changed in any way (nanoseconds).

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
