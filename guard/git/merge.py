"""git's own merge: of two commits, of many pairs, of several merge bases into one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from guard.changes.change import Change
from guard.core.errors import GitError
from guard.git.isolate import isolated
from guard.git.plumbing import Git
from guard.git.repository import Repository


class Merged(NamedTuple):
    """The tree of a merge that git made by itself, the paths that it could not merge, and where its objects lie ("": nowhere else)."""

    tree: str
    conflicted: frozenset[str] = frozenset()
    store: str = ""


@contextmanager
def virtual_base(repository: Repository, bases: Sequence[str]) -> Iterator[tuple[Git, Merged]]:
    """One tree that stands for all merge bases, and a git that can read it.

    Several (a criss-cross history) are merged into one first, as git itself does (git-merge(1), "ort": "a merged tree of the common
    ancestors"); none is the empty tree.
    """
    if len(bases) < 2:
        yield repository.git, Merged(bases[0] if bases else repository.empty_tree)
        return
    with isolated(repository) as git:
        yield git, fold(git, bases)._replace(store=os.path.join(git.directory, "objects"))


def differing(
    base: Merged, bases: Sequence[str], compare: Callable[[str], list[Change]]
) -> list[Change]:
    """The changes from the virtual merge base; a path on which it conflicts has changed if it differs from every merge base."""
    changes = compare(base.tree)
    if not base.conflicted:
        return changes
    each = [{change.path: change for change in compare(tree)} for tree in bases]
    everywhere = set.intersection(*(set(found) for found in each)) & base.conflicted
    clean = [change for change in changes if change.path not in base.conflicted]
    return sorted([*clean, *(each[0][path] for path in everywhere)], key=lambda change: change.path)


def merge_pairs(git: Git, pairs: Sequence[Sequence[str]]) -> list[Merged]:
    """`git merge-tree --stdin` (2.39) where it is there and whole, one process a pair otherwise."""
    stdin = "".join(" ".join(pair) + "\n" for pair in pairs).encode()
    options = ("--write-tree", "-z", "--name-only", "--no-messages", "--allow-unrelated-histories")
    if len(pairs) > 1:
        answer = git.start("merge-tree", *options, "--stdin", stdin=stdin).answer()
        results = _parse_batch(answer.out) if answer.code == 0 else []
        if len(results) == len(pairs):
            return results
    return [_merge(git, *pair) for pair in pairs]


def _merge(git: Git, ours: str, theirs: str) -> Merged:
    """Merge two commits. Only exit status 0 or 1 *with* a tree is an answer: an unknown commit exits 1 as well (git-merge-tree(1))."""
    answer = git.start(
        "merge-tree",
        "--write-tree",
        "-z",
        "--name-only",
        "--no-messages",
        "--allow-unrelated-histories",
        ours,
        theirs,
    ).answer()
    fields = answer.out.decode("utf-8", "surrogateescape").split("\0")
    if answer.code not in (0, 1) or not fields[0]:
        said = answer.err.strip() or f"exit status {answer.code}"
        raise GitError(
            f"git cannot merge {ours[:12]} and {theirs[:12]} again: {said}",
            hint="a newer git may (2.50 mended crashes here): git --version",
        )
    return Merged(fields[0], frozenset(field for field in fields[1:] if field))


def _parse_batch(raw: bytes) -> list[Merged]:
    """Read records of `<1 clean, 0 conflicts> NUL <tree> NUL (<path> NUL)* NUL` (git-merge-tree(1), "INPUT FORMAT")."""
    fields = raw.decode("utf-8", "surrogateescape").split("\0")
    found: list[Merged] = []
    at = 0
    while at + 1 < len(fields) and fields[at] in ("0", "1"):
        end = fields.index("", at + 2)
        found.append(Merged(fields[at + 1], frozenset(fields[at + 2 : end])))
        at = end + 1
    return found


def fold(git: Git, commits: Sequence[str]) -> Merged:
    """Merge commits one after the other, as an octopus merge and a virtual merge base are made."""
    current, conflicted = commits[0], frozenset[str]()
    merged = Merged("")
    for commit in commits[1:]:
        merged = _merge(git, current, commit)
        conflicted |= merged.conflicted
        made = git.run("commit-tree", "-m", "guard", "-p", current, "-p", commit, merged.tree)
        current = made.out.decode().strip()
    return merged._replace(conflicted=conflicted)
