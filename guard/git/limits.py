"""What git may need to compare with the index, and the errors where trees stand for too much."""

import os

from guard.git.compare import MOST_CHANGES
from guard.git.plumbing import Answer, Process, TooMuch
from guard.git.repository import Repository

# Beside what the size of the index needs.
_MEMORY = 1 << 28
_SECONDS = 5
_BYTES_A_SECOND = 1 << 22
_KILLED = -9  # at the limit of processor time (setrlimit(2)), or when memory ran out


def answer_within(repository: Repository, process: Process) -> Answer:
    """Wait for a running comparison of a commit with the index. Raises TooMuch if it has no end.

    What git may use grows with the index: memory for its entries, time to look at each.
    """
    size = _size_of_index(repository)
    seconds = _SECONDS + size // _BYTES_A_SECOND
    process.limit(_MEMORY + 8 * size, seconds)
    answer = process.answer()
    if answer.code == _KILLED:
        raise TooMuch(
            "a commit's trees stand for too many paths to be compared with the index: git took "
            f"more than {seconds} s; guard judges at most {MOST_CHANGES:,} paths at once",
            hint="look at the commit: git ls-tree HEAD; and leave it: git reset --soft HEAD~1",
        )
    return answer


def too_large(most: int, of: str = "") -> TooMuch:
    """Give the error that the tree `of` a commit, "" for the base, has more than `most` bytes."""
    if of:
        return TooMuch(
            f"the commit {of[:12]} has more paths than guard reads ({most >> 20} MiB of them)",
            hint=f"look at its largest folders: git ls-tree -r -t {of[:12]} | head",
        )
    return TooMuch(
        f"the base has more paths than guard reads ({most >> 20} MiB of them); "
        "a few trees can stand for very many",
        hint="look at its largest folders: git ls-tree -r -t BASE | head; "
        "and take back on the base what brought them",
    )


def too_many(on: str = "") -> TooMuch:
    """Give the error that too many paths changed, `on` the base if it is named."""
    if on:
        return TooMuch(
            f"more than {MOST_CHANGES:,} paths changed on {on} since this branch left it, "
            "the most that guard compares",
            hint=f"git merge {on}",
        )
    return TooMuch(
        f"more than {MOST_CHANGES:,} paths changed, the most that guard judges at once",
        hint="split the change into several branches",
    )


def _size_of_index(repository: Repository) -> int:
    """The bytes of the index, and of those that it may share (git-update-index(1), SPLIT INDEX)."""
    shared = [name for name in os.listdir(repository.git_dir) if name.startswith("sharedindex.")]
    files = [repository.index_file, *(os.path.join(repository.git_dir, name) for name in shared)]
    return sum(os.path.getsize(file) for file in files if os.path.exists(file))
