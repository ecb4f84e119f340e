"""git's own merge: of two commits, of many pairs, of several merge bases into one.

Only this module and `many_merges` run `git merge-tree` (git-merge-tree(1)).
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from guard.changes.change import Change, folders_above
from guard.changes.conflict import UNKNOWN, Conflict
from guard.core.errors import GitError
from guard.git.compare import FOLDER
from guard.git.failure import complaint
from guard.git.isolate import isolated
from guard.git.plumbing import Git
from guard.git.repository import Repository

OPTIONS = ("--write-tree", "-z", "--messages", "--allow-unrelated-histories")

# git's stable types (merge-ort.c, `type_short_descriptions`) in guard's words. Any other type
# keeps git's name.
_KINDS = {
    "contents": "content",
    "distinct modes": "type",
    "rename involved in collision": "rename/add",
    "directory rename suggested": "file location",
    "directory rename unclear split": "directory rename split",
    "file in way of directory rename": "file in the way of a renamed folder",
}
# Kinds that give way to another one of the same path: of a binary file git also says that its
# contents conflict, and of a file in a folder's way that the folder's side deleted it.
_LESS = ("content", "modify/delete")
# The name of a file that git moves aside: its path, the commit whose file it is and, if there is
# such a path, a number (merge-ort.c, `unique_path`).
_ASIDE = re.compile(r"~[0-9a-f]{40}(?:[0-9a-f]{24})?(?:_[0-9]+)?\Z")
# For these git first names the path that it would write, which may exist on neither side.
_TARGET_FIRST = ("file/directory", "rename/delete", "file location", "rename/add")


class Stage(NamedTuple):
    """An entry of a conflicted index: stage 1 is the merge base's, 2 our side's, 3 the other's."""

    path: str
    number: int
    mode: str
    oid: str


class Merge(NamedTuple):
    """A merge that git made: its tree, and what stopped it.

    `stages` are the entries that remain unmerged in the index; there are conflicts without one
    (a folder whose parts went to several others).
    """

    tree: str
    clean: bool
    conflicts: tuple[Conflict, ...] = ()
    stages: tuple[Stage, ...] = ()

    @property
    def conflicted(self) -> frozenset[str]:
        """The paths that remain unmerged."""
        return frozenset(stage.path for stage in self.stages)


class MergeError(GitError):
    """git did not finish a merge; `said` is what it wrote instead."""

    def __init__(self, ours: str, theirs: str, said: str) -> None:
        super().__init__(
            f"git cannot merge {ours[:12]} and {theirs[:12]} again: {said}",
            hint="try a newer git (2.50 fixed crashes here); yours: git --version",
        )
        self.said = said


def merge_pairs(git: Git, pairs: Sequence[Sequence[str]]) -> list[Merge]:
    """Merge each pair of commits: all in one process with git 2.39 or newer (`--stdin`).

    With an older git, or if that process dies, each pair has a process of its own.
    Raises as `merge_commits` does.
    """
    if len(pairs) > 1:
        stdin = "".join(" ".join(pair) + "\n" for pair in pairs).encode()
        answer = git.start("merge-tree", *OPTIONS, "--stdin", stdin=stdin).answer()
        with suppress(ValueError):
            merges = parse_merges(answer.out)
            if answer.code == 0 and len(merges) == len(pairs):
                return merges
    return [merge_commits(git, *pair) for pair in pairs]


def merge_commits(git: Git, ours: str, theirs: str) -> Merge:
    """Merge two commits. Raises MergeError if git fails, GitError if its answer is not readable.

    Exit status 1 alone is no conflict: git also gives it for an unknown commit, without a tree.
    """
    answer = git.start("merge-tree", *OPTIONS, ours, theirs).answer()
    if answer.code not in (0, 1) or not answer.out:
        raise MergeError(ours, theirs, complaint(answer))
    try:
        return parse_merge(answer.out, clean=answer.code == 0)
    except ValueError as error:
        raise GitError(
            "git merge-tree answers in a way that guard does not know",
            hint="report this with the output of: git --version",
        ) from error


