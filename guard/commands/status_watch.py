"""`guard status --watch`: the board on a whole terminal, drawn again when something changes."""

import os
import re
import select
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Event, Thread
from types import FrameType
from typing import NoReturn

from rich.console import Console, ConsoleDimensions

from guard.commands.status_terminal import Terminal
from guard.core.errors import GuardError
from guard.git.plumbing import Git
from guard.git.repository import Repository, open_repository
from guard.reports.screen import View, drawn, pressed
from guard.rules.board import Board, Row
from guard.sessions.status import difference, look
from guard.sessions.watching import changes_in, folders_of

_MINUTE = 60  # seconds after which ages are drawn anew
_WITHOUT = 15  # seconds between two looks where the system watches nothing
_SOON = 0.5  # seconds
_REST = 2.0  # times the processor time of a look, for which guard rests after it
_KEYS = {
    b"\x1b[A": "up",
    b"\x1b[B": "down",
    b"\x1bOA": "up",
    b"\x1bOB": "down",
    b"k": "up",
    b"j": "down",
    b"\x1b[5~": "pageup",
    b"\x1b[6~": "pagedown",
    b" ": "pagedown",
    b"\x1b[H": "home",
    b"\x1b[F": "end",
    b"g": "home",
    b"G": "end",
    b"\r": "enter",
    b"\n": "enter",
    b"\x1b": "escape",
    b"\x7f": "escape",
    b"\x04": "q",
}
# A sequence is one key, also one without a name here (ECMA-48, 5.4; SS3 and a letter).
_KEY = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO.|.", re.DOTALL)
_LIMITED = f"the system watches no more files: seen every {_WITHOUT} s"
_ENDING = (signal.SIGTERM, signal.SIGHUP)


class _Ended(Exception):
    """A signal asked guard to end: its number."""


def watch(git: Git, patience: float, *, colour: bool) -> int:
    """Show all sessions until somebody presses q. The terminal is left as it was.

    A worktree that does not answer for `patience` seconds is given up each time.

    Gives 0, or the exit status of a program that a signal ended. Raises GuardError where there is
    no base or its policy cannot be read.
    """
    wake = _Wake()
    boards = _Boards(git, patience, wake)
    watcher = Thread(target=_watch, args=(open_repository(git), boards), daemon=True)
    console = Console(force_terminal=True, no_color=not colour, highlight=False)
    try:
        with _signals(wake), _terminal(console) as terminal:
            boards.start()
            watcher.start()
            _Loop(console, boards, wake, terminal).run()
    except _Ended as end:
        return 128 + int(end.args[0])
    return 0


class _Wake:
    """A pipe that ends a wait: threads and signals write into it."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()
        os.set_blocking(self.reader, False)
        os.set_blocking(self._writer, False)

    def __call__(self) -> None:
        with suppress(OSError):  # it is full: whoever waits will wake up
            os.write(self._writer, b"!")

    def clear(self) -> None:
        """Forget what was written."""
        with suppress(OSError):
            while os.read(self.reader, 1 << 12):
                pass


class _Boards:
    """Looks again, in a thread of its own, whenever it is asked to."""

    def __init__(self, git: Git, patience: float, wake: _Wake) -> None:
        self.board = Board("", "", (), time.time())
        self.error: BaseException | None = None
        self.note = ""
        self.busy = True
        self.limited = False
        self._git = git
        self._patience = patience
        self._wake = wake
        self._asked = Event()
        self._pool = ThreadPoolExecutor(1)

    def start(self) -> None:
        """Look, and again whenever `ask` was called."""
        self._asked.set()
        Thread(target=self._run, daemon=True).start()

    def ask(self) -> None:
        """Have it look again."""
        self._asked.set()

    def _run(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            self.busy, before = True, _processor()
            self._wake()
            self._look()
            self.busy = False
            self._wake()
            time.sleep(_REST * (_processor() - before))

    def _look(self) -> None:
        """Look once. What is no error of a later look is raised by the main thread."""
        is_first = not self.board.picture
        seen = self._seen if is_first else None
        looked = self._pool.submit(look, self._git, seen, self._patience)
        error = looked.exception()
        self.note = ""
        if error is None:
            self.board = looked.result()
        elif isinstance(error, GuardError) and not is_first:
            self.note = f"could not look: {error.message.splitlines()[0]}"
        else:
            self.error = error

    def _seen(self, board: Board) -> None:
        self.board = board
        self._wake()


def _processor() -> float:
    """The seconds of processor time that guard has taken, with git's."""
    return sum(os.times()[:4])


