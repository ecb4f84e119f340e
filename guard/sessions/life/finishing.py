"""Finishing sessions: worktree, branch and contract go when the base has all of their work.

What would be lost keeps a session. A worktree that goes is in the trash, whole; what `archive`
keeps is a commit below `refs/guard/archive/NAME/`.
"""

import os
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from secrets import token_hex
from typing import NamedTuple

from guard.contracts.model import Contract
from guard.core.disk import no_room
from guard.core.errors import GitError, GuardError, UsageError
from guard.core.names import ref_of, shell_quote
from guard.git.ancestry import commit_of, is_ancestor
from guard.git.compare import MOST_BYTES
from guard.git.isolate import isolated
from guard.git.landing import pushes_to
from guard.git.linked import delete_branch
from guard.git.objects import Objects
from guard.git.plumbing import TooMuch, at, records
from guard.git.repository import Repository, open_repository
from guard.git.worktrees import Worktree, worktrees
from guard.rules.reach import owned_by
from guard.sessions.age import is_stale, last_activity
from guard.sessions.between.parties import Looking, find_parties
from guard.sessions.life import requests, trash, unclosed
from guard.sessions.life.alone import alone
from guard.sessions.life.archive import archive_commit, archive_worktree
from guard.sessions.life.declaring import declared
from guard.sessions.life.losses import Loss, ignored_in, losses
from guard.sessions.life.outcomes import Finished, Outcome, held_by_stranger, kept_by
from guard.sessions.life.parts import Chosen, Part, Parts
from guard.sessions.life.publishing import publish
from guard.sessions.life.tidying import Closing, Plan, at_local_base, tidy
from guard.sessions.names import names_noted
from guard.sessions.patience import untold
from guard.verdict.integrated import BACK, is_integrated
from guard.verdict.opening import Sources
from guard.verdict.search import Search
from guard.verdict.side_by_side import write_contract
from guard.verdict.trust import Trust, read_trust

_INTEGRATED = "The base has all of their work."


def finish(
    repository: Repository,
    names: Sequence[str] = (),
    *,
    at_place: tuple[str, str] = ("", ""),
    stale: bool = False,
    archive: bool = False,
    abandon: bool = False,
) -> Finished:
    """Finish sessions, by their names; without names, all that are done.

    The name of a contract is all of its sessions, unless one is called so. With `at_place`, a
    contract and a path, it is the session of that worktree. With `stale`, it is those in which
    nothing has happened for as long as the policy says; one that has not begun goes, too. `archive`
    keeps as a commit what would be lost, and `abandon` does so, too. A contract is closed when its
    last session has gone. Raises UsageError for a name that is no session's.
    """
    repository = _main(repository)
    is_named = bool(names) or bool(at_place[0])
    with alone(repository.common_dir), closing(Objects(repository.git)) as objects:
        look = _look(repository, objects, archives=archive or abandon, named=is_named)
        how = " --abandon" if abandon else " --archive" if archive else ""
        look = look._replace(begins=not (is_named or stale), how=how, id=token_hex(8))
        unclosed.forget_others(repository, {one.name for one in look.trust.contracts})
        parts = Parts(repository, look.trust, look.known())
        strangers = () if is_named else tuple(one.path for one in parts.strangers())
        found = parts.at(*at_place) if at_place[0] else parts.named(names)
        if stale:
            found = look.stale(found, time.time())
        outcomes: list[Outcome] = []
        closings: list[str] = []
        for chosen in found:
            of_one = look.outcomes(chosen, abandon=abandon)
            outcomes += of_one
            for gone in of_one:
                if gone.path and not gone.is_kept:
                    folder = trash.folder_of(repository, gone.trash)
                    requests.put_by(repository.common_dir, gone.name, folder)
            went = bool(of_one) and not any(one.is_kept for one in of_one)
            noted = unclosed.is_noted(repository, chosen.contract)
            if not chosen.others and (went or (not of_one and (noted or abandon))):
                closings.append(chosen.contract.name)
            elif noted:
                unclosed.forget(repository, chosen.contract.name)
        archived = any(one.archive for one in outcomes)
        why = "Their work is on the base, or archived." if archived else _INTEGRATED
        finished = _closed(look, outcomes, closings, "It was given up." if abandon else why)
        return finished if is_named or stale else finished._replace(strangers=strangers)


