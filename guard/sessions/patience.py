"""Work on many things side by side, in which one that hangs keeps no other waiting.

No thread touches a folder on a disk that does not answer (`git/disks.py`): it would stay for ever.
"""

import os
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread, get_ident
from typing import Generic, TypeVar

from guard.git.plumbing import stop_those_of

PATIENCE = 60.0  # seconds for one worktree, where nobody says otherwise
_PER_CORE = 2  # threads: half of the time is spent waiting for git
_SLOW = 0.5  # seconds after which a thread counts as waiting, so that another one may work

Told = Callable[[str, int, int], None]  # what is being done, how much of it, of how many

Item = TypeVar("Item")
Result = TypeVar("Result")


def untold(what: str, done: int, total: int) -> None:
    """Hear of no progress."""


def side_by_side(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    patience: float,
    done: Callable[[int, Result | None], None],
) -> list[Result | None]:
    """Do `work` on each item in threads; give the results in their order, None for what hangs.

    An item hangs if it takes longer than `patience` seconds. `done` hears how many are done, and of
    each result. Raises what `work` raises.
    """
    return _Crew(work, items).results(patience, done)


class _Crew(Generic[Item, Result]):
    """Threads that take one item after another."""

    def __init__(self, work: Callable[[Item], Result], items: Sequence[Item]) -> None:
        self._work = work
        self._items = items
        self._waiting: SimpleQueue[int] = SimpleQueue()
        self._done: SimpleQueue[tuple[int, Result | None, BaseException | None]] = SimpleQueue()
        self._started: dict[int, tuple[float, int]] = {}  # item → since when, and its thread
        self._slow: set[int] = set()
        for number in range(len(items)):
            self._waiting.put(number)

    def results(
        self, patience: float, done: Callable[[int, Result | None], None]
    ) -> list[Result | None]:
        """Wait for all that do not hang."""
        found: list[Result | None] = [None] * len(self._items)
        left = set(range(len(self._items)))
        for _ in range(min(len(left), _PER_CORE * (os.cpu_count() or 1))):
            self._hire()
        while left:
            try:
                number, result, error = self._done.get(timeout=_SLOW / 2)
            except Empty:
                for number in left.intersection(self._hanging(patience)):
                    left.discard(number)
                    done(len(found) - len(left), None)
                continue
            if error:
                raise error
            if number in left:
                left.discard(number)
                found[number] = result
                done(len(found) - len(left), result)
        return found

    def _hanging(self, patience: float) -> list[int]:
        """The items that take too long; others get another thread."""
        now, found = time.monotonic(), []
        for number, (since, thread) in list(self._started.items()):
            if now - since > _SLOW and number not in self._slow:
                self._slow.add(number)
                self._hire()
            if now - since > patience:
                stop_those_of(thread)
                found.append(number)
        return found

    def _hire(self) -> None:
        Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                number = self._waiting.get_nowait()
            except Empty:
                return
            self._started[number] = (time.monotonic(), get_ident())
            self._take(number)
            del self._started[number]

    def _take(self, number: int) -> None:
        """An error also is raised where the results are waited for."""
        try:
            self._done.put((number, self._work(self._items[number]), None))
        except BaseException as error:
            self._done.put((number, None, error))
            raise
