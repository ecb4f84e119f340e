"""What guard tells an agent at the end of a batch of tools, of a turn and of its worktree."""

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.agents.conversation import Look, on_disk
from guard.agents.live import after_batch
from guard.agents.notes import Note, read_note, where_noted, write_note
from guard.agents.programs import load_agent
from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import ALLOW, Event, Reply
from guard.agents.protocol.reasons import aftermath, errors, gaps, keys, past_hooks, unfinished
from guard.agents.unseen import Trace, trace_of, unseen_since
from guard.changes.starts_guard import may_start_guard
from guard.changes.starts_guard_edit import touched
from guard.contracts.branches import claims
from guard.core.codes import CLOSING
from guard.core.errors import GuardError, text_of
from guard.core.files import read_head
from guard.core.names import show
from guard.git.ancestry import commit_of
from guard.git.locate import git_dir, locate, posix_path, top_of
from guard.git.plumbing import at
from guard.rules import told_at_once
from guard.rules.facts import Facts
from guard.rules.findings import Finding
from guard.rules.report import Report
from guard.sessions.between.elsewhere import Early
from guard.sessions.between.noting import note_worktree
from guard.sessions.way_back import way_back
from guard.verdict.opening import Opening
from guard.verdict.reading import Ask, Reading
from guard.verdict.verdict import verdict, verdict_and_facts

MOST_ASKED = 3  # times for the same gaps in a handoff
# Times at one commit while the gaps become fewer; agents give up at 5 (Cursor) or 8 (Claude Code,
# Copilot).
MOST_IN_ALL = 7
_LARGEST = 1 << 20
_AWAY = "branch"


def reply_after(event: Event, start: str, early: Early | None = None) -> Reply:
    """Answer an event that comes after what an agent in the directory `start` did.

    `early` is what was asked before this module was loaded. Raises GuardError if no verdict can be
    reached.
    """
    if event.kind in kinds.WORKTREES:
        return _worktree(event, start)
    top = top_of(start) if os.path.isdir(start) else ""
    if not top:
        return ALLOW
    if event.kind == kinds.AFTER_BATCH:
        return _after_batch(event, top, early)
    return _stop(event, top) if event.kind == kinds.STOP else _settings_changed(event, top)


def _after_batch(event: Event, top: str, early: Early | None) -> Reply:
    strays = _strays(event, top, early)
    close = after_batch(top, strays.facts, event.conversation)
    text = "\n".join(filter(None, (strays.text, close)))
    return Reply("tell", text) if text else ALLOW


class _Strays(NamedTuple):
    """What is wrong on the disk and new to the agent, also if it went and came back.

    `remembered`: guard will remember that it has told it. `facts` are about the disk.
    """

    text: str
    remembered: bool
    facts: Facts


def _strays(event: Event, top: str, early: Early | None = None) -> _Strays:
    """Work in the wrong checkout is looked for only `early`: nobody is kept from ending by it."""
    own = git_dir(top)
    note, trace = read_note(own, event.conversation), trace_of(top)
    look, opening = (Look(early.elsewhere), early.opening) if early else (None, None)
    ask = Ask("worktree", bound=note.contract, beside=look)
    report, facts = verdict_and_facts(at(top), ask, breaking=True, opening=opening)
    found = on_disk(report, top)
    before = frozenset(key for key in note.told if _is_of_a_batch(key.partition(" ")[0]))
    away = _away(facts, note)
    told = keys(found) | (away if early else before)
    now = note._replace(told=told, tip=trace.tip, judged=trace.judged)
    remembered = now == note or write_note(own, event.conversation, now)
    texts: list[str] = []
    if new := [one for one in found if not keys([one]) <= note.told]:
        texts += _told(report, new)
    if not load_agent(event.agent).skips_hooks:
        texts += map(past_hooks, unseen_since(top, Trace(note.tip, note.judged)))
    if early and not away <= note.told:
        texts += filter(None, [way_back(top, note.contract)])
    return _Strays("\n".join(texts), remembered, facts)


