"""Every read happens here: a scope and what the rules need → `Facts`."""

from __future__ import annotations

import os
import time

from guard.contracts.values import POLICY_FILE
from guard.core.errors import NotAdopted, UsageError
from guard.core.values import NamedTuple
from guard.git.repository import branch_of
from guard.rules.facts import Facts, Memo, Need
from guard.rules.findings import Trusted
from guard.verdict.assign import Assigned, assign, not_for
from guard.verdict.needs import Sources, filled
from guard.verdict.trust import Search, branch_at, read_trust, resolve_branch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from guard.changes.change import Change
    from guard.git.objects import Entry, Objects
    from guard.git.plumbing import Process
    from guard.git.repository import Repository
    from guard.handoffs.values import Given
    from guard.verdict.opening import Opening
    from guard.verdict.trust import Trust

SCOPES = ("staged", "worktree", "branch", "range")


class Ask(NamedTuple):
    """What a command asks for: a scope, and what a person chose over the policy's defaults ("" where nothing).

    `base` and `head` are revs; `contract` is a name; `branch` names the branch where HEAD cannot (a pull request's head); `merging` tells
    that git is about to commit a merge by itself. `arriving` tells that `head`, an object id, is about to become the tip of `branch`: then
    the base's own name means that it lands there, and without common history all that is on it is its own. What a CI system says: `called`
    is the name of the branch whose tip is `base`; `merge` is the commit that it made of base and head, which spares their history; `author`
    is a login, "" if it names nobody, None where it was not asked. `landing` is the commit that the base gets by the same push, an
    object id: it decides nothing, and nobody is blamed for what it brings. `closing` tells whether the session ends here, so that its
    handoff and its receipts are judged; None: in a branch and a range, not before. `given` is what that is judged by besides what the
    repository holds.
    """

    scope: str = "worktree"
    base: str = ""
    head: str = ""
    contract: str = ""
    branch: str = ""
    merging: bool = False
    arriving: bool = False
    called: str = ""
    merge: str = ""
    author: str | None = None
    landing: str = ""
    closing: bool | None = None
    given: Given | None = None


class Point(NamedTuple):
    """Where the change set ends: the branch's short name ("" if detached) and its tip's object id ("" before the first commit)."""

    branch: str
    head: str


