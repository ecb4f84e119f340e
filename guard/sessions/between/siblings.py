"""What other sessions of this repository have changed and committed on their branches."""

from contextlib import suppress

from guard.changes.change import Change
from guard.core.names import ref_of
from guard.git.ancestry import common_ancestors
from guard.git.compare import diff_trees, read_changes
from guard.git.objects import Objects
from guard.git.plumbing import TooMuch
from guard.git.repository import Repository
from guard.git.worktrees import places_unseen
from guard.rules.facts import Facts

_MOST = 50  # worktrees that are looked at


def touched_elsewhere(
    repository: Repository, objects: Objects, facts: Facts
) -> dict[str, list[str]]:
    """Give the changed paths that other worktrees' branches changed, too, with those branches."""
    git, base = repository.git, facts.trusted
    ours = {change.path for change in facts.changes} - facts.own_files
    known = {facts.branch, base.ref, base.ref.removeprefix("origin/"), ""}
    others = [one.branch for one in places_unseen(repository) if one.branch not in known]
    found: dict[str, list[str]] = {}
    for branch in others[:_MOST]:
        tip = objects.info(ref_of(branch) + "^{commit}")
        bases = common_ancestors(repository, base.oid, [tip.oid]) if tip else []
        if tip and len(bases) == 1:
            changes: list[Change] = []
            with suppress(TooMuch):  # a draft can do without
                changes = read_changes(diff_trees(git, bases[0], tip.oid))
            for path in ours.intersection(change.path for change in changes):
                found.setdefault(path, []).append(branch)
    return found
