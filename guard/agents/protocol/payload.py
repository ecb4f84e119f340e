"""What an agent's hook reads from standard input, as an `Event`, whichever agent it is.

The payloads: code.claude.com/docs/en/hooks; developers.openai.com/codex/hooks; google-gemini/gemini-cli, docs/hooks/reference.md;
cursor.com/docs/hooks; docs.github.com, "GitHub Copilot hooks reference". They differ in names and in what is a string of JSON inside JSON,
and drift from version to version; what is looked for here is the same for all, so that a hook that one agent borrows from another works.
"""

from __future__ import annotations

from guard.agents.protocol import event as kinds
from guard.agents.protocol import wire
from guard.agents.protocol.event import Edit, Event, Write
from guard.agents.protocol.tools import is_elsewhere, is_mcp, use_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Object = Mapping[str, object]

# The events by name, in lower case without anything but letters. What is not here asks nothing of guard.
_EVENTS = {
    **dict.fromkeys(
        ("pretooluse", "beforetool", "beforemcpexecution", "toolexecutebefore"), "tool"
    ),
    "beforeshellexecution": kinds.BEFORE_SHELL,
    **dict.fromkeys(
        "posttooluse posttoolusefailure posttoolbatch aftertool aftershellexecution aftermcpexecution toolexecuteafter".split(),
        kinds.AFTER_BATCH,
    ),
    **dict.fromkeys(("sessionstart", "subagentstart"), kinds.START),
    **dict.fromkeys(("stop", "agentstop", "afteragent", "sessionidle"), kinds.STOP),
    "configchange": kinds.SETTINGS_CHANGED,
    "worktreecreate": kinds.WORKTREE_CREATE,
    "worktreeremove": kinds.WORKTREE_REMOVE,
    "sessionend": kinds.SESSION_END,
}
_LABEL = ("hook_event_name", "hookEventName", "event")
_SESSION = (
    "session_id",
    "sessionId",
    "sessionID",
    "conversation_id",
    "conversationId",
    "thread_id",
)
_CWD = ("cwd", "workingDirectory", "working_directory")
_ROOTS = ("workspace_roots", "workspaceRoots")
_TOOL = ("tool_name", "toolName", "tool")
_INPUT = ("tool_input", "toolInput", "tool_args", "toolArgs", "args", "arguments")
_WORKTREE = (
    "name",
    "worktree_name",
    "worktree_path",
    "worktreePath",
    "path",
    "branch_name",
    "file_path",
)
_STARTS_IN = ("working_directory", "workingDirectory", "workdir", "directory", "dir_path", "cwd")

_PATH = (
    *(
        "file_path",
        "filePath",
        "notebook_path",
        "notebookPath",
        "path",
        "relative_path",
        "relativePath",
        "target_file",
        "targetFile",
    ),
    *("filename", "fileName", "absolute_path", "absolutePath", "pathInProject", "uri", "file"),
)
_FROM = ("source", "source_path", "sourcePath", "src", "old_path", "oldPath", "from", "path")
_TO = (
    "destination",
    "destination_path",
    "destinationPath",
    "dest",
    "new_path",
    "newPath",
    "target",
    "to",
)
_WHOLE = ("content", "contents", "file_text", "fileText")
_OLD = ("old_string", "oldString", "old_str", "oldStr", "search", "oldText")
_NEW = ("new_string", "newString", "new_str", "newStr", "replace", "newText")
_EVERY = ("replace_all", "replaceAll", "allow_multiple")
_PARTS = ("edits", "files", "operations", "changes", "replacements")
_WRITING = ("write", "delete", "move")  # uses of tools
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def parse_event(agent: str, raw: bytes, label: str = "") -> Event:
    """Read one payload: JSON in UTF-8 or UTF-16, with or without a byte order mark. `label` names the event where the payload does not.

    What cannot be read becomes an event that is `broken`, with as much of it as stands at its beginning.
    """
    text = _decoded(raw)
    try:
        found, _ = wire.read(text)
    except (ValueError, RecursionError):
        return _salvaged(agent, text, label)
    if not isinstance(found, dict):
        return _salvaged(agent, text, label)._replace(broken="the payload is no JSON object")
    return _event(agent, found, label)


