"""Which changed paths are generated: by an attribute, a well-known name, or the file's header."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from guard.changes.change import ABSENT, GITLINK, SYMLINK, Change
from guard.changes.folders import folders_above
from guard.changes.generated import generated_header, generated_name
from guard.core.files import read_head
from guard.git.isolate import isolated
from guard.git.objects import Objects
from guard.git.plumbing import records
from guard.git.repository import Repository
from guard.rules.facts import Generated

_HEAD = 4096  # bytes of a file in which a header is looked for
_ATTRIBUTE = "linguist-generated"
_FILE = ".gitattributes"


def generated_paths(
    repository: Repository,
    objects: Objects,
    tree: str,
    changes: Sequence[Change],
    *,
    on_disk: bool,
    tracked: bytes = b"",
) -> dict[str, Generated]:
    """Give the changed paths that count as generated, and why.

    `tree` is the base's, `tracked` the list of its paths if it was made. With `on_disk` new content
    is in the working tree, where git may not have stored it. An attribute on the base decides,
    either way. Then names, then the header of the file before the change or, if it is new, now.
    """
    paths = [change.path for change in changes]
    words = (_ATTRIBUTE.encode(),)
    values = _values(repository, objects, tree, paths, _ATTRIBUTE, words, tracked)
    found = {
        path: Generated("attribute", f"{_ATTRIBUTE} in {_FILE}")
        for path, value in values.items()
        if value not in ("unset", "false")
    }
    unnamed: list[Change] = []
    for change in changes:
        if change.path not in values:
            name = generated_name(change.path)
            if name:
                found[change.path] = Generated("name", name)
            else:
                unnamed.append(change)
    for path, head in _heads(repository, objects, unnamed, on_disk=on_disk):
        line = generated_header(head, path)
        if line:
            found[path] = Generated("header", line)
    return found


def merged_otherwise(
    repository: Repository, objects: Objects, tree: str, paths: Sequence[str]
) -> set[str]:
    """Give those of `paths` that, says the base's `tree`, git does not merge as text.

    That is `-merge`, `binary`, `merge=union` or a driver of somebody's own (gitattributes(5),
    "Performing a three-way merge").
    """
    values = merge_attributes(repository, objects, tree, paths)
    return {path for path, value in values.items() if value not in ("set", "text")}


def merge_attributes(
    repository: Repository, objects: Objects, tree: str, paths: Sequence[str]
) -> dict[str, str]:
    """Give the attribute `merge` of each path that has it: `set`, `unset` or a driver's name.

    `tree` is the base's.
    """
    return _values(repository, objects, tree, paths, "merge", (b"merge", b"binary"))


def _values(
    repository: Repository,
    objects: Objects,
    tree: str,
    paths: Sequence[str],
    attribute: str,
    words: tuple[bytes, ...],
    tracked: bytes = b"",
) -> dict[str, str]:
    """The attribute's value for each path that has one.

    git decides, over an index that holds the base's attribute files alone (git-check-attr(1),
    `--cached`; `--source` would do, from git 2.40 on). If no file has any of `words`, git is not
    asked.
    """
    files = _attribute_files(objects, tree, paths, words, tracked)
    if not files:
        return {}
    with isolated(repository) as git:
        lines = "".join(f"100644 {oid}\t{path}\0" for path, oid in files.items())
        index = lines.encode("utf-8", "surrogateescape")
        git.run("update-index", "-z", "--index-info", stdin=index)
        asked = "".join(path + "\0" for path in paths).encode("utf-8", "surrogateescape")
        answer = git.run("check-attr", "--cached", "-z", "--stdin", attribute, stdin=asked)
    fields = records(answer.out)
    values = dict(zip(fields[::3], fields[2::3], strict=True))
    return {path: value for path, value in values.items() if value != "unspecified"}


def _attribute_files(
    objects: Objects, tree: str, paths: Sequence[str], words: tuple[bytes, ...], tracked: bytes
) -> dict[str, str]:
    """The attribute files on the base that concern `paths`, if any of them has one of `words`."""
    folders = folders_above(paths)
    if tracked:
        folders &= _holding(tracked)
    found: dict[str, str] = {}
    for folder in folders:
        entry = objects.look_up(tree, folder + _FILE)
        if entry and entry.mode.startswith("100"):
            found[folder + _FILE] = entry.oid
    for oid in set(found.values()):
        read = objects.read(oid)
        if read and any(word in read[1] for word in words):
            return found
    return {}


def _holding(tracked: bytes) -> set[str]:
    """The folders that have an attribute file, from the list of all paths on the base."""
    held: set[str] = set()
    wanted = _FILE.encode() + b"\0"
    at = tracked.find(wanted)
    while at >= 0:
        held.add(tracked[tracked.rfind(b"\0", 0, at) + 1 : at].decode("utf-8", "surrogateescape"))
        at = tracked.find(wanted, at + 1)
    return held


def _heads(
    repository: Repository, objects: Objects, changes: Sequence[Change], *, on_disk: bool
) -> Iterator[tuple[str, bytes]]:
    """The head of each changed file that is one, as it comes."""
    places: dict[str, list[str]] = {}
    for change in changes:
        oid = _blob(change, repository.zero if on_disk else "")
        if oid:
            places.setdefault(oid, []).append(change.path)
    for path in places.pop(repository.zero, ()):
        yield path, read_head(os.path.join(repository.top, path), _HEAD)
    for oid, head in objects.heads(places, _HEAD):
        for path in places[oid]:
            yield path, head


def _blob(change: Change, instead: str) -> str:
    """The blob whose header decides; `instead` of any new blob if given; "" for nothing to read."""
    special = (ABSENT, GITLINK, SYMLINK)
    if change.old_mode not in special:
        return change.old_oid
    return "" if change.new_mode in special else instead or change.new_oid
