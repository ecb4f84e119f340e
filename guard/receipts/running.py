"""Runs a command and gives its exit status, duration and output."""

import contextlib
import os
import select
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from guard.core.errors import GuardError
from guard.receipts.channels import Channel, Tape, own_channels, relaying
from guard.receipts.receipt import Stream

# Signals that Python ignores, and other programs do not (docs.python.org, `signal`).
_RESET = (signal.SIGPIPE, signal.SIGXFSZ)
_PASSED_ON = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
_WATCHED = (*_PASSED_ON, signal.SIGCHLD, signal.SIGWINCH)
TIMED_OUT = 124  # as timeout(1) ends
# Seconds of silence after the end of a command; then processes that it left behind are killed.
_QUIET = 0.2
_GRACE = 5.0  # seconds between SIGTERM and SIGKILL
# How `run_within` starts a command. The pipe on descriptor 3 ends with us, and then a process that
# is nobody's child kills the whole group.
_START = """( (read -r _ <&3; kill -9 0) & ) >/dev/null 2>&1
exec 3<&-; cd -- "$0" && exec /bin/sh -c "$1\""""
_ROUNDS = 50  # of looking for processes that start others meanwhile
# SI_KERNEL (sigaction(2)): the terminal sent the signal to its foreground group, in which the
# command is, too.
_BY_KERNEL = 128


class Ran(NamedTuple):
    """A command that ended; the fields are those of `Receipt`."""

    exit: int
    started: str
    duration: float
    streams: tuple[Stream, ...]


class NotStarted(GuardError):
    """A command could not be started. `code` is a shell's: 127 if there is none, otherwise 126."""

    def __init__(self, message: str, *, hint: str, code: int) -> None:
        super().__init__(message, hint=hint)
        self.code = code


def run_here(argv: Sequence[str], env: Mapping[str, str]) -> Ran:
    """Run a command in the current directory, with our streams. Raises NotStarted.

    Output is passed on as it comes, and so are signals. The command stays in our process group, so
    the terminal's signals, Ctrl-Z and the shell's job control reach it directly.
    """
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    # Without a handler these would be discarded instead of pending (sigwaitinfo(2)).
    noted = (signal.SIGCHLD, signal.SIGWINCH)
    before = [signal.signal(number, lambda *_: None) for number in noted]
    channels = own_channels()
    began, start = _now(), time.monotonic()
    try:
        pid = _started(argv, env, channels, mask)
        with relaying(channels):
            status = _watch(pid, channels)
            took = time.monotonic() - start
    finally:
        for channel in channels:
            channel.close()
        # A second Ctrl-C must not end us before the effect of the first is recorded.
        while signal.sigpending() & set(_WATCHED):
            signal.sigwait(_WATCHED)
        for number, handler in zip(noted, before, strict=True):
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    streams = tuple(channel.stream() for channel in channels)
    return Ran(_exit_of(status), began, round(took, 3), streams)


def run_within(line: str, folder: str, env: Mapping[str, str], limit: float) -> Ran:
    """Run a shell line in `folder` for at most `limit` seconds, without input; catch its output.

    It runs in a session of its own; processes that it started there are killed when it ends, when
    we are interrupted, and when we are killed. If it takes too long, its exit status is
    `TIMED_OUT`.
    """
    reader, writer = os.pipe()
    ended, end = os.pipe()
    watched, held = os.pipe()
    source = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    argv = ["/bin/sh", "-c", _START, folder, line]
    actions = [
        (os.POSIX_SPAWN_DUP2, source, 0),
        (os.POSIX_SPAWN_DUP2, writer, 1),
        (os.POSIX_SPAWN_DUP2, writer, 2),
        (os.POSIX_SPAWN_DUP2, watched, 3),
    ]
    began, start = _now(), time.monotonic()
    tape, outcome = Tape("output"), list[tuple[int, float]]()
    # An interrupt between the start and the `try` would leave the command behind.
    with _held() as mask:
        pid = os.posix_spawn(
            argv[0], argv, env, file_actions=actions, setsid=True, setsigmask=mask, setsigdef=_RESET
        )
        waiting = threading.Thread(target=_wait, args=(pid, outcome, end), daemon=True)
        waiting.start()
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            os.close(writer)
            os.close(source)
            os.close(watched)
            in_time = _catch(reader, ended, tape, start + limit)
            if not in_time:
                _end_gently(pid, ended)
                tape.feed(f"\nguard: ended after {limit:g} s\n".encode())
        finally:
            # EPERM: only dead processes are left (macOS).
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            waiting.join()
            os.close(reader)
            os.close(ended)
            os.close(held)
    (status, over), *_ = outcome
    code = _exit_of(status) if in_time else TIMED_OUT
    return Ran(code, began, round(over - start, 3), (tape.stream(),))


