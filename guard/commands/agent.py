"""`guard agent NAME`: what an agent's hook starts. No Click here: it runs before every edit.

Standard output holds the answer in the agent's own shape and nothing else. What cannot be judged is refused where guard is adopted, and
passed over in silence where it is not: an agent's hooks may be a person's own, and run in every folder.
"""

from __future__ import annotations

import os
import sys

from guard.agents.programs import AGENTS
from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import ALLOW, Event, Output, Reply
from guard.agents.protocol.payload import parse_event
from guard.core.errors import GuardError, UsageError
from guard.git.locate import posix_path, seems_adopted, top_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

_LARGEST = 1 << 26  # bytes of a payload
_REPORT = 2_000  # characters of a bug's report that a model is told
_NOTHING_TO_SAY = Output("{}")  # before a tool, to any agent
_current: list[Event] = []  # what is being answered, for the case that guard itself breaks down


def main(words: Sequence[str]) -> int:
    """Answer the event on standard input for the agent that `words` begins with, and which is one of `AGENTS`; give the exit status.

    A second word names the event, for agents whose payloads do not. Raises UsageError at a terminal.
    """
    name = words[0]
    if os.isatty(0):
        raise UsageError(
            f"{AGENTS[name]} calls this and tells on standard input what happened",
            hint=f"guard agent selftest {name}",
        )
    event = parse_event(name, _read(), words[1] if len(words) > 1 else "")
    _current[:] = [event]
    return _tell(event, _replied(event))


def broke_down(text: str, *, heard: bool) -> int | None:
    """Answer for a breakdown of guard itself, of which `text` is the report; give the exit status, None where nothing was being answered.

    What could be refused is refused where guard is adopted. The report goes to standard error, for people. Where standard output is not
    `heard`, the exit status has to say it alone.
    """
    if not _current:
        return None
    event = _current[0]
    reply = _unjudged(event, text[:_REPORT])
    code = _tell(event, reply)
    if reply.text != text:
        _printed(text.rstrip("\n"), sys.stderr)
    return code if heard else _alone(reply, code)


def _read() -> bytes:
    """Everything on standard input, up to a limit: what is longer breaks off, and is treated like that. One that is closed is empty."""
    parts, size = [], 0
    try:
        while size < _LARGEST and (part := os.read(0, min(1 << 20, _LARGEST - size))):
            parts.append(part)
            size += len(part)
    except OSError:
        return b"".join(parts)
    return b"".join(parts)


def _tell(event: Event, reply: Reply) -> int:
    output = (
        _NOTHING_TO_SAY if reply == ALLOW and event.kind in kinds.BEFORE else _answer(event, reply)
    )
    heard = _printed(output.out, sys.stdout)
    _printed(output.err, sys.stderr)
    return output.code if heard else _alone(reply, output.code)


def _answer(event: Event, reply: Reply) -> Output:
    from guard.agents.protocol.answers import answer  # most tools are let through

    return answer(event, reply)


def _alone(reply: Reply, code: int) -> int:
    """The exit status where nothing else is heard: with 2 no agent runs a tool."""
    return 2 if reply.verb == "deny" else code


def _printed(text: str, stream: TextIO | None) -> bool:
    """Write a text at once, if there is one; tell whether that was possible. What could not be written is let go."""
    if not text:
        return True
    if stream is None:  # closed before guard was started
        return False
    try:
        print(text, file=stream, flush=True)
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        return False
    return True


def _replied(event: Event) -> Reply:
    if event.broken:
        return _unjudged(
            event,
            f"guard could not read what it was asked: {event.broken}\nhint: guard agent selftest {event.agent}",
        )
    try:
        return _answered(event)
    except GuardError as error:
        from guard.reports.endings import text_of

        return _unjudged(event, text_of(error).rstrip("\n"))


def _answered(event: Event) -> Reply:
    """What guard has to say. Each kind loads what it needs: most shell commands need nothing more."""
    if event.kind == kinds.BEFORE_SHELL:
        from guard.agents.shell.deeds import deeds_in

        deeds = deeds_in(event.command)
        if not any(deeds):
            return ALLOW
        from guard.agents.may_run import may_run

        return may_run(deeds, event, start_of(event))
    if event.kind == kinds.BEFORE_WRITE:
        from guard.agents.may_write import may_write

        return may_write(event, start_of(event))
    if event.idle or event.kind in (kinds.UNKNOWN, kinds.SESSION_END):
        return ALLOW
    from guard.agents import conversation as sessions

    return sessions.answered(event, start_of(event))


def start_of(event: Event) -> str:
    """The directory that the agent works in, as the payload says: never a variable, which stays behind when an agent changes worktrees."""
    path = posix_path(event.cwd)
    return path if os.path.isabs(path) else _here()


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:  # it is gone
        return "/"


def _unjudged(event: Event, text: str) -> Reply:
    """What is said when no verdict was reached: it is never "fine", unless guard has no business there."""
    start = start_of(event)
    if not any(
        map(
            seems_adopted,
            {top_of(start), *(top_of(_folder(start, write.path)) for write in event.writes)},
        )
    ):
        return ALLOW
    if event.kind in (*kinds.BEFORE, kinds.WORKTREE_CREATE) or not event.label:
        return Reply("deny", text)
    if (
        event.kind == kinds.UNKNOWN
    ):  # its name is known, and asks nothing: to refuse a prompt or a notification would stop nothing
        return ALLOW
    return Reply("note" if event.kind in (kinds.STOP, kinds.SETTINGS_CHANGED) else "tell", text)


def _folder(start: str, path: str) -> str:
    return os.path.dirname(os.path.join(start, posix_path(path).replace("\0", "")))