class Reading:
    """One look at a repository: `facts` reads what a scope compares, `settled` looks again at what it would blame."""

    def __init__(self, opening: Opening, ask: Ask) -> None:
        self._opening = opening
        self._ask = ask
        self._objects = opening.objects
        self._repository = opening.repository()
        self._search = Search(self._repository, self._objects, gate=ask.scope == "range")
        if not ask.base:
            self._search.ahead()
        self._compared: Process | None = None  # the merge base with the head
        self._moved: Process | None = None  # the merge base with the base's tip, whole folders too
        self._merges: Process | None = None  # the merge commits of the branch
        self._ancestors: Process | None = None  # the merge base, of what is staged

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opening.close()

    def begin(self) -> None:
        """Find the base and start what git has to compare. Raises GuardError where the base, the policy or the history cannot be read."""
        repository, ask = self._repository, self._ask
        self._trust = read_trust(repository, self._objects, self._search, ask.base, ask.called)
        self._at = self._point(self._trust)
        if not self._trust.adopted:
            raise _not_adopted(self._trust)
        self._bases: list[str] = []
        if ask.scope in ("branch", "range"):
            self._compare_history(self._trust.base.oid, self._at.head)
        self._listing = _listing(repository, self._trust) if ask.scope != "staged" else None

    def _compare_history(self, base: str, head: str) -> None:
        """Find the merge base and start all that git has to say about what came after it, on either side."""
        from guard.git.compare import (  # what nobody has made yet is compared with nothing
            ask_merges,
            diff_trees,
            merge_bases,
        )

        git, merge = self._repository.git, self._ask.merge
        self._bases = (
            [base]
            if merge
            else merge_bases(self._repository, base, [head], related=not self._ask.arriving)
        )
        if len(self._bases) == 1:
            self._compared = diff_trees(git, self._bases[0], merge or head)
            self._moved = (
                None
                if self._bases == [base]
                else diff_trees(git, self._bases[0], base, folders=True)
            )
        self._merges = ask_merges(git, base, head)

    def facts(self, needs: int, proposed: Sequence[Change] | None = None) -> Facts:
        """Gather, after `begin`. Raises GuardError where policy, contract or history cannot be read or decided.

        Of `proposed` changes, which nobody has made yet, the facts are as if they were the next commit; nothing is compared then.
        """
        trust, point = self._trust, self._at
        bases, changes = (
            self._changes(trust, point) if proposed is None else ([point.head], list(proposed))
        )
        on_base = _is_base(self._ask, point, trust, bases, changes)
        assigned = Assigned() if on_base else self._assigned(trust, point)
        refused = not_for(assigned.contract, self._ask.author)
        assigned = Assigned() if refused else assigned
        facts = _facts(
            self._repository, self._ask, trust, point, assigned, bases, changes
        )._replace(on_base=on_base, refused=refused)
        facts = _with_own_files(facts, assigned, self._objects)._replace(
            tracked=self._listing.answer().out if self._listing else b""
        )
        sources = Sources(
            self._repository,
            self._objects,
            trust,
            tuple(self._bases),
            self._ask.merge,
            self._moved,
            self._merges,
        )
        return self._closed(filled(facts, needs, sources), needs)

    def _closed(self, facts: Facts, needs: int) -> Facts:
        """Add what the session left, where its end is judged."""
        ask = self._ask
        closing = ask.scope in ("branch", "range") if ask.closing is None else ask.closing
        if not (closing and needs & Need.HANDOFF and facts.contract):
            return facts
        from guard.verdict.handoff import closed  # no commit waits for it

        return closed(self._repository, self._objects, facts, ask.given)

    @property
    def repository(self) -> Repository:
        """The repository that is looked at."""
        return self._repository

    @property
    def objects(self) -> Objects:
        """Its objects, open for as long as the reading lasts."""
        return self._objects

    @property
    def bases(self) -> tuple[str, ...]:
        """The merge bases that a branch or a range is compared with, as object ids."""
        return tuple(self._bases)

    @property
    def landing(self) -> str:
        """The commit that the base is about to get, an object id; "" where none is known."""
        return self._ask.landing

    def standing(self, path: str) -> Entry | None:
        """What stands at `path` on the base, after `begin`; None where nothing does."""
        return self._objects.look_up(self._trust.tree, path)

    def doubt(self, facts: Facts) -> None:
        """Start already what `settled` will ask git, as soon as there is something to blame."""
        self._ancestors = self._ask_ancestors(facts)

    def settled(self, facts: Facts) -> Facts:
        """The same facts without the changes that leave the base as it is, so that nobody is blamed for taking something back."""
        asked, self._ancestors = self._ancestors or self._ask_ancestors(facts), None
        from guard.verdict.effect import (  # only where there is something to blame
            idle_paths,
            landed_paths,
        )

        idle = idle_paths(self._repository, self._objects, facts, self._bases, asked)
        if self._ask.landing:
            idle |= landed_paths(self._repository, self._objects, facts, self._ask.landing)
        changes = tuple(change for change in facts.changes if change.path not in idle)
        return facts._replace(changes=changes, idle=frozenset(idle)) if idle else facts

    def _ask_ancestors(self, facts: Facts) -> Process | None:
        """Start looking for the merge base of what is staged, which was compared with none, where there can be one besides its two ends."""
        if (
            self._ask.scope != "staged"
            or facts.head in ("", facts.trusted.oid)
            or self._repository.shallow
        ):
            return None
        from guard.git.compare import ask_ancestors

        return ask_ancestors(self._repository, facts.trusted.oid, [facts.head])

    def _point(self, trust: Trust) -> Point:
        repository, ask = self._repository, self._ask
        if ask.scope != "range":
            found = self._objects.info((ask.head or "HEAD") + "^{commit}")
            if found is None and ask.scope == "branch":
                raise UsageError(
                    "there is no commit on this branch yet", hint="guard check --staged"
                )
            return Point(ask.branch or branch_of(repository), found.oid if found else "")
        head, named = resolve_branch(repository.git, self._objects, ask.head or "HEAD", "--head")
        named = named if ask.head else branch_of(repository)
        return Point(ask.branch or named or branch_at(repository.git, head, trust.base.name), head)

    def _changes(self, trust: Trust, point: Point) -> tuple[list[str], list[Change]]:
        """(what was compared with, the changes)."""
        repository, scope = self._repository, self._ask.scope
        if self._opening.staged:
            from guard.git.compare import staged_changes

            repository.require_top()
            parents = repository.merging() or (repository.announced() if self._ask.merging else [])
            return [point.head], staged_changes(repository, self._opening.staged, parents)
        if scope == "worktree":
            repository.require_top()
            self._bases, changes = self._working_tree(trust, point)
            return self._bases, changes
        from guard.verdict.evil_merges import (
            changes_since,  # loads what only criss-cross histories and merges need
        )

        return self._bases, changes_since(
            repository, self._bases, self._ask.merge or point.head, self._compared
        )

    def _working_tree(self, trust: Trust, point: Point) -> tuple[list[str], list[Change]]:
        from guard.git.compare import merge_bases
        from guard.git.isolate import (
            scratch,  # the snapshot and what it loads are for this scope alone
        )
        from guard.git.merge import virtual_base
        from guard.git.snapshot import working_tree_changes

        repository = self._repository
        bases = (
            merge_bases(repository, trust.base.oid, [point.head, *repository.merging()])
            if point.head
            else []
        )
        with scratch() as folder, virtual_base(repository, bases) as (_, base):
            return bases, working_tree_changes(repository, base, bases, folder)

    def _assigned(self, trust: Trust, point: Point) -> Assigned:
        around = self._ask.scope != "range"
        return assign(
            self._repository,
            self._objects,
            trust,
            point.branch,
            self._ask.contract,
            point.head,
            look_around=around,
        )


