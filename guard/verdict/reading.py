"""Reads a change set in steps; each takes what the one before it gave.

`Reading` opens the repository; `begin` finds the base and starts git's comparisons; `gather` waits
for them and reads what the rules need. A broken contract gets a second look, in `doubt`.
"""

from __future__ import annotations

import os
import time

from guard.changes.starts_guard import may_start_guard
from guard.core.errors import UsageError
from guard.core.values import NamedTuple
from guard.git.repository import branch_of
from guard.rules.facts import Facts, Memo, Need
from guard.rules.report import Trusted
from guard.verdict.opening import Opening, Sources, ask_since, load_rest, with_bases
from guard.verdict.search import Search
from guard.verdict.session import session_under, who_works_here
from guard.verdict.trust import not_adopted, read_trust

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

    from guard.changes.change import Change
    from guard.git.objects import Entry, Info
    from guard.git.plumbing import Process
    from guard.git.snapshot import Asked
    from guard.handoffs.values import Given
    from guard.rules.between import Beside
    from guard.verdict.search import Ref
    from guard.verdict.session import Session


class Ask(NamedTuple):
    """What a command asks for: a scope, and what a person chose over the policy's defaults.

    `base` and `head` are revs, `contract` is a name. `branch` names the branch if HEAD cannot (a
    pull request's head). `merging`: git is about to commit a merge by itself.

    `arriving`: `head`, an object id, is about to be the tip of `branch`. If that is the base, it
    lands there; without common history all commits are the branch's own. `lands`: the head itself
    becomes the tip of a base, so nothing is merged. `served`: it arrives at this very repository,
    where whoever pushes chooses the names of refs.

    `called` is the branch with the tip `base`, to which the change goes, from CI or in a push. From
    CI: the system made the commit `merge` of base and head; `author` is a login, "" if unknown,
    None if it was not asked.

    `closing`: the session ends, so its handoff and receipts are judged, also by what is `given`;
    None means in a branch and a range. `bound` is the contract that an agent's conversation began
    under. `beside` looks around: at other sessions and what they do (None: there is no need).
    `folders` of the base are going to be looked at (`Begun.entry_on_base`).
    """

    scope: str = "worktree"
    base: str = ""
    head: str = ""
    contract: str = ""
    branch: str = ""
    merging: bool = False
    arriving: bool = False
    called: Ref | None = None
    merge: str = ""
    author: str | None = None
    lands: bool = False
    served: bool = False
    closing: bool | None = None
    given: Given | None = None
    bound: str = ""
    beside: Callable[[Sources, Facts], Beside | None] | None = None
    folders: Sequence[str] = ()


class Reading:
    """Step one: an open repository; git looks for the base."""

    def __init__(self, opening: Opening, ask: Ask) -> None:
        self._opening = opening
        self._ask = ask
        repository, where, branch = opening.repository(), "here", ask.branch
        if ask.scope == "worktree":
            opening.ask_working_tree()
        if ask.scope == "range":
            where = "server" if ask.served else "push" if ask.arriving else "gate"
        elif not branch:
            branch = branch_of(repository)
        head = ask.head or "HEAD"
        self._search = Search(
            repository, opening.objects, where, head=head, branch=branch, folders=ask.folders
        )
        self._tip = "" if ask.scope == "range" else head + "^{commit}"
        if self._tip:
            opening.objects.ahead(self._tip)
        if not ask.base:
            self._search.ahead()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opening.close()

    def begin(self) -> Begun:
        """Find the base and start git's comparisons.

        Raises GuardError where the base, the policy or the history cannot be read.
        """
        ask, repository, objects = self._ask, self._search.repository, self._search.objects
        tip = objects.info(self._tip) if self._tip else None
        trust = self._opening.trust or read_trust(self._search, ask.base, ask.called)
        branch, head = self._point(trust.base, tip)
        if not trust.adopted:
            raise not_adopted(trust.base)
        sources, compared = Sources(repository, objects, trust, merge=ask.merge), None
        if ask.scope in ("branch", "range"):
            sources, compared = _compared(sources, ask, head)
            for module in self._opening.meanwhile if compared else ():
                __import__(module)
        elif ask.scope == "worktree" and head:
            sources = ask_since(with_bases(sources, [head, *repository.merging()]), head)
        opening = self._opening
        return Begun(ask, sources, branch, head, opening.staged, compared, opening.asked)

    def _point(self, base: Ref, tip: Info | None) -> tuple[str, str]:
        repository, objects, ask = self._search.repository, self._search.objects, self._ask
        if ask.scope != "range":
            if tip is None and ask.scope == "branch":
                raise UsageError(
                    "there is no commit on this branch yet", hint="guard check --staged"
                )
            return self._search.branch, tip.oid if tip else ""
        from guard.verdict.revs import branch_at, resolve_branch

        head, named = resolve_branch(repository.git, objects, ask.head or "HEAD", "--head")
        if not ask.head:
            named = branch_of(repository)
        return ask.branch or named or branch_at(repository.git, head, base.name), head


