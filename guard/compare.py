"""What changed: the two states that a scope compares, and the paths that differ between them."""

from __future__ import annotations

from guard.changes.raw import compared, parse_raw
from guard.changes.values import ABSENT, Change
from guard.errors import GitError
from guard.plumbing import require

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from guard.plumbing import Git, Process
    from guard.repository import Repository

# git-diff-tree(1): raw records, whole ids, no guesses at renames, and submodules whatever `.gitmodules` says about them.
_NO_INDEX = "/nonexistent/index"
_RAW = ("--raw", "-z", "--no-renames", "--no-abbrev", "--ignore-submodules=none")


def merge_bases(repository: Repository, base: str, heads: Sequence[str]) -> list[str]:
    """The best common ancestors of the base and the heads taken together (git-merge-base(1)), as object ids.

    Raises GitError where there is none, or where the clone is shallow and the answer could be wrong: that the merge base is one of the
    two commits themselves is true in any clone, everything else may change as history is fetched.
    """
    bases = common_ancestors(repository, base, heads)
    if bases == [base] or bases == list(heads):
        return bases
    if repository.shallow:
        raise GitError("this clone is shallow: the merge base with the base cannot be known", hint="git fetch --unshallow")
    if not bases:
        raise GitError(f"the branch and the base ({base[:12]}) have no common history", hint="name another base: guard check --base BRANCH")
    return bases


def common_ancestors(repository: Repository, base: str, heads: Sequence[str]) -> list[str]:
    """What git-merge-base(1) says, as object ids: none where histories are unrelated, and what cannot be relied on in a shallow clone."""
    return repository.git.run("merge-base", "--all", base, *heads, ok=(0, 1, 128) if repository.shallow else (0, 1)).out.decode().split()


def diff_trees(git: Git, old: str, new: str) -> Process:
    """Start comparing two tree-ishes given by object id. No index is read (git-diff-tree(1) would, for nothing)."""
    return git.moved(GIT_INDEX_FILE=_NO_INDEX).start("diff-tree", "-r", *_RAW, old, new)


def diff_index(git: Git, tree: str) -> Process:
    """Start comparing a tree-ish with the index that git names in `GIT_INDEX_FILE` (git-diff-index(1)); `HEAD` is resolved by git."""
    return git.start("diff-index", "--cached", "--ita-invisible-in-index", *_RAW, tree, "--")


def read_changes(process: Process) -> list[Change]:
    """Wait for a comparison and read it. Raises GitError if git could not compare."""
    return list(parse_raw(require(process.answer(), ("diff",)).out))


def staged_changes(repository: Repository, started: Process, merging: Iterable[str]) -> list[Change]:
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


def done_already(changes: Sequence[Change], on_base: Sequence[Change]) -> set[str]:
    """The changed paths that the base itself has changed to the same since the merge base: both lists are of changes from there."""
    there = {change.path: _now(change) for change in on_base}
    return {change.path for change in changes if there.get(change.path) == _now(change)}


def without_effect(git: Git, changes: Sequence[Change], targets: Sequence[str]) -> set[str]:
    """The changed paths that would leave the base as it is: what they are now, a target already has.

    `targets` are the base's tip and the merge base. Equal to the tip: cherry-picked, merged with `--squash`, or already integrated.
    Equal to the merge base: a staged change that takes an earlier one back.
    """
    settled: set[str] = set()
    paths = [change.path for change in changes]
    for target in targets:
        entries = _entries_at(git, target, paths)
        settled |= {
            change.path
            for change in changes
            if _known(change) and not compared(change.path, entries.get(change.path, (ABSENT, "0" * len(change.new_oid))), _now(change))
        }
    return settled


def _known(change: Change) -> bool:
    """Whether git has hashed what is there now; an untracked file it has not."""
    return change.new_mode == ABSENT or change.new_oid.strip("0") != ""


def _now(change: Change) -> tuple[str, str]:
    return change.new_mode, change.new_oid


def _entries_at(git: Git, tree: str, paths: Sequence[str]) -> dict[str, tuple[str, str]]:
    """(mode, object id) by path for those of `paths` that are in `tree` (git-ls-tree(1))."""
    if len(paths) > 200:
        listed = git.run("ls-tree", "-r", "-z", "--full-tree", tree).out
    else:
        listed = git.run("ls-tree", "-z", "--full-tree", tree, "--", *paths).out
    wanted = set(paths)
    found: dict[str, tuple[str, str]] = {}
    for record in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        head, _, path = record.partition("\t")
        mode, _, oid = head.split(" ")
        if path in wanted and mode != "040000":  # where a folder stands there is no file
            found[path] = (mode.rjust(6, "0"), oid)
    return found


def _has_head(repository: Repository) -> bool:
    return repository.git.run("rev-parse", "--verify", "-q", "HEAD^{commit}", ok=(0, 1, 128)).code == 0
