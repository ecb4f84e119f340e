"""A throw-away repository that borrows another one's objects, but no configuration, hooks or refs.

New objects (merge results, files of a working tree) vanish with it.
"""

import errno
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from guard.core.disk import no_room_in
from guard.core.errors import GitError, GuardError
from guard.core.writing import write_whole
from guard.git.objects import object_id
from guard.git.plumbing import Git
from guard.git.repository import Repository

# Settings that change the outcome of a merge have git's defaults (git-config(1): merge.*, diff.*).
_SETTINGS = (
    "core.attributesFile=/dev/null",
    "core.looseCompression=0",
    "gc.auto=0",
    "merge.renames=true",
    "diff.renames=true",
    "merge.directoryRenames=conflict",
    "merge.conflictStyle=diff3",
    "merge.renormalize=false",
    "user.name=guard",
    "user.email=guard@localhost",
)
_FORMATS = {
    "sha1": "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
    "sha256": "[core]\n\trepositoryformatversion = 1\n\tbare = true\n"
    "[extensions]\n\tobjectformat = sha256\n",
}
_FOLDER = re.compile(r'"((?:[^"\\]|\\.)*)":?|([^:]+):?')
_ESCAPED = re.compile(r"\\([0-7]{3}|.)")
_LETTERS = dict(zip("abtnvfr", "\a\b\t\n\v\f\r", strict=True))
# In place of the user's and the system's files (git-config(1), ENVIRONMENT; gitattributes(5)).
NO_CONFIGURATION = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
}
# Variables that would lead git back to the other repository.
_DROPPED = (
    "GIT_WORK_TREE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
    "GIT_NAMESPACE",
    "GIT_CONFIG_",
)
_UP = frozenset((".", "..", ""))  # no names of a folder: a tree that git did not make may have them


_WITHIN: list[str] = []


@contextmanager
def gathered(told: Callable[[str], None]) -> Iterator[str]:
    """A temporary directory in which all others are that are made meanwhile.

    `told` hears of it before it is made: who keeps that can remove what a killed process has left.
    """
    with scratch(told) as folder:
        _WITHIN.append(folder)
        try:
            yield folder
        finally:
            _WITHIN.remove(folder)


@contextmanager
def scratch(told: Callable[[str], None] | None = None) -> Iterator[str]:
    """A temporary directory, always removed at the end. Raises GitError if none can be made.

    What fails meanwhile because the disk is full becomes NoRoom, which names that disk. `told`
    hears of the directory before it is made.
    Importing `tempfile` would cost `guard check` a fifteenth of its time.
    """
    folder = _made(told)
    try:
        yield folder
    except (GuardError, OSError) as error:
        full = no_room_in(folder, error)
        if full:
            raise full from error
        raise
    finally:
        remove(folder)


def _made(told: Callable[[str], None] | None) -> str:
    named = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")]
    for place in (*_WITHIN[-1:], *filter(None, named), "/tmp", "/var/tmp", "/usr/tmp"):
        with suppress(OSError):
            folder = os.path.join(os.path.abspath(place), f"guard-{os.urandom(8).hex()}")
            if told:
                told(folder)
            os.mkdir(folder, 0o700)
            return folder
    raise GitError(
        "no directory for temporary files is writable",
        hint="make room in /tmp, or name a writable directory: TMPDIR=DIRECTORY guard check",
    )


def remove(folder: str) -> None:
    """Remove a temporary directory, as far as the system lets it."""
    for path, folders, files in os.walk(folder, topdown=False):
        inner = [os.path.join(path, name) for name in folders]
        links = [below for below in inner if os.path.islink(below)]
        for file in (*links, *(os.path.join(path, name) for name in files)):
            with suppress(OSError):
                os.unlink(file)
        with suppress(OSError):
            os.rmdir(path)


