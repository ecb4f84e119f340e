"""One file for each coding agent: its events, tools, answers and settings. Pure.

To add an agent, write its file and add its row to `AGENTS`. Hot: a call of an agent's hook loads
the file of that agent.
"""

from __future__ import annotations

from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from guard.agents.protocol.event import Event, Output, Reply

    Fields = dict[str, object]

AGENTS = {
    "claude": "Claude Code",
    "codex": "Codex CLI",
    "gemini": "Gemini CLI",
    "cursor": "Cursor",
    "copilot": "GitHub Copilot",
    "opencode": "opencode",
}
QUICK, PATIENT = 10, 30  # seconds that a hook may take: before a tool runs, and otherwise


class Agent(NamedTuple):
    """All that is particular to one agent.

    What it sends: `events` are its names of events by kind; the selftest sends the first of a kind.
    `tools` are names of its own tools by use, as in `protocol.tools`. The samples use `shell_tool`,
    and `write_tool` with `write_arguments` (`{path}` is the path). `batches` tells that the payload
    after tools is about several; `payload` makes a sample that differs more from Claude Code's, of
    a kind, an event and a directory, with other fields.

    What it reads: `answer` gives a reply in its shape. `reads` are, for each verb, the paths of the
    keys that it looks at: the last is the text, one before it the decision. `denies_by_status`
    tells that exit status 2 is a refusal.

    Its settings: `file`, from the top of a worktree; with `main_only` the agent reads it in the
    main worktree, with `is_program` it is a program of guard's. `personal` is the file of one
    person, which every worktree reads from the main one. `frame` is what an empty file must also
    hold. `hooks` are the entries by event: each a handler, or a group of them under `hooks`.
    `worktree_hooks` are the events about worktrees; `matches_whole` tells that a matcher must match
    the whole name of a tool. `then` is what a person has to do after installing.
    """

    events: Mapping[str, str]
    shell_tool: str
    write_tool: str
    answer: Callable[[Event, Reply], Output]
    reads: Mapping[str, tuple[str, ...]]
    file: str
    then: str
    hooks: Mapping[str, list[dict[str, object]]] = {}
    tools: Mapping[str, str] = {}
    write_arguments: Mapping[str, str] = {"file_path": "{path}", "content": "guard\n"}
    batches: bool = False
    payload: Callable[[str, str, str, Fields], Fields] | None = None
    denies_by_status: bool = True
    personal: str = ""
    frame: Mapping[str, object] = {}
    matches_whole: bool = False
    worktree_hooks: tuple[str, ...] = ()
    main_only: bool = False
    is_program: bool = False


def load_agent(name: str) -> Agent:
    """Load the file of one of `AGENTS`."""
    agent: Agent = __import__(f"guard.agents.programs.{name}", fromlist=["AGENT"]).AGENT
    return agent