def no_session(repository: Repository, path: str) -> UsageError:
    """Give the error for a worktree that is no session's. Raises GuardError without a base."""
    with closing(Objects(repository.git)) as objects:
        look = _look(repository, objects, archives=False, named=True)
        return Parts(repository, look.trust, look.known()).unknown(path)


def undo(repository: Repository, name: str = "") -> tuple[list[trash.Entry], GuardError | None]:
    """Bring the session `name`, or all that the last finish removed, back from the trash.

    Gives what came back: worktrees and branches; and why their contracts could not be published,
    which are files in the worktrees then.

    Raises UsageError if the trash has none, GitError if its place or its branch is taken.
    """
    repository = _main(repository)
    with alone(repository.common_dir):
        found = trash.together(repository, name)
        if not found:
            raise UsageError(
                f"the trash has no session {name}" if name else "the trash is empty",
                hint="git for-each-ref refs/guard/archive   # what --archive kept",
            )
        for one in found:
            trash.require_free(repository, one)
        for one in found:
            trash.restore(repository, one)
            unclosed.forget(repository, one.under)
        with closing(Objects(repository.git)) as objects:
            trust = read_trust(Search(repository, objects, head=""), lenient=True)
    known = {one.name for one in trust.contracts}
    closed = [one for one in found if one.contract and one.under not in known]
    texts = {one.under: one.contract.encode() for one in closed}
    failed: GuardError | None = None
    try:
        if texts and publish(repository, list(texts), texts=texts, note=BACK).stopped:
            message = "another session may own the same paths by now"
            raise GitError(message, hint="guard contract list   # whose they are")
    except GuardError as error:
        failed = error
        for one in closed:
            if os.path.isdir(one.path):
                with suppress(GuardError):
                    write_contract(one.path, one.under, one.contract)
    for one in found:
        trash.forget(repository, one.id)
    return found, failed


def _main(repository: Repository) -> Repository:
    """The repository from its main worktree: the one that guard was started in may go."""
    main = worktrees(repository.git)[0]
    return open_repository(at(repository.common_dir if main.bare else main.path))


def _look(repository: Repository, objects: Objects, *, archives: bool, named: bool) -> "_Look":
    """Look at the base as it is here, or as it is trusted if that is ahead."""
    try:
        trust, behind = at_local_base(repository, objects), None
    except GitError as error:
        trust, behind = read_trust(Search(repository, objects, head="")), error
    return _Look(repository, objects, trust, archives, named, behind)


