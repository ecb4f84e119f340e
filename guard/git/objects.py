"""Objects, through one `git cat-file --batch-command` for a whole command (git-cat-file(1))."""

from __future__ import annotations

import os

from guard.core.errors import GitError, Incomplete
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from guard.git.plumbing import Git


_LIMIT = 1 << 24  # bytes of an object
LARGEST_TREE = 1 << 28
_AT_A_TIME = 4096  # bytes of questions, which fit into the smallest pipe (pipe(7))
_AHEAD = 16  # folders of a path that are asked for at once
_NO_NAMES = (b"", b".", b"..")
_MODES = (b"100644", b"100755", b"40000", b"120000", b"160000")
_MISSING = 128  # exit status if an object is missing that should be there (`die`, usage.c)
GET_OBJECTS = "git fetch --refetch --no-filter"


class Info(NamedTuple):
    """An object: its id, its type (`commit`, `tree` …) and its size in bytes."""

    oid: str
    kind: str
    size: int


class Entry(NamedTuple):
    """An entry of a tree; `mode` is as git takes it, in octal without a leading zero (`40000`)."""

    mode: str
    oid: str

    @property
    def state(self) -> tuple[str, str]:
        """Mode and object id as in raw records, with six digits (git-diff-tree(1))."""
        return self.mode.rjust(6, "0"), self.oid


class Found(NamedTuple):
    """An object and its content; None if it is larger than the limit."""

    info: Info
    content: bytes | None


class Objects:
    """A running `cat-file` that answers many questions at a time. It remembers trees."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._trees: dict[str, dict[str, Entry]] = {}
        self._early: list[Sequence[bytes]] = []  # of `ahead`, with answers that are still unread
        self._open()

    def close(self) -> int:
        """End the process; give its exit status."""
        os.close(self._ask)
        self._answers.close()
        return self._process.end()

    def ahead(self, *names: str) -> None:
        """Ask what `infos` asks next, or after what was asked ahead before.

        git can look it up meanwhile. What would not fit into a pipe is left for later.
        """
        early = [*self._early, _fitting(_questions("info", names), 0)]
        if sum(len(question) for questions in early for question in questions) <= _AT_A_TIME:
            self._early = early
            self._send(early[-1])

    def info(self, name: str) -> Info | None:
        """What an id or a ref, possibly with `^{…}`, is; None if it is missing."""
        return self.infos(name)[0]

    def infos(self, *names: str) -> list[Info | None]:
        """What each name is, asked at once."""
        return [found.info if found else None for found in self._all("info", names, 0)]

    def read(self, name: str, limit: int = _LIMIT) -> tuple[Info, bytes] | None:
        """The object and its content; None if it is missing. Raises GitError above `limit`."""
        found = self.read_all([name], limit)[0]
        if not found:
            return None
        info, content = found
        if content is None:
            raise GitError(
                f"object {info.oid} has {info.size:,} bytes; guard reads at most {limit:,}",
                hint=f"git cat-file -p {info.oid} | head",
            )
        return info, content

    def read_all(self, names: Sequence[str], limit: int = _LIMIT) -> list[Found | None]:
        """Several objects, their contents up to `limit` bytes; None for each missing one.

        A name may also be `TREE-ISH:PATH` (gitrevisions(7)), without a newline.
        """
        return self._all("contents", names, limit)

    def tree(self, oid: str) -> dict[str, Entry]:
        """The entries of a tree by name. Raises Incomplete if it is missing or no tree."""
        self.read_ahead([oid])
        if oid not in self._trees:
            raise Incomplete(
                f"tree {oid} is missing from this repository",
                hint=f"{GET_OBJECTS} (in a partial clone), or git fsck",
            )
        return self._trees[oid]

    def tree_of(self, commit: str) -> str:
        """The id of a commit's tree. Raises Incomplete where either is missing."""
        info = self.info(commit + "^{tree}")
        if info is None:
            raise Incomplete(
                f"commit {commit} or its tree is missing here",
                hint="git fetch --unshallow, or git fsck",
            )
        return info.oid

    def read_ahead(self, names: Iterable[str]) -> list[str]:
        """Read many trees at once for `tree`; give their ids, "" if missing.

        A name is an object id, `TREE-ISH:PATH` or `COMMIT^{tree}`.
        """
        names = list(names)
        wanted = [name for name in dict.fromkeys(names) if name not in self._trees]
        ids = {}
        for name, found in zip(wanted, self.read_all(wanted, LARGEST_TREE), strict=True):
            ids[name] = ""
            if found and found.info.kind == "tree" and found.content is not None:
                oid = ids[name] = found.info.oid
                self._trees[oid] = entries(found.content, oid)
        return [ids.get(name, name) for name in names]

    def look_up(self, root: str, path: str) -> Entry | None:
        """The entry at `path` below the tree `root`; None if there is none."""
        entry: Entry | None = Entry("40000", root)
        names = path.split("/")
        for depth, name in enumerate(names):
            if entry is None or entry.mode != "40000":
                return None
            if entry.oid not in self._trees:
                way = [entry.oid]
                for end in range(depth + 1, min(depth + _AHEAD + 1, len(names))):
                    folder = "/".join(names[depth:end])
                    if "\n" not in folder:
                        way.append(f"{entry.oid}:{folder}")
                self.read_ahead(way)
            entry = self.tree(entry.oid).get(name)
        return entry

    def _open(self) -> None:
        reading, self._ask = os.pipe()
        self._process = self._git.start("cat-file", "--batch-command", stdin=reading, piped=True)
        self._answers = open(self._process.out, "rb", closefd=False)
        self._early = []

    def _all(self, verb: str, names: Sequence[str], limit: int) -> list[Found | None]:
        questions = _questions(verb, names)
        found: list[Found | None] = []
        while len(found) < len(questions):
            found += self._some(_fitting(questions, len(found)), limit, whole=verb == "contents")
        return found

    def _some(self, questions: Sequence[bytes], limit: int, *, whole: bool) -> list[Found | None]:
        """The answers up to the first after which the process was restarted."""
        if self._early[:1] == [questions]:
            del self._early[0]
        else:
            self._forget_early()
            self._send(questions)
        found: list[Found | None] = []
        for _ in questions:
            header = self._answers.readline()
            info = _parsed(header)
            if info and info.size <= limit and whole:
                found.append(Found(info, self._answers.read(info.size + 1)[:-1]))
                continue
            found.append(Found(info, None) if info else None)
            if not header or (info and whole):
                self._start_again(missing=not header)
                break
        return found

    def _send(self, questions: Sequence[bytes]) -> None:
        try:
            os.write(self._ask, b"".join(questions))
        except BrokenPipeError:  # reading the answer will show that the process has ended
            return

    def _forget_early(self) -> None:
        for _ in range(sum(map(len, self._early))):
            self._answers.readline()
        self._early = []

    def _start_again(self, *, missing: bool) -> None:
        """Replace a process that died of a missing object, or would send too much."""
        if self.close() != _MISSING and missing:
            # Raises if git does not even start: too old, or no trust.
            self._git.run("cat-file", "--batch-command")
            raise GitError("git cat-file ended before it had answered", hint="git fsck")
        self._open()


