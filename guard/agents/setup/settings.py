"""guard's entries in the settings of an agent: added, removed, found; all else stays."""

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from guard.agents.programs import load_agent
from guard.agents.setup.jsontext import Node, inner_at, read_json, with_part, without_part
from guard.core.errors import UsageError

Hooks = Mapping[str, list[dict[str, object]]]

_HOOKS = "hooks"
_COMMANDS = ("command", "bash")
# What switches all hooks off, as a path of names and a value: Claude Code and Copilot, Gemini CLI
# (docs/reference/configuration.md).
_SWITCHES: tuple[tuple[tuple[str, ...], bool], ...] = (
    (("disableAllHooks",), True),
    (("hooksConfig", "enabled"), False),
)


class OwnEntry(NamedTuple):
    """One of guard's entries: the event, its matcher for tools ("": none), and the command line."""

    event: str
    matcher: str
    line: str


def lenient(hooks: Hooks) -> Hooks:
    """Give entries for a team that may lack guard: without the program, nothing happens."""
    return {event: [_lenient(entry) for entry in entries] for event, entries in hooks.items()}


def is_own(value: object, agent: str) -> bool:
    """Tell whether a handler in an agent's settings starts guard for that agent."""
    return isinstance(value, dict) and any(_starts_guard(line, agent) for line in _lines(value))


def lines_of(value: object, agent: str) -> Iterator[str]:
    """Yield the command lines in an entry that start guard for an agent."""
    handlers = value.get(_HOOKS, [value]) if isinstance(value, dict) else []
    for handler in handlers if isinstance(handlers, list) else []:
        if is_own(handler, agent):
            yield next(line for line in _lines(handler) if _starts_guard(line, agent))


def whole(name: str, hooks: Hooks) -> str:
    """Give settings that hold guard's entries and nothing else, ending with a newline."""
    settings = {**load_agent(name).frame, _HOOKS: hooks}
    return json.dumps(settings, indent=2, ensure_ascii=False) + "\n"


def with_entries(text: str | None, name: str, hooks: Hooks, file: str) -> str:
    """Give the settings with guard's entries; the same text if it has them already.

    `text` is None if there is no file. Raises UsageError for settings that cannot be changed in
    place.
    """
    if text is None or not text.strip("\ufeff \t\r\n"):
        return whole(name, hooks)
    wanted = {event: list(entries) for event, entries in hooks.items()}
    if _own_entries(_read(text, name, file), name) == wanted:
        return text
    text = _cut(text, name, file)
    if _is_empty(text, name, file):
        return whole(name, hooks)
    for event, entries in hooks.items():
        for entry in entries:
            text = _put(text, name, event, entry, file)
    return text


def without_entries(text: str, name: str, file: str) -> str | None:
    """Give the settings without guard's entries; None if there is nothing else.

    Raises UsageError as `with_entries` does.
    """
    left = _cut(text, name, file)
    return None if left != text and _is_empty(left, name, file) else left


def entries_in(text: str, name: str, file: str) -> list[OwnEntry]:
    """Give guard's entries. Raises UsageError as `with_entries` does."""
    return [
        OwnEntry(event, str(entry.get("matcher", "")), line)
        for event, entries in _own_entries(_read(text, name, file), name).items()
        for entry in entries
        for line in lines_of(entry, name)
    ]


def switched_off(text: str, file: str) -> str:
    """Give what in the settings switches all hooks off, as `name = value`; "" if nothing does."""
    root = read_json(text, file)
    for names, off in _SWITCHES:
        node = inner_at(root, *names)
        if node and node.value is off:
            return f"{'.'.join(names)} = {json.dumps(off)}"
    return ""


def _is_empty(text: str, name: str, file: str) -> bool:
    return read_json(text, file).value in ({}, load_agent(name).frame)


def _lines(handler: Mapping[str, object]) -> list[str]:
    return [line for key in _COMMANDS if isinstance(line := handler.get(key), str)]


def _starts_guard(line: str, name: str) -> bool:
    before, found, after = line.partition(f"guard agent {name}")
    # "", the character beside the end of the line, is in every string.
    return found != "" and before[-1:] in " /;&|'\"" and after[:1] in " ;&|'\""


def _lenient(entry: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = dict(entry)
    inner = entry.get(_HOOKS)
    if isinstance(inner, list):
        found[_HOOKS] = [_lenient(handler) for handler in inner]
    for key in _COMMANDS:
        if isinstance(line := found.get(key), str):
            start = line if "||" in line else f"exec {line}"
            found[key] = f"command -v guard >/dev/null 2>&1 || exit 0; {start}"
    return found


def _read(text: str, name: str, file: str) -> Node:
    hint = f"fix it, or add guard's entries by hand: guard agent install {name} --entries"
    try:
        root = read_json(text, file)
    except UsageError as error:
        raise UsageError(error.message, hint=hint) from error
    hooks = inner_at(root, _HOOKS)
    if not isinstance(root.value, dict):
        raise UsageError(f"{file}: this is not an object", hint=hint)
    if hooks is None:
        return root
    if not isinstance(hooks.value, dict):
        raise UsageError(f"{file}: hooks is not an object", hint=hint)
    for part in hooks.parts:
        if not isinstance(part.value, list):
            raise UsageError(f"{file}: hooks.{part.name} is not an array", hint=hint)
    return root


def _own_entries(root: Node, name: str) -> dict[str, list[Mapping[str, object]]]:
    """guard's entries by event; groups with handlers of others have guard's alone."""
    hooks = inner_at(root, _HOOKS)
    found = {part.name: list(_own(part.value, name)) for part in hooks.parts} if hooks else {}
    return {event: entries for event, entries in found.items() if entries}


def _own(entries: object, name: str) -> Iterator[Mapping[str, object]]:
    for entry in entries if isinstance(entries, list) else ():
        if is_own(entry, name):
            yield entry
        inner = entry.get(_HOOKS) if isinstance(entry, dict) else None
        handlers = inner if isinstance(inner, list) else []
        own = [handler for handler in handlers if is_own(handler, name)]
        if own:
            yield {**entry, _HOOKS: own}


def _put(text: str, name: str, event: str, entry: object, file: str) -> str:
    root = _read(text, name, file)
    hooks, listed = inner_at(root, _HOOKS), inner_at(root, _HOOKS, event)
    if hooks is None:
        return with_part(text, root, {event: [entry]}, _HOOKS)
    return with_part(text, listed, entry) if listed else with_part(text, hooks, [entry], event)


def _cut(text: str, name: str, file: str) -> str:
    while found := _first_own(_read(text, name, file), name):
        text = without_part(text, *found)
    return text


def _first_own(root: Node, name: str) -> tuple[Node, Node] | None:
    for hooks, events in _members(root):
        if hooks.name != _HOOKS:
            continue
        for event, entries in _members(events):
            for entry in entries.parts:
                handlers = inner_at(entry, _HOOKS)
                parts = handlers.parts if handlers else ()
                own = [part for part in parts if is_own(part.value, name)]
                if handlers and own and len(own) < len(parts):
                    return handlers, own[0]
                if own or is_own(entry.value, name):
                    return _widest((root, hooks), (events, event), (entries, entry))
    return None


def _members(node: Node) -> Iterator[tuple[Node, Node]]:
    return ((part, part.inner) for part in node.parts if part.inner)


def _widest(*levels: tuple[Node, Node]) -> tuple[Node, Node]:
    """The innermost part that has siblings, so that nothing empty stays."""
    return next((level for level in reversed(levels) if len(level[0].parts) > 1), levels[0])
