"""Where git's own merge of the head into the base would stop, path by path, without making it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from guard.changes.change import Change
from guard.changes.conflict import CARRIED, UNKNOWN, Conflict
from guard.contracts.branches import is_one_of
from guard.contracts.releases import Release, release_lines
from guard.core.errors import GitError, Incomplete
from guard.git.compare import diff_trees, read_changes
from guard.git.isolate import isolated, with_attributes
from guard.git.merge import Merge, MergeError, may_conflict, merge_commits
from guard.git.objects import Objects
from guard.git.plumbing import Git
from guard.git.repository import is_partial
from guard.rules import is_off
from guard.rules.facts import Facts, Need
from guard.verdict.generated import merge_attributes, merge_files
from guard.verdict.nearest import release_of, releases
from guard.verdict.opening import Sources
from guard.verdict.search import Search

# gitattributes(5), "Performing a three-way merge": git's own drivers, and those that never merge
# within a file.
_BUILT_IN = ("set", "unset", "text", "binary", "union")
WHOLE = ("unset", "binary")


class Tried(NamedTuple):
    """What merging a commit into the base gives, and what that would change on the base.

    `landing` is None if git stops for a reason that guard does not know.
    """

    merge: Merge
    landing: tuple[Change, ...] | None


def with_conflicts(sources: Sources, facts: Facts) -> Facts:
    """Give the facts with what `foreseen` finds and, if that is anything, what explains it."""
    found = foreseen(sources, facts)
    return facts._replace(conflicts=found, release=_release(sources, facts) if found else Release())


def _release(sources: Sources, facts: Facts) -> Release:
    """The release branch that the branch is, or was built on, though compared with the base."""
    search = Search(sources.repository, sources.objects, head=facts.head, branch=facts.branch)
    base = sources.trust.base
    if not is_one_of(facts.policy.bases, facts.branch) and release_lines([facts.branch], base.name):
        return Release(facts.branch, own=True)
    try:
        lines = releases(search, base, facts.policy.bases)
        return release_of(sources.repository.git, base, lines, facts.branch, facts.head)
    except GitError:
        return Release()


def foreseen(sources: Sources, facts: Facts) -> tuple[Conflict, ...]:
    """Give where git would stop in a merge now, and where it would carry a change to another path.

    The base's merge attributes count; a user's own driver is never run. Gives nothing if there is
    nothing to merge, no common history, or the rule is off. Raises GitError where git cannot tell.
    """
    trust, bases, moved = sources.trust, sources.bases, sources.moved
    if (
        facts.on_base
        or bases in ((), (trust.base.oid,), (facts.head,))
        or is_off(trust.policy, Need.CONFLICTS)
    ):
        return ()
    if moved:
        theirs = read_changes(moved, folders=True, on=facts.trusted.ref)
        if not _may_conflict(sources.objects, theirs, facts):
            return ()
    merge, landing = tried(sources, facts)
    carried = _carried(merge, landing or (), facts)
    paths = [conflict.path for conflict in merge.conflicts]
    driven = merge_attributes(sources, paths, facts.tracked) if paths else {}
    return (*sorted(with_drivers(merge.conflicts, driven)), *carried)


def _may_conflict(objects: Objects, theirs: Sequence[Change], facts: Facts) -> bool:
    head = objects.read_ahead([f"{facts.head}^{{tree}}"])[0]
    return may_conflict(facts.changes, theirs, lambda folder: objects.look_up(head, folder) is None)


def tried(sources: Sources, facts: Facts) -> Tried:
    """Merge the head into the base, once for one reading. Raises as `trial`."""

    def work() -> Tried:
        with isolated(sources.repository) as git:
            return trial(sources, git, facts, facts.head)

    return facts.memo.once("tried", (facts.head,), work)


def trial(sources: Sources, git: Git, facts: Facts, head: str) -> Tried:
    """Merge a commit that the isolated `git` has into the base, by the base's merge attributes.

    Raises GitError where git cannot, Incomplete if the clone is partial.
    """
    base = sources.trust.base.oid
    merging = with_attributes(git, _attributes(sources, facts))
    try:
        merge = merge_commits(merging, base, head)
    except MergeError as error:
        said = error.said.split("\n")[0]
        message = f"git cannot tell whether {head[:12]} merges into {base[:12]}: {said}"
        if is_partial(sources.repository):
            raise Incomplete(message, hint="git fetch --refetch --no-filter") from error
        raise GitError(
            message,
            hint="try a newer git (2.50 fixed crashes here); yours: git --version; "
            'or [rules] predicted-conflict = "off" on the base',
        ) from error
    if any(conflict.kind == UNKNOWN for conflict in merge.conflicts):
        return Tried(merge, None)
    return Tried(merge, tuple(read_changes(diff_trees(git, base, merge.tree))))


def _attributes(sources: Sources, facts: Facts) -> dict[str, bytes]:
    """The base's attribute files above what git may merge, where they say how.

    That is what our side changed, and files that the base may have moved.
    """
    paths = None
    if sources.moved:
        theirs = read_changes(sources.moved, on=facts.trusted.ref)
        paths = {change.path for change in facts.changes}
        paths.update(change.path for change in theirs if change.status == "A")
    return merge_files(sources, paths, facts.tracked)


def _carried(merge: Merge, landing: Sequence[Change], facts: Facts) -> tuple[Conflict, ...]:
    """The paths that merging changes on the base and the branch did not (merge-ort.c, renames).

    A conflict's own paths do not count, nor names that git makes up for what it sets aside: these
    remain unmerged.
    """
    known = merge.conflicted.union(change.path for change in facts.changes)
    known = known.union(path for conflict in merge.conflicts for path in conflict.paths)
    return tuple(
        Conflict(change.path, CARRIED, gitlink=change.has_gitlink)
        for change in landing
        if change.path not in known
    )


def with_drivers(conflicts: Iterable[Conflict], driven: Mapping[str, str]) -> Iterator[Conflict]:
    """Give the conflicts, each with the user's own driver that may solve it.

    `driven` has the attribute `merge` of paths.
    """
    for conflict in conflicts:
        driver = driven.get(conflict.path, "text")
        yield conflict if driver in _BUILT_IN else conflict._replace(driver=driver)
