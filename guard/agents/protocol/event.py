"""What an agent is about to do or has done, and what it is told: one shape for all of them."""

from __future__ import annotations

from guard.core.values import NamedTuple

# The kinds of events. For everything else that an agent may tell (`UNKNOWN`) there is nothing to say.
BEFORE_WRITE = "before-write"
BEFORE_SHELL = "before-shell"
AFTER_BATCH = "after-batch"
START = "start"
STOP = "stop"
SETTINGS_CHANGED = "settings-changed"
WORKTREE_CREATE = "worktree-create"
WORKTREE_REMOVE = "worktree-remove"
SESSION_END = "session-end"
UNKNOWN = "unknown"

BEFORE = (BEFORE_WRITE, BEFORE_SHELL)  # the kinds that a refusal can stop


class Edit(NamedTuple):
    """One replacement in a file's text: the first place where `old` stands, or every one."""

    old: str
    new: str
    every: bool = False


class Write(NamedTuple):
    """A file that a tool is about to write: its path as the agent spells it, absolute or from the agent's directory.

    `deletes` tells that the name itself goes away. `text` is the whole new content where the tool tells it, `edits` are replacements in
    the present one; where neither is told, the content is not known.
    """

    path: str
    deletes: bool = False
    text: str | None = None
    edits: tuple[Edit, ...] = ()


class Event(NamedTuple):
    """One call of an agent's hook.

    `label` is the event's name as the agent has it, which some answers repeat; `session` is the agent's id of its session; `cwd` is
    the directory that the payload names ("": none). `directory` is where a shell command starts if that is somewhere else. `active` tells
    that the agent goes on because a hook asked it to; `name` is that of a worktree, its path, or the path of changed settings. `idle` tells
    that there is nothing to look at: no tool of a batch can have written a file unseen, or a stop is a pause. `broken` says why the payload
    could not be read ("": it could).
    """

    agent: str
    kind: str
    label: str = ""
    session: str = ""
    cwd: str = ""
    writes: tuple[Write, ...] = ()
    command: str = ""
    directory: str = ""
    active: bool = False
    name: str = ""
    idle: bool = False
    broken: str = ""


class Deed(NamedTuple):
    """Something that is refused: what it is, what can be done instead, and one command to type.

    `directory` is where it is done, from where the shell starts; None where that does not matter.
    """

    what: str
    instead: str
    next: str
    directory: str | None = None


class Reply(NamedTuple):
    """What guard has to say.

    `verb` is `allow`, `deny`, `tell` (facts for the model), `block` (it must go on) or `note` (for people).
    """

    verb: str
    text: str = ""


ALLOW = Reply("allow")


class Output(NamedTuple):
    """What a hook's process gives to the agent: standard output, standard error and exit status."""

    out: str
    err: str = ""
    code: int = 0
