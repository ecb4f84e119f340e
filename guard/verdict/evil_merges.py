"""What git makes of merges when it merges again: the merge base of a criss-cross history, and what a merge commit did beyond merging."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from guard.changes.change import ABSENT, Change
from guard.core.errors import GitError, Incomplete
from guard.git.compare import ask_merges, diff_trees, read_changes
from guard.git.isolate import isolated
from guard.git.merge import Merge, differing, fold, merge_pairs, virtual_base
from guard.git.plumbing import Git, Process, require
from guard.git.repository import Repository
from guard.rules.facts import MergeEdit


def changes_since(
    repository: Repository, bases: Sequence[str], tip: str, started: Process | None = None
) -> list[Change]:
    """The changes from the merge base to `tip` (object ids), trees only. Raises GitError for a path that no index can hold.

    `started` is the comparison with the merge base, where there is just one and it was started before.
    """
    if started:
        changes = read_changes(started)
    else:
        with virtual_base(repository, bases) as (git, base):
            changes = differing(base, bases, lambda tree: read_changes(diff_trees(git, tree, tip)))
    _require_plain(changes, tip)
    return changes


def _require_plain(changes: Sequence[Change], tip: str) -> None:
    """A tree that git did not make may lead back up with `..`, past every pattern, or into `.git` (read-cache.c, verify_path)."""
    if not _is_odd(
        "\0".join(f"/{change.path}/" for change in changes)
    ):  # all at once, for nearly always none is
        return
    for change in changes:
        if change.new_mode != ABSENT and _is_odd(f"/{change.path}/"):
            raise GitError(
                f"{tip[:12]} holds {change.path!r}, a path that git refuses to check out",
                hint=f"git fsck, and leave it out of {tip[:12]}",
            )


def _is_odd(paths: str) -> bool:
    lower = paths.lower()
    return "/../" in lower or "/./" in lower or "/.git/" in lower or "//" in lower


def merge_edits(
    repository: Repository,
    base: str,
    head: str,
    now: Mapping[str, Change],
    asked: Process | None = None,
) -> list[MergeEdit]:
    """What merge commits between `base` and `head` dropped or added, where it is still to be seen.

    `now` are the changes under judgement by path: an edit whose path does not differ from the merge base any more has been mended.
    `asked` is the question for these merges if it was asked before.
    """
    _require_whole(repository, base, head)
    answer = (asked or ask_merges(repository.git, base, head)).answer()
    lines = require(answer, ("rev-list",)).out.decode().splitlines()
    if not lines:
        return []
    with isolated(repository) as git:
        merges = [(words[0], words[1:]) for words in (line.split() for line in lines)]
        results = _remerged(git, merges)
        return [
            edit
            for (commit, parents), merged in zip(merges, results, strict=True)
            for edit in _edits(git, _Merge(commit, parents, base, head), merged, now)
        ]


def is_cut(repository: Repository, base: str, head: str) -> bool:
    """Whether a shallow clone was cut between base and head: a merge there has lost its parents (gitformat, `shallow`)."""
    if not repository.shallow:
        return False
    with open(os.path.join(repository.common_dir, "shallow"), encoding="ascii") as file:
        cut = set(file.read().split())
    return not cut.isdisjoint(repository.git.run("rev-list", head, f"^{base}").out.decode().split())


def _require_whole(repository: Repository, base: str, head: str) -> None:
    if is_cut(repository, base, head):
        raise Incomplete(
            "this clone is shallow: it was cut within the branch, where merges cannot be told",
            hint="git fetch --unshallow",
        )


class _Merge(NamedTuple):
    """A merge commit and its parents, between the base and the head."""

    commit: str
    parents: Sequence[str]
    base: str
    head: str


def _edits(
    git: Git, merge: _Merge, merged: Merge, now: Mapping[str, Change]
) -> Iterator[MergeEdit]:
    odd = [
        change
        for change in read_changes(diff_trees(git, merged.tree, merge.commit))
        if change.path not in merged.conflicted
    ]
    if not odd:
        return
    same = [
        {change.path for change in read_changes(diff_trees(git, parent, merge.commit))}
        for parent in merge.parents
    ]
    elsewhere = [change for change in odd if change.path not in now]
    lost = _lost(git, merge, merged, same) if elsewhere else set()
    for change in odd:
        kept_one_side = any(change.path not in differing for differing in same)
        current = now.get(change.path)
        if current is None and (not kept_one_side or change.path not in lost):
            continue
        if current and (current.new_mode, current.new_oid) == (change.old_mode, change.old_oid):
            continue  # mended: the head has what merging gives
        still = current is None or (current.new_mode, current.new_oid) == (
            change.new_mode,
            change.new_oid,
        )
        yield MergeEdit(merge.commit, change.path, "dropped" if kept_one_side else "added", still)


def _lost(git: Git, merge: _Merge, merged: Merge, same: Sequence[set[str]]) -> set[str]:
    """The paths where the merge gave up a side that is not on the base, and the head has not got back what merging gives.

    The base's own work cannot be lost where nothing differs from the merge base; a sibling's can, for git believes it to be merged.
    """
    ancestor = ("merge-base", "--is-ancestor")
    strange = [
        number
        for number, parent in enumerate(merge.parents)
        if git.run(*ancestor, parent, merge.base, ok=(0, 1)).code
    ]
    given_up = {path for number in strange for path in same[number]}
    return given_up.intersection(
        change.path for change in read_changes(diff_trees(git, merged.tree, merge.head))
    )


def _remerged(git: Git, merges: Sequence[tuple[str, Sequence[str]]]) -> list[Merge]:
    """Merge the parents of every merge commit again: all pairs in one process, the rare octopus by folding."""
    pairs = [parents for _, parents in merges if len(parents) == 2]
    answers = iter(merge_pairs(git, pairs))
    return [next(answers) if len(parents) == 2 else fold(git, parents) for _, parents in merges]
