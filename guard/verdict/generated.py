"""Which changed paths are generated: by an attribute, a well-known name, or the file's header."""

import os
from collections.abc import Iterable, Iterator, Sequence

from guard.changes.change import ABSENT, GITLINK, SYMLINK, Change, folders_above
from guard.changes.generated import Generated, generated_name
from guard.changes.header import HEAD, generated_header
from guard.core.files import read_head
from guard.git.compare import list_tree, read_listing
from guard.git.heads import heads
from guard.git.isolate import isolated
from guard.git.plumbing import as_records, records
from guard.verdict.opening import Sources

_ATTRIBUTE = "linguist-generated"
_FILE = ".gitattributes"
_MERGE = (b"merge", b"binary")  # one of them is in each file that sets the attribute `merge`


def generated_paths(
    sources: Sources, changes: Sequence[Change], tracked: bytes = b"", *, on_disk: bool
) -> dict[str, Generated]:
    """Give the changed paths that count as generated, and why.

    `tracked` lists the base's paths, if known. With `on_disk` new content is in the working tree
    and may not be stored. An attribute on the base decides, either way; then the name; then the
    header of the file before the change or, if it is new, now.
    """
    paths = [change.spelled for change in changes]
    values = _values(sources, paths, _ATTRIBUTE, (_ATTRIBUTE.encode(),), tracked)
    found = {
        path.removesuffix("/"): Generated("attribute", f"{_ATTRIBUTE} in {_FILE}")
        for path, value in values.items()
        if value not in ("unset", "false")
    }
    unnamed: list[Change] = []
    for change in changes:
        if change.spelled not in values:
            name = generated_name(change.spelled)
            if name:
                found[change.path] = Generated("name", name)
            else:
                unnamed.append(change)
    for path, head in _heads(sources, unnamed, on_disk=on_disk):
        line = generated_header(head, path)
        if line:
            found[path] = Generated("header", line)
    return found


def merge_attributes(sources: Sources, paths: Sequence[str], tracked: bytes) -> dict[str, str]:
    """Give the base's attribute `merge` of each path: `set`, `unset` or a driver's name.

    `tracked` lists the base's paths, if known.
    """
    return _values(sources, paths, "merge", _MERGE, tracked)


def merge_files(
    sources: Sources, paths: Iterable[str] | None = None, tracked: bytes = b""
) -> dict[str, bytes]:
    """Give the base's attribute files above `paths`, or all, if any of them says how to merge.

    `tracked` as above.
    """
    if paths is None:
        git, tree = sources.repository.git, sources.trust.tree
        tracked = tracked or read_listing(list_tree(git, tree, "--name-only"))
        paths = records(tracked)
    found: dict[str, bytes] = {}
    for path, oid in _attribute_files(sources, paths, _MERGE, tracked).items():
        read = sources.objects.read(oid)
        if read:
            found[path] = read[1]
    return found


def _values(
    sources: Sources,
    paths: Sequence[str],
    attribute: str,
    words: tuple[bytes, ...],
    tracked: bytes,
) -> dict[str, str]:
    """The attribute's value for each path that has it; git is asked only if a file has a word.

    git reads an index that holds the base's attribute files alone (git-check-attr(1), `--cached`;
    `--source` would do, from git 2.40 on).
    """
    files = _attribute_files(sources, paths, words, tracked)
    if not files:
        return {}
    with isolated(sources.repository) as git:
        index = as_records(f"100644 {oid}\t{path}" for path, oid in files.items())
        git.run("update-index", "-z", "--index-info", stdin=index)
        asked = as_records(paths)
        answer = git.run("check-attr", "--cached", "-z", "--stdin", attribute, stdin=asked)
    fields = records(answer.out)
    values = dict(zip(fields[::3], fields[2::3], strict=True))
    return {path: value for path, value in values.items() if value != "unspecified"}


def _attribute_files(
    sources: Sources, paths: Iterable[str], words: tuple[bytes, ...], tracked: bytes
) -> dict[str, str]:
    """The base's attribute files for `paths`, if any of them has one of `words`."""
    folders = folders_above(paths)
    if tracked:
        folders &= _holding(tracked)
    found: dict[str, str] = {}
    for folder in folders:
        entry = sources.objects.look_up(sources.trust.tree, folder + _FILE)
        if entry and entry.mode.startswith("100"):
            found[folder + _FILE] = entry.oid
    for oid in set(found.values()):
        read = sources.objects.read(oid)
        if read and any(word in read[1] for word in words):
            return found
    return {}


def _holding(tracked: bytes) -> set[str]:
    """The folders with an attribute file, found in the list of all paths."""
    held: set[str] = set()
    wanted = _FILE.encode() + b"\0"
    at = tracked.find(wanted)
    while at >= 0:
        held.add(tracked[tracked.rfind(b"\0", 0, at) + 1 : at].decode("utf-8", "surrogateescape"))
        at = tracked.find(wanted, at + 1)
    return held


def _heads(
    sources: Sources, changes: Sequence[Change], *, on_disk: bool
) -> Iterator[tuple[str, bytes]]:
    repository = sources.repository
    places: dict[str, list[str]] = {}
    for change in changes:
        oid = _blob(change, repository.zero if on_disk else "")
        if oid:
            places.setdefault(oid, []).append(change.path)
    for path in places.pop(repository.zero, ()):
        yield path, read_head(os.path.join(repository.top, path), HEAD)
    for oid, head in heads(repository.git, places, HEAD):
        for path in places[oid]:
            yield path, head


def _blob(change: Change, instead: str) -> str:
    """The blob whose header decides, `instead` if it is a new one; "" for nothing to read."""
    special = (ABSENT, GITLINK, SYMLINK)
    if change.old_mode not in special:
        return change.old_oid
    if change.new_mode in special:
        return ""
    return instead or change.new_oid