def _keys_in(raw: bytes) -> Iterator[str]:
    """The names of the keys that were pressed; several may come at once."""
    for found in _KEY.findall(raw):
        yield _KEYS.get(found) or found.decode("ascii", "replace")


@contextmanager
def _terminal(console: Console) -> Iterator[Terminal]:
    terminal = Terminal(console)
    try:
        terminal.enter()
        yield terminal
    finally:
        terminal.close()


class _Loop:
    """Waits for keys and boards, and draws."""

    def __init__(self, console: Console, boards: _Boards, wake: _Wake, terminal: Terminal) -> None:
        self._console = console
        self._boards = boards
        self._wake = wake
        self._terminal = terminal
        self._view = View(boards.board)

    def run(self) -> None:
        """Draw until q is pressed, or the keyboard is gone. Raises what ended the looking."""
        while True:
            if self._boards.error:
                raise self._boards.error
            boards = self._boards
            self._view = self._view._replace(
                board=boards.board,
                busy=boards.busy,
                note=boards.note or _LIMITED * boards.limited,
                now=time.time(),
            )
            self._draw()
            ready, _, _ = select.select([0, self._wake.reader], [], [], _MINUTE)
            self._wake.clear()
            if _STOPPED:
                self._stop()
            if 0 in ready and not self._pressed(os.read(0, 1 << 10)):
                return

    def _pressed(self, raw: bytes) -> bool:
        """Do what the keys say; tell whether to go on."""
        return bool(raw) and all(map(self._does, _keys_in(raw)))  # nothing: the terminal is gone

    def _does(self, key: str) -> bool:
        if key == "q":
            return False
        if key == "r":
            self._boards.ask()
        elif key == "d" and self._view.row:
            row = self._view.row
            text = self._diff(row)
            self._view = self._view._replace(page="diff", chosen=row.name, top=0, text=text)
        else:
            self._view = pressed(self._view, key, *self._size())
        return True

    def _diff(self, row: Row) -> tuple[str, ...]:
        try:
            return difference(row.party, self._boards.board.oid)
        except GuardError as error:
            return (f"cannot be shown: {error.message.splitlines()[0]}",)

    def _draw(self) -> None:
        width, height = self._size()
        self._console.size = ConsoleDimensions(width, height)
        lines = drawn(self._view, width, height)
        with self._console.capture() as captured:
            for line in lines:
                self._console.print(line, soft_wrap=True)
        text = captured.get().rstrip("\n").replace("\n", "\x1b[K\r\n")
        self._console.file.write(f"\x1b[H{text}\x1b[K\x1b[J")
        self._console.file.flush()

    def _size(self) -> tuple[int, int]:
        """The window as it is now; a terminal that does not say has the usual size."""
        try:
            width, height = os.get_terminal_size(1)
        except OSError:
            width, height = 0, 0
        return width or 80, height or 24

    def _stop(self) -> None:
        """As Ctrl-Z wants it: the terminal is given back while guard is stopped."""
        _STOPPED.clear()
        self._terminal.leave()
        before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, before)
        self._terminal.enter()


_STOPPED: list[int] = []  # Ctrl-Z was pressed


@contextmanager
def _signals(wake: _Wake) -> Iterator[None]:
    """End in order when asked to, stop in order, and draw anew when the window is another."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        raise _Ended(number)

    def stop(number: int, frame: FrameType | None) -> None:
        _STOPPED.append(number)
        wake()

    def resized(number: int, frame: FrameType | None) -> None:
        wake()

    wanted = {**dict.fromkeys(_ENDING, end), signal.SIGTSTP: stop, signal.SIGWINCH: resized}
    before = {number: signal.signal(number, action) for number, action in wanted.items()}
    try:
        yield
    finally:
        for number, action in before.items():
            signal.signal(number, action)


def _watch(repository: Repository, boards: _Boards) -> None:
    """Have the boards look again when something changes; where that is not told, now and then."""
    while True:
        try:
            for is_folder in changes_in(folders_of(repository)):
                boards.limited = False
                boards.ask()
                if is_folder:
                    break
        except FileNotFoundError:  # a folder went while the others were listed
            time.sleep(_SOON)
        except (GuardError, OSError):
            boards.limited = True
            time.sleep(_WITHOUT)
            boards.ask()
