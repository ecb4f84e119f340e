"""What only some rules need: read on demand, each part by a module that is loaded then."""

from __future__ import annotations

import os

from guard.changes.change import ABSENT, GITLINK
from guard.changes.starts_guard import may_start_guard
from guard.git.plumbing import records
from guard.rules.facts import Facts, Need, SettingsEdit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.changes.change import Change
    from guard.verdict.opening import Sources


def filled(facts: Facts, needs: int, sources: Sources) -> Facts:
    """Add what the rules need (bits of `Need`). Raises GuardError where that cannot be read."""
    if needs & Need.SETTINGS:
        settings = tuple(
            _settings(sources, facts, change)
            for change in facts.changes
            if may_start_guard(change.path)
        )
        facts = facts._replace(settings=settings)
    if needs & Need.ENTRIES and any(change.status == "A" for change in facts.changes):
        from guard.verdict.neighbours import neighbours

        facts = facts._replace(entries=neighbours(sources, facts))
    if needs & Need.TRACKED and facts.tracked:
        facts = facts._replace(submodules=_submodules(sources, facts))
    matters = any(group.generated for group in facts.policy.shared)
    if needs & Need.GENERATED and facts.changes and matters:
        from guard.verdict.generated import generated_paths

        on_disk = facts.scope == "worktree"
        generated = generated_paths(sources, facts.changes, facts.tracked, on_disk=on_disk)
        facts = facts._replace(generated=generated)
    if needs & Need.OPEN and facts.scope != "staged":
        facts = _with_rivals_done(facts, sources)
    # The merge that a CI system made did not stop.
    if needs & Need.CONFLICTS and facts.scope in ("branch", "range") and not sources.merge:
        from guard.verdict.prediction import foreseen

        facts = facts._replace(conflicts=foreseen(sources, facts))
    if needs & Need.MERGES and facts.scope != "staged" and facts.head and not facts.on_base:
        facts = _with_merges(facts, sources)
    return facts


def _submodules(sources: Sources, facts: Facts) -> bytes:
    """The base's submodules, if a pattern of folders matches nothing else (git-ls-tree(1)).

    A listing of files names a submodule without the slash at its end.
    """
    from guard.rules.dead import listing_of, unmatched, unseen

    dead = (pattern.rstrip(" ") for pattern in unseen(facts))
    names = tuple(pattern.removesuffix("/") for pattern in dead if pattern.endswith("/"))
    if len(unmatched(names, (facts.tracked,))) == len(set(names)):
        return b""
    words = ("-r", "-d", "-z", "--full-tree", sources.trust.tree)
    entries = [
        entry.partition("\t")
        for entry in records(sources.repository.git.run("ls-tree", *words).out)
    ]
    return listing_of(path + "/" for state, _, path in entries if state.startswith(GITLINK))


def _settings(sources: Sources, facts: Facts, change: Change) -> SettingsEdit:
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


def _with_rivals_done(facts: Facts, sources: Sources) -> Facts:
    from guard.rules import has_use  # a commit does not ask

    if not has_use(facts, Need.OPEN):
        return facts
    from guard.rules.rivals import rivals  # most sessions have no other beside them

    concerned = rivals(facts)
    if not concerned:
        return facts
    from guard.verdict.integrated import done

    return facts._replace(integrated=done(sources, concerned))


def _with_merges(facts: Facts, sources: Sources) -> Facts:
    from guard.verdict.since import is_cut, merges_since

    if sources.merge and is_cut(sources.repository, sources.trust.base.oid, facts.head):
        return facts._replace(cut=True)
    lines = merges_since(sources, facts.head)
    if not lines:
        return facts
    from guard.verdict.evil_merges import merge_edits  # most branches have no merge

    return facts._replace(merge_edits=tuple(merge_edits(sources, facts, lines)))
