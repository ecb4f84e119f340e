"""Lines: which of the base's each side changed, where two sides meet, and both as unified diffs.

git compares all files at once, as two trees whose entries are numbers. The options are those with
which no conflict of git's own merge was missed in some 140,000 tried pairs: git's merge uses
`--histogram`; with the heuristic for indents or another algorithm, hundreds were missed.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from guard.git.isolate import store_object
from guard.git.plumbing import Git, Process, require
from guard.rules.between import Lines

OPTIONS = (
    "-r", "-p", "--histogram", "--no-indent-heuristic", "--no-ext-diff", "--no-textconv",
    "--no-renames", "--no-color", "--full-index",
)  # fmt: skip
_BATCH = 20_000  # files in one comparison

Blobs = tuple[str, str]  # object ids, before and after


class Hunk(NamedTuple):
    """Lines that were replaced, each as first and last; none if `last` is before `first`."""

    old: tuple[int, int]
    new: tuple[int, int]
    text: str = ""


def read_hunks(
    git: Git,
    object_format: str,
    wanted: Iterable[Blobs],
    context: int,
    *,
    texts: bool = False,
) -> dict[Blobs, tuple[Hunk, ...] | None]:
    """Compare blobs with so many lines of context; None for a file that git takes for binary.

    `git` has a store of its own to write to. `texts` keeps the hunks' text.
    """
    pairs = sorted(set(wanted))
    found: dict[Blobs, tuple[Hunk, ...] | None] = {}
    for at in range(0, len(pairs), _BATCH):
        part = pairs[at : at + _BATCH]
        process = _start(git, object_format, part, context)
        answer = require(process.answer(), ("diff-tree",))
        read = dict(_parsed(answer.text, texts=texts))
        found.update((pair, read.get(number, ())) for number, pair in enumerate(part))
    return found


def _start(git: Git, object_format: str, pairs: Sequence[Blobs], context: int) -> Process:
    trees = []
    for side in (0, 1):
        entries = [
            f"100644 {number:08}\0".encode() + bytes.fromhex(pair[side])
            for number, pair in enumerate(pairs)
            if pair[side].strip("0")
        ]
        trees.append(store_object(git, "tree", b"".join(entries), object_format))
    return git.start("diff-tree", *OPTIONS, f"-U{context}", *trees)


def _parsed(text: str, *, texts: bool) -> Iterator[tuple[int, tuple[Hunk, ...] | None]]:
    """Each file's hunks (git-diff(1), "GENERATING PATCH TEXT"); no line of content begins so."""
    for part in f"\n{text}".split("\ndiff --git ")[1:]:
        number = int(part[2:10])
        yield number, parse_hunks(part, texts=texts)


def parse_hunks(patch: str, *, texts: bool = False) -> tuple[Hunk, ...] | None:
    """Read the hunks of one file's patch; None for a file that git takes for binary."""
    head, *hunks = patch.split("\n@@ -")
    if "\nBinary files " in head:
        return None
    return tuple(_hunk(hunk, texts=texts) for hunk in hunks)


def _hunk(text: str, *, texts: bool) -> Hunk:
    ranges = text[: text.index(" @@")]
    old, new = (_range(words) for words in ranges.split(" +"))
    return Hunk(old, new, f"@@ -{text}" if texts else "")


def _range(words: str) -> tuple[int, int]:
    """`<first>,<count>`; of no lines, `first` is the line before them."""
    first, _, count = words.partition(",")
    size = int(count or 1)
    start = int(first) if size else int(first) + 1
    return start, start + size - 1


def touch(one: Sequence[Hunk], other: Sequence[Hunk]) -> bool:
    """Tell whether a hunk of one side overlaps or borders on one of the other."""
    theirs = iter(other)
    hunk = next(theirs, None)
    for ours in one:
        while hunk and hunk.old[1] < ours.old[0] - 1:
            hunk = next(theirs, None)
        if hunk and hunk.old[0] <= ours.old[1] + 1:
            return True
    return False


def meeting(one: Sequence[Hunk], other: Sequence[Hunk]) -> Iterator[tuple[list[Hunk], list[Hunk]]]:
    """Yield the hunks of both sides that overlap or border on each other, together."""
    both = sorted([*((hunk, 0) for hunk in one), *((hunk, 1) for hunk in other)])
    group: tuple[list[Hunk], list[Hunk]] = ([], [])
    end = -1
    for hunk, side in both:
        if hunk.old[0] > end + 1:
            if group[0] and group[1]:
                yield group
            group, end = ([], []), -1
        group[side].append(hunk)
        end = max(end, hunk.old[1])
    if group[0] and group[1]:
        yield group


def lines_of(one: Sequence[Hunk], other: Sequence[Hunk]) -> tuple[Lines, ...]:
    """Give the lines of both sides where their hunks meet."""
    return tuple(Lines(_span(ours), _span(theirs)) for ours, theirs in meeting(one, other))


def _span(hunks: Sequence[Hunk]) -> tuple[int, int]:
    return min(hunk.new[0] for hunk in hunks), max(hunk.new[1] for hunk in hunks)


def moved_lines(lines: tuple[int, int], since: Sequence[Hunk]) -> tuple[int, int]:
    """Give the lines as they were before the changes `since`: numbers in the older file."""
    return _before(lines[0], since, last=False), _before(lines[1], since, last=True)


def _before(line: int, since: Sequence[Hunk], *, last: bool) -> int:
    shift = 0
    for hunk in since:
        if hunk.new[0] <= line <= hunk.new[1]:
            return hunk.old[1] if last else hunk.old[0]
        if hunk.new[0] > line:
            break
        shift = hunk.old[1] - hunk.new[1]
    return line + shift


def as_patch(path: str, hunks: Iterable[Hunk]) -> str:
    """Give hunks with texts as a unified diff of `path`."""
    text = "".join(f"{hunk.text.rstrip(chr(10))}\n" for hunk in hunks)
    return f"--- a/{path}\n+++ b/{path}\n{text}" if text else ""
