"""The sessions of a contract that are to be finished: each a worktree, or a branch without one."""

import os
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.contracts.new_branches import branch_under
from guard.core.errors import UsageError
from guard.core.names import HEADS, branch_in, shell_quote, show
from guard.git.objects import Objects
from guard.git.refs import tips
from guard.git.repository import Repository
from guard.git.worktrees import Worktree, worktrees
from guard.sessions.life import trash, unclosed
from guard.sessions.life.belonging import belongs, held_by
from guard.sessions.names import names_noted, told_apart
from guard.verdict.opening import Sources
from guard.verdict.renamed import claimed_as
from guard.verdict.trust import Trust


class Part(NamedTuple):
    """A session: its name, its branch ("": detached), and its worktree, if it has one.

    A branch without a worktree may have `holders`: those whose branch it is although their HEAD is
    detached or elsewhere, by their paths. It goes with them only.
    """

    name: str
    branch: str
    one: Worktree | None = None
    is_main: bool = False
    holders: tuple[str, ...] = ()


class Chosen(NamedTuple):
    """A contract, those of its sessions that are meant, and the others."""

    contract: Contract
    parts: tuple[Part, ...]
    others: tuple[Part, ...] = ()

    def strangers_at(self, part: Part) -> list[str]:
        """List the worktrees that hold the branch of a part and are none of this contract's."""
        return _strangers_at(part, (*self.parts, *self.others))

    def only(self, these: Container[tuple[str, str]]) -> "Chosen":
        """Leave out what is not in `these`: worktrees, and branches that no worktree has.

        A branch goes with its holders only.
        """
        places = {part.one.path for part in self.parts if part.one and (part.one.path, "") in these}

        def goes(part: Part) -> bool:
            if part.one:
                return part.one.path in places
            return ("", part.branch) in these and places.issuperset(part.holders)

        stay = (part for part in self.parts if not goes(part))
        return Chosen(self.contract, tuple(filter(goes, self.parts)), (*stay, *self.others))


def _strangers_at(part: Part, own: Collection[Part]) -> list[str]:
    """The worktrees that hold a branch and are none of its contract's, by their paths."""
    return sorted({*part.holders} - {one.one.path for one in own if one.one})


def require_not_renamed(sources: Sources, places: Iterable[Worktree], name: str) -> None:
    """Raise UsageError if a worktree was under the contract `name` until its branch was renamed."""
    for one in places:
        was, contract = claimed_as(sources, one.branch, one.head)
        if name == contract:
            raise _renamed(sources.trust, one, was, contract)


def _renamed(trust: Trust, one: Worktree, was: str, contract: str) -> UsageError:
    branch = shell_quote(one.branch)
    edit = f"guard contract edit {shell_quote(contract)} --branch {branch} --publish"
    is_on_base = any(each.name == contract for each in trust.contracts)
    return UsageError(
        f"{show(one.path)}, on branch {show(one.branch)}, is no session's: "
        f"the branch was {show(was)} until it was renamed",
        hint=f"git branch -m {branch} {shell_quote(was)}   # then it is {show(contract)}'s again"
        + (f"; or: {edit}" if is_on_base else ""),
    )