def fold(git: Git, commits: Sequence[str]) -> Merge:
    """Merge two or more commits one after the other, as git makes an octopus merge."""
    current = commits[0]
    total = Merge("", clean=True)
    for commit in commits[1:]:
        merge = merge_commits(git, current, commit)
        made = git.run("commit-tree", "-m", "guard", "-p", current, "-p", commit, merge.tree)
        current = made.text.strip()
        total = Merge(
            merge.tree,
            total.clean and merge.clean,
            total.conflicts + merge.conflicts,
            total.stages + merge.stages,
        )
    return total


class VirtualBase(NamedTuple):
    """A tree that stands for all merge bases, and the paths on which these conflict.

    `store` is the folder of the objects that were made for it, "" if there are none.
    """

    tree: str
    conflicted: frozenset[str] = frozenset()
    store: str = ""


@contextmanager
def virtual_base(repository: Repository, bases: Sequence[str]) -> Iterator[tuple[Git, VirtualBase]]:
    """Give the virtual merge base and a git that can read it; without bases, the empty tree.

    Several merge bases (a criss-cross history) are merged into one, as git does (git-merge(1),
    "ort").
    """
    if len(bases) < 2:
        yield repository.git, VirtualBase(bases[0] if bases else repository.empty_tree)
        return
    with isolated(repository) as git:
        merge = fold(git, bases)
        store = os.path.join(git.directory, "objects")
        yield git, VirtualBase(merge.tree, merge.conflicted, store)


def differing(
    base: VirtualBase, bases: Sequence[str], compare: Callable[[str], list[Change]]
) -> list[Change]:
    """The changes from the virtual merge base; `compare` gives those from one tree.

    A path on which the merge bases conflict has changed if it differs from each of them.
    """
    changes = compare(base.tree)
    if not base.conflicted:
        return changes
    each = [{change.path: change for change in compare(tree)} for tree in bases]
    everywhere = set.intersection(*(set(found) for found in each)) & base.conflicted
    clean = [change for change in changes if change.path not in base.conflicted]
    return sorted([*clean, *(each[0][path] for path in everywhere)], key=lambda change: change.path)


def may_conflict(
    ours: Sequence[Change], theirs: Sequence[Change], gone: Callable[[str], bool]
) -> bool:
    """Tell whether a merge can conflict at all. False is certain, True is not. git does not run.

    `ours` are one side's changes since the only merge base, `theirs` the other's with whole
    folders (`git diff-tree -t`); `gone` tells whether our side lacks a folder. Besides paths that
    both sides changed, git stops where a file meets a folder, and where one side adds to a folder
    that the other moved (merge-ort.c, `CONFLICT_FILE_DIRECTORY`, `CONFLICT_DIR_RENAME_*`).
    """
    files = {change.path for change in theirs if FOLDER not in (change.old_mode, change.new_mode)}
    # A folder that is in both stays one.
    old_folders = {change.path for change in theirs if change.old_mode == FOLDER}
    new_folders = {change.path for change in theirs if change.new_mode == FOLDER}
    touched = files | (old_folders ^ new_folders)
    if any(change.path in touched for change in ours):
        return True
    come, went = _folders_with(ours, "A"), _folders_with(ours, "D")
    if files & (come | went) or come & (old_folders - new_folders):
        return True
    grown = _folders_with([change for change in theirs if change.path in files], "A")
    return any(gone(folder) for folder in went & grown)


def _folders_with(changes: Sequence[Change], status: str) -> set[str]:
    """The folders above the paths of one status, without the top, which is never gone."""
    folders = folders_above(change.path for change in changes if change.status == status)
    return {folder[:-1] for folder in folders if folder}


def parse_merge(raw: bytes, *, clean: bool) -> Merge:
    """Read the answer about one pair (git-merge-tree(1), "OUTPUT").

    `<tree> NUL (<mode> <oid> <stage> TAB <path> NUL)* NUL` and the messages, each
    `<n> NUL <path>{n} NUL <type> NUL <prose> NUL`. Raises ValueError for another shape.
    """
    return _next_merge(_fields(raw), clean=clean)