def _is_of_a_batch(code: str) -> bool:
    """Whether it is told after a batch alone: nobody is kept from ending by it."""
    return code == _AWAY or told_at_once(code)


def _away(facts: Facts, note: Note) -> frozenset[str]:
    """What identifies the branch, if it is not one of the contract that the conversation has."""
    contract = facts.contract
    if not contract or contract.name != note.contract or claims(contract, facts.branch):
        return frozenset()
    return frozenset([f"{_AWAY} {show(facts.branch)}".rstrip()])


def _told(report: Report, found: Sequence[Finding]) -> Iterator[str]:
    """What this session did, and what lies in the wrong place, whoever put it there."""
    apart = [one for one in found if told_at_once(one.code)]
    own = [one for one in found if one not in apart]
    if own:
        yield aftermath(_headline(report), own, report.trusted.ref)
    if apart:
        yield aftermath("guard: work lies where it does not belong.", apart, report.trusted.ref)


def _headline(report: Report) -> str:
    whose = f"contract {report.contract}" if report.contract else "no contract"
    where = f"({whose}, branch {show(report.branch) or 'none'})"
    return f"guard: this worktree has changes that this session may not make {where}."


def _stop(event: Event, top: str) -> Reply:
    git = at(top)
    head = commit_of(git, "HEAD")
    if not head:
        return ALLOW
    strays = _strays(event, top)
    note_worktree(top, strays.facts)
    if strays.text and (strays.remembered or not event.active):
        return Reply("block", strays.text)
    own = git_dir(top)
    note = read_note(own, event.conversation)
    report = verdict(git, Ask("branch", bound=note.contract))
    missing = [one for one in errors(report.findings) if one.code.startswith(CLOSING)]
    if not missing:
        return ALLOW
    # An agent that goes on because of a hook is still at the same end, whatever it commits.
    goes_on = head == note.head or event.active
    total = note.total if goes_on else 0
    asked = note.asked if goes_on and note.missing == gaps(missing) else 0
    if asked > MOST_ASKED or total > MOST_IN_ALL:
        return ALLOW
    again = note._replace(head=head, asked=asked + 1, missing=gaps(missing), total=total + 1)
    remembered = write_note(own, event.conversation, again)
    if asked == MOST_ASKED or total == MOST_IN_ALL:  # told to people, once
        return Reply(
            "note",
            f"guard: the handoff is not done; guard asked for it {total} times. "
            "guard check --branch shows what is missing.",
        )
    # Without a note, only the agent knows whether it was asked before.
    if not remembered and event.active:
        return ALLOW
    return Reply("block", unfinished(missing, asked + 1, MOST_ASKED))


def _settings_changed(event: Event, top: str) -> Reply:
    for place in locate(posix_path(event.name), top) if event.name else ():
        if not may_start_guard(place.real.lstrip("/")):
            continue
        with Reading(Opening(at(top), staged=False), Ask("staged")) as reading:
            begun = reading.begin()
            entry = begun.entry_on_base(place.path) if place.top == top else None
            known = begun.sources.objects.read(entry.oid) if entry else None
            line = touched(place.real, known[1] if known else b"", read_head(place.real, _LARGEST))
        if line:
            what = f"guard: the settings in {show(place.real)} switch off what starts guard"
            return Reply("block", f"{what}, or its hooks: {show(line[:120])}")
    return ALLOW


def _worktree(event: Event, start: str) -> Reply:
    from guard.sessions.life import own_worktree  # for two events alone

    if event.kind == kinds.WORKTREE_REMOVE:
        removed, what = own_worktree.remove(event.name)
        return Reply("allow" if removed else "deny", f"guard: {what}")
    try:
        asks = where_noted(start, event.conversation) or start
        top = top_of(asks)
        note = read_note(git_dir(top), event.conversation) if top else Note()
        return Reply("allow", own_worktree.create(asks, event.name, note.contract))
    except GuardError as error:
        return Reply("deny", text_of(error).rstrip("\n"))
