"""A quick snapshot of a working tree: one `git status`, and only what differs is read.

What it cannot tell for sure it leaves to `snapshot`, which takes three times as long: an index that
hides edits, a file that cannot be looked at, a repository that was written to meanwhile.
"""

import os
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.core.files import open_file
from guard.git.plumbing import records
from guard.git.repository import Repository
from guard.git.snapshot import Copy, addable, look_at, on_copy, take, untracked_in

_STATUS = (
    "status --porcelain=v2 -z --branch --untracked-files=all --no-renames "
    "--ignore-submodules=dirty --no-ahead-behind"
).split()
_QUIET = "advice.graftFileDeprecated=false"  # status speaks of the file that stands for none
_GRAIN = 20_000_000  # nanoseconds: the clock of a file system moves in steps (a jiffy)
_FIXED = {"sha1": 62, "sha256": 74}  # bytes of an entry before its path (gitformat-index(5))
_ASSUMED, _LENGTH = 0x80, 0xFFF  # of an entry's flags


class Glanced(NamedTuple):
    """The commit and the tree of a working tree, "" if it was written to meanwhile.

    `edited` counts the paths that `git status` lists, `latest` is when the last was written.
    """

    head: str
    tree: str
    edited: int = 0
    latest: int = 0


def glance(
    repository: Repository, filters: Sequence[str], folder: str, store: str
) -> Glanced | None:
    """Write the working tree as a tree into the object `store`; None if that needs a closer look.

    `filters` are the filter drivers, which do not run. `folder` is a scratch directory. A tree that
    is that of the commit is not written and given as "HEAD". It is a state that was there at one
    moment: whatever differs was last written before git looked, and is the same after it was read.
    """
    begun = time.time_ns() - _GRAIN
    index = look_at(repository.index_file)
    if hides_edits(repository):
        return None
    git = on_copy(repository, folder, filters, copy=False)
    answer = git.moved([_QUIET]).run(*_STATUS)
    listed = _Listed(records(answer.out))
    if answer.err or not listed.head:
        return None
    others = untracked_in(repository, listed.untracked, [folder, os.path.dirname(store)])
    paths = [*listed.edited, *others]
    if not (paths or listed.staged):
        return Glanced(listed.head, "HEAD")
    looks = {path: look_at(os.path.join(repository.top, path)) for path in paths}
    if any(_changed_at(repository.top, path) >= begun for path in paths):
        return Glanced(listed.head, "")
    git = on_copy(repository, folder, filters, copy=True).moved(GIT_OBJECT_DIRECTORY=store)
    copy = Copy(repository, git, others, list(filters), keep=True, looks=looks)
    added = [path.rstrip("/") for path in others if addable(repository, path)]
    take(copy, [*listed.edited, *added])
    tree = git.run("write-tree", "--missing-ok").text.strip()
    now = {path: look_at(os.path.join(repository.top, path)) for path in paths}
    if now != looks or look_at(repository.index_file) != index:
        return Glanced(listed.head, "")
    listed_paths = dict.fromkeys([*paths, *listed.staged])
    latest = max(_written(repository.top, path) for path in listed_paths)
    return Glanced(listed.head, tree, len(listed_paths), latest)


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


def hides_edits(repository: Repository) -> bool:
    """Tell whether an index may keep git from seeing edits, or is of a kind that is not read here.

    That are the bits assume-unchanged and skip-worktree; the latter needs version 3
    (gitformat-index(5)).
    """
    try:
        with open_file(repository.index_file) as file:
            data = file.read()
    except OSError:
        return True
    if data[:4] != b"DIRC" or data[4:8] != b"\0\0\0\2":
        return True
    fixed, at = _FIXED[repository.object_format], 12
    for _ in range(int.from_bytes(data[8:12], "big")):
        if at + fixed > len(data):
            return True
        high = data[at + fixed - 2]
        if high & _ASSUMED:
            return True
        length = (high << 8 | data[at + fixed - 1]) & _LENGTH
        if length == _LENGTH:
            length = data.index(b"\0", at + fixed) - at - fixed
        at += (fixed + length + 8) & ~7
    return any(name in (b"link", b"sdir") for name in _extensions(data, at))


def _extensions(data: bytes, at: int) -> Iterator[bytes]:
    """The names of an index's extensions: `link` is a split index, `sdir` a sparse one."""
    while at + 8 < len(data) - 20:
        yield data[at : at + 4]
        at += 8 + int.from_bytes(data[at + 4 : at + 8], "big")


def _changed_at(top: str, path: str) -> int:
    """When a path last changed in any way (stat(2), `st_ctime`); its folder, if it is gone."""
    file = os.path.join(top, path.rstrip("/"))
    while True:
        try:
            return os.lstat(file).st_ctime_ns
        except OSError:
            file = os.path.dirname(file)


def _written(top: str, path: str) -> int:
    file = os.path.join(top, path.rstrip("/"))
    while True:
        try:
            return int(os.lstat(file).st_mtime)
        except OSError:
            file = os.path.dirname(file)
