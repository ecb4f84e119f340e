"""guard's entries in the settings of an agent: put in, taken out, looked up; what else stands there is left to the byte."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from guard.agents.setup.jsontext import Node, inner_at, read_json, with_part, without_part
from guard.agents.setup.wiring import Hooks, Wiring, is_own, lines_of
from guard.core.errors import UsageError

_HOOKS = "hooks"
# What switches all hooks off, as a path of names and a value: Claude Code and Copilot, Gemini CLI (docs/reference/configuration.md).
_SWITCHES: tuple[tuple[tuple[str, ...], bool], ...] = (
    (("disableAllHooks",), True),
    (("hooksConfig", "enabled"), False),
)


class Entry(NamedTuple):
    """One of guard's entries: the event, what narrows it to some tools ("": nothing does), and the command line that a shell runs."""

    event: str
    matcher: str
    line: str


def whole(wiring: Wiring, hooks: Hooks) -> str:
    """Give settings that hold guard's entries and nothing else, ending with a newline."""
    return json.dumps({**wiring.frame, _HOOKS: hooks}, indent=2, ensure_ascii=False) + "\n"


def with_entries(text: str | None, agent: str, wiring: Wiring, hooks: Hooks, file: str) -> str:
    """Give the settings with guard's entries as they are to be; the very same text where they are that already.

    `text` is None where there is no file. Raises UsageError for settings that cannot be changed in place.
    """
    if text is None or not text.strip("\ufeff \t\r\n"):
        return whole(wiring, hooks)
    if _own_entries(_read(text, agent, file), agent) == {
        event: list(entries) for event, entries in hooks.items()
    }:
        return text
    text = _cut(text, agent, file)
    if read_json(text, file).value in ({}, wiring.frame):
        return whole(wiring, hooks)
    for event, entries in hooks.items():
        for entry in entries:
            text = _put(text, agent, event, entry, file)
    return text


def without_entries(text: str, agent: str, wiring: Wiring, file: str) -> str | None:
    """Give the settings without guard's entries; None where there was nothing else. Raises UsageError as `with_entries` does."""
    left = _cut(text, agent, file)
    return None if left != text and read_json(left, file).value in ({}, wiring.frame) else left


def entries_in(text: str, agent: str, file: str) -> list[Entry]:
    """Give guard's entries. Raises UsageError as `with_entries` does."""
    found = _own_entries(_read(text, agent, file), agent)
    return [
        Entry(event, str(entry.get("matcher", "")), line)
        for event, entries in found.items()
        for entry in entries
        for line in lines_of(entry, agent)
    ]


def switched_off(text: str, file: str) -> str:
    """Give what in the settings switches all hooks off, as `name = value`; "" where nothing does."""
    root = read_json(text, file)
    found = ((names, inner_at(root, *names), off) for names, off in _SWITCHES)
    return next(
        (
            f"{'.'.join(names)} = {json.dumps(off)}"
            for names, node, off in found
            if node and node.value is off
        ),
        "",
    )


def _read(text: str, agent: str, file: str) -> Node:
    """Read settings that have the shape they are to have: `hooks` is an object, and lists what is started by event."""
    hint = f"mend it, or add guard's entries by hand: guard agent install {agent} --entries"
    try:
        root = read_json(text, file)
    except UsageError as error:
        raise UsageError(error.message, hint=hint) from error
    hooks = inner_at(root, _HOOKS)
    if not isinstance(root.value, dict) or (hooks and not isinstance(hooks.value, dict)):
        raise UsageError(f"{file}: {'hooks is' if hooks else 'this is'} no object", hint=hint)
    wrong = (
        next((part.name for part in hooks.parts if not isinstance(part.value, list)), "")
        if hooks
        else ""
    )
    if wrong:
        raise UsageError(f"{file}: hooks.{wrong} is no array", hint=hint)
    return root


def _own_entries(root: Node, agent: str) -> dict[str, list[Mapping[str, object]]]:
    """guard's entries by event, those of others left out, groups with handlers of both cut down to guard's."""
    hooks = inner_at(root, _HOOKS)
    found = {part.name: list(_own(part.value, agent)) for part in hooks.parts} if hooks else {}
    return {event: entries for event, entries in found.items() if entries}


def _own(entries: object, agent: str) -> Iterator[Mapping[str, object]]:
    for entry in entries if isinstance(entries, list) else ():
        if is_own(entry, agent):
            yield entry
        inner = entry.get(_HOOKS) if isinstance(entry, dict) else None
        own = (
            [handler for handler in inner if is_own(handler, agent)]
            if isinstance(inner, list)
            else []
        )
        if own:
            yield {**entry, _HOOKS: own}


def _put(text: str, agent: str, event: str, entry: object, file: str) -> str:
    root = _read(text, agent, file)
    hooks, listed = inner_at(root, _HOOKS), inner_at(root, _HOOKS, event)
    if hooks is None:
        return with_part(text, root, {event: [entry]}, _HOOKS)
    return with_part(text, listed, entry) if listed else with_part(text, hooks, [entry], event)


def _cut(text: str, agent: str, file: str) -> str:
    """Take out one of guard's handlers after the other, each with whatever is empty without it."""
    while found := _first_own(_read(text, agent, file), agent):
        text = without_part(text, *found)
    return text


def _first_own(root: Node, agent: str) -> tuple[Node, Node] | None:
    """The first part that has to go, and what it is a part of, that first; None where nothing is guard's any more."""
    for hooks, events in _members(root):
        if hooks.name != _HOOKS:
            continue
        for event, entries in _members(events):
            for entry in entries.parts:
                handlers = inner_at(entry, _HOOKS)
                own = (
                    [part for part in handlers.parts if is_own(part.value, agent)]
                    if handlers
                    else []
                )
                if handlers and own and len(own) < len(handlers.parts):
                    return handlers, own[0]
                if own or is_own(entry.value, agent):
                    return _widest((root, hooks), (events, event), (entries, entry))
    return None


def _members(node: Node) -> Iterator[tuple[Node, Node]]:
    return ((part, part.inner) for part in node.parts if part.inner)


def _widest(*levels: tuple[Node, Node]) -> tuple[Node, Node]:
    """Of parts from the outside in: the innermost that leaves others behind, so that nothing empty stays."""
    return next((level for level in reversed(levels) if len(level[0].parts) > 1), levels[0])
