"""Starting a session: contract, branch and worktree in one step, whole or not at all.

The contract goes to the branch of contracts if there is one; else, with a remote, it is the first
commit of the session's branch, unless the policy wants it on the base; else it goes to the base.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import NamedTuple

from guard.contracts.branches import claims
from guard.contracts.draft import draft
from guard.contracts.model import LARGEST_FILE, Contract
from guard.contracts.parse import parse_contract
from guard.core.errors import ContractError, GitError, Unreachable, UsageError
from guard.core.names import counted, fold, ref_of, shell_quote, show
from guard.git.ancestry import apart, is_ancestor
from guard.git.landing import Branch, commit_with, land
from guard.git.objects import Objects
from guard.git.plumbing import Git, records
from guard.git.repository import Repository
from guard.git.worktrees import Worktree, require_answering, worktrees
from guard.rules.overlaps import Compared, placed
from guard.sessions.between.overlaps import claimed, stops
from guard.sessions.life import unclosed
from guard.sessions.life.alone import alone
from guard.sessions.life.arriving import Head, fetch_base, is_foreign, track
from guard.sessions.life.begun import branch_of, own_branch, require_begun_here, require_free
from guard.sessions.life.declaring import brought
from guard.sessions.life.declaring import declared as declared_on_branches
from guard.sessions.life.folder import hide, require_place, root_of, worktree_at
from guard.sessions.life.insisting import insist, insisted, overlap_note
from guard.sessions.life.own_worktree import INCLUDE, Preparing, complete, make
from guard.sessions.life.parts import require_not_renamed
from guard.sessions.life.publishing import Files, file_of, message_of, publish, target
from guard.sessions.life.requests import forget
from guard.sessions.life.trash import is_half_made, put_aside
from guard.sessions.life.undone import Undone
from guard.sessions.life.wanted import (
    Ahead,
    Started,
    Taken,
    Wanted,
    command_of,
    meant,
    require_adopted,
    require_groups,
    require_portable,
    same_words,
    second_named,
)
from guard.sessions.names import note_name
from guard.verdict.integrated import done
from guard.verdict.opening import Sources
from guard.verdict.search import Search
from guard.verdict.side_by_side import standing_of
from guard.verdict.trust import Trust, read_trust


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
        with _opened(repository, wanted._replace(is_cut_off=bool(untold))) as one:
            return one.made(untold, told)


def require_startable(repository: Repository, wanted: Sequence[Wanted]) -> None:
    """Raise what `start` raises for a session before it makes anything, but not Taken."""
    with alone(repository.common_dir):
        for each in wanted:
            with _opened(repository, each) as one:
                one.looked_up()


@contextmanager
def _opened(repository: Repository, wanted: Wanted) -> Iterator["_Start"]:
    with closing(Objects(repository.git)) as objects:
        trust = read_trust(Search(repository, objects, head=""))
        require_adopted(trust)
        declared = declared_on_branches(repository, objects, trust)
        if wanted.head:
            own = brought(objects, trust, wanted.head.oid, wanted.head.branch)
            declared = {**own, **declared}
        yield _Start(repository, objects, trust, declared, second_named(repository, wanted))


class _Found(NamedTuple):
    """What is there before anything is made."""

    contract: Contract
    is_known: bool
    branch: str
    tip: str  # of the branch, "" if it is not there
    there: Worktree | None
    path: str


class _Start(NamedTuple):
    repository: Repository
    objects: Objects
    trust: Trust
    declared: Mapping[str, Contract]
    wanted: Wanted

    def looked_up(self) -> _Found:
        wanted = self.wanted
        known = self._known()
        contract = known or self._drafted()
        places = worktrees(self._git)
        branch = branch_of(self._sources, wanted, contract, places if known else ())
        there = next((one for one in places if one.branch == branch), None)
        if there and is_half_made(self.repository, there):
            put_aside(self.repository, there)
            places.remove(there)
            there = None
        if there and there.missing:
            raise GitError(
                f"{show(branch)} is checked out in {show(there.path)}, which is not there",
                hint=f"{there.forget}   # if it is gone for good",
            )
        if not there:
            require_answering(places)
        path = os.path.realpath(there.path) if there else self._path(places)
        tip = self._tip(branch)
        if known is None:
            self._require_own(branch, tip)
        if not tip and not self.wanted.head:
            require_free(self._sources, contract, branch, self.wanted, is_known=known is not None)
        return _Found(contract, known is not None, branch, tip, there, path)

    def made(self, untold: str, told: Callable[[Ahead], None]) -> Started:
        trust = self.trust
        contract, is_known, branch, before, there, path = self.looked_up()
        compared = self._compared(contract)
        if not there or not is_known:
            self._require_untaken(compared, is_known=is_known)
        others = () if there and is_known else self._others(contract.name)
        stays = self._stays
        is_asked = stays or contract.file in trust.files  # else publishing asks the remote again
        told(Ahead(untold if is_asked else "", compared, others, trust.policy.sessions))
        head = self.wanted.head
        may_be_foreign = bool(head or before)  # a new branch follows nothing
        foreign = may_be_foreign and is_foreign(self.repository, branch, head)
        untrusted = foreign and not self.wanted.trusts
        is_new = not there or not is_known
        own = None if is_known or not stays else contract
        insists = self._note(compared) if is_known and self.wanted.anyway else ""
        with Undone(self.repository) as undone:
            tip = self._first(own, before, compared, there=bool(there))
            if insists and stays and not there:
                tip = insisted(self.repository, tip, self.wanted.name, contract, insists)
            if before and tip != before:
                self._move(branch, tip, before)
            if head and not before:
                track(self.repository, head)
            goes_on = there is not None and not untrusted
            resumed = goes_on and complete(self._here, path, self._preparing)
            if not there:
                begins = "" if before else tip
                self._check_out(path, branch, begins, untrusted=untrusted)
                undone.made(path, branch, begins)
                unclosed.forget(self.repository, contract.name)
            if not is_known or (self.wanted.under and not there):
                forget(self.repository.common_dir, self.wanted.name)
            own_place = os.path.realpath(self._own_path) == os.path.realpath(path)
            if own_place and self.wanted.under not in ("", self.wanted.name):
                note_name(path, self.wanted.name, contract.name)
            counts = trust.granting.short if contract.file in trust.files else ""
            if not counts and not stays:
                counts = self._published(contract, compared)
            if insists and not stays:
                place = target(self.repository, trust)
                insist(self.repository, place, self.wanted.name, contract, insists)
        return Started(
            self.wanted.name if self.wanted.under else contract.name,
            path,
            branch,
            contract,
            trust.home.short,
            f"pull request {head.number}" if head else trust.home.short,
            before or (head.oid if head else trust.home.oid),
            counts,
            is_new,
            () if untrusted else trust.policy.start_run,
            apart=apart(self._git, before, trust.home.oid) if before and is_new else None,
            untrusted=untrusted,
            resumed=resumed,
            lacks=head.oid if head and not is_ancestor(self._git, head.oid, tip) else "",
        )

    def _tip(self, branch: str) -> str:
        info = self.objects.info(ref_of(branch) + "^{commit}")
        return info.oid if info else ""

    @property
    def _sources(self) -> Sources:
        return Sources(self.repository, self.objects, self.trust)

    @property
    def _git(self) -> Git:
        return self.repository.git

    def _known(self) -> Contract | None:
        """The contract that is there already, if it is the one that is asked for."""
        wanted = self.wanted
        name = wanted.under or wanted.name
        for unreadable, file, why in self.trust.unreadable:
            if unreadable == name:
                raise ContractError(why, hint=f"guard contract check {shell_quote(file)}")
        on_base = {contract.name: contract for contract in self.trust.contracts}
        if wanted.under not in ("", wanted.name) and wanted.name in {*on_base, *self.declared}:
            message = f"{wanted.name} is a contract of its own"
            raise UsageError(message, hint="choose another name for the second worktree")
        found = on_base.get(name) or self.declared.get(name) or self._claiming()
        if found is None and wanted.head and not wanted.values:
            raise UsageError(
                f"no contract claims {show(wanted.branch)}; say what it may change",
                hint=f"guard start --pr {shell_quote(wanted.head.said)} --owns PATTERN   "
                f"# it changes {self._changed(wanted.head)}",
            )
        if found is None and (wanted.under or not wanted.values):
            require_begun_here(self._sources, wanted._replace(name=name))
            require_not_renamed(self._sources, worktrees(self._git), name)
            known = (*on_base.values(), *self.declared.values())
            there = meant(self.repository, wanted, known)
            new = f"guard start {shell_quote(name)} --owns PATTERN"
            raise UsageError(f"there is no contract {name}", hint=there or new)
        if found:
            same_words(found, wanted)
        return found

    def _claiming(self) -> Contract | None:
        """The only contract that claims the branch of a pull request."""
        known = (*self.trust.contracts, *self.declared.values()) if self.wanted.head else ()
        found = [contract for contract in known if claims(contract, self.wanted.branch)]
        return found[0] if len(found) == 1 else None

    def _changed(self, head: Head) -> str:
        bases = self._git.run("merge-base", self.trust.home.oid, head.oid, ok=(0, 1)).text.split()
        words = ("diff-tree", "-r", "-z", "--name-only", "--no-renames")
        paths = records(self._git.run(*words, *bases[:1], head.oid).out) if bases else []
        more = f" and {counted(len(paths) - 1, 'more file')}" if len(paths) > 1 else ""
        return f"{show(paths[0])}{more}" if paths else "nothing"

    def _drafted(self) -> Contract:
        wanted = self.wanted
        require_portable(wanted.name)
        for other in (*(one.name for one in self.trust.contracts), *self.declared):
            if fold(other) == fold(wanted.name):
                raise UsageError(
                    f"{wanted.name} and the contract {other} are one name on macOS and Windows",
                    hint="choose another name",
                )
        values = {**wanted.values}
        file = file_of(wanted.name)
        text = wanted.text or draft(values)
        contract = parse_contract(text.encode(), file, wanted.name)
        require_groups(self.trust.policy, contract.merges)
        branch = wanted.branch or own_branch(self.trust, wanted.name)
        if not wanted.text and (wanted.head or not claims(contract, branch)):
            values["branches"] = [branch]
            contract = parse_contract(draft(values).encode(), file, wanted.name)
        return contract

    def _require_own(self, branch: str, tip: str) -> None:
        """A new session does not go on with a branch that has work already, unless it is named."""
        if tip and not self.wanted.branch and not is_ancestor(self._git, tip, self.trust.home.oid):
            raise UsageError(
                f"the branch {branch} is there already and has commits of its own",
                hint=f"{command_of(self.wanted._replace(branch=branch))}   # to go on with it",
            )

    @property
    def _own_path(self) -> str:
        folder = self.trust.policy.start_folder.replace("{name}", self.wanted.name)
        return os.path.normpath(os.path.join(root_of(self._here), folder))

    def _path(self, places: Sequence[Worktree]) -> str:
        root, path = root_of(self._here), self._own_path
        known = worktree_at(path, places)
        require_place(os.path.commonpath([root, path]), path, known)
        if known:
            require_not_renamed(self._sources, [known], self.wanted.under or self.wanted.name)
            other = known.branch or "no branch"
            raise UsageError(
                f"{show(path)} is a worktree already, of {show(other)}",
                hint="choose another name, or look: git worktree list",
            )
        return path

    def _others(self, name: str) -> tuple[str, ...]:
        """The other sessions that are at work, if there may be too many."""
        contracts = (*self.trust.contracts, *self.declared.values())
        open_ = [one for one in contracts if not one.standing and one.name != name]
        if len({one.name for one in open_}) < self.trust.policy.sessions:
            return ()
        finished = done(self._sources, open_)
        return tuple(sorted({one.name for one in open_} - finished))

    def _compared(self, contract: Contract) -> Compared:
        known = (*self.trust.contracts, *self.declared.values())
        others = [one for one in known if one.name != contract.name]
        where = standing_of(self.trust)
        return claimed(self.repository, [contract, *others], where, where, [contract.name])

    def _require_untaken(self, compared: Compared, *, is_known: bool) -> None:
        if not self.wanted.under and self._is_taken(compared):
            raise Taken(compared, stops=stops(compared), is_known=is_known)

    def _is_taken(self, compared: Compared) -> bool:
        return stops(compared) or (bool(placed(compared)) and not self.wanted.anyway)

    @property
    def _stays(self) -> bool:
        """Whether a new contract goes with the session's branch."""
        place = target(self.repository, self.trust)
        policy = self.trust.policy
        claims_at_once = policy.start_contract == "base" and not self.wanted.is_cut_off
        return (
            bool(place.remote)
            and not policy.contracts_branch
            and not self.wanted.on_base
            and not claims_at_once
        )

    def _first(self, own: Contract | None, tip: str, compared: Compared, *, there: bool) -> str:
        """The commit at which the work starts; it is made if the contract `own` goes with it.

        `tip` is that of the branch, "" if it is not there; `there` tells that a worktree has it.
        """
        head = self.wanted.head
        commit = tip or self.trust.home.oid
        if head and not there and (not tip or is_ancestor(self._git, tip, head.oid)):
            commit = head.oid
        if not own:
            return commit
        files: Files = {own.file: own.text.encode()}
        return commit_with(self.repository, commit, files, message_of(files, self._note(compared)))

    def _move(self, branch: str, commit: str, tip: str) -> None:
        if not land(self.repository, Branch(branch), commit, tip):
            message = f"{branch} has moved meanwhile; nothing was changed"
            raise GitError(message, hint="run the same command again")

    def _note(self, compared: Compared) -> str:
        return overlap_note(compared, (self.wanted.name, self.wanted.under))

    def _check_out(self, path: str, branch: str, start: str, *, untrusted: bool) -> None:
        hide(self.repository, path)
        make(self._here, path, branch, start, self._preparing._replace(trusted=not untrusted))

    @property
    def _here(self) -> str:
        return self.repository.top or self.repository.common_dir

    @property
    def _preparing(self) -> Preparing:
        found = self.objects.read(f"{self.trust.home.oid}:{INCLUDE}", LARGEST_FILE)
        include = found[1] if found and found[0].kind == "blob" else b""
        policy = self.trust.policy
        link = policy.start_include == "symlink"
        return Preparing(include, link=link, commands=bool(policy.start_run))

    def _published(self, contract: Contract, compared: Compared) -> str:
        """Publish the contract; give the branch where it counts now."""
        texts = {contract.name: contract.text.encode()}
        note = self._note(compared)
        try:
            published = publish(
                self.repository,
                [contract.name],
                texts=texts,
                note=note,
                trust=self.trust,
                stops=self._is_taken,
            )
        except Unreachable as error:
            hint = f"{error.hint}; or leave --on-base out" if self.wanted.on_base else error.hint
            message = f"{error.message}; {contract.name} was not started"
            raise Unreachable(message, hint=hint) from error
        if published.stopped:  # somebody else was faster
            raise Taken(published.compared, stops=stops(published.compared))
        return published.branch.short
