"""Work on many things side by side, in which one that hangs keeps no other waiting.

A worktree may lie on a disk that does not answer. Not even SIGKILL always ends who waits for such
a disk: guard would print everything and stay. So processes of their own find out which folders
answer (`Folders`), and no thread of guard's touches one before. Where git waits, it is killed.
"""

import os
import select
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from signal import SIGKILL
from threading import Event, Thread, get_ident
from typing import Generic, TypeVar

from guard.git.plumbing import stop_those_of

PATIENCE = 60.0  # seconds for one worktree, where nobody says otherwise
ANSWERS = 10.0  # seconds for a disk to say whether a folder is there
_PER_CORE = 2  # threads: half of the time is spent waiting for git
_SLOW = 0.5  # seconds after which a thread counts as waiting, so that another one may work

Item = TypeVar("Item")
Result = TypeVar("Result")


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


class Folders:
    """Finds out which of some folders answer; each may be waited for, in any thread."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._answered = [Event() for _ in paths]
        self._asking: dict[int, tuple[int, list[int]]] = {}  # pipe → process, what it asks next
        self._ask(list(range(len(paths))))
        Thread(target=self._listen, daemon=True).start()

    def answers(self, number: int, patience: float = ANSWERS) -> bool:
        """Wait until a folder answers, or tells that it is not there.

        False after `patience` seconds, or `ANSWERS`.
        """
        return self._answered[number].wait(min(patience, ANSWERS))

    def _ask(self, numbers: list[int]) -> None:
        """Let a process ask for some folders, one after the other."""
        reader, writer = os.pipe()
        with warnings.catch_warnings():  # of threads: the child takes no lock
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if not pid:
            try:
                _tell([self._paths[number] for number in numbers], writer)
            finally:
                os._exit(0)
        os.close(writer)
        self._asking[reader] = (pid, numbers)

    def _listen(self) -> None:
        """Hear of folders; those behind one that does not answer are asked for one by one."""
        is_stuck = False
        while self._asking:
            ready, _, _ = select.select([*self._asking], [], [], None if is_stuck else _SLOW)
            for reader in ready:
                pid, numbers = self._asking[reader]
                heard = len(os.read(reader, len(self._paths) + 1))
                for number in numbers[: heard or None]:  # all, should the process have died
                    self._answered[number].set()
                del numbers[:heard]
                if not heard:
                    self._leave(reader)
                    os.waitpid(pid, 0)
            if not ready:
                is_stuck = True
                for reader, (pid, numbers) in list(self._asking.items()):
                    self._leave(reader)
                    os.kill(pid, SIGKILL)  # once its disk answers
                    for number in numbers:
                        self._ask([number])

    def _leave(self, reader: int) -> None:
        del self._asking[reader]
        os.close(reader)


def _tell(paths: Sequence[str], writer: int) -> None:
    """Look at each folder, and write a byte for it; nothing else of guard's stays open."""
    os.dup2(writer, 0)
    os.closerange(1, os.sysconf("SC_OPEN_MAX"))
    for path in paths:
        with suppress(OSError):
            os.stat(path)
        os.write(0, b".")


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
