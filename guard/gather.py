"""Every read happens here: a scope and what the rules need → `Facts`."""

from __future__ import annotations

import os
import time

from guard.assign import Assigned, assign, not_for
from guard.changes.values import ABSENT
from guard.compare import diff_trees, merge_bases, staged_changes
from guard.contracts.settings import may_start_guard
from guard.contracts.values import POLICY_FILE
from guard.errors import NotAdopted, UsageError
from guard.facts import Facts, Need, SettingsEdit
from guard.findings import Trusted
from guard.repository import branch_of, head_of_file
from guard.trust import Search, branch_at, branch_name, read_trust, resolve
from guard.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from guard.changes.values import Change
    from guard.facts import MergeEdit
    from guard.objects import Objects
    from guard.opening import Opening
    from guard.plumbing import Process
    from guard.repository import Repository
    from guard.trust import Trust

SCOPES = ("staged", "worktree", "branch", "range")


class Ask(NamedTuple):
    """What a command asks for: a scope, and what a person chose over the policy's defaults ("" where nothing).

    `base` and `head` are revs; `contract` is a name; `branch` names the branch where HEAD cannot (a pull request's head); `merging` tells
    that git is about to commit a merge by itself. `arriving` tells that `head`, an object id, is about to become the tip of `branch`: then
    the base's own name means that it lands there, and without common history all that is on it is its own. What a CI system says: `called`
    is the name of the branch whose tip is `base`; `merge` is the commit that it made of base and head, which spares their history; `author`
    is a login, "" if it names nobody, None where it was not asked.
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opening.close()

    def begin(self) -> None:
        """Find the base and start what git has to compare. Raises GuardError where the base, the policy or the history cannot be read."""
        repository, ask = self._repository, self._ask
        search = Search(repository, self._objects, gate=ask.scope == "range")
        self._trust = read_trust(repository, self._objects, search, ask.base, ask.called)
        self._at = self._point(self._trust)
        if not self._trust.adopted:
            raise _not_adopted(self._trust)
        self._bases: list[str] = []
        self._compared: Process | None = None
        if ask.scope in ("branch", "range"):
            base = self._trust.base.oid
            self._bases = [base] if ask.merge else merge_bases(repository, base, [self._at.head], related=not ask.arriving)
            self._compared = diff_trees(repository.git, self._bases[0], ask.merge or self._at.head) if len(self._bases) == 1 else None
        self._listing = _listing(repository, self._trust) if ask.scope != "staged" else None

    def facts(self, needs: int) -> Facts:
        """Gather, after `begin`. Raises GuardError where policy, contract or history cannot be read or decided."""
        trust, point = self._trust, self._at
        bases, changes = self._changes(trust, point)
        on_base = _is_base(self._ask, point, trust, bases, changes)
        assigned = Assigned() if on_base else self._assigned(trust, point)
        refused = not_for(assigned.contract, self._ask.author)
        assigned = Assigned() if refused else assigned
        facts = _facts(self._repository, self._ask, trust, point, assigned, bases, changes)._replace(on_base=on_base, refused=refused)
        facts = _with_own_files(facts, assigned, self._objects)._replace(tracked=self._listing.answer().out if self._listing else b"")
        return self._filled(facts, trust, needs)

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

    def settled(self, facts: Facts) -> Facts:
        """The same facts without the changes that leave the base as it is, so that nobody is blamed for taking something back."""
        from guard.idle import idle_paths  # only where there is something to blame

        idle = idle_paths(self._repository, facts, self._bases)
        return facts._replace(changes=tuple(change for change in facts.changes if change.path not in idle)) if idle else facts

    def _point(self, trust: Trust) -> Point:
        repository, ask = self._repository, self._ask
        if ask.scope != "range":
            found = self._objects.info((ask.head or "HEAD") + "^{commit}")
            if found is None and ask.scope == "branch":
                raise UsageError("there is no commit on this branch yet", hint="guard check --staged")
            return Point(ask.branch or branch_of(repository), found.oid if found else "")
        head = resolve(repository.git, ask.head or "HEAD", "--head")
        named = branch_name(repository.git, ask.head) if ask.head else branch_of(repository)
        return Point(ask.branch or named or branch_at(repository.git, head, trust.base.name), head)

    def _changes(self, trust: Trust, point: Point) -> tuple[list[str], list[Change]]:
        """(what was compared with, the changes)."""
        repository, scope = self._repository, self._ask.scope
        if self._opening.staged:
            repository.require_top()
            parents = repository.merging() or (repository.announced() if self._ask.merging else [])
            return [point.head], staged_changes(repository, self._opening.staged, parents)
        if scope == "worktree":
            repository.require_top()
            self._bases, changes = self._working_tree(trust, point)
            return self._bases, changes
        from guard.remerge import changes_since  # loads what only criss-cross histories and merges need

        return self._bases, changes_since(repository, self._bases, self._ask.merge or point.head, self._compared)

    def _working_tree(self, trust: Trust, point: Point) -> tuple[list[str], list[Change]]:
        from guard.isolate import scratch  # the snapshot and what it loads are for this scope alone
        from guard.remerge import virtual_base
        from guard.snapshot import working_tree_changes

        repository = self._repository
        bases = merge_bases(repository, trust.base.oid, [point.head, *repository.merging()]) if point.head else []
        with scratch() as folder, virtual_base(repository, bases) as (_, base):
            return bases, working_tree_changes(repository, base, bases, folder)

    def _assigned(self, trust: Trust, point: Point) -> Assigned:
        around = self._ask.scope != "range"
        return assign(self._repository, self._objects, trust, point.branch, self._ask.contract, point.head, look_around=around)

    def _filled(self, facts: Facts, trust: Trust, needs: int) -> Facts:
        """Add what only some rules need. Each part loads its module here, so that a small commit pays for none of them."""
        if needs & Need.SETTINGS:
            facts = facts._replace(settings=tuple(self._settings(change) for change in facts.changes if may_start_guard(change.path)))
        if needs & Need.ENTRIES and any(change.status == "A" for change in facts.changes):
            from guard.neighbours import neighbours

            facts = facts._replace(entries=neighbours(self._objects, trust.tree, facts.changes, facts.tracked))
        if needs & Need.GENERATED and facts.changes and any(group.generated for group in facts.policy.shared):
            from guard.recognise import generated_paths

            on_disk = facts.scope == "worktree"
            facts = facts._replace(
                generated=generated_paths(
                    self._repository, self._objects, trust.tree, facts.changes, on_disk=on_disk, tracked=facts.tracked
                )
            )
        if needs & Need.CONFLICTS and facts.scope in ("branch", "range") and not self._ask.merge:  # that merge was made already
            from guard.prediction import foreseen

            facts = facts._replace(conflicts=foreseen(self._repository, self._objects, trust, self._bases, facts))
        if needs & Need.MERGES and facts.scope != "staged" and facts.head and not facts.on_base:
            from guard.remerge import is_cut, merge_edits

            if self._ask.merge and is_cut(self._repository, trust.base.oid, facts.head):
                return facts._replace(cut=True)
            now = {change.path: change for change in facts.changes}
            edits = merge_edits(self._repository, trust.base.oid, facts.head, now)
            facts = facts._replace(merge_edits=tuple(self._by_hand(edits, trust)))
        return facts

    def _by_hand(self, edits: list[MergeEdit], trust: Trust) -> list[MergeEdit]:
        """The edits that no merge driver of the base's explains: what a driver makes of a path is not known without running it."""
        if not edits:
            return edits
        from guard.recognise import merged_otherwise

        driven = merged_otherwise(self._repository, self._objects, trust.tree, [edit.path for edit in edits])
        return [edit for edit in edits if edit.path not in driven]

    def _settings(self, change: Change) -> SettingsEdit:
        return SettingsEdit(
            change.path, self._content(change.old_mode, change.old_oid, ""), self._content(change.new_mode, change.new_oid, change.path)
        )

    def _content(self, mode: str, oid: str, path: str) -> bytes | None:
        """A blob, or the file on disk where git has not hashed it; None where it does not exist."""
        if mode == ABSENT:
            return None
        if oid.strip("0") and not (path and self._ask.scope == "worktree"):
            found = self._objects.read(oid)
            return found[1] if found else b""
        return head_of_file(self._repository.top, path, 1 << 20)


