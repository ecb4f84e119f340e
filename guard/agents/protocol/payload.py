"""What an agent's hook reads from standard input, as an `Event`: one reader for all agents.

Payloads differ in names and in what is JSON inside JSON, and change from version to version (the
file of each agent has the sources). Every name is looked for in all spellings, since agents run
each other's hooks.
"""

from __future__ import annotations

from guard.agents.programs import (
    AGENTS,
    is_elsewhere,
    is_mcp,
    load_agent,
    use_by_words,
    use_of,
)
from guard.agents.protocol import event as kinds
from guard.agents.protocol import wire
from guard.agents.protocol.event import Edit, Event, Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Object = Mapping[str, object]

_LABEL = ("hook_event_name", "hookEventName", "event")
_CONVERSATION = tuple(
    "session_id sessionId sessionID conversation_id conversationId thread_id".split()
)
_CWD = ("cwd", "workingDirectory", "working_directory")
_ROOTS = ("workspace_roots", "workspaceRoots")
_TOOL = ("tool_name", "toolName", "tool")
_INPUT = ("tool_input", "toolInput", "tool_args", "toolArgs", "args", "arguments")
_WORKTREE = tuple(
    "name worktree_name worktree_path worktreePath path branch_name file_path".split()
)
_PARENT = ("parentAgentId", "parent_agent_id")
_SUBAGENT = (*_PARENT, "agent_id")  # Claude Code's and Codex's; neither gives its own agent an id
_STARTS_IN = ("working_directory", "workingDirectory", "workdir", "directory", "dir_path", "cwd")
_PATH = tuple(
    "file_path filePath filepath notebook_path notebookPath path relative_path relativePath "
    "target_file targetFile target_notebook targetNotebook target_path targetPath output_path "
    "outputPath filename fileName file_name absolute_path absolutePath pathInProject uri "
    "file".split()
)
_PATHS = ("paths", "file_paths", "filePaths")
_FROM = ("source", "source_path", "sourcePath", "src", "old_path", "oldPath", "from", "path")
_TO = tuple("destination destination_path destinationPath dest new_path newPath target to".split())
_WHOLE = ("content", "contents", "file_text", "fileText")
_OLD = ("old_string", "oldString", "old_str", "oldStr", "search", "oldText")
_NEW = ("new_string", "newString", "new_str", "newStr", "replace", "newText")
_EVERY = ("replace_all", "replaceAll", "allow_multiple")
_PARTS = ("edits", "files", "operations", "changes", "replacements")
_RESULT = ("toolResult", "tool_result", "tool_response", "error")
_WRITING = ("write", "delete", "move", "copy")  # uses of tools
_SHELLS = ("sh", "bash", "zsh", "dash")
_UTF_8, *_UTF_16 = b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"  # byte order marks


def parse_event(agent: str, raw: bytes, label: str = "") -> Event:
    """Read one payload: JSON in UTF-8 or UTF-16, with or without a byte order mark.

    `label` names the event if the payload does not. An unreadable payload becomes a `broken` event
    with what its beginning tells.
    """
    text = _decoded(raw)
    try:
        found, _ = wire.read(text)
    except (ValueError, RecursionError):
        return _salvaged(agent, text, label)
    if not isinstance(found, dict):
        return _salvaged(agent, text, label)._replace(broken="the payload is not a JSON object")
    return _event(agent, found, label)


def _kind_of(agent: str, label: str) -> str:
    plain = _plain(label)
    for name in (agent, *AGENTS) if plain else ():
        for kind, events in load_agent(name).events.items():
            if plain in map(_plain, events.split()):
                return kind
    return kinds.UNKNOWN


