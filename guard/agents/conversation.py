"""What an agent is told in the course of a session: the brief at its start, what should not be on the disk, the handoff at its end."""

from __future__ import annotations

import os

from guard.agents.notes import Note, read_note, write_note
from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import ALLOW, Event, Reply
from guard.agents.protocol.reasons import aftermath, errors, gaps, keys, unfinished
from guard.changes.starts_guard import may_start_guard
from guard.changes.starts_guard_edit import touched
from guard.contracts.brief import LIMIT, Scene, brief
from guard.core.codes import CLOSING
from guard.core.errors import GuardError, NotAdopted
from guard.core.files import read_head
from guard.core.names import show
from guard.git.locate import git_dir, locate, posix_path, top_of
from guard.git.plumbing import at
from guard.rules.facts import Facts
from guard.rules.findings import Finding, Report
from guard.rules.grants import others
from guard.verdict.opening import Opening
from guard.verdict.reading import Ask, Reading, facts_without_changes
from guard.verdict.verdict import verdict

MOST_ASKED = 3  # times for the same things that a handoff lacks
MOST_IN_ALL = 7  # times at one commit, while it gets better; agents give up at 5 (Cursor) or 8 (Claude Code, Copilot) and then let go
_LARGEST = 1 << 20


def answered(event: Event, start: str) -> Reply:
    """Answer every event that is not in front of a tool. Raises GuardError where no verdict can be reached."""
    if event.kind in (kinds.WORKTREE_CREATE, kinds.WORKTREE_REMOVE):
        from guard.agents import worktree  # loads GitPython

        return worktree.answered(event, start)
    top = top_of(start) if os.path.isdir(start) else ""
    if not top:
        return ALLOW
    reply = {
        kinds.START: _start,
        kinds.AFTER_BATCH: _after_batch,
        kinds.STOP: _stop,
        kinds.SETTINGS_CHANGED: _settings_changed,
    }[event.kind]
    try:
        return reply(event, top)
    except NotAdopted:
        return ALLOW


def brief_of(top: str, contract: str = "", standing: tuple[str, ...] = (), limit: int = 0) -> str:
    """Give the brief of the session in the worktree at `top`, or of a contract by name. Raises GuardError where it cannot be known."""
    facts = facts_without_changes(at(top), contract)
    return brief(_scene(facts, standing), facts.policy, facts.contract, others(facts), limit)


def _scene(facts: Facts, standing: tuple[str, ...]) -> Scene:
    return Scene(
        facts.branch,
        facts.trusted.ref,
        facts.trusted.oid,
        facts.trusted.contract_from,
        facts.on_base,
        standing,
    )


def _start(event: Event, top: str) -> Reply:
    """The brief. What is wrong in the worktree already is part of it, so that nobody takes it for the session's doing later."""
    standing: tuple[str, ...] = ()
    if "subagent" not in event.label.lower():
        try:
            report = verdict(at(top), Ask("worktree"))
        except NotAdopted:
            raise
        except GuardError as error:
            standing = (f"it could not judge: {show(error.message.splitlines()[0])}",)
        else:
            found = _on_disk(report)
            standing = tuple(
                f"{one.code} {one.name}: {show(one.path)}{' ' * bool(one.path)}{one.message}"
                for one in found[:6]
            )
            standing += (f"and {len(found) - 6} more",) if len(found) > 6 else ()
            note = read_note(git_dir(top), event.session)
            write_note(git_dir(top), event.session, note._replace(told=keys(found)))
    return Reply("tell", brief_of(top, standing=standing, limit=LIMIT).rstrip("\n"))


def _after_batch(event: Event, top: str) -> Reply:
    """What is wrong on the disk since the agent was last told: the same thing is not said twice, and again when it came back."""
    report = verdict(at(top), Ask("worktree"))
    found = _on_disk(report)
    note = read_note(git_dir(top), event.session)
    now = keys(found)
    if now != note.told:
        write_note(git_dir(top), event.session, note._replace(told=now))
    new = [one for one in found if not keys([one]) <= note.told]
    return Reply("tell", aftermath(_headline(report), new, report.trusted.ref)) if new else ALLOW


def _on_disk(report: Report) -> list[Finding]:
    """What is wrong now, whatever comes; a handoff is not due before the end."""
    return [one for one in errors(report.findings) if not one.code.startswith(CLOSING)]


def _headline(report: Report) -> str:
    whose = f"contract {report.contract}" if report.contract else "no contract"
    return f"guard: what is on the disk now is more than this session may change ({whose}, branch {show(report.branch) or 'none'})."


def _stop(event: Event, top: str) -> Reply:
    """Ask for the handoff until it is valid, a few times for one commit and never without end."""
    git = at(top)
    head = (
        git.run("rev-parse", "--verify", "-q", "HEAD^{commit}", ok=(0, 1, 128)).out.decode().strip()
    )
    if not head:
        return ALLOW
    missing = _missing(verdict(git, Ask("branch")))
    if not missing:
        return ALLOW
    own = git_dir(top)
    note = read_note(own, event.session)
    goes_on = (
        head == note.head or event.active
    )  # what a hook keeps going is still at the same end, whatever it commits meanwhile
    total = note.total if goes_on else 0
    asked = note.asked if goes_on and note.missing == gaps(missing) else 0
    if asked > MOST_ASKED or total > MOST_IN_ALL:
        return ALLOW
    remembered = write_note(
        own, event.session, Note(note.told, head, asked + 1, gaps(missing), total + 1)
    )
    if (
        asked == MOST_ASKED or total == MOST_IN_ALL
    ):  # said once to the people, and then no more while it is so
        return Reply(
            "note",
            f"guard: the handoff is not done; it was asked for {total} times. guard check --branch tells what is missing.",
        )
    if (
        not remembered and event.active
    ):  # without a memory, only the agent itself knows that it was asked before
        return ALLOW
    return Reply("block", unfinished(missing, asked + 1, MOST_ASKED))


def _missing(report: Report) -> list[Finding]:
    return [one for one in errors(report.findings) if one.code.startswith(CLOSING)]


def _settings_changed(event: Event, top: str) -> Reply:
    """Keep an agent from reading settings anew that switch its hooks off, or no longer start guard although those on the base do."""
    for place in locate(posix_path(event.name), top) if event.name else ():
        if not may_start_guard(place.real.lstrip("/")):
            continue
        with Reading(Opening(at(top), staged=False), Ask("staged")) as reading:
            begun = reading.begin()
            entry = begun.entry_on_base(place.path) if place.top == top else None
            known = begun.sources.objects.read(entry.oid) if entry else None
            line = touched(known[1] if known else b"", read_head(place.real, _LARGEST))
        if line:
            text = f"guard: the settings in {show(place.real)} switch off what starts guard, or its hooks: {show(line[:120])}"
            return Reply("block", text)
    return ALLOW
