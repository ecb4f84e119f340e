"""Changing a repository, through GitPython: make one, commit files, add and remove worktrees and branches.

Plain values go in and come out; no object of GitPython leaves this module. What is changed is what the caller names and nothing else:
the variables that git gives to its hooks (`GIT_DIR`, `GIT_INDEX_FILE` …) are set aside, no hook runs, and neither the user's nor the
system's configuration is read. Importing it costs about 50 ms, so commands import it where they need it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from guard.core.errors import GitError
from guard.core.names import shell_quote

try:
    import git
except ImportError as error:  # GitPython runs `git version` when it is imported, and says a git that is not there in this way
    raise GitError(
        f"git cannot be used: {str(error).splitlines()[0]}",
        hint="install git 2.38 or newer, or mend PATH",
    ) from error


# Instead of the user's and the system's files (git-config(1), ENVIRONMENT; gitattributes(5)); paths are names, never patterns (git(1)).
_SEALED = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_LITERAL_PATHSPECS": "1",
}
# What the commands below start (githooks(5)). From git 2.54 on a setting can be a hook too, out of `core.hooksPath`'s reach (git-hook(1)).
_HOOKS = (
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "post-checkout",
    "post-index-change",
    "reference-transaction",
)
# What has a default outside of those files, what the repository itself may set, and what would outlive the command (git-config(1)).
_SETTINGS = [
    f"core.hooksPath={os.devnull}",
    f"core.excludesFile={os.devnull}",
    f"core.attributesFile={os.devnull}",
    "core.fsmonitor=false",
    "maintenance.auto=false",
    *(f"hook.{event}.enabled=false" for event in _HOOKS),
]
_PLAIN = [
    "maintenance.auto=false"
]  # what is done as if the user had typed it, and still must not outlive the command
_KEPT = frozenset({"GIT_EXEC_PATH"})  # where git's own programs are; nothing about a repository
_CONFIGURED = frozenset(
    {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"}
)  # which configuration is the user's


class Person(NamedTuple):
    """Author and committer of a commit."""

    name: str
    email: str


def create_repository(path: str, branch: str = "main") -> None:
    """Make an empty repository at `path`, a directory that is empty or not there yet, with `branch` for its first branch.

    Raises `GitError` if there is anything at `path` (git itself would take over what it finds, git-init(1)) or it cannot be made.
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
    """Give files of a working tree new content, as UTF-8, without committing; None deletes. Keys are paths below `worktree`.

    Raises `GitError` for a path that leads out of the working tree, before anything is written, and for one that cannot be written.
    """
    targets = {_inside(worktree, path): text for path, text in files.items()}
    for target, text in targets.items():
        with _writing(target):
            _write(target, text)


def commit_files(
    worktree: str, files: Mapping[str, str | None], message: str, author: Person
) -> str:
    """Write `files` as `write_files` does and commit them, and only them; ignored paths are committed too.

    `worktree` is the top level of a working tree. Gives the commit's object id. Raises `GitError`, also when the commit would be empty.
    """
    write_files(worktree, files)
    with _git(
        worktree, hint=f"git -C {shell_quote(worktree)} status", variables=_identity(author)
    ) as tool:
        tool.add("--force", "--", *files)
        tool.commit("--no-gpg-sign", "--cleanup=verbatim", f"--message={message}", "--", *files)
        return str(tool.rev_parse("--verify", "HEAD"))


def create_branch(repository: str, branch: str, at: str = "HEAD") -> None:
    """Make `branch` at the commit-ish `at`, without checking it out. Raises `GitError` if the branch exists or `at` does not."""
    with _git(repository, hint=f"git -C {shell_quote(repository)} branch --list") as tool:
        tool.branch("--no-track", "--", branch, at)


def create_worktree(
    repository: str, path: str, branch: str, at: str = "HEAD", *, as_user: bool = False
) -> None:
    """Add a linked worktree at `path` with the new branch `branch`, which starts at the commit-ish `at`.

    `repository` is the top level of any of its worktrees. With `as_user` the files are checked out as if the user had typed it: with the
    configuration, filters and hooks that a checkout of theirs has. Raises `GitError` if the path is taken or the branch exists.
    """
    with _git(
        repository, hint=f"git -C {shell_quote(repository)} worktree list", sealed=not as_user
    ) as tool:
        tool.worktree("add", "--quiet", "--no-track", "-b", branch, "--", os.path.abspath(path), at)


def check_out_worktree(repository: str, path: str, branch: str) -> None:
    """Add a linked worktree at `path` with the existing branch `branch`, as if the user had typed it.

    Raises `GitError` if the path is taken or the branch is checked out elsewhere.
    """
    with _git(
        repository, hint=f"git -C {shell_quote(repository)} worktree list", sealed=False
    ) as tool:
        tool.worktree("add", "--quiet", "--", os.path.abspath(path), branch)


