"""Changing a repository, through GitPython: repositories, commits and branches.

No hook runs, and the user's and the system's configuration are not read. Importing this module
takes about 50 ms.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from guard.core.errors import GitError
from guard.core.files import look_at_folder
from guard.core.names import shell_quote
from guard.git.isolate import NO_CONFIGURATION
from guard.git.linked import PLAIN, PROGRAMS, SEALED, USERS

try:
    import git
except ImportError as error:  # GitPython runs `git version` when it is imported
    raise GitError(
        f"git cannot be used: {str(error).splitlines()[0]}",
        hint="install git 2.38 or newer, or fix PATH",
    ) from error


# Paths are names, never patterns (git(1)).
_LITERAL = {"GIT_LITERAL_PATHSPECS": "1"}
_SEALED = {**NO_CONFIGURATION, **_LITERAL}


class Person(NamedTuple):
    """Author and committer of a commit."""

    name: str
    email: str


def create_repository(path: str, branch: str = "main") -> None:
    """Make an empty repository, with `branch` as its first branch, in a new or empty directory.

    Raises GitError for any other `path`, which git would take over (git-init(1)).
    """
    if os.path.lexists(path) and not (os.path.isdir(path) and not os.listdir(path)):
        raise GitError(
            f"{path} is not an empty directory",
            hint="name a directory that is empty or does not exist yet",
        )
    with _writing(path):
        os.makedirs(path, exist_ok=True)
    with _git(path, hint=f"ls -ld {shell_quote(path)}") as tool:
        tool.init("--quiet", "--template=", f"--initial-branch={branch}")


def write_files(worktree: str, files: Mapping[str, str | None]) -> None:
    """Write files below `worktree` as UTF-8, without a commit; None deletes a file.

    Raises GitError for a path that leads out of it, before anything is written, and for a file
    that cannot be written.
    """
    targets = {_inside(worktree, path): text for path, text in files.items()}
    for target, text in targets.items():
        with _writing(target):
            if text is None:
                os.unlink(target)
                continue
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", encoding="utf-8", newline="") as file:
                file.write(text)


def commit_files(
    worktree: str, files: Mapping[str, str | None], message: str, author: Person
) -> str:
    """Write `files` as `write_files` does, commit only them, ignored ones too, and give the id.

    `worktree` is a top level. Raises GitError, also if the commit would be empty.
    """
    write_files(worktree, files)
    identity = {}
    for role in ("AUTHOR", "COMMITTER"):
        identity[f"GIT_{role}_NAME"] = author.name
        identity[f"GIT_{role}_EMAIL"] = author.email
    with _git(worktree, hint=_at(worktree, "status"), variables=identity) as tool:
        tool.add("--force", "--", *files)
        tool.commit("--no-gpg-sign", "--cleanup=verbatim", f"--message={message}", "--", *files)
        return str(tool.rev_parse("--verify", "HEAD"))


def commit_file(worktree: str, file: str, message: str) -> str:
    """Commit `file` as it is on disk and nothing else, as the user; give the id of the commit.

    The user's configuration, identity and hooks count. What else is staged stays so. Gives "" if
    the file is committed already. Raises GitError if git or a hook refuses; then the index is as
    before.
    """
    with _git(worktree, hint=_at(worktree, "status"), sealed=False, variables=_LITERAL) as tool:
        is_new = not tool.ls_files("--", file)
        if is_new:
            tool.add("--force", "--intent-to-add", "--", file)
        elif not tool.diff("--name-only", "HEAD", "--", file):
            return ""
        try:
            tool.commit("--quiet", f"--message={message}", "--only", "--", file)
        except git.GitCommandError:
            if is_new:
                tool.rm("--quiet", "--cached", "--force", "--", file)
            raise
        return str(tool.rev_parse("--verify", "HEAD"))


def create_worktree(repository: str, path: str, branch: str, at: str = "HEAD") -> None:
    """Add a linked worktree at `path`, with the new branch `branch` at the commit-ish `at`.

    Raises GitError if the path or the branch exists.
    """
    with _git(repository, hint=_at(repository, "worktree list")) as tool:
        tool.worktree("add", "--quiet", "--no-track", "-b", branch, "--", os.path.abspath(path), at)


def write_setting(config: str, key: str, value: str) -> None:
    """Give `key` this single value in a configuration file. Raises GitError."""
    _edit(config, "--replace-all", key, value)


def remove_section(config: str, section: str) -> None:
    """Remove a section from a configuration file. Raises GitError, also if there is none."""
    _edit(config, "--remove-section", section)


def _edit(config: str, *how: str) -> None:
    with _git(os.path.dirname(config), hint=f"ls -l {shell_quote(config)}*") as tool:
        tool.config("--file", config, *how)


@contextlib.contextmanager
def _git(
    where: str,
    hint: str,
    variables: Mapping[str, str] = MappingProxyType({}),
    *,
    sealed: bool = True,
) -> Iterator[git.Git]:
    """GitPython's git for the top level `where`; `sealed` hides the user's configuration."""
    top = os.path.realpath(where)
    # Not `Git(where)`, which expands `$NAME` and ignores that it cannot enter (git/cmd.py).
    tool = git.Git()
    settings = SEALED if sealed else PLAIN
    tool.set_persistent_git_options(C=top, c=list(settings))
    # If there is no repository at `where`, git must not change one around it (git(1)).
    environment = {**variables, "GIT_CEILING_DIRECTORIES": os.path.dirname(top)}
    tool.update_environment(**(_SEALED if sealed else {}), **environment)
    try:
        with _inherited_variables_aside(PROGRAMS if sealed else PROGRAMS | USERS):
            yield tool
    except git.GitCommandNotFound as error:
        hint = "install git 2.38 or newer, or fix PATH"
        raise GitError("git cannot be started", hint=hint) from error
    except git.GitCommandError as error:
        raise GitError(_words_of(error, settings), hint=hint) from error


def _at(where: str, command: str) -> str:
    return f"git -C {shell_quote(where)} {command}"


@contextlib.contextmanager
def _inherited_variables_aside(kept: frozenset[str]) -> Iterator[None]:
    """Hide this process's `GIT_*` variables except those `kept`; not for several threads.

    GitPython can only add to `os.environ` (git/cmd.py), and an empty `GIT_DIR` is not the same as
    none.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("GIT_") and name not in kept
    }
    try:
        for name in inherited:
            del os.environ[name]
        yield
    finally:
        os.environ.update(inherited)


def _inside(worktree: str, path: str) -> str:
    top = os.path.join(os.path.realpath(worktree), "")
    if not os.path.realpath(os.path.join(top, path)).startswith(top):
        raise GitError(
            f"{path} leads out of {worktree}",
            hint="name a path below the top of the working tree, not through a symbolic link",
        )
    return os.path.join(top, path)


@contextlib.contextmanager
def _writing(target: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"{target} cannot be written: {error.strerror}"
        raise GitError(message, hint=look_at_folder(target)) from error


def _words_of(error: git.GitCommandError, settings: Sequence[str]) -> str:
    # `\n  stderr: '…'`, or stdout for an empty commit (git/exc.py, CommandError).
    said = (error.stderr or error.stdout).strip().removesuffix("'")
    said = said.removeprefix("stderr: '").removeprefix("stdout: '")
    # Before the subcommand come git, -C with its value, and each -c with its value.
    subcommand = error.command[3 + 2 * len(settings)]
    return f"git {subcommand}: {said or f'exit status {error.status}'}"
