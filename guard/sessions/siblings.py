"""What other sessions of this repository have changed on their branches, as far as it is committed."""

from __future__ import annotations

from collections.abc import Iterator

from guard.git.compare import common_ancestors
from guard.git.objects import Objects
from guard.git.plumbing import Git, records, worktrees
from guard.git.repository import Repository
from guard.rules.facts import Facts

_MOST = 50  # worktrees that are looked at


def touched_elsewhere(
    repository: Repository, objects: Objects, facts: Facts
) -> dict[str, list[str]]:
    """Give the changed paths that other worktrees' branches have changed, too, each with the names of those branches."""
    ours = {change.path for change in facts.changes} - facts.own_files
    found: dict[str, list[str]] = {}
    for branch in _branches(repository.git, facts):
        tip = objects.info(f"refs/heads/{branch}^{{commit}}")
        bases = common_ancestors(repository, facts.trusted.oid, [tip.oid]) if tip else []
        if not tip or len(bases) != 1:
            continue
        listed = repository.git.run(
            "diff-tree", "-r", "-z", "--no-renames", "--name-only", bases[0], tip.oid
        ).out
        for path in ours.intersection(records(listed)):
            found.setdefault(path, []).append(branch)
    return found


def _branches(git: Git, facts: Facts) -> Iterator[str]:
    """The branches of the other worktrees, the base's aside."""
    known = {facts.branch, facts.trusted.ref, facts.trusted.ref.removeprefix("origin/"), ""}
    yield from [worktree.branch for worktree in worktrees(git) if worktree.branch not in known][
        :_MOST
    ]
