"""Starting a session: contract, branch and worktree in one step, whole or not at all.

The contract goes to the branch of contracts if there is one; else, with a remote, it is the first
commit of the session's branch, unless the policy wants it on the base; else it goes to the base.
"""

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from guard.core.errors import GitError, Unreachable
from guard.git.ancestry import apart, is_ancestor
from guard.git.landing import Branch, commit_with, land
from guard.git.repository import Repository
from guard.rules.overlaps import Compared, placed
from guard.rules.planned import Unmerged, unmerged
from guard.sessions.between.overlaps import claimed, stops
from guard.sessions.life import unclosed
from guard.sessions.life.alone import alone
from guard.sessions.life.arriving import fetch_base, is_foreign, track
from guard.sessions.life.folder import hide
from guard.sessions.life.insisting import insist, insisted, overlap_note
from guard.sessions.life.own_worktree import (
    Preparing,
    complete,
    include_of,
    is_unprepared,
    make,
)
from guard.sessions.life.publishing import Files, Parted, message_of, publish, target
from guard.sessions.life.requests import forget
from guard.sessions.life.starting_point import Start, StartingPoint, opened
from guard.sessions.life.undone import Undone
from guard.sessions.life.wanted import Ahead, Started, Taken, Wanted
from guard.sessions.names import note_name
from guard.verdict.integrated import done
from guard.verdict.side_by_side import standing_of, tracked


def start(
    repository: Repository, wanted: Wanted, told: Callable[[Ahead], None] = lambda _: None
) -> Started:
    """Start a session, or give the one that was started with the same words before.

    `told` gets what may speak against it, before anything is made. Raises Taken if another contract
    may own the same paths, UsageError for a name, branch or folder that is taken, GuardError where
    it cannot be made; nothing is left then.
    """
    with alone(repository.common_dir):
        untold = fetch_base(repository, [wanted.name]) if wanted.fetches else ""
        with opened(repository, wanted._replace(is_cut_off=bool(untold))) as one:
            making = _making(one)
            making.tell(told, untold)
            return making.made()


def require_startable(repository: Repository, wanted: Sequence[Wanted]) -> None:
    """Raise what `start` raises for a session before it makes anything, but not Taken."""
    with alone(repository.common_dir):
        for each in wanted:
            with opened(repository, each) as one:
                one.point()


