"""Every pair of fifty sessions: guard, and git merging all of them."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from bench.layout import packages
from bench.measure import Sample, turns
from bench.table import Line, Ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.installed import Installed
    from bench.repositories import Workshop
    from bench.sizes import Sizes

_ENGINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pairs.py")
_SESSIONS = 50
_EACH, _SHARED = (
    20,
    12,
)  # files of its own that a session changes, and files of which it changes two
_HEADS, _ONE_MOVES = 300, 0.05  # seconds for the heads again, after one of them moved
_WIDE = 288  # such files for these: some 600 pairs meet, as among 300 heads of a public repository
_AT_MOST, _AGAIN, _SINGLE = 0.35, 0.05, 40


def lines(workshop: Workshop, guard: Installed, sizes: Sizes) -> list[Line]:
    """Measure the first look, the next one with nothing changed, and git in two ways."""
    files = min(sizes.files, 5_000)
    folder = workshop.made(
        f"sessions-{files}", (files, _SESSIONS), partial(_build, workshop, files, _SESSIONS)
    )

    def engine(what: str, where: str = folder) -> Sample:
        words = workshop.run(where, guard.python, "-I", _ENGINE, what).split()
        return Sample(float(words[0]), float(words[1]))

    names = ("first", "again", "order", "stdin", "single")
    taken = turns({name: partial(engine, name) for name in names}, sizes.long_rounds, 1)
    whole, each = taken["stdin"].median, taken["single"].median
    what = f"every pair of {_SESSIONS} sessions, {files:,} files"
    first, again = taken["first"], taken["again"]
    bounded = [
        Ratio(first.median / whole, "× one merge-tree", at_most=_AT_MOST),
        Ratio(each / first.median, "× faster than single merges", at_least=_SINGLE),
    ]
    many = workshop.made(
        f"heads-{_HEADS}-{files}", (files, _HEADS), partial(_build, workshop, files, _HEADS)
    )
    moved = turns(
        {"moved": lambda: engine("moved", many)}, sizes.long_rounds, sizes.warm_ups and 1
    )["moved"]
    return [
        Line("between", what, first, bounded),
        Line(
            "between",
            f"{what}, again",
            again,
            [Ratio(again.median / whole, "× one merge-tree, again", at_most=_AGAIN)],
        ),
        Line(
            "between",
            f"again, after one of {_HEADS} heads moved",
            moved,
            [Ratio(moved.median / _ONE_MOVES, "× 50 ms", at_most=1)],
        ),
        Line("between", "the order of twelve sessions, pairs included", taken["order"]),
        Line("between", "git merge-tree --stdin, all pairs", taken["stdin"]),
        Line("between", "git merge-tree, a process a pair (of 50, scaled)", taken["single"]),
    ]


def _build(workshop: Workshop, files: int, sessions: int, folder: str) -> None:
    workshop.git(folder, "init", "-q", "--bare", "-b", "main")
    workshop.git(folder, "fast-import", "--quiet", stdin=b"".join(history(files, sessions)))


def history(
    files: int, sessions: int, agreed: Callable[[int, list[str]], dict[str, bytes]] | None = None
) -> Iterator[bytes]:
    """Yield a stream for git-fast-import(1): `main`, and on it a commit for each session.

    `agreed` gives what `main` has beside the files, from a session's number and its own files.
    """
    paths = sorted(path for package in packages(files) for path in package.paths)
    base = {path: _content(path) for path in paths}
    part = len(paths) // sessions
    if agreed:
        for number in range(sessions):
            base |= agreed(number, paths[number * part : (number + 1) * part][:_EACH])
    yield from _commit("main", 1, base)
    shared = _SHARED if sessions == _SESSIONS else _WIDE
    for number in range(sessions):
        own = paths[number * part : (number + 1) * part]
        common = [paths[(number * step) % shared] for step in (1, 5)]
        changed = [*own[:_EACH], *common]
        edits = {path: _edited(_content(path), number) for path in changed}
        yield from _commit(name_of(number), 2, edits)


def name_of(number: int) -> str:
    """The branch of a session."""
    return f"session-{number:03}"


def _content(path: str) -> bytes:
    return b"".join(b"%s line %d\n" % (path.encode(), number) for number in range(60))


def _edited(data: bytes, number: int) -> bytes:
    """Another line for each session, as far as there are lines."""
    lines = data.split(b"\n")
    lines[number * 7 % len(lines)] = b"changed by session %d" % number
    return b"\n".join(lines)


def _commit(branch: str, mark: int, files: dict[str, bytes]) -> Iterator[bytes]:
    yield f"commit refs/heads/{branch}\nmark :{mark}\n".encode()
    yield b"committer x <x@example.com> 1767323045 +0000\ndata 1\nx\n"
    if mark > 1:
        yield b"from :1\n"
    for path, data in files.items():
        yield f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n"