def _compared(sources: Sources, ask: Ask, head: str) -> tuple[Sources, Process | None]:
    from guard.git.compare import diff_trees

    if ask.merge:
        sources, compared = sources._replace(bases=(sources.trust.base.oid,)), None
    else:
        sources, compared = with_bases(sources, [head], related=not ask.arriving), None
    if len(sources.bases) == 1:
        compared = diff_trees(sources.repository.git, sources.bases[0], ask.merge or head)
    return ask_since(sources, head), compared


class Begun(NamedTuple):
    """Step two: the base is known, and git compares.

    The change set ends at `branch` ("" if detached) and `head` ("" before the first commit).
    `staged` compares the index with HEAD, `compared` the head with the only merge base, `asked` is
    about the working tree; None if not started.
    """

    ask: Ask
    sources: Sources
    branch: str
    head: str
    staged: Process | None
    compared: Process | None
    asked: Asked | None = None

    def entry_on_base(self, path: str) -> Entry | None:
        """Find what the base has at `path`."""
        return self.sources.objects.look_up(self.sources.trust.tree, path)

    def gather(
        self, needs: int, proposed: Sequence[Change] | None = None, bases: Sequence[str] = ()
    ) -> Gathered:
        """Read what the rules need (bits of `Need`).

        `proposed` changes count as the next commit, or as what was done since the merge `bases`;
        nothing is compared then. Raises GuardError where policy, contract or history cannot be read
        or decided.
        """
        apart, listing, lists = False, None, needs & (Need.TRACKED | Need.LISTED)
        for _ in load_rest(needs, self.sources, self.head) if self.compared else ():
            if lists and not listing and self.compared and self.compared.ended():
                listing = self._list()
        if lists and not listing:
            listing = self._list()
        since = list(bases) or [self.head]
        if proposed is None:
            since, proposed, apart = self._changes()
        sources = self.sources._replace(bases=tuple(since), apart=apart)
        ask, session = self.ask, None
        if ask.bound:
            session = session_under(sources, self.branch, self.head, ask.bound)
        session = session or who_works_here(
            sources,
            self.branch,
            self.head,
            ask.contract,
            ask.author,
            on_base=self._is_base(since, proposed),
            look_around=ask.scope != "range",
        )
        facts = self._facts(since, proposed, session)
        if listing:
            from guard.git.compare import read_listing
            from guard.rules.survey import match

            match(facts)  # while git lists
            facts = facts._replace(tracked=read_listing(listing))
        facts = _filled(facts, needs, sources)
        closing = ask.closing
        if closing is None:
            closing = ask.scope in ("branch", "range")
        if closing and needs & Need.HANDOFF and facts.contract:
            from guard.verdict.handoff import closed  # no commit waits for it

            facts = closed(sources, facts, ask.given)
        if ask.beside and needs & Need.BESIDE:
            facts = facts._replace(beside=ask.beside(sources, facts))
        return Gathered(ask, sources, facts)

    def _list(self) -> Process | None:
        """Start listing the base, which takes longest; while git compares, it would delay that."""
        from guard.git.compare import list_tree

        git, tree = self.sources.repository.git, self.sources.trust.tree
        return None if self.ask.scope == "staged" else list_tree(git, tree, "--name-only")

    def _changes(self) -> tuple[list[str], Sequence[Change], bool]:
        """What the changes are compared with, the changes, and `Sources.apart`."""
        repository, ask = self.sources.repository, self.ask
        if self.staged:
            from guard.git.compare import staged_changes

            repository.require_top()
            parents = repository.merging() or (repository.announced() if ask.merging else [])
            return [self.head], staged_changes(repository, self.staged, parents), False
        if ask.scope == "worktree":
            repository.require_top()
            return *self._working_tree(), False
        from guard.verdict.since import changes_since  # for histories and merges alone

        since = changes_since(self.sources, ask.merge or self.head, self.compared)
        return list(self.sources.bases), since.changes, since.apart

    def _working_tree(self) -> tuple[list[str], Sequence[Change]]:
        from guard.git.isolate import scratch  # this and what follows are for this scope alone
        from guard.git.merge import virtual_base
        from guard.git.snapshot import working_tree_changes

        repository, bases = self.sources.repository, list(self.sources.bases)
        with scratch() as folder, virtual_base(repository, bases) as (_, base):
            return bases, working_tree_changes(repository, base, bases, folder, self.asked)

    def _is_base(self, bases: list[str], changes: Sequence[Change]) -> bool:
        """Whether the base is checked out, or, detached, a commit of its history without changes.

        A pull request's head may have the base's name; what arrives at the base is the base.
        """
        ask, base = self.ask, self.sources.trust.home
        if ask.scope == "range" and not (ask.arriving and self.branch == base.name):
            return bases == [self.head]
        if not self.branch and not ask.contract:
            return bases == [self.head] and not changes
        granting = self.sources.trust.granting
        return self.branch in (base.name, granting.name) and not ask.contract

    def _facts(self, bases: list[str], changes: Sequence[Change], session: Session) -> Facts:
        ask, repository, trust = self.ask, self.sources.repository, session.trust
        index = os.path.join(repository.git_dir, "index")
        edited = session.source == "branch" and self._was_edited(session, changes)
        own_files = {session.handoff} if session.contract else set()
        if session.contract and (
            self._declares(session, edited=edited) or self._closes(session, changes)
        ):
            own_files.add(session.contract.file)
        return Facts(
            scope=ask.scope,
            branch=self.branch,
            on_base=session.on_base,
            base=bases[0] if bases else "",
            head=self.head,
            trusted=Trusted(
                trust.base.short,
                trust.base.oid,
                session.source,
                *trust.source[1:],
                *trust.elsewhere[1:],
            ),
            policy=trust.policy,
            contract=session.contract,
            contracts=trust.contracts,
            unreadable=tuple((file, wrong) for _, file, wrong in trust.unreadable),
            declared_in=session.declared_in,
            edited_since=edited,
            own_files=frozenset(own_files),
            changes=tuple(changes),
            today=time.strftime("%Y-%m-%d"),
            memo=Memo(),
            worktree=repository.top,
            arriving=ask.arriving,
            author=ask.author or "",
            refused=session.refused,
            no_unstage=bool(repository.merging()) or ask.merging or repository.index_file != index,
        )

    def _declares(self, session: Session, *, edited: bool) -> bool:
        """Whether the file is the branch's first declaration, or has no effect on the base."""
        return bool(session.trust.elsewhere.oid) or (session.source != "base" and not edited)

    def _closes(self, session: Session, changes: Sequence[Change]) -> bool:
        """Whether the branch deletes its contract on the base, and no other branch needs that."""
        contract = session.contract
        gone = {change.path for change in changes if change.status == "D"}
        if not contract or contract.standing or contract.file not in gone:
            return False
        from guard.verdict.integrated import works_under  # once in a session

        return not works_under(self.sources, contract, besides=self.branch)

    def _was_edited(self, session: Session, changes: Sequence[Change]) -> bool:
        """Whether the contract's first declaration is another by now; deleting it closes it."""
        file, objects = session.contract.file if session.contract else "", self.sources.objects
        change = next((change for change in changes if change.path == file), None)
        if change:
            return change.status != "D" and change.new_oid != session.blob
        if self.ask.scope != "staged":
            return False
        tip = objects.info(self.head + "^{tree}")
        entry = objects.look_up(tip.oid, file) if tip else None
        return entry is not None and entry.oid != session.blob


