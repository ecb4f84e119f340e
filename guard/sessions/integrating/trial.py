"""Tries a session on a commit: merge, files made anew, and commands, all of it apart.

New objects go to a store that vanishes. git merges as in `guard conflicts`: with renames as git
finds them and the base's merge attributes, but it runs no merge driver.
"""

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from guard.changes.change import ABSENT, Change
from guard.changes.conflict import Conflict
from guard.contracts.model import Contract, SharedGroup
from guard.core.names import counted, ref_of, show
from guard.git.compare import diff_trees, read_changes
from guard.git.isolate import commit_object, scratch, store_object, with_attributes
from guard.git.landing import commit_of_tree, commit_with
from guard.git.merge import Merge, merge_commits
from guard.git.objects import Entry
from guard.git.plumbing import Git
from guard.git.repository import Repository
from guard.git.trees import snapshot, store_tree_with
from guard.receipts.receipt import Receipt
from guard.receipts.running import TIMED_OUT
from guard.receipts.sealed import line_key
from guard.receipts.store import keep, make_store
from guard.rules.between import Party
from guard.rules.facts import Facts
from guard.rules.findings import Finding
from guard.rules.reach import owned_by
from guard.sessions.closing.apart import Apart, check_out, loosen, receipt_of
from guard.sessions.closing.subjects import messages_of
from guard.sessions.integrating.messages import closing_message, generating_message, message
from guard.sessions.integrating.rewriting import ends_of, parents_of, rebased, without_trailers
from guard.verdict.generated import generated_paths, merge_files
from guard.verdict.integrated import INTEGRATES
from guard.verdict.opening import Sources

# A file that a user's own driver would merge is a conflict wherever both sides changed it.
_OWN_DRIVER = re.compile(rb"(?<=[ \t])merge=(?!(?:text|binary|union)(?:\s|$))\S+")

# A session and a command that starts for it; and again with its receipt.
Tell = Callable[[str, str, Receipt | None], None]


