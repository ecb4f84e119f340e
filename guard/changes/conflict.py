"""What `git merge-tree --write-tree -z` tells of a merge that it could not make, as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

_KINDS = {  # git's stable types (merge-ort.c, `type_short_descriptions`) → the word for people; the rest is told in git's own words
    "contents": "content",
    "distinct modes": "type",
    "rename involved in collision": "rename/add",
    "directory rename suggested": "file location",
    "directory rename unclear split": "directory rename split",
    "directory rename collision": "directory rename collision",
    "file in way of directory rename": "file in the way of a renamed folder",
}
_MADE_UP = (
    "file/directory",
    "rename/delete",
    "file location",
    "rename/add",
)  # git names first the path that it would write, which no side may have


# Not git's own words: a path that only the merge changes, for one side moved the file that the other changed; and a stop without a place.
CARRIED, UNKNOWN = "moved", "unknown"


class Conflict(NamedTuple):
    """A place where git's merge would stop: the path that a side has, the kind of conflict, and the other paths it is about.

    `changed_by` is 1 or 2, the side that changed the file, where the other deleted it; 0 for every other kind. `driver` is the merge driver
    of somebody's own that may solve it, "" where git itself merges the file.
    """

    path: str
    kind: str
    others: tuple[str, ...] = ()
    changed_by: int = 0
    driver: str = ""


class Merge(NamedTuple):
    """A merge as git would make it: the tree, and what is in its way. `clean` is git's exit status, not the lack of conflicts."""

    tree: str
    clean: bool
    conflicts: tuple[Conflict, ...]


def parse_merge(raw: bytes, *, clean: bool) -> Merge:
    """Read the answer to `merge-tree --write-tree -z --messages` of two commits (git-merge-tree(1), "OUTPUT").

    `<tree> NUL (<mode> <oid> <stage> TAB <path> NUL)* NUL (<n> NUL <path>{n} NUL <type> NUL <message> NUL)*`. Types are stable, messages
    are prose and not read. There are conflicts without a conflicted file (a folder whose parts went to several others). Raises
    ValueError where the answer has another shape.
    """
    tree, *fields = raw.decode("utf-8", "surrogateescape").split("\0")
    end = fields.index("")
    stages = _stages(fields[:end])
    if clean:
        return Merge(tree, clean, ())
    found, told = dict[str, Conflict](), set[str]()
    for kind, paths in _messages(fields[end + 1 :]):
        told.update(paths)
        conflict = _conflict(kind, paths, stages)
        if (
            conflict.path not in found or found[conflict.path].kind == "content"
        ):  # git says of a binary file that its content conflicts, too
            found[conflict.path] = conflict
    silent = (Conflict(path, _by_stages(stages[path])) for path in stages if path not in told)
    conflicts = [*found.values(), *silent]
    return Merge(tree, clean, tuple(sorted(conflicts)) or (Conflict("", UNKNOWN),))


def _stages(lines: list[str]) -> dict[str, frozenset[str]]:
    """Path → the stages that it has: 1 in the merge base, 2 and 3 on the two sides (gitglossary(7), "unmerged index")."""
    found: dict[str, set[str]] = {}
    for line in lines:
        head, _, path = line.partition("\t")
        found.setdefault(path, set()).add(head.rpartition(" ")[2])
    return {path: frozenset(stages) for path, stages in found.items()}


def _messages(fields: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the type of each conflict, without the word CONFLICT, and its paths. What git merely did along the way is left out.

    Of submodules that conflict, git adds advice behind the last record (merge-ort.c, `print_submodule_conflict_suggestion`).
    """
    at = 0
    while at < len(fields) and fields[at].isdigit():
        count = int(fields[at])
        paths, kind = fields[at + 1 : at + 1 + count], fields[at + 1 + count]
        if kind.startswith("CONFLICT"):
            yield kind.removeprefix("CONFLICT").strip(" ()"), paths
        at += count + 3


def _conflict(kind: str, paths: list[str], stages: Mapping[str, frozenset[str]]) -> Conflict:
    name = _KINDS.get(kind, "submodule" if kind.startswith("submodule") else kind)
    if name in _MADE_UP and len(paths) > 1:
        paths = [*paths[1:], paths[0]]
    known = stages.get(paths[0], frozenset())
    if name == "content" and known:
        name = _by_stages(known)
    others = tuple(
        path for path in paths[1:] if "~" not in path
    )  # git's own names for what it sets aside end in `~` and a side's name
    return Conflict(paths[0], name, others, _changed_by(known) if name == "modify/delete" else 0)


def _by_stages(stages: frozenset[str]) -> str:
    if stages == {"2", "3"}:
        return "add/add"
    return "content" if stages == {"1", "2", "3"} else "modify/delete"


def _changed_by(stages: frozenset[str]) -> int:
    return 1 if "2" in stages else 2
