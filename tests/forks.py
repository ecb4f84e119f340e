"""Guard in a fork of a process that has imported it already: a whole program, without its start.

Most of a short guard's life is Python's start and its imports, and the suite starts guard many
thousand times. Each worker of the suite keeps one process that has imported every module of guard
and has run none of it. A request brings words, folder, environment and three file descriptors; the
process forks, and the fork runs `guard.__main__.main` as a new one would: nothing that one test
does is in memory when the next one runs. A process of its own, as users start it, is what
`Repo.run(*GUARD, …)` starts, and so does `Repo.guard` where language, Python's own variables or the
measuring of coverage differ, which Python reads when it starts.

As a program, this file is that process: `python -I tests/forks.py SOCKET`. It ends with its stdin.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import os
import pickle
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

_READ_AT_START = ("PYTHON", "LC_", "LANG", "COVERAGE_PROCESS")
_LENGTH = 8  # bytes of the number in front of a request
_STATUS = 4  # bytes of an answer: the exit status, negative for a signal
DIES = "TESTS_DIE_BEFORE_ACT"  # the variable that says before which of its acts a fork kills itself
# What an act is, by its name in Python's "Audit events table"; a file that is opened to be made,
# too.
_ACTS = frozenset(
    "os.posix_spawn subprocess.Popen os.rename os.link os.symlink os.remove os.mkdir os.rmdir "
    "os.truncate shutil.copyfile fcntl.flock".split()
)


def _of_the_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(_READ_AT_START)}


_STARTED_WITH = _of_the_start(os.environ)


def can_run(env: Mapping[str, str]) -> bool:
    """Whether a fork does what a new process with the variables `env` would do."""
    measured = any(env.get(name) for name in env if name.startswith("COVERAGE_PROCESS"))
    return sys.platform == "linux" and not measured and _of_the_start(env) == _STARTED_WITH


def run_guard(
    words: list[bytes], cwd: bytes, env: Mapping[str, str], stdin: bytes
) -> subprocess.CompletedProcess[bytes]:
    """Run `guard WORDS…` in the folder `cwd`, with `stdin` as its input.

    Raises OSError if there is no such folder.
    """
    folder = os.open(cwd, os.O_PATH | os.O_DIRECTORY)
    environ = {os.fsencode(name): os.fsencode(value) for name, value in env.items()}
    request = pickle.dumps((words, environ))
    (their_in, to_them), (from_out, their_out), (from_err, their_err) = (
        os.pipe() for _ in range(3)
    )
    theirs = [their_in, their_out, their_err, folder]
    with socket.socket(socket.AF_UNIX) as connection, ThreadPoolExecutor(2) as aside:
        connection.connect(_server())
        socket.send_fds(connection, [len(request).to_bytes(_LENGTH, "big")], theirs)
        for descriptor in theirs:
            os.close(descriptor)
        connection.sendall(request)
        aside.submit(_feed, to_them, stdin)
        err = aside.submit(_drain, from_err)
        out = _drain(from_out)
        status = connection.recv(_STATUS, socket.MSG_WAITALL)
        code = int.from_bytes(status, "big", signed=True)
        return subprocess.CompletedProcess(words, code, out, err.result())


def _feed(descriptor: int, content: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), open(descriptor, "wb") as pipe:
        pipe.write(content)


def _drain(descriptor: int) -> bytes:
    with open(descriptor, "rb") as pipe:
        return pipe.read()


@functools.cache
def _server() -> str:
    """Start the process that forks, once, and give the path of its socket."""
    path = os.path.join(tempfile.mkdtemp(prefix="forks"), "socket")
    argv = [sys.executable, "-I", __file__, path]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/")
    atexit.register(process.communicate)  # closes its stdin, and it ends
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    return path


def _serve(path: str) -> None:
    """Fork for each request until stdin ends."""
    import guard

    for module in pkgutil.walk_packages(guard.__path__, "guard."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    importlib.import_module("guard.__main__")
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(64)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while listening in select.select([listening, sys.stdin], [], [])[0]:
            connection, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _mind(connection)
            connection.close()
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
    os.unlink(path)
    os.rmdir(os.path.dirname(path))


def _mind(connection: socket.socket) -> NoReturn:
    """Run one guard in a fork of its own and send its exit status."""
    head, descriptors, _, _ = socket.recv_fds(connection, _LENGTH, 4)
    length = int.from_bytes(head, "big")
    words, environ = pickle.loads(connection.recv(length, socket.MSG_WAITALL))
    child = os.fork()
    if child == 0:
        connection.close()
        _be_guard(descriptors, words, environ)
    for descriptor in descriptors:
        os.close(descriptor)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(BrokenPipeError):
        connection.sendall(code.to_bytes(_STATUS, "big", signed=True))
    os._exit(0)


def _be_guard(descriptors: list[int], words: list[bytes], environ: dict[bytes, bytes]) -> NoReturn:
    """Become what `python -I -m guard WORDS…` is after its imports. Never returns."""
    code = 1
    try:
        main = sys.modules["guard.__main__"]
        os.fchdir(descriptors[3])
        for number, descriptor in enumerate(descriptors[:3]):
            os.dup2(descriptor, number)
        for descriptor in descriptors:
            os.close(descriptor)
        os.environb.clear()
        os.environb.update(environ)
        for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
            old = getattr(sys, name)
            stream = open(old.fileno(), mode, encoding=old.encoding, errors=old.errors)  # noqa: SIM115
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
        sys.argv = [str(main.__file__), *map(os.fsdecode, words)]
        sys.orig_argv = [sys.executable, "-I", "-m", "guard", *sys.argv[1:]]
        if dies := environ.get(DIES.encode()):
            _die_before(int(dies))
        code = main.main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 (Python itself does the same with it)
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _die_before(act: int) -> None:
    """Let this process kill itself before its n-th act."""
    count = 0

    def counted(event: str, args: tuple[object, ...]) -> None:
        nonlocal count
        makes = event == "open" and isinstance(args[2], int) and args[2] & os.O_CREAT
        if event in _ACTS or makes:
            count += 1
            if count == act:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(counted)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _serve(sys.argv[1])
