"""Answers of git that are kept between runs: merges, changed paths and hunks, by object ids.

What two ids give never changes, so nothing can be out of date; only git itself may be another. The
file is in guard's folder of the common git directory, is written whole, and holds a bounded number
of answers, the latest used. One that cannot be read is ignored, and written anew.

Its lines are fields between tabs: the format and git's version first, then for each answer its
table, what was asked, and the answer: line numbers, a word, or JSON that is parsed if it is wanted.
"""

import json
import os
from collections.abc import Iterable
from contextlib import suppress

from guard.changes.change import Change
from guard.changes.conflict import Conflict
from guard.core.files import open_file
from guard.core.writing import write_whole
from guard.git.merge import Merge, Stage
from guard.git.repository import Repository
from guard.sessions.between.hunks import Blobs, Hunk

FILE = "answers"
_FORMAT = 3
_LARGEST = 1 << 26  # bytes of the file
MOST = {"merges": 20_000, "changes": 4_000, "hunks": 40_000, "patched": 4_000, "attributes": 20}
_FIELDS = len(Change._fields)
_BINARY = "binary"
_THERE, _LACKING = "there", "lacking"

Hunks = tuple[Hunk, ...] | None


class Kept:
    """The kept answers of one repository, read when it is made."""

    def __init__(self, repository: Repository, stamp: str) -> None:
        self._folder = os.path.join(repository.common_dir, "guard")
        self._head = f"{_FORMAT}\t{stamp}\n".encode()
        self._new = False
        self._tables: dict[str, dict[str, str]] = {name: {} for name in MOST}
        with suppress(OSError, ValueError, KeyError), open_file(self._path) as file:
            small = os.fstat(file.fileno()).st_size <= _LARGEST
            if small and file.readline() == self._head:
                for line in file:
                    table, key, answer = line.decode("ascii").rstrip("\n").split("\t")
                    self._tables[table][key] = answer

    @property
    def _path(self) -> str:
        return os.path.join(self._folder, FILE)

    def merge(self, ours: str, theirs: str, manner: str) -> Merge | None:
        """Give the kept merge of two commits; `manner` names the attributes that it obeyed."""
        found = self._found("merges", f"{ours} {theirs} {manner}".rstrip())
        with suppress(ValueError, TypeError):
            tree, clean, conflicts, stages = _list(json.loads(found))
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
        self._keep("merges", key, json.dumps([merge.tree, merge.clean, conflicts, stages]))

    def changes(self, old: str, new: str) -> list[Change] | None:
        """Give the kept changes between two trees."""
        found = self._found("changes", f"{old} {new}")
        with suppress(ValueError, TypeError):
            words = _text(json.loads(found)).split("\0")
            return list(map(Change._make, zip(*[iter(words[1:])] * _FIELDS, strict=True)))
        return None

    def keep_changes(self, old: str, new: str, changes: Iterable[Change]) -> None:
        """Keep the changes between two trees."""
        words = [word for change in changes for word in change]
        self._keep("changes", f"{old} {new}", json.dumps("\0".join(["", *words])))

    def hunks(self, blobs: Blobs, context: int) -> tuple[bool, Hunks]:
        """Give whether hunks are kept, and which; None for a binary file."""
        found = self._found("hunks", _key(blobs, context))
        if found == _BINARY:
            return True, None
        with suppress(ValueError):
            return True, tuple(_hunks(found))
        return False, None

    def keep_hunks(self, blobs: Blobs, context: int, hunks: Hunks) -> None:
        """Keep hunks, without their texts."""
        answer = _BINARY
        if hunks is not None:
            lines = (line for hunk in hunks for line in (*hunk.old, *hunk.new))
            answer = " ".join(map(str, (len(hunks), *lines)))
        self._keep("hunks", _key(blobs, context), answer)

    def patched(self, base: str, head: str) -> bool | None:
        """Give whether the base has the patches of a head."""
        found = self._found("patched", f"{base} {head}")
        return found == _THERE if found in (_THERE, _LACKING) else None

    def keep_patched(self, base: str, head: str, *, there: bool) -> None:
        """Keep whether the base has the patches of a head."""
        self._keep("patched", f"{base} {head}", _THERE if there else _LACKING)

    def attributes(self, tree: str) -> list[str] | None:
        """Give the attribute files of a tree."""
        found = self._found("attributes", tree)
        with suppress(ValueError, TypeError):
            return list(map(_text, _list(json.loads(found))))
        return None

    def keep_attributes(self, tree: str, files: Iterable[str]) -> None:
        """Keep which attribute files a tree has."""
        self._keep("attributes", tree, json.dumps(list(files)))

    def save(self) -> None:
        """Write the file if there is anything new; a full disk is no reason to fail."""
        if not self._new:
            return
        data = bytearray(self._head)
        for name, most in MOST.items():
            for key, answer in [*self._tables[name].items()][-most:]:
                data += f"{name}\t{key}\t{answer}\n".encode()
        if len(data) <= _LARGEST:
            with suppress(OSError):
                os.makedirs(self._folder, exist_ok=True)
                write_whole(self._path, data)

    def _found(self, table: str, key: str) -> str:
        answers = self._tables[table]
        found = answers.pop(key, "")
        if found:
            answers[key] = found  # the latest used is the last
        return found

    def _keep(self, table: str, key: str, answer: str) -> None:
        self._tables[table][key] = answer
        self._new = True


def _key(blobs: Blobs, context: int) -> str:
    return f"{blobs[0]} {blobs[1]} {context}"


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise TypeError(value)


def _list(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    raise TypeError(value)


def _conflicts(value: object) -> Iterable[Conflict]:
    for path, kind, others, changed_by in map(_list, _list(value)):
        if not isinstance(changed_by, int):
            raise TypeError(value)
        yield Conflict(_text(path), _text(kind), tuple(map(_text, _list(others))), changed_by)


def _stages(value: object) -> Iterable[Stage]:
    for path, number, mode, oid in map(_list, _list(value)):
        if not isinstance(number, int):
            raise TypeError(value)
        yield Stage(_text(path), number, _text(mode), _text(oid))


def _hunks(value: str) -> Iterable[Hunk]:
    count, *lines = map(int, value.split())
    if len(lines) != 4 * count:
        raise ValueError(value)
    for first, last, new_first, new_last in zip(*[iter(lines)] * 4, strict=True):
        yield Hunk((first, last), (new_first, new_last))