def parse_merges(raw: bytes) -> list[Merge]:
    """Read the answer to `--stdin` (git-merge-tree(1), "INPUT FORMAT").

    Each merge is `<1 if clean, else 0> NUL`, then as `parse_merge` has it, then `NUL`.
    Raises ValueError for another shape.
    """
    merges: list[Merge] = []
    _read_into(merges, raw)
    return merges


def complete(raw: bytes) -> list[Merge]:
    """Give the merges that an answer to `--stdin` has whole, whatever ends it."""
    merges: list[Merge] = []
    with suppress(ValueError):
        _read_into(merges, raw)
    return merges


def _read_into(merges: list[Merge], raw: bytes) -> None:
    fields = _fields(raw)
    while status := next(fields):
        if status not in ("0", "1"):
            raise ValueError(status)
        merges.append(_next_merge(fields, clean=status == "1"))


def _fields(raw: bytes) -> Iterator[str]:
    yield from raw.decode("utf-8", "surrogateescape").split("\0")
    raise ValueError("the answer ends too early")


def _next_merge(fields: Iterator[str], *, clean: bool) -> Merge:
    """Read one merge and the field behind it, which is empty or advice about submodules.

    (merge-ort.c, `print_submodule_conflict_suggestion`)
    """
    tree = next(fields)
    listed: list[Stage] = []
    while entry := next(fields):
        head, _, path = entry.partition("\t")
        mode, oid, number = head.split(" ")
        listed.append(Stage(path, int(number), mode, oid))
    stages: dict[str, dict[int, Stage]] = {}
    for stage in listed:
        stages.setdefault(stage.path, {})[stage.number] = stage
    found: dict[str, Conflict] = {}
    named: set[str] = set()
    while (count := next(fields)).isdigit():
        paths = [next(fields) for _ in range(int(count))]
        kind, _prose = next(fields), next(fields)
        if not kind.startswith("CONFLICT"):
            continue
        named.update(paths)
        conflict = _conflict(kind.removeprefix("CONFLICT").strip(" ()"), paths, stages)
        if conflict.path not in found or found[conflict.path].kind in _LESS:
            found[conflict.path] = conflict
    if clean:
        return Merge(tree, clean)
    unnamed = (
        Conflict(own_path(path), _by_stages(stages[path])) for path in stages if path not in named
    )
    conflicts = tuple(sorted([*found.values(), *unnamed]))
    return Merge(tree, clean, conflicts or (Conflict("", UNKNOWN),), tuple(listed))


def _conflict(kind: str, paths: list[str], stages: Mapping[str, Mapping[int, Stage]]) -> Conflict:
    name = "submodule" if kind.startswith("submodule") else _KINDS.get(kind, kind)
    first, *others = paths
    if name in _TARGET_FIRST and others:
        first, *others = *others, first
    known = stages.get(first, {})
    if name == "content" and known:
        name = _by_stages(known)
    changed_by = 0
    if name == "modify/delete":
        changed_by = 1 if 2 in known else 2
    first, *others = dict.fromkeys(map(own_path, (first, *others)))
    return Conflict(first, name, tuple(others), changed_by)


def own_path(path: str) -> str:
    """Give the path that a file has on its side, for one that git has moved aside."""
    return _ASIDE.sub("", path)


def _by_stages(stages: Mapping[int, Stage]) -> str:
    """Name the kind (gitglossary(7), "unmerged index").

    git has no word for a file that was added with two modes (merge-ort.c, `handle_content_merge`).
    """
    if set(stages) == {2, 3}:
        ours, theirs = stages[2], stages[3]
        by_mode = ours.oid == theirs.oid and ours.mode != theirs.mode
        return "mode" if by_mode else "add/add"
    return "content" if set(stages) == {1, 2, 3} else "modify/delete"
