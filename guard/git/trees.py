"""Ids of trees: of the working tree as git would commit it, and of a commit without one file.

A handoff and a receipt name a tree without the session's handoff, so that writing it makes neither
stale.
"""

import os
from collections.abc import Mapping
from typing import NamedTuple

from guard.core.errors import GitError
from guard.git.compare import diff_trees, read_changes
from guard.git.isolate import borrow
from guard.git.objects import Entry, Objects, object_id
from guard.git.plumbing import Git, records
from guard.git.repository import Repository
from guard.git.snapshot import Copy, addable, copied, is_current, remove, take

_FOLDER = "40000"
_KINDS = {_FOLDER: "tree", "160000": "commit"}


class StoredTree(NamedTuple):
    """The id of a tree in a throw-away store, and a git that can read it."""

    tree: str
    git: Git


class Snapshot(NamedTuple):
    """The id of a working tree's tree; `torn` if anything was written while it was read."""

    tree: str
    torn: bool


def tree_on_disk(
    repository: Repository, folder: str, without: str = "", *, whole: bool = False
) -> StoredTree:
    """Write the working tree as a tree, with untracked but not ignored files, without one file.

    `folder` is a scratch directory; nothing else is written. `whole` also stores contents that the
    repository does not have, for a comparison. Raises UsageError if there is no working tree,
    GitError if a file cannot be read.
    """
    store = os.path.join(folder, "objects")
    borrow(repository, store)
    copy = copied(repository, folder, keep=store if whole else "")
    git = copy.git.moved(GIT_OBJECT_DIRECTORY=store)
    take_untracked(copy)
    if without:
        remove(git, [without])
    return StoredTree(git.run("write-tree", "--missing-ok").text.strip(), git)


def snapshot(repository: Repository, folder: str, store: str) -> Snapshot:
    """Write the working tree as a tree into the object `store`, which borrows the repository's.

    `folder` is a scratch directory for this worktree alone. The worktree's index, its lock and the
    object store of the repository are not touched. Raises as `tree_on_disk`.
    """
    copy = copied(repository, folder, keep=store)
    added = take_untracked(copy)
    tree = copy.git.run("write-tree", "--missing-ok").text.strip()
    return Snapshot(tree, torn=not is_current(copy, added, folder))


def take_untracked(copy: Copy) -> list[str]:
    """Add the untracked paths that git can add to the copy of the index; give them."""
    repository = copy.repository
    added = [path for path in copy.untracked if addable(repository, path)]
    take(copy, [path.rstrip("/") for path in added])
    return added


def tree_of_index(repository: Repository, folder: str) -> str:
    """Write the index as a tree into the object store in `folder`; "" if it has conflicts.

    `folder` has a store that borrows the repository's objects. The index itself stays as it is: git
    works on a copy (git-write-tree(1) may update what it reads).
    """
    index = os.path.join(folder, "index")
    with open(repository.index_file, "rb") as file, open(index, "wb") as copy:
        copy.write(file.read())
    store = os.path.join(folder, "objects")
    places = {"GIT_INDEX_FILE": index, "GIT_OBJECT_DIRECTORY": store}
    git = repository.git.moved(["core.splitIndex=false"], **places)
    return git.run("write-tree", "--missing-ok", ok=(0, 128)).text.strip()


def tree_without(objects: Objects, root: str, path: str, object_format: str) -> str:
    """Give the id of the tree `root` without the file `path`; empty folders disappear with it."""
    entry = objects.look_up(root, path)
    if entry is None or entry.mode == _FOLDER:
        return root
    return trees_with(objects, root, {path: None}, object_format)[-1].oid


class Tree(NamedTuple):
    """A tree that may not be stored yet: its id, and its entries in git's order."""

    oid: str
    entries: Mapping[str, Entry]


