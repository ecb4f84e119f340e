"""git for reading: the only place that starts git to look at a repository.

Answers are `-z` records and exit statuses, never prose; git gets object ids, never names that
somebody else chose. No program that a repository configures runs, and nothing is written.
"""

from __future__ import annotations

import os
from _thread import get_ident

from guard.core.errors import GitError
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# git-config(1): programs that reading commands start, and settings that bend the results.
_SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.untrackedCache=false",
    "core.trustctime=true",
    "core.checkStat=default",
    "core.safecrlf=false",
    "log.showSignature=false",
    "hook.post-index-change.enabled=false",
    "submodule.recurse=false",
)
_SAFE = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_ADVICE": "0",
    "LC_ALL": "C.UTF-8",
}
# Where the repository is (git(1), "The Git Repository"): only kept in a hook that git started.
_PLACE = frozenset(
    "GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_COMMON_DIR GIT_NAMESPACE GIT_OBJECT_DIRECTORY "
    "GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_QUARANTINE_PATH GIT_CONFIG_PARAMETERS".split()
)
# How git works for this user, in any repository.
_MANNER = (
    "GIT_EXEC_PATH",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_CONFIG_",
)
_MOST = 1 << 28  # bytes of an answer
_TOO_LARGE = 25  # SIGXFSZ on all but MIPS (signal(7)); importing `signal` costs a commit 2 ms
_RUNNING: dict[int, int] = {}  # git's process → the thread that started it
_PROGRAMS: dict[str, str] = {}  # PATH → git; importing `functools.cache` costs a commit 1 ms


class Answer(NamedTuple):
    """How a git process ended: exit status, standard output as bytes, standard error as text."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Standard output, bytes that are not UTF-8 as lone surrogates."""
        return self.out.decode("utf-8", "surrogateescape")


class TooMuch(GitError):
    """git's answer is longer than guard reads."""


class Process:
    """A running git that reads from the descriptor `source`, which is closed here.

    Its output goes to nameless files of at most `most` bytes, so that it never blocks; `answer`
    waits for its end. A lower limit than the usual one also limits its memory, and ends it as soon
    as its answer is longer. If `piped`, `out` is a pipe to read from; then call `end`.
    """

    def __init__(
        self,
        argv: list[str],
        env: Mapping[str, str],
        source: int,
        *,
        piped: bool = False,
        most: int = _MOST,
    ) -> None:
        self._most = most
        self._answer: Answer | None = None
        self._code: int | None = None
        self._err = _nameless()
        self.out, out = os.pipe() if piped else (_nameless(), -1)
        is_bounded = most < _MOST
        try:
            actions = [
                (os.POSIX_SPAWN_DUP2, source, 0),
                (os.POSIX_SPAWN_DUP2, out if piped else self.out, 1),
                (os.POSIX_SPAWN_DUP2, self._err, 2),
            ]
            self._pid = _started(argv, env, actions, [_TOO_LARGE] if is_bounded else [])
            _RUNNING[self._pid] = get_ident()
            if is_bounded:
                _limit(self._pid, 4 * most, answer=most)
        finally:
            os.close(source)
            if piped:
                os.close(out)

    def answer(self) -> Answer:
        """Wait for the end and give all output, more than once if asked again.

        Raises TooMuch if git had more to say.
        """
        if self._answer:
            return self._answer
        code = self._wait()
        if os.lseek(self.out, 0, os.SEEK_CUR) >= self._most:
            self._close()
            raise TooMuch(
                f"git's answer has more than {self._most >> 20} MiB, the most that guard reads",
                hint="split what is to be judged into parts",
            )
        said = _content(self._err).decode("utf-8", "replace")
        self._answer = Answer(code, _content(self.out), said)
        self._close()
        return self._answer

    def end(self) -> int:
        """Close both streams, wait, and give the exit status (negative: the signal)."""
        self._close()
        return self._wait()

    def stop(self) -> None:
        """Kill it; whoever waits for `answer` gets what it wrote."""
        try:
            os.kill(self._pid, 9)
        except ProcessLookupError:
            return

    def _close(self) -> None:
        if self.out >= 0:
            os.close(self.out)
            os.close(self._err)
            self.out = self._err = -1

    def ended(self) -> bool:
        """Tell whether git has ended by now."""
        if self._code is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            self._code = self._ended_with(status) if pid else None
        return self._code is not None

    def limit(self, memory: int, seconds: int) -> None:
        """Let git, which has not ended yet, end if it needs more bytes or processor time."""
        _limit(self._pid, memory, seconds)

    def _wait(self) -> int:
        if self._code is None:
            self._code = self._ended_with(os.waitpid(self._pid, 0)[1])
        return self._code

    def _ended_with(self, status: int) -> int:
        _RUNNING.pop(self._pid, None)  # before the system gives the number away again
        return os.waitstatus_to_exitcode(status)


