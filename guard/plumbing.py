"""git for reading: the only place that starts git to look at a repository.

Every answer comes from plumbing with `-z` records and exit statuses, never from prose; object ids are passed, never names that somebody
else chose. Nothing that a repository can configure is run (hooks, file system monitor, filters, signature programs, lazy fetches) and
nothing is written. Facts about git carry the manual page that states them.
"""

from __future__ import annotations

import functools
import os
import select

from guard.errors import GitError
from guard.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OLDEST = (2, 38)  # `cat-file --batch-command`, `merge-tree --write-tree`
_PIPE = 4096  # what every pipe takes without a reader (POSIX: at least PIPE_BUF)

# git(1) and git-config(1): programs that reading commands would start, and settings that bend what they find.
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
# What says where a repository is (git(1), "The Git Repository"): kept when we are the hook that git started, dropped to ask elsewhere.
_PLACE = frozenset(
    "GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_COMMON_DIR GIT_NAMESPACE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES "
    "GIT_QUARANTINE_PATH GIT_CONFIG_PARAMETERS".split()
)
# What says how git works for this user, wherever it is asked.
_MANNER = ("GIT_EXEC_PATH", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_CONFIG_")


class Answer(NamedTuple):
    """How a git process ended: exit status, standard output as bytes, standard error as text."""

    code: int
    out: bytes
    err: str


class Process:
    """A running git that reads from the descriptor `source`, which is closed here; `answer` waits for the end."""

    def __init__(self, argv: list[str], env: Mapping[str, str], source: int) -> None:
        self.out, out = os.pipe()
        self._err, err = os.pipe()
        try:
            actions = [(os.POSIX_SPAWN_DUP2, source, 0), (os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, err, 2)]
            self.pid = os.posix_spawn(argv[0], argv, env, file_actions=actions)
        finally:
            os.close(source)
            os.close(out)
            os.close(err)

    def answer(self) -> Answer:
        """Read everything the process writes and wait for its end."""
        streams: dict[int, list[bytes]] = {self.out: [], self._err: []}
        poll = select.poll()
        for stream in streams:
            poll.register(stream, select.POLLIN)
        waiting = 2
        while waiting:
            for stream, _ in poll.poll():
                chunk = os.read(stream, 1 << 20)
                streams[stream].append(chunk)
                if not chunk:
                    poll.unregister(stream)
                    waiting -= 1
        return Answer(self.end(), b"".join(streams[self.out]), b"".join(streams[self._err]).decode("utf-8", "replace"))

    def end(self) -> int:
        """Close both streams and wait; give the exit status (negative: the signal). For a reader of `out` that has had enough."""
        os.close(self.out)
        os.close(self._err)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Git:
    """Where git is asked: a directory to go to first ("": here) and an environment that says which repository."""

    __slots__ = ("directory", "env", "settings")

    def __init__(self, directory: str, env: Mapping[str, str], settings: Sequence[str] = _SETTINGS) -> None:
        self.directory = directory
        self.env = env
        self.settings = settings

    def start(self, *args: str, stdin: bytes = b"") -> Process:
        """Start `git ARGS`, with all of `stdin` to read, and return at once. Raises GitError where there is no git."""
        return self.start_with(_source(stdin), *args)

    def start_with(self, source: int, *args: str) -> Process:
        """Start `git ARGS` reading from the descriptor `source`, which is closed here. Raises GitError where there is no git."""
        argv = [_program(self.env.get("PATH", os.defpath)), *(word for setting in self.settings for word in ("-c", setting))]
        if self.directory:
            argv += ["-C", self.directory]
        return Process([*argv, *args], self.env, source)

    def run(self, *args: str, stdin: bytes = b"", ok: Sequence[int] = (0,)) -> Answer:
        """Run `git ARGS` to its end. Raises GitError on any other exit status than `ok`."""
        return require(self.start(*args, stdin=stdin).answer(), args, ok)

    def moved(self, settings: Sequence[str] = (), **variables: str) -> Git:
        """The same place with further settings and environment variables."""
        env = {**self.env, **variables}
        return Git(self.directory, env, (*self.settings, *settings))


def here() -> Git:
    """git as the hook that started us sees it: this directory and its own `GIT_*` variables (githooks(5))."""
    return Git("", _environment(_PLACE))


def at(directory: str) -> Git:
    """git asked about another directory: the variables of the hook that started us are dropped, or git would answer about this one."""
    return Git(directory, _environment(frozenset()))


def require(answer: Answer, args: Sequence[str], ok: Sequence[int] = (0,)) -> Answer:
    """Give `answer` back if its exit status is one of `ok`; raise GitError with what git said otherwise."""
    if answer.code in ok:
        return answer
    said = answer.err.strip().removeprefix("fatal: ") or f"exit status {answer.code}"
    if "dubious ownership" in said:
        directory = said.partition("'")[2].partition("'")[0]
        raise GitError(
            f"git does not trust this repository: {said.splitlines()[0]}", hint=f"git config --global --add safe.directory '{directory}'"
        )
    if answer.code == 129:
        _require_version()
    if "missing blob" in said or "unable to read" in said or "bad object" in said or "promisor" in said:
        raise GitError(
            f"git {args[0]}: an object is missing here: {said}", hint="git fetch --refetch --no-filter (in a partial clone), or git fsck"
        )
    raise GitError(f"git {args[0]}: {said}", hint="run the command again by hand; `git fsck` tells whether the repository is whole")


def records(raw: bytes) -> list[str]:
    """Split `-z` output into texts: UTF-8, bytes that are not UTF-8 as lone surrogates (`surrogateescape`)."""
    return raw.decode("utf-8", "surrogateescape").split("\0")[:-1]


class Worktree(NamedTuple):
    """One worktree of a repository as `git worktree list` tells: its path, its branch ("" if detached), and whether its folder is gone."""

    path: str
    branch: str
    bare: bool
    missing: bool


def worktrees(git: Git) -> list[Worktree]:
    """All worktrees of the repository, the main one first (git-worktree(1), "PORCELAIN FORMAT", with `-z`)."""
    raw = git.run("worktree", "list", "--porcelain", "-z").out.decode("utf-8", "surrogateescape")
    return [_worktree(record.split("\0")) for record in raw.split("\0\0") if record]


def _worktree(lines: list[str]) -> Worktree:
    said = dict(line.partition(" ")[::2] for line in lines)
    path = said["worktree"]
    return Worktree(
        path, said.get("branch", "").removeprefix("refs/heads/"), "bare" in said, "bare" not in said and not os.path.isdir(path)
    )


def _environment(kept: frozenset[str]) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in kept or name.startswith(_MANNER)}
    if "GIT_CONFIG_PARAMETERS" not in kept:
        env.pop("GIT_CONFIG_PARAMETERS", None)
    env.update(_SAFE)
    return env


@functools.cache
def _program(path: str) -> str:
    """The absolute path of git. Relative entries of PATH are passed over: they may lie in the repository under judgement."""
    for folder in path.split(os.pathsep):
        candidate = folder + "/git"
        if folder.startswith("/") and os.access(candidate, os.X_OK):
            return candidate
    raise GitError("git is not on PATH", hint="install git 2.38 or newer")


def _require_version() -> None:
    """Raise GitError where git is too old to be asked at all."""
    words = Process([_program(os.environ.get("PATH", os.defpath)), "version"], os.environ, _source(b"")).answer().out.split()
    version = words[2].decode() if len(words) > 2 else "?"
    numbers = tuple(int(part) if part.isdigit() else 0 for part in version.split(".")[:2])
    if numbers < OLDEST:
        raise GitError(f"git {version} is too old for guard", hint="install git 2.38 or newer")


def _source(data: bytes) -> int:
    """A file descriptor from which a child reads `data`: nothing, a pipe that holds it all, or a file that has no name any more."""
    if not data:
        return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    if len(data) <= _PIPE:
        reading, writing = os.pipe()
        os.write(writing, data)
        os.close(writing)
        return reading
    import tempfile  # off the hot path: only long lists of paths come here

    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        return os.dup(file.fileno())
