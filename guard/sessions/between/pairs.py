"""Every pair of sessions: would git merge the two, and if not, where would it stop?

Each party stands on the base with what it changes there, so that no pair is blamed for what only
one of the two and the base disagree about. Two parties that share commits (stacked) are merged as
they are, and so is one that conflicts with the base, if the other changed what it is about.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from guard.changes.change import Change
from guard.changes.conflict import Conflict
from guard.git.merge import Merge, MergeError, own_path
from guard.rules.between import Pair, Twin
from guard.sessions.between.answers import Answers, Commits, Trees
from guard.sessions.between.candidates import (
    Touched,
    beyond_files,
    candidates,
    may_meet,
    touched,
    twins,
)
from guard.sessions.between.history import History
from guard.sessions.between.hunks import Blobs, touch
from guard.sessions.between.landing import Landed
from guard.sessions.between.places import Known, Met, places_of
from guard.verdict.opening import Sources
from guard.verdict.prediction import WHOLE, with_drivers

_REGULAR = ("100644", "100755")
_CONTEXT = 1  # lines: what git's merge takes for one hunk, and no less

_TOGETHER = 400  # cases whose merges and lines are in memory at once
_NOTHING = Pair("", "")

Numbers = tuple[int, int]  # of two parties


class _Case(NamedTuple):
    """A pair that may conflict: both sides' changes since one commit, and what git would merge.

    `plain`: both sides are compared with the same base, so that hunks can tell them apart. `shared`
    are the paths that both changed, sorted.
    """

    one: Landed
    other: Landed
    ours: Touched
    theirs: Touched
    commits: Commits
    plain: bool
    shared: tuple[str, ...]

    @property
    def makers(self) -> tuple[Commits, ...]:
        """The merges that made what the sides have."""
        return (*self.one.makers, *self.other.makers)


def compare_pairs(
    sources: Sources, answers: Answers, history: History, landed: Sequence[Landed], *, patches: bool
) -> list[Pair]:
    """Give the pairs about which there is something to say; the others merge cleanly.

    `history` has the heads of `landed`, in the same order. `patches` asks for both sides' hunks.
    """
    cases = _cases(sources, answers, history, landed)
    found = {
        numbers: Pair(*_names(landed, numbers), twins=each)
        for numbers, each in _twins(landed).items()
    }
    ordered = sorted(cases)
    for done in range(0, len(ordered), _TOGETHER):
        part = {numbers: cases[numbers] for numbers in ordered[done : done + _TOGETHER]}
        compared = _compared(sources, answers, part, patches=patches, done=done, of=len(ordered))
        for numbers, merge, known in compared:
            pair = found.get(numbers, Pair(*_names(landed, numbers)))
            found[numbers] = _told(pair, cases[numbers], merge, known)
    return [pair for _, pair in sorted(found.items()) if pair[2:] != _NOTHING[2:]]


def _names(landed: Sequence[Landed], numbers: Numbers) -> tuple[str, str]:
    one, other = numbers
    return landed[one].party.name, landed[other].party.name


def _compared(
    sources: Sources,
    answers: Answers,
    cases: Mapping[Numbers, _Case],
    *,
    patches: bool,
    done: int,
    of: int,
) -> Iterator[tuple[Numbers, Merge | MergeError | None, Known]]:
    """What git says of some cases: of all at once, the lines of a thousand sessions need 500 MB."""
    asked = _not_apart(answers, cases)
    merges = answers.merges((cases[numbers].commits for numbers in asked), done, of)
    made = [merge for merge in merges.values() if isinstance(merge, Merge)]
    driven = answers.drivers({one.path for merge in made for one in merge.conflicts})
    met: dict[Numbers, Met] = {}
    for numbers, case in cases.items():
        merge = merges.get(case.commits) if numbers in asked else None
        conflicts = _conflicts(case, merge, driven)
        met[numbers] = Met(*case[:5], merge if isinstance(merge, Merge) else None, conflicts)
    known = places_of(sources, answers, met, patches=patches)
    for numbers, case in cases.items():
        yield numbers, merges.get(case.commits), known[numbers]


def _told(pair: Pair, case: _Case, merge: Merge | MergeError | None, known: Known) -> Pair:
    places, same_lines = known
    verdict, why = "conflict" if places else "clean", ""
    if isinstance(merge, MergeError):
        verdict, why = "undecided", f"git cannot merge the two: {merge.said}"
    return pair._replace(
        verdict=verdict,
        why=why,
        places=places,
        same_files=case.shared,
        same_lines=same_lines,
    )


def _cases(
    sources: Sources, answers: Answers, history: History, landed: Sequence[Landed]
) -> dict[Numbers, _Case]:
    """The pairs that can meet by their paths; one that git would fast-forward is none."""
    takes_part = [each.party.takes_part for each in landed]
    sides = [each.touched if each.party.takes_part else touched(()) for each in landed]
    stacked = {
        pair: history.fork(*pair)
        for pair in history.stacked()
        if takes_part[pair[0]] and takes_part[pair[1]]
    }
    pairs = candidates(sides) | set(_contested(landed))
    cases = {}
    for a, b in pairs - stacked.keys():
        one, other = landed[a], landed[b]
        disputed = bool(
            one.contested & sides[b].files.keys()
            or other.contested & (sides[a].files.keys() | one.contested)
        )
        commits = _as_they_are(answers, one, other) if disputed else (one.commit, other.commit)
        cases[a, b] = _case(one, other, sides[a], sides[b], commits, plain=not disputed)
    cases.update(_stacked_cases(sources, answers, history, landed, stacked))
    return cases


def _case(
    one: Landed, other: Landed, ours: Touched, theirs: Touched, commits: Commits, *, plain: bool
) -> _Case:
    shared = tuple(sorted(ours.files.keys() & theirs.files.keys()))
    return _Case(one, other, ours, theirs, commits, plain, shared)


def _contested(landed: Sequence[Landed]) -> Iterator[Numbers]:
    """The pairs of which one changed a path on which the other conflicts with the base."""
    stopped = [number for number, each in enumerate(landed) if each.contested]
    for a in stopped:
        for b, other in enumerate(landed):
            paths = other.contested.union(other.touched.files)
            meets = a != b and other.party.takes_part and landed[a].party.takes_part
            if meets and not landed[a].contested.isdisjoint(paths):
                yield min(a, b), max(a, b)


def _as_they_are(answers: Answers, one: Landed, other: Landed) -> Commits:
    """One that conflicts with the base, as it is, and the other as it is on the base."""
    whole = one if one.contested else other
    if not whole.fork:
        return one.party.commit, other.party.commit

    def put(each: Landed) -> str:
        tree = each.party.tree if each is whole else each.tree
        maker = each.makers[0] if each is not whole and each.makers else None
        return answers.commit(tree, whole.fork, maker=maker)

    return put(one), put(other)


def _stacked_cases(
    sources: Sources,
    answers: Answers,
    history: History,
    landed: Sequence[Landed],
    stacked: Mapping[Numbers, str],
) -> Iterator[tuple[Numbers, _Case]]:
    """Stacked parties since the commit that both have; without a single one, git is asked."""
    forks = sorted(set(stacked.values()) - {""})
    infos = sources.objects.infos(*(f"{fork}^{{tree}}" for fork in forks))
    trees = {fork: info.oid for fork, info in zip(forks, infos, strict=True) if info}
    wanted: dict[Trees, tuple[Commits, ...]] = {
        (trees[fork], landed[number].party.tree): ()
        for pair, fork in stacked.items()
        if fork
        for number in pair
    }
    changes = {pair: touched(found) for pair, found in answers.changes(wanted).items()}
    for (a, b), fork in stacked.items():
        one, other = landed[a], landed[b]
        if _fast_forward(history, a, b, landed):
            continue
        sides = (one.party.tree, other.party.tree)
        ours, theirs = (changes.get((trees[fork], side)) if fork else None for side in sides)
        if ours is None or theirs is None:
            commits = (one.party.commit, other.party.commit)
            yield (a, b), _case(one, other, one.touched, other.touched, commits, plain=False)
            continue
        if may_meet(ours, theirs):
            commits = (answers.commit(sides[0], fork), answers.commit(sides[1], fork))
            yield (a, b), _case(one, other, ours, theirs, commits, plain=True)


def _fast_forward(history: History, a: int, b: int, landed: Sequence[Landed]) -> bool:
    """Whether one party's commit is part of the other's history, as it is committed."""
    return (history.contains(b, a) and not landed[a].party.dirty) or (
        history.contains(a, b) and not landed[b].party.dirty
    )


def _not_apart(answers: Answers, cases: Mapping[Numbers, _Case]) -> set[Numbers]:
    """The pairs that git has to merge: all but those whose hunks stay apart in all shared files.

    Files that are not merged by lines are none of those.
    """
    driven = answers.drivers({path for case in cases.values() for path in case.shared})
    whole = {path for path, driver in driven.items() if driver in WHOLE}
    certain: set[Numbers] = set()
    shared: dict[Numbers, list[tuple[Blobs, Blobs]]] = {}
    wanted: dict[Blobs, tuple[Commits, ...]] = {}
    for numbers, case in cases.items():
        if case.commits[0] == case.commits[1]:
            continue
        blobs = _plain_files(case) if case.plain else None
        if blobs is None or not whole.isdisjoint(case.shared):
            certain.add(numbers)
            continue
        shared[numbers] = blobs
        for ours, theirs in blobs:
            wanted.setdefault(ours, case.one.makers)
            wanted.setdefault(theirs, case.other.makers)
    hunks = answers.hunks(wanted, _CONTEXT)
    for numbers, blobs in shared.items():
        for ours, theirs in blobs:
            mine, others = hunks[ours], hunks[theirs]
            if mine is None or others is None or touch(mine, others):
                certain.add(numbers)
                break
    return certain


def _plain_files(case: _Case) -> list[tuple[Blobs, Blobs]] | None:
    """The files that both sides edited, before and after; None where more than lines can meet.

    The same edit on both sides is no conflict.
    """
    if beyond_files(case.ours, case.theirs) or beyond_files(case.theirs, case.ours):
        return None
    found = []
    for path in case.shared:
        ours, theirs = case.ours.files[path], case.theirs.files[path]
        if not (_is_edit(ours) and _is_edit(theirs) and ours.old == theirs.old):
            return None
        if ours.new_oid != theirs.new_oid:
            found.append(((ours.old_oid, ours.new_oid), (theirs.old_oid, theirs.new_oid)))
    return found


def _is_edit(change: Change) -> bool:
    return change.status == "M" and change.old_mode == change.new_mode in _REGULAR


def _conflicts(
    case: _Case, merge: Merge | MergeError | None, driven: Mapping[str, str]
) -> tuple[Conflict, ...]:
    """The conflicts between the two.

    A conflict of one with the base, in a path that the other did not change, is not between them.
    """
    if not isinstance(merge, Merge):
        return ()
    found = with_drivers(merge.conflicts, driven)
    between = (one for one in found if not _of_one_alone(case, one))
    return tuple(sorted(_with_old_name(case, merge, one) for one in between))


def _with_old_name(case: _Case, merge: Merge, conflict: Conflict) -> Conflict:
    """The same, with the name that the file still has on the side that did not move it."""
    if conflict.others or not case.plain:
        return conflict
    stages = {each.number: each for each in merge.stages if own_path(each.path) == conflict.path}
    if stages.keys() != {1, 2, 3}:
        return conflict
    for files, number in ((case.ours.files, 2), (case.theirs.files, 3)):
        if conflict.path not in files:
            blobs = (stages[1].oid, stages[number].oid)
            edits = [files[path] for path in case.shared]
            old = [one.path for one in edits if (one.old_oid, one.new_oid) == blobs]
            return conflict._replace(others=tuple(old[:1]))
    return conflict


def _of_one_alone(case: _Case, conflict: Conflict) -> bool:
    for side, other in ((case.one, case.other), (case.other, case.one)):
        theirs = other.contested.union(other.touched.files)
        if conflict.path in side.contested and conflict.path not in theirs:
            return True
    return False


def _twins(landed: Sequence[Landed]) -> dict[Numbers, tuple[Twin, ...]]:
    found: dict[Numbers, list[Twin]] = {}
    sides = [each.touched if each.party.takes_part else touched(()) for each in landed]
    for a, b, twin in twins(sides):
        found.setdefault((a, b), []).append(twin)
    return {numbers: tuple(sorted(each)) for numbers, each in found.items()}