def trees_with(
    objects: Objects, root: str, files: Mapping[str, Entry | None], object_format: str
) -> list[Tree]:
    """Give what becomes of the tree `root` with these files, by path (None: without the file).

    These are the trees that change, the root last. As in git's index, a folder that gets empty
    disappears, a file gives way to a folder of its name and a folder to a file, and removing what
    is no file changes nothing.
    """
    entries = dict(objects.tree(root))
    inner: dict[str, dict[str, Entry | None]] = {}
    for path, entry in files.items():
        name, _, below = path.partition("/")
        inner.setdefault(name, {})[below] = entry
    made: list[Tree] = []
    for name, parts in inner.items():
        old = entries.get(name)
        folder = old.oid if old and old.mode == _FOLDER else ""
        is_removed = "" in parts and not folder
        file = parts.pop("", None)
        if file:
            entries[name] = file
            continue
        if parts:
            start = folder or object_id("tree", b"", object_format)
            trees = trees_with(objects, start, parts, object_format)
            if trees[-1].entries:
                made += trees
                entries[name] = Entry(_FOLDER, trees[-1].oid)
                continue
            is_removed = is_removed or folder != ""
        if is_removed:
            entries.pop(name, None)
    entries = dict(sorted(entries.items(), key=_order))
    return [*made, Tree(_id(entries, object_format), entries)]


def _order(named: tuple[str, Entry]) -> bytes:
    """Folders are in order as if they had a slash at the end (read-cache.c, base_name_compare)."""
    name, entry = named
    slash = "/" if entry.mode == _FOLDER else ""
    return (name + slash).encode("utf-8", "surrogateescape")


def store_tree_with(
    git: Git, objects: Objects, root: str, files: Mapping[str, Entry | None], object_format: str
) -> str:
    """Write what `trees_with` gives into the repository of `git` (git-mktree(1)); give its id.

    Raises GitError.
    """
    trees = trees_with(objects, root, files, object_format)
    told = []
    for tree in trees:
        for name, entry in tree.entries.items():
            kind = _KINDS.get(entry.mode, "blob")
            told.append(f"{entry.mode} {kind} {entry.oid}\t{name}\0")
        told.append("\0")
    stdin = "".join(told).encode("utf-8", "surrogateescape")
    made = git.run("mktree", "-z", "--missing", "--batch", stdin=stdin).text.split()
    if made != [tree.oid for tree in trees]:
        raise GitError("git made another tree than it was told to", hint="git fsck")
    return made[-1]


def differing_paths(git: Git, old: str, new: str) -> list[tuple[str, str]]:
    """The paths that differ between two trees, each with git's letter for how."""
    return [(change.status, change.path) for change in read_changes(diff_trees(git, old, new))]


def changed_since(before: StoredTree, after: StoredTree) -> list[tuple[str, str]]:
    """As `differing_paths`, for two states of the working tree."""
    if before.tree == after.tree:
        return []
    both = after.git.moved(GIT_ALTERNATE_OBJECT_DIRECTORIES=before.git.env["GIT_OBJECT_DIRECTORY"])
    return differing_paths(both, before.tree, after.tree)


def line_counts(git: Git, old: str, new: str) -> dict[str, tuple[int, int] | None]:
    """Lines added and deleted by path between two trees; None if git takes a file for binary."""
    counts: dict[str, tuple[int, int] | None] = {}
    options = ("--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")
    listed = git.run("diff-tree", "-r", "-z", "--numstat", *options, old, new)
    for record in records(listed.out):
        added, deleted, path = record.split("\t", 2)
        counts[path] = (int(added), int(deleted)) if added != "-" else None
    return counts


def renames(git: Git, old: str, new: str) -> dict[str, tuple[str, tuple[int, int] | None]]:
    """The files that moved between two trees, as git finds them: old path → new path and lines.

    The lines are those added and deleted, None if git takes the file for binary.
    """
    found: dict[str, tuple[str, tuple[int, int] | None]] = {}
    options = ("--find-renames", "--diff-filter=R", "--no-ext-diff", "--no-textconv")
    fields = iter(records(git.run("diff-tree", "-r", "-z", "--numstat", *options, old, new).out))
    for header in fields:  # ADDED TAB DELETED TAB NUL OLD NUL NEW NUL
        added, deleted, _ = header.split("\t", 2)
        lines = (int(added), int(deleted)) if added != "-" else None
        path = next(fields)
        found[path] = (next(fields), lines)
    return found


def _id(entries: Mapping[str, Entry], object_format: str) -> str:
    """The object id of a tree with these entries, which are in git's order."""
    parts = []
    for name, entry in entries.items():
        parts.append(f"{entry.mode} {name}\0".encode("utf-8", "surrogateescape"))
        parts.append(bytes.fromhex(entry.oid))
    return object_id("tree", b"".join(parts), object_format)
