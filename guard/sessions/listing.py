"""The sessions of a repository, one by one: what a script or a person picks from."""

from contextlib import closing
from typing import NamedTuple

from guard.contracts.branches import named_for
from guard.git.objects import Objects
from guard.git.repository import Repository
from guard.rules.between import Party
from guard.sessions.between.parties import Looking, find_parties
from guard.sessions.life.declaring import declared
from guard.sessions.patience import untold
from guard.verdict.integrated import done
from guard.verdict.opening import Sources
from guard.verdict.search import Search
from guard.verdict.trust import Trust, read_trust


class Session(NamedTuple):
    """A session in a list: its name is unique; "" stands for what it does not have.

    `state` is the first of these that holds: *missing* (the folder of its worktree is not there),
    *error* (it cannot be read; `why` explains it), *no-contract*, *standing*, *integrated* (the
    base has all of it), *working*; a contract with neither branch nor worktree is *not-started*.
    """

    name: str
    state: str
    contract: str
    branch: str
    worktree: str
    head: str = ""
    active: int = 0
    locked: bool = False
    why: str = ""


def list_sessions(repository: Repository) -> list[Session]:
    """List the sessions by name, as far as they are committed: no worktree is looked into.

    Contracts that only their own branch has count, too. Raises GuardError where there is no base,
    or its policy cannot be read.
    """
    with closing(Objects(repository.git)) as objects:
        trust = read_trust(Search(repository, objects, head=""))
        own = declared(repository, objects, trust)
        trust = trust._replace(contracts=(*trust.contracts, *own.values()))
        looking = Looking(repository, repository.git, trust, committed=True, told=untold)
        parties = find_parties(looking)
        begun = {party.contract for party in parties}
        integrated = done(
            Sources(repository, objects, trust),
            [one for one in trust.contracts if one.name in begun and not one.standing],
        )
    states = _States(trust, integrated)
    found = [states.of(party) for party in parties]
    taken = begun | {party.name for party in parties}
    waiting = [one.name for one in trust.contracts if not one.standing and one.name not in taken]
    return sorted([*found, *(Session(name, "not-started", name, "", "") for name in waiting)])


class _States(NamedTuple):
    trust: Trust
    integrated: frozenset[str]

    def of(self, party: Party) -> Session:
        state, why = self._state(party)
        return Session(
            party.name,
            state,
            party.contract,
            party.branch,
            party.worktree,
            party.head,
            party.active,
            party.locked,
            why,
        )

    def _state(self, party: Party) -> tuple[str, str]:
        if party.missing or party.state == "error":
            return "missing" if party.missing else "error", party.why
        if not party.contract:
            for name, file, _ in self.trust.unreadable:
                if named_for(name, party.branch):
                    return "error", f"{file} cannot be read: guard contract check"
            return "no-contract", ""
        contract = next(one for one in self.trust.contracts if one.name == party.contract)
        if contract.standing:
            return "standing", ""
        return "integrated" if contract.name in self.integrated else "working", ""
