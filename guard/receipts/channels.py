"""Passes a command's output on as it comes and records its size, digest and end.

Where our output is a terminal, the command gets one of the same size (pty(7)), so colours and
progress bars look as they do without guard.
"""

import contextlib
import hashlib
import os
import select
import termios
import threading
from collections.abc import Iterator, Sequence

from guard.receipts.receipt import Stream
from guard.receipts.results import Watch

TAIL = 4_096  # bytes of output that are kept
_CHUNK = 1 << 16
# Milliseconds of silence after a command's end; then processes that it left behind are cut off.
_QUIET = 500


class Tape:
    """Records one stream: its size, its digest, its end, and the results that runners print."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._size = 0
        self._digest = hashlib.sha256()
        self._tail = b""
        self._watch = Watch()

    def feed(self, data: bytes) -> None:
        """Record more output."""
        self._size += len(data)
        self._digest.update(data)
        self._tail = (self._tail + data)[-TAIL:]
        self._watch.feed(data)

    def stream(self) -> Stream:
        """The record so far."""
        tail = self._tail.decode("utf-8", "replace")
        results, built = self._watch.results(), self._watch.built()
        return Stream(self._name, self._size, self._digest.hexdigest(), tail, results, built)


class Channel:
    """A terminal or a pipe between a command's descriptors `numbers` and our own `target`.

    It is a terminal if `target` is one.
    """

    def __init__(self, name: str, numbers: Sequence[int], target: int) -> None:
        self._target = target
        self._tape = Tape(name)
        self._is_terminal = os.isatty(target)
        self._reader, self._writer = _terminal_like(target) if self._is_terminal else os.pipe()
        self.actions = [(os.POSIX_SPAWN_DUP2, self._writer, number) for number in numbers]

    def begun(self) -> None:
        """Close our copy of the command's end once the command has started."""
        os.close(self._writer)
        self._writer = -1

    def resize(self) -> None:
        """Give the command's terminal the size of ours."""
        if self._is_terminal:
            _same_size(self._target, self._reader)

    def relay(self, ended: int) -> None:
        """Pass on output to its end, or until it is quiet for a while once `ended` is readable."""
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
        """Close both ends."""
        for descriptor in (self._reader, self._writer):
            if descriptor >= 0:
                os.close(descriptor)
        self._reader = self._writer = -1

    def stream(self) -> Stream:
        """The record of what was passed on."""
        return self._tape.stream()

    def _pass_on(self) -> bool:
        """Tell whether more may come.

        If our own reader is gone, close the pipe, so that the command notices.
        """
        try:
            data = os.read(self._reader, _CHUNK)
        except OSError:  # EIO: no process has the terminal open (pty(7))
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
    """Give channels for standard output and standard error.

    If both go to the same file, they share a channel, which keeps the order of the output.
    """
    _occupy()
    if os.path.sameopenfile(1, 2):
        return [Channel("output", (1, 2), 1)]
    return [Channel("output", (1,), 1), Channel("errors", (2,), 2)]


@contextlib.contextmanager
def relaying(channels: Sequence[Channel]) -> Iterator[None]:
    """Pass on what a command writes. The block ends when the command has ended."""
    ended, end = os.pipe()
    threads = [
        threading.Thread(target=channel.relay, args=(ended,), daemon=True) for channel in channels
    ]
    try:
        for thread in threads:
            thread.start()
        yield
    finally:
        os.close(end)  # makes `ended` readable in all threads
        for thread in threads:
            thread.join()
        os.close(ended)


def _occupy() -> None:
    """No pipe may take the number of a stream that is closed."""
    while (descriptor := os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)) <= 2:
        pass
    os.close(descriptor)


def _terminal_like(target: int) -> tuple[int, int]:
    """Line ends are not converted: `target` does so."""
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
        except BlockingIOError:  # our parent made it non-blocking, and it is full
            select.select((), (target,), ())
