"""Runs a command for somebody as if they had started it themselves, and tells what came of it.

Whatever guard runs for others starts with an environment that says nothing about the repository of a hook: a test suite that begins with
`git init` must not begin it in the repository whose hook started it.
"""

from __future__ import annotations

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

# What says with which repository, index and configuration git works, and what it tells a hook (git(1); githooks(5);
# `git rev-parse --local-env-vars`, and what that leaves out).
_LEAKING = frozenset(
    "GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_ATTR_SOURCE GIT_COMMON_DIR GIT_CONFIG GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS GIT_DIR "
    "GIT_EXTERNAL_DIFF GIT_GLOB_PATHSPECS GIT_GRAFT_FILE GIT_ICASE_PATHSPECS GIT_IMPLICIT_WORK_TREE GIT_INDEX_FILE GIT_INDEX_VERSION "
    "GIT_INTERNAL_SUPER_PREFIX GIT_LITERAL_PATHSPECS GIT_NAMESPACE GIT_NOGLOB_PATHSPECS GIT_NO_REPLACE_OBJECTS GIT_OBJECT_DIRECTORY "
    "GIT_PREFIX GIT_QUARANTINE_PATH GIT_REFLOG_ACTION GIT_REPLACE_REF_BASE GIT_SHALLOW_FILE GIT_WORK_TREE".split()
)
_LEAKING_TOO = ("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "GIT_PUSH_OPTION_", "GITHEAD_")
RESET = (
    signal.SIGPIPE,
    signal.SIGXFSZ,
)  # which Python ignores, and a command by itself does not (docs.python.org, `signal`)
_PASSED_ON = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
_WATCHED = (*_PASSED_ON, signal.SIGCHLD, signal.SIGWINCH)
_QUIET = 0.2  # seconds of silence, after the end of a command whose output is caught, until what it left running is ended
_GRACE = 5.0  # seconds between asking a command to end and making it
_BY_KERNEL = 128  # SI_KERNEL (sigaction(2)): the terminal sent it, to the command as well, for both are in its foreground group


class Ran(NamedTuple):
    """What came of a command: `exit` is 0 to 255, 128 + n after signal n; `started` is UTC as ISO 8601; `duration` is in seconds."""

    exit: int
    started: str
    duration: float
    streams: tuple[Stream, ...]


TIMED_OUT = 124  # as timeout(1) ends


class NotStarted(GuardError):
    """A command could not be started. `code` is what a shell gives then: 127 where there is none, 126 where it cannot be run."""

    def __init__(self, message: str, *, hint: str, code: int) -> None:
        super().__init__(message, hint=hint)
        self.code = code


def without_place(env: Mapping[str, str]) -> dict[str, str]:
    """Give an environment without what git tells its hooks about their repository."""
    return {
        name: value
        for name, value in env.items()
        if name not in _LEAKING and not name.startswith(_LEAKING_TOO)
    }


def run_here(argv: Sequence[str], env: Mapping[str, str]) -> Ran:
    """Run a command in the current directory, in front of whoever started guard. Raises NotStarted.

    Its output passes through as it comes. Signals that guard gets are passed on; what a terminal sends reaches it directly, for it stays
    in guard's process group, where Ctrl-Z and the shell's job control find it, too.
    """
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    noted = (
        signal.SIGCHLD,
        signal.SIGWINCH,
    )  # what is ignored need not wait to be asked for (sigwaitinfo(2))
    before = [signal.signal(number, lambda *_: None) for number in noted]
    channels = own_channels()
    began, start = now(), time.monotonic()
    try:
        pid = _started(argv, env, channels, mask)
        with relaying(channels):
            status = _watch(pid, channels)
            took = time.monotonic() - start
    finally:
        for channel in channels:
            channel.close()
        while signal.sigpending() & set(
            _WATCHED
        ):  # a second Ctrl-C must not end us before it is recorded what the first one did
            signal.sigwait(_WATCHED)
        for number, handler in zip(noted, before, strict=True):
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return Ran(
        exit_of(status), began, round(took, 3), tuple(channel.stream() for channel in channels)
    )


def run_within(line: str, folder: str, env: Mapping[str, str], limit: float) -> Ran:
    """Run a line of the shell in `folder`, with nothing to read and its output caught, for at most `limit` seconds.

    It gets a session of its own; whatever it started there ends with it, and with us if we are interrupted. One that took too long exits
    with `TIMED_OUT`.
    """
    reader, writer = os.pipe()
    ended, end = os.pipe()
    source = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    argv = ["/bin/sh", "-c", 'cd -- "$0" && exec /bin/sh -c "$1"', folder, line]
    actions = [
        (os.POSIX_SPAWN_DUP2, source, 0),
        (os.POSIX_SPAWN_DUP2, writer, 1),
        (os.POSIX_SPAWN_DUP2, writer, 2),
    ]
    began, start, tape, outcome = now(), time.monotonic(), Tape("output"), list[tuple[int, float]]()
    with (
        _held() as mask
    ):  # an interrupt between the start and the `try` would leave the command behind
        pid = os.posix_spawn(
            argv[0], argv, env, file_actions=actions, setsid=True, setsigmask=mask, setsigdef=RESET
        )
        waiting = threading.Thread(target=_wait, args=(pid, outcome, end), daemon=True)
        waiting.start()
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            os.close(writer)
            os.close(source)
            in_time = _catch(reader, ended, tape, start + limit)
            if not in_time:
                _end_gently(pid, ended)
                tape.feed(f"\nguard: ended after {limit:g} s\n".encode())
        finally:
            with contextlib.suppress(
                ProcessLookupError, PermissionError
            ):  # EPERM: only what is already dead is left (macOS)
                os.killpg(pid, signal.SIGKILL)
            waiting.join()
            os.close(reader)
            os.close(ended)
    (status, over), *_ = outcome
    return Ran(
        exit_of(status) if in_time else TIMED_OUT, began, round(over - start, 3), (tape.stream(),)
    )


@contextlib.contextmanager
def _held() -> Iterator[set[int | signal.Signals]]:
    """Hold back whatever would end us; give what was held back before, to let go of the rest."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
    try:
        yield mask
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def exit_of(status: int) -> int:
    """Give the exit status that a shell shows for what waitpid(2) tells: 128 + n after signal n."""
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def now() -> str:
    """Give the time: UTC as ISO 8601 with microseconds."""
    seconds = time.time()
    return (
        time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1e6):06}Z"
    )


def _started(
    argv: Sequence[str],
    env: Mapping[str, str],
    channels: Sequence[Channel],
    mask: set[int | signal.Signals],
) -> int:
    actions = [action for channel in channels for action in channel.actions]
    try:
        pid = os.posix_spawnp(
            argv[0], list(argv), env, file_actions=actions, setsigmask=mask, setsigdef=RESET
        )
    except FileNotFoundError as error:
        raise NotStarted(
            f"there is no command {argv[0]}", hint=f"command -v {argv[0]}", code=127
        ) from error
    except OSError as error:
        raise NotStarted(
            f"{argv[0]} cannot be run: {error.strerror}", hint=f"ls -l {argv[0]}", code=126
        ) from error
    for channel in channels:
        channel.begun()
    return pid


def _watch(pid: int, channels: Sequence[Channel]) -> int:
    """Wait for the end of a command, and pass on every signal until then; give its status as waitpid(2) tells it."""
    while True:
        number, has_it = _next_signal()
        if number == signal.SIGCHLD:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return status
        elif number == signal.SIGWINCH:
            for channel in channels:
                channel.resize()
            os.kill(
                pid, signal.SIGWINCH
            )  # the terminal told it before its own one had the new size
        elif not has_it:
            os.kill(pid, number)


def _next_signal() -> tuple[int, bool]:
    """Wait for a signal; give its number, and whether the command has got it, too, from the terminal."""
    if hasattr(signal, "sigwaitinfo"):
        told = signal.sigwaitinfo(_WATCHED)
        return told.si_signo, told.si_code == _BY_KERNEL
    number = signal.sigwait(_WATCHED)  # macOS does not say who sent it
    return number, number in (signal.SIGINT, signal.SIGQUIT) and os.isatty(0)


def _wait(pid: int, outcome: list[tuple[int, float]], end: int) -> None:
    """Wait for a command in a thread of its own: pipes can be waited for together, processes cannot.

    Its status and the time go to `outcome`, and `end` is closed.
    """
    status = os.waitpid(pid, 0)[1]
    outcome.append((status, time.monotonic()))
    os.close(end)


def _catch(reader: int, ended: int, tape: Tape, deadline: float) -> bool:
    """Record all that is written until the command has ended; tell whether that was before the deadline."""
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
    """Ask a command and all that it started to end, and give them a moment."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGTERM)
    select.select((ended,), (), (), _GRACE)