class Candidate(NamedTuple):
    """A session that is to be integrated, with the verdict about it.

    `counts`: its contract is on the base, so that its commands may run. `busy` says what of it is
    not committed. `resolution` is the commit by which somebody merged it with a commit of the
    base, "" if nobody had to; `notes` are about that.
    """

    party: Party
    contract: Contract
    facts: Facts
    findings: tuple[Finding, ...]
    counts: bool
    busy: str = ""
    resolution: str = ""
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the session."""
        return self.party.name

    @property
    def head(self) -> str:
        """The commit that is merged."""
        return self.resolution or self.party.head


def message_of(
    sources: Sources, one: Candidate, onto: str, ends: Collection[str] | None = None
) -> str:
    """Give the message of the commit that brings a session in on top of the commit `onto`.

    Where there is no handoff, the subjects of the commits that `onto` lacks tell of it; if
    these will be gone, all that they say, without the lines at the `ends` of their messages.
    """
    facts = one.facts
    if facts.left and facts.left.handoff:
        return message(facts, one.name, ())
    since = facts._replace(trusted=facts.trusted._replace(oid=onto))
    handoff = facts.policy.handoff_of(one.contract.name)
    said = messages_of(sources.repository, sources.objects, since, handoff)
    commits = [without_trailers(each, ends or ()) for each in said]
    return message(facts, one.name, commits, whole=ends is not None)


class Prefix(NamedTuple):
    """The base with the sessions that are in so far, the last of them by `name`.

    `merged` has the same files as `commit`, and the history by which git merges: with `how` other
    than merge it is a commit of guard's own.
    """

    name: str
    commit: str
    merged: str


class Attempt(NamedTuple):
    """A session on a commit: `commit` and its tree, or the `word` and why it cannot be there.

    `merged` is as for `Prefix`.
    """

    commit: str = ""
    tree: str = ""
    merged: str = ""
    word: str = ""
    why: str = ""
    conflicts: tuple[Conflict, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    failed: Receipt | None = None
    notes: tuple[str, ...] = ()


class Trial:
    """Tries sessions on commits; `sources` has the base, and puts new objects into the store.

    `git` is the isolated one with that store. `real` is the repository, which gets the receipts.
    `limit` is seconds a command; without time, no command runs.
    """

    def __init__(
        self, sources: Sources, git: Git, real: Repository, *, limit: float, tell: Tell
    ) -> None:
        self._sources = sources
        self._git = git
        attributes = merge_files(sources).items()
        files = {path: _OWN_DRIVER.sub(b"-merge", content) for path, content in attributes}
        self._merging = with_attributes(git, files)
        self._real = real
        self._tell = tell
        self._policy = sources.trust.policy
        self._limit = limit
        self._trees = {sources.trust.base.oid: sources.trust.tree}
        self._merges: dict[tuple[str, str], Merge] = {}
        self._groups = {
            group.name: owned_by(Contract("", "", "", merges=(group.name,)), self._policy)
            for group in self._policy.shared
            if group.regenerate
        }

    def merge(self, onto: str, head: str) -> Merge:
        """Merge two commits. Raises GitError if git cannot."""
        if (onto, head) not in self._merges:
            self._merges[onto, head] = merge_commits(self._merging, onto, head)
        return self._merges[onto, head]

    def attempt(self, onto: Prefix, one: Candidate, commands: Sequence[str]) -> Attempt:
        """Try a session on top of others, and run the commands there.

        Raises GuardError where that cannot be judged.
        """
        made = self._merged(onto, one)
        if made.word:
            return made
        if not self._limit or not (self._groups or commands):
            return self._closed(made, one)
        with scratch() as folder:
            try:
                apart = self._checked_out(folder, made.commit)
                for group in self._policy.shared:
                    if group.regenerate and not made.word:
                        made = self._generated(made, one, group, apart)
                if made.word:
                    return made
                made = self._closed(made, one)
                return self._verified(made, one.name, apart, commands)
            finally:
                loosen(folder)

    def passes(self, commit: str, command: str) -> bool:
        """Tell whether a command passes on a commit as it is."""
        with scratch() as folder:
            try:
                apart = self._checked_out(folder, commit)
                return apart.run(command, receipt_of("", "")).passed
            finally:
                loosen(folder)

    def _checked_out(self, folder: str, commit: str) -> Apart:
        base = self._sources.trust.base
        refs = {ref_of(base.name): commit, f"refs/remotes/origin/{base.name}": base.oid}
        policy, limit = self._policy, self._limit
        repository = self._sources.repository
        return check_out(repository, folder, commit, base.name, refs, policy=policy, limit=limit)

    def stops(self, onto: Prefix, one: Candidate) -> tuple[Conflict, ...]:
        """Give the conflicts of a session with others, but for what is made anew anyway."""
        return self._stopping(self.merge(onto.merged, one.head))

    def _stopping(self, merge: Merge) -> tuple[Conflict, ...]:
        if merge.clean or not self._groups:
            return merge.conflicts
        sides = {(stage.path, stage.number): (stage.mode, stage.oid) for stage in merge.stages}
        none = (ABSENT, self._sources.repository.zero)
        changes = []
        for path in {path for each in merge.conflicts for path in each.paths}:
            (old_mode, old), (new_mode, new) = (sides.get((path, side), none) for side in (2, 3))
            changes.append(Change("M", path, old_mode, new_mode, old, new))
        remade = [
            {change.path for change in self._of(group, changes)}
            for group in self._policy.shared
            if group.regenerate
        ]
        return tuple(
            each for each in merge.conflicts if not any({*each.paths} <= paths for paths in remade)
        )

    def _merged(self, onto: Prefix, one: Candidate) -> Attempt:
        merge = self.merge(onto.merged, one.head)
        stopped = self._stopping(merge)
        if stopped:
            return Attempt(word="conflict", conflicts=stopped)
        tree, notes = merge.tree, list[str]()
        if not merge.clean:
            tree = self._with_first_side(merge)
            paths = ", ".join(show(each.path) for each in merge.conflicts)
            notes = [f"{paths}: both changed it; made anew"]
        made = Attempt("", tree, notes=tuple(notes))
        is_whole = bool(one.resolution) and self._how(one) == "merge"
        if is_whole and parents_of(self._git, one.head)[:1] == [onto.commit]:
            return made._replace(commit=one.head, merged=one.head)
        return self._committed(made, onto, one)

    def _how(self, one: Candidate) -> str:
        """A merge that somebody resolved cannot be made of single commits."""
        how = self._policy.integrate_how
        return "squash" if one.resolution and how == "rebase" else how

    def _with_first_side(self, merge: Merge) -> str:
        ours = {stage.path: stage for stage in merge.stages if stage.number == 2}
        entries = {
            path: Entry(ours[path].mode, ours[path].oid) if path in ours else None
            for path in merge.conflicted
        }
        return self._tree_with(merge.tree, entries)

    def _tree_with(self, tree: str, files: Mapping[str, Entry | None]) -> str:
        """A tree with some files changed, or removed (None)."""
        form = self._sources.repository.object_format
        return store_tree_with(self._git, self._sources.objects, tree, files, form)

    def _committed(self, made: Attempt, onto: Prefix, one: Candidate) -> Attempt:
        repository, how = self._sources.repository, self._how(one)
        if how == "rebase":
            commit, why = rebased(repository, self._merging, onto.commit, onto.merged, one.head)
            if commit and self.tree(commit) != made.tree:
                why = "its commits one by one give other files than a merge"
            if why:
                return made._replace(word="rewritten", why=why)
            return self._with(made, commit, made.tree, onto.merged, one.head)
        if how == "squash":
            ends = ends_of(self._git, onto.merged, one.head)
            text = message_of(self._sources, one, onto.merged, ends.known)
            text = f"{text}\n{ends.trailers}{INTEGRATES}: {one.party.head}\n"
            commit = commit_of_tree(repository, made.tree, [onto.commit], text, ends.author)
        else:
            text = message_of(self._sources, one, onto.merged)
            commit = commit_of_tree(repository, made.tree, [onto.commit, one.head], text)
        return self._with(made, commit, made.tree, onto.merged, one.head)

    def _with(self, made: Attempt, commit: str, tree: str, *parents: str) -> Attempt:
        """The attempt with a commit; `parents` are those in the history by which git merges."""
        self._trees[commit] = tree
        merged = commit
        if self._policy.integrate_how != "merge":
            form = self._sources.repository.object_format
            merged = store_object(self._git, "commit", commit_object(tree, *parents), form)
            self._trees[merged] = tree
        return made._replace(commit=commit, tree=tree, merged=merged)

    def tree(self, commit: str) -> str:
        """Give the tree of a commit."""
        if commit not in self._trees:
            words = ("rev-parse", "--verify", f"{commit}^{{tree}}")
            self._trees[commit] = self._git.run(*words).text.strip()
        return self._trees[commit]

    def apart_at_top(self, one: str, other: str) -> set[str]:
        """Give the names at the top of two trees where these differ."""
        ours, theirs = map(self._sources.objects.tree, (one, other))
        return {name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)}

    def _closed(self, made: Attempt, one: Candidate) -> Attempt:
        """Without the session's contract and handoff, if the policy says so."""
        if self._policy.integrate_files != "go":
            return made
        files = (one.contract.file, self._policy.handoff_of(one.contract.name))
        words = ("ls-tree", "-r", "-z", "--name-only", "--full-tree", made.commit, "--", *files)
        there = [path for path in self._git.run(*words).text.split("\0") if path]
        if not there:
            return made
        text = closing_message(one.contract.name)
        repository = self._sources.repository
        commit = commit_with(repository, made.commit, dict.fromkeys(there), text)
        return self._with(made, commit, self.tree(commit), made.merged)

    def _generated(
        self, made: Attempt, one: Candidate, group: SharedGroup, apart: Apart
    ) -> Attempt:
        """Have the files of a group made anew, and commit what has changed of them."""
        receipt = self._run(apart, group.regenerate, one.name, made.tree)
        made = made._replace(receipts=(*made.receipts, receipt))
        if not receipt.passed:
            why = f"{show(group.regenerate)} (regenerate of {group.name}) {_ended(receipt)}"
            return made._replace(word="not-generated", why=why, failed=receipt)
        with scratch() as folder:
            store = os.path.join(self._git.directory, "objects")
            tree = snapshot(apart.repository, folder, store).tree
        changes = read_changes(diff_trees(self._git, made.tree, tree))
        own = {change.path for change in self._of(group, changes)}
        others = [one for one in changes if one.path not in own and one.status != "A"]
        notes = [
            f"{show(group.regenerate)} also changed {show(change.path)}, "
            f"which is not of {group.name}; that is left out"
            for change in others[:1]
        ]
        entries = {
            change.path: None if change.new_mode == ABSENT else Entry(*change.new)
            for change in changes
            if change.path in own
        }
        if entries:
            tree = self._tree_with(made.tree, entries)
            text = generating_message(group.name, group.regenerate, one.name)
            commit = commit_of_tree(self._sources.repository, tree, [made.commit], text)
            made = self._with(made, commit, tree, made.merged)
            count = counted(len(entries), "file")
            notes.append(f"{count} of {group.name} made anew by {show(group.regenerate)}")
        apart.reset(made.commit)
        return made._replace(notes=(*made.notes, *notes))

    def _of(self, group: SharedGroup, changes: Sequence[Change]) -> Iterator[Change]:
        generated: Mapping[str, object] = {}
        if group.generated:
            generated = generated_paths(self._sources, changes, on_disk=False)
        has = self._groups[group.name]
        yield from (one for one in changes if has(one.path) or one.path in generated)

    def _verified(self, made: Attempt, name: str, apart: Apart, commands: Sequence[str]) -> Attempt:
        for command in commands:
            apart = apart.reset(made.commit)
            receipt = self._run(apart, command, name, made.tree)
            made = made._replace(receipts=(*made.receipts, receipt))
            if not receipt.passed:
                why = f"{show(command)} {_ended(receipt)}"
                return made._replace(word="failed", why=why, failed=receipt)
            if receipt.altered:
                changed = [path for letter, path in receipt.changed if letter != "A"]
                named = show(changed[0]) if changed else counted(receipt.altered, "file")
                why = f"{show(command)} passed, but changed what is to land, such as {named}"
                return made._replace(word="altered", why=why, failed=receipt)
        return made

    def _run(self, apart: Apart, command: str, name: str, tree: str) -> Receipt:
        """Run a command, and keep a receipt of the tree that it ran on."""
        self._tell(name, command, None)
        base = self._sources.trust.base.name
        receipt = apart.run(command, receipt_of(base, name, tree))
        store = make_store(self._real)
        receipt = receipt._replace(command=line_key(command, store.key))
        receipt = receipt._replace(id=keep(store, receipt))
        self._tell(name, command, receipt)
        return receipt


def _ended(receipt: Receipt) -> str:
    if receipt.exit == TIMED_OUT:
        return f"did not end in time, and was stopped after {receipt.took}"
    return f"failed with exit status {receipt.exit}"