def _event(agent: str, payload: Object, label: str) -> Event:
    label = label or _text(payload, _LABEL) or _guessed(payload)
    tool, arguments = _text(payload, _TOOL), _arguments(payload)
    kind = _EVENTS.get(_plain(label), kinds.UNKNOWN)
    event = Event(
        agent=agent,
        kind=kinds.UNKNOWN if kind == "tool" else kind,
        label=label,
        session=_text(payload, _SESSION),
        cwd=_text(payload, _CWD) or next(iter(_texts(payload, _ROOTS)), ""),
        active=payload.get("stop_hook_active") is True
        or payload.get("stopHookActive") is True
        or bool(_number(payload.get("loop_count"))),
        name=_text(payload, _WORKTREE),
    )
    if kind == "tool" or (kind == kinds.BEFORE_SHELL and not tool):
        mcp = (
            is_mcp(tool)
            or _plain(label) == "beforemcpexecution"
            or "mcp_context" in payload
            or "mcp_server" in payload
        )
        return _before(
            event,
            f"mcp:{tool}" if mcp and not is_mcp(tool) else tool,
            arguments if tool else payload,
        )
    idle = {kinds.AFTER_BATCH: _is_idle, kinds.STOP: _is_paused}.get(kind)
    return event._replace(idle=idle(payload)) if idle else event


def _before(event: Event, tool: str, arguments: Object) -> Event:
    """What a tool is about to do. A shell that is given a bare patch writes files, and so does a tool that is called `shell` elsewhere."""
    use = use_of(tool) if tool else "shell"
    command = _command(arguments)
    if use in ("shell", "") and command and not is_mcp(tool):
        patched = _patched(command) if command.lstrip().startswith("*** Begin Patch") else ()
        if patched:
            return event._replace(kind=kinds.BEFORE_WRITE, writes=patched)
        return event._replace(
            kind=kinds.BEFORE_SHELL, command=command, directory=_text(arguments, _STARTS_IN)
        )
    writes = tuple(_writes(use, arguments, remote=is_mcp(tool) and is_elsewhere(arguments)))
    if writes:
        return event._replace(kind=kinds.BEFORE_WRITE, writes=writes)
    if use in _WRITING and not is_mcp(tool) and arguments.get("command") != "view":
        return event._replace(
            kind=kinds.BEFORE_WRITE, broken=f"{tool} names no file that guard could find"
        )
    return event


def _writes(use: str, arguments: Object, *, remote: bool) -> Iterator[Write]:
    """The files that a tool names, with what will stand in them where the tool says so."""
    if use not in _WRITING or remote or arguments.get("command") == "view":
        return
    path = _text(arguments, _PATH)
    patched = (
        ()
        if path
        else [
            write
            for value in arguments.values()
            if isinstance(value, str)
            for write in _patched(value)
        ]
    )
    if patched:
        yield from patched
        return
    if use == "move":
        yield from (Write(old, deletes=True) for old in _texts(arguments, _FROM))
        yield from (Write(new) for new in _texts(arguments, _TO))
        return
    if path:
        yield Write(path, use == "delete", _whole(arguments), tuple(_edits(arguments)))
    for part in _parts(arguments):
        other = _text(part, _PATH)
        if other:
            yield Write(other, use == "delete", _whole(part), tuple(_edits(part)))
    yield from (
        Write(other, use == "delete")
        for other in _texts(arguments, ("paths", "file_paths", "filePaths"))
    )


def _edits(arguments: Object) -> Iterator[Edit]:
    for one in (arguments, *(part for part in _parts(arguments) if not _text(part, _PATH))):
        old, new = _value(one, _OLD), _value(one, _NEW)
        if isinstance(old, str) and isinstance(new, str):
            yield Edit(old, new, any(one.get(key) is True for key in _EVERY))


def _whole(arguments: Object) -> str | None:
    value = _value(arguments, _WHOLE)
    return value if isinstance(value, str) else None


def _parts(arguments: Object) -> list[Object]:
    return [
        part
        for key in _PARTS
        if isinstance(parts := arguments.get(key), list)
        for part in parts
        if isinstance(part, dict)
    ]


