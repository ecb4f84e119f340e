"""What a command writes, on its way through: passed on as it comes, counted, digested, and its end kept. Memory stays bounded.

A command whose output went to a terminal writes to one here too (pty(7)): it sees the same size, and colours and progress bars come out
as without guard in between.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import select
import termios
import threading
from collections.abc import Iterator, Sequence

from guard.receipts.receipt import Stream

TAIL = 4_096  # bytes of output that are kept
_CHUNK = 1 << 16
_QUIET = 500  # milliseconds of silence, after the end of a command, before what it left running is cut off from the output


class Tape:
    """Takes what is written to one stream; keeps its size, its digest and its end."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._size = 0
        self._digest = hashlib.sha256()
        self._tail = b""

    def feed(self, data: bytes) -> None:
        """Take what comes next."""
        self._size += len(data)
        self._digest.update(data)
        self._tail = (self._tail + data)[-TAIL:]

    def stream(self) -> Stream:
        """What was taken so far."""
        return Stream(
            self._name, self._size, self._digest.hexdigest(), self._tail.decode("utf-8", "replace")
        )


class Channel:
    """Where a command writes in place of one or both of our own streams: a terminal where ours is one, a pipe elsewhere.

    `numbers` are the command's descriptors, `target` is our own one, where all of it goes.
    """

    def __init__(self, name: str, numbers: Sequence[int], target: int) -> None:
        self._target = target
        self._tape = Tape(name)
        self._is_terminal = os.isatty(target)
        self._reader, self._writer = _terminal_like(target) if self._is_terminal else os.pipe()
        self.actions = [(os.POSIX_SPAWN_DUP2, self._writer, number) for number in numbers]

    def begun(self) -> None:
        """Let go of the command's end, now that it has its own."""
        os.close(self._writer)
        self._writer = -1

    def resize(self) -> None:
        """Make the command's terminal as large as ours has become."""
        if self._is_terminal:
            _same_size(self._target, self._reader)

    def relay(self, ended: int) -> None:
        """Pass on all that comes until nobody can write any more, or, once `ended` can be read, until it has been quiet for a while."""
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        poll.register(ended, select.POLLIN)
        patience = None
        while ready := poll.poll(patience):
            if any(descriptor == ended for descriptor, _ in ready):
                poll.unregister(ended)
                patience = _QUIET
            elif not self._pass_on():
                return

    def close(self) -> None:
        """Let go of both ends."""
        for descriptor in (self._reader, self._writer):
            if descriptor >= 0:
                os.close(descriptor)
        self._reader = self._writer = -1

    def stream(self) -> Stream:
        """What was passed on."""
        return self._tape.stream()

    def _pass_on(self) -> bool:
        """Pass on what there is; tell whether more may come. Where nobody reads us any more, the command is to notice, as if alone."""
        try:
            data = os.read(self._reader, _CHUNK)
        except OSError:  # EIO: a terminal that nobody has open any more (pty(7))
            data = b""
        self._tape.feed(data)
        try:
            _write_all(self._target, data)
        except OSError:
            os.close(self._reader)
            self._reader = -1
            return False
        return bool(data)


def own_channels() -> list[Channel]:
    """Give channels for standard output and standard error: one for both where they are the same, so that nothing changes places."""
    _occupy()
    if os.path.sameopenfile(1, 2):
        return [Channel("output", (1, 2), 1)]
    return [Channel("output", (1,), 1), Channel("errors", (2,), 2)]


@contextlib.contextmanager
def relaying(channels: Sequence[Channel]) -> Iterator[None]:
    """Pass on what a command writes while the block runs; the end of the block is the end of the command."""
    ended, end = os.pipe()
    threads = [
        threading.Thread(target=channel.relay, args=(ended,), daemon=True) for channel in channels
    ]
    try:
        for thread in threads:
            thread.start()
        yield
    finally:
        os.close(end)  # now `ended` can be read, by all of them
        for thread in threads:
            thread.join()
        os.close(ended)


def _occupy() -> None:
    """Make sure that 0, 1 and 2 are open: a pipe that took the number of a closed stream would be taken for it."""
    while (descriptor := os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)) <= 2:
        pass
    os.close(descriptor)


def _terminal_like(target: int) -> tuple[int, int]:
    """A terminal with the settings and the size of `target`, except that it leaves line ends alone: `target` will see to them."""
    reader, writer = os.openpty()
    settings = termios.tcgetattr(target)
    settings[1] &= ~termios.OPOST
    termios.tcsetattr(writer, termios.TCSANOW, settings)
    _same_size(target, writer)
    return reader, writer


def _same_size(source: int, target: int) -> None:
    with contextlib.suppress(OSError, termios.error):
        termios.tcsetwinsize(target, termios.tcgetwinsize(source))


def _write_all(target: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(target, rest) :]
        except BlockingIOError:  # whoever started us made its end so, and it is full
            select.select((), (target,), ())