def _event(agent: str, payload: Object, label: str) -> Event:
    label = label or _text(payload, _LABEL) or _guessed(payload)
    tool, arguments = _text(payload, _TOOL), _arguments(payload)
    kind = _kind_of(agent, label)
    loops = payload.get("loop_count")
    event = Event(
        agent=agent,
        kind=kinds.UNKNOWN if kind == kinds.BEFORE_TOOL else kind,
        label=label,
        conversation=_text(payload, _CONVERSATION),
        cwd=_text(payload, _CWD) or _text(payload, _ROOTS),
        active=payload.get("stop_hook_active") is True
        or payload.get("stopHookActive") is True
        or (isinstance(loops, int) and loops != 0),
        name=_text(payload, _WORKTREE),
        part=_text(payload, _SUBAGENT) != "",
    )
    if kind in (kinds.BEFORE_TOOL, kinds.BEFORE_SHELL):
        names_server = "mcp_context" in payload or "mcp_server" in payload
        if not is_mcp(tool) and (names_server or _plain(label) == "beforemcpexecution"):
            tool = f"mcp:{tool}"
        return _before(event, tool, arguments if tool and arguments else payload)
    if kind == kinds.AFTER_BATCH:
        return event._replace(idle=_is_idle(agent, payload))
    if kind == kinds.STOP:
        return event._replace(idle=_is_paused(payload))
    return event


def _before(event: Event, tool: str, arguments: Object) -> Event:
    use = use_of(tool, event.agent) if tool else "shell"
    command = _command(arguments)
    if use in ("shell", "") and command and not is_mcp(tool):
        patched = _patched(command) if command.lstrip().startswith("*** Begin Patch") else ()
        if patched:
            return event._replace(kind=kinds.BEFORE_WRITE, writes=patched)
        directory = _text(arguments, _STARTS_IN)
        return event._replace(kind=kinds.BEFORE_SHELL, command=command, directory=directory)
    unknown = is_mcp(tool) or not use
    use = use or use_by_words(tool)
    arguments = _unwrapped(arguments) if unknown else arguments
    only_looks = use not in _WRITING or arguments.get("command") == "view"
    if only_looks or (unknown and is_elsewhere(arguments)):
        return event
    writes = tuple(_writes(use, arguments))
    if writes:
        return event._replace(kind=kinds.BEFORE_WRITE, writes=writes)
    if unknown:
        return event
    why = f"{tool} names no file that guard could find"
    return event._replace(kind=kinds.BEFORE_WRITE, broken=why)


def _unwrapped(arguments: Object) -> Object:
    """The arguments that a server takes in one object, such as `request`."""
    (inner,) = arguments.values() if len(arguments) == 1 else ({},)
    return inner if isinstance(inner, dict) and inner else arguments


def _writes(use: str, arguments: Object) -> Iterator[Write]:
    path = _text(arguments, _PATH)
    if not path:
        texts = (value for value in arguments.values() if isinstance(value, str))
        patched = [write for text in texts for write in _patched(text)]
        if patched:
            yield from patched
            return
    if use in ("move", "copy"):
        if use == "move":
            yield from (Write(old, deletes=True) for old in _texts(arguments, _FROM))
        yield from (Write(new) for new in _texts(arguments, _TO))
        return
    for part in (arguments, *_parts(arguments)):
        path = _text(part, _PATH)
        if path:
            text = _value(part, _WHOLE)
            whole = text if isinstance(text, str) else None
            yield Write(path, use == "delete", whole, tuple(_edits(part)))
    yield from (Write(other, use == "delete") for other in _texts(arguments, _PATHS))


def _edits(arguments: Object) -> Iterator[Edit]:
    for part in (arguments, *_parts(arguments)):
        if part is not arguments and _text(part, _PATH):
            continue
        old, new = _value(part, _OLD), _value(part, _NEW)
        if isinstance(old, str) and isinstance(new, str):
            yield Edit(old, new, any(part.get(key) is True for key in _EVERY))


def _parts(arguments: Object) -> list[Object]:
    lists = [parts for key in _PARTS if isinstance(parts := arguments.get(key), list)]
    return [part for parts in lists for part in parts if isinstance(part, dict)]


