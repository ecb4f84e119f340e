"""One file for each coding agent: its events, tools, answers and settings. Pure.

To add an agent, write its file and add its row to `AGENTS` in `changes/starts_guard.py`. Hot: a
hook loads its agent's file.
"""

from __future__ import annotations

from guard.changes.starts_guard import AGENTS as TABLE
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from guard.agents.protocol.event import Event, Output, Reply

    Fields = dict[str, object]

AGENTS = {name: called for name, (called, *_) in TABLE.items()}
QUICK, PATIENT = 10, 30  # seconds that a hook may take: before a tool runs, and otherwise
# Names of tools that several agents use, and those of older or other versions: in lower case,
# without anything but letters and digits.
_SHARED_TOOLS = {
    "write": "edit write multiedit create insert strreplace strreplaceeditor applypatch applydiff "
    "appendfile undoedit",
    "shell": "bash shell powershell pwsh terminal",
    "read": "read readfile view cat grep grepsearch glob globsearch ls lsp webfetch websearch "
    "fetch askuser todowrite updatetodo",
    "delete": "removefile",
    "move": "move movefile rename renamefile",
}
# The tool of an MCP server is known by the words of its name alone.
_VERBS = frozenset(
    "write edit create update delete remove move rename replace insert append patch apply put save "
    "overwrite modify add copy".split()
)
_FOLDERS = frozenset("directory directories folder folders dir".split())
_REMOTE = frozenset(
    "owner repo repository repo_id project project_id projectId workspace_slug branch bucket "
    "url".split()
)


class Agent(NamedTuple):
    """All that is particular to one agent.

    What it sends: `events` are its names of events by kind; the selftest sends the first of a kind.
    `tools` are the names of its own tools by use. Samples use `shell_tool`, and `write_tool` with
    `write_arguments` (`{path}` is the path). `batches`: the payload after tools is about several.
    `payload` makes a sample that is unlike Claude Code's, from a kind, an event, a directory and
    other fields.

    What it reads: `answer` gives a reply in its shape. `reads` are, for each verb, the paths of the
    keys that it looks at: the last is the text, one before it the decision. `denies_by_status`:
    exit status 2 is a refusal. `tells_before`: a tool may run and the model still hears something.
    `marks_parts`: what it sends about a tool says whether a subagent calls it.

    Its settings: `file`, from the top of a worktree; with `main_only` the agent reads it in the
    main worktree, with `from_start` only in the folder where it is started, with `is_program` it is
    a program of guard's. `personal` is the file of one person, which every worktree reads from the
    main one, and `home` that of all repositories, from the person's home directory; both count
    wherever the agent is started. An empty file must also hold `frame`.
    `hooks` are the entries by event: each a handler, or a group of them under `hooks`.
    `worktree_hooks` are the events about worktrees. `matches_whole`: a matcher must match the whole
    name of a tool. `skips_hooks`: its shell switches git's hooks off itself. `then` is what a
    person has to do after installing, `headless` what makes the agent run hooks without a person
    ("": nothing is needed).
    """

    events: Mapping[str, str]
    shell_tool: str
    write_tool: str
    answer: Callable[[Event, Reply], Output]
    file: str
    home: str
    then: str
    reads: Mapping[str, tuple[str, ...]] = {
        "deny": (
            "hookSpecificOutput.permissionDecision",
            "hookSpecificOutput.permissionDecisionReason",
        ),
        "tell": ("hookSpecificOutput.additionalContext",),
        "block": ("decision", "reason"),
    }
    hooks: Mapping[str, list[dict[str, object]]] = {}
    tools: Mapping[str, str] = {}
    write_arguments: Mapping[str, str] = {"file_path": "{path}", "content": "guard\n"}
    batches: bool = False
    payload: Callable[[str, str, str, Fields], Fields] | None = None
    denies_by_status: bool = True
    tells_before: bool = True
    marks_parts: bool = True
    personal: str = ""
    frame: Mapping[str, object] = {}
    matches_whole: bool = False
    worktree_hooks: tuple[str, ...] = ()
    main_only: bool = False
    from_start: bool = False
    skips_hooks: bool = False
    headless: str = ""
    is_program: bool = False


def closed(name: str) -> str:
    """Give the line for an event before a tool of an agent that ignores a hook which fails.

    Where guard cannot start or breaks, the exit status is 2 and standard error has a reason: a tool
    does not run then. (sh(1), 127 and 126: not found, not executable.)
    """
    broken = f"echo 'guard did not answer: guard agent selftest {name}' >&2"
    return f"guard agent {name} || {{ test $? = 2 || {broken}; exit 2; }}"


def load_agent(name: str) -> Agent:
    """Load the file of one of `AGENTS`."""
    agent: Agent = __import__(f"guard.agents.programs.{name}", fromlist=["AGENT"]).AGENT
    return agent


def use_of(name: str, agent: str) -> str:
    """Tell what a tool does to files: `write`, `delete`, `move`, `copy`, `shell`, `read`, or "".

    Other agents' names count too: agents run each other's hooks.
    """
    if is_mcp(name):
        return use_by_words(name)
    plain = "".join(filter(str.isalnum, name.lower()))
    if not plain:
        return ""
    found = (_found(plain, load_agent(one).tools) for one in (agent, *AGENTS))
    return _found(plain, _SHARED_TOOLS) or next(filter(None, found), "")


def is_mcp(name: str) -> bool:
    """Tell whether a tool belongs to an MCP server.

    Its name is `mcp__SERVER__TOOL`, `mcp_SERVER_TOOL` (Gemini) or `MCP:TOOL` (Cursor).
    """
    return name.lower().startswith(("mcp_", "mcp:"))


def is_elsewhere(arguments: Mapping[str, object]) -> bool:
    """Tell whether an MCP server's tool writes nothing here: on a remote, or as a dry run."""
    return not _REMOTE.isdisjoint(arguments) or arguments.get("dryRun") is True


def use_by_words(name: str) -> str:
    """Tell what a tool that guard does not know does to files, by the words of its name.

    Such are the tools of MCP servers, which Copilot and opencode call `SERVER-TOOL` and
    `SERVER_TOOL`.
    """
    # Only the tool's part of the name, if it is separate from the server's.
    words = set(_words(name.replace(":", "__").rpartition("__")[2]))
    if not words & _VERBS:
        return ""
    if words & {"move", "rename"}:
        return "move"
    if "copy" in words:
        return "copy"
    if words & {"delete", "remove"}:
        return "delete"
    # git tracks no folders, so making one changes nothing.
    return "" if words & _FOLDERS else "write"


def _found(plain: str, tools: Mapping[str, str]) -> str:
    return next((use for use, names in tools.items() if plain in names.split()), "")


def _words(name: str) -> Iterator[str]:
    word = ""
    for char in name:
        if not char.isalnum() or char.isupper():
            yield word
            word = ""
        word += char.lower() if char.isalnum() else ""
    yield word
