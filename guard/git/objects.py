"""Objects by id, through one `git cat-file --batch-command` for a whole command (git-cat-file(1))."""

from __future__ import annotations

import os

from guard.core.errors import GitError, Incomplete
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from typing import BinaryIO

    from guard.git.plumbing import Git


class Info(NamedTuple):
    """What an object is: its id, its type (`commit`, `tree`, `blob`, `tag`) and its size in bytes."""

    oid: str
    kind: str
    size: int


class Entry(NamedTuple):
    """One entry of a tree: its mode as octal text without a leading zero (`100644`, `40000`, `120000`, `160000`) and its object id."""

    mode: str
    oid: str

    @property
    def state(self) -> tuple[str, str]:
        """Mode and object id as raw records have them: the mode in six digits (git-diff-tree(1), "RAW OUTPUT FORMAT")."""
        return self.mode.rjust(6, "0"), self.oid


LIMIT = 1 << 24  # bytes of an object that are read unless less is asked for
_LARGEST_TREE = 1 << 28
_AT_A_TIME = 4096  # bytes of questions: they fit into the smallest pipe, so neither side waits for the other to make room (pipe(7))
_AHEAD = 16  # folders of a path that are asked for in one go
_MISSING = 128  # how git ends when it cannot have an object that the repository should have (`die`, usage.c)


class Found(NamedTuple):
    """An object that was asked for: what it is, and its content; None where it is larger than the limit that was given."""

    info: Info
    content: bytes | None


