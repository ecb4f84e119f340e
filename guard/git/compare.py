"""What changed: the two states that a scope compares, and the paths that differ between them."""

from __future__ import annotations

from guard.changes.change import Change
from guard.git.plumbing import TooMuch, records, require

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from guard.git.plumbing import Answer, Git, Process
    from guard.git.repository import Repository

# Comparing trees reads no index; the one under judgement may be broken.
NO_INDEX = "/nonexistent/index"
MOST_CHANGES = 250_000
MOST_BYTES = 1 << 26
_MOST_LISTED = 1 << 27  # bytes
_LISTING = 10  # seconds of a processor; a million paths take one
FOLDER = "040000"  # the mode of a folder
# git-diff-tree(1): whole ids, no guesses at renames, and every submodule, whatever `.gitmodules`
# says about it.
RAW = ("--raw", "-z", "--no-renames", "--no-abbrev", "--ignore-submodules=none")


def unmerged_paths(git: Git) -> set[str]:
    """Give the paths at which a merge stopped, from the top (git-ls-files(1), `-u`)."""
    found = records(git.run("ls-files", "-u", "-z", "--full-name", "--", ":/").out)
    return {record.partition("\t")[2] for record in found}


def diff_trees(git: Git, old: str, new: str) -> Process:
    """Start comparing two tree-ishes by object id, whole folders included (`-t`).

    git collects all differences before it writes the first, so its memory is bounded; with folders,
    it cannot work without end and collect nothing.
    """
    words = ("diff-tree", "-r", "-t", *RAW, old, new)
    return git.moved(GIT_INDEX_FILE=NO_INDEX).start(*words, most=MOST_BYTES)


def diff_index(git: Git, tree: str) -> Process:
    """Start comparing a tree-ish with the index of `GIT_INDEX_FILE` (git-diff-index(1))."""
    return git.start("diff-index", "--cached", "--ita-invisible-in-index", *RAW, tree, "--")


def list_tree(git: Git, tree: str, *options: str) -> Process:
    """Start listing all entries of a tree-ish, by default without folders (git-ls-tree(1), `-r`).

    It ends where it would be longer than guard reads.
    """
    words = ("ls-tree", "-r", "-z", "--full-tree", *options, tree)
    process = git.start(*words, most=_MOST_LISTED)
    process.limit(4 * _MOST_LISTED, _LISTING)  # folders without files are walked, and not listed
    return process


def read_listing(process: Process, of: str = "") -> bytes:
    """Give the records of a listing `of` a commit, "" for the base.

    Raises GitError, TooMuch for too many.
    """
    try:
        answer = process.answer()
    except TooMuch:
        answer = None
    if answer is None or answer.code < 0:
        from guard.git.limits import too_large

        raise too_large(_MOST_LISTED, of)
    return require(answer, ("ls-tree",)).out


def read_changes(process: Process, *, folders: bool = False, on: str = "") -> list[Change]:
    """Wait for a comparison and read it; whole `folders` are left out unless asked for.

    Raises GitError if git could not compare, or for more than `MOST_CHANGES`: a few trees can
    stand for any number of paths. The error names the branch `on` which they changed.
    """
    return list(parse_raw(raw_changes(process, on), folders=folders))


def raw_changes(process: Process, on: str = "") -> bytes:
    """Give the records that `read_changes` reads. Raises TooMuch for too many."""
    try:
        return require(_bounded(process.answer()), ("diff",)).out
    except TooMuch:
        from guard.git.limits import too_many

        raise too_many(on) from None


def _bounded(answer: Answer) -> Answer:
    if answer.out.count(b"\0") > 2 * MOST_CHANGES or "ut of memory" in answer.err:
        from guard.git.limits import too_many  # nobody changes so many paths

        raise too_many()
    return answer


def staged_changes(
    repository: Repository, started: Process, merging: Iterable[str]
) -> list[Change]:
    """The staged changes, without what a merge brings in from one of the commits `merging`.

    `started` is the comparison with HEAD. Raises TooMuch as `read_changes` does.
    """
    git, answer = repository.git, _within_limits(repository, started)
    if answer.code == 128:
        from guard.git.ancestry import has_commit  # most repositories have one

        if not has_commit(git):
            return read_changes(diff_index(git, repository.empty_tree))
    changes = list(parse_raw(require(answer, ("diff-index",)).out))
    for parent in merging:
        theirs = require(_within_limits(repository, diff_index(git, parent)), ("diff-index",))
        differing = {change.path for change in parse_raw(theirs.out)}
        changes = [change for change in changes if change.path in differing]
    return changes


def _within_limits(repository: Repository, process: Process) -> Answer:
    """Wait for a comparison of a commit with the index. The commit may be a few trees without end.

    A git that has ended already, as before most commits, needs no limit.
    """
    if process.ended():
        return _bounded(process.answer())
    from guard.git.limits import answer_within

    return _bounded(answer_within(repository, process))


def parse_raw(raw: bytes, *, folders: bool = True) -> Iterator[Change]:
    """Read `:<mode> <mode> <oid> <oid> <status> NUL <path> NUL` records (git-diff-tree(1)).

    An unmerged path (`U`) counts as changed content: its final state is open.
    """
    fields = raw.decode("utf-8", "surrogateescape").split("\0")
    make = Change._make  # faster than the constructor: there may be a hundred thousand
    for header, path in zip(fields[::2], fields[1::2], strict=False):
        old_mode, new_mode, old_oid, new_oid, status = header[1:].split(" ")
        if folders or FOLDER not in (old_mode, new_mode):
            kind = "M" if status == "U" else status
            yield make((kind, path, old_mode, new_mode, old_oid, new_oid))


def is_of_files(change: Change) -> bool:
    """Whether a change has no folder on either side, as records of a tree by itself do."""
    return FOLDER not in (change.old_mode, change.new_mode)