def object_id(kind: str, content: bytes, object_format: str) -> str:
    """The id of an object: the hash of `<kind> <size> NUL` and its content (git-hash-object(1)).

    CPython's own hashes are preferred: `hashlib` takes 3 ms to load.
    """
    raw = f"{kind} {len(content)}\0".encode() + content
    try:
        hashed = vars(__import__(f"_{object_format}"))[object_format](raw, usedforsecurity=False)
    except (ImportError, KeyError):
        import hashlib

        hashed = hashlib.new(object_format, raw, usedforsecurity=False)
    digest: str = hashed.hexdigest()
    return digest


def _questions(verb: str, names: Sequence[str]) -> list[bytes]:
    return [f"{verb} {name}\n".encode("utf-8", "surrogateescape") for name in names]


def _fitting(questions: Sequence[bytes], at: int) -> Sequence[bytes]:
    """The questions from `at` on that can be sent at once, one at least."""
    end, size = at + 1, len(questions[at])
    while end < len(questions) and (size := size + len(questions[end])) <= _AT_A_TIME:
        end += 1
    return questions[at:end]


def _parsed(header: bytes) -> Info | None:
    """Read `<oid> <type> <size>`; None for anything else (`<name> missing`)."""
    words = header.decode("utf-8", "surrogateescape").split()
    if len(words) != 3 or not words[2].isdigit():
        return None
    return Info(words[0], words[1], int(words[2]))


def entries(raw: bytes, oid: str) -> dict[str, Entry]:
    """Split the tree `oid`, `<mode> SP <name> NUL <raw id>` an entry (tree.h), without `re`.

    Raises GitError for a tree that git would not write: it may show one entry and merge another.
    Folders are in order as if they had a slash at the end (read-cache.c, `base_name_compare`).
    """
    found: dict[str, Entry] = {}
    width, at, before = len(oid) // 2, 0, b""
    while at < len(raw):
        space = raw.find(b" ", at)
        end = raw.find(b"\0", space)
        if space < 0 or end < 0:
            raise malformed(oid, "it cannot be read")
        mode, name = raw[at:space].lstrip(b"0"), raw[space + 1 : end]
        if mode not in _MODES:
            mode = _taken(mode)
        key = name + b"/" if mode == b"40000" else name
        text = name.decode("utf-8", "surrogateescape")
        if text in found:
            raise malformed(oid, f"it has {text!r} twice")
        if name in _NO_NAMES:
            raise malformed(oid, f"git refuses to check out {text!r}")
        if key <= before or b"/" in name:
            raise malformed(oid, f"{text!r} has no place in it")
        before, at = key, end + 1 + width
        found[text] = Entry(mode.decode(), raw[end + 1 : at].hex())
    return found


def _taken(mode: bytes) -> bytes:
    """The mode that git takes an odd one for (tree-walk.c, `decode_tree_entry`, `canon_mode`)."""
    bits = int(mode, 8) if mode.isdigit() and not mode.strip(b"01234567") else 0
    if bits >> 12 & 0o17 == 0o10:
        return b"100755" if bits & 0o100 else b"100644"
    return {0o4: b"40000", 0o12: b"120000"}.get(bits >> 12 & 0o17, b"160000")


def malformed(oid: str, why: str) -> GitError:
    """Give the error about a tree that git did not write."""
    return GitError(f"tree {oid} is malformed: {why}", hint="git fsck, and make the commit again")
