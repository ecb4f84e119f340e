"""git's answers about commits, trees and blobs: many at once, and those that are kept without git.

A kept merge names objects that are not there: they vanished with the repository it was made in. So
every question says which merges made what it is about, and these are made again if git has to work.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from guard.changes.change import Change
from guard.git.compare import list_tree, read_listing
from guard.git.compare_many import diff_many
from guard.git.isolate import commit_object, store_object, with_attributes
from guard.git.many_merges import merge_all
from guard.git.merge import Merge, MergeError
from guard.git.objects import object_id
from guard.git.plumbing import Git, as_records, records
from guard.sessions.between.hunks import Blobs, read_hunks
from guard.sessions.between.kept import Hunks, Kept
from guard.sessions.patience import Told
from guard.verdict.generated import merge_attributes, merge_files
from guard.verdict.opening import Sources

_TOGETHER = 64  # pairs in one process
_DIFFS = 300  # blobs that are compared at once: git's text of all of them is in memory

Commits = tuple[str, str]  # two commits to merge
Trees = tuple[str, str]  # two trees to compare


class Answers:
    """Asks the isolated `git`. `asked` counts the merges that git made.

    Merges obey the attribute files of the base, which `sources` have.
    """

    def __init__(self, sources: Sources, git: Git, kept: Kept, told: Told) -> None:
        self.asked = 0
        self.repository = sources.repository
        self._sources = sources
        self._git = git
        self._kept = kept
        self._files = as_records(self._attribute_files())
        attributes = merge_files(sources, records(self._files), self._files) if self._files else {}
        self._merging = with_attributes(git, attributes)
        self._manner = self._named(attributes)
        self._told = told
        self._made: set[Commits] = set()
        self._unwritten: dict[str, bytes] = {}
        self._makers: dict[str, Commits] = {}

    def commit(self, tree: str, *parents: str, maker: Commits | None = None) -> str:
        """Give a commit of guard's own; `maker` is the merge that made its tree.

        It is written when git needs it.
        """
        content = commit_object(tree, *parents)
        oid = object_id("commit", content, self.repository.object_format)
        self._unwritten[oid] = content
        if maker:
            self._makers[oid] = maker
        return oid

    def merges(
        self, wanted: Iterable[Commits], done: int = 0, of: int = 0
    ) -> dict[Commits, Merge | MergeError]:
        """Merge every pair of commits; before them so many were `done`, `of` so many in all."""
        pairs = list(dict.fromkeys(wanted))
        found: dict[Commits, Merge | MergeError] = {}
        missing = []
        for pair in pairs:
            merge = self._kept.merge(*pair, self._manner)
            if merge:
                found[pair] = merge
            else:
                missing.append(pair)
        found.update(self._merge(missing, done, of))
        return found

    def patched(self, base: str, head: str) -> bool | None:
        """Whether the base has the patches of a head; None if that is not kept."""
        return self._kept.patched(base, head)

    def keep_patched(self, base: str, head: str, *, there: bool) -> None:
        """Keep whether the base has the patches of a head."""
        self._kept.keep_patched(base, head, there=there)

    def drivers(self, paths: Iterable[str]) -> dict[str, str]:
        """Give the base's attribute `merge` of each path that has one."""
        if not self._manner:
            return {}
        return merge_attributes(self._sources, sorted(paths), self._files)

    def _attribute_files(self) -> list[str]:
        tree = self._sources.trust.tree
        files = self._kept.attributes(tree)
        if files is None:
            listed = records(read_listing(list_tree(self._git, tree, "--name-only")))
            files = [path for path in listed if path.rpartition("/")[2] == ".gitattributes"]
            self._kept.keep_attributes(tree, files)
        return files

    def _named(self, attributes: Mapping[str, bytes]) -> str:
        """A name of how files are merged, "" where no attribute says so."""
        if not attributes:
            return ""
        text = repr(sorted(attributes.items())).encode()
        return object_id("blob", text, self.repository.object_format)

    def changes(self, wanted: Mapping[Trees, Sequence[Commits]]) -> dict[Trees, list[Change]]:
        """Compare trees, whole folders included; each with the merges that made one of them.

        What is too much to compare is left out.
        """
        found: dict[Trees, list[Change]] = {}
        for pair in wanted:
            changes = self._kept.changes(*pair)
            if changes is not None:
                found[pair] = changes
        missing = [pair for pair in wanted if pair not in found]
        if missing:
            self._require(merge for pair in missing for merge in wanted[pair])
            for pair, changes in diff_many(self._git, missing).items():
                found[pair] = changes
                self._kept.keep_changes(*pair, changes)
        return found

    def hunks(self, wanted: Mapping[Blobs, Sequence[Commits]], context: int) -> dict[Blobs, Hunks]:
        """Compare blobs line by line; each with the merges that made one of them."""
        found: dict[Blobs, Hunks] = {}
        missing: list[Blobs] = []
        for blobs in wanted:
            is_kept, hunks = self._kept.hunks(blobs, context)
            if is_kept:
                found[blobs] = hunks
            else:
                missing.append(blobs)
        for blobs, hunks in self._read(missing, wanted, context, texts=False).items():
            found[blobs] = hunks
            self._kept.keep_hunks(blobs, context, hunks)
        return found

    def texts(self, wanted: Mapping[Blobs, Sequence[Commits]], context: int) -> dict[Blobs, Hunks]:
        """Compare blobs line by line, with the text of each hunk."""
        return self._read(list(wanted), wanted, context, texts=True)

    def _read(
        self,
        blobs: Sequence[Blobs],
        wanted: Mapping[Blobs, Sequence[Commits]],
        context: int,
        *,
        texts: bool,
    ) -> dict[Blobs, Hunks]:
        if not blobs:
            return {}
        self._require(merge for pair in blobs for merge in wanted[pair])
        form, found = self.repository.object_format, dict[Blobs, Hunks]()
        for at in range(0, len(blobs), _DIFFS):
            part = blobs[at : at + _DIFFS]
            found.update(read_hunks(self._git, form, part, context, texts=texts))
        return found

    def _require(self, merges: Iterable[Commits]) -> None:
        self._merge([pair for pair in dict.fromkeys(merges) if pair not in self._made])

    def _merge(
        self, pairs: Sequence[Commits], done: int = 0, of: int = 0
    ) -> dict[Commits, Merge | MergeError]:
        if not pairs:
            return {}
        commits = list(dict.fromkeys(commit for pair in pairs for commit in pair))
        self._require(self._makers[commit] for commit in commits if commit in self._makers)
        for commit in commits:
            content = self._unwritten.pop(commit, None)
            if content:
                store_object(self._git, "commit", content, self.repository.object_format)
        found = dict(zip(pairs, self._merge_all(pairs, done, of), strict=True))
        self.asked += len(pairs)
        self._made.update(pairs)
        for pair, merge in found.items():
            if isinstance(merge, Merge):
                self._kept.keep_merge(*pair, self._manner, merge)
        return found

    def _merge_all(
        self, pairs: Sequence[Commits], done: int, of: int
    ) -> Iterator[Merge | MergeError]:
        """Merge in several processes side by side, each for a part of the pairs."""
        parts = [pairs[at : at + _TOGETHER] for at in range(0, len(pairs), _TOGETHER)]
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for merges in pool.map(partial(merge_all, self._merging), parts):
                done += len(merges)
                self._told("merging", done, of or len(pairs))
                yield from merges