class _Look(NamedTuple):
    """What is known of the repository.

    `archives` keeps work as a commit instead of refusing. A session that is `named` goes also if
    its folder is away. `behind` says why the local base cannot move. If what has not begun may be
    about to (`begins`), it stays. `how` is the option that was typed, for the same command again.
    `id` tells this finish from others.
    """

    repository: Repository
    objects: Objects
    trust: Trust
    archives: bool
    named: bool
    behind: GitError | None
    begins: bool = False
    how: str = ""
    id: str = ""

    def known(self) -> dict[str, Contract]:
        """The contracts, by name, whose sessions may be finished."""
        known = {one.name: one for one in self.trust.contracts if not one.standing}
        return known | declared(self.repository, self.objects, self.trust)

    def stale(self, found: Sequence[Chosen], now: float) -> list[Chosen]:
        """Those in which nothing has happened for long, each by itself, and that can be read."""
        found_stale: set[tuple[str, str]] = set()
        days = self.trust.policy.stale
        with isolated(self.repository) as apart:
            trust = self.trust._replace(contracts=tuple(one.contract for one in found))
            looking = Looking(self.repository, apart, trust, committed=False, told=untold)
            for one in find_parties(looking):
                at = last_activity(self.repository, one.branch, one.worktree, one.active)
                if not one.is_unknown and is_stale(at, days, now):
                    found_stale.add((one.worktree, "" if one.worktree else one.branch))
        chosen = (one.only(found_stale) for one in found)
        return [one for one in chosen if one.parts]

    def outcomes(self, chosen: Chosen, *, abandon: bool) -> list[Outcome]:
        """Finish sessions of a contract: worktrees, and if all of these went, branches alone."""
        found: list[Outcome] = []
        for part in chosen.parts:
            holders = part.holders
            if part.one:
                found.append(self._worktree(chosen.contract, part, part.one, abandon=abandon))
            elif strangers := chosen.strangers_at(part):
                noted = names_noted(self.repository.common_dir).get(strangers[0], ("", ""))
                is_own = noted[1] == chosen.contract.name
                found.append(held_by_stranger(part, strangers[0], is_own=is_own))
            elif not any(one.is_kept for one in found):
                gone = [one for one in found if one.trash]
                gone.sort(key=lambda one: one.path not in holders)
                along = gone[0].trash if gone else ""
                found.append(self._branch(chosen.contract, part, along, abandon=abandon))
        return found

    def _done(self, contract: Contract, branch: str, tip: str) -> bool:
        """Whether the base has all of the work, or there is none."""
        sources = Sources(self.repository, self.objects, self.trust)
        owns = owned_by(contract, self.trust.policy)
        if not branch:
            return is_ancestor(self.repository.git, tip, self.trust.base.oid)
        if is_integrated(sources, contract, [ref_of(branch)], owns):
            return True
        return not self.begins and not self._begun(contract, tip)

    def _begun(self, contract: Contract, tip: str) -> bool:
        """Whether the branch changed anything but its own contract."""
        words = ("diff", "--name-only", "--no-renames", "-z", f"{self.trust.base.oid}...{tip}")
        try:
            answer = self.repository.git.start(*words, "--", most=MOST_BYTES).answer()
        except TooMuch:
            return True
        # 128: there is no common history, or there is too much to compare.
        return answer.code != 0 or bool({*records(answer.out)} - {contract.file})

    def _worktree(self, contract: Contract, part: Part, one: Worktree, *, abandon: bool) -> Outcome:
        told_of = Outcome(part.name, "", one.branch, one.path)
        if kept := self._unfit(told_of, part, one):
            return kept
        try:
            lost = [] if one.missing else losses(one.path)
            done = bool(one.head) and self._done(contract, one.branch, one.head)
            is_apart = not one.missing and trash.is_apart(self.repository, one)
        except (GuardError, OSError) as error:
            step = f"git -C {shell_quote(one.path)} status"
            return told_of._replace(outcome="kept-unreadable", why=_plainly(error), steps=(step,))
        kept = kept_by(lost, told_of, one.head, how=self.how, is_apart=is_apart)
        kept = kept or self._unmerged(told_of, one.head, done=done)
        if kept:
            return kept
        try:
            if is_apart:
                raise trash.apart(one)
            return self._thrown(contract, told_of, one, lost, done=done, abandon=abandon)
        except (GuardError, OSError) as error:
            return self._unmoved(told_of, error)

    def _unfit(self, told_of: Outcome, part: Part, one: Worktree) -> Outcome | None:
        """Why a worktree stays, whatever is in it."""
        path = shell_quote(one.path)
        if part.is_main:
            base = shell_quote(self.trust.base.name)
            why = "the main worktree is never removed"
            step = f"git -C {path} switch {base}   # then finish removes the branch"
            return told_of._replace(outcome="kept-main", why=why, steps=(step,))
        if one.locked:
            step = f"git worktree unlock {path}   # if it may go"
            return told_of._replace(outcome="kept-locked", why="it is locked", steps=(step,))
        if one.silent:
            why = "its disk does not answer, so nobody knows what is in it"
            step = f"{one.forget}   # or bring it back; then finish again"
            return told_of._replace(outcome="kept-unreadable", why=why, steps=(step,))
        if one.missing and not self.named:
            why = "its folder is away, as if on a volume that is not mounted"
            step = f"guard finish {shell_quote(part.name)}   # if it is gone for good"
            return told_of._replace(outcome="kept-unreadable", why=why, steps=(step,))
        if not one.missing and not trash.is_in_place(self.repository, one):
            why = "its folder is another repository or worktree by now"
            step = "git worktree repair FOLDER   # with the folder where it is"
            return told_of._replace(outcome="kept-unreadable", why=why, steps=(step,))
        return None

    def _thrown(
        self,
        contract: Contract,
        told_of: Outcome,
        one: Worktree,
        lost: Sequence[Loss],
        *,
        done: bool,
        abandon: bool,
    ) -> Outcome:
        archived = ""
        if lost or not done:
            archived = archive_worktree(self.repository, contract.name, one, lost)
        ignored = () if one.missing else ignored_in(one.path)
        text = self._noted(contract, told_of.name)
        how = {"under": contract.name, "finish": self.id}
        entry = trash.throw(self.repository, told_of.name, one, text, **how)
        if one.branch and entry.tip:
            self._delete(one.branch, entry.tip)
        word = "abandoned" if abandon and not done else "archived" if archived else "removed"
        back = shell_quote(told_of.name)
        away = f"its folder was away; should it come back: guard finish --undo {back}"
        why = "" if entry.whole else away
        told_of = told_of._replace(outcome=word, why=why, ignored=ignored)
        return told_of._replace(archive=archived, trash=entry.id)

    def _branch(self, contract: Contract, part: Part, along: str, *, abandon: bool) -> Outcome:
        told_of = Outcome(part.name, "", part.branch)
        try:
            tip = commit_of(self.repository.git, ref_of(part.branch))
            done = self._done(contract, part.branch, tip)
            kept = self._unmerged(told_of, tip, done=done)
            if kept:
                return kept
            archived = "" if done else archive_commit(self.repository, contract.name, tip)
            text = self._noted(contract, part.name)
            how = {"under": contract.name, "along": along, "finish": self.id}
            entry = trash.throw_branch(self.repository, part.name, part.branch, text, **how)
            self._delete(part.branch, tip)
        except (GuardError, OSError) as error:
            return self._unmoved(told_of, error)
        word = "abandoned" if abandon and not done else "archived" if archived else "removed"
        return told_of._replace(outcome=word, archive=archived, trash=entry.id)

    def _noted(self, contract: Contract, name: str) -> str:
        """The text of a contract that counts, which is noted to be closed; "" of another."""
        if contract.file not in self.trust.files:
            return ""
        unclosed.note(self.repository, contract, name)
        return contract.text

    def _unmoved(self, told_of: Outcome, error: GuardError | OSError) -> Outcome:
        again = f"guard finish {shell_quote(told_of.name)}{self.how}   # then again"
        known = error if isinstance(error, GuardError) else no_room(error)
        hint = known.hint if known else ""
        steps = (hint, again) if hint else (again,)
        return told_of._replace(outcome="kept-unmoved", why=_plainly(error), steps=steps)

    def _unmerged(self, told_of: Outcome, tip: str, *, done: bool) -> Outcome | None:
        """Why it stays for what the base lacks; `tip` is that of its branch or detached HEAD."""
        if done or self.archives:
            return None
        name = shell_quote(told_of.name)
        if not tip or is_ancestor(self.repository.git, tip, self.trust.base.oid):
            why = "it has not begun"
            step = f"guard finish {name}   # removes it all the same"
            return told_of._replace(outcome="kept-unbegun", why=why, steps=(step,))
        base = shell_quote(self.trust.base.short)
        work = told_of.branch or tip[:12]
        why = f"{self.trust.base.short} does not have all of {work}"
        look = f"git log --oneline {base}..{shell_quote(work)}   # what it lacks"
        abandon = f"guard finish {name} --abandon   # gives the session up; its work is archived"
        return told_of._replace(outcome="kept-unmerged", why=why, steps=(look, abandon))

    def _delete(self, branch: str, tip: str) -> None:
        delete_branch(self.repository.top or self.repository.common_dir, branch, tip)


