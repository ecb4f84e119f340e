"""What only few change sets need: settings that start guard, submodules, merge commits."""

from __future__ import annotations

import os

from guard.changes.change import ABSENT, GITLINK
from guard.git.plumbing import records
from guard.rules.facts import Need

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from guard.changes.change import Change
    from guard.changes.starts_guard_edit import SettingsEdit
    from guard.rules.facts import Facts
    from guard.verdict.opening import Sources


def submodules(sources: Sources, facts: Facts) -> bytes:
    """Give the base's submodules, if a pattern of folders matches nothing else (git-ls-tree(1)).

    A listing of files names a submodule without the slash at its end.
    """
    from guard.git.compare import list_tree, read_listing
    from guard.rules.dead import listing_of, unmatched, unseen

    dead = (pattern.rstrip(" ") for pattern in unseen(facts))
    names = tuple(pattern.removesuffix("/") for pattern in dead if pattern.endswith("/"))
    if len(unmatched(names, (facts.tracked,))) == len(set(names)):
        return b""
    listing = list_tree(sources.repository.git, sources.trust.tree, "-d")
    entries = [entry.partition("\t") for entry in records(read_listing(listing))]
    return listing_of(path + "/" for state, _, path in entries if state.startswith(GITLINK))


def settings_edits(
    sources: Sources, facts: Facts, starting: Iterable[Change]
) -> tuple[SettingsEdit, ...]:
    """Give both versions of the changed files that may start guard."""
    return tuple(_settings(sources, facts, change) for change in starting)


def _settings(sources: Sources, facts: Facts, change: Change) -> SettingsEdit:
    from guard.changes.starts_guard_edit import SettingsEdit  # few commits change settings

    before = _content(sources, facts, change.old_mode, change.old_oid, "")
    after = _content(sources, facts, change.new_mode, change.new_oid, change.path)
    if change.old_mode == "100755" != change.new_mode:
        after = None  # git runs no hook that cannot be executed (githooks(5))
    return SettingsEdit(change.path, before, after)


def _content(sources: Sources, facts: Facts, mode: str, oid: str, path: str) -> bytes | None:
    """A blob, or the file on disk if git has not hashed it; None for no file."""
    if mode == ABSENT:
        return None
    if oid.strip("0") and not (path and facts.scope == "worktree"):
        found = sources.objects.read(oid)
        return found[1] if found else b""
    from guard.core.files import read_head  # a kept commit reads no file

    return read_head(os.path.join(sources.repository.top, path), 1 << 20)


def with_rivals_done(sources: Sources, facts: Facts) -> Facts:
    """Add which of the contracts that may overlap with this one are done."""
    from guard.rules import has_use  # a commit does not ask

    if not has_use(facts, Need.OPEN):
        return facts
    from guard.rules.rivals import rivals  # most sessions have no other beside them

    concerned = rivals(facts)
    if not concerned:
        return facts
    from guard.verdict.integrated import done

    return facts._replace(integrated=done(sources, concerned))


def with_merges(sources: Sources, facts: Facts) -> Facts:
    """Add what the branch's merge commits did, or that the clone is cut within the branch."""
    from guard.verdict.since import is_cut, merges_since

    if sources.merge and is_cut(sources.repository, sources.trust.base.oid, facts.head):
        return facts._replace(cut=True)
    lines = merges_since(sources, facts.head)
    if not lines:
        return facts
    from guard.verdict.evil_merges import merge_edits  # most branches have no merge

    return facts._replace(merge_edits=tuple(merge_edits(sources, facts, lines)))
