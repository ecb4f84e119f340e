"""What a status knows before it looks into any session, and the rows that it makes of them.

The names are shown before what compares and judges sessions is loaded: see `status`.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from guard.contracts.model import Contract
from guard.git.objects import Objects
from guard.git.repository import Repository
from guard.git.worktrees import Worktree, places_unseen
from guard.rules.between import Pair, Party, Picture
from guard.rules.board import (
    Board,
    Judged,
    Limit,
    Row,
    by_session,
    meetings,
    next_step,
    state_of,
    why_of,
)
from guard.sessions.age import is_stale, last_activity
from guard.sessions.life.declaring import declared
from guard.sessions.worktrees import is_checkout, working_under
from guard.verdict.search import Search
from guard.verdict.trust import Trust, read_trust

PATIENCE = 10.0  # seconds for a worktree that does not answer


def set_scene(repository: Repository, objects: Objects) -> "Scene":
    """Read what is trusted, which contracts there are and where work may be.

    Raises GuardError where there is no base, or its policy cannot be read.
    """
    trust = read_trust(Search(repository, objects, head=""))
    every = (*trust.contracts, *declared(repository, objects, trust).values())
    homes = {one.path: one for one in places_unseen(repository, with_heads=False)}
    return Scene(repository, trust, every, time.time(), homes)


class Scene(NamedTuple):
    """What is known before any session is looked into; `homes` are the worktrees by folder."""

    repository: Repository
    trust: Trust
    contracts: tuple[Contract, ...]
    now: float
    homes: Mapping[str, Worktree]

    def board(self, rows: Iterable[Row]) -> Board:
        """Give the board with these rows, in the order of who needs somebody first."""
        base = self.trust.base
        ordered = sorted(rows, key=lambda row: row.urgency)
        sessions = tuple(row for row in ordered if not is_checkout(self.trust, row.party))
        checkouts = tuple(row for row in ordered if is_checkout(self.trust, row.party))
        unreadable = tuple((file, why) for _, file, why in self.trust.unreadable)
        board = Board(base.short, base.oid, sessions, self.now, unreadable=unreadable)
        return board._replace(checkouts=checkouts)

    def named(self) -> Iterator[Row]:
        """Yield a row for each worktree and each contract, with nothing but names."""
        names = set()
        wide = self.trust._replace(contracts=self.contracts)
        for one in self.homes.values():
            if one.branch in self.trust.base_names:
                continue
            contract = working_under(wide, one.branch, "")
            name = contract.name if contract else one.branch or one.path
            names.add(name)
            yield Row(
                Party(
                    name,
                    one.branch,
                    one.path,
                    contract.name if contract else "",
                    contract.goal if contract else "",
                    one.head,
                )
            )
        for contract in self.contracts:
            if contract.name not in names:
                yield Row(Party(contract.name, "", "", contract.name, contract.goal, ""))

    def dated(self, parties: Sequence[Party]) -> list[Party]:
        """Give the parties with the time of what last happened in each."""
        return [
            one._replace(
                active=last_activity(
                    self.repository,
                    one.branch,
                    "" if one.is_unknown else one.worktree,
                    one.active,
                )
            )
            for one in parties
        ]

    def rows(
        self, parties: Sequence[Party], judged: Mapping[str, Judged], picture: Picture | None
    ) -> list[Row]:
        """Give a row for each party, and for each contract that has neither branch nor worktree."""
        met = by_session(picture.pairs if picture else ())
        rows = [
            self._row(one, judged.get(one.name), picture, met.get(one.name, ())) for one in parties
        ]
        begun = {one.contract for one in parties}
        waiting = (one for one in self.contracts if one.name not in begun)
        return [*rows, *map(self._unbegun, waiting)]

    def limit(self, rows: Sequence[Row]) -> Limit:
        """Give the sessions that are open: what the base has not got whole, standing ones aside."""
        standing = {one.name for one in self.contracts if one.standing}
        states: dict[str, set[str]] = {}
        for row in rows:
            if row.party.contract and row.party.contract not in standing:
                states.setdefault(row.party.contract, set()).add(row.state)
        names = sorted(name for name, those in states.items() if those != {"integrated"})
        return Limit(tuple(names), self.trust.policy.sessions)

    def _row(
        self, party: Party, judged: Judged | None, picture: Picture | None, pairs: Sequence[Pair]
    ) -> Row:
        if picture is None:
            return Row(party)
        contract = next((one for one in self.contracts if one.name == party.contract), None)
        stale = is_stale(party.active, self.trust.policy.stale, self.now)
        standing = bool(contract and contract.standing)
        state = state_of(party, judged, standing=standing, stale=stale)
        conflicts, overlaps = meetings(party.name, pairs)
        why = why_of(party, judged, picture.ref)
        return self._with_next(Row(party, state, why, judged, conflicts, overlaps))

    def _unbegun(self, contract: Contract) -> Row:
        party = Party(contract.name, "", "", contract.name, contract.goal, "")
        if contract.standing:
            return Row(party, "standing")
        return self._with_next(Row(party, "not-started"))

    def _with_next(self, row: Row) -> Row:
        worktree = self.homes.get(row.party.worktree)
        forget = worktree.forget if worktree else ""
        trust = self.trust
        step = next_step(row, trust.base.short, forget, adopted=trust.adopted)
        return row._replace(next=step)
