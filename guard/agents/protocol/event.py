"""An agent's event and guard's reply to it, in one shape for all agents."""

from __future__ import annotations

from guard.core.values import NamedTuple

# The kinds of events. `UNKNOWN` is everything that guard has nothing to say about.
BEFORE_WRITE = "before-write"
BEFORE_SHELL = "before-shell"
BEFORE_TOOL = "before-tool"  # only in an agent's table of events: the tool decides which it is
AFTER_BATCH = "after-batch"
START = "start"
STOP = "stop"
SETTINGS_CHANGED = "settings-changed"
WORKTREE_CREATE = "worktree-create"
WORKTREE_REMOVE = "worktree-remove"
CONVERSATION_END = "conversation-end"
UNKNOWN = "unknown"

BEFORE = (BEFORE_WRITE, BEFORE_SHELL)  # the kinds that a refusal can stop
WORKTREES = (WORKTREE_CREATE, WORKTREE_REMOVE)
HEARD = (*BEFORE, START, AFTER_BATCH, STOP)  # a model reads what is said there
LOOKS_AROUND = (START, AFTER_BATCH)  # at these, guard also looks into the other worktrees


class Edit(NamedTuple):
    """One replacement in a file's text: of the first `old`, or of each."""

    old: str
    new: str
    every: bool = False


class Write(NamedTuple):
    """A file that a tool is about to write: its path as the agent spells it.

    `deletes`: the name itself goes away. `text` is the whole new content, `edits` are replacements
    in the present one; without either, the content is not known.
    """

    path: str
    deletes: bool = False
    text: str | None = None
    edits: tuple[Edit, ...] = ()


class Event(NamedTuple):
    """One call of an agent's hook.

    `label` is the agent's name of the event, which some answers repeat; `conversation` is an id;
    `cwd` is the directory in the payload. A shell command starts in `directory` if that is another.
    `active`: the agent goes on because a hook asked it to. `name` is that of a worktree, its path,
    or the path of changed settings. `idle`: no tool of a batch can have written a file unseen, or a
    stop is a pause. `part`: a subagent does it. `broken` says why the payload could not be read.
    """

    agent: str
    kind: str
    label: str = ""
    conversation: str = ""
    cwd: str = ""
    writes: tuple[Write, ...] = ()
    command: str = ""
    directory: str = ""
    active: bool = False
    name: str = ""
    idle: bool = False
    part: bool = False
    broken: str = ""


class Deed(NamedTuple):
    """Something that is refused: what it is, what to do instead, and one command to type.

    `directory`, from where the shell starts, is where it is done; None if that does not matter.
    """

    what: str
    instead: str
    next: str
    directory: str | None = None


class Reply(NamedTuple):
    """What guard answers.

    `verb` is `allow`, `deny`, `tell` (facts for the model), `block` (it must go on) or `note` (for
    people).
    """

    verb: str
    text: str = ""


ALLOW = Reply("allow")


class Output(NamedTuple):
    """What a hook's process gives to the agent: standard output, standard error and exit status."""

    out: str
    err: str = ""
    code: int = 0
