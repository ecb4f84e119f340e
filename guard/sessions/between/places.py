"""Where two sessions meet: the lines of each side in its own file, and the hunks of both."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from guard.changes.conflict import Conflict
from guard.git.merge import Merge, Stage, own_path
from guard.rules.between import Lines, Party, Place
from guard.sessions.between.answers import Answers, Commits
from guard.sessions.between.candidates import Touched, touched
from guard.sessions.between.hunks import (
    Blobs,
    Hunk,
    as_patch,
    lines_of,
    meeting,
    moved_lines,
    touch,
)
from guard.sessions.between.kept import Hunks
from guard.sessions.between.landing import Landed
from guard.verdict.opening import Sources

_REGULAR = ("100644", "100755")
_SHOWN = 3  # lines of context in a patch

Known = tuple[tuple[Place, ...], tuple[str, ...]]
_Own = Mapping[tuple[str, str], str]  # name of a party and path of a conflict → blob


class Met(NamedTuple):
    """A pair that may conflict, the merge that git made of its `commits` if it was asked."""

    one: Landed
    other: Landed
    ours: Touched
    theirs: Touched
    commits: Commits
    merge: Merge | None
    conflicts: tuple[Conflict, ...]

    @property
    def makers(self) -> tuple[Commits, ...]:
        """The merges that made the blobs of both sides and of the conflicts."""
        return (*self.one.makers, *self.other.makers, self.commits)


def with_base_lines(
    sources: Sources, answers: Answers, landed: Sequence[Landed], *, patches: bool
) -> list[Landed]:
    """Give the same with the lines of their conflicts with the base; side a is the base."""
    trust = sources.trust
    base = Party(trust.base.short, "", "", "", "", trust.base.oid, tree=trust.tree)
    one = Landed(base, trust.base.oid, trust.tree, touched(()))
    met = {}
    for number, each in enumerate(landed):
        if each.party.places and each.made:
            conflicts = tuple(place.conflict for place in each.party.places)
            as_is = each._replace(tree=each.party.tree, party=each.party._replace(places=()))
            sides = (one.touched, each.touched)
            met[number, 0] = Met(one, as_is, *sides, each.makers[0], each.made, conflicts)
    known = places_of(sources, answers, met, patches=patches)
    return [
        each._replace(party=each.party._replace(places=known[number, 0][0]))
        if (number, 0) in known
        else each
        for number, each in enumerate(landed)
    ]


class _Stopped(NamedTuple):
    """The blobs of a conflict: the base's to each side's, and each side's as its own file is."""

    sides: tuple[Blobs, Blobs]
    own: tuple[Blobs, Blobs]


def places_of(
    sources: Sources, answers: Answers, met: Mapping[tuple[int, int], Met], *, patches: bool
) -> dict[tuple[int, int], Known]:
    """Give for each pair its conflicts with lines, and the paths with the same lines but none."""
    own = _own_blobs(sources, met.values())
    stopped = {
        (numbers, conflict.path): found
        for numbers, each in met.items()
        for conflict in each.conflicts
        if (found := _stopped(sources, each, conflict.path, own))
    }
    edits = {numbers: list(_same_files(each)) for numbers, each in met.items()}
    wanted: dict[Blobs, tuple[Commits, ...]] = {}
    for (numbers, _), found in stopped.items():
        for blobs in (*found.sides, *found.own):
            wanted.setdefault(blobs, met[numbers].makers)
    for numbers, files in edits.items():
        for _, pair in files:
            for blobs in pair:
                wanted.setdefault(blobs, met[numbers].makers)
    hunks = answers.hunks(wanted, 0)
    texts = {}
    if patches:
        sides = {
            blobs: met[numbers].makers
            for (numbers, _), found in stopped.items()
            for blobs in found.sides
        }
        texts = answers.texts(sides, _SHOWN)
    known = {}
    for numbers, each in met.items():
        places = tuple(
            _place(each, conflict, stopped.get((numbers, conflict.path)), hunks, texts)
            for conflict in each.conflicts
        )
        there = {conflict.path for conflict in each.conflicts}
        same = tuple(
            path
            for path, (ours, theirs) in edits[numbers]
            if path not in there and _touch(hunks[ours], hunks[theirs])
        )
        known[numbers] = (places, same)
    return known


