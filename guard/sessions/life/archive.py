"""Keeps work as a commit below `refs/guard/archive/NAME/`, whatever becomes of its worktree."""

import os
import time
from collections.abc import Sequence

from guard.core.errors import GitError
from guard.git.ancestry import commit_of
from guard.git.isolate import scratch
from guard.git.landing import commit_of_tree
from guard.git.plumbing import Git, as_records, at, records
from guard.git.repository import Repository, open_repository
from guard.git.worktrees import Worktree
from guard.sessions.life.losses import IGNORED, STASHED, UNREACHED, Loss, exact

_ARCHIVE = "refs/guard/archive"
_OUTSIDE = frozenset({STASHED})  # it stays where it is


def archive_worktree(repository: Repository, name: str, one: Worktree, lost: Sequence[Loss]) -> str:
    """Commit what only the worktree has, beside its index and branch; give the ref.

    Commits that are on no branch are parents of that commit.

    Raises GuardError, OSError if git cannot.
    """
    kinds = {loss.kind for loss in lost} - _OUTSIDE
    if one.missing or not kinds:
        return archive_commit(repository, name, one.head)
    there = open_repository(at(one.path))
    unreached = [commit_of(there.git, loss.name) for loss in lost if loss.kind == UNREACHED]
    if kinds == {UNREACHED} and unreached == [one.head]:
        return archive_commit(repository, name, one.head)
    with scratch() as folder:
        git = exact(there.git, there.top).moved(
            GIT_INDEX_FILE=os.path.join(folder, "index"), GIT_LITERAL_PATHSPECS="1"
        )
        git.run("read-tree", one.head or "--empty")
        if outside := _outside(there, git):
            words = ("update-index", "-z", "--skip-worktree", "--stdin")
            git.run(*words, stdin=as_records(outside))
        git.run("add", "--all", "--sparse", "--", ".")
        ignored = [loss.name for loss in lost if loss.kind == IGNORED]
        if ignored:
            listed = as_records(ignored)
            words = ("--force", "--sparse", "--pathspec-from-file=-", "--pathspec-file-nul")
            git.run("add", *words, stdin=listed)
        tree = git.run("write-tree").text.strip()
    staged = there.git.run("write-tree", ok=(0, 128)).text.strip()  # 128: unmerged entries
    parents = [one.head] if one.head else []
    subject = f"work of {name} that was not committed"
    if staged and staged != tree:
        index = commit_of_tree(repository, staged, parents, f"what {name} had staged\n")
        parents = [*parents, index]
    parents += [commit for commit in unreached if commit not in parents]
    return archive_commit(
        repository, name, commit_of_tree(repository, tree, parents, f"{subject}\n")
    )


def _outside(there: Repository, git: Git) -> list[str]:
    """The paths in the index of `git` that the worktree's sparse checkout leaves out."""
    tagged = records(there.git.run("ls-files", "-z", "-t").out)
    skipped = {entry[2:] for entry in tagged if entry[0] == "S"}
    if not skipped:
        return []
    known = skipped.intersection(records(git.run("ls-files", "-z").out))
    return sorted(one for one in known if not os.path.lexists(os.path.join(there.top, one)))


def archive_commit(repository: Repository, name: str, commit: str) -> str:
    """Keep a commit of the session `name` on a ref; give that. Raises GitError."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    for number in range(1, 1000):
        ref = f"{_ARCHIVE}/{name}/{stamp}-{number}"
        words = ("update-ref", "-m", "guard: finish", ref, commit, repository.zero)
        if repository.git.run(*words, ok=(0, 1, 128)).code == 0:
            return ref
    raise GitError(f"{_ARCHIVE}/{name} cannot be written", hint="git for-each-ref refs/guard")