def _filled(facts: Facts, needs: int, sources: Sources) -> Facts:
    """Add what the rules need (bits of `Need`). Raises GuardError where that cannot be read."""
    if needs & Need.SETTINGS:
        starting = [change for change in facts.changes if may_start_guard(change.path)]
        if starting:
            from guard.verdict.needs import settings_edits  # few commits change settings

            facts = facts._replace(settings=settings_edits(sources, facts, starting))
    if needs & Need.ENTRIES and any(change.status == "A" for change in facts.changes):
        from guard.verdict.neighbours import neighbours

        facts = facts._replace(entries=neighbours(sources, facts))
    if needs & Need.TRACKED and facts.tracked:
        from guard.verdict.needs import submodules

        facts = facts._replace(submodules=submodules(sources, facts))
    if any(group.generated for group in facts.policy.shared):
        needs |= Need.ALL_GENERATED * bool(needs & Need.GENERATED)
    if needs & Need.ALL_GENERATED and facts.changes:
        from guard.verdict.generated import generated_paths

        on_disk = facts.scope == "worktree"
        generated = generated_paths(sources, facts.changes, facts.tracked, on_disk=on_disk)
        facts = facts._replace(generated=generated)
    if needs & Need.OPEN and facts.scope != "staged":
        from guard.verdict.needs import with_rivals_done

        facts = with_rivals_done(sources, facts)
    # The merge that a CI system made did not stop.
    if needs & Need.CONFLICTS and facts.scope in ("branch", "range") and not sources.merge:
        from guard.verdict.prediction import with_conflicts

        facts = with_conflicts(sources, facts)
    if needs & Need.MERGES and facts.scope != "staged" and facts.head and not facts.on_base:
        from guard.verdict.needs import with_merges

        facts = with_merges(sources, facts)
    return facts


class Gathered(NamedTuple):
    """Step three: the facts, ready to be judged."""

    ask: Ask
    sources: Sources
    facts: Facts