class Objects:
    """An open `cat-file`: questions and answers, as many as fit at a time. Trees that were read are remembered."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._trees: dict[str, dict[str, Entry]] = {}
        self._early: Sequence[
            bytes
        ] = ()  # questions that were asked before somebody wanted to know
        self._open()

    def close(self) -> int:
        """Let the process end; give its exit status."""
        os.close(self._ask)
        self._answers.close()
        return self._process.end()

    def ahead(self, *names: str) -> None:
        """Ask already what `infos` will be asked next: git looks it up while Python does something else."""
        self._forget_early()
        self._early = _fitting(_questions("info", names), 0)
        self._tell(b"".join(self._early))

    def info(self, name: str) -> Info | None:
        """What `name` (an object id, or a ref that git itself gave us, possibly with `^{…}`) is; None where there is no such object."""
        return self.infos(name)[0]

    def infos(self, *names: str) -> list[Info | None]:
        """What each of the names is, asked in one go."""
        return [found.info if found else None for found in self._all("info", names, 0)]

    def read(self, name: str, limit: int = LIMIT) -> tuple[Info, bytes] | None:
        """The object and its content; None where it is missing. Raises GitError if it is larger than `limit` bytes."""
        found = self.read_all([name], limit)[0]
        if found is None:
            return None
        if found.content is None:
            oid, _, size = found.info
            raise GitError(
                f"object {oid} has {size:,} bytes; guard reads at most {limit:,}",
                hint=f"git cat-file -p {oid} | head",
            )
        return found.info, found.content

    def read_all(self, names: Sequence[str], limit: int = LIMIT) -> list[Found | None]:
        """Several objects with their contents, asked for in one go; None for each that is missing.

        A name may be `TREE-ISH:PATH` too (gitrevisions(7)), with no newline in it. Of one that is larger than `limit` bytes the content is
        not read.
        """
        return self._all("contents", names, limit)

    def heads(self, oids: Collection[str], limit: int) -> Iterator[tuple[str, bytes]]:
        """Yield (object id, first `limit` bytes) of many blobs, while git is still reading the next. Raises GitError if one is missing."""
        if not oids:
            return
        process = self._git.start_piped(
            "cat-file", "--batch", "--buffer", stdin="".join(oid + "\n" for oid in oids).encode()
        )
        told = 0
        with open(process.out, "rb", buffering=1 << 18, closefd=False) as answers:
            while header := answers.readline():
                oid, *rest = header.split()
                if len(rest) != 2:  # `<oid> missing`
                    continue
                size = int(rest[1])
                head = answers.read(min(limit, size))
                _skip(answers, size - len(head) + 1)
                told += 1
                yield oid.decode(), head
        if process.end() or told < len(oids):
            raise Incomplete(
                "not all changed files are in this partial clone: their first lines were to be read",
                hint="git fetch --refetch --no-filter",
            )

    def tree(self, oid: str) -> dict[str, Entry]:
        """The entries of a tree by name. Raises GitError if it is missing or no tree."""
        self.read_ahead([oid])
        if oid not in self._trees:
            raise Incomplete(
                f"tree {oid} is missing from this repository",
                hint="git fetch --refetch --no-filter (in a partial clone), or git fsck",
            )
        return self._trees[oid]

    def read_ahead(self, names: Iterable[str]) -> list[str]:
        """Read many trees at once, so that `tree` knows them, and give their ids; "" for each that is missing, of which `tree` will tell.

        A name is an object id, `TREE-ISH:PATH` or `COMMIT^{tree}`.
        """
        names = list(names)
        wanted = [name for name in dict.fromkeys(names) if name not in self._trees]
        ids = {
            name: self._keep(found)
            for name, found in zip(wanted, self.read_all(wanted, _LARGEST_TREE), strict=True)
        }
        return [ids.get(name, name) for name in names]

    def _keep(self, found: Found | None) -> str:
        if not found or found.info.kind != "tree" or found.content is None:
            return ""
        oid = found.info.oid
        self._trees[oid] = dict(_entries(found.content, oid))
        return oid

    def look_up(self, root: str, path: str) -> Entry | None:
        """The entry at `path` below the tree `root`; None where there is none."""
        entry: Entry | None = Entry("40000", root)
        names = path.split("/")
        for depth, name in enumerate(names):
            if entry is None or entry.mode != "40000":
                return None
            if entry.oid not in self._trees:
                self._read_way(entry.oid, names[depth : min(depth + _AHEAD, len(names) - 1)])
            entry = self.tree(entry.oid).get(name)
        return entry

    def _read_way(self, root: str, folders: Sequence[str]) -> None:
        """Read a tree and the folders one inside of the other below it, which may not all be there."""
        way = ["/".join(folders[: depth + 1]) for depth in range(len(folders))]
        self.read_ahead([root, *(f"{root}:{folder}" for folder in way if "\n" not in folder)])

    def _open(self) -> None:
        reading, self._ask = os.pipe()
        self._process = self._git.start_with(reading, "cat-file", "--batch-command")
        self._answers = open(self._process.out, "rb", closefd=False)

    def _all(self, verb: str, names: Sequence[str], limit: int) -> list[Found | None]:
        questions = _questions(verb, names)
        found: list[Found | None] = []
        while len(found) < len(questions):
            found += self._some(_fitting(questions, len(found)), limit, whole=verb == "contents")
        return found

    def _some(self, questions: Sequence[bytes], limit: int, *, whole: bool) -> list[Found | None]:
        """The answers to the questions, or to the first of them up to one after which the process had to be started again."""
        if self._early == questions:
            self._early = ()
        else:
            self._forget_early()
            self._tell(b"".join(questions))
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

    def _tell(self, questions: bytes) -> None:
        try:
            os.write(self._ask, questions)
        except BrokenPipeError:  # it has ended: the answer that is not there tells
            return

    def _forget_early(self) -> None:
        for _ in self._early:
            self._answers.readline()
        self._early = ()

    def _start_again(self, *, missing: bool) -> None:
        """Go on with a new process: the old one died of a missing object, as in a partial clone, or was about to send too much."""
        if self.close() != _MISSING and missing:
            self._git.run(
                "cat-file", "--batch-command"
            )  # says why it will not start: too old, not trusted
            raise GitError("git cat-file ended before it had answered", hint="git fsck")
        self._open()


def object_id(kind: str, content: bytes, object_format: str) -> str:
    """The id that git gives to an object of this kind: the hash of its header, `<kind> <size> NUL`, and its content (git-hash-object(1)).

    CPython's own hashes are taken where they are to be had: `hashlib` brings OpenSSL with it, 3 ms.
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
    """As many questions from one place on as can be asked at a time. One that is longer than that is asked alone."""
    end, size = at + 1, len(questions[at])
    while end < len(questions) and (size := size + len(questions[end])) <= _AT_A_TIME:
        end += 1
    return questions[at:end]


def _skip(stream: BinaryIO, size: int) -> None:
    while size > 0:
        size -= len(stream.read(min(size, 1 << 20))) or size


def _parsed(header: bytes) -> Info | None:
    """Read `<oid> <type> <size>`; anything else (`<name> missing`, `<name> ambiguous`) is no object."""
    words = header.decode("utf-8", "surrogateescape").split()
    if len(words) != 3 or not words[2].isdigit():
        return None
    return Info(words[0], words[1], int(words[2]))


def _entries(raw: bytes, oid: str) -> Iterator[tuple[str, Entry]]:
    """Split a tree object: `<mode> SP <name> NUL <raw id>` again and again (git's tree.h). A loop, for `re` takes longer to load."""
    width, at = len(oid) // 2, 0
    while at < len(raw):
        space = raw.find(b" ", at)
        end = raw.find(b"\0", space)
        if space < 0 or end < 0:
            raise GitError(f"tree {oid} cannot be read", hint="git fsck")
        yield (
            raw[space + 1 : end].decode("utf-8", "surrogateescape"),
            Entry(raw[at:space].decode(), raw[end + 1 : end + 1 + width].hex()),
        )
        at = end + 1 + width
