"""Stray work: paths of an open session that were changed where they do not belong (SES002)."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from functools import cached_property
from typing import NamedTuple

from guard.changes.change import ABSENT, Change
from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.contracts.new_branches import branch_under
from guard.core.errors import GitError
from guard.core.names import branch_in, ref_of
from guard.git.ancestry import common_ancestors
from guard.git.compare import FOLDER, diff_trees, read_changes
from guard.git.compare_many import diff_many, diff_parents, parse_commit_changes
from guard.git.objects import Objects
from guard.git.plumbing import Git, at, records
from guard.git.worktrees import Worktree, places_at_hand, places_unseen
from guard.rules.between import Beside, Party, Stray
from guard.rules.facts import Facts
from guard.rules.reach import open_contracts, owned_by
from guard.rules.survey import survey
from guard.sessions.between.elsewhere import Elsewhere
from guard.sessions.worktrees import working_under
from guard.verdict.integrated import done
from guard.verdict.opening import Sources
from guard.verdict.revs import branch_refs
from guard.verdict.search import REMOTES

_COMMITS = 200  # on the local base that are looked at

State = tuple[str, str]  # mode and object id


class _Found(NamedTuple):
    """A changed path with the contract that owns it, and the names of others that do, too."""

    path: str
    contract: Contract
    added: bool
    others: tuple[str, ...]


def find_strays(sources: Sources, git: Git, parties: Sequence[Party]) -> list[Stray]:
    """Find the stray work of all sessions; the isolated `git` has the trees of the `parties`.

    Raises GitError if git cannot compare.
    """
    with closing(Objects(git)) as objects:
        return _found(_Look(sources, objects, parties), sources, git, parties)


def strays_at_a_glance(
    sources: Sources, facts: Facts, elsewhere: Elsewhere
) -> tuple[Stray, ...] | None:
    """Give the stray work on the local base; None if some worktree may have some.

    The `facts` are about the own one. Raises GitError if git cannot compare.
    """
    look = _Look(sources, sources.objects, [])
    if _is_something_astray(look, sources, facts, elsewhere):
        return None
    return tuple(look.still_open(list(look.on_the_local_base())))


def in_the_commit(sources: Sources, facts: Facts) -> Beside:
    """Find the stray work in the commit that is about to be made, or in writes of an agent's.

    That is on the base what open contracts own, elsewhere what the session may not change. Raises
    GitError if git cannot compare.
    """
    changes = facts.changes if facts.on_base else survey(facts).unowned
    if sources.repository.merging():
        return Beside()
    look = _Look(sources, sources.objects, [])
    own = facts.contract.name if facts.contract else ""
    found = list(look.of_others(changes, own, sources.trust.tree))
    alone = len(found) == len(facts.changes) and len({one.contract.name for one in found}) == 1
    strays = look.grouped(found, facts.worktree, facts.branch, "staged", facts.head[:12])
    return Beside(strays=tuple(one._replace(alone=alone) for one in look.still_open(strays)))


class _Look:
    """Knows which contract has which path, and what the branches of a contract have there."""

    def __init__(self, sources: Sources, objects: Objects, parties: Sequence[Party]) -> None:
        """`objects` also reads the trees of the `parties`."""
        trust = sources.trust
        self._sources = sources
        self.objects = objects
        self._parties = parties
        self._open = open_contracts(trust.contracts)
        self._owns: dict[str, Callable[[str], bool]] = {}
        self._ever: dict[str, set[tuple[str, State]]] = {}
        name = trust.home.name
        remote = [f"{REMOTES}{one}/{name}" for one in sources.repository.remotes()]
        tips = zip(remote, self._tips(*remote), strict=True)
        self._remote = [ref for ref, tip in tips if tip]

    @cached_property
    def _refs(self) -> list[tuple[str, str]]:
        """The branches; where nothing is astray, git is not asked for them."""
        return list(branch_refs(self._sources.repository.git))

    def _places(self) -> list[Worktree]:
        """The worktrees; of those that were read, it is known which can be."""
        if not self._parties:
            return places_at_hand(self._sources.repository)
        away = {one.worktree for one in self._parties if one.missing or one.is_unknown}
        found = places_unseen(self._sources.repository)
        return [one._replace(missing=one.missing or one.path in away) for one in found]

    def is_watched(self, party: Party) -> bool:
        """Whether a party is the base's checkout, or a session's worktree."""
        return bool(party.contract) or self.is_base(party.branch)

    def is_base(self, branch: str) -> bool:
        """Whether a branch is the base."""
        return branch in self._sources.trust.base_names

    def owns_any(self, paths: Iterable[str], own: str) -> bool:
        """Whether an open contract has one of the paths, and the worktree's own has it not."""
        unowned = [path for path in paths if not self._has_path(own, path)]
        others = [one.name for one in self._open if one.name != own]
        return any(self._has_path(other, path) for path in unowned for other in others)

    def of_others(self, changes: Sequence[Change], own: str, base: str) -> Iterator[_Found]:
        """Yield the changes whose path the worktree's contract `own` may not change.

        Left out is what the base, with the tree `base`, has so, and what the owner's branch or
        worktree has.
        """
        trust = self._sources.trust
        handoff = trust.policy.handoff_of(own) if own else ""
        for change in changes:
            path, state = change.path, (change.new_mode, change.new_oid)
            if self._has_path(own, path) or path == handoff or self._at(base, path) == state:
                continue
            known = (one for one in self._open if one.name != own)
            owners = [one for one in known if self._has_path(one.name, path)]
            if owners and not any(self._has(one, path, state) for one in owners):
                others = tuple(one.name for one in owners[1:])
                yield _Found(path, owners[0], change.status == "A", others)

    def _has_path(self, contract: str, path: str) -> bool:
        """Whether a path is a contract's; most contracts of a large team are never asked about."""
        if contract not in self._owns:
            trust = self._sources.trust
            one = next((one for one in trust.contracts if one.name == contract), None)
            self._owns[contract] = owned_by(one, trust.policy) if one else _nothing
        return self._owns[contract](path)

    def on_the_local_base(self) -> Iterator[Stray]:
        """Yield what commits on the local base change that no remote's base has."""
        repository, name = self._sources.repository, self._sources.trust.home.name
        git, objects = repository.git, self.objects
        local, *theirs = self._tips(ref_of(name), *self._remote)
        if not local or not theirs or local in theirs or repository.shallow:
            return
        bases = common_ancestors(repository, local, theirs)
        ahead = git.run("rev-list", "--reverse", local, *(f"^{oid}" for oid in theirs))
        commits = ahead.text.split()
        if not commits or len(commits) > _COMMITS or len(bases) != 1:
            return
        changes = read_changes(diff_trees(git, bases[0], local))
        tops = [one.path for one in self._places() if one.branch == name and not one.missing]
        short = self._remote[0].removeprefix(REMOTES)
        found = list(self.of_others(changes, "", objects.tree_of(theirs[0])))
        for stray in self.grouped(found, tops[0] if tops else "", name, "committed", bases[0]):
            brought = self._commits(commits, stray)
            alone = len(brought) == len(commits) and len(stray.paths) == len(changes)
            if brought:
                yield stray._replace(commits=tuple(brought), ref=short, alone=alone)

    def grouped(
        self, found: Iterable[_Found], place: str, on: str, how: str, since: str
    ) -> list[Stray]:
        """Give the stray work in one place, one for each session, or for several that own it."""
        paths: dict[tuple[str, ...], list[_Found]] = {}
        for one in found:
            paths.setdefault((one.contract.name, *one.others), []).append(one)
        return [
            self._homeward(those[0].contract, place)._replace(
                on=on,
                how=how,
                paths=tuple(one.path for one in those),
                added=tuple(one.path for one in those if one.added),
                since=since,
                others=those[0].others,
            )
            for those in paths.values()
        ]

    def still_open(self, strays: Sequence[Stray]) -> list[Stray]:
        """Leave out the sessions whose work the base has."""
        names = {one.contract for one in strays}
        closed = done(self._sources, [one for one in self._open if one.name in names])
        left = [one for one in strays if one.contract not in closed]
        return [one._replace(busy=not one.makes and _is_busy(one)) for one in left]

    def _homeward(self, contract: Contract, place: str) -> Stray:
        """Where a session works, or where it is to work; nothing else is known yet."""
        repository, trust = self._sources.repository, self._sources.trust
        worktrees = self._places()
        for one in worktrees:
            under = None if one.missing else working_under(trust, one.branch, one.path)
            if under and under.name == contract.name:
                stray = Stray(contract.name, place, "", "", (), "", one.path, one.branch)
                return stray._replace(owner=contract.owner)
        folder = os.path.dirname(worktrees[0].path if worktrees else repository.common_dir)
        home = _free(os.path.join(folder, contract.name))
        local = [branch_in(ref) for ref, name in self._refs if claims(contract, name)]
        branch = next(filter(None, local), "")
        makes: tuple[str, ...] = (home, branch)
        if not branch:
            branch = branch_under(contract, contract.name)
            makes = ("-b", branch, home, trust.base.short)
        stray = Stray(contract.name, place, "", "", (), "", home, branch, makes)
        return stray._replace(owner=contract.owner)

    def _has(self, contract: Contract, path: str, state: State) -> bool:
        """Whether a session has the content: on a branch, now or ever, or in a worktree."""
        trees = [party.tree for party in self._parties if party.contract == contract.name]
        if any(tree and self._at(tree, path) == state for tree in trees):
            return True
        return (path, state) in self._brought(contract)

    def _brought(self, contract: Contract) -> set[tuple[str, State]]:
        """The paths and their states in all commits of a contract's branches."""
        if contract.name not in self._ever:
            refs = [ref for ref, name in self._refs if claims(contract, name)]
            self._ever[contract.name] = set(self._states(refs) if refs else ())
        return self._ever[contract.name]

    def _states(self, refs: Sequence[str]) -> Iterator[tuple[str, State]]:
        git, trust = self._sources.repository.git, self._sources.trust
        known = [tip for tip in self._tips(*self._remote) if tip] or [trust.base.oid]
        commits = git.run("rev-list", *refs, *(f"^{oid}" for oid in known)).text.split()
        for one in parse_commit_changes(diff_parents(git, commits).answer().out):
            yield one.change.path, (one.change.new_mode, one.change.new_oid)
        infos = self._sources.objects.infos(*(f"{ref}^{{tree}}" for ref in refs))
        for info in infos:
            if info:  # what a merge made, too
                for change in read_changes(diff_trees(git, trust.tree, info.oid)):
                    yield change.path, (change.new_mode, change.new_oid)

    def _commits(self, commits: Sequence[str], stray: Stray) -> list[str]:
        """Those of the local base's commits that change the stray paths, the oldest first."""
        answer = diff_parents(self._sources.repository.git, commits).answer()
        if answer.code:
            raise GitError("git cannot compare the commits of the base", hint="git fsck")
        found = {
            one.commit for one in parse_commit_changes(answer.out) if one.change.path in stray.paths
        }
        return [commit for commit in commits if commit in found]

    def _tips(self, *refs: str) -> list[str]:
        infos = self._sources.objects.infos(*(f"{ref}^{{commit}}" for ref in refs))
        return [info.oid if info else "" for info in infos]

    def _at(self, tree: str, path: str) -> State:
        entry = self.objects.look_up(tree, path)
        return entry.state if entry else (ABSENT, self._sources.repository.zero)