def _command(arguments: Object) -> str:
    """The text of a shell command; a list of words is quoted, but `sh -c TEXT` is TEXT."""
    command = arguments.get("command", arguments.get("cmd"))
    if isinstance(command, str):
        return command
    words = [word for word in command if isinstance(word, str)] if isinstance(command, list) else []
    if len(words) == 3 and words[0].rpartition("/")[2] in _SHELLS:
        option = words[1]
        if option.startswith("-") and "c" in option:
            return words[2]
    return " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)


def _patched(text: str) -> tuple[Write, ...]:
    if "*** " not in text:
        return ()
    from guard.agents.protocol.patch import parse_patch

    return parse_patch(text)


def _is_idle(agent: str, payload: Object) -> bool:
    calls = payload.get("tool_calls")
    if not isinstance(calls, list):
        calls = [payload]
    names = [_text(call, _TOOL) for call in calls if isinstance(call, dict)]
    uses = {"" if is_mcp(name) else use_of(name, agent) for name in names}
    return bool(names) and uses <= {"read", *_WRITING}


def _is_paused(payload: Object) -> bool:
    stopped = _text(payload, ("status",)) in ("aborted", "error")
    by_subagent = _text(payload, _PARENT) != ""  # Copilot's; its parent goes on
    return stopped or by_subagent or bool(payload.get("background_tasks"))


def _arguments(payload: Object) -> Object:
    """A tool's arguments: an object, also as a string of JSON; another string is a patch."""
    value = _value(payload, _INPUT)
    for _ in range(2):
        if isinstance(value, str):
            try:
                value, _end = wire.read(value)
            except (ValueError, RecursionError):
                value = {"patch": value}
    return value if isinstance(value, dict) else {}


def _guessed(payload: Object) -> str:
    """The event of a payload that does not name it: Copilot's own do not."""
    if _text(payload, _TOOL):
        return "postToolUse" if any(key in payload for key in _RESULT) else "preToolUse"
    if "stopReason" in payload or "stop_reason" in payload:
        return "agentStop"
    return "sessionStart" if "source" in payload else ""


def _salvaged(agent: str, text: str, label: str) -> Event:
    label = label or _first_string(text, _LABEL)
    kind = _kind_of(agent, label)
    if kind == kinds.BEFORE_TOOL:
        use = use_of(_first_string(text, _TOOL), agent)
        kind = {"read": kinds.UNKNOWN, "shell": kinds.BEFORE_SHELL}.get(use, kinds.BEFORE_WRITE)
    why = "the payload is cut off or not JSON" if text.strip() else "the payload is empty"
    conversation, cwd = _first_string(text, _CONVERSATION), _first_string(text, _CWD)
    return Event(agent, kind, label, conversation, cwd, broken=why)


def _first_string(text: str, names: tuple[str, ...]) -> str:
    for name in names:
        _, found, rest = text.partition(f'"{name}"')
        value = rest.lstrip().removeprefix(":").lstrip() if found else ""
        if value.startswith('"'):
            try:
                return str(wire.read(value)[0])
            except ValueError:
                continue
    return ""


def _decoded(raw: bytes) -> str:
    if raw.startswith(tuple(_UTF_16)):
        return raw.decode("utf-16", "replace")
    return raw.removeprefix(_UTF_8).decode("utf-8", "surrogateescape").lstrip("\ufeff\0")


def _plain(label: str) -> str:
    return "".join(filter(str.isalpha, label.lower()))


def _value(found: Object, names: tuple[str, ...]) -> object:
    return next((found[name] for name in names if found.get(name) is not None), None)


def _text(found: Object, names: tuple[str, ...]) -> str:
    return next(iter(_texts(found, names)), "")


def _texts(found: Object, names: tuple[str, ...]) -> list[str]:
    for name in names:
        value = found.get(name)
        values = value if isinstance(value, list) else [value]
        texts = [text for text in values if isinstance(text, str) and text]
        if texts:
            return texts
    return []
