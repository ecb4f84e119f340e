"""Guard's own commands that change contracts, the base or another session: agents are not leads.

What counts is the conversation, not where a command runs. One that began under a contract, or works
under one now, leads nothing. One without a contract leads where the base is checked out; elsewhere
it may declare the contract of its branch, or be bound to one.
"""

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.agents.protocol.event import Deed
from guard.agents.shell.deeds import GRANTED, Risk
from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.core.errors import NotAdopted
from guard.core.names import shell_quote, show
from guard.git.conversations import bound_by, bound_in
from guard.git.locate import common_dir, linked_dirs
from guard.git.plumbing import at
from guard.git.worktrees import worktrees
from guard.sessions.names import names_noted
from guard.verdict.verdict import facts_without_changes

# What a session may say to guard about itself, besides its name.
_FINISHES = {"--archive", "--format", "json", "text", "--format=json", "--format=text"}
_ELSEWHERE = "Stay in this session's own worktree and on its own branch; the others are in use."


class _Asking(NamedTuple):
    """Who asks: the top of a worktree, the contract there, and whether the base is checked out."""

    top: str
    contract: Contract | None
    on_base: bool

    @property
    def names(self) -> frozenset[str]:
        """What it may call itself."""
        if not self.contract:
            return frozenset()
        noted = names_noted(common_dir(self.top))
        return frozenset({noted.get(self.top, (self.contract.name, ""))[0]})


def led(risks: Sequence[tuple[Risk, str]], here: str, conversation: str) -> Iterator[Deed]:
    """Yield what is refused of guard's commands `risks`, each with the top of its worktree.

    `here` is the top where the agent works, "" for none. Raises GuardError if no contract can be
    read.
    """
    for risk, top in risks:
        is_same = here != "" and common_dir(top) == common_dir(here)
        place = here if is_same else top
        try:
            facts = facts_without_changes(at(place), bound=bound_anywhere(place, conversation))
        except NotAdopted:
            continue
        asking = _Asking(place, facts.contract, facts.on_base and facts.branch != "")
        if asking.contract or not asking.on_base:
            yield from _refused(risk.words, top, asking)


def bound_anywhere(top: str, conversation: str) -> str:
    """Give the contract under which a conversation began in any worktree of the repository.

    That of the worktree at `top` comes first. One without an identity is known there alone.
    """
    shared = common_dir(top)
    owns = (shared, *linked_dirs(shared)) if conversation else ()
    found = (bound_in(own, conversation) for own in owns)
    return bound_by(top, conversation) or next(filter(None, found), "")


def _refused(words: Sequence[str], top: str, asking: _Asking) -> Iterator[Deed]:
    verb, *rest = words
    if verb == "integrate":
        if "--check" not in rest:
            what = "guard integrate changes the base, and a person does that"
            yield Deed(what, GRANTED, "guard integrate --check")
    elif verb in ("start", "finish"):
        if not _is_of_its_own(verb, rest, asking):
            what = f"guard {verb} of anything but this session is what a person does"
            yield Deed(what, GRANTED, "guard brief")
        elif "--here" in rest:
            yield from _of_another_contract(top, asking)
        elif asking.contract and asking.names.isdisjoint(rest):
            yield from _of_anothers(f"guard {verb}", top, asking)
    elif _grants(words, declares=asking.contract is None):
        verb = " ".join(words[:2] if verb == "contract" else words[:1])
        what = f"guard {verb} changes which contracts count, and a person does that"
        yield Deed(what, GRANTED, "guard brief")


def _is_of_its_own(verb: str, rest: Sequence[str], asking: _Asking) -> bool:
    """Whether a command is about the session that asks; without one, whether it binds itself."""
    others = {*rest} - asking.names
    if verb == "finish":
        return others <= _FINISHES
    if asking.contract:
        return others <= {"--here"}
    return "--here" in others and len(rest) == 2 and others != {"--here", "--none"}


def _grants(words: Sequence[str], *, declares: bool) -> bool:
    """Whether a command changes contracts; one that is without any `declares` its own freely."""
    verb, *rest = words
    if verb == "tidy":
        return "--dry-run" not in rest
    if verb == "grant":
        return bool(rest)
    return not declares or rest[:1] != ["new"] or "--publish" in rest


def _of_another_contract(top: str, asking: _Asking) -> Iterator[Deed]:
    """A worktree is bound to the contract that asks where no other has it."""
    there = facts_without_changes(at(top)).contract
    if there and (asking.contract is None or there.name != asking.contract.name):
        what = f"guard start --here would rebind {show(top)}, which {show(there.name)} has"
        yield Deed(what, _ELSEWHERE, f"git -C {shell_quote(top)} status")


def _of_anothers(what: str, top: str, asking: _Asking) -> Iterator[Deed]:
    """Without a name, guard means the session of the worktree where it runs."""
    if os.path.realpath(top) == asking.top:
        return
    for one in worktrees(at(asking.top)):
        is_own = asking.contract and one.branch and claims(asking.contract, one.branch)
        if one.real == os.path.realpath(top) and not is_own:
            what = f"{what} would act in {show(one.path)}, which is not this session's"
            yield Deed(what, _ELSEWHERE, f"git -C {shell_quote(one.path)} status")