class Git(NamedTuple):
    """Where git runs: the directory to change to ("": here), the environment and the settings."""

    directory: str
    env: Mapping[str, str]
    settings: Sequence[str] = _SETTINGS

    def start(
        self, *args: str, stdin: bytes | int = b"", piped: bool = False, most: int = _MOST
    ) -> Process:
        """Start `git ARGS` and return at once. Raises GitError if there is no git.

        `stdin` may be a descriptor, which is closed here; `Process` explains the others.
        """
        source = stdin if isinstance(stdin, int) else _source(stdin)
        argv = [program(self.env.get("PATH", os.defpath))]
        for setting in self.settings:
            argv += ["-c", setting]
        if self.directory:
            argv += ["-C", self.directory]
        return Process([*argv, *args], self.env, source, piped=piped, most=most)

    def run(self, *args: str, stdin: bytes = b"", ok: Sequence[int] = (0,)) -> Answer:
        """Run `git ARGS` to its end. Raises GitError if the exit status is not in `ok`."""
        return require(self.start(*args, stdin=stdin).answer(), args, ok)

    def moved(self, settings: Sequence[str] = (), **variables: str) -> Git:
        """The same git with further settings and environment variables."""
        return Git(self.directory, {**self.env, **variables}, (*self.settings, *settings))


def stop_those_of(thread: int) -> None:
    """Kill each git that a thread started and that still runs: that thread waits for it."""
    for pid, owner in list(_RUNNING.items()):
        if owner == thread:
            try:
                os.kill(pid, 9)
            except ProcessLookupError:  # it has just ended
                continue


def here() -> Git:
    """git as a hook that started guard sees it: this directory and its `GIT_*` (githooks(5))."""
    return Git("", _environment(frozenset()))


def at(directory: str) -> Git:
    """git in another directory, without the variables that name this repository."""
    return Git(directory, _environment(_PLACE))


def require(answer: Answer, args: Sequence[str], ok: Sequence[int] = (0,)) -> Answer:
    """Give `answer` if its exit status is in `ok`; else raise GitError with git's words."""
    if answer.code in ok:
        return answer
    from guard.git.failure import failure_of  # git seldom fails

    raise failure_of(answer, args)


def records(raw: bytes) -> list[str]:
    """Split `-z` output into texts, bytes that are not UTF-8 as lone surrogates."""
    return raw.decode("utf-8", "surrogateescape").split("\0")[:-1]


def as_records(texts: Iterable[str]) -> bytes:
    """Join texts as git reads them with `-z`: the reverse of `records`."""
    return "".join(f"{text}\0" for text in texts).encode("utf-8", "surrogateescape")


def _environment(dropped: frozenset[str]) -> dict[str, str]:
    env = {}
    for name, value in os.environ.items():
        is_kept = name in _PLACE or name.startswith(_MANNER)
        if not name.startswith("GIT_") or (is_kept and name not in dropped):
            env[name] = value
    return env | _SAFE


def program(path: str) -> str:
    """git's absolute path; a relative one may lie in the repository under judgement."""
    known = _PROGRAMS.get(path)
    if known:
        return known
    for folder in path.split(os.pathsep):
        candidate = folder + "/git"
        if folder.startswith("/") and os.access(candidate, os.X_OK):
            _PROGRAMS[path] = candidate
            return candidate
    raise GitError("git is not on PATH", hint="install git 2.38 or newer")


def _source(data: bytes) -> int:
    if not data:
        return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    file = _nameless()
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]
    os.lseek(file, 0, os.SEEK_SET)
    return file


def _content(file: int) -> bytes:
    # git and this descriptor share the position (dup(2)); the size may be the limit.
    size, parts, at = os.lseek(file, 0, os.SEEK_CUR), [], 0
    while at < size:
        parts.append(os.pread(file, size - at, at))
        at += len(parts[-1])
    return b"".join(parts)


def _started(
    argv: list[str],
    env: Mapping[str, str],
    actions: Sequence[tuple[int, int, int]],
    ends: Sequence[int],
) -> int:
    """Start a program that `ends` by these signals, which Python may ignore.

    Raises GitError for words that no program can get (execve(2)).
    """
    try:
        return os.posix_spawn(argv[0], argv, env, file_actions=actions, setsigdef=ends)
    except (OSError, ValueError) as error:
        words = " ".join(word[:20] for word in argv[-3:])
        raise GitError(
            f"git cannot be started ({words} …): {error}".replace("\0", ""),
            hint="make names and the environment shorter; they have to be text without NUL",
        ) from error


def _limit(pid: int, memory: int, seconds: int = 0, answer: int = 0) -> None:
    """Let a process that asks for more end (getrlimit(2); on Linux alone).

    A limit that is lower already, the user's for instance, stays: few may raise one.
    """
    import resource  # few processes need it

    if not hasattr(resource, "prlimit"):
        return
    for kind, most in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, answer),
    ):
        before = resource.prlimit(pid, kind)[1] if most else 0
        if most and (before == resource.RLIM_INFINITY or most < before):
            resource.prlimit(pid, kind, (most, most))


def _nameless() -> int:
    """A new file without a name, in memory where the system can (memfd_create(2))."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("guard", os.MFD_CLOEXEC)
    import tempfile  # takes longer to load than most commands take

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
