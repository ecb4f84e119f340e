"""Which sides can meet at all, by their changed paths since one base. git does not run.

Besides a path that both changed, git stops where a file meets a folder, and where one side adds to
a folder that the other moved away (merge-ort.c, `CONFLICT_FILE_DIRECTORY` and
`CONFLICT_DIR_RENAME_*`). A pair that is not given merges cleanly: a test merges every pair.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from guard.changes.change import Change, folders_above
from guard.core.names import fold
from guard.git.compare import FOLDER
from guard.rules.between import Twin


class Touched(NamedTuple):
    """What one side changed: files, folders that came or went, and folders that it added to."""

    files: Mapping[str, Change]
    new_folders: frozenset[str]
    gone_folders: frozenset[str]
    grown: frozenset[str]

    @property
    def folders(self) -> frozenset[str]:
        """The folders that are on one side of the change only."""
        return self.new_folders | self.gone_folders


def touched(changes: Sequence[Change]) -> Touched:
    """Sort the changes of one side; whole folders are among them (`git diff-tree -t`)."""
    files = {one.path: one for one in changes if FOLDER not in (one.old_mode, one.new_mode)}
    # Where a file takes a folder's place, git lists the folder as gone and the file as new.
    gone = {one.path for one in changes if one.old_mode == FOLDER and one.new_mode != FOLDER}
    new = {one.path for one in changes if one.new_mode == FOLDER and one.old_mode != FOLDER}
    grown = folders_above(path for path, change in files.items() if change.status == "A")
    return Touched(
        files,
        frozenset(new),
        frozenset(gone),
        frozenset(folder[:-1] for folder in grown if folder),
    )


def may_meet(one: Touched, other: Touched) -> bool:
    """Tell whether two sides can conflict; no is certain."""
    return (
        not one.files.keys().isdisjoint(other.files)
        or beyond_files(one, other)
        or beyond_files(other, one)
    )


def beyond_files(one: Touched, other: Touched) -> bool:
    """Tell whether a folder of one side meets what the other changed."""
    return not (one.folders.isdisjoint(other.files) and one.gone_folders.isdisjoint(other.grown))


def candidates(sides: Sequence[Touched]) -> set[tuple[int, int]]:
    """Give the pairs of sides, by their numbers, for which `may_meet` holds."""
    files: defaultdict[str, list[int]] = defaultdict(list)
    grown: defaultdict[str, list[int]] = defaultdict(list)
    for number, side in enumerate(sides):
        for path in side.files:
            files[path].append(number)
        for folder in side.grown:
            grown[folder].append(number)
    found = {
        (one, other)
        for numbers in files.values()
        for at, one in enumerate(numbers)
        for other in numbers[at + 1 :]
    }
    for number, side in enumerate(sides):
        met = [other for folder in side.folders for other in files.get(folder, ())]
        met += [other for folder in side.gone_folders for other in grown.get(folder, ())]
        found.update((min(number, other), max(number, other)) for other in met if other != number)
    return found


def twins(sides: Sequence[Touched]) -> Iterator[tuple[int, int, Twin]]:
    """Yield each pair of sides that added two names which some file systems take for one.

    Of names in new folders only the uppermost that differ count.
    """
    spelled: defaultdict[str, dict[str, set[int]]] = defaultdict(dict)
    for number, side in enumerate(sides):
        added = [path for path, change in side.files.items() if change.status == "A"]
        for path in (*added, *side.new_folders):
            spelled[fold(path)].setdefault(path, set()).add(number)
    for ways in spelled.values():
        names = sorted(ways)
        for at, one in enumerate(names):
            for other in names[at + 1 :]:
                if _above(one) == _above(other):
                    yield from _apart(ways[one], ways[other], one, other)


def _above(path: str) -> str:
    return path.rpartition("/")[0]


def _apart(
    ones: set[int], others: set[int], one: str, other: str
) -> Iterator[tuple[int, int, Twin]]:
    """The pairs of which one side has one name and the other side the other, not both."""
    for a in sorted(ones - others):
        for b in sorted(others - ones):
            yield (a, b, Twin(one, other)) if a < b else (b, a, Twin(other, one))
