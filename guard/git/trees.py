"""Ids of trees: of the working tree as git would commit it, and of a commit, each without one file, the session's handoff.

A handoff and a receipt speak of such a tree, so that writing the handoff does not make either of them stale. Nothing is written to the
repository: what git has to store on the way goes to a folder that vanishes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from guard.git.isolate import borrow
from guard.git.objects import Entry, Objects, object_id
from guard.git.plumbing import Git, records
from guard.git.repository import Repository
from guard.git.snapshot import copied, take

_FOLDER = "40000"


class Written(NamedTuple):
    """A tree that was written to a throw-away store: its id, and git that can read it."""

    tree: str
    git: Git


def tree_on_disk(
    repository: Repository, folder: str, without: str = "", *, whole: bool = False
) -> Written:
    """Write the working tree, untracked and not ignored files included, less the file `without`, as a tree.

    `folder` is a scratch directory of its own; `whole` also stores the contents that the repository has not, for whoever compares them.
    Raises UsageError where there is no working tree, GitError where a file cannot be read.
    """
    borrow(repository, os.path.join(folder, "objects"))
    copy = copied(repository, folder, keep=whole)
    git = copy.git.moved(GIT_OBJECT_DIRECTORY=os.path.join(folder, "objects"))
    take(
        copy,
        repository,
        [path.rstrip("/") for path in copy.untracked if _can_be_added(repository, path)],
        keep=whole,
    )
    if without:
        git.run(
            "update-index",
            "--force-remove",
            "-z",
            "--stdin",
            stdin=(without + "\0").encode("utf-8", "surrogateescape"),
        )
    return Written(git.run("write-tree", "--missing-ok").out.decode().strip(), git)


def tree_without(objects: Objects, root: str, path: str, object_format: str) -> str:
    """Give the id of the tree `root` without the file `path`, as git would name it; folders that become empty are gone, too."""
    names = path.split("/")
    folders = [root]
    for name in names[:-1]:
        entry = objects.tree(folders[-1]).get(name)
        if entry is None or entry.mode != _FOLDER:
            return root
        folders.append(entry.oid)
    last = objects.tree(folders[-1]).get(names[-1])
    if last is None or last.mode == _FOLDER:
        return root
    below = ""
    for folder, name in zip(reversed(folders), reversed(names), strict=True):
        entries = {
            key: entry for key, entry in objects.tree(folder).items() if key != name or below
        }
        if below:
            entries[name] = Entry(_FOLDER, below)
        below = _id(entries, object_format) if entries or folder == root else ""
    return below


def differing_paths(git: Git, old: str, new: str) -> list[tuple[str, str]]:
    """The paths that differ between two trees, each with git's letter (git-diff-tree(1), `--name-status`)."""
    fields = records(
        git.run(
            "diff-tree",
            "-r",
            "-z",
            "--no-renames",
            "--name-status",
            "--ignore-submodules=none",
            old,
            new,
        ).out
    )
    return list(zip(fields[::2], fields[1::2], strict=True))


def changed_since(before: Written, after: Written) -> list[tuple[str, str]]:
    """The paths that differ between two trees of the working tree, as `differing_paths` gives them; each lies in a store of its own."""
    if before.tree == after.tree:
        return []
    both = after.git.moved(GIT_ALTERNATE_OBJECT_DIRECTORIES=before.git.env["GIT_OBJECT_DIRECTORY"])
    return differing_paths(both, before.tree, after.tree)


def line_counts(git: Git, old: str, new: str) -> dict[str, tuple[int, int] | None]:
    """Lines added and deleted by path between two trees; None for what git takes for binary (git-diff-tree(1), `--numstat`)."""
    counts: dict[str, tuple[int, int] | None] = {}
    options = (
        "--numstat",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--ignore-submodules=none",
    )
    for record in records(git.run("diff-tree", "-r", "-z", *options, old, new).out):
        added, deleted, path = record.split("\t", 2)
        counts[path] = (int(added), int(deleted)) if added != "-" else None
    return counts


def _can_be_added(repository: Repository, path: str) -> bool:
    """Whether git could add an untracked path: a repository inside the working tree only if it has a commit (git-add(1))."""
    if not path.endswith("/"):
        return True
    asked = repository.git.moved(GIT_DIR=os.path.join(repository.top, path, ".git"))
    return asked.run("rev-parse", "--verify", "-q", "HEAD^{commit}", ok=(0, 1, 128)).code == 0


def _id(entries: Mapping[str, Entry], object_format: str) -> str:
    """The object id of a tree with these entries, which stand in git's order (gitformat: tree objects)."""
    parts = (
        f"{entry.mode} {name}\0".encode("utf-8", "surrogateescape") + bytes.fromhex(entry.oid)
        for name, entry in entries.items()
    )
    return object_id("tree", b"".join(parts), object_format)