def _is_base(ask: Ask, point: Point, trust: Trust, bases: list[str], changes: Sequence[Change]) -> bool:
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
    repository: Repository, ask: Ask, trust: Trust, point: Point, assigned: Assigned, bases: Sequence[str], changes: Sequence[Change]
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
        worktree=repository.top,
        arriving=ask.arriving,
        author=ask.author or "",
        no_unstage=bool(repository.merging()) or ask.merging or repository.index_file != os.path.join(repository.git_dir, "index"),
    )


def _with_own_files(facts: Facts, assigned: Assigned, objects: Objects) -> Facts:
    """Add the paths that the session may always write: its handoff and, untouched since, its own first declaration."""
    contract = assigned.contract
    if contract is None:
        return facts
    handoff = facts.policy.handoff_file.replace("{name}", contract.name)
    if assigned.source == "base":
        return facts._replace(own_files=frozenset((handoff,)))
    edited = assigned.source == "branch" and _was_edited(facts, contract.file, assigned.blob, objects)
    return facts._replace(edited_since=edited, own_files=frozenset((handoff,) if edited else (handoff, contract.file)))


def _was_edited(facts: Facts, file: str, blob: str, objects: Objects) -> bool:
    change = next((change for change in facts.changes if change.path == file), None)
    if facts.scope != "staged":
        return change is None or change.new_oid != blob
    tip = objects.info(facts.head + "^{tree}")
    entry = objects.look_up(tip.oid, file) if tip else None
    return change is not None or entry is None or entry.oid != blob
