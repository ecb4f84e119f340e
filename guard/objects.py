"""Objects by id, through one `git cat-file --batch-command` for a whole command (git-cat-file(1))."""

from __future__ import annotations

import os
import re

from guard.errors import GitError
from guard.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from typing import BinaryIO

    from guard.plumbing import Git


class Info(NamedTuple):
    """What an object is: its id, its type (`commit`, `tree`, `blob`, `tag`) and its size in bytes."""

    oid: str
    kind: str
    size: int


class Entry(NamedTuple):
    """One entry of a tree: its mode as octal text without a leading zero (`100644`, `40000`, `120000`, `160000`) and its object id."""

    mode: str
    oid: str


_MISSING = 128  # how git ends when it cannot have an object that the repository should have (`die`, usage.c)


class Objects:
    """An open `cat-file`: a question and an answer at a time. Trees that were read are remembered."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._trees: dict[str, dict[str, Entry]] = {}
        self._open()

    def close(self) -> int:
        """Let the process end; give its exit status."""
        os.close(self._ask)
        self._answers.close()
        return self._process.end()

    def info(self, name: str) -> Info | None:
        """What `name` (an object id, or a ref that git itself gave us, possibly with `^{…}`) is; None where there is no such object."""
        header = self._send("info", name)
        return _parsed(header)

    def infos(self, *names: str) -> list[Info | None]:
        """What each of a few names is, asked in one go."""
        try:
            os.write(self._ask, "".join(f"info {name}\n" for name in names).encode("utf-8", "surrogateescape"))
            return [_parsed(self._answers.readline()) for _ in names]
        except BrokenPipeError:
            return [self.info(name) for name in names]

    def read(self, name: str, limit: int = 1 << 24) -> tuple[Info, bytes] | None:
        """The object and its content; None where it is missing. Raises GitError if it is larger than `limit` bytes."""
        found = self.info(name)
        if found is None:
            return None
        if found.size > limit:
            raise GitError(
                f"object {found.oid} has {found.size:,} bytes; guard reads at most {limit:,}", hint=f"git cat-file -p {found.oid} | head"
            )
        return found, self.content(found)

    def content(self, found: Info) -> bytes:
        """The content of an object that `info` has found."""
        self._send("contents", found.oid)
        return self._answers.read(found.size + 1)[:-1]

    def heads(self, oids: Collection[str], limit: int) -> dict[str, bytes]:
        """The first `limit` bytes of many blobs by object id, read in one go, heads only in memory. Raises GitError if one is missing."""
        if not oids:
            return {}
        process = self._git.start_piped("cat-file", "--batch", "--buffer", stdin="".join(oid + "\n" for oid in oids).encode())
        found: dict[str, bytes] = {}
        with open(process.out, "rb", buffering=1 << 18, closefd=False) as answers:
            while header := answers.readline():
                info = _parsed(header)
                if info:
                    found[info.oid] = answers.read(min(limit, info.size))
                    _skip(answers, info.size - len(found[info.oid]) + 1)
        if process.end() or len(found) < len(oids):
            raise GitError(
                "not all changed files are in this partial clone: their first lines were to be read", hint="git fetch --refetch --no-filter"
            )
        return found

    def tree(self, oid: str) -> dict[str, Entry]:
        """The entries of a tree by name. Raises GitError if it is missing or no tree."""
        known = self._trees.get(oid)
        if known is not None:
            return known
        info = _parsed(self._send("contents", oid))
        content = self._answers.read(info.size + 1) if info else b""
        if info is None or info.kind != "tree":
            raise GitError(
                f"tree {oid} is missing from this repository", hint="git fetch --refetch --no-filter (in a partial clone), or git fsck"
            )
        entries = dict(_entries(content[:-1], len(oid) // 2))
        self._trees[oid] = entries
        return entries

    def read_ahead(self, oids: Iterable[str]) -> None:
        """Read many trees at once, so that `tree` knows them; those that are missing are left for it to complain about.

        A hundred questions fit into the pipe, so neither side waits for the other to make room.
        """
        wanted = [oid for oid in dict.fromkeys(oids) if oid not in self._trees]
        for start in range(0, len(wanted), 100):
            some = wanted[start : start + 100]
            try:
                os.write(self._ask, "".join(f"contents {oid}\n" for oid in some).encode())
            except BrokenPipeError:  # an earlier one was missing, of which cat-file dies in a partial clone
                return
            for oid in some:
                info = _parsed(self._answers.readline())
                content = self._answers.read(info.size + 1)[:-1] if info else b""
                if info and info.kind == "tree":
                    self._trees[oid] = dict(_entries(content, len(oid) // 2))

    def look_up(self, root: str, path: str) -> Entry | None:
        """The entry at `path` below the tree `root`; None where there is none."""
        entry: Entry | None = Entry("40000", root)
        for name in path.split("/"):
            if entry is None or entry.mode != "40000":
                return None
            entry = self.tree(entry.oid).get(name)
        return entry

    def _open(self) -> None:
        reading, self._ask = os.pipe()
        self._process = self._git.start_with(reading, "cat-file", "--batch-command")
        self._answers = open(self._process.out, "rb", closefd=False)

    def _send(self, verb: str, name: str) -> bytes:
        """Ask, and give the first line of the answer; b"" if the object is missing and cat-file died of it, as in a partial clone."""
        try:
            os.write(self._ask, f"{verb} {name}\n".encode("utf-8", "surrogateescape"))
            header = self._answers.readline()
        except BrokenPipeError:
            header = b""
        if header:
            return header
        if self.close() != _MISSING:
            self._git.run("cat-file", "--batch-command")  # says why it will not start: too old, not trusted
            raise GitError("git cat-file ended before it had answered", hint="git fsck")
        self._open()
        return b""


def _skip(stream: BinaryIO, size: int) -> None:
    while size > 0:
        size -= len(stream.read(min(size, 1 << 20))) or size


def _parsed(header: bytes) -> Info | None:
    """Read `<oid> <type> <size>`; anything else (`<name> missing`, `<name> ambiguous`) is no object."""
    words = header.decode("utf-8", "surrogateescape").split()
    if len(words) != 3 or not words[2].isdigit():
        return None
    return Info(words[0], words[1], int(words[2]))


def _entries(raw: bytes, width: int) -> Iterator[tuple[str, Entry]]:
    """Split a tree object: `<mode> SP <name> NUL <raw id>` again and again (gitformat: tree objects)."""
    for mode, name, oid in re.findall(rb"([0-7]+) ([^\0]+)\0(.{%d})" % width, raw, re.DOTALL):
        yield name.decode("utf-8", "surrogateescape"), Entry(mode.decode(), oid.hex())
