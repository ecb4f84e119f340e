"""Which of an agent's tools write files, run a shell or only read, by name.

Names are in lower case without anything but letters and digits. An agent's file has the names that
are its own; the table here has those that several agents use, and those of older or other versions.
"""

from __future__ import annotations

from guard.agents.programs import AGENTS, load_agent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SHARED = {
    "write": "edit write multiedit create insert strreplace strreplaceeditor applypatch applydiff "
    "appendfile undoedit",
    "shell": "bash shell powershell pwsh terminal",
    "read": "read readfile view cat grep grepsearch glob globsearch ls lsp webfetch websearch "
    "fetch askuser todowrite updatetodo",
    "delete": "removefile",
    "move": "move movefile rename renamefile",
}
# The tool of an MCP server is known by the words of its name alone.
_MCP = ("mcp__", "mcp_", "mcp:")
_VERBS = frozenset(
    "write edit create update delete remove move rename replace insert append patch apply put save "
    "overwrite modify add".split()
)
_FOLDERS = frozenset("directory directories folder folders dir".split())
_REMOTE = (
    "owner repo repository repo_id project project_id projectId workspace_slug branch bucket url"
)


def use_of(name: str, agent: str) -> str:
    """Tell what a tool does to files: `write`, `delete`, `move`, `shell`, `read`; "": not known.

    Other agents' names count too: agents run each other's hooks.
    """
    if is_mcp(name):
        return _use_of_mcp(name)
    plain = "".join(filter(str.isalnum, name.lower()))
    if not plain:
        return ""
    found = (_found(plain, load_agent(one).tools) for one in (agent, *AGENTS))
    return _found(plain, _SHARED) or next(filter(None, found), "")


def is_mcp(name: str) -> bool:
    """Tell whether a tool belongs to an MCP server.

    Its name is `mcp__SERVER__TOOL`, `mcp_SERVER_TOOL` (Gemini) or `MCP:TOOL` (Cursor).
    """
    return name.lower().startswith(_MCP)


def is_elsewhere(arguments: Mapping[str, object]) -> bool:
    """Tell whether an MCP server's tool writes nothing here: on a remote, or as a dry run."""
    return any(key in arguments for key in _REMOTE.split()) or arguments.get("dryRun") is True


def _found(plain: str, tools: Mapping[str, str]) -> str:
    for use, names in tools.items():
        if plain in names.split():
            return use
    return ""


def _use_of_mcp(name: str) -> str:
    # Only the tool's part of the name, if it is separate from the server's.
    words = set(_words(name.replace(":", "__").rpartition("__")[2]))
    if not words & _VERBS:
        return ""
    if words & {"move", "rename"}:
        return "move"
    if words & {"delete", "remove"}:
        return "delete"
    # git tracks no folders, so making one changes nothing.
    return "" if words & _FOLDERS else "write"


def _words(name: str) -> Iterator[str]:
    """The words of `snake_case`, `kebab-case` or `camelCase`, in lower case."""
    word = ""
    for char in name:
        if not char.isalnum() or char.isupper():
            yield word
            word = ""
        word += char.lower() if char.isalnum() else ""
    yield word
