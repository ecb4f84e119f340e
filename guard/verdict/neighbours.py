"""The names beside each added path, as they will be once the branch is merged.

On a file system that ignores case or Unicode forms, some of them are one.
"""

from __future__ import annotations

from guard.changes.change import folders_above
from guard.core.errors import GitError
from guard.git.objects import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from guard.git.objects import Objects
    from guard.rules.facts import Facts
    from guard.verdict.opening import Sources


def neighbours(sources: Sources, facts: Facts) -> dict[str, frozenset[str]]:
    """Give the names in each folder above an added path: the base's, less what is deleted.

    A folder ("" is the top) has no slash at the end. If every path on the base is known
    (`facts.tracked`), only folders above a path that looks like another count: mostly there is
    none, and no tree is read. The paths are not looked at, either, if all names stay apart on the
    branch and the base got none like them.
    """
    objects, tree = sources.objects, sources.trust.tree
    added = [change.path for change in facts.changes if change.status == "A"]
    asked = added
    if facts.tracked:
        if sources.apart and not _looks_like_later(sources, added):
            return {}
        from guard.verdict.lookalikes import alike  # a commit has no list of all paths

        asked = alike(facts.tracked, added)
    if not asked:
        return {}
    deleted = {change.path for change in facts.changes if change.status == "D"}
    emptied = folders_above(deleted)
    names: dict[str, set[str]] = {}
    for folder, present in _present(objects, tree, folders_above(asked)):
        names[folder] = {
            name for name in present if not _gone(objects, tree, folder + name, deleted, emptied)
        }
    for path in added:
        at = 0
        while path[:at] in names:
            end = path.find("/", at)
            names[path[:at]].add(path[at:end] if end >= 0 else path[at:])
            at = end + 1 or len(path) + 1
    return {folder.rstrip("/"): frozenset(found) for folder, found in names.items()}


def _looks_like_later(sources: Sources, added: list[str]) -> bool:
    """Whether the base got a path since that looks like an added one or a folder above one."""
    if not sources.moved:
        return False
    from guard.core.names import fold_all
    from guard.git.compare import read_changes  # a commit compares no branch

    try:
        moved = read_changes(sources.moved, folders=True)
    except GitError:  # too many, which only concerns who has to look at them all
        return True
    come = fold_all(change.path for change in moved if change.status == "A")
    ours = (*added, *(folder[:-1] for folder in folders_above(added) if folder))
    return not set(come).isdisjoint(fold_all(ours))


def _present(objects: Objects, tree: str, folders: set[str]) -> Iterator[tuple[str, Iterable[str]]]:
    """The base's names in each folder; the trees of one depth are read at once.

    The folders above the deepest one are, too: most commits add files in one place.
    """
    _tree_at(objects, tree, max(folders, key=lambda folder: folder.count("/")))
    levels: dict[int, list[str]] = {}
    for folder in folders:
        levels.setdefault(folder.count("/"), []).append(folder)
    for _, level in sorted(levels.items()):
        trees = {folder: _tree_at(objects, tree, folder) for folder in level}
        objects.read_ahead(oid for oid in trees.values() if oid)
        for folder, oid in trees.items():
            yield folder, objects.tree(oid) if oid else ()


def _tree_at(objects: Objects, tree: str, folder: str) -> str:
    entry = objects.look_up(tree, folder[:-1]) if folder else Entry("40000", tree)
    return entry.oid if entry and entry.mode == "40000" else ""


def _gone(objects: Objects, tree: str, path: str, deleted: set[str], emptied: set[str]) -> bool:
    if path + "/" not in emptied:
        return path in deleted
    oid = _tree_at(objects, tree, path + "/")
    return bool(oid) and all(
        _gone(objects, tree, f"{path}/{name}", deleted, emptied) for name in objects.tree(oid)
    )
