"""An agent's hook, from the payload to the answer: payload → event → may it? → reply → answer.

What cannot be judged is refused where guard is adopted, and ignored elsewhere: a person's own hooks
run in every folder. Hot.
"""

from __future__ import annotations

import os

from guard.agents.programs import load_agent
from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import ALLOW, Event, Output, Reply
from guard.agents.protocol.payload import parse_event
from guard.core.errors import GuardError, NotAdopted, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.sessions.between.elsewhere import Early

_REPORT = 2_000  # characters of a bug's report that a model gets
# A shell command that concerns nothing is not even located; the batch that it is part of is.
_SAYS_LITTLE = (kinds.BEFORE_SHELL, kinds.UNKNOWN, *kinds.WORKTREES)
_current: list[Event] = []  # the event that is being answered, for a breakdown


def answer(agent: str, raw: bytes, label: str = "") -> tuple[Output, int]:
    """Answer a payload of one of `AGENTS`; `label` names the event if the payload does not.

    Gives also the exit status if standard output cannot be written: with 2 no agent runs a tool.
    """
    event = parse_event(agent, raw, label)
    _current[:] = [event]
    reply = _with_news(event, _reply(event))
    _note_turn(event, reply)
    return _answer(event, reply)


def _with_news(event: Event, reply: Reply) -> Reply:
    """Add what was answered to the session's request, once, where its own agent hears the text.

    The hook after a tool follows the one that lets it run, and an agent that was kept from ending
    hears it there. A subagent has not asked, and would keep it to itself: an agent that does not
    say whose tool it is hears it at the start and the end alone.
    """
    if event.broken or event.part or event.kind not in kinds.HEARD:
        return reply
    if event.kind in kinds.BEFORE and reply.verb == "allow":
        return reply
    if event.kind not in (kinds.START, kinds.STOP) and not load_agent(event.agent).marks_parts:
        return reply
    if event.kind == kinds.STOP and (event.idle or event.active or reply.verb == "note"):
        return reply
    from guard.git.locate import common_dir, requests_in, top_of

    top = top_of(_start_of(event))
    if not top or not requests_in(top):
        return reply
    from guard.sessions.life.requests import any_answered  # hardly anybody waits for an answer

    if not any_answered(common_dir(top)):
        return reply
    from guard.agents.conversation import answered

    said = answered(top, event.conversation)
    if not said:
        return reply
    if reply.verb in ("allow", "tell"):
        verb = "block" if event.kind == kinds.STOP else "tell"
        return Reply(verb, f"{said}\n{reply.text}".rstrip("\n"))  # agents cut the end of a brief
    return Reply(reply.verb, f"{reply.text}\n{said}")


def _note_turn(event: Event, reply: Reply) -> None:
    """Let `guard status` know that an agent waits for somebody; whatever else it does ends that."""
    if event.broken or event.kind in _SAYS_LITTLE or _is_part(event):
        return
    from guard.git.conversations import note_turn
    from guard.git.locate import git_dir, top_of  # a payload that is broken says of no place

    top = top_of(_start_of(event))
    if top:
        ended = event.kind == kinds.STOP and reply.verb != "block"
        try:
            note_turn(git_dir(top), ended=ended)
        except OSError:  # `.git` cannot be read
            return


def _is_part(event: Event) -> bool:
    """Whether an agent works for another one, or in the background: a turn goes on."""
    return "subagent" in event.label.lower() or (event.kind == kinds.STOP and event.idle)


def breakdown(report: str) -> tuple[Output, int] | None:
    """Answer as `answer` does for a bug in guard; None if nothing was being answered.

    Standard error has the whole report.
    """
    if not _current:
        return None
    reply = _unjudged(_current[0], report[:_REPORT])
    output, unheard = _answer(_current[0], reply)
    if reply.text != report:
        output = output._replace(err=f"{output.err}\n{report}".strip("\n"))
    return output, unheard