class Parts(NamedTuple):
    """The sessions of the `known` contracts in a repository."""

    repository: Repository
    trust: Trust
    known: Mapping[str, Contract]

    def named(self, names: Sequence[str]) -> list[Chosen]:
        """Give the sessions with these names, or all of the contracts with these names.

        With the one that is called as its contract go branches of that without a worktree. Without
        names, it is all. Raises UsageError for a name that is no session's.
        """
        if not names:
            return [self._chosen(one, self.of(one)) for one in self.known.values()]
        found: dict[str, Chosen] = {}
        for name in names:
            contract, parts = self._called(name)
            before = found[contract.name].parts if contract.name in found else ()
            found[contract.name] = self._chosen(contract, {*parts, *before})
        return list(found.values())

    def _chosen(self, contract: Contract, meant: Collection[Part]) -> Chosen:
        own, asked = self.of(contract), {*meant}
        if any(part.name == contract.name for part in meant):
            meant = {*meant, *(part for part in own if not part.one)}
        places = {part.one.path for part in meant if part.one}

        def goes(part: Part) -> bool:
            if part.holders and part in asked and _strangers_at(part, own):
                return True  # to be told what holds it
            return places.issuperset(part.holders) if part.holders else part in meant

        parts = tuple(part for part in own if goes(part))
        return Chosen(contract, parts, tuple(part for part in own if not goes(part)))

    def at(self, contract: str, path: str) -> list[Chosen]:
        """Give the session whose worktree is at `path`. Raises UsageError if it is none."""
        if contract not in self.known:
            raise UsageError(f"there is no session {contract}", hint="guard sessions")
        own, real = self.of(self.known[contract]), os.path.realpath(path)
        parts = [part for part in own if part.one and part.one.real == real]
        return [self._chosen(self.known[contract], parts)]

    def _called(self, name: str) -> tuple[Contract, list[Part]]:
        """The contract of a session and the session, or all of them for the contract's name."""
        noted = dict(names_noted(self._shared).values())
        thrown = [one.under for one in trash.entries(self.repository) if one.name == name]
        wanted = [name, noted.get(name, ""), unclosed.noted_for(self.repository, name), *thrown]
        contracts = [self.known[one] for one in dict.fromkeys(wanted) if one in self.known]
        contracts += [one for one in self.known.values() if claims(one, name)]
        for contract in contracts:
            own = self.of(contract)
            parts = [part for part in own if part.name == name]
            parts = parts or [part for part in own if part.branch == name]
            held = {path for part in parts for path in part.holders}
            parts += [part for part in own if part.one and part.one.path in held]
            if parts or contract.name == name:
                if not parts and not own:
                    with closing(Objects(self.repository.git)) as objects:
                        sources = Sources(self.repository, objects, self.trust)
                        require_not_renamed(sources, self.strangers(), contract.name)
                return contract, parts or own
        for contract in contracts:
            if unclosed.noted_for(self.repository, name) == contract.name:
                return contract, []
        raise self.unknown(name)

    def unknown(self, name: str) -> UsageError:
        """Give the error for a name, branch or path that is no session's; a worktree may be there.

        A branch keeps what is committed in one whose HEAD is detached, as git would not.
        """
        for one in self.strangers():
            was, contract = self._claimed_as(one)
            names = {one.branch, os.path.basename(one.path), was, contract} - {""}
            if name not in names and os.path.realpath(name) != one.path:
                continue
            if was:
                return _renamed(self.trust, one, was, contract)
            path, kept = shell_quote(one.path), shell_quote(f"{os.path.basename(one.path)}-kept")
            what = f"on branch {show(one.branch)}" if one.branch else "with a detached HEAD"
            first = "status --ignored" if one.branch else f"switch -c {kept}"
            return UsageError(
                f"{show(one.path)}, {what}, is no session's: no contract claims it",
                hint=f"git -C {path} {first}   # if nothing there is needed: "
                f"git worktree remove {path}",
            )
        return UsageError(f"there is no session {name}", hint="guard sessions")

    def _claimed_as(self, one: Worktree) -> tuple[str, str]:
        with closing(Objects(self.repository.git)) as objects:
            return claimed_as(Sources(self.repository, objects, self.trust), one.branch, one.head)

    def strangers(self) -> list[Worktree]:
        """List the linked worktrees that are there and belong to no session."""
        contracts = {one.name: one for one in (*self.trust.contracts, *self.known.values())}
        with_others = [
            (each, [other for other in contracts.values() if other is not each])
            for each in contracts.values()
        ]
        return [
            one
            for one in worktrees(self.repository.git)[1:]
            if not one.missing
            and one.branch not in self.trust.base_names
            and not any(belongs(one, each, others) for each, others in with_others)
        ]

    @property
    def _shared(self) -> str:
        return self.repository.common_dir

    def of(self, contract: Contract) -> list[Part]:
        """Give all sessions of a contract: worktrees first, then branches without one."""
        places = worktrees(self.repository.git)
        found = [*self._with_worktree(contract, places), *self._without(contract, places)]
        told = [(part.name, part.branch, part.one.path if part.one else "") for part in found]
        named = zip(found, told_apart(told), strict=True)
        return [part._replace(name=name) for part, name in named]

    def _with_worktree(self, contract: Contract, places: Sequence[Worktree]) -> Iterator[Part]:
        """The sessions of a contract that are at one of `places`, the main worktree first."""
        others = [one for one in self.trust.contracts if one.name != contract.name]
        noted = names_noted(self._shared)
        for number, one in enumerate(places):
            is_main = not number
            if one.branch in self.trust.base_names:
                continue
            if belongs(one, contract, others, is_main=is_main):
                name, _ = noted.get(one.path, (contract.name, ""))
                yield Part(name, one.branch, one, is_main)

    def _without(self, contract: Contract, places: Sequence[Worktree]) -> Iterator[Part]:
        """The branches of a contract that are checked out at none of `places`."""
        busy = {*self.trust.base_names, *(one.branch for one in places)}
        alone = [one for one in self._branches(contract) if one not in busy]
        if not alone:
            return
        noted = names_noted(self._shared)
        thrown = {(one.under, one.branch): one.name for one in trash.entries(self.repository)}
        held = self._held(contract, places[1:])
        for branch in alone:
            holders = tuple(path for path, name in held if name == branch)
            own, of = noted.get(holders[0], ("", "")) if holders else ("", "")
            name = own if of == contract.name else contract.name
            name = thrown.get((contract.name, branch), name)
            yield Part(name, branch, holders=holders)

    def _held(self, contract: Contract, linked: Sequence[Worktree]) -> list[tuple[str, str]]:
        """Worktrees and the branch of each: HEAD was detached from it, or the name says so."""
        noted = names_noted(self._shared)
        found = []
        for one in linked:
            name, of = noted.get(one.path, ("", ""))
            own = branch_under(contract, name) if of == contract.name else ""
            found += [(one.path, branch) for branch in dict.fromkeys((own, held_by(one)))]
        return found

    def _branches(self, contract: Contract) -> list[str]:
        names = map(branch_in, tips(self.repository.git, HEADS))
        return [name for name in names if claims(contract, name)]
