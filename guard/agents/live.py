"""Tells an agent what another session has to do with a file, once in a conversation each.

A sibling is changing it at this moment, or it belongs to a session and the agent is on the base.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from guard.agents.harmless import text_after
from guard.agents.notes import read_note, write_note
from guard.agents.programs import load_agent
from guard.agents.proposal import Shared
from guard.agents.protocol.event import ALLOW, Event, Reply
from guard.agents.protocol.reasons import caution, errors, keys, misplaced, refusal
from guard.core.codes import Severity
from guard.core.files import read_head
from guard.core.names import show
from guard.git.live_notes import noted
from guard.git.locate import git_dir
from guard.git.plumbing import at
from guard.git.repository import Repository, open_repository
from guard.rules import RULES, severity_in
from guard.rules.facts import Facts
from guard.rules.findings import Finding
from guard.rules.judge import judge
from guard.sessions.between.live import Noted, look_at_siblings
from guard.sessions.between.noting import note_worktree

_FILE, _LINES = "OVL001", "OVL002"
_LARGEST = 1 << 22
_WORDS = {"told": misplaced, "siblings": caution}


def before_write(
    astray: Sequence[Finding], shared: Sequence[Shared], event: Event, here: str
) -> Reply:
    """Answer a write of files that siblings have noted: told, refused if the policy says `error`.

    Warnings about other sessions' paths (`astray`) are told with it. `here` is the top of the
    agent's worktree. An agent that hears nothing before a tool is told after a batch.
    """
    conversation = event.conversation if here else ""
    found: list[Finding] = []
    for one in shared:
        known = _known(one.facts, here, conversation)
        noted_now = {path: names for path, names in one.noted.items() if path not in known}
        texts = {proposal.path: text_after(proposal) for proposal in one.proposals}
        found += _found(one.repository, one.facts, noted_now, texts)
    refused = errors(found)
    if refused:
        return Reply("deny", refusal(refused, shared[0].facts.trusted.ref))
    if not load_agent(event.agent).tells_before:
        return ALLOW
    said = [_once(astray, here, conversation, "told"), _once(found, here, conversation)]
    text = "\n".join(filter(None, said))
    return Reply("tell", text) if text else ALLOW


def after_batch(top: str, facts: Facts, conversation: str) -> str:
    """Give what to tell about the files that the worktree at `top` has changed, by `facts`, or "".

    Its note is written anew.
    """
    paths = note_worktree(top, facts)
    if not paths:
        return ""
    repository = open_repository(at(top))
    known = _known(facts, top, conversation)
    hints = noted(repository, [path for path in paths if path not in known])
    texts = {path: read_head(os.path.join(top, path), _LARGEST) for path in hints}
    return _once(_found(repository, facts, hints, texts), top, conversation)


def _known(facts: Facts, top: str, conversation: str) -> frozenset[str]:
    """The paths about which there is no more to tell: they need no look at anybody's file."""
    severities = [severity_in(facts.policy, code) for code in (_FILE, _LINES)]
    if not conversation or Severity.ERROR in severities:
        return frozenset()
    told = read_note(git_dir(top), conversation).siblings
    paths = (change.path for change in facts.changes)
    return frozenset(path for path in paths if f"{_LINES} {show(path)}" in told)


def _found(
    repository: Repository, facts: Facts, hints: Noted, texts: Mapping[str, bytes | None]
) -> list[Finding]:
    live = look_at_siblings(repository, facts, hints, texts) if hints else ()
    rules = [rule for rule in RULES if rule.code in (_FILE, _LINES)]
    return list(judge(facts._replace(live=live), rules).findings) if live else []


def _once(found: Sequence[Finding], top: str, conversation: str, kind: str = "siblings") -> str:
    """The text about what the conversation has not been told, which is remembered; else "".

    `kind` is the list of the note that remembers it.
    """
    found = [one for one in found if not one.waived_by]
    if found and conversation:
        own = git_dir(top)
        note = read_note(own, conversation)
        known: frozenset[str] = getattr(note, kind)
        found = [one for one in found if not keys([one]) <= known]
        more: dict[str, Any] = {kind: known | keys(found)}
        if found:
            write_note(own, conversation, note._replace(**more))
    return _WORDS[kind](found) if found else ""
