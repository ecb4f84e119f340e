"""What changed: the two states that a scope compares, and the paths that differ between them."""

from __future__ import annotations

from guard.core.errors import GitError, Incomplete
from guard.git.plumbing import require
from guard.git.raw import parse_raw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from guard.changes.change import Change
    from guard.git.plumbing import Git, Process
    from guard.git.repository import Repository

# git-diff-tree(1): raw records, whole ids, no guesses at renames, and submodules whatever `.gitmodules` says about them.
_NO_INDEX = "/nonexistent/index"
_RAW = ("--raw", "-z", "--no-renames", "--no-abbrev", "--ignore-submodules=none")


def merge_bases(
    repository: Repository, base: str, heads: Sequence[str], *, related: bool = True
) -> list[str]:
    """The best common ancestors of the base and the heads taken together (git-merge-base(1)), as object ids.

    Raises GitError where there is none although they are to be `related`, or where the clone is shallow and the answer could be wrong:
    that the merge base is one of the two commits themselves is true in any clone, everything else may change as history is fetched.
    """
    bases = common_ancestors(repository, base, heads)
    if bases == [base] or bases == list(heads):
        return bases
    if repository.shallow:
        raise Incomplete(
            "this clone is shallow: the merge base with the base cannot be known",
            hint="git fetch --unshallow",
        )
    if not bases and related:
        hint = f"put it on the base: git rebase --root --onto {base[:12]}; or name another base with --base"
        raise GitError(f"the branch and the base ({base[:12]}) have no common history", hint=hint)
    return bases


def common_ancestors(
    repository: Repository, base: str, heads: Sequence[str], asked: Process | None = None
) -> list[str]:
    """What git-merge-base(1) says, as object ids: none where histories are unrelated, and what cannot be relied on in a shallow clone.

    `asked` is the question if it was asked before.
    """
    answer = (asked or ask_ancestors(repository, base, heads)).answer()
    return (
        require(answer, ("merge-base",), (0, 1, 128) if repository.shallow else (0, 1))
        .out.decode()
        .split()
    )


def ask_ancestors(repository: Repository, base: str, heads: Sequence[str]) -> Process:
    """Start asking for `common_ancestors`."""
    return repository.git.start("merge-base", "--all", base, *heads)


def ask_merges(git: Git, base: str, head: str) -> Process:
    """Start listing the merge commits between two commits, each with its parents behind it on one line (git-rev-list(1))."""
    return git.start("rev-list", "--merges", "--parents", head, f"^{base}")


def diff_trees(git: Git, old: str, new: str, *, folders: bool = False) -> Process:
    """Start comparing two tree-ishes given by object id, with `folders` whole folders too (git-diff-tree(1), `-t`). No index is read."""
    return git.moved(GIT_INDEX_FILE=_NO_INDEX).start(
        "diff-tree", "-r", *(("-t",) if folders else ()), *_RAW, old, new
    )


def is_ancestor(git: Git, ancestor: str, commit: str) -> bool:
    """Tell whether one commit is reachable from another, or is the same (git-merge-base(1))."""
    return git.run("merge-base", "--is-ancestor", ancestor, commit, ok=(0, 1)).code == 0


def diff_index(git: Git, tree: str) -> Process:
    """Start comparing a tree-ish with the index that git names in `GIT_INDEX_FILE` (git-diff-index(1)); `HEAD` is resolved by git."""
    return git.start("diff-index", "--cached", "--ita-invisible-in-index", *_RAW, tree, "--")


def read_changes(process: Process) -> list[Change]:
    """Wait for a comparison and read it. Raises GitError if git could not compare."""
    return list(parse_raw(require(process.answer(), ("diff",)).out))


def staged_changes(
    repository: Repository, started: Process, merging: Iterable[str]
) -> list[Change]:
    """The staged changes; while merging, only paths that differ from every parent: the rest was merely brought in.

    `started` is the comparison with HEAD, which fails before the first commit: then everything staged is new.
    """
    answer = started.answer()
    if answer.code == 128 and not _has_head(repository):
        return read_changes(diff_index(repository.git, repository.empty_tree))
    changes = list(parse_raw(require(answer, ("diff-index",)).out))
    for parent in merging:
        differing = {change.path for change in read_changes(diff_index(repository.git, parent))}
        changes = [change for change in changes if change.path in differing]
    return changes


def _has_head(repository: Repository) -> bool:
    return (
        repository.git.run("rev-parse", "--verify", "-q", "HEAD^{commit}", ok=(0, 1, 128)).code == 0
    )
