"""The whole terminal for a while; it is given back whatever ends guard, SIGKILL included."""

import os
import signal
import termios
import tty
from contextlib import suppress
from typing import Any, NoReturn

from rich.console import Console

_TAKEN, _GIVEN_BACK = b"t", b"g"
_FIRST_SCREEN = b"\x1b[?25h\x1b[?1049l"  # and the cursor (xterm's DECTCEM, 1049)
_ENDING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGTSTP", "SIGTTIN", "SIGTTOU")


class Terminal:
    """Raw keys and another screen, and all of that taken back.

    Nobody can act after SIGKILL, so a process that only waits does it then: it hears by a pipe
    whether guard has the terminal, and that guard is no more. It has to be made before any thread.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._before = termios.tcgetattr(0)
        reader, self._writer = os.pipe()
        self._keeper = os.fork()
        if not self._keeper:
            os.close(self._writer)
            _keep(reader, self._before)
        os.close(reader)

    def enter(self) -> None:
        """Take the whole screen."""
        self._tell(_TAKEN)
        tty.setcbreak(0, termios.TCSANOW)
        self._console.set_alt_screen(enable=True)
        self._console.show_cursor(show=False)

    def leave(self) -> None:
        """Give everything back; a terminal that is gone wants nothing."""
        with suppress(OSError, ValueError):
            self._console.show_cursor(show=True)
            self._console.set_alt_screen(enable=False)
        with suppress(OSError, termios.error):
            termios.tcsetattr(0, termios.TCSANOW, self._before)
        self._tell(_GIVEN_BACK)

    def close(self) -> None:
        """Give everything back for good."""
        self.leave()
        os.close(self._writer)
        with suppress(OSError):
            os.waitpid(self._keeper, 0)

    def _tell(self, what: bytes) -> None:
        with suppress(OSError):  # somebody killed the keeper
            os.write(self._writer, what)


def _keep(reader: int, before: list[Any]) -> NoReturn:
    """Wait for guard's end; give the terminal back if guard has not. A shell sets modes itself."""
    try:
        for name in _ENDING:
            signal.signal(getattr(signal, name), signal.SIG_IGN)
        last = b""
        while heard := os.read(reader, 1 << 10):
            last = heard[-1:]
        if last == _TAKEN:
            os.write(1, _FIRST_SCREEN)
            if os.tcgetpgrp(0) == os.getpgrp():
                termios.tcsetattr(0, termios.TCSANOW, before)
    finally:
        os._exit(0)
