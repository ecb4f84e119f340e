"""Changing a repository, through GitPython: repositories, commits, worktrees and branches.

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
from guard.core.names import ref_of, shell_quote
from guard.git.isolate import NO_CONFIGURATION

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
# The hooks of the commands below (githooks(5)). From git 2.54 on a setting can be a hook too,
# which `core.hooksPath` does not affect (git-hook(1)).
_HOOKS = (
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "post-checkout",
    "post-index-change",
    "reference-transaction",
)
# Settings with a default outside of those files, settings that the repository itself may have, and
# programs that would outlive the command (git-config(1)).
_NO_HOOKS = (
    f"core.hooksPath={os.devnull}",
    *(f"hook.{event}.enabled=false" for event in _HOOKS),
)
_SETTINGS = [
    *_NO_HOOKS,
    f"core.excludesFile={os.devnull}",
    f"core.attributesFile={os.devnull}",
    "core.fsmonitor=false",
    "maintenance.auto=false",
]
# As if the user had typed it, but nothing outlives the command.
_PLAIN = ["maintenance.auto=false"]
_KEPT = frozenset({"GIT_EXEC_PATH"})  # where git's own programs are
# Which configuration is the user's.
_CONFIGURED = frozenset({"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"})
# Who the user is (git-commit-tree(1)).
_IDENTITY = frozenset(
    f"GIT_{role}_{what}" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL", "DATE")
)


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


def create_branch(repository: str, branch: str, at: str = "HEAD") -> None:
    """Make `branch` at the commit-ish `at`, without a checkout.

    Raises GitError if the branch exists or `at` does not.
    """
    with _git(repository, hint=_at(repository, "branch --list")) as tool:
        tool.branch("--no-track", "--", branch, at)


def create_worktree(
    repository: str, path: str, branch: str, at: str = "HEAD", *, as_user: bool = False
) -> None:
    """Add a linked worktree at `path`, with the new branch `branch` at the commit-ish `at`.

    `as_user` uses the user's configuration, filters and hooks. Raises GitError if the path or the
    branch exists.
    """
    hint = _at(repository, "worktree list")
    with _git(repository, hint=hint, sealed=not as_user) as tool:
        tool.worktree("add", "--quiet", "--no-track", "-b", branch, "--", os.path.abspath(path), at)


def check_out_worktree(repository: str, path: str, branch: str, *, hooks: bool = True) -> None:
    """Add a linked worktree at `path` with an existing branch, with the user's configuration.

    Without `hooks` none is run: it might run what is checked out. Raises GitError if the path
    exists or the branch is checked out elsewhere.
    """
    hint = _at(repository, "worktree list")
    with _git(repository, hint=hint, sealed=False, hooks=hooks) as tool:
        tool.worktree("add", "--quiet", "--", os.path.abspath(path), branch)


def delete_branch(repository: str, branch: str, at: str) -> None:
    """Delete `branch` if its tip is still the object id `at`.

    Raises GitError otherwise, and if it is checked out.
    """
    with _git(repository, hint=_at(repository, "branch --list")) as tool:
        if str(tool.rev_parse("--verify", "-q", ref_of(branch))) != at:
            raise GitError(
                f"branch {branch} has moved",
                hint=_at(repository, f"log -1 {shell_quote(branch)}"),
            )
        tool.branch("-D", "--quiet", "--", branch)


def remove_worktree(repository: str, path: str) -> None:
    """Remove the linked worktree at `path`, with the files that `.gitignore` names.

    Its branch stays. Raises GitError if it has modified or untracked files, or is locked.
    """
    with _git(repository, hint=_at(path, "status")) as tool:
        tool.worktree("remove", "--", os.path.abspath(path))


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
    hooks: bool = True,
) -> Iterator[git.Git]:
    """GitPython's git for the top level `where`; `sealed` hides the user's configuration."""
    top = os.path.realpath(where)
    # Not `Git(where)`, which expands `$NAME` and ignores that it cannot enter (git/cmd.py).
    tool = git.Git()
    settings = (*(_SETTINGS if sealed else _PLAIN), *(() if hooks else _NO_HOOKS))
    tool.set_persistent_git_options(C=top, c=settings)
    # If there is no repository at `where`, git must not change one around it (git(1)).
    environment = {**variables, "GIT_CEILING_DIRECTORIES": os.path.dirname(top)}
    tool.update_environment(**(_SEALED if sealed else {}), **environment)
    try:
        with _inherited_variables_aside(_KEPT if sealed else _KEPT | _CONFIGURED | _IDENTITY):
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
