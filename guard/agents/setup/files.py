"""Where an agent's settings are and what guard wants there, for install, uninstall and selftest."""

import os
from typing import NamedTuple

import guard
from guard.agents.programs import AGENTS, Agent, load_agent
from guard.agents.setup.settings import Hooks, lenient, whole, with_entries, without_entries
from guard.core.errors import UsageError
from guard.git.plumbing import here
from guard.git.repository import open_repository
from guard.git.worktrees import worktrees

_MARK = "guard agent install opencode"  # in the first lines of every version of the plugin


# Whose settings: those of everybody who works on the repository, of a person in this one, and of a
# person in all repositories.
SHARED, PERSONAL, HOME = "shared", "personal", "home"


class SettingsFile(NamedTuple):
    """A file of settings below a folder, the top of a worktree or a home directory.

    `elsewhere`: that is not the worktree here.
    """

    top: str
    file: str
    elsewhere: bool

    @property
    def path(self) -> str:
        """The path as a person sees it: absolute if the file is not in this worktree."""
        return os.path.join(self.top, self.file) if self.elsewhere else self.file


def find_file(name: str, whose: str = SHARED) -> SettingsFile:
    """Give the file that the agent reads for this worktree: the shared, personal or home one.

    Raises UsageError if the agent has no such file, or there is no working tree for it.
    """
    agent = load_agent(name)
    if whose == HOME:
        return SettingsFile(os.path.expanduser("~"), agent.home, elsewhere=True)
    personal = whose == PERSONAL
    if personal and not agent.personal:
        message = f"{AGENTS[name]} has no personal settings in a repository"
        raise UsageError(message, hint=f"guard agent install {name}")
    repository = open_repository(here())
    top = repository.require_top()
    main = worktrees(repository.git)[0]
    root = main.path if (personal or agent.main_only) and not main.bare else top
    file = agent.personal if personal else agent.file
    return SettingsFile(root, file, os.path.realpath(root) != os.path.realpath(top))


def wanted_hooks(agent: Agent, *, optional: bool, worktree_hooks: bool) -> Hooks:
    """Give the entries; with `optional`, those that let an agent work without guard.

    These leave worktrees to the agent: Claude Code makes none if the hook prints nothing.
    """
    with_worktrees = worktree_hooks and not optional
    hooks = {
        event: entries
        for event, entries in agent.hooks.items()
        if with_worktrees or event not in agent.worktree_hooks
    }
    return lenient(hooks) if optional else hooks


def text_with(name: str, old: str | None, hooks: Hooks, file: str) -> str:
    """Give the text of settings with guard in them. Raises UsageError if that would do harm."""
    if not load_agent(name).is_program:
        return with_entries(old, name, hooks, file)
    _require_own(old, file)
    return plugin()


def text_without(name: str, old: str, file: str) -> str | None:
    """Give the text of settings without guard; None if there is nothing else.

    Raises UsageError as `text_with` does.
    """
    if not load_agent(name).is_program:
        return without_entries(old, name, file)
    _require_own(old, file)
    return None


def entries_alone(name: str, hooks: Hooks) -> str:
    """Give settings that hold guard and nothing else."""
    return plugin() if load_agent(name).is_program else whole(name, hooks)


def plugin() -> str:
    """Read the plugin for opencode, which ships with the package."""
    path = os.path.join(os.path.dirname(guard.__file__), "agents", "programs", "plugin.js")
    with open(path, encoding="utf-8") as file:
        return file.read()


def _require_own(text: str | None, file: str) -> None:
    if text and _MARK not in text:
        hint = f"rename it: guard's plugin needs that name ({file})"
        raise UsageError(f"{file} is not guard's", hint=hint)