def _answer(event: Event, reply: Reply) -> tuple[Output, int]:
    output = Output("{}")  # lets a tool run, for every agent
    if reply != ALLOW or event.kind not in kinds.BEFORE:
        output = load_agent(event.agent).answer(event, reply)
    return output, 2 if reply.verb == "deny" else output.code


def _reply(event: Event) -> Reply:
    if event.broken:
        hint = f"hint: guard agent selftest {event.agent}"
        return _unjudged(event, f"guard could not read the event: {event.broken}\n{hint}")
    try:
        return reply_to(event)
    except GuardError as error:
        return _unjudged(event, text_of(error).rstrip("\n"))


def reply_to(event: Event) -> Reply:
    """Reply to an event that could be read. Raises GuardError if no verdict can be reached."""
    if event.kind == kinds.BEFORE_SHELL:
        from guard.agents.shell.deeds import deeds_in

        deeds = deeds_in(event.command)
        if not any(deeds):
            return ALLOW
        from guard.agents.may_run import may_run

        return _with_way_back(event, may_run(deeds, event, _start_of(event)))
    if event.kind == kinds.BEFORE_WRITE:
        from guard.agents.may_write import may_write

        return _with_way_back(event, may_write(event, _start_of(event)))
    if event.idle or event.kind in (kinds.UNKNOWN, kinds.CONVERSATION_END):
        return ALLOW
    start = _start_of(event)
    early = _look_early(start) if event.kind in kinds.LOOKS_AROUND and not _is_part(event) else None
    try:
        if event.kind == kinds.START:
            from guard.agents.conversation import at_start  # while git looks

            return at_start(event, start, early)
        from guard.agents.turn import reply_after

        return reply_after(event, start, early)
    except NotAdopted:
        return ALLOW
    finally:
        if early:
            early.end()


def _look_early(start: str) -> Early | None:
    """Ask git about all worktrees around the directory `start`, if it is in a repository."""
    from guard.git.locate import top_of

    top = top_of(start) if os.path.isdir(start) else ""
    if not top:
        return None
    from guard.git.plumbing import at
    from guard.verdict.opening import Opening

    opening = Opening(at(top), staged=False)
    from guard.sessions.between.elsewhere import look_early  # while git opens the repository

    return look_early(opening)


def _with_way_back(event: Event, reply: Reply) -> Reply:
    """Add to a refusal the command that leads back to the contract's branch, if another is there.

    A conversation stays under its contract; what it commits there would be nobody's.
    """
    if reply.verb != "deny":
        return reply
    from guard.contracts.branches import named_for
    from guard.git.conversations import bound_by
    from guard.git.locate import head_of, top_of

    top = top_of(_start_of(event))
    bound = bound_by(top, event.conversation)
    if not bound or named_for(bound, head_of(top)):
        return reply
    from guard.sessions.way_back import way_back  # most stay on their branch

    return reply._replace(text=f"{reply.text}\n{way_back(top, bound)}".rstrip("\n"))


def _unjudged(event: Event, text: str) -> Reply:
    from guard.git.locate import posix_path, seems_adopted, top_of

    start = _start_of(event)
    paths = [posix_path(write.path).replace("\0", "") for write in event.writes]
    folders = [os.path.dirname(os.path.join(start, path)) for path in paths]
    if not any(map(seems_adopted, {top_of(folder) for folder in (start, *folders)})):
        return ALLOW
    if event.kind in (*kinds.BEFORE, kinds.WORKTREE_CREATE) or not event.label:
        return Reply("deny", text)
    # An event that guard does not know: refusing a prompt or a notification would stop nothing.
    if event.kind == kinds.UNKNOWN:
        return ALLOW
    return Reply("note" if event.kind in (kinds.STOP, kinds.SETTINGS_CHANGED) else "tell", text)


def _start_of(event: Event) -> str:
    """The agent's directory; a variable would not follow it to another worktree."""
    from guard.git.locate import posix_path  # most shell commands concern no worktree

    path = posix_path(event.cwd)
    if os.path.isabs(path):
        return path
    try:
        return os.getcwd()
    except OSError:  # the directory is gone
        return "/"
