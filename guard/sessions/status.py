"""Everything that a status shows, found in steps: names first, then sessions, then the rest."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from guard.contracts.model import Contract
from guard.git.filters import without_filters
from guard.git.isolate import isolated
from guard.git.objects import Objects
from guard.git.plumbing import Git, at, here, records
from guard.git.repository import Repository, open_repository
from guard.git.worktrees import Worktree
from guard.rules.between import Party, Picture
from guard.rules.board import (
    Board,
    Judged,
    Limit,
    Row,
    meetings,
    next_step,
    state_of,
    why_of,
)
from guard.sessions.age import is_stale, last_activity
from guard.sessions.between.comparing import Asked, compare_parties, findings
from guard.sessions.between.parties import Looking, find_parties
from guard.sessions.between.strays import find_strays
from guard.sessions.judging import judge_parties
from guard.sessions.life.declaring import declared
from guard.sessions.worktrees import places_unseen, working_under
from guard.verdict.opening import Sources
from guard.verdict.search import Search
from guard.verdict.trust import Trust, read_trust

PATIENCE = 10.0  # seconds
_MOST_LINES = 20_000  # of a patch
_NOTHING_MORE = Asked()

Seen = Callable[[Board], None]  # hears of a board that is not whole yet


def look(
    git: Git, seen: Seen | None = None, patience: float = PATIENCE, asked: Asked = _NOTHING_MORE
) -> Board:
    """Look at all sessions of the repository in which `git` runs, and give the whole board.

    `seen` hears of it as it fills: first the names, at the end everything. A worktree that does not
    answer for `patience` seconds is given up: it cannot be read. `asked` may ask for hunks and for
    an order of merging. Raises GuardError where there is no base, or its policy cannot be read.
    """
    repository = open_repository(git)
    with closing(Objects(repository.git)) as objects:
        trust = read_trust(Search(repository, objects, head=""))
        every = (*trust.contracts, *declared(repository, objects, trust).values())
        scene = _Scene(repository, trust, every, time.time(), _homes(repository))
        if seen:
            seen(scene.board(scene.named()))
        sources = Sources(repository, objects, trust)
        wide = trust._replace(contracts=every)
        with isolated(repository) as apart:
            looking = Looking(repository, apart, wide, committed=False, told=_untold)
            parties = find_parties(looking._replace(patience=patience))
            parties = scene.dated(parties)
            if seen:
                seen(scene.board(scene.rows(parties, {}, None)))
            picture = compare_parties(repository, apart, trust, parties, asked, _untold)
            judged = judge_parties(repository, apart, trust, picture.parties)
            rows = scene.rows(picture.parties, judged, picture)
            limit = scene.limit(rows)
            strays = find_strays(sources, apart, parties)
    found = tuple(findings(trust, limit.names if limit.is_exceeded else (), strays))
    return scene.board(rows)._replace(
        limit=limit, picture=picture._replace(findings=found), strays=tuple(strays)
    )


def difference(party: Party, base: str) -> tuple[str, ...]:
    """Give the lines of a patch of what a session has changed since it left the base.

    What is not tracked is named at its end. Raises GitError if git cannot compare.
    """
    words = ("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--merge-base", base)
    if not party.worktree or party.missing:
        git = here()
        return _lines(git.run(*words, party.head).text)
    git = at(party.worktree)
    git = git.moved(**without_filters(git))
    others = records(git.run("ls-files", "-z", "-o", "--exclude-standard").out)
    found = _lines(git.run(*words).text)
    return (*found, *(f"not tracked: {path}" for path in others))[:_MOST_LINES]


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")[:-1])[:_MOST_LINES]


class _Scene(NamedTuple):
    """What is known before any session is looked into; `homes` are the worktrees by folder."""

    repository: Repository
    trust: Trust
    contracts: tuple[Contract, ...]
    now: float
    homes: Mapping[str, Worktree]

    def board(self, rows: Iterable[Row]) -> Board:
        """The board with these rows, in the order of who needs somebody first."""
        base = self.trust.base
        ordered = tuple(sorted(rows, key=lambda row: row.urgency))
        unreadable = tuple((file, why) for _, file, why in self.trust.unreadable)
        return Board(base.short, base.oid, ordered, self.now, unreadable=unreadable)

    def named(self) -> Iterator[Row]:
        """A row for each worktree and each contract, with nothing but names."""
        names = set()
        wide = self.trust._replace(contracts=self.contracts)
        for one in self.homes.values():
            if one.branch in (self.trust.base.name, self.trust.home.name):
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
        """The parties with the time of what last happened in each."""
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
        """A row for each party, and for each contract that has neither branch nor worktree."""
        rows = [self._row(one, judged.get(one.name), picture) for one in parties]
        begun = {one.contract for one in parties}
        waiting = (one for one in self.contracts if one.name not in begun)
        return [*rows, *map(self._unbegun, waiting)]

    def limit(self, rows: Sequence[Row]) -> Limit:
        """The sessions that are open: what the base has not got whole, standing ones aside."""
        standing = {one.name for one in self.contracts if one.standing}
        states: dict[str, set[str]] = {}
        for row in rows:
            if row.party.contract and row.party.contract not in standing:
                states.setdefault(row.party.contract, set()).add(row.state)
        names = sorted(name for name, those in states.items() if those != {"integrated"})
        return Limit(tuple(names), self.trust.policy.sessions)

    def _row(self, party: Party, judged: Judged | None, picture: Picture | None) -> Row:
        if picture is None:
            return Row(party)
        contract = next((one for one in self.contracts if one.name == party.contract), None)
        stale = is_stale(party.active, self.trust.policy.stale, self.now)
        standing = bool(contract and contract.standing)
        state = state_of(party, judged, standing=standing, stale=stale)
        conflicts, overlaps = meetings(party.name, picture.pairs)
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
        base = self.trust.base.name
        home = next((one.path for one in self.homes.values() if one.branch == base), "")
        return row._replace(next=next_step(row, self.trust.base.short, forget, home))


def _homes(repository: Repository) -> dict[str, Worktree]:
    return {one.path: one for one in places_unseen(repository)}


def _untold(what: str, done: int, total: int) -> None:
    """Hear of no progress."""
