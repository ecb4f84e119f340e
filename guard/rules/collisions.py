"""MRG003: do names stay apart on every machine?"""

from __future__ import annotations

from guard.core.names import fold_all, shell_quote
from guard.core.values import NamedTuple
from guard.rules.findings import Violation
from guard.rules.rule import Instead

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from guard.rules.facts import Facts

_RENAME = "Use the name that is there already, or one that differs in more than case."
INSTEAD = Instead(before=_RENAME, after=_RENAME)


class _Pair(NamedTuple):
    """Two names of one folder that some file systems take for one; the branch added `new`."""

    folder: str
    new: str
    there: str


def name_collision(facts: Facts) -> Iterator[Violation]:
    """Do two paths differ only by case or Unicode form?

    macOS and Windows take README and Readme for one name, and macOS takes the two spellings of é
    (one code point, or e with an accent) for one. A repository with both cannot be checked out
    there whole: one file replaces the other, and git shows a change that nobody made. Every part of
    an added path is compared with the names beside it after the merge. Names that collided before
    the branch are not reported.

    What to do: give the new file or folder another name, or the spelling that is there already.
    """
    added = [change.path for change in facts.changes if change.status == "A"]
    for pair in _pairs(facts, added):
        place = _join(pair.folder, pair.new)
        below = [path for path in added if path == place or path.startswith(place + "/")]
        step = f"git mv -- {shell_quote(below[0])} {shell_quote(_instead(pair, below[0]))}"
        yield Violation(below[0], _message(pair, len(below) - 1), step)


def _pairs(facts: Facts, added: list[str]) -> Iterator[_Pair]:
    same = [
        (folder, names)
        for folder in sorted(_folders(added))
        for names in _same(facts.entries.get(folder, frozenset()))
    ]
    if not same:
        return
    files = frozenset(added)
    touched = _folders(change.path for change in facts.changes if change.status != "A")
    for folder, names in same:
        come = [name for name in names if _is_new(facts, _join(folder, name), files, touched)]
        old = [name for name in names if name not in come]
        there = (old or come or [""])[0]
        yield from (_Pair(folder, name, there) for name in come if name != there)


def _folders(added: Iterable[str]) -> set[str]:
    """The folders of the paths, and those above them; the top is ""."""
    folders: set[str] = set()
    for path in added:
        folder = path.rpartition("/")[0]
        while folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return folders


def _same(names: frozenset[str]) -> Iterator[list[str]]:
    """The groups of names that fold to the same, each sorted."""
    ordered = sorted(names)
    folded = fold_all(ordered)
    if len(set(folded)) == len(ordered):
        return
    groups: dict[str, list[str]] = {}
    for name, key in zip(ordered, folded, strict=True):
        groups.setdefault(key, []).append(name)
    yield from (group for group in groups.values() if len(group) > 1)


def _is_new(facts: Facts, path: str, added: frozenset[str], old: set[str]) -> bool:
    """Whether the branch added a file, or every name in a folder."""
    ask = [path]
    while ask:
        at = ask.pop()
        names = facts.entries.get(at, frozenset())
        if at in added:
            continue
        if not names or at in old:
            return False
        ask += [_join(at, name) for name in names]
    return True


def _message(pair: _Pair, more: int) -> str:
    folder = f"in {pair.folder}/" if pair.folder else "at the top"
    is_case = pair.new.lower() == pair.there.lower()
    difference = "case" if is_case else "Unicode form or case"
    below = f", here and {more} more added below it" if more else ""
    return (
        f"{pair.new} and {pair.there} {folder} differ only by {difference}, "
        f"and are one name on macOS and Windows{below}"
    )


def _instead(pair: _Pair, path: str) -> str:
    """Another path for the first file: under the folder's other spelling, or with a new name."""
    rest = path.removeprefix(_join(pair.folder, pair.new))
    if rest:
        return _join(pair.folder, pair.there) + rest
    stem, dot, kind = pair.new.rpartition(".")
    return _join(pair.folder, f"{stem}-2.{kind}" if stem else f"{dot}{kind}-2")


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
