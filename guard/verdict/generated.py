"""Which changed paths are generated code: by an attribute on the base, by a well-known name, or by the header of the file."""

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

HEAD = 4096  # bytes of a file in which a header is looked for
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
    """The changed paths that count as generated, and why.

    `tree` is the base's, `tracked` the list of its paths if it was made; `on_disk` tells that new content is in the working tree, where
    git may not have stored it. An attribute that stands on the base has the last word, either way. Then names, then the header of the
    file as it was before the change; of a new file, as it is.
    """
    paths = [change.path for change in changes]
    values = _values(repository, objects, tree, paths, _ATTRIBUTE, (_ATTRIBUTE.encode(),), tracked)
    told = {path: value not in ("unset", "false") for path, value in values.items()}
    found = {
        path: Generated("attribute", f"{_ATTRIBUTE} in {_FILE}")
        for path, value in told.items()
        if value
    }
    open_cases = [change for change in changes if change.path not in told]
    found |= {
        change.path: Generated("name", why)
        for change in open_cases
        if (why := generated_name(change.path))
    }
    unnamed = [change for change in open_cases if change.path not in found]
    found |= {
        path: Generated("header", line)
        for path, head in _heads(repository, objects, unnamed, on_disk=on_disk)
        if (line := generated_header(head, path))
    }
    return found


def merged_otherwise(
    repository: Repository, objects: Objects, tree: str, paths: Sequence[str]
) -> set[str]:
    """Those of `paths` that git does not merge as text, says the base: `-merge`, `binary`, `merge=union` or a driver of somebody's own.

    (gitattributes(5), "Performing a three-way merge".) `tree` is the base's.
    """
    told = merge_attributes(repository, objects, tree, paths)
    return {path for path, value in told.items() if value not in ("set", "text")}


def merge_attributes(
    repository: Repository, objects: Objects, tree: str, paths: Sequence[str]
) -> dict[str, str]:
    """path → what the base says of `merge`, where it says anything: `set`, `unset` or a driver's name. `tree` is the base's."""
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
    """path → the attribute's value where it is specified; git decides, over an index that holds the base's attribute files alone.

    (git-check-attr(1), `--cached`; `--source` would do, from git 2.40 on.) Files that hold none of `words` are not asked about.
    """
    files = list(_attribute_files(objects, tree, paths, words, tracked))
    if not files:
        return {}
    with isolated(repository) as git:
        lines = "".join(f"100644 {oid}\t{path}\0" for path, oid in files)
        git.run(
            "update-index", "-z", "--index-info", stdin=lines.encode("utf-8", "surrogateescape")
        )
        asked = "".join(path + "\0" for path in paths).encode("utf-8", "surrogateescape")
        fields = records(
            git.run("check-attr", "--cached", "-z", "--stdin", attribute, stdin=asked).out
        )
    return {
        path: value
        for path, value in zip(fields[::3], fields[2::3], strict=True)
        if value != "unspecified"
    }


def _attribute_files(
    objects: Objects, tree: str, paths: Sequence[str], words: tuple[bytes, ...], tracked: bytes
) -> Iterator[tuple[str, str]]:
    """The attribute files on the base that concern `paths`, if any of them mentions one of `words` at all."""
    found: dict[str, str] = {}
    for folder in _holding(tracked, folders_above(paths)):
        entry = objects.look_up(tree, folder + _FILE)
        if entry and entry.mode.startswith("100"):
            found[folder + _FILE] = entry.oid
    contents = (objects.read(oid) for oid in set(found.values()))
    mentioned = any(read and word in read[1] for read in contents for word in words)
    return iter(found.items() if mentioned else ())


def _holding(tracked: bytes, folders: set[str]) -> set[str]:
    """Those of the folders that have an attribute file, as far as the list of all paths on the base tells (b"": it was not made)."""
    if not tracked:
        return folders
    held: set[str] = set()
    wanted = _FILE.encode() + b"\0"
    at = tracked.find(wanted)
    while at >= 0:
        held.add(tracked[tracked.rfind(b"\0", 0, at) + 1 : at].decode("utf-8", "surrogateescape"))
        at = tracked.find(wanted, at + 1)
    return folders & held


def _heads(
    repository: Repository, objects: Objects, changes: Sequence[Change], *, on_disk: bool
) -> Iterator[tuple[str, bytes]]:
    """The head of each changed file that is one, as it comes."""
    places: dict[str, list[str]] = {}
    for change in changes:
        oid = _blob(change, repository.zero if on_disk else "")
        if oid:
            places.setdefault(oid, []).append(change.path)
    yield from (
        (path, read_head(os.path.join(repository.top, path), HEAD))
        for path in places.pop(repository.zero, ())
    )
    for oid, head in objects.heads(places, HEAD):
        yield from ((path, head) for path in places[oid])


def _blob(change: Change, instead: str) -> str:
    """The blob whose header decides; zeros stand for the file in the working tree (`instead` of any new blob), "" for nothing to read."""
    special = (ABSENT, GITLINK, SYMLINK)
    if change.old_mode not in special:
        return change.old_oid
    return instead or change.new_oid if change.new_mode not in special else ""
