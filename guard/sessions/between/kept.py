"""Answers of git that are kept between runs: merges, changed paths and hunks, by object ids.

What two ids give never changes, so nothing can be out of date; only git itself may be another. The
file is in guard's folder of the common git directory, is written whole, and holds a bounded number
of answers, the latest used. One that cannot be read is ignored, and written anew.
"""

import json
import os
from collections.abc import Iterable
from contextlib import suppress

from guard.changes.change import Change
from guard.changes.conflict import Conflict
from guard.core.files import read_head
from guard.core.writing import write_whole
from guard.git.merge import Merge, Stage
from guard.git.repository import Repository
from guard.sessions.between.hunks import Blobs, Hunk

_FORMAT = 2
_LARGEST = 1 << 26  # bytes of the file
MOST = {"merges": 20_000, "changes": 4_000, "hunks": 40_000, "patched": 4_000, "attributes": 20}
_FIELDS = len(Change._fields)
_BINARY = "binary"

Hunks = tuple[Hunk, ...] | None


class Kept:
    """The kept answers of one repository, read when it is made."""

    def __init__(self, repository: Repository, stamp: str) -> None:
        self._folder = os.path.join(repository.common_dir, "guard")
        self._head = {"format": _FORMAT, "git": stamp}
        self._new = False
        self._tables: dict[str, dict[str, list[object] | None]] = {name: {} for name in MOST}
        raw = read_head(self._path, _LARGEST + 1)
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            read = json.loads(raw) if len(raw) <= _LARGEST else {}
            if {name: read[name] for name in self._head} == self._head:
                self._tables = {name: dict(read[name]) for name in MOST}

    @property
    def _path(self) -> str:
        return os.path.join(self._folder, "conflicts.json")

    def merge(self, ours: str, theirs: str, manner: str) -> Merge | None:
        """Give the kept merge of two commits; `manner` names the attributes that it obeyed."""
        found = self._found("merges", f"{ours} {theirs} {manner}".rstrip())
        with suppress(ValueError, TypeError):
            if found:
                tree, clean, conflicts, stages = found
                return Merge(
                    _text(tree), clean is True, tuple(_conflicts(conflicts)), tuple(_stages(stages))
                )
        return None

    def keep_merge(self, ours: str, theirs: str, manner: str, merge: Merge) -> None:
        """Keep a merge, as `merge` gives it."""
        conflicts = [
            [one.path, one.kind, list(one.others), one.changed_by] for one in merge.conflicts
        ]
        stages = [list(stage) for stage in merge.stages]
        key = f"{ours} {theirs} {manner}".rstrip()
        self._keep("merges", key, [merge.tree, merge.clean, conflicts, stages])

    def changes(self, old: str, new: str) -> list[Change] | None:
        """Give the kept changes between two trees."""
        found = self._found("changes", f"{old} {new}")
        if found is None or len(found) % _FIELDS:
            return None
        texts = list(map(str, found))
        return [Change._make(texts[at : at + _FIELDS]) for at in range(0, len(texts), _FIELDS)]

    def keep_changes(self, old: str, new: str, changes: Iterable[Change]) -> None:
        """Keep the changes between two trees."""
        self._keep("changes", f"{old} {new}", [word for change in changes for word in change])

    def hunks(self, blobs: Blobs, context: int) -> tuple[bool, Hunks]:
        """Give whether hunks are kept, and which; None for a binary file."""
        found = self._found("hunks", _key(blobs, context))
        if not found:
            return False, None
        if found == [_BINARY]:
            return True, None
        with suppress(ValueError, TypeError):
            return True, tuple(_hunks(_text(found[0])))
        return False, None

    def keep_hunks(self, blobs: Blobs, context: int, hunks: Hunks) -> None:
        """Keep hunks, without their texts: as one text, which takes a tenth of the memory."""
        lines = _BINARY
        if hunks is not None:
            lines = " ".join(str(line) for hunk in hunks for line in (*hunk.old, *hunk.new))
        self._keep("hunks", _key(blobs, context), [lines])

    def patched(self, base: str, head: str) -> bool | None:
        """Give whether the base has the patches of a head."""
        found = self._found("patched", f"{base} {head}")
        return found[0] is True if found and isinstance(found[0], bool) else None

    def keep_patched(self, base: str, head: str, *, there: bool) -> None:
        """Keep whether the base has the patches of a head."""
        self._keep("patched", f"{base} {head}", [there])

    def attributes(self, tree: str) -> list[str] | None:
        """Give the attribute files of a tree."""
        found = self._found("attributes", tree)
        return None if found is None else list(map(str, found))

    def keep_attributes(self, tree: str, files: Iterable[str]) -> None:
        """Keep which attribute files a tree has."""
        self._keep("attributes", tree, list(files))

    def save(self) -> None:
        """Write the file if there is anything new; a full disk is no reason to fail."""
        if not self._new:
            return
        tables = {
            name: dict(list(self._tables[name].items())[-most:]) for name, most in MOST.items()
        }
        data = json.dumps({**self._head, **tables}, separators=(",", ":")).encode()
        if len(data) <= _LARGEST:
            with suppress(OSError):
                os.makedirs(self._folder, exist_ok=True)
                write_whole(self._path, data)

    def _found(self, table: str, key: str) -> list[object] | None:
        entries = self._tables[table]
        found = entries.pop(key, None)
        if not isinstance(found, list):
            return None
        entries[key] = found  # the latest used is the last
        return found

    def _keep(self, table: str, key: str, value: list[object]) -> None:
        self._tables[table][key] = value
        self._new = True


def _key(blobs: Blobs, context: int) -> str:
    return f"{blobs[0]} {blobs[1]} {context}"


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise TypeError(value)


def _listed(value: object) -> list[list[object]]:
    if isinstance(value, list) and all(isinstance(one, list) for one in value):
        return value
    raise TypeError(value)


def _conflicts(value: object) -> Iterable[Conflict]:
    for path, kind, others, changed_by in _listed(value):
        if not isinstance(others, list) or not isinstance(changed_by, int):
            raise TypeError(value)
        yield Conflict(_text(path), _text(kind), tuple(map(_text, others)), changed_by)


def _stages(value: object) -> Iterable[Stage]:
    for path, number, mode, oid in _listed(value):
        if not isinstance(number, int):
            raise TypeError(value)
        yield Stage(_text(path), number, _text(mode), _text(oid))


def _hunks(value: str) -> Iterable[Hunk]:
    numbers = [int(line) for line in value.split()]
    if len(numbers) % 4:
        raise ValueError(value)
    for at in range(0, len(numbers), 4):
        first, last, new_first, new_last = numbers[at : at + 4]
        yield Hunk((first, last), (new_first, new_last))