def _stopped(sources: Sources, met: Met, path: str, own: _Own) -> _Stopped | None:
    """The blobs of a conflict about content; None for another kind."""
    stages = _text_stages(met, path)
    if 2 not in stages and 3 not in stages:
        return None
    zero = sources.repository.zero
    old, ours, theirs = (stages[number].oid if number in stages else zero for number in (1, 2, 3))
    return _Stopped(
        ((old, ours), (old, theirs)),
        (
            (own.get((met.one.party.name, path), ours), ours),
            (own.get((met.other.party.name, path), theirs), theirs),
        ),
    )


def _text_stages(met: Met, path: str) -> dict[int, Stage]:
    """The stages of a conflict between regular files; nothing for others."""
    found = (
        {stage.number: stage for stage in met.merge.stages if own_path(stage.path) == path}
        if met.merge
        else {}
    )
    return found if all(stage.mode in _REGULAR for stage in found.values()) else {}


def _own_blobs(sources: Sources, met: Iterable[Met]) -> _Own:
    """For each conflict the blob that a party itself has where its file on the base is another."""
    wanted: dict[tuple[str, str], str] = {}
    for each in met:
        for conflict in each.conflicts:
            stages = _text_stages(each, conflict.path)
            for number, side in ((2, each.one), (3, each.other)):
                if number in stages and side.tree != side.party.tree:
                    place = _place_of(side, conflict.path, stages[number].oid)
                    wanted[side.party.name, conflict.path] = f"{side.party.tree}:{place}"
    asked = {key: name for key, name in wanted.items() if "\n" not in name}
    infos = sources.objects.infos(*asked.values()) if asked else []
    return {
        key: info.oid
        for key, info in zip(asked, infos, strict=True)
        if info and info.kind == "blob"
    }


def _place_of(side: Landed, path: str, blob: str) -> str:
    """Where a party has a file that git merged under `path`, which may be another side's name."""
    change = side.touched.files.get(path)
    if change and change.new_oid == blob:
        return path
    known = (where for where, one in side.touched.files.items() if one.new_oid == blob)
    return next(known, path)


def _same_files(met: Met) -> Iterator[tuple[str, tuple[Blobs, Blobs]]]:
    """The files that both edited, before and after; without a merge, those edited alike."""
    for path in sorted(met.ours.files.keys() & met.theirs.files.keys()):
        ours, theirs = met.ours.files[path], met.theirs.files[path]
        modes = {ours.old_mode, ours.new_mode, theirs.old_mode, theirs.new_mode}
        is_close = met.merge is not None or ours.new_oid == theirs.new_oid
        if is_close and modes <= set(_REGULAR) and ours.old_oid == theirs.old_oid:
            yield path, ((ours.old_oid, ours.new_oid), (theirs.old_oid, theirs.new_oid))


def _touch(ours: Hunks, theirs: Hunks) -> bool:
    return bool(ours and theirs and touch(ours, theirs))


def _place(
    met: Met,
    conflict: Conflict,
    stopped: _Stopped | None,
    hunks: Mapping[Blobs, Hunks],
    texts: Mapping[Blobs, Hunks],
) -> Place:
    with_base = any(
        conflict.path == place.conflict.path
        for side in (met.one, met.other)
        for place in side.party.places
    )
    place = Place(conflict, with_base=with_base)
    if not stopped:
        return place
    ours, theirs = (hunks[blobs] or () for blobs in stopped.sides)
    found = lines_of(ours, theirs)
    mine, others = (hunks[blobs] or () for blobs in stopped.own)
    lines = tuple(Lines(moved_lines(a, mine), moved_lines(b, others)) for a, b in found)
    if not texts:
        return place._replace(lines=lines)
    both = [texts[blobs] or () for blobs in stopped.sides]
    return place._replace(lines=lines, patches=_patches(conflict.path, both[0], both[1]))


def _patches(path: str, ours: Sequence[Hunk], theirs: Sequence[Hunk]) -> tuple[str, str]:
    """The hunks of both sides that meet; all of them where a side has none."""
    groups = list(meeting(ours, theirs))
    if groups:
        ours = [hunk for group in groups for hunk in group[0]]
        theirs = [hunk for group in groups for hunk in group[1]]
    return as_patch(path, ours), as_patch(path, theirs)
