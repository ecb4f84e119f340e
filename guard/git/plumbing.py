"""git for reading: the only place that starts git to look at a repository.

Every answer comes from plumbing with `-z` records and exit statuses, never from prose; object ids are passed, never names that somebody
else chose. Nothing that a repository can configure is run (hooks, file system monitor, filters, signature programs, lazy fetches) and
nothing is written. Facts about git carry the manual page that states them.
"""

from __future__ import annotations

import os

from guard.core.errors import GitError, Incomplete
from guard.core.names import shell_quote
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OLDEST = (2, 38)  # `cat-file --batch-command`, `merge-tree --write-tree`

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
_MANNER = (
    "GIT_EXEC_PATH",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_CONFIG_",
)


class Answer(NamedTuple):
    """How a git process ended: exit status, standard output as bytes, standard error as text."""

    code: int
    out: bytes
    err: str


class Process:
    """A running git that reads from the descriptor `source`, which is closed here.

    What it writes goes to files without a name, so that it never waits for us; `answer` waits for its end. `piped` makes `out` a pipe
    instead, for whoever reads while it runs and then calls `end`.
    """

    def __init__(
        self, argv: list[str], env: Mapping[str, str], source: int, *, piped: bool = False
    ) -> None:
        self._err = _nameless()
        self.out, out = os.pipe() if piped else (_nameless(), -1)
        try:
            target = out if piped else self.out
            actions = [
                (os.POSIX_SPAWN_DUP2, source, 0),
                (os.POSIX_SPAWN_DUP2, target, 1),
                (os.POSIX_SPAWN_DUP2, self._err, 2),
            ]
            self.pid = os.posix_spawn(argv[0], argv, env, file_actions=actions)
        finally:
            os.close(source)
            if piped:
                os.close(out)

    def answer(self) -> Answer:
        """Wait for the end and give all that was written."""
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        answer = Answer(code, _content(self.out), _content(self._err).decode("utf-8", "replace"))
        os.close(self.out)
        os.close(self._err)
        return answer

    def end(self) -> int:
        """Close both streams and wait; give the exit status (negative: the signal). For a reader of `out` that has had enough."""
        os.close(self.out)
        os.close(self._err)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Git:
    """Where git is asked: a directory to go to first ("": here) and an environment that says which repository."""

    __slots__ = ("directory", "env", "settings")

    def __init__(
        self, directory: str, env: Mapping[str, str], settings: Sequence[str] = _SETTINGS
    ) -> None:
        self.directory = directory
        self.env = env
        self.settings = settings

    def start(self, *args: str, stdin: bytes = b"") -> Process:
        """Start `git ARGS`, with all of `stdin` to read, and return at once. Raises GitError where there is no git."""
        return self.start_with(_source(stdin), *args, piped=False)

    def start_piped(self, *args: str, stdin: bytes = b"") -> Process:
        """Start `git ARGS` with `out` a pipe to read from while it runs. Raises GitError where there is no git."""
        return self.start_with(_source(stdin), *args)

    def start_with(self, source: int, *args: str, piped: bool = True) -> Process:
        """Start `git ARGS` reading from the descriptor `source`, which is closed here. Raises GitError where there is no git."""
        argv = [
            _program(self.env.get("PATH", os.defpath)),
            *(word for setting in self.settings for word in ("-c", setting)),
        ]
        if self.directory:
            argv += ["-C", self.directory]
        return Process([*argv, *args], self.env, source, piped=piped)

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
    lines = (
        line for line in answer.err.strip().split("\n") if not line.startswith("hint: ")
    )  # advice is for people who run git themselves
    said = "\n".join(lines).removeprefix("fatal: ") or f"exit status {answer.code}"
    if "dubious ownership" in said:
        directory = said.partition("'")[2].partition("'")[0]
        raise GitError(
            f"git does not trust this repository: {said.splitlines()[0]}",
            hint=f"git config --global --add safe.directory '{directory}'",
        )
    if answer.code == 129:
        _require_version()
    if (
        "missing blob" in said
        or "unable to read" in said
        or "bad object" in said
        or "promisor" in said
    ):
        raise Incomplete(
            f"git {args[0]}: an object is missing here: {said}",
            hint="git fetch --refetch --no-filter (in a partial clone), or git fsck",
        )
    if "unknown repository extension" in said or "repository version" in said:
        raise GitError(
            f"git {args[0]}: {said}",
            hint="this repository asks for a newer git than: git --version",
        )
    if "Unable to process path" in said:
        path = said.rpartition("Unable to process path ")[2]
        raise GitError(
            f"git {args[0]}: {said}",
            hint=f"git could not add it either; look at it, or bring it back: git restore -- {shell_quote(path)}",
        )
    if "current working directory" in said:
        raise GitError(
            f"git {args[0]}: {said}",
            hint="the directory was deleted; go to another one: cd DIRECTORY",
        )
    raise GitError(
        f"git {args[0]}: {said}",
        hint="run the command again by hand; `git fsck` tells whether the repository is whole",
    )


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
        path,
        said.get("branch", "").removeprefix("refs/heads/"),
        "bare" in said,
        "bare" not in said and not os.path.isdir(path),
    )


def _environment(kept: frozenset[str]) -> dict[str, str]:
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in kept or name.startswith(_MANNER)
    }
    if "GIT_CONFIG_PARAMETERS" not in kept:
        env.pop("GIT_CONFIG_PARAMETERS", None)
    env.update(_SAFE)
    return env


def _program(path: str) -> str:
    """The absolute path of git. Relative entries of PATH are passed over: they may lie in the repository under judgement."""
    known = _PROGRAMS.get(path)
    if known:
        return known
    for folder in path.split(os.pathsep):
        candidate = folder + "/git"
        if folder.startswith("/") and os.access(candidate, os.X_OK):
            _PROGRAMS[path] = candidate
            return candidate
    raise GitError("git is not on PATH", hint="install git 2.38 or newer")


_PROGRAMS: dict[str, str] = {}  # PATH → git; no `functools.cache`: loading it takes a commit 1 ms


def _require_version() -> None:
    """Raise GitError where git is too old to be asked at all."""
    words = (
        Process([_program(os.environ.get("PATH", os.defpath)), "version"], os.environ, _source(b""))
        .answer()
        .out.split()
    )
    version = words[2].decode() if len(words) > 2 else "?"
    numbers = tuple(int(part) if part.isdigit() else 0 for part in version.split(".")[:2])
    if numbers < OLDEST:
        raise GitError(f"git {version} is too old for guard", hint="install git 2.38 or newer")


def _source(data: bytes) -> int:
    """A file descriptor from which a child reads `data`."""
    if not data:
        return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    file = _nameless()
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]
    os.lseek(file, 0, os.SEEK_SET)
    return file


def _content(file: int) -> bytes:
    """All that a child wrote to a file of `_nameless`."""
    size, parts, at = os.fstat(file).st_size, [], 0
    while at < size:
        parts.append(os.pread(file, size - at, at))
        at += len(parts[-1])
    return b"".join(parts)


def _nameless() -> int:
    """A new file without a name, in memory where the system can (memfd_create(2))."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("guard")
    import tempfile  # takes longer to load than most commands take

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
