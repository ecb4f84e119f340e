"""A throw-away repository that sees another one's objects and nothing else of it: no configuration, attributes, hooks or refs.

New objects (merge results, the files of a working tree) land in it and vanish with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from guard.core.errors import GitError
from guard.git.plumbing import Git
from guard.git.repository import Repository

# Settings that change a merge's outcome are pinned to git's defaults (git-config(1): merge.*, diff.*).
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
    "sha256": "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n",
}


@contextmanager
def scratch() -> Iterator[str]:
    """A temporary directory, removed at the end whatever happens. Raises GitError where none can be made."""
    import shutil
    import tempfile

    folder = tempfile.mkdtemp(prefix="guard-", dir=_temporary())
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _temporary() -> str:
    """Where temporary files go. Python's last resort is the current directory: here that is the working tree under judgement."""
    import tempfile

    hint = "make room in /tmp, or name a directory that can be written to: TMPDIR=DIRECTORY guard check"
    try:
        place = tempfile.gettempdir()
    except FileNotFoundError as error:
        raise GitError("there is no directory for temporary files", hint=hint) from error
    wanted = {
        os.path.abspath(os.environ[name])
        for name in ("TMPDIR", "TEMP", "TMP")
        if os.environ.get(name)
    }
    if (
        place == os.getcwd() and place not in wanted and os.path.basename(place) != "tmp"
    ):  # nor the system's own, where somebody stands
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
        env = {
            name: value
            for name, value in repository.git.env.items()
            if not name.startswith("GIT_CONFIG_")
        }
        dropped = (
            "GIT_WORK_TREE",
            "GIT_OBJECT_DIRECTORY",
            "GIT_ALTERNATE_OBJECT_DIRECTORIES",
            "GIT_QUARANTINE_PATH",
            "GIT_NAMESPACE",
        )
        for name in dropped:
            env.pop(name, None)
        safe = {
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
        }
        env |= {"GIT_DIR": folder, "GIT_INDEX_FILE": os.path.join(folder, "index"), **safe}
        yield Git(folder, env, (*repository.git.settings, *_SETTINGS))


def borrow(repository: Repository, folder: str) -> None:
    """Make a folder for objects from which those of `repository` can be read, too (gitrepository-layout(5), objects/info/alternates)."""
    _write(
        folder,
        "info/alternates",
        "".join(f"{_quoted(path)}\n" for path in object_folders(repository)),
    )


def object_folders(repository: Repository) -> list[str]:
    """Where the repository's objects lie: its own store and, inside a push, git's quarantine (git-receive-pack(1))."""
    env = repository.git.env
    own = env.get("GIT_OBJECT_DIRECTORY") or os.path.join(repository.common_dir, "objects")
    more = env.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", "")
    return [
        os.path.join(repository.top or repository.git_dir, path)
        for path in (own, *more.split(os.pathsep))
        if path
    ]


def _quoted(path: str) -> str:
    """A line of `alternates`. git reads one that begins with a double quote as a C string (quote.c, unquote_c_style)."""
    if not path.startswith('"') and "\n" not in path:
        return path
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _write(folder: str, name: str, text: str) -> None:
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
