"""Many comparisons in one process: pairs of trees, and commits with their parents."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from guard.changes.change import Change
from guard.git.compare import MOST_BYTES, MOST_CHANGES, NO_INDEX, RAW, parse_raw, raw_changes
from guard.git.plumbing import Git, Process, TooMuch

_MOST_TOGETHER = 4 * MOST_CHANGES


def diff_parents(git: Git, commits: Sequence[str]) -> Process:
    """Start comparing commits with their only parents, for `parse_commit_changes`."""
    stdin = "".join(f"{oid}\n" for oid in commits).encode()
    words = ("diff-tree", "--stdin", "-r", "-t", "--root", *RAW)
    return git.start(*words, stdin=stdin, most=MOST_BYTES)


Pair = tuple[str, str]


def diff_many(git: Git, pairs: Iterable[Pair]) -> dict[Pair, list[Change]]:
    """Compare many pairs of trees, whole folders included, in one process.

    One in which more than `MOST_CHANGES` paths differ is left out and hides no other. Raises
    GitError if git could not compare.
    """
    wanted = list(dict.fromkeys(pairs))
    try:
        return _diff(git, wanted) if wanted else {}
    except TooMuch:
        return _one_by_one(git, wanted)


def _one_by_one(git: Git, wanted: Sequence[Pair]) -> dict[Pair, list[Change]]:
    found: dict[Pair, list[Change]] = {}
    count = 0
    for pair in wanted:
        with suppress(TooMuch):
            changes = _diff(git, [pair])[pair]
            count += len(changes)
            if count <= _MOST_TOGETHER:
                found[pair] = changes
    return found


def _diff(git: Git, wanted: Sequence[Pair]) -> dict[Pair, list[Change]]:
    found: dict[Pair, list[Change]] = {pair: [] for pair in wanted}
    stdin = "".join(f"{old} {new}\n" for old, new in wanted).encode()
    words = ("diff-tree", "--stdin", "-r", "-t", *RAW)
    process = git.moved(GIT_INDEX_FILE=NO_INDEX).start(*words, stdin=stdin, most=MOST_BYTES)
    fields = iter(raw_changes(process).decode("utf-8", "surrogateescape").split("\0"))
    changes: list[Change] = []
    make = Change._make
    for field in fields:
        # Each comparison begins with a line of its own, `<tree> <tree>`.
        *headers, record = field.split("\n")
        if headers:
            old, _, new = headers[-1].partition(" ")
            changes = found[old, new]
        if record:
            old_mode, new_mode, old_oid, new_oid, status = record[1:].split(" ")
            changes.append(make((status, next(fields), old_mode, new_mode, old_oid, new_oid)))
    return found


class CommitChange(NamedTuple):
    """A path that a commit changed against its only parent; a first commit, against nothing."""

    commit: str
    change: Change


def parse_commit_changes(raw: bytes) -> Iterator[CommitChange]:
    """Read `git diff-tree --stdin --root`: each commit's `<commit> NUL`, then its raw records."""
    commit = ""
    fields = iter(raw.split(b"\0"))
    for field in fields:
        if not field.startswith(b":"):
            commit = field.decode() or commit
            continue
        for change in parse_raw(b"\0".join((field, next(fields, b""), b"")), folders=False):
            yield CommitChange(commit, change)