def _is_base(
    ask: Ask, point: Point, trust: Trust, bases: list[str], changes: Sequence[Change]
) -> bool:
    """Whether the base itself is checked out, or, detached, a commit of its history with nothing added.

    A pull request's head may carry the base's name: there only history tells. What arrives at the base itself is the base.
    """
    if ask.scope == "range" and not (ask.arriving and point.branch == trust.base.name):
        return bases == [point.head]
    if not point.branch and not ask.contract:
        return bases == [point.head] and not changes
    return point.branch == trust.base.name and not ask.contract


def _not_adopted(trust: Trust) -> NotAdopted:
    return NotAdopted(
        f"there is no {POLICY_FILE} and no contract on {trust.base.short}: nothing to judge by",
        hint=f"guard init, then commit {POLICY_FILE} on {trust.base.name}",
    )


def _listing(repository: Repository, trust: Trust) -> Process:
    return repository.git.start("ls-tree", "-r", "-z", "--name-only", "--full-tree", trust.tree)


def _facts(
    repository: Repository,
    ask: Ask,
    trust: Trust,
    point: Point,
    assigned: Assigned,
    bases: Sequence[str],
    changes: Sequence[Change],
) -> Facts:
    return Facts(
        scope=ask.scope,
        branch=point.branch,
        on_base=False,
        base=bases[0] if bases else "",
        head=point.head,
        trusted=Trusted(trust.base.short, trust.base.oid, assigned.source),
        policy=trust.policy,
        contract=assigned.contract,
        contracts=trust.contracts,
        unreadable=tuple((file, wrong) for _, file, wrong in trust.unreadable),
        declared_in=assigned.declared_in,
        edited_since=False,
        own_files=frozenset(),
        changes=tuple(changes),
        today=time.strftime("%Y-%m-%d"),
        memo=Memo(),
        worktree=repository.top,
        arriving=ask.arriving,
        author=ask.author or "",
        no_unstage=bool(repository.merging())
        or ask.merging
        or repository.index_file != os.path.join(repository.git_dir, "index"),
    )


def _with_own_files(facts: Facts, assigned: Assigned, objects: Objects) -> Facts:
    """Add the paths that the session may always write: its handoff and, untouched since, its own first declaration."""
    contract = assigned.contract
    if contract is None:
        return facts
    handoff = facts.policy.handoff_of(contract.name)
    if assigned.source == "base":
        return facts._replace(own_files=frozenset((handoff,)))
    edited = assigned.source == "branch" and _was_edited(
        facts, contract.file, assigned.blob, objects
    )
    return facts._replace(
        edited_since=edited, own_files=frozenset((handoff,) if edited else (handoff, contract.file))
    )


def _was_edited(facts: Facts, file: str, blob: str, objects: Objects) -> bool:
    change = next((change for change in facts.changes if change.path == file), None)
    if facts.scope != "staged":
        return change is None or change.new_oid != blob
    tip = objects.info(facts.head + "^{tree}")
    entry = objects.look_up(tip.oid, file) if tip else None
    return change is not None or entry is None or entry.oid != blob