class _Making(NamedTuple):
    """A session that is to be made.

    `compared` are the overlaps of its contract with others. `stays` tells that a new contract goes
    with the session's branch, `untrusted` that the branch is somebody else's, for whom nothing is
    copied and nothing run.
    """

    start: Start
    point: StartingPoint
    compared: Compared
    stays: bool
    untrusted: bool

    def tell(self, told: Callable[[Ahead], None], untold: str) -> None:
        """Tell what speaks against it. Raises Taken if that stops it."""
        point, trust = self.point, self.start.trust
        if point.is_new and not self.wanted.under and self._is_taken(self.compared):
            stopping = stops(self.compared)
            raise Taken(self.compared, stops=stopping, is_known=point.is_known)
        others = self._others() if point.is_new else ()
        asks_again = not self.stays and not self._counts  # publishing does
        untold = "" if asks_again else untold
        told(Ahead(untold, self.compared, others, trust.policy.sessions, point.away))

    def made(self) -> Started:
        """Make what is not there. Raises GuardError if that fails; nothing is left then."""
        start, point, wanted = self.start, self.point, self.wanted
        home, head = start.trust.home, wanted.head
        with Undone(start.repository) as undone:
            tip = self._branch()
            resumed = self._worktree(tip, undone)
            self._note_name()
            counts = self._contract()
        return Started(
            wanted.name if wanted.under else point.contract.name,
            point.path,
            point.branch,
            point.contract,
            home.short,
            f"pull request {head.number}" if head else home.short,
            point.tip or (head.oid if head else home.oid),
            counts,
            point.is_new,
            () if self.untrusted else start.trust.policy.start_run,
            apart=apart(start.git, point.tip, home.oid) if point.tip and point.is_new else None,
            untrusted=self.untrusted and self._is_unprepared(),
            resumed=resumed,
            lacks=head.oid if head and not is_ancestor(start.git, head.oid, tip) else "",
            unmerged=() if point.is_known else self._unmerged(),
        )

    @property
    def wanted(self) -> Wanted:
        """What was asked for."""
        return self.start.wanted

    @property
    def _counts(self) -> bool:
        return self.point.contract.file in self.start.trust.files

    @property
    def _insists(self) -> str:
        """What to record of an overlap under a contract that is there already, "" if nothing."""
        return self._note if self.point.is_known and self.wanted.anyway else ""

    @property
    def _note(self) -> str:
        return overlap_note(self.compared, (self.wanted.name, self.wanted.under))

    def _unmerged(self) -> tuple[Unmerged, ...]:
        """The shared groups with files that a new contract owns, and whose merge it does not."""
        start, contract = self.start, self.point.contract
        others = [one for one in start.known if one.name != contract.name]
        base = standing_of(start.trust)
        return tuple(
            unmerged(start.trust.policy, contract, others, lambda: tracked(start.repository, base))
        )

    def _others(self) -> tuple[str, ...]:
        """The other sessions that are at work, if there may be too many."""
        name = self.point.contract.name
        open_ = [one for one in self.start.known if not one.standing and one.name != name]
        if len({one.name for one in open_}) < self.start.trust.policy.sessions:
            return ()
        finished = done(self.start.sources, open_)
        return tuple(sorted({one.name for one in open_} - finished))

    def _is_taken(self, compared: Compared) -> bool:
        return stops(compared) or (bool(placed(compared)) and not self.wanted.anyway)

    def _branch(self) -> str:
        """Bring the branch to the commit at which the work starts; give that commit."""
        start, point, head = self.start, self.point, self.wanted.head
        tip = self._first()
        insists = self._insists
        if insists and self.stays and not point.there:
            tip = insisted(start.repository, tip, self.wanted.name, point.contract, insists)
        if point.tip and tip != point.tip:
            self._move(tip)
        if head and (head.is_fork or not point.tip):
            track(start.repository, head)
        return tip

    def _move(self, tip: str) -> None:
        point = self.point
        if not land(self.start.repository, Branch(point.branch), tip, point.tip):
            message = f"{point.branch} has moved meanwhile; nothing was changed"
            raise GitError(message, hint="run the same command again")

    def _first(self) -> str:
        """The commit at which the work starts, made if a new contract goes with the branch."""
        start, point, head = self.start, self.point, self.wanted.head
        commit = point.tip or start.trust.home.oid
        has_less = not point.tip or (head and is_ancestor(start.git, point.tip, head.oid))
        if head and not point.there and has_less:
            commit = head.oid
        if point.is_known or not self.stays:
            return commit
        files: Files = {point.contract.file: point.contract.text.encode()}
        return commit_with(start.repository, commit, files, message_of(files, self._note))

    def _worktree(self, tip: str, undone: Undone) -> bool:
        """Make the worktree if there is none; tell whether one that was half prepared is now."""
        start, point = self.start, self.point
        if point.there:
            return not self.untrusted and complete(start.here, point.path, self._preparing)
        begins = "" if point.tip else tip
        hide(start.repository, point.path)
        preparing = self._preparing._replace(trusted=not self.untrusted)
        make(start.here, point.path, point.branch, begins, preparing)
        undone.made(point.path, point.branch, begins)
        unclosed.forget(start.repository, point.contract.name)
        return False

    def _is_unprepared(self) -> bool:
        """Whether a fork's worktree is new, or `--trust` would do more than was done in it."""
        return not self.point.there or is_unprepared(self.start.here, self.point.path)

    def _note_name(self) -> None:
        """Note the name of a second worktree; nothing is asked for under the name as yet."""
        start, point, wanted = self.start, self.point, self.wanted
        if not point.is_known or (wanted.under and not point.there):
            forget(start.repository.common_dir, wanted.name)
        is_own = os.path.realpath(start.own_path) == os.path.realpath(point.path)
        if is_own and wanted.under not in ("", wanted.name):
            note_name(point.path, wanted.name, point.contract.name)

    def _contract(self) -> str:
        """Bring the contract to where it counts; give where that is, "" if nowhere yet."""
        start, contract = self.start, self.point.contract
        counts = start.trust.granting.short if self._counts else ""
        if self.stays:
            return counts
        counts = counts or self._published()
        if self._insists:
            place = target(start.repository, start.trust)
            insist(start.repository, place, self.wanted.name, contract, self._insists)
        return counts

    @property
    def _preparing(self) -> Preparing:
        start = self.start
        include = include_of(start.objects, start.trust.home.oid)
        policy = start.trust.policy
        link = policy.start_include == "symlink"
        return Preparing(include, link=link, commands=bool(policy.start_run))

    def _published(self) -> str:
        """Publish the contract; give the branch where it counts now."""
        contract = self.point.contract
        try:
            published = publish(
                self.start.repository,
                [contract.name],
                texts={contract.name: contract.text.encode()},
                note=self._note,
                trust=self.start.trust,
                stops=self._is_taken,
            )
        except (Unreachable, Parted) as error:
            hint = f"{error.hint}; or leave --on-base out" if self.wanted.on_base else error.hint
            message = f"{error.message}; {contract.name} was not started"
            raise type(error)(message, hint=hint) from error
        if published.stopped:  # somebody else was faster
            raise Taken(published.compared, stops=stops(published.compared))
        return published.branch.short


def _making(start: Start) -> _Making:
    point, wanted = start.point(), start.wanted
    others = [one for one in start.known if one.name != point.contract.name]
    where, names = standing_of(start.trust), [point.contract.name]
    compared = claimed(start.repository, [point.contract, *others], where, where, names)
    may_be_foreign = bool(wanted.head or point.tip)  # a new branch follows nothing
    foreign = may_be_foreign and is_foreign(start.repository, point.branch, wanted.head)
    return _Making(start, point, compared, _stays(start), foreign and not wanted.trusts)


def _stays(start: Start) -> bool:
    """Whether a new contract goes with the session's branch."""
    policy, wanted = start.trust.policy, start.wanted
    claims_at_once = policy.start_contract == "base" and not wanted.is_cut_off
    return (
        bool(target(start.repository, start.trust).remote)
        and not policy.contracts_branch
        and not wanted.on_base
        and not claims_at_once
    )