def end_all(mark: str, folder: str) -> None:
    """Kill every process whose environment has `mark` (NAME=VALUE), or that works in `folder`.

    In whatever session it is, but only on Linux, where the system shows this (proc(5)).
    """
    wanted = mark.encode("utf-8", "surrogateescape")
    inside = f"{os.path.realpath(folder)}{os.sep}"
    for _ in range(_ROUNDS):
        names = os.listdir("/proc") if os.path.isdir("/proc") else []
        pids = (int(name) for name in names if name.isdigit())
        found = [pid for pid in pids if pid != os.getpid() and _is_of(pid, wanted, inside)]
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return


def _is_of(pid: int, mark: bytes, inside: str) -> bool:
    """False for a process that has ended, and for one of another user."""
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/environ", "rb") as file:
            has_mark = mark in file.read().split(b"\0")
        return has_mark or os.readlink(f"/proc/{pid}/cwd").startswith(inside)
    return False


@contextlib.contextmanager
def _held() -> Iterator[set[int | signal.Signals]]:
    """Block signals in the block; give the mask that lets them through."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
    try:
        yield mask
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _exit_of(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def _now() -> str:
    seconds = time.time()
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1e6):06}Z"


def _started(
    argv: Sequence[str],
    env: Mapping[str, str],
    channels: Sequence[Channel],
    mask: set[int | signal.Signals],
) -> int:
    actions = [action for channel in channels for action in channel.actions]
    try:
        pid = os.posix_spawnp(
            argv[0], list(argv), env, file_actions=actions, setsigmask=mask, setsigdef=_RESET
        )
    except FileNotFoundError as error:
        message = f"there is no command {argv[0]}"
        raise NotStarted(message, hint=f"command -v {argv[0]}", code=127) from error
    except OSError as error:
        message = f"{argv[0]} cannot be run: {error.strerror}"
        raise NotStarted(message, hint=f"ls -l {argv[0]}", code=126) from error
    for channel in channels:
        channel.begun()
    return pid


def _watch(pid: int, channels: Sequence[Channel]) -> int:
    """Pass on every signal until the command ends; give waitpid(2)'s status."""
    while True:
        number, has_it = _next_signal()
        if number == signal.SIGCHLD:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return status
        elif number == signal.SIGWINCH:
            for channel in channels:
                channel.resize()
            # Our terminal's signal reached it before its own terminal had the new size.
            os.kill(pid, signal.SIGWINCH)
        elif not has_it:
            os.kill(pid, number)


def _next_signal() -> tuple[int, bool]:
    """Give the signal, and whether the terminal sent it to the command, too."""
    if hasattr(signal, "sigwaitinfo"):
        told = signal.sigwaitinfo(_WATCHED)
        return told.si_signo, told.si_code == _BY_KERNEL
    number = signal.sigwait(_WATCHED)  # macOS does not say who sent it
    return number, number in (signal.SIGINT, signal.SIGQUIT) and os.isatty(0)


def _wait(pid: int, outcome: list[tuple[int, float]], end: int) -> None:
    """For a thread: a process cannot be polled together with pipes."""
    status = os.waitpid(pid, 0)[1]
    outcome.append((status, time.monotonic()))
    os.close(end)


def _catch(reader: int, ended: int, tape: Tape, deadline: float) -> bool:
    """Tell whether the command ends before the deadline."""
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    poll.register(ended, select.POLLIN)
    over = False
    while True:
        left = _QUIET if over else max(0.0, deadline - time.monotonic())
        ready = [descriptor for descriptor, _ in poll.poll(left * 1000)]
        if not ready:
            return over
        if ended in ready:
            over = True
            poll.unregister(ended)
        if reader in ready:
            data = os.read(reader, 1 << 16)
            tape.feed(data)
            if not data and over:
                return True
            if not data:
                poll.unregister(reader)


def _end_gently(pid: int, ended: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGTERM)
    select.select((ended,), (), (), _GRACE)
