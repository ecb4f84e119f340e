"""What git's own merge of two commits would say, without making it: where it would stop, path by path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guard.changes.change import Change
from guard.changes.conflict import CARRIED, UNKNOWN, Conflict, Merge, parse_merge
from guard.core.errors import GitError, Incomplete
from guard.git.compare import diff_trees, read_changes
from guard.git.isolate import isolated
from guard.git.meeting import may_conflict
from guard.git.objects import Objects
from guard.git.plumbing import Git, Process
from guard.git.repository import Repository, is_partial
from guard.rules import is_off
from guard.rules.facts import Facts, Need
from guard.verdict.generated import merge_attributes
from guard.verdict.trust import Trust

# gitattributes(5), "Performing a three-way merge": what comes with git, and what never merges within a file.
_BUILT_IN = ("set", "unset", "text", "binary", "union")
_WHOLE = ("unset", "binary")


def foreseen(
    repository: Repository,
    objects: Objects,
    trust: Trust,
    bases: Sequence[str],
    facts: Facts,
    moved: Process | None,
) -> tuple[Conflict, ...]:
    """Where git would stop if the head were merged into the base now, and where it would carry a change to another path.

    `bases` are the merge bases that the changes were compared with.

    `moved` is the comparison of the one merge base, if there is just one, with the base's tip, whole folders included.

    Nothing is tried where there is nothing to merge (a branch without common history is not meant for it), or the policy does not ask.
    Raises GitError where git cannot tell: only an answer with a tree is one, and no answer is never a clean merge. The merge attributes
    that stand on the base are heeded; a driver of somebody's own is never run.
    """
    if (
        facts.on_base
        or list(bases) in ([], [trust.base.oid], [facts.head])
        or is_off(trust.policy, Need.CONFLICTS)
    ):
        return ()
    if moved and not _may_conflict(objects, read_changes(moved), facts):
        return ()
    with isolated(repository) as git:
        merge = _merge(git, trust.base.oid, facts.head, partial=is_partial(repository))
        carried = _carried(git, trust.tree, merge, facts)
    paths = sorted(
        {change.path for change in facts.changes} | {conflict.path for conflict in merge.conflicts}
    )
    driven = merge_attributes(repository, objects, trust.tree, paths)
    if not driven:
        return (*merge.conflicts, *carried)
    whole = any(driver in _WHOLE for driver in driven.values())
    apart = _changed_apart(repository, trust.base.oid, bases, facts.changes) if whole else set()
    return (*sorted(_as_driven(merge, driven, apart)), *carried)


def _may_conflict(objects: Objects, theirs: Sequence[Change], facts: Facts) -> bool:
    """Whether it takes a merge to tell: most often the base went on elsewhere."""
    head = objects.read_ahead([f"{facts.head}^{{tree}}"])[0]
    return may_conflict(facts.changes, theirs, lambda folder: objects.look_up(head, folder) is None)


def _merge(git: Git, ours: str, theirs: str, *, partial: bool) -> Merge:
    """Merge two commits in a repository that vanishes, with renames found as git finds them (git-merge-tree(1))."""
    answer = git.start("merge-tree", "--write-tree", "-z", "--messages", ours, theirs).answer()
    if answer.code in (0, 1) and answer.out:
        try:
            return parse_merge(answer.out, clean=answer.code == 0)
        except ValueError as error:
            raise GitError(
                "git merge-tree answers in a way that guard does not know",
                hint="report it with what `git --version` says",
            ) from error
    said = answer.err.strip().split("\n")[0] or f"exit status {answer.code}"
    message = f"git cannot tell whether {theirs[:12]} merges into {ours[:12]}: {said}"
    if partial:
        raise Incomplete(message, hint="git fetch --refetch --no-filter")
    raise GitError(
        message,
        hint='a newer git may (2.50 mended crashes here): git --version; or [rules] predicted-conflict = "off" on the base',
    )


def _carried(git: Git, base: str, merge: Merge, facts: Facts) -> tuple[Conflict, ...]:
    """The paths that merging changes on the base and the branch did not: git follows a file that the base moved (merge-ort.c, renames).

    Left out is what a conflict put there: its own paths, and names with a `~` for what git sets aside.
    """
    if any(conflict.kind == UNKNOWN for conflict in merge.conflicts):
        return ()
    known = {change.path for change in facts.changes}
    known.update(path for conflict in merge.conflicts for path in (conflict.path, *conflict.others))
    changed = (change.path for change in read_changes(diff_trees(git, base, merge.tree)))
    return tuple(
        Conflict(path, CARRIED) for path in changed if path not in known and "~" not in path
    )


def _changed_apart(
    repository: Repository, base: str, bases: Sequence[str], changes: Sequence[Change]
) -> set[str]:
    """The paths that both sides changed since every merge base, each to something else."""
    each = [
        {change.path: change for change in read_changes(diff_trees(repository.git, old, base))}
        for old in bases
    ]
    ours = {change.path: change for change in changes}
    both = set(ours).intersection(*each)
    return {path for path in both if _now(ours[path]) != _now(each[0][path])}


def _now(change: Change) -> tuple[str, str]:
    return change.new_mode, change.new_oid


def _as_driven(merge: Merge, driven: dict[str, str], apart: set[str]) -> Iterator[Conflict]:
    """The conflicts that remain once the base's attributes are heeded.

    `merge=union` takes the lines of both sides and never stops; `-merge` and `binary` stop wherever both sides changed the file, whichever
    lines. What a driver of somebody's own makes of a file only that driver knows: the conflict is told as one that it may solve.
    """
    stopped = {conflict.path for conflict in merge.conflicts}
    for conflict in merge.conflicts:
        driver = driven.get(conflict.path, "text")
        if driver == "union" and conflict.kind in ("content", "add/add"):
            continue
        yield conflict if driver in _BUILT_IN else conflict._replace(driver=driver)
    yield from (
        Conflict(path, "binary")
        for path, driver in driven.items()
        if driver in _WHOLE and path in apart - stopped
    )
