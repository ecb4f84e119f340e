"""Which of an agent's tools write files, run a shell or do neither, by name.

Names are those of Claude Code (npm @anthropic-ai/claude-agent-sdk, BUILTIN_TOOL_NAMES), Codex (apply_patch, shell), Gemini CLI
(docs/tools), Cursor (cursor.com/docs/hooks, "Matcher"), GitHub Copilot (docs.github.com, hooks reference, "Tool names") and opencode
(opencode.ai/docs/tools), in lower case without anything but letters and digits.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WRITES = frozenset(
    "edit write multiedit notebookedit editnotebook create createfile writefile replace editfile insert strreplace strreplaceeditor "
    "strreplacebasededittool searchreplace applypatch patch applydiff insertedit replacestringinfile multireplacestringinfile "
    "inserteditintofile appendfile undoedit".split()
)
_DELETES = frozenset("delete deletefile removefile".split())
_MOVES = frozenset("move movefile rename renamefile".split())
_SHELLS = frozenset(
    "bash shell powershell pwsh monitor terminal runshellcommand shellcommand localshell execcommand unifiedexec runterminalcmd "
    "runterminalcommand runinterminal".split()
)
_READS = frozenset(
    "read readfile readmanyfiles view cat grep grepsearch rg glob globsearch findfiles ls list listdirectory listdir searchfilecontent "
    "filesearch codebasesearch semanticsearch lsp webfetch websearch googlewebsearch fetch askuserquestion askuser question todowrite "
    "todoread "
    "updatetodo updateplan savememory exitplanmode enterplanmode toolsearch taskget tasklist taskcreate taskupdate reportintent "
    "listagents croncreate crondelete cronlist pushnotification sendusermessage listmcpresourcestool readmcpresourcetool "
    "readmcpresourcedirtool readlints viewimage".split()
)

# What a tool of an MCP server does is told by the words of its name alone.
_MCP = ("mcp__", "mcp_", "mcp:")
_VERBS = frozenset(
    "write edit create update delete remove move rename replace insert append patch apply put save overwrite modify add".split()
)
_TAKE_AWAY = frozenset("delete remove".split())
_RELOCATE = frozenset("move rename".split())
_FOLDERS = frozenset("directory directories folder folders dir".split())


def use_of(name: str) -> str:
    """Tell what the tool called `name` does to files: `write`, `delete`, `move`, `shell`, `read`, or "" where it is not known."""
    if is_mcp(name):
        return _use_of_mcp(name)
    plain = "".join(filter(str.isalnum, name.lower()))
    uses = {"write": _WRITES, "shell": _SHELLS, "read": _READS, "delete": _DELETES, "move": _MOVES}
    return next((use for use, names in uses.items() if plain in names), "")


def is_mcp(name: str) -> bool:
    """Tell whether a tool belongs to an MCP server: `mcp__SERVER__TOOL`, `mcp_SERVER_TOOL` (Gemini) or `MCP:TOOL` (Cursor)."""
    return name.lower().startswith(_MCP)


def is_elsewhere(arguments: Mapping[str, object]) -> bool:
    """Tell whether a tool of an MCP server works on a remote repository: its paths are none of this machine's."""
    there = (
        "owner",
        "repo",
        "repository",
        "repo_id",
        "project",
        "project_id",
        "projectId",
        "workspace_slug",
        "branch",
        "bucket",
        "url",
    )
    return any(key in arguments for key in there) or arguments.get("dryRun") is True


def _use_of_mcp(name: str) -> str:
    words = set(
        _words(name.replace(":", "__").rpartition("__")[2])
    )  # of the tool, where its name is told apart from the server's
    if not words & _VERBS:
        return ""
    if words & _RELOCATE:
        return "move"
    if words & _TAKE_AWAY:
        return "delete"
    return (
        "" if words & _FOLDERS else "write"
    )  # git has no folders of their own, so making one changes nothing


def _words(name: str) -> Iterator[str]:
    """The words of `snake_case`, `kebab-case` or `camelCase`, in lower case."""
    word = ""
    for char in name:
        if not char.isalnum() or char.isupper():
            yield word
            word = ""
        word += char.lower() if char.isalnum() else ""
    yield word