@contextmanager
def isolated(repository: Repository) -> Iterator[Git]:
    """A bare repository that borrows the objects of `repository`."""
    with scratch() as folder:
        write(folder, "HEAD", "ref: refs/heads/none\n")
        write(folder, "config", _FORMATS[repository.object_format])
        write(folder, "refs/heads/.keep", "")
        borrow(repository, os.path.join(folder, "objects"))
        if repository.shallow:
            with open(os.path.join(repository.common_dir, "shallow"), encoding="ascii") as file:
                write(folder, "shallow", file.read())
        inherited = repository.git.env.items()
        env = {name: value for name, value in inherited if not name.startswith(_DROPPED)}
        env |= NO_CONFIGURATION
        env["GIT_DIR"] = folder
        env["GIT_INDEX_FILE"] = os.path.join(folder, "index")
        yield Git(folder, env, (*repository.git.settings, *_SETTINGS))


def borrow(repository: Repository, folder: str) -> None:
    """Make an object store that also reads the objects of `repository` (info/alternates)."""
    paths = "".join(f"{quoted(path)}\n" for path in _object_folders(repository))
    write(folder, "info/alternates", paths)


def lend(objects: str, git: Git) -> None:
    """Let an isolated `git` read one more object store."""
    with open(
        os.path.join(git.directory, "objects/info/alternates"), "a", encoding="utf-8"
    ) as file:
        file.write(f"{quoted(objects)}\n")


def with_attributes(git: Git, files: Mapping[str, bytes]) -> Git:
    """Give an isolated `git` whose merges obey attribute files, by path.

    git looks for them in the working tree (gitattributes(5)): this one has nothing else. What no
    working tree can have is left out.
    """
    if not files:
        return git
    top = os.path.join(git.directory, "top")
    os.makedirs(top, exist_ok=True)
    for path, content in files.items():
        if _UP.isdisjoint(path.split("/")):
            try:
                write(top, path, content.decode("utf-8", "surrogateescape"))
            except OSError as error:
                if error.errno != errno.ENAMETOOLONG:
                    raise
    return git.moved(GIT_WORK_TREE=top)._replace(directory=top)


def _object_folders(repository: Repository) -> list[str]:
    """The repository's object store and, during a push, git's quarantine (git-receive-pack(1))."""
    env = repository.git.env
    own = env.get("GIT_OBJECT_DIRECTORY") or os.path.join(repository.common_dir, "objects")
    more = _parted(env.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", ""))
    top = repository.top or repository.git_dir
    return [os.path.join(top, path) for path in (own, *more) if path]


def _parted(paths: str) -> Iterator[str]:
    """Split a list of folders; git puts one with a colon into quotes (tmp-objdir.c, env_append)."""
    for quoted, plain in _FOLDER.findall(paths):
        raw = quoted.encode("utf-8", "surrogateescape").decode("latin-1")
        raw = _ESCAPED.sub(lambda found: _unescaped(found[1]), raw)
        yield raw.encode("latin-1").decode("utf-8", "surrogateescape") or plain


def _unescaped(said: str) -> str:
    return chr(int(said, 8)) if said.isdigit() else _LETTERS.get(said, said)


def store_object(git: Git, kind: str, content: bytes, object_format: str) -> str:
    """Write an object into the store of an isolated `git`; give its id.

    A loose object is the deflated `<kind> <size> NUL` and content (gitformat-loose(5)); a process
    for each would take a hundred times as long.
    """
    oid = object_id(kind, content, object_format)
    folder = os.path.join(git.env["GIT_DIR"], "objects", oid[:2])
    path = os.path.join(folder, oid[2:])
    if not os.path.exists(path):
        os.makedirs(folder, exist_ok=True)
        data = zlib.compress(f"{kind} {len(content)}\0".encode() + content, 1)
        write_whole(path, data, mode=0o444)
    return oid


def commit_object(tree: str, *parents: str) -> bytes:
    """Give the content of a commit of guard's own: the same parts always have the same id.

    Its date is far ahead, since git searches ancestors by date, and children come after parents.
    """
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    who = "guard <guard@localhost> 4102444800 +0000"
    return "\n".join([*lines, f"author {who}", f"committer {who}", "", "guard", ""]).encode()


def quoted(path: str, *, always: bool = False) -> str:
    """A path in one of git's lists or files, quoted if it has to be, or `always`.

    git unquotes what begins with `"` (quote.c, unquote_c_style).
    """
    if not always and not path.startswith('"') and "\n" not in path and os.pathsep not in path:
        return path
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def write(folder: str, name: str, text: str) -> None:
    """Write a file below a folder that is guard's own."""
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