def _command(arguments: Object) -> str:
    """The text of a shell command; a list of words is written as a shell would read it, and `sh -c TEXT` as TEXT."""
    command = arguments.get("command", arguments.get("cmd"))
    if isinstance(command, str):
        return command
    words = [word for word in command if isinstance(word, str)] if isinstance(command, list) else []
    if (
        len(words) == 3
        and words[0].rpartition("/")[2] in ("sh", "bash", "zsh", "dash")
        and words[1].startswith("-")
        and "c" in words[1]
    ):
        return words[2]
    return " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)


def _patched(text: str) -> tuple[Write, ...]:
    """The writes of a patch; none where the text is none."""
    if "*** " not in text:
        return ()
    from guard.agents.protocol.patch import parse_patch

    return parse_patch(text)


def _is_idle(payload: Object) -> bool:
    """Whether no tool of a batch can have written files that nobody was asked about before."""
    calls = payload.get("tool_calls")
    names = (
        [_text(call, _TOOL) for call in calls if isinstance(call, dict)]
        if isinstance(calls, list)
        else [_text(payload, _TOOL)]
    )
    return bool(names) and all(
        use_of(name) in ("read", "write", "delete", "move") and not is_mcp(name) for name in names
    )


def _is_paused(payload: Object) -> bool:
    """Whether the agent stops without being done: somebody stopped it, or it waits for work in the background (Claude's Stop input)."""
    return _text(payload, ("status",)) in ("aborted", "error") or bool(
        payload.get("background_tasks")
    )


def _arguments(payload: Object) -> Object:
    """A tool's arguments: an object, the same as a string of JSON, or a string, bare or as JSON, which is a patch."""
    value = _value(payload, _INPUT)
    for _ in range(2):
        if isinstance(value, str):
            try:
                value, _end = wire.read(value)
            except (ValueError, RecursionError):
                value = {"patch": value}
    return value if isinstance(value, dict) else {}


def _guessed(payload: Object) -> str:
    """The event of a payload that does not name it: Copilot's own ones do not, and are told apart by what they hold."""
    if _text(payload, _TOOL):
        return (
            "postToolUse"
            if any(
                key in payload for key in ("toolResult", "tool_result", "tool_response", "error")
            )
            else "preToolUse"
        )
    if "stopReason" in payload or "stop_reason" in payload:
        return "agentStop"
    return "sessionStart" if "source" in payload else ""


def _salvaged(agent: str, text: str, label: str) -> Event:
    """The event of a payload that breaks off: agents write its name and the directory before anything long."""
    label = label or _told(text, _LABEL)
    kind = _EVENTS.get(_plain(label), kinds.UNKNOWN)
    if kind == "tool":
        use = use_of(_told(text, _TOOL))
        kind = {"read": kinds.UNKNOWN, "shell": kinds.BEFORE_SHELL}.get(use, kinds.BEFORE_WRITE)
    why = "the payload breaks off or is no JSON" if text.strip() else "the payload is empty"
    return Event(agent, kind, label, _told(text, _SESSION), _told(text, _CWD), broken=why)


def _told(text: str, names: tuple[str, ...]) -> str:
    """The first string that stands behind one of `names` in a text that looks like JSON."""
    for name in names:
        _, found, rest = text.partition(f'"{name}"')
        value = rest.lstrip().removeprefix(":").lstrip() if found else ""
        if value.startswith('"'):
            try:
                told, _ = wire.read(value)
            except ValueError:
                continue
            return str(told)
    return ""


def _decoded(raw: bytes) -> str:
    if raw.startswith(_MARKS[1:]):
        return raw.decode("utf-16", "replace")
    return raw.removeprefix(_MARKS[0]).decode("utf-8", "surrogateescape").lstrip("\ufeff\0")


def _plain(label: str) -> str:
    return "".join(filter(str.isalpha, label.lower()))


def _value(found: Object, names: tuple[str, ...]) -> object:
    return next((found[name] for name in names if found.get(name) is not None), None)


def _text(found: Object, names: tuple[str, ...]) -> str:
    """The first of the values called `names` that is a string and not empty."""
    return next(iter(_texts(found, names)), "")


def _texts(found: Object, names: tuple[str, ...]) -> list[str]:
    """The strings under the first of `names` that has any, alone or in a list."""
    for name in names:
        value = found.get(name)
        texts = [
            one
            for one in (value if isinstance(value, list) else [value])
            if isinstance(one, str) and one
        ]
        if texts:
            return texts
    return []


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
