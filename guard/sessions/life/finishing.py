"""Finishing sessions: worktree, branch and contract go when the base has all of their work.

What would be lost keeps a session. A worktree that goes is in the trash, whole; what `archive`
keeps is a commit below `refs/guard/archive/NAME/`.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.core.errors import GitError, GuardError, UsageError
from guard.core.names import HEADS, branch_in, ref_of, shell_quote
from guard.git.ancestry import commit_of, is_ancestor
from guard.git.isolate import isolated
from guard.git.linked import delete_branch
from guard.git.objects import Objects
from guard.git.plumbing import at, records
from guard.git.repository import Repository, open_repository
from guard.git.worktrees import Worktree, worktrees
from guard.rules.overlaps import owned_by
from guard.sessions.age import is_stale, last_activity
from guard.sessions.between.answers import untold
from guard.sessions.between.parties import Looking, find_parties
from guard.sessions.life import trash
from guard.sessions.life.alone import alone
from guard.sessions.life.archive import archive_commit, archive_worktree
from guard.sessions.life.belonging import belongs
from guard.sessions.life.declaring import declared
from guard.sessions.life.losses import (
    BUSY,
    HIDDEN,
    IGNORED,
    IN_PROGRESS,
    INSIDE,
    MODIFIED,
    STASHED,
    UNREACHED,
    UNTRACKED,
    Loss,
    ignored_in,
    losses,
    told,
)
from guard.sessions.life.publishing import publish
from guard.sessions.life.tidying import Closing, Plan, at_local_base, tidy
from guard.verdict.integrated import is_integrated
from guard.verdict.opening import Sources
from guard.verdict.search import Search
from guard.verdict.trust import Trust, read_trust

OUTCOMES = (
    "removed",
    "archived",
    "abandoned",
    "kept-unbegun",
    "kept-unmerged",
    "kept-dirty",
    "kept-ignored",
    "kept-nested",
    "kept-stashed",
    "kept-unfinished",
    "kept-busy",
    "kept-locked",
    "kept-main",
    "kept-unreadable",
)
# What keeps a worktree, and the word for it; what comes first is told first.
_WORDS = {
    BUSY: "kept-busy",
    IN_PROGRESS: "kept-unfinished",
    INSIDE: "kept-nested",
    MODIFIED: "kept-dirty",
    HIDDEN: "kept-dirty",
    UNTRACKED: "kept-dirty",
    UNREACHED: "kept-unmerged",
    STASHED: "kept-stashed",
    IGNORED: "kept-ignored",
}
# What no option removes, and what comes first.
_FIRST = {
    BUSY: "once it has ended",
    IN_PROGRESS: "once that is finished or given up",
    INSIDE: "once that is pushed or moved out of the worktree",
}
_INTEGRATED = "The base has all of their work."


class Outcome(NamedTuple):
    """What became of a session's worktree and branch, or of its branch alone (`path` is "").

    `outcome` is one of `OUTCOMES`. `why` says what kept it, and `steps` are commands that keep what
    would be lost or let it go. `archive` is the ref that has its work, `trash` the entry's id.
    `ignored` are the files and folders that git ignores and that went along into the trash.
    """

    name: str
    outcome: str
    branch: str = ""
    path: str = ""
    why: str = ""
    steps: tuple[str, ...] = ()
    archive: str = ""
    trash: str = ""
    ignored: tuple[str, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Whether it is still there."""
        return self.outcome.startswith("kept")


class Finished(NamedTuple):
    """What became of the sessions, the contracts that were closed, or why they could not be."""

    outcomes: tuple[Outcome, ...]
    closed: tuple[str, ...] = ()
    left: str = ""


def finish(
    repository: Repository,
    names: Sequence[str],
    *,
    stale: bool = False,
    archive: bool = False,
    abandon: bool = False,
) -> Finished:
    """Finish sessions, by the names of their contracts; without names, all that are done.

    With `stale`, it is those in which nothing has happened for as long as the policy says; one that
    has not begun goes, too. `archive` keeps as a commit what would be lost, and `abandon` does so,
    too. The contract of a session that went is closed. Raises UsageError for a name that is no
    session's.
    """
    repository = _main(repository)
    with alone(repository.common_dir), closing(Objects(repository.git)) as objects:
        look = _look(repository, objects, archives=archive or abandon, named=bool(names))
        look = look._replace(begins=not (names or stale))
        found = look.sessions(names)
        if stale:
            found = look.stale(found, time.time())
        outcomes: list[Outcome] = []
        closings: list[str] = []
        for contract in found:
            of_one = list(look.outcomes(contract, abandon=abandon))
            outcomes += of_one
            if (of_one or abandon) and not any(one.is_kept for one in of_one):
                closings.append(contract.name)
        archived = any(one.archive for one in outcomes)
        why = "Their work is on the base, or archived." if archived else _INTEGRATED
        return _closed(look, outcomes, closings, "It was given up." if abandon else why)


