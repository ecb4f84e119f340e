"""A throw-away repository that borrows another one's objects, but no configuration, hooks or refs.

New objects (merge results, files of a working tree) vanish with it.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from guard.core.errors import GitError
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
    "merge.conflictStyle=merge",
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


@contextmanager
def scratch() -> Iterator[str]:
    """A temporary directory, always removed at the end. Raises GitError if none can be made."""
    import shutil
    import tempfile

    folder = tempfile.mkdtemp(prefix="guard-", dir=_temporary())
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _temporary() -> str:
    """The directory for temporary files.

    Python's last resort, the current directory, is only accepted if the user named it or it is the
    system's own (`tmp`).
    """
    import tempfile

    hint = (
        "make room in /tmp, or name a directory that can be written to: "
        "TMPDIR=DIRECTORY guard check"
    )
    try:
        place = tempfile.gettempdir()
    except FileNotFoundError as error:
        raise GitError("there is no directory for temporary files", hint=hint) from error
    named = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")]
    wanted = {os.path.abspath(path) for path in named if path}
    if place == os.getcwd() and place not in wanted and os.path.basename(place) != "tmp":
        raise GitError("no directory for temporary files can be written to", hint=hint)
    return place


@contextmanager
def isolated(repository: Repository) -> Iterator[Git]:
    """A bare repository that borrows the objects of `repository`."""
    with scratch() as folder:
        _write(folder, "HEAD", "ref: refs/heads/none\n")
        _write(folder, "config", _FORMATS[repository.object_format])
        _write(folder, "refs/heads/.keep", "")
        borrow(repository, os.path.join(folder, "objects"))
        if repository.shallow:
            with open(os.path.join(repository.common_dir, "shallow"), encoding="ascii") as file:
                _write(folder, "shallow", file.read())
        inherited = repository.git.env.items()
        env = {name: value for name, value in inherited if not name.startswith(_DROPPED)}
        env |= NO_CONFIGURATION
        env["GIT_DIR"] = folder
        env["GIT_INDEX_FILE"] = os.path.join(folder, "index")
        yield Git(folder, env, (*repository.git.settings, *_SETTINGS))


def borrow(repository: Repository, folder: str) -> None:
    """Make an object store that also reads the objects of `repository` (info/alternates)."""
    paths = "".join(f"{quoted(path)}\n" for path in _object_folders(repository))
    _write(folder, "info/alternates", paths)


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


def quoted(path: str) -> str:
    """A folder in a list or a line of `alternates`: git unquotes what begins with `"` (quote.c)."""
    if not path.startswith('"') and "\n" not in path and os.pathsep not in path:
        return path
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _write(folder: str, name: str, text: str) -> None:
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