def _is_something_astray(look: _Look, sources: Sources, facts: Facts, elsewhere: Elsewhere) -> bool:
    """Whether there may be stray work in some worktree.

    Only names are compared. What git was told to look away from (git-update-index(1)) is missed; a
    worktree that git cannot look into counts.
    """
    mine = facts.contract.name if facts.contract else ""
    if look.owns_any((change.path for change in facts.changes), mine):
        return True
    for one, process in elsewhere.asked:
        under = working_under(sources.trust, one.branch, one.path)
        if not under and not look.is_base(one.branch):
            continue
        answer = process.answer()
        paths = (record[3:] for record in records(answer.out))
        if answer.code or look.owns_any(paths, under.name if under else ""):
            return True
    return False


def _found(look: _Look, sources: Sources, git: Git, parties: Sequence[Party]) -> list[Stray]:
    watched = [
        one
        for one in parties
        if one.dirty and not one.during and not one.is_unknown and look.is_watched(one)
    ]
    infos = look.objects.infos(*(f"{one.head}^{{tree}}" for one in watched)) if watched else []
    pairs = [(info.oid, one.tree) for info, one in zip(infos, watched, strict=True) if info]
    changes = diff_many(git, pairs)
    found: list[Stray] = []
    for party, pair in zip(watched, pairs, strict=True):
        own = [one for one in changes.get(pair, ()) if FOLDER not in (one.old_mode, one.new_mode)]
        strays = look.of_others(own, party.contract, sources.trust.tree)
        found += look.grouped(strays, party.worktree, party.branch, "uncommitted", "HEAD")
    found += look.on_the_local_base()
    return look.still_open(found)


def _is_busy(stray: Stray) -> bool:
    """Whether git-apply(1) would say that one of the paths does not match the session's index."""
    return at(stray.home).run("diff-files", "--quiet", "--", *stray.paths, ok=(0, 1)).code == 1


def _nothing(path: str) -> bool:
    return False


def _free(path: str) -> str:
    """The path, or the first with a number that nobody has."""
    number, found = 1, path
    while os.path.lexists(found):
        number += 1
        found = f"{path}-{number}"
    return found