def _plainly(error: GuardError | OSError) -> str:
    """What went wrong, in one line."""
    said = error.message if isinstance(error, GuardError) else str(error)
    return "; ".join(filter(None, map(str.strip, said.split("\n"))))


def _closed(look: _Look, outcomes: Sequence[Outcome], names: Sequence[str], why: str) -> Finished:
    """Close the contracts that count, where their place can move; requests go with them."""
    for name in names:
        requests.forget(look.repository.common_dir, name)
    trust = look.trust
    closings = []
    for contract in trust.contracts:
        if contract.name in names:
            handoff = trust.policy.handoff_of(contract.name)
            is_there = look.objects.look_up(trust.tree, handoff) is not None
            files = (contract.file, handoff) if is_there else (contract.file,)
            closings.append(Closing(contract.name, why, files))
    if not closings:
        return Finished(tuple(outcomes))
    planned = Plan(trust, trust.base.oid, tuple(closings))
    try:
        if look.behind and not trust.elsewhere.oid:
            raise look.behind
        commit = tidy(look.repository, planned, why)
    except GuardError as error:
        hint = f"{error.hint}; then: " if error.hint else ""
        return Finished(tuple(outcomes), (), f"{_plainly(error)}; {hint}guard tidy")
    base = trust.base.name
    remote = pushes_to(look.repository, base) if commit else ""
    push = f"git push {shell_quote(remote)} {shell_quote(base)}" if remote else ""
    return Finished(tuple(outcomes), planned.closed, push=push)
