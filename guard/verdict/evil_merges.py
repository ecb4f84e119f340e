"""What merge commits did beyond merging, found by merging again."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from guard.changes.change import Change
from guard.changes.sides import has_one, lost
from guard.git.ancestry import is_ancestor
from guard.git.compare import diff_trees, read_changes
from guard.git.isolate import isolated, quoted, write
from guard.git.merge import Merge, fold, merge_pairs
from guard.git.objects import Objects
from guard.git.plumbing import Git
from guard.rules.facts import Facts
from guard.rules.merges import MergeEdit
from guard.verdict.generated import merge_attributes
from guard.verdict.opening import Sources
from guard.verdict.subtree import replanted

_LARGEST = 1 << 20  # bytes of a file that is searched for lines


def merge_edits(sources: Sources, facts: Facts, lines: Sequence[str]) -> list[MergeEdit]:
    """Give what merge commits of the branch dropped or added and its head still shows.

    `lines` are the merge commits, each with its parents.
    """
    repository, base, head = sources.repository, sources.trust.base.oid, facts.head
    now = {change.path: change for change in facts.changes}
    with isolated(repository) as git:
        merges = [(words[0], words[1:]) for words in (line.split() for line in lines)]
        edits: list[MergeEdit] = []
        for (commit, parents), first in _apart(sources, git, merges, facts.tracked):
            again = [first]
            if first.odd and not repository.shallow:
                planted = replanted(git, base, commit, parents)
                again += [_compared(git, merged, commit) for merged in planted]
            made = min(again, key=lambda one: len(one.odd))
            merge = _Merge(commit, parents, base, head)
            edits += _edits(git, merge, made, now)
            edits += _side_dropped(git, merge, made.merged)
        return edits


class _Made(NamedTuple):
    """What git makes of a merge, and what the commit has besides that and its conflicts."""

    merged: Merge
    odd: Sequence[Change]


def _compared(git: Git, merged: Merge, commit: str) -> _Made:
    changes = read_changes(diff_trees(git, merged.tree, commit))
    return _Made(merged, [change for change in changes if change.path not in merged.conflicted])


def _apart(
    sources: Sources, git: Git, merges: Sequence[tuple[str, Sequence[str]]], tracked: bytes
) -> list[tuple[tuple[str, Sequence[str]], _Made]]:
    """Each merge that is not what git makes of it, beside what git makes of it.

    The base's merge attributes count where they could matter.
    """
    apart = [
        (merge, made) for merge, made in _remade(git, merges) if made.merged.conflicted or made.odd
    ]
    paths = {path for _, made in apart for path in made.merged.conflicted}
    paths.update(change.path for _, made in apart for change in made.odd)
    driven = merge_attributes(sources, sorted(paths), tracked) if paths else {}
    return _remade(git, [merge for merge, _ in apart]) if _obey(git, driven) else apart


def _obey(git: Git, driven: Mapping[str, str]) -> bool:
    """Let an isolated git obey the merge attributes of paths; tell whether it makes a difference.

    `union` merges lines, and a file with `-merge` or a user's own driver, which is not run, is a
    conflict if both sides changed it (gitattributes(5), "Performing a three-way merge"). Patterns
    are quoted as in C there, and `info/attributes` counts in a bare repository, too.
    """
    how = {"union": "merge=union", "set": "", "text": ""}
    lines = [
        f"{quoted(_literal(path), always=True)} {said}\n"
        for path, driver in driven.items()
        if (said := how.get(driver, "-merge"))
    ]
    if lines:
        write(git.directory, "info/attributes", "".join(lines))
    return bool(lines)


def _literal(path: str) -> str:
    return "/" + "".join("\\" + char if char in "*?[\\" else char for char in path)


class _Merge(NamedTuple):
    commit: str
    parents: Sequence[str]
    base: str
    head: str


def _edits(git: Git, merge: _Merge, made: _Made, now: Mapping[str, Change]) -> Iterator[MergeEdit]:
    if not made.odd:
        return
    same = [
        {change.path for change in read_changes(diff_trees(git, parent, merge.commit))}
        for parent in merge.parents
    ]
    elsewhere = [change for change in made.odd if change.path not in now]
    lost = _lost(git, merge, made.merged, same) if elsewhere else set()
    for change in made.odd:
        kept_one_side = any(change.path not in differing for differing in same)
        current = now.get(change.path)
        still = True
        if current is None:
            if not kept_one_side or change.path not in lost:
                continue
        else:
            if current.new == change.old:
                continue  # mended: the head has what merging gives
            still = current.new == change.new
        yield MergeEdit(merge.commit, change.path, "dropped" if kept_one_side else "added", still)


def _side_dropped(git: Git, merge: _Merge, merged: Merge) -> Iterator[MergeEdit]:
    """Where the merge conflicts: the files that lack what one side added, in the head as well."""
    if not merged.conflicted:
        return
    with closing(Objects(git)) as objects:
        commits = (merge.commit, *merge.parents, merge.head)
        trees = [merged.tree, *map(objects.tree_of, commits)]
        for path in sorted(merged.conflicted):
            marked, result, *sides, now = (_content(objects, tree, path) for tree in trees)
            found = lost(marked, result, sides) if marked and result and now else None
            if found and not has_one(now, found.lines):
                kind = "file" if found.whole else "side"
                yield MergeEdit(merge.commit, path, kind, still=True, lines=found.lines)


def _content(objects: Objects, tree: str, path: str) -> bytes:
    entry = objects.look_up(tree, path)
    found = objects.read_all([entry.oid], _LARGEST)[0] if entry else None
    return (found.content or b"") if found and found.info.kind == "blob" else b""


def _lost(git: Git, merge: _Merge, merged: Merge, same: Sequence[set[str]]) -> set[str]:
    """The paths where the merge gave up a side that the base does not have, still lost at the head.

    A sibling's work can be lost where nothing differs from the merge base: git takes it for merged.
    """
    given_up: set[str] = set()
    for parent, paths in zip(merge.parents, same, strict=True):
        if not is_ancestor(git, parent, merge.base):
            given_up |= paths
    now = read_changes(diff_trees(git, merged.tree, merge.head))
    return given_up.intersection(change.path for change in now)


def _remade(
    git: Git, merges: Sequence[tuple[str, Sequence[str]]]
) -> list[tuple[tuple[str, Sequence[str]], _Made]]:
    """Merge the parents of each commit again: all pairs in one process, an octopus by folding."""
    answers = iter(merge_pairs(git, [parents for _, parents in merges if len(parents) == 2]))
    found = []
    for merge in merges:
        commit, parents = merge
        merged = next(answers) if len(parents) == 2 else fold(git, parents)
        found.append((merge, _compared(git, merged, commit)))
    return found
