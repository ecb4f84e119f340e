"""Live notes in a process of its own: `python -I notes.py`, in a worktree with siblings.

Prints the seconds, and the processor seconds, of what a commit of ten files does with the siblings'
notes: loading the module, reading the notes and its own.
"""

from __future__ import annotations

import os
import sys
import time

from guard.git.plumbing import at
from guard.git.repository import Repository, open_repository


def main() -> None:
    """Time it."""
    repository = open_repository(at(os.getcwd()))
    paths = [f"services/cart/src/view-{number}.py" for number in range(10)]
    _take(paths, repository)  # the first commit writes the note
    del sys.modules["guard.git.live_notes"]
    busy, start = time.process_time(), time.perf_counter()
    _take(paths, repository)
    taken = time.perf_counter() - start
    sys.stdout.write(f"{taken} {time.process_time() - busy}\n")


def _take(paths: list[str], repository: Repository) -> None:
    from guard.git.live_notes import note, noted  # as the hook loads it

    noted(repository, paths)
    note(repository.git_dir, paths)


if __name__ == "__main__":
    main()
