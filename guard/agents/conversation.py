"""What guard tells an agent when a conversation starts; only this waits for what is loaded here."""

import os
from contextlib import suppress

from guard.agents.notes import read_note, write_note
from guard.agents.protocol.event import ALLOW, Event, Reply
from guard.agents.protocol.reasons import errors, keys
from guard.agents.unseen import trace_of
from guard.contracts.brief import LIMIT, Scene, brief
from guard.core.codes import CLOSING
from guard.core.errors import GuardError, NotAdopted
from guard.core.names import shell_quote, show
from guard.git.locate import common_dir, git_dir, top_of
from guard.git.plumbing import at
from guard.git.repository import open_repository
from guard.rules import told_at_once
from guard.rules.advice import explain
from guard.rules.between import Beside
from guard.rules.facts import Facts
from guard.rules.findings import Finding
from guard.rules.grants import others
from guard.rules.report import Report
from guard.rules.sessions import THEN
from guard.sessions.between.company import Near, has_company, near, next_to, open_sessions
from guard.sessions.between.elsewhere import Early, Elsewhere
from guard.sessions.between.noting import note_uncommitted, note_worktree
from guard.sessions.between.strays import strays_at_a_glance
from guard.sessions.life.requests import news
from guard.sessions.names import own_name
from guard.verdict.opening import Sources
from guard.verdict.reading import Ask
from guard.verdict.renamed import own_former_name
from guard.verdict.verdict import facts_without_changes, verdict_and_facts

_SHOWN = 6  # findings in a brief


def brief_of(top: str, contract: str = "") -> str:
    """Give the brief of the session in the worktree at `top`, or of a contract by name.

    Raises GuardError if there is none.
    """
    facts = facts_without_changes(at(top), contract)
    if not facts.contract:
        facts = facts._replace(was=own_former_name(open_repository(at(top))))
    return _brief(facts, near(top))


def _brief(facts: Facts, found: Near, standing: tuple[str, ...] = (), limit: int = 0) -> str:
    """The brief; `standing` are lines on what is wrong already, `limit` is the longest text."""
    own = facts.contract.name if facts.contract else ""
    theirs = [*others(facts), *(one for one in found.unpublished if one.name != own)]
    scene = Scene(
        facts.branch,
        facts.trusted.ref,
        facts.trusted.oid,
        facts.trusted.contract_from,
        facts.on_base,
        standing,
        facts.trusted.contracts_ref,
        found.beside,
        facts.was,
    )
    return brief(scene, facts.policy, facts.contract, theirs, limit)


def at_start(event: Event, start: str, early: Early | None) -> Reply:
    """Tell an agent in the directory `start` its contract, and what stands on the disk.

    `early` is what was asked before this module was loaded; a subagent waits for no look. Raises
    GuardError if git, the policy or the contract cannot be read.
    """
    top = top_of(start) if os.path.isdir(start) else ""
    if not top:
        return ALLOW
    note = read_note(git_dir(top), event.conversation)
    if not early:
        facts = facts_without_changes(at(top), bound=note.contract)
        return _told_at_start(top, facts, near(top))
    standing, found = tuple[str, ...](), list[Finding]()
    look = Look(early.elsewhere, starting=top)
    try:
        ask = Ask("worktree", bound=note.contract, beside=look)
        report, facts = verdict_and_facts(at(top), ask, breaking=True, opening=early.opening)
        found = on_disk(report, top)
        if look.near is None:  # no rule wanted the look
            note_worktree(top, facts)
    except NotAdopted:
        raise
    except GuardError as error:
        standing = (f"it could not judge: {show(error.message.splitlines()[0])}",)
        try:
            facts = facts_without_changes(at(top), bound=note.contract)
        except GuardError:
            write_note(git_dir(top), event.conversation, note)  # it shows that guard was asked
            raise
    if not standing:
        standing = tuple(map(_line, found[:_SHOWN]))
        if len(found) > _SHOWN:
            standing += (f"and {len(found) - _SHOWN} more",)
    trace = trace_of(top)
    told = keys(found) if not standing or found else note.told
    contract = facts.contract.name if facts.contract else ""
    again = note._replace(contract=contract, told=told, tip=trace.tip, judged=trace.judged)
    write_note(git_dir(top), event.conversation, again)
    return _told_at_start(top, facts, look.near or near(top), standing)


def _told_at_start(top: str, facts: Facts, found: Near, standing: tuple[str, ...] = ()) -> Reply:
    return Reply("tell", _brief(facts, found, standing, LIMIT).rstrip("\n"))


class Look:
    """What lies around, for the verdict; the other worktrees are asked while that is read.

    Who is alone, or has nothing astray, does not wait for a whole look. At the start of a
    conversation in the worktree `starting`, who works `near` is found by the way, and the
    worktree's note is written.
    """

    def __init__(self, elsewhere: Elsewhere, *, starting: str = "") -> None:
        self.near: Near | None = None
        self._starting = starting
        self._elsewhere = elsewhere

    def __call__(self, sources: Sources, facts: Facts) -> Beside:
        """Look. Raises GuardError if git cannot compare."""
        if self._starting:
            self.near = next_to(sources, self._elsewhere.worktrees)
            self._note(sources, facts)
        sessions = open_sessions(sources)
        if not has_company(sources, facts):
            return Beside(sessions)
        strays = strays_at_a_glance(sources, facts, self._elsewhere)
        if strays is not None:
            return Beside(sessions, strays)
        from guard.sessions.between.beside import around

        return around(sources, facts)

    def _note(self, sources: Sources, facts: Facts) -> None:
        with suppress(GuardError, OSError):
            if self._elsewhere.worktrees:
                note_uncommitted(self._starting, facts, sources.objects)


def _line(finding: Finding) -> str:
    path = f"{show(finding.path)} " if finding.path else ""
    step = f"; next: {finding.next}" if told_at_once(finding.code) else ""
    return f"{finding.code} {finding.name}: {path}{finding.message}{step}"


def answered(top: str, conversation: str) -> str:
    """Give what was answered to the session's request, once; "" for nothing."""
    bound = read_note(git_dir(top), conversation).contract
    with suppress(GuardError):
        contract = facts_without_changes(at(top), bound=bound).contract
        return news(common_dir(top), own_name(top, contract.name)) if contract else ""
    return ""


def on_disk(report: Report, top: str) -> list[Finding]:
    """Give what breaks the contract; an agent does not widen it, so it is told who decides.

    Of some rules it hears warnings, too, with the command, as far as it may run that at `top`.
    """
    found = [one for one in errors(report.findings) if not one.code.startswith(CLOSING)]
    found = [
        one._replace(next=explain(one.path)) if one.path else one
        for one in found
        if not told_at_once(one.code)
    ]
    at_once = [one for one in report.findings if told_at_once(one.code) and not one.waived_by]
    return found + [one._replace(next=_from(top, one.next)) for one in at_once]


def _from(top: str, step: str) -> str:
    """A command as an agent at `top` may type it: it takes nothing away from another worktree."""
    brings, then, back = step.partition(THEN)
    tops = (top, os.path.realpath(top))
    if not then or any(f" -C {shell_quote(one)} " in back for one in tops):
        return step
    return f"{brings}   # whoever works there takes it away then"
