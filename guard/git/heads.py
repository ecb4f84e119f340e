"""The first bytes of many files, through one `git cat-file --batch` (git-cat-file(1))."""

from collections.abc import Collection, Iterator
from typing import BinaryIO

from guard.core.errors import Incomplete
from guard.git.objects import GET_OBJECTS
from guard.git.plumbing import Git


def heads(git: Git, oids: Collection[str], limit: int) -> Iterator[tuple[str, bytes]]:
    """Yield (object id, first `limit` bytes) of blobs. Raises Incomplete if one is missing."""
    if not oids:
        return
    asked = "".join(f"{oid}\n" for oid in oids).encode()
    process = git.start("cat-file", "--batch", "--buffer", stdin=asked, piped=True)
    answered = 0
    with open(process.out, "rb", buffering=1 << 18, closefd=False) as answers:
        while header := answers.readline():
            oid, *rest = header.split()
            if len(rest) != 2:  # `<oid> missing`
                continue
            size = int(rest[1])
            head = answers.read(min(limit, size))
            _skip(answers, size - len(head) + 1)
            answered += 1
            yield oid.decode(), head
    if process.end() or answered < len(oids):
        raise Incomplete(
            "this partial clone lacks some of the changed files; "
            "guard has to read their first lines",
            hint=GET_OBJECTS,
        )


def _skip(stream: BinaryIO, size: int) -> None:
    while size > 0:
        size -= len(stream.read(min(size, 1 << 20))) or size
