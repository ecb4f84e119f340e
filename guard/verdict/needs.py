"""What only some rules need to know: read on demand, and each part's module loaded then, so that a small commit pays for none of them."""

from __future__ import annotations

import os

from guard.changes.change import ABSENT
from guard.changes.starts_guard import may_start_guard
from guard.core.files import read_head
from guard.core.values import NamedTuple
from guard.rules.facts import Facts, Need, SettingsEdit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.changes.change import Change
    from guard.git.objects import Objects
    from guard.git.plumbing import Process
    from guard.git.repository import Repository
    from guard.rules.facts import MergeEdit
    from guard.verdict.trust import Trust


class Sources(NamedTuple):
    """Where facts come from: the repository and its objects, what is trusted, and the merge bases that the changes were compared with.

    `merge` is the commit that a CI system made of base and head, "" where there is none. `moved` and `merges` are answers that git was
    asked for before: what the base changed since the one merge base, whole folders too, and the merge commits of the branch.
    """

    repository: Repository
    objects: Objects
    trust: Trust
    bases: tuple[str, ...]
    merge: str = ""
    moved: Process | None = None
    merges: Process | None = None


def filled(facts: Facts, needs: int, sources: Sources) -> Facts:
    """Add what the rules need (bits of `Need`) to the facts. Raises GuardError where that cannot be read."""
    if needs & Need.SETTINGS:
        starting = (change for change in facts.changes if may_start_guard(change.path))
        facts = facts._replace(
            settings=tuple(_settings(sources, facts, change) for change in starting)
        )
    if needs & Need.ENTRIES and any(change.status == "A" for change in facts.changes):
        from guard.verdict.neighbours import neighbours

        facts = facts._replace(
            entries=neighbours(sources.objects, sources.trust.tree, facts.changes, facts.tracked)
        )
    if (
        needs & Need.GENERATED
        and facts.changes
        and any(group.generated for group in facts.policy.shared)
    ):
        facts = _with_generated(facts, sources)
    if (
        needs & Need.CONFLICTS and facts.scope in ("branch", "range") and not sources.merge
    ):  # that merge was made already
        from guard.verdict.prediction import foreseen

        found = foreseen(
            sources.repository, sources.objects, sources.trust, sources.bases, facts, sources.moved
        )
        facts = facts._replace(conflicts=found)
    if needs & Need.MERGES and facts.scope != "staged" and facts.head and not facts.on_base:
        facts = _with_merges(facts, sources)
    return facts


def _settings(sources: Sources, facts: Facts, change: Change) -> SettingsEdit:
    before = _content(sources, facts, change.old_mode, change.old_oid, "")
    return SettingsEdit(
        change.path, before, _content(sources, facts, change.new_mode, change.new_oid, change.path)
    )


def _content(sources: Sources, facts: Facts, mode: str, oid: str, path: str) -> bytes | None:
    """A blob, or the file on disk where git has not hashed it; None where it does not exist."""
    if mode == ABSENT:
        return None
    if oid.strip("0") and not (path and facts.scope == "worktree"):
        found = sources.objects.read(oid)
        return found[1] if found else b""
    return read_head(os.path.join(sources.repository.top, path), 1 << 20)


def _with_generated(facts: Facts, sources: Sources) -> Facts:
    from guard.verdict.generated import generated_paths

    repository, objects, tree = sources.repository, sources.objects, sources.trust.tree
    found = generated_paths(
        repository,
        objects,
        tree,
        facts.changes,
        on_disk=facts.scope == "worktree",
        tracked=facts.tracked,
    )
    return facts._replace(generated=found)


def _with_merges(facts: Facts, sources: Sources) -> Facts:
    from guard.verdict.evil_merges import is_cut, merge_edits

    base = sources.trust.base.oid
    if sources.merge and is_cut(sources.repository, base, facts.head):
        return facts._replace(cut=True)
    now = {change.path: change for change in facts.changes}
    edits = merge_edits(sources.repository, base, facts.head, now, sources.merges)
    return facts._replace(merge_edits=tuple(_by_hand(edits, sources)))


def _by_hand(edits: list[MergeEdit], sources: Sources) -> list[MergeEdit]:
    """The edits that no merge driver of the base's explains: what a driver makes of a path is not known without running it."""
    if not edits:
        return edits
    from guard.verdict.generated import merged_otherwise

    driven = merged_otherwise(
        sources.repository, sources.objects, sources.trust.tree, [edit.path for edit in edits]
    )
    return [edit for edit in edits if edit.path not in driven]
