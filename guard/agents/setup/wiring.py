"""How an agent is told to call guard: the entries for its settings, and which of the entries there are guard's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

Json = object
Hooks = Mapping[str, list[dict[str, object]]]

QUICK, PATIENT = 10, 30  # seconds that a hook may take before a tool runs, and otherwise


class Wiring(NamedTuple):
    """The settings of one agent.

    `file` is where they stand, from the top of a worktree; `personal` is the file of one person alone, which every worktree reads from the
    main one, "" where the agent has none. `hooks` are the entries by event; each is a handler, or a group of handlers under `hooks`.
    `frame` is what an empty file must hold besides. `worktree_hooks` are the events that concern the making of worktrees. `main_only`
    tells that the agent reads `file` in the main worktree, too. `whole` tells that the file is a program of guard's. `then` is what a
    person has to do after installing.
    """

    file: str
    hooks: Hooks
    personal: str = ""
    frame: Mapping[str, object] = {}
    worktree_hooks: tuple[str, ...] = ()
    main_only: bool = False
    whole: bool = False
    then: str = ""


def command_line(agent: str, event: str = "") -> str:
    """Give the words that a shell runs. `guard` is looked for on PATH, so that the line outlives any one environment."""
    return f"guard agent {agent}" + (f" {event}" if event else "")


def lenient(hooks: Hooks) -> Hooks:
    """Give the same entries for people who do not all have guard: where the program is missing, the agent works without it."""
    return {event: [_lenient(entry) for entry in entries] for event, entries in hooks.items()}


def is_own(value: object, agent: str) -> bool:
    """Tell whether a handler in an agent's settings starts guard for that agent."""
    return isinstance(value, dict) and any(_starts_guard(line, agent) for line in _lines(value))


def lines_of(value: object, agent: str) -> Iterator[str]:
    """Yield the command lines in an entry, alone or in a group, that start guard for an agent."""
    handlers = value.get("hooks", [value]) if isinstance(value, dict) else []
    for handler in handlers if isinstance(handlers, list) else []:
        if is_own(handler, agent):
            yield next(line for line in _lines(handler) if _starts_guard(line, agent))


_COMMANDS = ("command", "bash")


def _lines(handler: Mapping[str, object]) -> list[str]:
    return [line for key in _COMMANDS if isinstance(line := handler.get(key), str)]


def _starts_guard(line: str, agent: str) -> bool:
    before, found, after = line.partition(command_line(agent))
    return (
        found != "" and before[-1:] in " /;&|'\"" and after[:1] in " ;&|'\""
    )  # the empty string is in each


def _lenient(entry: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = dict(entry)
    inner = entry.get("hooks")
    if isinstance(inner, list):
        found["hooks"] = [_lenient(handler) for handler in inner]
    for key in _COMMANDS:
        if isinstance(line := found.get(key), str):
            found[key] = f"command -v guard >/dev/null 2>&1 || exit 0; exec {line}"
    return found