def delete_branch(repository: str, branch: str, at: str) -> None:
    """Delete `branch` if its tip still is the object id `at`. Raises `GitError` otherwise, and where it is checked out."""
    with _git(repository, hint=f"git -C {shell_quote(repository)} branch --list") as tool:
        if str(tool.rev_parse("--verify", "-q", f"refs/heads/{branch}")) != at:
            raise GitError(
                f"branch {branch} has moved",
                hint=f"git -C {shell_quote(repository)} log -1 {shell_quote(branch)}",
            )
        tool.branch("-D", "--quiet", "--", branch)


def remove_worktree(repository: str, path: str) -> None:
    """Remove the linked worktree at `path`, with the files that the repository's `.gitignore` names; its branch stays.

    Raises `GitError` if the worktree holds modified or untracked files, or is locked: nothing is ever forced (git-worktree(1)).
    """
    with _git(repository, hint=f"git -C {shell_quote(path)} status") as tool:
        tool.worktree("remove", "--", os.path.abspath(path))


def write_setting(config: str, key: str, value: str) -> None:
    """Give `key` this one value in the configuration file `config`, whole or not at all (git-config(1), `--file`). Raises `GitError`."""
    with _git(os.path.dirname(config), hint=f"ls -l {shell_quote(config)}*") as tool:
        tool.config("--file", config, "--replace-all", key, value)


def remove_section(config: str, section: str) -> None:
    """Take a whole section out of the configuration file `config`. Raises `GitError`, also where there is no such section."""
    with _git(os.path.dirname(config), hint=f"ls -l {shell_quote(config)}*") as tool:
        tool.config("--file", config, "--remove-section", section)


@contextlib.contextmanager
def _git(
    where: str,
    hint: str,
    variables: Mapping[str, str] = MappingProxyType({}),
    *,
    sealed: bool = True,
) -> Iterator[git.Git]:
    """Give GitPython's git for the repository whose top level is `where`, sealed off; its failures become `GitError`."""
    top = os.path.realpath(where)
    tool = git.Git()
    # Not `Git(where)`: GitPython expands `$NAME` in that path, and stays in the current directory when it cannot enter it (git/cmd.py).
    settings = _SETTINGS if sealed else _PLAIN
    tool.set_persistent_git_options(C=top, c=settings)
    # Without a repository at `where`, the one around it is not ours to change (git(1), GIT_CEILING_DIRECTORIES).
    tool.update_environment(
        **(_SEALED if sealed else {}), **variables, GIT_CEILING_DIRECTORIES=os.path.dirname(top)
    )
    try:
        with _inherited_variables_aside(_KEPT if sealed else _KEPT | _CONFIGURED):
            yield tool
    except git.GitCommandNotFound as error:
        raise GitError(
            "git cannot be started", hint="install git 2.38 or newer, or mend PATH"
        ) from error
    except git.GitCommandError as error:
        raise GitError(_told(error, settings), hint=hint) from error


@contextlib.contextmanager
def _inherited_variables_aside(kept: frozenset[str]) -> Iterator[None]:
    """Hide this process's `GIT_*` variables while git runs, but for those `kept`.

    GitPython starts git with a copy of `os.environ` and can only add to it (git/cmd.py: `execute`, `update_environment`), and an empty
    `GIT_DIR` is not the same as none. So they are taken out and put back, whatever happens between: not for several threads at once.
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


def _identity(author: Person) -> dict[str, str]:
    return {
        "GIT_AUTHOR_NAME": author.name,
        "GIT_AUTHOR_EMAIL": author.email,
        "GIT_COMMITTER_NAME": author.name,
        "GIT_COMMITTER_EMAIL": author.email,
    }


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
        raise GitError(
            f"{target} cannot be written: {error.strerror}",
            hint=f"ls -ld {shell_quote(os.path.dirname(target))}",
        ) from error


def _write(target: str, text: str | None) -> None:
    if text is None:
        os.unlink(target)
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def _told(error: git.GitCommandError, settings: Sequence[str]) -> str:
    # GitPython keeps what git wrote as `\n  stderr: '…'`, or stdout (git/exc.py, CommandError); git tells of an empty commit on stdout.
    said = (
        (error.stderr or error.stdout)
        .strip()
        .removeprefix("stderr: '")
        .removeprefix("stdout: '")
        .removesuffix("'")
    )
    subcommand = error.command[
        1 + 2 + 2 * len(settings)
    ]  # git, -C with its value, each -c with its value
    return f"git {subcommand}: {said or f'exit status {error.status}'}"
