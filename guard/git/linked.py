"""Linked worktrees and their branches: how they are made and removed.

Nothing is forced. A checkout has the user's configuration, filters and hooks, since they are part
of it; what removes has neither.
"""

import os

from guard.core.errors import GitError
from guard.core.mounts import mounts_below, umount
from guard.core.names import ref_of, shell_quote
from guard.git.failure import complaint, hint_of, hook_in
from guard.git.isolate import NO_CONFIGURATION
from guard.git.plumbing import Git, at

# The hooks of the commands below, and of porcelain.py's (githooks(5)). From git 2.54 on a setting
# can be a hook too, which `core.hooksPath` does not affect (git-hook(1)).
_HOOKS = (
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "post-checkout",
    "post-index-change",
    "reference-transaction",
)
NO_HOOKS = (
    f"core.hooksPath={os.devnull}",
    *(f"hook.{event}.enabled=false" for event in _HOOKS),
)
# Settings with a default outside of the user's files, settings that the repository itself may have,
# and programs that would outlive the command (git-config(1)).
SEALED = (
    *NO_HOOKS,
    f"core.excludesFile={os.devnull}",
    f"core.attributesFile={os.devnull}",
    "core.fsmonitor=false",
    "maintenance.auto=false",
)
# As if the user had typed it, but nothing outlives the command.
PLAIN = ("maintenance.auto=false",)
# Where git's own programs are; which configuration is the user's; who the user is
# (git(1), git-commit-tree(1)).
PROGRAMS = frozenset({"GIT_EXEC_PATH"})
USERS = frozenset({"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"}) | frozenset(
    f"GIT_{role}_{what}" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL", "DATE")
)


def add_worktree(top: str, path: str, branch: str, start: str = "", *, hooks: bool = True) -> None:
    """Add a linked worktree at `path`, with the existing `branch`, or a new one at `start`.

    `top` is a top level of the repository, or its git directory. Without `hooks` none is run: it
    might run what is checked out. Raises GitError if the path exists, or the branch is checked out
    elsewhere, or exists although it is to be new.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in PROGRAMS | USERS
    }
    settings = PLAIN if hooks else (*PLAIN, *NO_HOOKS)
    new = ("--no-track", "-b", branch) if start else ()
    words = ("worktree", "add", "--quiet", *new, "--", os.path.abspath(path), start or branch)
    _run(Git(_real(top), {**kept, **_ceiling(top)}, settings), words, _at(top, "worktree list"))


def remove_worktree(top: str, path: str) -> None:
    """Remove the linked worktree at `path`, with the files that `.gitignore` names.

    Its branch stays. Raises GitError if it has modified or untracked files, or is locked, and if
    something is mounted in it, which git would empty.
    """
    mounted = mounts_below(path) if os.path.isdir(path) else []
    if mounted:
        raise GitError(f"{mounted[0]} is mounted from elsewhere", hint=umount(mounted))
    _run(_sealed(top), ("worktree", "remove", "--", os.path.abspath(path)), _at(path, "status"))


def delete_branch(top: str, branch: str, at: str) -> None:
    """Delete `branch` if its tip is still the object id `at`.

    Raises GitError otherwise, and if it is checked out.
    """
    git, look = _sealed(top), _at(top, "branch --list")
    if _run(git, ("rev-parse", "--verify", "-q", ref_of(branch)), look).strip() != at:
        hint = _at(top, f"log -1 {shell_quote(branch)}")
        raise GitError(f"branch {branch} has moved", hint=hint)
    _run(git, ("branch", "-D", "--quiet", "--", branch), look)


def _sealed(top: str) -> Git:
    env = {**at(top).env, **NO_CONFIGURATION, **_ceiling(top)}
    return Git(_real(top), env, SEALED)


def _ceiling(top: str) -> dict[str, str]:
    """If there is no repository at `top`, git must not change one around it (git(1))."""
    return {"GIT_CEILING_DIRECTORIES": os.path.dirname(_real(top))}


def _real(top: str) -> str:
    return os.path.realpath(top)


def _at(top: str, command: str) -> str:
    return f"git -C {shell_quote(top)} {command}"


def _run(git: Git, words: tuple[str, ...], hint: str) -> str:
    answer = git.start(*words).answer()
    if answer.code:
        said = complaint(answer)
        if hook := hook_in(answer, words):
            show_it = f"rev-parse --git-path hooks/{hook}   # where it is"
            message = f"git {words[0]}: the hook {hook} of git refused: {said}"
            raise GitError(message, hint=f"git -C {shell_quote(git.directory)} {show_it}")
        raise GitError(f"git {words[0]}: {said}", hint=hint_of(said) or hint)
    return answer.text