def undo(repository: Repository, name: str = "") -> tuple[trash.Entry, str]:
    """Bring the session `name`, or the last one, back from the trash; give it and what it lacks.

    Raises UsageError if the trash has none, GitError if its place or its branch is taken.
    """
    repository = _main(repository)
    with alone(repository.common_dir):
        found = [one for one in trash.entries(repository) if name in ("", one.name)]
        if not found:
            raise UsageError(
                f"the trash has no session {name}" if name else "the trash is empty",
                hint="git for-each-ref refs/guard/archive   # what --archive kept",
            )
        entry = found[0]
        trash.restore(repository, entry)
    if not entry.contract:
        return entry, ""
    try:
        publish(repository, [entry.name], texts={entry.name: entry.contract.encode()})
    except GuardError as error:
        return entry, error.message
    return entry, ""


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
    about to (`begins`), it stays.
    """

    repository: Repository
    objects: Objects
    trust: Trust
    archives: bool
    named: bool
    behind: GitError | None
    begins: bool = False

    def sessions(self, names: Sequence[str]) -> list[Contract]:
        known = {one.name: one for one in self.trust.contracts if not one.standing}
        known |= declared(self.repository, self.objects, self.trust)
        for name in names:
            if name not in known:
                raise UsageError(f"there is no session {name}", hint="guard contract list")
        return [known[name] for name in names or known]

    def stale(self, found: Sequence[Contract], now: float) -> list[Contract]:
        """Those in which nothing has happened for long; one that cannot be read is none."""
        latest: dict[str, int] = {}
        unknown = set()
        with isolated(self.repository) as apart:
            trust = self.trust._replace(contracts=tuple(found))
            looking = Looking(self.repository, apart, trust, committed=False, told=untold)
            for one in find_parties(looking):
                at = last_activity(self.repository, one.branch, one.worktree, one.active)
                latest[one.contract] = max(at, latest.get(one.contract, 0))
                if one.is_unknown:
                    unknown.add(one.contract)
        days = self.trust.policy.stale
        return [
            one
            for one in found
            if one.name not in unknown and is_stale(latest.get(one.name, 0), days, now)
        ]

    def outcomes(self, contract: Contract, *, abandon: bool) -> Iterator[Outcome]:
        """Finish each worktree of a contract, and, if all went, each branch that has none."""
        bases = (self.trust.base.name, self.trust.home.name)
        places = worktrees(self.repository.git)
        stays = False
        others = [one for one in self.trust.contracts if one.name != contract.name]
        own = [
            one
            for number, one in enumerate(places)
            if one.branch not in bases and belongs(one, contract, others, is_main=not number)
        ]
        for one in own:
            done = self._worktree(contract, one, is_main=one is places[0], abandon=abandon)
            stays = stays or done.is_kept
            yield done
        if stays:
            return
        busy = {one.branch for one in places}
        for branch in self._branches(contract):
            if branch not in busy and branch not in bases:
                yield self._branch(contract, branch, abandon=abandon)

    def _branches(self, contract: Contract) -> list[str]:
        words = ("for-each-ref", "--format=%(refname)", HEADS)
        refs = self.repository.git.run(*words).text.split("\n")[:-1]
        return [name for name in map(branch_in, refs) if claims(contract, name)]

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
        answer = self.repository.git.run(*words, "--", ok=(0, 128))  # 128: no common history
        return answer.code != 0 or bool({*records(answer.out)} - {contract.file})

    def _worktree(
        self, contract: Contract, one: Worktree, *, is_main: bool, abandon: bool
    ) -> Outcome:
        told_of = Outcome(contract.name, "", one.branch, one.path)
        path = shell_quote(one.path)
        if is_main:
            base = shell_quote(self.trust.base.name)
            why = "the main worktree is never removed"
            step = f"git -C {path} switch {base}   # then finish removes the branch"
            return told_of._replace(outcome="kept-main", why=why, steps=(step,))
        if one.locked:
            step = f"git worktree unlock {path}   # if it may go"
            return told_of._replace(outcome="kept-locked", why="it is locked", steps=(step,))
        if one.missing and not self.named:
            why = "its folder is away, as if on a volume that is not mounted"
            step = f"guard finish {shell_quote(contract.name)}   # if it is gone for good"
            return told_of._replace(outcome="kept-unreadable", why=why, steps=(step,))
        if not one.missing and not trash.is_in_place(self.repository, one):
            why = "its folder is another repository or worktree by now"
            step = "git worktree repair FOLDER   # with the folder where it is"
            return told_of._replace(outcome="kept-unreadable", why=why, steps=(step,))
        lost: list[Loss] = []
        try:
            lost = [] if one.missing else losses(one.path)
        except (GuardError, OSError) as error:
            why = error.message if isinstance(error, GuardError) else str(error)
            step = f"git -C {path} status"
            return told_of._replace(outcome="kept-unreadable", why=why, steps=(step,))
        done = bool(one.head) and self._done(contract, one.branch, one.head)
        kept = self._kept(told_of, lost, one.head, done=done)
        if kept:
            return kept
        archived = ""
        if lost or not done:
            archived = archive_worktree(self.repository, contract.name, one, lost)
        text = contract.text if contract.file in self.trust.files else ""
        ignored = () if one.missing else ignored_in(one.path)
        entry = trash.throw(self.repository, contract.name, one, text)
        if one.branch and entry.tip:
            self._delete(one.branch, entry.tip)
        word = "abandoned" if abandon and not done else "archived" if archived else "removed"
        away = f"its folder was away; should it come back: guard finish --undo {told_of.name}"
        why = away if one.missing else ""
        told_of = told_of._replace(outcome=word, why=why, ignored=ignored)
        return told_of._replace(archive=archived, trash=entry.id)

    def _branch(self, contract: Contract, branch: str, *, abandon: bool) -> Outcome:
        told_of = Outcome(contract.name, "", branch)
        tip = commit_of(self.repository.git, ref_of(branch))
        done = self._done(contract, branch, tip)
        kept = self._kept(told_of, [], tip, done=done)
        if kept:
            return kept
        archived = "" if done else archive_commit(self.repository, contract.name, tip)
        text = contract.text if contract.file in self.trust.files else ""
        entry = trash.throw_branch(self.repository, contract.name, branch, text)
        self._delete(branch, tip)
        word = "abandoned" if abandon and not done else "archived" if archived else "removed"
        return told_of._replace(outcome=word, archive=archived, trash=entry.id)

    def _kept(
        self, told_of: Outcome, lost: Sequence[Loss], tip: str, *, done: bool
    ) -> Outcome | None:
        """Why it stays, if it does; `tip` is the commit of its branch or of its detached HEAD."""
        order = list(_WORDS)
        lost = sorted(lost, key=lambda one: order.index(one.kind))
        stays = [one for one in lost if not self.archives or one.kind in _FIRST]
        name = shell_quote(told_of.name)
        archive = f"guard finish {name} --archive   # keeps it as a commit, and removes the rest"
        if stays:
            why = told(told_of.path, stays)
            word, git = _WORDS[stays[0].kind], f"git -C {shell_quote(told_of.path)}"
            commit = f"{git} add -A && {git} commit"
            steps = [commit] if word == "kept-dirty" else []
            if stays[0].kind == UNREACHED:
                is_head = not told_of.branch and tip.startswith(stays[0].name)
                how = "switch -c {}" if is_head else f"branch {{}} {stays[0].name}"
                steps = [f"{git} {how.format(f'{name}-kept')}   # a branch keeps it"]
            again = _FIRST.get(stays[0].kind, "")
            steps += [f"guard finish {name}   # {again}"] if again else [archive]
            return told_of._replace(outcome=word, why=why, steps=tuple(steps))
        if done or self.archives:
            return None
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


def _closed(look: _Look, outcomes: Sequence[Outcome], names: Sequence[str], why: str) -> Finished:
    """Close the contracts that count, where their place can move."""
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
        tidy(look.repository, planned, why)
    except GuardError as error:
        hint = f"{error.hint}; then: " if error.hint else ""
        return Finished(tuple(outcomes), (), f"{error.message}; {hint}guard tidy")
    return Finished(tuple(outcomes), planned.closed)
