"""What other sessions of this repository have changed and committed on their branches."""

from guard.core.names import ref_of
from guard.git.ancestry import common_ancestors
from guard.git.objects import Objects
from guard.git.plumbing import records
from guard.git.repository import Repository
from guard.git.worktrees import worktrees
from guard.rules.facts import Facts

_MOST = 50  # worktrees that are looked at


def touched_elsewhere(
    repository: Repository, objects: Objects, facts: Facts
) -> dict[str, list[str]]:
    """Give the changed paths that other worktrees' branches changed, too, with those branches."""
    git, base = repository.git, facts.trusted
    ours = {change.path for change in facts.changes} - facts.own_files
    known = {facts.branch, base.ref, base.ref.removeprefix("origin/"), ""}
    others = [worktree.branch for worktree in worktrees(git) if worktree.branch not in known]
    found: dict[str, list[str]] = {}
    for branch in others[:_MOST]:
        tip = objects.info(ref_of(branch) + "^{commit}")
        bases = common_ancestors(repository, base.oid, [tip.oid]) if tip else []
        if tip and len(bases) == 1:
            options = ("-r", "-z", "--no-renames", "--name-only")
            listed = git.run("diff-tree", *options, bases[0], tip.oid).out
            for path in ours.intersection(records(listed)):
                found.setdefault(path, []).append(branch)
    return found
