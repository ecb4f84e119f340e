"""`guard status --watch` in a real pseudo-terminal: what it draws, and how it leaves."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import termios
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.kit import GUARD, Repo, team

PYTE: Any = import_module("pyte")  # pyte brings no types
COLUMNS, LINES = 70, 24


class Screen:
    """A guard in a terminal of its own, and what can be seen there."""

    def __init__(self, repo: Repo, *shell: str) -> None:
        self.screen = PYTE.Screen(COLUMNS, LINES)
        self._stream = PYTE.ByteStream(self.screen)
        self.raw = b""
        self.pid, self._terminal = pty.fork()
        if not self.pid:
            os.chdir(repo.path)
            os.environ["TERM"] = "xterm-256color"
            words = [*shell, *GUARD, "status", "--watch"]
            os.execv(words[0], words)
        size = struct.pack("HHHH", LINES, COLUMNS, 0, 0)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, size)
        self.before = termios.tcgetattr(self._terminal)

    def press(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._terminal, keys)

    def lines(self) -> list[str]:
        """What is on the screen."""
        return [line.rstrip() for line in self.screen.display]

    def until(self, holds: Callable[[list[str]], bool], seconds: float = 15) -> list[str]:
        """Wait until something holds of the lines, and give them."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self._read(0.1):
                break
            if holds(self.lines()):
                return self.lines()
        pytest.fail("\n".join(["never seen:", *self.lines()]))

    def end(self) -> int:
        """Wait for the end; give the exit status."""
        while self._read(10):
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def is_restored(self) -> bool:
        """Whether the terminal is as it was: its modes, its first screen, its cursor."""
        modes = termios.tcgetattr(self._terminal) == self.before
        tail = self.raw[self.raw.rindex(b"\x1b[?1049h") :]
        return modes and b"\x1b[?1049l" in tail and b"\x1b[?25h" in tail

    def _read(self, seconds: float) -> bool:
        if select.select([self._terminal], [], [], seconds)[0]:
            try:
                raw = os.read(self._terminal, 1 << 16)
            except OSError:  # the other end is closed (Linux: EIO)
                return False
            self.raw += raw
            self._stream.feed(raw)
            return bool(raw)
        return True


@pytest.fixture
def two(repo: Repo) -> dict[str, Repo]:
    """Two sessions, of which one has broken its contract."""
    team(repo)
    places = {name: repo.worktree(name) for name in ("api", "web")}
    places["api"].write({"docs/a.py": "mine\n"})
    return places


def test_it_follows_what_happens(repo: Repo, two: dict[str, Repo]) -> None:
    """A change is drawn without a key; keys choose, open, compare and sort; q leaves no trace."""
    screen = Screen(repo)
    read = [["blocked", "api"], ["stale", "web"]]  # one before the other
    screen.until(lambda lines: [line.split()[:2] for line in lines[3:5]] == read)
    two["api"].git("restore", ".")
    two["web"].write({"web/new/file.py": "new\n"})
    screen.until(lambda lines: not any(line.startswith("blocked") for line in lines))
    screen.until(lambda lines: any(line.startswith("working") for line in lines))
    two["web"].write({"web/new/file.py": "new\n", "docs/b.py": "docs b\n" * 20 + "not mine\n"})
    seen = screen.until(lambda lines: lines[3].startswith("blocked"))
    assert seen[3].split()[1] == "web"
    repo.commit({".guard/contracts/later.toml": "owns = [\n"})
    screen.until(lambda lines: any("error: .guard/contracts/later" in line for line in lines))
    repo.write({"web/stray.py": "whose?\n"})
    screen.until(lambda lines: any(line.startswith("not a session: 1 path") for line in lines))
    screen.until(lambda lines: any("SES002 stray-work" in line for line in lines))
    screen.press(b"\r")
    screen.until(lambda lines: str(two["web"].path) in "".join(lines))
    screen.press(b"\x1b[D\x1b[1;2q")  # keys without a meaning, though the second ends with q
    screen.press(b"d")
    screen.until(lambda lines: "+not mine" in lines and "not tracked: web/new/file.py" in lines)
    screen.press(b"\x1b")
    screen.until(lambda lines: lines[2].startswith("state"))
    screen.press(b"ss")
    screen.until(lambda lines: "by age" in lines[-1])
    screen.press(b"q")
    assert screen.end() == 0
    assert screen.is_restored()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_the_terminal_as_it_was(
    repo: Repo, two: dict[str, Repo], number: signal.Signals
) -> None:
    """Ended by a signal, it gives modes, screen and cursor back."""
    screen = Screen(repo)
    screen.until(lambda lines: "quit" in "".join(lines))
    os.kill(screen.pid, number)
    assert screen.end() == 128 + number
    assert screen.is_restored()


def test_killed_it_leaves_the_terminal_as_it_was(
    repo: Repo, two: dict[str, Repo], tmp_path: Path
) -> None:
    """SIGKILL in a shell: what guard cannot do any more is done for it."""
    noted = tmp_path / "pid"
    inner = 'echo $$ > "$0"; exec "$@"'
    screen = Screen(repo, "/bin/sh", "-c", f'sh -c \'{inner}\' "$0" "$@"; read key', str(noted))
    screen.until(lambda lines: "quit" in "".join(lines))
    assert not screen.is_restored()
    os.kill(int(noted.read_text()), signal.SIGKILL)
    screen.until(lambda lines: screen.is_restored())
    screen.press(b"\n")
    assert screen.end() == 0


def test_a_limit_of_the_system_is_told(repo: Repo, two: dict[str, Repo]) -> None:
    """Where not all folders can be watched, it says so, and goes on."""
    few = 'echo 5 > /proc/sys/user/max_inotify_watches && exec "$@"'
    apart = ("unshare", "--user", "--map-root-user", "/bin/sh", "-c", few, "sh")
    if not shutil.which("unshare") or repo.run(*apart, "true", ok=()).code:
        pytest.skip("no limit can be set for one program here")
    screen = Screen(repo, str(shutil.which("unshare")), *apart[1:])
    screen.until(lambda lines: lines[-1].startswith("the system watches no more files"))
    screen.press(b"q")
    assert screen.end() == 0


def test_it_needs_a_terminal(repo: Repo) -> None:
    """Into a pipe, and beside options that print, it says so."""
    team(repo)
    ran = repo.guard("status", "--watch")
    assert (ran.code, ran.out) == (2, "")
    assert "hint: guard status" in ran.err
    assert repo.guard("status", "--watch", "--format", "json").code == 2
