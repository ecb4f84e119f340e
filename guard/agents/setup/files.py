"""Where an agent's settings stand, and what guard wants there: what `guard agent install`, `uninstall` and `selftest` share."""

from __future__ import annotations

import os
from typing import NamedTuple

import guard
from guard.agents.programs import AGENTS
from guard.agents.setup.entries import WIRINGS
from guard.agents.setup.settings import whole, with_entries, without_entries
from guard.agents.setup.wiring import Hooks, Wiring, lenient
from guard.core.errors import UsageError
from guard.git.plumbing import here, worktrees
from guard.git.repository import open_repository

_MARK = "guard agent install opencode"  # stands in the plugin's first lines, in every version of it


class Place(NamedTuple):
    """A file of settings: the top of the worktree that has it, its path there, and whether that is another worktree than the one here."""

    top: str
    file: str
    elsewhere: bool


def place_of(agent: str, *, personal: bool) -> Place:
    """Give the file that the agent reads for this worktree, the one for this person alone if `personal`.

    Raises UsageError where the agent has no such file, or there is no working tree for it.
    """
    wiring = WIRINGS[agent]
    if personal and not wiring.personal:
        raise UsageError(
            f"{AGENTS[agent]} has no settings for one person in a repository",
            hint=f"guard agent install {agent}",
        )
    repository = open_repository(here())
    top = repository.require_top()
    main = worktrees(repository.git)[0]
    root = main.path if (personal or wiring.main_only) and not main.bare else top
    return Place(
        root,
        wiring.personal if personal else wiring.file,
        os.path.realpath(root) != os.path.realpath(top),
    )


def wanted_hooks(wiring: Wiring, *, optional: bool, worktree_hooks: bool) -> Hooks:
    """Give the entries, with `optional` those that let an agent work where guard is not installed.

    Those leave the making of worktrees to the agent: a hook that says nothing there keeps Claude Code from making one at all.
    """
    with_worktrees = worktree_hooks and not optional
    hooks = {
        event: entries
        for event, entries in wiring.hooks.items()
        if with_worktrees or event not in wiring.worktree_hooks
    }
    return lenient(hooks) if optional else hooks


def text_with(agent: str, old: str | None, hooks: Hooks, file: str) -> str:
    """Give the text of settings with guard in them. Raises UsageError where that cannot be done without harm."""
    wiring = WIRINGS[agent]
    if not wiring.whole:
        return with_entries(old, agent, wiring, hooks, file)
    _require_own(old, file)
    return plugin()


def text_without(agent: str, old: str, file: str) -> str | None:
    """Give the text of settings without guard; None where there is nothing else. Raises UsageError as `text_with` does."""
    wiring = WIRINGS[agent]
    if not wiring.whole:
        return without_entries(old, agent, wiring, file)
    _require_own(old, file)
    return None


def entries_alone(agent: str, hooks: Hooks) -> str:
    """Give settings that hold guard and nothing else."""
    wiring = WIRINGS[agent]
    return plugin() if wiring.whole else whole(wiring, hooks)


def plugin() -> str:
    """Read the plugin for opencode, which ships with the package."""
    with open(
        os.path.join(os.path.dirname(guard.__file__), "agents", "programs", "plugin.js"),
        encoding="utf-8",
    ) as file:
        return file.read()


def _require_own(text: str | None, file: str) -> None:
    if text and _MARK not in text:
        raise UsageError(
            f"{file} is not guard's", hint=f"move it away: guard's plugin has that name ({file})"
        )
