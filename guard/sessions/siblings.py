"""The committed changes of the other sessions of this repository."""

from __future__ import annotations

from guard.core.refs import ref_of
from guard.git.compare import common_ancestors
from guard.git.objects import Objects
from guard.git.plumbing import Git, records, worktrees
from guard.git.repository import Repository
from guard.rules.facts import Facts

_MOST = 50  # worktrees that are looked at


def touched_elsewhere(
    repository: Repository, objects: Objects, facts: Facts
) -> dict[str, list[str]]:
    """Give the changed paths that other worktrees' branches change, too, with those branches."""
    ours = {change.path for change in facts.changes} - facts.own_files
    found: dict[str, list[str]] = {}
    for branch in _branches(repository.git, facts):
        tip = objects.info(f"{ref_of(branch)}^{{commit}}")
        bases = common_ancestors(repository, facts.trusted.oid, [tip.oid]) if tip else []
        if not tip or len(bases) != 1:
            continue
        options = ("-r", "-z", "--no-renames", "--name-only")
        listed = repository.git.run("diff-tree", *options, bases[0], tip.oid).out
        for path in ours.intersection(records(listed)):
            found.setdefault(path, []).append(branch)
    return found


def _branches(git: Git, facts: Facts) -> list[str]:
    """The branches of the other worktrees, without the base."""
    known = {facts.branch, facts.trusted.ref, facts.trusted.ref.removeprefix("origin/"), ""}
    branches = [worktree.branch for worktree in worktrees(git)]
    return [branch for branch in branches if branch not in known][:_MOST]
